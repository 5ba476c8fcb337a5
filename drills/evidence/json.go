package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"twokey/internal/showable"
)

// JSON is the record: the same bytes for the same record, with every text as it was written. What the eye cannot see in it stands
// as \u…, so that whoever opens it reads what is there.
func (r Record) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("record of drill %d: %w", r.ID, err)
	}
	return append(visible(text), '\n'), nil
}

// visible writes what takes no space, or cannot be told from something else, as JSON escapes it. Such characters are only within
// its strings.
func visible(text []byte) []byte {
	var b bytes.Buffer
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == '\n' || unicode.IsPrint(r) && !showable.Invisible(r) {
			b.Write(text[:n])
		} else {
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, u)
			}
		}
		text = text[n:]
	}
	return b.Bytes()
}

// Read reads a record's JSON.
func Read(text []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(text, &r); err != nil {
		return Record{}, fmt.Errorf("record: is not JSON of one: %w", err)
	}
	if r.Schema != Schema {
		return Record{}, fmt.Errorf("record: its schema is %.60q, and this program reads %s", r.Schema, Schema)
	}
	return r, nil
}
