package bot

import (
	"testing"
	"time"
)

func TestParseWhen(t *testing.T) {
	helsinki, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	evening, late, night, day := at("2026-11-24T17:00:10Z"), at("2026-11-24T20:30:00Z"), at("2026-11-24T23:00:00Z"), at("2026-11-25T08:00:00Z") // two hours later in Helsinki
	for _, tt := range []struct {
		why, typed string
		now        time.Time
		want       string // empty: it is no time to come; now: as soon as somebody else agreed
	}{
		{"at once", "now", evening, "now"},
		{"a span ends with its minute: never before what was meant", "in 15 min", evening, "2026-11-24T17:16:00Z"},
		{"a whole minute stays one", "in 1 h", late, "2026-11-24T21:30:00Z"},
		{"as people type it", "In 1h 30m", late, "2026-11-24T22:00:00Z"},
		{"not in the past", "in -15m", evening, ""},
		{"not in no time", "in", evening, ""},
		{"tonight, in the evening", "tonight 22:00", evening, "2026-11-24T20:00:00Z"},
		{"tonight is over", "tonight 22:00", late, ""},
		{"tonight after midnight", "tonight 02:00", evening, "2026-11-25T00:00:00Z"},
		{"tonight, at night", "tonight 02:00", night, "2026-11-25T00:00:00Z"},
		{"tonight, by day", "tonight 02:00", day, "2026-11-26T00:00:00Z"},
		{"noon is not tonight", "tonight 12:00", evening, ""},
		{"tonight without a time", "tonight", evening, ""},
		{"tomorrow", "tomorrow 09:00", evening, "2026-11-25T07:00:00Z"},
		{"tomorrow at night is the next day", "tomorrow 09:00", night, "2026-11-26T07:00:00Z"},
		{"tomorrow without a time", "tomorrow", evening, ""},
		{"as behind at=", "18:30", evening, "2026-11-25T16:30:00Z"},
		{"a day and a time as behind at=", "2026-11-26t03:00", evening, "2026-11-26T01:00:00Z"},
		{"a day that is over", "2026-11-23T03:00", evening, ""},
		{"no time", "soon", evening, ""},
		{"nothing", "", evening, ""},
	} {
		got, ok := parseWhen(tt.typed, tt.now, helsinki)
		said := got.UTC().Format(time.RFC3339)
		if got.IsZero() {
			said = "now"
		}
		if ok != (tt.want != "") || ok && said != tt.want {
			t.Errorf("%s: parseWhen(%q) at %s = %s, %v; want %q", tt.why, tt.typed, tt.now.Format(time.RFC3339), said, ok, tt.want)
		}
	}
}

// What is offered is a time to come, and each is offered once.
func TestSlots(t *testing.T) {
	for quarter := range 96 {
		now := time.Date(2026, 11, 24, 0, 15*quarter, 0, 0, time.UTC)
		seen := map[time.Time]string{}
		for _, s := range slots(now, time.UTC) {
			at, ok := parseWhen(whens[s.I], now, time.UTC)
			if !ok || !at.IsZero() && !at.After(now) || seen[at] != "" || s.Label != whens[s.I] {
				t.Errorf("at %s %q is offered, beside %q", now.Format("15:04"), s.Label, seen[at])
			}
			seen[at] = s.Label
		}
		if seen[time.Time{}] != "now" || len(seen) < 4 {
			t.Errorf("at %s there are only %v", now.Format("15:04"), seen)
		}
	}
}
