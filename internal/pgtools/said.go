package pgtools

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"

	"twokey/internal/proc"
)

const (
	// keptLines and keptLine bound what is kept of what a program says on stderr.
	keptLines = 40
	keptLine  = 400
)

// lastWords keeps the last lines of a program's stderr, and the first that is an error: what follows it is its consequence.
type lastWords struct {
	also  io.Writer
	first string
	lines []string
	part  []byte
}

func (l *lastWords) Write(p []byte) (int, error) {
	if l.also != nil {
		_, _ = l.also.Write(p) // what is only told is not worth ending anything
	}
	rest := p
	for {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		if room := keptLine - len(l.part); room > 0 {
			l.part = append(l.part, line[:min(len(line), room)]...)
		}
		if !whole {
			return len(p), nil
		}
		l.keep(strings.ToValidUTF8(string(l.part), "?"))
		l.part, rest = l.part[:0], after
	}
}

func (l *lastWords) keep(line string) {
	if l.first == "" && isError.MatchString(line) {
		l.first = line
	}
	if l.lines = append(l.lines, line); len(l.lines) > keptLines {
		l.lines = l.lines[1:]
	}
}

var (
	isError = regexp.MustCompile(`\b(error|ERROR|FATAL|fatal): `)
	leading = regexp.MustCompile(`^.*?\b(?:error|ERROR|FATAL|fatal): +(?:could not execute query: )?(?:ERROR|FATAL)?:? *`)
	quoted  = regexp.MustCompile(`invalid (?:input|byte)|out of range|too long|malformed|: "`)
)

// failure is what the program's end means. Only a first line is repeated: DETAIL and CONTEXT hold rows, and so may a message
// about a value.
func (l *lastWords) failure(program string, res proc.Result) *Error {
	e := &Error{Sentence: fmt.Sprintf("%s ended with exit code %d", program, res.Exit), Hint: "see the run's output", Tail: l.lines}
	if res.Signal != "" {
		e.Sentence = fmt.Sprintf("%s was ended by a signal (%s)", program, res.Signal)
		return e
	}
	why := leading.ReplaceAllString(l.first, "")
	if why == "" || quoted.MatchString(why) {
		return e
	}
	e.Sentence = program + ": " + short(why)
	return e
}

func short(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
