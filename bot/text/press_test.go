package text

import (
	"strings"
	"testing"
)

func TestParseData(t *testing.T) {
	long := "/warm_cache note=" + strings.Repeat("x", maxData-len("v1:0:do /warm_cache note="))
	for _, tt := range []struct {
		say, data string
		want      Press
		ok        bool
	}{
		{"a vote", "v1:12:a", Press{Seq: 12, Choice: Approve}, true},
		{"the largest number", "v1:18446744073709551615:o", Press{Seq: 1<<64 - 1, Choice: Log}, true},
		{"a command line", "v1:0:do /start", Press{Choice: Do, Line: "/start"}, true},
		{"a command line with colons", "v1:0:do /x a=b:c", Press{Choice: Do, Line: "/x a=b:c"}, true},
		{"the longest command line", "v1:0:do " + long, Press{Choice: Do, Line: long}, true},
		{"one byte too long", "v1:0:do " + long + "x", Press{}, false},
		{"no request", "v1:0:a", Press{}, false},
		{"a command line about a request", "v1:12:do /start", Press{}, false},
		{"no command line", "v1:0:do", Press{}, false},
		{"an empty command line", "v1:0:do ", Press{}, false},
		{"a command without its slash", "v1:0:do start", Press{}, false},
		{"two lines", "v1:0:do /a\n/b", Press{}, false},
		{"an invisible character", "v1:0:do /a\u200b", Press{}, false},
		{"another version", "v2:12:a", Press{}, false},
		{"another spelling of a number", "v1:012:a", Press{}, false},
		{"a signed number", "v1:+12:a", Press{}, false},
		{"a number too large", "v1:18446744073709551616:a", Press{}, false},
		{"an unknown choice", "v1:12:z", Press{}, false},
		{"something after it", "v1:12:a ", Press{}, false},
		{"nothing", "", Press{}, false},
	} {
		if got, ok := ParseData(tt.data); got != tt.want || ok != tt.ok {
			t.Errorf("%s: ParseData(%q) = %+v, %v, want %+v, %v", tt.say, tt.data, got, ok, tt.want, tt.ok)
		}
	}
}

// FuzzParseData: whatever is read has exactly one spelling, and nothing panics.
func FuzzParseData(f *testing.F) {
	for _, s := range []string{"v1:12:a", "v1:0:do /start", "v1:0:do /x\x00", "v1::", "v1:1:do"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		p, ok := ParseData(data)
		if ok && p.Data() != data {
			t.Errorf("ParseData(%q) = %+v, which is written %q", data, p, p.Data())
		}
		if !ok && p != (Press{}) {
			t.Errorf("ParseData(%q) refuses with %+v", data, p)
		}
	})
}
