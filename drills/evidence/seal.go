package evidence

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Signer makes the note of a text; nil: there is no key.
type Signer func(text string) (note string, err error)

// What is wrong with a record, with errors.Is.
var (
	ErrUnreadable = errors.New("cannot be read")
	ErrForged     = errors.New("is forged")
	ErrOther      = errors.New("is of another exercise")
	ErrChanged    = errors.New("was changed")
)

// What is signed begins with what it is about, so that neither is ever taken for the other, nor for a signed head of the journal.
const (
	ofRecord = "twokey-record/"
	ofPack   = "twokey-pack/"
)

// seal is what is signed of a record, or of a year's pack: its id is then the year, its result how many files there are, its sum that
// of their sums, and its entries are all there were.
type seal struct {
	of          string
	journal     string
	id          uint64
	result      string
	sum         [sha256.Size]byte // of the JSON, or of SHA256SUMS
	first, last uint64
	made        string
}

func (r Record) seal(text []byte) seal {
	made := time.Unix(0, 0)
	if r.Made != nil {
		made, _ = time.Parse(time.RFC3339Nano, r.Made.UTC) // zero when somebody wrote nonsense there
	}
	return seal{ofRecord, r.Journal.ID, r.ID, string(r.Result), sha256.Sum256(text), r.Journal.First, r.Journal.Last, made.UTC().Format(time.RFC3339)}
}

func (s seal) text() string {
	sum := base64.StdEncoding.EncodeToString(s.sum[:])
	return fmt.Sprintf("%s%s\n%d\n%s\n%s\n%d-%d\n%s\n", s.of, s.journal, s.id, s.result, sum, s.first, s.last, s.made)
}

// parseSeal reads what text writes, and nothing that is written another way.
func parseSeal(text string) (seal, bool) {
	lines := strings.Split(text, "\n")
	if len(lines) != 7 {
		return seal{}, false
	}
	var s seal
	var errs [5]error
	var sum []byte
	for _, of := range []string{ofRecord, ofPack} {
		if name, is := strings.CutPrefix(lines[0], of); is {
			s.of, s.journal = of, name
		}
	}
	s.result, s.made = lines[2], lines[5]
	s.id, errs[0] = strconv.ParseUint(lines[1], 10, 64)
	sum, errs[1] = base64.StdEncoding.DecodeString(lines[3])
	copy(s.sum[:], sum)
	from, to, _ := strings.Cut(lines[4], "-")
	s.first, errs[2] = strconv.ParseUint(from, 10, 64)
	s.last, errs[3] = strconv.ParseUint(to, 10, 64)
	_, errs[4] = time.Parse(time.RFC3339, s.made)
	return s, s.of != "" && errors.Join(errs[:]...) == nil && s.text() == text
}

// Sign gives the record's JSON and the note that signs it; there is none without a signer.
func Sign(r Record, sign Signer) (text []byte, note string, err error) {
	if text, err = r.JSON(); err != nil || sign == nil {
		return text, "", err
	}
	if note, err = sign(r.seal(text).text()); err != nil {
		return nil, "", fmt.Errorf("record of drill %d: cannot be signed: %w", r.ID, err)
	}
	return text, note, nil
}

// Check says what is wrong with a record's JSON or its note, in a sentence; nil when nothing is.
func Check(text []byte, note string, verify Verifier) error {
	said, err := open(note, ofRecord, "a drill's record", verify)
	if err != nil {
		return err
	}
	return said.holds(text)
}

// Verifier opens a note with the key that somebody trusts, and gives the text that was signed.
type Verifier func(note string) (text string, err error)

// open gives what a note says, if the key signed that of such a thing.
func open(note, of, thing string, verify Verifier) (seal, error) {
	shown, _, whole := strings.Cut(note, "\n\n")
	if s, ok := parseSeal(shown + "\n"); !whole || !ok || s.of != of {
		return seal{}, fmt.Errorf("the note %w: it is not the signature of %s", ErrUnreadable, thing)
	}
	signed, err := verify(note)
	if err != nil {
		return seal{}, fmt.Errorf("the note %w: this key did not sign what it says: %w", ErrForged, err)
	}
	said, ok := parseSeal(signed)
	if !ok || said.of != of {
		return seal{}, fmt.Errorf("the note %w: what was signed is not about %s", ErrUnreadable, thing)
	}
	return said, nil
}

// holds says whether a record is the one that was signed.
func (s seal) holds(text []byte) error {
	r, err := Read(text)
	if err != nil {
		return fmt.Errorf("the record %w: %w", ErrUnreadable, err)
	}
	if is := r.seal(text); is.journal != s.journal || is.id != s.id {
		return fmt.Errorf("the record %w: the note is about drill %d of journal %s, the record is of drill %d of journal %.20q", ErrOther, s.id, s.journal,
			is.id, is.journal)
	} else if is != s {
		return fmt.Errorf("the record %w after it was signed", ErrChanged)
	}
	return nil
}
