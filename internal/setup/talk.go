package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Talk is the dialogue: plain lines, one question at a time, an answer in brackets for whoever presses Enter.
type Talk struct {
	Lines <-chan string // what is typed, without line ends; closed when nothing more comes
	Out   io.Writer
	Hide  func(hidden bool) // keeps what is typed from being shown; nil where nothing is shown
	Yes   bool              // nobody is asked: what is not given is the default

	asked int
}

// question is one thing to find out.
type question struct {
	words    string
	flag     string // what answers it without being asked
	given    string // what the flag said
	fallback string // the answer of Enter; empty: there has to be one, unless none is
	none     bool   // Enter without a fallback means none
	check    func(string) error
}

func (t *Talk) say(format string, args ...any) { fmt.Fprintf(t.Out, format+"\n", args...) }

// ask gives an answer that passes the check: the flag's, the one typed, or the fallback.
func (t *Talk) ask(ctx context.Context, q question) (string, error) {
	if q.given != "" || t.Yes {
		return q.unasked()
	}
	t.asked++
	for {
		fmt.Fprintf(t.Out, "%d. %s%s: ", t.asked, q.words, q.bracket())
		line, err := t.line(ctx)
		if err != nil {
			return "", fmt.Errorf("no answer to %q: %w", q.words, err)
		}
		answer, err := q.take(line)
		if err == nil {
			return answer, nil
		}
		t.say("   %v", err)
	}
}

func (q question) bracket() string {
	switch {
	case q.fallback != "":
		return " [" + q.fallback + "]"
	case q.none:
		return " [none]"
	}
	return ""
}

// unasked is the answer when nobody is asked.
func (q question) unasked() (string, error) {
	answer, err := q.take(q.given)
	if err != nil {
		return "", fmt.Errorf("%s: %w", q.flag, err)
	}
	return answer, nil
}

func (q question) take(line string) (string, error) {
	answer := strings.TrimSpace(line)
	if answer == "" {
		answer = q.fallback
	}
	switch {
	case answer == "" && q.none || answer == "none" && q.none:
		return "", nil
	case answer == "":
		return "", errors.New("an answer is needed here")
	case !typeable(answer):
		return "", errors.New("there are characters in it that cannot be shown")
	case q.check == nil:
		return answer, nil
	}
	return answer, q.check(answer)
}

// secret asks for something that is neither shown nor printed.
func (t *Talk) secret(ctx context.Context, words string) (string, error) {
	t.asked++
	if t.Hide != nil {
		t.Hide(true) // before the question: somebody may type at once
		defer func() {
			t.Hide(false)
			t.say("") // the Enter was not shown either
		}()
	}
	fmt.Fprintf(t.Out, "%d. %s: ", t.asked, words)
	line, err := t.line(ctx)
	return strings.TrimSpace(line), err
}

// errNoMore ends a dialogue whose other side is gone.
var errNoMore = errors.New("the input has ended; --yes takes the defaults, flags say the rest (twokey init --help)")

func (t *Talk) line(ctx context.Context) (string, error) {
	select {
	case line, more := <-t.Lines:
		if !more {
			return "", errNoMore
		}
		return line, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// typeable says whether a text is one that a terminal shows as it is: no control, bidi or zero-width characters.
func typeable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// maxShown is how much of a name from outside is shown.
const maxShown = 64

// shown is a text from outside as a terminal may get it: printable, one line, bounded.
func shown(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "?") {
		if b.Len() > maxShown {
			return b.String() + "…"
		}
		if !unicode.IsPrint(r) {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String()
}
