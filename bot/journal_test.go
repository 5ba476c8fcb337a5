package bot

import (
	"strings"
	"testing"

	"twokey/bot/text"
)

func TestParseJournal(t *testing.T) {
	for typed, want := range map[string]struct {
		n       int
		all, ok bool
	}{
		"": {10, false, true}, "30": {30, false, true}, "all": {10, true, true}, "30 All": {30, true, true}, "all 50": {50, true, true},
		"51": {}, "0": {}, "x": {}, "1 2 3": {},
	} {
		n, all, ok := parseJournal(strings.Fields(typed))
		if n != want.n || all != want.all || ok != want.ok {
			t.Errorf("parseJournal(%q) = %d, %v, %v, want %v", typed, n, all, ok, want)
		}
	}
}

// TestKindsAreTold: text cannot see this package's kinds and names them itself.
func TestKindsAreTold(t *testing.T) {
	for kind, minor := range map[string]bool{KindCardPosted: true, KindCardClosed: true, KindChatMigrated: false} {
		if !text.Told(kind) || text.Minor(kind) != minor {
			t.Errorf("%s: told %v, minor %v, want true, %v", kind, text.Told(kind), text.Minor(kind), minor)
		}
	}
}
