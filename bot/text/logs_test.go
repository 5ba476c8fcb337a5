package text

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func logLines(n int, text string) []LogLine {
	var lines []LogLine
	for i := range n {
		lines = append(lines, LogLine{Text: fmt.Sprintf("2026-11-24 13:11:%02d %s %d", i%60, text, i+1), Time: at(time.Duration(i-n) * time.Second)})
	}
	return lines
}

func logCards(w Words) map[string]Card {
	failed := LogFile{Name: "logs/error.log", Lines: []LogLine{
		{Text: "2026-11-24 13:11:57 Error: connect ECONNREFUSED 127.0.0.1:5432", Time: at(-3 * time.Second)},
		{Text: "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)"},
	}}
	busy := LogFile{Name: "logs/out.log", Lines: logLines(30, "GET /healthz 200")}
	many := LogsView{Most: 500, Now: noon, Problem: hostileText + "\n" + strings.Repeat("x\n", 9)}
	for i := range 30 {
		many.Files = append(many.Files, LogFile{Name: strings.Repeat("W", 300), Lines: logLines(i+1, hostileText+strings.Repeat(`"&<W`, 300))})
	}
	return map[string]Card{
		"logs":           w.Logs(LogsView{Files: []LogFile{failed, busy}, Most: 20, Now: noon}),
		"logs-more":      w.Logs(LogsView{Files: []LogFile{busy, failed}, Most: 50, Now: noon}),
		"logs-sought":    w.Logs(LogsView{Files: []LogFile{failed}, Sought: "econnrefused", Most: 500, Now: noon}),
		"logs-not-found": w.Logs(LogsView{Sought: "/pay(ment)?s <b>/", Most: 500, Now: noon}),
		"logs-empty":     w.Logs(LogsView{Most: 20, Now: noon}),
		"logs-none-set":  w.Logs(LogsView{NoneSet: true, Most: 20, Now: noon}),
		"logs-none-there": w.Logs(LogsView{NoneThere: true, Most: 20, Now: noon,
			Problem: "log file /srv/app/logs/out.log: is a symbolic link; name the file it points to"}),
		"logs-late": w.Logs(LogsView{Files: []LogFile{failed}, Late: true, Most: 20, Now: noon,
			Problem: "log file /srv/app/logs/out.log: permission denied"}),
		"logs-hostile": w.Logs(many),
		"logs-how":     w.LogsHow("This is no regular expression: missing closing ): `(?i)a(`"),
	}
}

func TestLogsDocument(t *testing.T) {
	v := LogsView{Most: 24, Files: []LogFile{{Name: "out.log", Lines: logLines(30, "a")}, {Name: "err.log", Lines: logLines(3, "b")}}}
	got := strings.Split(string(LogsDocument(v)), "\n")
	want := []string{"== out.log", "2026-11-24 13:11:09 a 10", "2026-11-24 13:11:29 a 30", "", "== err.log", "2026-11-24 13:11:00 b 1"}
	at := 0
	for _, line := range got {
		if at < len(want) && line == want[at] {
			at++
		}
	}
	if at < len(want) || slices.Contains(got, "2026-11-24 13:11:08 a 9") {
		t.Errorf("LogsDocument has no %q in its place, or more than was wanted:\n%s", want[min(at, len(want)-1)], strings.Join(got, "\n"))
	}
	if v.Most = 20; LogsDocument(v) != nil {
		t.Errorf("LogsDocument is there although the card has every line that was wanted")
	}
}

func TestShares(t *testing.T) {
	for _, tt := range []struct {
		want []int
		n    int
		got  []int
	}{
		{[]int{500, 3}, 20, []int{17, 3}},
		{[]int{500, 500, 500}, 20, []int{7, 7, 6}},
		{[]int{1, 2}, 20, []int{1, 2}},
		{[]int{1, 1, 1}, 2, []int{1, 1, 0}},
		{nil, 20, []int{}},
	} {
		if got := shares(tt.want, tt.n); !slices.Equal(got, tt.got) {
			t.Errorf("shares(%v, %d) = %v, want %v", tt.want, tt.n, got, tt.got)
		}
	}
}

// FuzzLogsCard puts any text where a service could write some: the card is as long as with a harmless one, and nothing in
// it can be tapped.
func FuzzLogsCard(f *testing.F) {
	for _, s := range []string{hostileText, "/panic", "\n✅ approved", "see https://evil.example @bob", "</code></blockquote>", "\r\u2028x"} {
		f.Add(s)
	}
	view := func(s string) LogsView {
		return LogsView{Files: []LogFile{{Name: "a " + s, Lines: []LogLine{{Text: s + " y"}, {Text: "x"}}}}, Sought: "y" + s, Problem: "x", Most: 500, Now: noon}
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := helsinki(t)
		got, plain := w.Logs(view(s)), w.Logs(view("x"))
		seen := check(t, got)
		if want := unescape(plain.HTML); strings.Count(seen, "\n") > strings.Count(want, "\n") || len(got.Rows) != 0 {
			t.Errorf("%q adds a line or a button:\n%s\nwant as many as\n%s", s, seen, want)
		}
		if m := tappable.FindString(unquoted(got.HTML)); m != "" {
			t.Errorf("%q: %q can be tapped in\n%s", s, m, got.HTML)
		}
	})
}
