package audience

const childDir = "AUDIENCE_TEST_DIR"

func child(string) error { return nil }
