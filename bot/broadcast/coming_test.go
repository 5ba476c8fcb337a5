package broadcast

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/actions/step"
)

// TestWhatIsStillToCome: a reminder whose time is over when people are asked is not part of what they agree to; one whose time
// comes while they decide is, and does not make it another plan.
func TestWhatIsStillToCome(t *testing.T) {
	at := time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	list := []step.FollowNotice{{Template: "maintenance.reminder", Source: "aaaaaaaa", At: at.Add(-24 * time.Hour)}, {Template: "maintenance.reminder", Source: "aaaaaaaa", At: at.Add(-time.Hour)},
		{Template: "maintenance.starting", Source: "bbbbbbbb", At: at}, {Template: "maintenance.finished", Source: "cccccccc", When: ChecksGreen}}
	first := coming(list, "", at.Add(-2*time.Hour))
	if diff := cmp.Diff(list[1:], first); diff != "" {
		t.Error(diff)
	}
	var lines []string
	for _, f := range first {
		lines = append(lines, said(f))
	}
	approved := strings.Join(lines, "; ")
	if diff := cmp.Diff(first, coming(list, approved, at.Add(-time.Minute))); diff != "" {
		t.Errorf("it is another plan: %s", diff)
	}
	list[2].Source = "dddddddd" // another text
	if got := coming(list, approved, at.Add(-time.Minute)); len(got) != 2 {
		t.Errorf("another text passes for the one that was agreed to: %v", got)
	}
}
