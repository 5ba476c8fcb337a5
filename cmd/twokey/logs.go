package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"twokey/bot"
	"twokey/bot/text"
	"twokey/internal/logfile"
	"twokey/internal/secret"
)

// logs is the service's log files as people may see them.
type logs struct {
	reader logfile.Reader
	files  []string // patterns
	dir    string   // of the service: what is in it is named from there
	redact *secret.Redactor
}

// cutOff is how much is left out of the end of a line that was cut: a secret that was cut in two is none that the redactor
// knows.
const cutOff = 1 << 10

// colours are a terminal's. They go before secrets are looked for: one in the middle of a secret would hide it.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// find reads what is wanted. A line has to match as people see it, too: whoever looks for a part of a secret finds nothing.
func (l logs) find(ctx context.Context, q bot.LogQuery) text.LogsView {
	v := text.LogsView{Sought: l.redact.String(q.Text), Most: q.Lines, NoneSet: len(l.files) == 0, Now: time.Now()}
	if v.NoneSet {
		return v
	}
	match := func(line string) bool { return q.Match(line) && q.Match(l.shown(line)) }
	files, err := l.reader.ByFile(ctx, l.files, match, q.Lines)
	for _, f := range files {
		v.Files = append(v.Files, l.file(f))
	}
	v.NoneThere = errors.Is(err, fs.ErrNotExist) && len(files) == 0
	v.Late = ctx.Err() != nil
	if err != nil && !v.NoneThere && !v.Late {
		v.Problem = l.redact.String(err.Error())
	}
	return v
}

func (l logs) file(f logfile.File) text.LogFile {
	view := text.LogFile{Name: l.name(f.Path)}
	for _, line := range f.Lines {
		view.Lines = append(view.Lines, text.LogLine{Text: l.shown(line.Text), Time: line.Time})
	}
	return view
}

// shown is a line as people see it.
func (l logs) shown(line string) string {
	shown := l.redact.String(colours.ReplaceAllString(line, ""))
	if len(line) >= logfile.Longest {
		return shown[:max(0, len(shown)-cutOff)] + "…"
	}
	return shown
}

// name is a file's as people call it: from the service's directory on.
func (l logs) name(path string) string {
	rel, err := filepath.Rel(l.dir, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		rel = path
	}
	return l.redact.String(rel)
}
