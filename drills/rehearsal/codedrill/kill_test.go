package codedrill

func steps([]string) int { return 0 }
