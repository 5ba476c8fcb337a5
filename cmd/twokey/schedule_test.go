package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/actions"
)

func TestCopiesThatStoodLongEnough(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	old := actions.Kept{Name: "shop__r_12", By: 12, Since: now.Add(-actions.KeepCopies)}
	young := actions.Kept{Name: "shop__r_14", By: 14, Since: now.Add(-actions.KeepCopies + time.Second)}
	if diff := cmp.Diff([]actions.Kept{old}, outlived([]actions.Kept{old, young}, now)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
