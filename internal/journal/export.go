package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
	"unicode/utf8"
)

// timeLayout is RFC 3339 with all six digits: times of one width sort as text.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// exported is one line of an export. Body is for reading and searching, and is
// left out when the body is not JSON; the hash is of the bytes in BodyBase64.
type exported struct {
	Seq        uint64          `json:"seq"`
	Time       string          `json:"time"`
	Kind       string          `json:"kind"`
	Actor      string          `json:"actor"`
	Cause      string          `json:"cause"`
	Body       json.RawMessage `json:"body,omitempty"`
	BodyBase64 []byte          `json:"body_base64"`
	Prev       Hash            `json:"prev"`
	Hash       Hash            `json:"hash"`
}

// Export writes the journal as it is, broken or not, as JSON Lines: one object
// per entry with seq, time, kind, actor, cause, body, body_base64, prev and
// hash. Everything that was hashed is in it, so Import, or anybody with a
// SHA-256 and the comment of Seal, can verify it without the store.
func Export(ctx context.Context, store Store, w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for e, err := range store.Read(ctx, 0) {
		if err != nil {
			return err
		}
		x, err := export(e)
		if err == nil {
			err = enc.Encode(x)
		}
		if err != nil {
			return fmt.Errorf("journal: export entry %d: %w", e.Seq, err)
		}
	}
	return nil
}

func export(e Entry) (exported, error) {
	x := exported{
		Seq: e.Seq, Time: e.Time.Format(timeLayout), Kind: e.Kind, Actor: e.Actor, Cause: e.Cause,
		BodyBase64: append([]byte{}, e.Body...), Prev: e.Prev, Hash: e.Hash,
	}
	if json.Valid(e.Body) && utf8.Valid(e.Body) {
		x.Body = e.Body
	}
	return x, errors.Join(checkText("kind", e.Kind), checkText("actor", e.Actor), checkText("cause", e.Cause))
}

// Import yields the entries of an export as they are there, for VerifyEntries.
// A line whose readable body is not what was hashed is a *BrokenError: it
// would tell people something else than the chain vouches for.
func Import(r io.Reader) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		dec := json.NewDecoder(r)
		dec.DisallowUnknownFields()
		for line := 1; ; line++ {
			var x exported
			err := dec.Decode(&x)
			if errors.Is(err, io.EOF) {
				return
			}
			var e Entry
			if err == nil {
				e, err = x.entry()
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("journal: export line %d: %w", line, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (x exported) entry() (Entry, error) {
	at, err := time.Parse(timeLayout, x.Time)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{
		Seq: x.Seq, Time: at, Kind: x.Kind, Actor: x.Actor, Cause: x.Cause,
		Body: x.BodyBase64, Prev: x.Prev, Hash: x.Hash,
	}
	if x.Body != nil && !sameJSON(x.Body, e.Body) {
		return Entry{}, &BrokenError{x.Seq, "was changed: its body is not the one in body_base64"}
	}
	return e, nil
}

func sameJSON(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}
