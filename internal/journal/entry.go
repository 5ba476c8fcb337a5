package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// domain separates our hashes from all others and names the encoding. It
// changes with the encoding, so an old verifier cannot misread a new journal.
const domain = "twokey-journal-v1\x00"

// Hash is the SHA-256 of an entry. The zero Hash is the prev of the first one.
type Hash [sha256.Size]byte

// String returns the hash as 64 hex characters.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short returns the first 8 hex characters, for people.
func (h Hash) Short() string { return hex.EncodeToString(h[:4]) }

// MarshalText returns what String returns.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads exactly 64 hex characters.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("hash: %d characters, want %d", len(text), hex.EncodedLen(len(h)))
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	return nil
}

// Head names the newest entry of a journal, and with it, through the chain,
// everything before. The zero Head is that of an empty journal.
type Head struct {
	Seq  uint64
	Hash Hash
}

// String returns the head as people read it: "17 9f3c21ab".
func (h Head) String() string { return fmt.Sprintf("%d %s", h.Seq, h.Hash.Short()) }

// Entry is one thing that happened. Entries are made by Seal and are values:
// nothing changes one after that.
type Entry struct {
	Seq   uint64    // 1, 2, 3, …: no gaps
	Time  time.Time // UTC, cut to µs; see Now for which clock
	Kind  string    // what the body means, "request.asked"; never empty
	Actor string    // who, as the config names them; "" is the program itself
	Cause string    // what led to it, "tg:<bot>:<update>"; "" when nothing from outside did
	Body  []byte    // exact bytes; a Log writes compact JSON
	Prev  Hash      // hash of the entry before
	Hash  Hash      // of everything above
}

// Head returns the head of a journal that ends with e.
func (e Entry) Head() Head { return Head{Seq: e.Seq, Hash: e.Hash} }

// Seal makes the entry that follows after. The time is cut to µs.
//
// The hash is the SHA-256 of the domain tag, the seq as 8 bytes, the 32 bytes
// of prev, and then time (8 bytes: µs since 1970), kind, actor, cause and
// body, each behind its length in 8 bytes. Integers are big-endian. Framed
// lengths keep "ab"+"c" apart from "a"+"bc".
func Seal(after Head, at time.Time, kind, actor, cause string, body []byte) Entry {
	e := Entry{
		Seq: after.Seq + 1, Time: cut(at), Kind: kind, Actor: actor, Cause: cause,
		Body: body, Prev: after.Hash,
	}
	e.Hash = e.sum()
	return e
}

// Check returns a *BrokenError unless e is whole and follows after.
func (e Entry) Check(after Head) error {
	want := after.Seq + 1
	switch {
	case e.Seq > want:
		return &BrokenError{want, fmt.Sprintf("is missing: after entry %d comes entry %d", after.Seq, e.Seq)}
	case e.Seq < want:
		return &BrokenError{want, fmt.Sprintf("is not there: entry %d stands in its place", e.Seq)}
	case e.Prev != after.Hash:
		return &BrokenError{want, fmt.Sprintf("does not follow entry %d: it names %s as the hash before, which is %s",
			after.Seq, e.Prev.Short(), after.Hash.Short())}
	}
	if sum := e.sum(); e.Hash != sum {
		return &BrokenError{want, fmt.Sprintf("was changed: its hash is %s, its content gives %s",
			e.Hash.Short(), sum.Short())}
	}
	return nil
}

// BrokenError says where a chain is not what it was when it was written.
type BrokenError struct {
	Seq uint64 // the first bad place; everything before it is good
	Why string // "was changed: …"
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("journal: the chain is broken: entry %d %s", e.Seq, e.Why)
}

func (e Entry) sum() Hash {
	var room [512]byte // most entries fit; append moves on to the heap when one does not
	b := append(room[:0], domain...)
	b = binary.BigEndian.AppendUint64(b, e.Seq)
	b = append(b, e.Prev[:]...)
	b = binary.BigEndian.AppendUint64(b, 8)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Time.UnixMicro()))
	b = frame(b, e.Kind)
	b = frame(b, e.Actor)
	b = frame(b, e.Cause)
	b = frame(b, e.Body)
	return sha256.Sum256(b)
}

func frame[T string | []byte](b []byte, field T) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(len(field)))
	return append(b, field...)
}

// cut returns t as entries hold it: UTC, whole microseconds (what every store
// can keep), no monotonic reading.
func cut(t time.Time) time.Time { return time.UnixMicro(t.UnixMicro()).UTC() }
