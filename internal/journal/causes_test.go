package journal

import (
	"testing"
	"time"
)

// A clock that ran ahead for one entry leaves the causes out of order.
func TestCausesOutOfOrder(t *testing.T) {
	day := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	var c causes
	c.remember("a", day)
	c.remember("ahead", day.Add(CauseMemory-time.Second))
	c.remember("b", day)
	c.remember("b", day.Add(CauseMemory)) // long enough after: decided again
	c.remember("", day.Add(2*CauseMemory-time.Second))
	for _, row := range []struct {
		why, cause string
		want       bool
	}{
		{"too old", "a", false},
		{"the one ahead is too old now, too", "ahead", false},
		{"pruning its first time does not forget the second", "b", true},
		{"no cause", "", false},
	} {
		if got := c.seen(row.cause, day.Add(2*CauseMemory-time.Second)); got != row.want {
			t.Errorf("%s: seen(%q) = %v", row.why, row.cause, got)
		}
	}
	if len(c.at) != 1 || len(c.order) != 1 {
		t.Errorf("%d causes, %d in order; want one of each: memory must not grow", len(c.at), len(c.order))
	}
}
