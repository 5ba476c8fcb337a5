package broadcast

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/bot/broadcast/audience"
)

// TestYoungCopiesStay: a copy that a plan is being made with is in no entry yet; were it thrown away, what two people are to
// agree to could not be sent.
func TestYoungCopiesStay(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	list := []audience.Copy{
		{ID: "20261124T115959.000001Z-0a1b2c3d", At: now.Add(-48 * time.Hour), Of: "another"}, // of an old one, made just now
		{ID: "20261124T113000.000000Z-0a1b2c3d", At: now},
		{ID: "20261124T110000.000000Z-0a1b2c3d", At: now.Add(-time.Hour)},
		{ID: "something else"},
	}
	if diff := cmp.Diff([]string{list[0].ID}, young(list, now)); diff != "" {
		t.Error(diff)
	}
}
