package step

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLogCheck(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	now := time.Date(2026, 11, 25, 15, 0, 0, 0, time.UTC)
	old := write("old.log", "2026-11-25T12:00:00Z confirmation of ann@example.com\n")
	fresh := write("fresh.log", "2026-11-25T14:00:00Z confirmation\n2026-11-25T14:50:00Z confirmation of ann@example.com\n2026-11-25T14:59:00Z nothing\n")
	local := write("local.log", "2026-11-25 16:55:00 confirmation\n")
	timeless := write("timeless.log", "confirmation\n")
	future := write("future.log", "2026-11-25T17:00:00Z confirmation\n")
	link := filepath.Join(dir, "link.log")
	if err := os.Symlink(fresh, link); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		why, zone string
		files     []string
		want      Finding
	}{
		{"new enough, the newest of two files", "", []string{old, fresh}, Finding{State: Green, Value: "10 min ago"}},
		{"by a pattern", "", []string{filepath.Join(dir, "[fo]*sh.log")}, Finding{State: Green, Value: "10 min ago"}},
		{"too old", "", []string{old}, Finding{State: Red, Value: "3 h ago"}},
		{"in the config's zone", "Europe/Helsinki", []string{local}, Finding{State: Green, Value: "5 min ago"}},
		{"in another one", "", []string{local}, Finding{State: Broken, Why: "its newest line is in the future: timezone in the config should be that of the log"}},
		{"from the future", "", []string{future}, Finding{State: Broken, Why: "its newest line is in the future: timezone in the config should be that of the log"}},
		{"without times", "", []string{timeless}, Finding{State: Broken, Why: "its lines have no time"}},
		{"no file", "", []string{filepath.Join(dir, "gone*.log")}, Finding{State: Broken, Why: "there is no log file"}},
		{"a link is not followed", "", []string{link}, Finding{State: Broken, Why: "the log files cannot be read"}},
		{"no such zone", "Mars/Olympus", []string{fresh}, Finding{State: Broken, Why: "the zone of its times is not known"}},
	} {
		tt.want.Name, tt.want.Want = "monitor", "within 15 min"
		got := Verify{Logs: tt.files, Zone: tt.zone}.lookLog(t.Context(), Check{Name: "monitor", Log: "confirmation", Within: 15 * time.Minute}, now)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.why, diff)
		}
	}
	got := Verify{Logs: []string{fresh}}.lookLog(t.Context(), Check{Name: "monitor", Log: "refund", Within: 15 * time.Minute}, now)
	if want := (Finding{Name: "monitor", State: Red, Value: "no such line", Want: "within 15 min"}); !cmp.Equal(got, want) {
		t.Errorf("no line with the text: %+v, want %+v", got, want)
	}
}
