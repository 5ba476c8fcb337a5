// Package backup knows backups as files: which there are, what each truly is, how far it is proven, and how one is made.
//
// The folders are written by others too, so nothing about a file is believed because of its name: its format is told by its
// first bytes, its time by what it says itself, and links, pipes and devices in its place are refused. What is to be relied
// on is pinned first: copied, while hashed, to where only we can write, and read from there. Nothing here removes a backup.
package backup

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
)

// Level is how far a backup is proven; each includes those below it. Less than Present: not at all.
type Level int

// The levels, by what has to be done for them.
const (
	Present Level = iota // L0: it is a finished file of a known format
	Intact               // L1: its hash is the one of its manifest
	Decodes              // L2: all of it could be read, to its end
	Whole                // L3: it has every table there is, see Complete
	Usual                // L4: its rows and size are what one would expect, see Plausible
	Proven               // L5: it was restored, and what came out was checked
)

// String is what people read: the backup "is" this.
func (l Level) String() string {
	words := []string{"present", "intact", "decodes", "complete", "plausible", "proven by a full restore"}
	if l < Present || int(l) >= len(words) {
		return "not proven"
	}
	return words[l]
}

// Error is why something cannot be had of a backup: a sentence and a hint for people, the cause for operators.
type Error struct {
	Sentence string
	Hint     string
	Cause    error
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Sentence
	}
	return e.Sentence + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// shown is a file's name in a sentence. Whoever may write in a folder chooses it, so one with characters that do not print
// is quoted.
func shown(name string) string {
	const most = 80
	if strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) >= 0 {
		name = strconv.Quote(name)
	}
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}

// cause drops the operation and path that os put before it: the name is already in our sentence.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
