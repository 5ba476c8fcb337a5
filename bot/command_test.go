package bot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseCommand(t *testing.T) {
	for _, tt := range []struct {
		why, text string
		want      Command
		ok        bool
	}{
		{"a bare command", "/stop", Command{Name: "stop", Words: []string{}}, true},
		{"letters in any case", "/StOp", Command{Name: "stop", Words: []string{}}, true},
		{"to a bot by name", "/stop@Ops_Bot now", Command{Name: "stop", To: "ops_bot", Words: []string{"now"}}, true},
		{"a newline separates too", "/warm\neu", Command{Name: "warm", Words: []string{"eu"}}, true},
		{"and a no-break space", "/warm\u00a0eu", Command{Name: "warm", Words: []string{"eu"}}, true},
		{"a reason", "/stop because orders hang", Command{Name: "stop", Words: []string{}, Reason: "orders hang"}, true},
		{"a reason after a dash that a phone made of two", "/warm eu — cold", Command{Name: "warm", Words: []string{"eu"}, Reason: "cold"}, true},
		{"a value in quotes is one word", `/broadcast a.b impact="Payments  were late" x=1`, Command{Name: "broadcast", Words: []string{"a.b", "impact=Payments were late", "x=1"}}, true},
		{"and in a phone's quotes", "/broadcast impact=“Payments were late”", Command{Name: "broadcast", Words: []string{"impact=Payments were late"}}, true},
		{"a reason begins after the quotes", `/broadcast impact="down because of us" because "x"`, Command{Name: "broadcast", Words: []string{"impact=down because of us"}, Reason: `"x"`}, true},
		{"and what is in it is not looked at", `/broadcast a="b c" because x="y`, Command{Name: "broadcast", Words: []string{"a=b c"}, Reason: `x="y`}, true},
		{"a quote that does not end is a letter", `/broadcast impact="Payments were`, Command{Name: "broadcast", Words: []string{`impact="Payments`, "were"}}, true},
		{"and then no other is one", `/broadcast a="b c" d="e`, Command{Name: "broadcast", Words: []string{`a="b`, `c"`, `d="e`}}, true},
		{"a quote within a word does not end it", `/broadcast a="b"c d"`, Command{Name: "broadcast", Words: []string{`a="b"c`, `d"`}}, true},
		{"a quote without a name is a letter", `/note "a b"`, Command{Name: "note", Words: []string{`"a`, `b"`}}, true},
		{"what to look for in logs is as it is typed", `/logs level="a b"`, Command{Name: "logs", Words: []string{`level="a`, `b"`}}, true},
		{"no slash", "stop", Command{}, false},
		{"only a slash", "/", Command{}, false},
		{"a slash and a space", "/ stop", Command{}, false},
		{"a path is not a command", "/usr/bin/true", Command{}, false},
		{"letters of another alphabet end the name badly", "/stopпривет", Command{}, false},
		{"an @ without a name", "/stop@", Command{}, false},
		{"a name of 33 letters", "/" + strings.Repeat("a", 33), Command{}, false},
		{"text that is not UTF-8", "/stop \xff", Command{}, false},
		{"a very long line", "/stop " + strings.Repeat("a", longestCommand), Command{}, false},
		{"a command later in the text", "please /stop", Command{}, false},
	} {
		got, ok := ParseCommand(tt.text)
		if ok != tt.ok {
			t.Errorf("%s: ParseCommand(%q) = %v, want %v", tt.why, tt.text, ok, tt.ok)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: ParseCommand(%q) (-want +got):\n%s", tt.why, tt.text, diff)
		}
	}
}

func TestReasonIsBounded(t *testing.T) {
	c, ok := ParseCommand("/stop because " + strings.Repeat("ä", 300))
	if !ok || utf8.RuneCountInString(c.Reason) != longestReason {
		t.Errorf("reason has %d characters, want %d", utf8.RuneCountInString(c.Reason), longestReason)
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, s := range []string{"/stop", "/warm@bot eu because x", "/\u00a0", "/a\xff", "/x -- -- --", "/stop@", "//", `/b a="b c" d=“e” because "x y"`, `/b a="b c`, `/b a="" c=" " d="because"`, `/b a="b"c d"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := ParseCommand(s)
		if !ok {
			return
		}
		if !isName(c.Name) || c.Name != strings.ToLower(c.Name) || !utf8.ValidString(c.Reason) {
			t.Fatalf("ParseCommand(%q) = %+v", s, c)
		}
		// A line that is typed again means the same: buttons carry it.
		again, ok := ParseCommand(c.Line())
		if c.To = ""; ok && !cmp.Equal(c, again) && utf8.RuneCountInString(c.Reason) < longestReason {
			t.Fatalf("ParseCommand(%q) = %+v, but its line %q is %+v", s, c, c.Line(), again)
		}
	})
}
