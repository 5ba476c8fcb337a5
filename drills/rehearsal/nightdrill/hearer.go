package nightdrill

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
	"strings"
	"unicode"

	"twokey/internal/proc"
)

const (
	// lineMost is how much of a line is looked at, in bytes.
	lineMost = 4 << 10
	// sayMost is how much of a line is passed on to people, in runes.
	sayMost = 160
	// measuredMark begins the line for programs; see package demo.
	measuredMark = "measured: "
	errorMark    = "error: "
)

// hearer passes on what the stage prints and hears what it is about. It takes everything.
type hearer struct {
	out      io.Writer
	progress func(string)
	failed   error // the first of out's
	hash     hash.Hash
	last     *proc.Bounded
	line     []byte // the one that is not whole yet
	step     string // the one that goes on: "12. ann agrees"
	trouble  string // what it says went wrong
	measure  string // the last of its lines for programs
}

func newHearer(out io.Writer, progress func(string)) *hearer {
	return &hearer{out: out, progress: progress, hash: sha256.New(), last: proc.NewBounded(0, 2<<10)}
}

// Write takes what is printed, in whatever pieces.
func (h *hearer) Write(p []byte) (int, error) {
	if h.failed == nil {
		_, h.failed = h.out.Write(p)
	}
	_, _ = h.hash.Write(p) // neither fails
	_, _ = h.last.Write(p)
	for rest := p; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		h.line = append(h.line, line[:min(len(line), lineMost-len(h.line))]...)
		if rest = after; whole {
			h.hear(string(h.line))
			h.line = h.line[:0]
		}
	}
	return len(p), nil
}

// close hears what the last line says if nothing ended it.
func (h *hearer) close() { h.hear(string(h.line)) }

var stepLine = regexp.MustCompile(`^[0-9]+\. `)

// hear takes in a line. What the phones of the stage show is indented, so nothing that is written there is taken for ours.
func (h *hearer) hear(line string) {
	switch {
	case stepLine.MatchString(line):
		h.step = seen(line)
		h.progress(h.step)
	case strings.HasPrefix(line, measuredMark):
		h.measure = strings.TrimPrefix(line, measuredMark)
	case strings.HasPrefix(line, errorMark):
		h.trouble = seen(strings.TrimPrefix(line, errorMark))
	}
}

// seen is a line that can be shown.
func seen(line string) string {
	s := []rune(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, line))
	if len(s) > sayMost {
		return string(s[:sayMost-1]) + "…"
	}
	return string(s)
}

func (h *hearer) sum() string { return hex.EncodeToString(h.hash.Sum(nil)) }

// where says how far it came.
func (h *hearer) where() string {
	if h.step == "" {
		return ", before its first step"
	}
	return ", in step " + strings.Replace(h.step, ". ", " (", 1) + ")"
}

// said is what it says itself.
func (h *hearer) said() string {
	if h.trouble == "" {
		return ""
	}
	return ": " + h.trouble
}

func (h *hearer) tail() string { return h.last.Tail(5) }

// measured is how long it took, as it says.
func (h *hearer) measured() (m measured, err error) {
	if h.measure == "" {
		return m, errors.New("it has no line for that")
	}
	dec := json.NewDecoder(strings.NewReader(h.measure))
	dec.DisallowUnknownFields()
	if err = dec.Decode(&m); err == nil {
		_, err = dec.Token()
	}
	if !errors.Is(err, io.EOF) {
		return m, fmt.Errorf("its line for that cannot be read: %q: %v", seen(h.measure), err)
	}
	return m, m.check()
}
