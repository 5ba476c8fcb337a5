package bot

import "testing"

func TestParseLogs(t *testing.T) {
	for _, tt := range []struct {
		typed   string
		lines   int
		text    string
		has     string // a line that matches
		hasNot  string // and one that does not
		refused bool
	}{
		{typed: "/logs", lines: 20, has: "anything"},
		{typed: "/logs 50", lines: 50, has: "anything"},
		{typed: "/logs payment", lines: 500, text: "payment", has: "a PAYMENT failed", hasNot: "pay"},
		{typed: "/logs 5 payment failed", lines: 5, text: "payment failed", has: "Payment failed: x", hasNot: "payment: failed"},
		{typed: "/logs failed because of it", lines: 500, text: "failed because of it", has: "failed because of it", hasNot: "failed"},
		{typed: "/logs a.c*", lines: 500, text: "a.c*", has: "A.C*", hasNot: "abcc"},
		{typed: "/logs /a.c+/", lines: 500, text: "/a.c+/", has: "xABCC", hasNot: "ab"},
		{typed: "/logs /500/", lines: 500, text: "/500/", has: "status 500", hasNot: "status 200"},
		{typed: "/logs //", lines: 500, text: "//", has: "http://", hasNot: "x"},
		{typed: "/logs /a(/", refused: true},
		{typed: "/logs 0", refused: true},
		{typed: "/logs 501", refused: true},
		{typed: "/logs -1", refused: true},
	} {
		c, ok := ParseCommand(tt.typed)
		q, wrong := parseLogs(c)
		if !ok || (wrong != "") != tt.refused {
			t.Errorf("parseLogs(%s): wrong %q, want refused %v", tt.typed, wrong, tt.refused)
			continue
		}
		if tt.refused {
			continue
		}
		if q.Lines != tt.lines || q.Text != tt.text || !q.Match(tt.has) || tt.hasNot != "" && q.Match(tt.hasNot) {
			t.Errorf("parseLogs(%s) = %d %q, matches %q: %v, %q: %v", tt.typed, q.Lines, q.Text, tt.has, q.Match(tt.has), tt.hasNot, q.Match(tt.hasNot))
		}
	}
}
