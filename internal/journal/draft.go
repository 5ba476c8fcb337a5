package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxBody is the largest encoded body a Log appends, in bytes. A decision is
// small; bulk rows live beside the journal, which has their totals.
const MaxBody = 1 << 20

// Draft is what a decision wants to append. The zero Draft appends nothing.
type Draft struct {
	Kind  string
	Actor string
	Body  any // encoded once, as JSON; every string in it must be valid UTF-8
}

// line is a draft in its final form: what remains is to seal it.
type line struct {
	kind, actor string
	body        []byte
}

func (d Draft) encode() (line, error) {
	for _, f := range []struct{ name, text string }{{"kind", d.Kind}, {"actor", d.Actor}} {
		if err := checkText(f.name, f.text); err != nil {
			return line{}, fmt.Errorf("journal: draft %q: %w", d.Kind, err)
		}
	}
	if d.Kind == "" {
		return line{}, errors.New("journal: draft without a kind")
	}
	body, err := encodeBody(d.Body)
	if err != nil {
		return line{}, fmt.Errorf("journal: draft %q: %w", d.Kind, err)
	}
	return line{d.Kind, d.Actor, body}, nil
}

// checkText refuses what not every store can keep in a text column.
func checkText(name, text string) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return fmt.Errorf("%s %q: not UTF-8 text without NUL", name, text)
	}
	return nil
}

func encodeBody(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	body := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if len(body) > MaxBody {
		return nil, fmt.Errorf("body: %d bytes, at most %d fit", len(body), MaxBody)
	}
	if at := replaced(body); at >= 0 {
		return nil, fmt.Errorf("body: invalid UTF-8 at byte %d: %q", at, body[max(0, at-40):min(len(body), at+6)])
	}
	return body, nil
}

// replaced finds where encoding/json met a string that is not UTF-8, or
// returns -1. Encoding does not fail then: each bad byte silently becomes
// U+FFFD, and different strings get the same hash. But it writes such a byte
// as the six characters \ufffd and a true U+FFFD as its three bytes, so the
// output tells the two apart, also in map keys and text marshalers, where
// walking the value would not look. (A json.RawMessage is copied: it may hold
// invalid bytes, which are found, or the escape itself, which is refused too.)
func replaced(body []byte) int {
	if !utf8.Valid(body) {
		return bytes.IndexFunc(body, func(r rune) bool { return r == utf8.RuneError })
	}
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(body[i:], []byte(`\ufffd`)) || bytes.HasPrefix(body[i:], []byte(`\uFFFD`)) {
			return i
		}
		i++ // what follows a backslash is escaped: \\ufffd is text about an escape
	}
	return -1
}
