package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"twokey/actions"
	"twokey/auth"
)

func TestShow(t *testing.T) {
	for _, tt := range []struct {
		say, in string
		max     int
		want    string
	}{
		{"plain text stays", "orders show wrong amounts", 80, "orders show wrong amounts"},
		{"what HTML reads is escaped", `<b>&"'`, 80, "&lt;b&gt;&amp;&quot;'"},
		{"lines become one", "a\r\n\tb\u2028c\u0085d", 80, "a b c d"},
		{"spaces at the ends go", "  \n a  b ", 80, "a b"},
		{"bidi controls go", "a\u202eb\u2066c\u200fd\u061ce", 80, "abcde"},
		{"what takes no space goes", "a\u200bb\ufeffc\u2060d\u00ade\u115ff\u3164g\ufe0fh\u2800i\U000E0041", 80, "abcdefghi"},
		{"controls show that they were there", "a\x00\x1b[31m", 80, "a��[31m"},
		{"private, unassigned and broken characters too", "a\ue000\U000e0fffb\xff", 80, "a�b�"},
		{"letters are composed", "A\u0308", 80, "Ä"},
		{"marks do not pile up", "a" + strings.Repeat("\u0316", 40), 80, "a\u0316\u0316\u0316"},
		{"marks without a letter go", "\u0316a \u0316b", 80, "a b"},
		{"the longest that fits is whole", "abcde", 5, "abcde"},
		{"a longer one says so, in the same room", "abcdef", 5, "abcd…"},
		{"room is counted in characters, not bytes", "привет", 6, "привет"},
		{"no space before the …", "abcd efg", 6, "abcd…"},
		{"a text of nothing, however long, is nothing much", strings.Repeat("\u200b", 10000) + "x", 5, "…"},
		{"no room, no text", "abc", 0, ""},
	} {
		if got := Show(tt.in, tt.max); got != tt.want {
			t.Errorf("%s: Show(%q, %d) = %q, want %q", tt.say, tt.in, tt.max, got, tt.want)
		}
	}
}

func TestShowBlock(t *testing.T) {
	for _, tt := range []struct {
		say, in    string
		lines, max int
		want       string
	}{
		{"the last lines stay", "a\nb\nc\n", 2, 80, "b\nc"},
		{"each is shown", "<b>\u202e\nx\x00", 9, 80, "&lt;b&gt;\nx�"},
		{"each is bounded", "abcdef\ng", 9, 3, "ab…\ng"},
		{"empty ones are left out", "a\n\n \n\nb\r\n", 9, 80, "a\nb"},
		{"of a line written over the last state stays", "10 %\r50 %\r100 %\ndone", 9, 80, "100 %\ndone"},
		{"nothing is nothing", "", 9, 80, ""},
	} {
		if got := ShowBlock(tt.in, tt.lines, tt.max); got != tt.want {
			t.Errorf("%s: ShowBlock(%q) = %q, want %q", tt.say, tt.in, got, tt.want)
		}
	}
}

// forbidden says what of a shown text could fool a reader or Telegram.
func forbidden(r rune) bool {
	hidden := r <= 0x1f || r >= 0x7f && r <= 0x9f || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e ||
		r >= 0x2060 && r <= 0x206f || r == 0xfeff || r == 0x61c || r == '\u2028' || r == '\u2029'
	return hidden || unicode.In(r, unicode.C) || !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z)
}

func checkShown(t rapid.TB, in string, max int) {
	got := Show(in, max)
	seen, err := parse(got)
	if err != nil || strings.ContainsAny(strings.NewReplacer("&lt;", "", "&gt;", "", "&quot;", "", "&amp;", "").Replace(got), `<>"&`) {
		t.Fatalf("Show(%q) = %q: not escaped (%v)", in, got, err)
	}
	if !utf8.ValidString(seen) || !norm.NFC.IsNormalString(seen) || strings.ContainsFunc(seen, forbidden) {
		t.Fatalf("Show(%q) = %q", in, seen)
	}
	if n := utf8.RuneCountInString(seen); n > max || strings.TrimSpace(seen) != seen {
		t.Fatalf("Show(%q, %d) = %q, %d characters", in, max, seen, n)
	}
}

func FuzzShow(f *testing.F) {
	f.Add(hostileText, 80)
	f.Add("\u0344\u0f73\u0958", 2)
	f.Add("e\u034f\u0301", 5)
	f.Fuzz(func(t *testing.T, in string, max int) {
		checkShown(t, in, min(max0(max), 4096))
	})
}

func TestShowAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkShown(t, rapid.String().Draw(t, "in"), rapid.IntRange(0, 100).Draw(t, "max"))
	})
}

// FuzzRequestCard puts any text everywhere a person or a program can put some, and compares with a harmless card: the
// same buttons, no more lines, nothing to tap.
func FuzzRequestCard(f *testing.F) {
	f.Add(hostileText, uint8(1))
	f.Add("/panic", uint8(5))
	f.Add("\n✅ approved", uint8(6))
	f.Add("see https://evil.example @bob", uint8(3))
	f.Fuzz(func(t *testing.T, s string, state uint8) {
		status := statuses[int(state)%len(statuses)]
		w := helsinki(t)
		got, plain := w.Request(textView(status, s)), w.Request(textView(status, "x"))
		seen := check(t, got)
		if want := unescape(plain.HTML); strings.Count(seen, "\n") > strings.Count(want, "\n") {
			t.Errorf("%q adds a line:\n%s\nwant as many as\n%s", s, seen, want)
		}
		if len(got.Rows) != len(plain.Rows) {
			t.Errorf("%q changes the buttons: %v, want %v", s, got.Rows, plain.Rows)
		}
		if m := tappable.FindString(unquoted(got.HTML)); m != "" {
			t.Errorf("%q: %q can be tapped in\n%s", s, m, got.HTML)
		}
	})
}

// unquoted takes out what Telegram makes no links in.
func unquoted(h string) string {
	for {
		before, rest, found := strings.Cut(h, "<code>")
		if !found {
			return unescape(h)
		}
		_, after, _ := strings.Cut(rest, "</code>")
		h = before + "·" + after
	}
}

// textView is a request with the text in every place that comes from a person's typing or a program.
func textView(status actions.Status, s string) RequestView {
	r := broken(ran(approve(ask(warmAction(), status), "bob"), 1, 1))
	r.Asked.Reason = s
	r.Asked.Args = actions.Args{"region": "eu", "note": "a value that needs its own line " + s}
	r.Why, r.Hint, r.Service = s, s, actions.Service{Known: true, Note: s}
	r.Steps[0].Title = s
	r.Runs[0].Tail, r.Runs[0].Error = s, s
	r.Facts = facts()
	r.Facts[3].Value, r.Facts[0].Name = s, s
	r.Voided = &actions.Voided{Cause: actions.VoidDrift, Name: s, Was: s, Is: s}
	r.Cut = &actions.Interruption{Cut: actions.Cut{Cause: actions.CutCrash, Probe: s, Left: []string{s}}}
	return RequestView{Request: end(r), Could: []auth.Name{"bob"}, Progress: actions.Progress{Text: s}, Service: r.Service}
}
