package bot

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseValues(t *testing.T) {
	for line, want := range map[string]map[string]string{
		"":            {},
		"for=28m0s":   {"for": "28m0s"},
		`a="b c" d=e`: {"a": "b c", "d": "e"},
		`for=28m0s from=2026-11-25T02:00:00Z impact="no \"deposits\"\nat all" impact.ru=x`: {"for": "28m0s", "from": "2026-11-25T02:00:00Z", "impact": "no \"deposits\"\nat all", "impact.ru": "x"},
		`a="b=c" d=""`: {"a": "b=c", "d": ""},
		"broken":       {},
	} {
		if diff := cmp.Diff(want, parseValues(line)); diff != "" {
			t.Errorf("parseValues(%q) (-want +got):\n%s", line, diff)
		}
	}
}
