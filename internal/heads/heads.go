// Package heads signs the journal's head, so that it can be kept where we cannot reach it, and says what a kept one shows.
//
// A chain shows what was changed in it, but not that its end was cut off, nor that an old copy was put in its place. A head
// that somebody else has kept does: it lies on our chain, or the chain is another one. A signed head is a note of
// golang.org/x/mod/sumdb/note, small enough for a chat message, which anybody can check who has the public key:
//
//	twokey/3f09c1aa
//	1290
//	d6sDUdsphd8KIVP0pkOL21tyJ1tLq0Ko7xbPSyrPGoE=
//	2026-11-24T06:00:00Z
//
//	— twokey MxAtjvrx…
//
// Its lines are the journal (the beginning of its first entry's hash), the newest entry's seq and hash, and when it was
// signed.
package heads

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"twokey/internal/journal"
)

// What callers tell apart, with errors.Is.
var (
	// ErrUnreadable: it is no signed head at all.
	ErrUnreadable = errors.New("is not a signed head")
	// ErrForged: it is one, but the key did not sign it.
	ErrForged = errors.New("is not signed by this key")
)

// Signed is what a note says.
type Signed struct {
	Journal string // which journal it is: the short hash of its first entry
	Head    journal.Head
	Time    time.Time // to the second
}

// prefix stands before the journal, so that nobody takes another program's note for ours.
const prefix = "twokey/"

// text is what is signed.
func (s Signed) text() string {
	return prefix + s.Journal + "\n" + strconv.FormatUint(s.Head.Seq, 10) + "\n" +
		base64.StdEncoding.EncodeToString(s.Head.Hash[:]) + "\n" + s.Time.UTC().Format(time.RFC3339) + "\n"
}

// Sign makes the note.
func (k Key) Sign(s Signed) (string, error) {
	if _, err := parse(s.text()); err != nil {
		return "", fmt.Errorf("head %s: cannot be signed: %w", s.Head, err)
	}
	signed, err := note.Sign(&note.Note{Text: s.text()}, k.signer)
	if err != nil {
		return "", fmt.Errorf("head %s: cannot be signed: %w", s.Head, err)
	}
	return string(signed), nil
}

// Open reads a note that the key signed. Its error wraps ErrForged or ErrUnreadable.
func Open(text string, by note.Verifier) (Signed, error) {
	if _, err := Read(text); err != nil {
		return Signed{}, err
	}
	n, err := note.Open([]byte(text), note.VerifierList(by))
	if err != nil {
		return Signed{}, ErrForged
	}
	return parse(n.Text)
}

// Read reads a note without a look at who signed it. Its error wraps ErrUnreadable.
func Read(text string) (Signed, error) {
	var unverified *note.UnverifiedNoteError
	_, err := note.Open([]byte(text), note.VerifierList())
	if !errors.As(err, &unverified) {
		return Signed{}, ErrUnreadable
	}
	return parse(unverified.Note.Text)
}

// parse reads what text writes, and nothing that is written another way.
func parse(text string) (Signed, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || len(lines[0]) <= len(prefix) {
		return Signed{}, ErrUnreadable
	}
	var s Signed
	var errs [3]error
	var hash []byte
	s.Journal = strings.TrimPrefix(lines[0], prefix)
	s.Head.Seq, errs[0] = strconv.ParseUint(lines[1], 10, 64)
	hash, errs[1] = base64.StdEncoding.DecodeString(lines[2])
	copy(s.Head.Hash[:], hash)
	s.Time, errs[2] = time.Parse(time.RFC3339, lines[3])
	if errors.Join(errs[:]...) != nil || s.Head.Seq == 0 || s.text() != text {
		return Signed{}, ErrUnreadable
	}
	return s, nil
}

// signature begins the lines under a note's text.
const signature = "— "

// Find takes the notes out of a text: a message that has one in it, or a file of several, from whatever they were copied
// through. What looks like the beginning of a note and does not go on is given, too: it is for Open to refuse.
func Find(text string) []string {
	var notes []string
	var open []string
	end := func() {
		if open != nil {
			notes = append(notes, strings.Join(open, "\n")+"\n")
		}
		open = nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, prefix) {
			end()
			open = []string{}
		}
		if open != nil {
			open = append(open, line)
		}
		if strings.HasPrefix(line, signature) {
			end()
		}
	}
	end()
	return notes
}
