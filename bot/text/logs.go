package text

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
)

// LogsView is what was found in the service's logs, redacted.
type LogsView struct {
	Files  []LogFile // the one with the newest line first
	Sought string    // what the lines had to contain, as it was typed; empty for all
	Most   int       // how many lines were wanted at most
	// NoneSet: the config names no log files. NoneThere: it does, and there is none.
	NoneSet, NoneThere bool
	Late               bool   // the time was over before all was read
	Problem            string // what could not be read, and why: one thing a line
	Now                time.Time
}

// LogFile is the end of one file.
type LogFile struct {
	Name  string
	Lines []LogLine // oldest first
}

// LogLine is one line.
type LogLine struct {
	Text string
	Time time.Time // zero when the line has none
}

const (
	shownLines = 20  // of logs on one card: what a phone's screen has
	shownFiles = 8   // whose lines are on one card
	maxLogLine = 130 // characters of a line; with shownLines and the files' names it fits a message
	maxFile    = 60  // characters of a file's name
)

// Logs is the answer to /logs: the newest lines, by file.
func (w Words) Logs(v LogsView) Card {
	p := page{words: w}
	switch {
	case v.NoneSet:
		p.add(w.say("No log files are configured."), w.say("Name them in %s, such as [logs/*.log].", typed("service.logs.files")))
		return p.card()
	case v.NoneThere:
		p.add(w.say("There is no log file."), w.say("None fits %s of the config; what is rotated or compressed does not count.", typed("service.logs.files")))
		w.logTrouble(&p, v)
		return p.card()
	}
	v = v.newest(v.Most)
	shown := v.newest(shownLines)
	p.add(w.logsTitle(v, shown))
	w.logTrouble(&p, v)
	for _, f := range shown.Files[:min(len(shown.Files), shownFiles)] {
		w.logFile(&p, f, v.Now)
	}
	if more := len(shown.Files) - shownFiles; more > 0 {
		p.gap()
		p.add(w.count(more, "and %s more file", "and %s more files"))
	}
	return p.card()
}

func (w Words) logsTitle(v, shown LogsView) html {
	all, n := v.count(), shown.count()
	title := w.count(n, "%s line", "The newest %s lines")
	switch {
	case all == 0 && v.Sought != "":
		return join("\n", w.say("No line has %s", code(clean(v.Sought, anyText))), w.say("Of long files only the end was read."))
	case all == 0:
		return w.say("The logs are empty")
	case v.Sought != "":
		title = w.count(n, "%s line with %s", "The newest %s lines with %s", code(clean(v.Sought, anyText)))
	}
	if all > n {
		return join(" · ", title, w.say("all %s as a file", all))
	}
	return title
}

// maxTroubles is how many things that could not be read a card names.
const maxTroubles = 4

func (w Words) logTrouble(p *page, v LogsView) {
	if v.Late {
		p.add(w.say("⚠️ Reading took too long: this is what was found until then."))
	}
	lines := block(v.Problem, maxTroubles, maxArg)
	for _, l := range lines {
		p.list(ifFacts, w.say("⚠️ %s", quiet(l, maxArg)))
	}
}

// logFile shows the end of a file behind a quote. Colours are for terminals.
func (w Words) logFile(p *page, f LogFile, now time.Time) {
	var lines []string
	var newest time.Time
	for _, l := range f.Lines {
		if !l.Time.IsZero() {
			newest = l.Time
		}
		if s := clean(l.Text, maxLogLine); s != "" {
			lines = append(lines, s)
		}
	}
	title := quiet(f.Name, maxFile)
	if !newest.IsZero() {
		title = join(" · ", title, w.at(newest, now))
	}
	p.gap()
	p.add(title)
	p.quote(lines)
}

func (v LogsView) count() (n int) {
	for _, f := range v.Files {
		n += len(f.Lines)
	}
	return n
}

// newest keeps n lines in all. Every file has its share of them, and what a short one leaves goes to the others: an error log
// of three lines is not pushed out by a busy one.
func (v LogsView) newest(n int) LogsView {
	sizes := make([]int, len(v.Files))
	for i, f := range v.Files {
		sizes[i] = len(f.Lines)
	}
	files := v.Files
	v.Files = nil
	for i, keep := range shares(sizes, n) {
		if f := files[i]; keep > 0 {
			v.Files = append(v.Files, LogFile{f.Name, f.Lines[len(f.Lines)-keep:]})
		}
	}
	return v
}

// shares divides n among those who want so many each, evenly, and gives nobody more than that. The first ones come first
// when it does not come out even.
func shares(want []int, n int) []int {
	got := make([]int, len(want))
	for n > 0 && !slices.Equal(got, want) {
		for i := range want {
			if n > 0 && got[i] < want[i] {
				got[i]++
				n--
			}
		}
	}
	return got
}

// LogsDocument is all lines that were wanted, for a file; nil when the card has them all.
func LogsDocument(v LogsView) []byte {
	v = v.newest(v.Most)
	if v.count() <= shownLines && len(v.Files) <= shownFiles {
		return nil
	}
	var b bytes.Buffer
	for _, f := range v.Files {
		fmt.Fprintf(&b, "== %s\n", clean(f.Name, maxArg))
		for _, l := range f.Lines {
			b.WriteString(strings.ToValidUTF8(l.Text, "\uFFFD") + "\n")
		}
		b.WriteString("\n")
	}
	return b.Bytes()
}

// LogsHow answers a /logs that cannot be understood.
func (w Words) LogsHow(wrong string) Card {
	p := page{words: w}
	p.add(sentence(wrong, maxArg))
	p.add(w.say("Type a number of lines (%s), a part of the lines (%s), or a regular expression between slashes (%s).",
		typed("/logs 50"), typed("/logs payment"), typed("/logs /pay(ment)?s/")))
	return p.card()
}
