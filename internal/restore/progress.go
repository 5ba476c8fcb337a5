package restore

import (
	"bytes"
	"regexp"
	"strings"
)

// lines calls each with every whole line that is written to it. A line that is longer than most is cut.
type lines struct {
	part []byte
	each func(string)
}

const maxLine = 2000

func (l *lines) Write(p []byte) (int, error) {
	for rest := p; ; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		l.part = append(l.part, line[:min(len(line), maxLine-min(maxLine, len(l.part)))]...)
		if !whole {
			return len(p), nil
		}
		l.each(strings.ToValidUTF8(string(l.part), "?"))
		l.part, rest = l.part[:0], after
	}
}

// begins is what pg_restore --verbose says once of each entry, alone or with others at once.
var begins = regexp.MustCompile(`^pg_restore: (?:creating|processing data for table|executing) (.*)$`)

// watcher counts entries in what pg_restore says.
type watcher struct {
	of   int
	tell func(done, of int, what string)

	done int
	said lines
}

func (w *watcher) Write(p []byte) (int, error) {
	w.said.each = func(line string) {
		m := begins.FindStringSubmatch(line)
		if m == nil || w.tell == nil {
			return
		}
		w.done = min(w.done+1, w.of)
		w.tell(w.done, w.of, strings.ReplaceAll(m[1], `"`, ""))
	}
	return w.said.Write(p)
}
