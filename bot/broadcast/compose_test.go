package broadcast

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"twokey/bot/broadcast/notice"
)

// TestTheSourceIsAllThatIsAgreedTo: a change of a notice that goes out under the approval of another one is a change of that one.
func TestTheSourceIsAllThatIsAgreedTo(t *testing.T) {
	load := func(end string) Composer {
		dir := t.TempDir()
		yaml := "summary: moving\ndefault: en\nnotices:\n  soon:\n    summary: soon\n    vars: {from: {type: time}}\n    follow: [{send: moving.over, when: checks_green}]\n" +
			"    texts: {en: \"We move at {from}.\"}\n  over:\n    summary: over\n    green: true\n    closes: true\n    texts: {en: \"" + end + "\"}\n"
		if err := os.WriteFile(filepath.Join(dir, "moving.yaml"), []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := notice.Load(notice.Options{Dir: dir, Zone: time.UTC})
		if err != nil {
			t.Fatal(err)
		}
		return Composer{Set: set, Zone: time.UTC}
	}
	first, _ := load("We have moved.").Source("moving.soon")
	same, _ := load("We have moved.").Source("moving.soon")
	other, _ := load("We have moved to a better place.").Source("moving.soon")
	if first != same || first == other {
		t.Errorf("%s, the same again %s, with another end %s", first, same, other)
	}
	c := load("We have moved.")
	told, err := c.Values("moving.soon", "from=2026-11-25T02:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	end, _ := c.Source("moving.over")
	if told.Source != first || len(told.Follow) != 1 || told.Follow[0].Source != end || !strings.Contains(told.Texts["en"], "02:00") {
		t.Errorf("%+v", told)
	}
}
