package rows

import "testing"

// TestTheTablesAreAskedForInAnotherOrderEachTime: with a service that takes two tables the other way round, a fixed order
// fails as long as the service is busy.
func TestTheTablesAreAskedForInAnotherOrderEachTime(t *testing.T) {
	seen := map[string]bool{}
	for try := range 6 {
		seen[string(turned([]byte("abc"), try))] = true
	}
	for _, want := range []string{"abc", "cba", "bca", "acb", "cab", "bac"} {
		if !seen[want] {
			t.Errorf("%s is never tried: %v", want, seen)
		}
	}
}
