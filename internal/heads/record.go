package heads

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// ErrNoRecord: it is no signed record at all.
var ErrNoRecord = errors.New("is not a signed record")

// ErrNoKey: there is nothing to sign with.
var ErrNoKey = errors.New("there is no key")

const (
	// recordPrefix and packPrefix begin what is signed of a record, and of a year of them. No signed head begins like that, so none is
	// ever taken for the other.
	recordPrefix = "twokey-record/"
	packPrefix   = "twokey-pack/"
	// recordLines is how many lines that has, and mostRecord how long it may be.
	recordLines = 6
	mostRecord  = 1024
)

// SignRecord signs what package evidence says of a record:
//
//	twokey-record/3f09c1aa
//	1290
//	pass
//	d6sDUdsphd8KIVP0pkOL21tyJ1tLq0Ko7xbPSyrPGoE=
//	1290-1342
//	2027-01-05T10:31:07Z
//
// Those are the journal, the exercise, its result, the sha256 of the record's JSON, its range of entries, and when it was made. What
// does not look like that is not signed: the key's word is for nothing else. Of a year's pack it is the same with twokey-pack/, the
// year, how many files there are, and the sha256 of their sums.
func (k Key) SignRecord(text string) (string, error) {
	if k.signer == nil {
		return "", fmt.Errorf("record: %w to sign it with", ErrNoKey)
	}
	if !isRecord(text) {
		return "", fmt.Errorf("record: cannot be signed: %w", ErrNoRecord)
	}
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return "", fmt.Errorf("record: cannot be signed: %w", err)
	}
	return string(signed), nil
}

// OpenRecord gives the text of a record's note that the key signed. Its error wraps ErrForged or ErrNoRecord. There is one way to
// write a note: another signature beside ours, or ours in other letters, is not it.
func OpenRecord(text string, by note.Verifier) (string, error) {
	said, _, whole := strings.Cut(text, "\n\n")
	if !whole || !isRecord(said+"\n") {
		return "", ErrNoRecord
	}
	n, err := note.Open([]byte(text), note.VerifierList(by))
	if err != nil {
		return "", ErrForged
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil || text != n.Text+"\n"+signature+n.Sigs[0].Name+" "+base64.StdEncoding.EncodeToString(raw)+"\n" {
		return "", ErrForged
	}
	return n.Text, nil
}

// isRecord says whether a text has the form of what is signed of a record; what its lines mean is package evidence's.
func isRecord(text string) bool {
	lines := strings.Split(text, "\n")
	if len(text) > mostRecord || len(lines) != recordLines+1 || lines[recordLines] != "" || !strings.HasPrefix(text, recordPrefix) && !strings.HasPrefix(text, packPrefix) {
		return false
	}
	for _, l := range lines[:recordLines] {
		if l == "" || l != strings.TrimSpace(l) || l == recordPrefix || l == packPrefix || !utf8.ValidString(l) || strings.ContainsFunc(l, unicode.IsControl) {
			return false
		}
	}
	return true
}
