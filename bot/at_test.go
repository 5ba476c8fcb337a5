package bot

import (
	"testing"
	"time"
)

func TestParseAt(t *testing.T) {
	helsinki, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC) // 22:00 in Helsinki
	for _, tt := range []struct {
		why, typed, want string
	}{
		{"later today", "23:30", "2026-11-24T21:30:00Z"},
		{"a time that is over is tomorrow's", "03:00", "2026-11-25T01:00:00Z"},
		{"this very minute is over", "22:00", "2026-11-25T20:00:00Z"},
		{"a day and a time", "2026-11-26T03:00", "2026-11-26T01:00:00Z"},
		{"not a time", "soon", ""},
		{"no such time", "25:00", ""},
		{"empty", "", ""},
	} {
		got, ok := parseAt(tt.typed, now, helsinki)
		if ok != (tt.want != "") || ok && got.Format(time.RFC3339) != tt.want {
			t.Errorf("%s: parseAt(%q) = %s, %v; want %s", tt.why, tt.typed, got.Format(time.RFC3339), ok, tt.want)
		}
	}
}
