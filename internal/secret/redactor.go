package secret

import (
	"fmt"
	"io"
)

// minLen is the length from which a secret is looked for by value. A shorter
// one occurs in ordinary text by chance: it would riddle the output with
// marks, and each mark would tell what the secret is.
const minLen = 6

// Redactor replaces known secrets in text by Mark, as they are and in the
// encodings they travel in: URL-escaped, JSON- and HTML-escaped, hex, and
// base64, also in the middle of longer base64. It does not find a secret that
// was cut by line breaks (base64 wrapped at 76 columns), compressed, or
// encoded twice, nor one that is part of Mark itself.
//
// A nil *Redactor changes nothing. A Redactor never changes and may be used by
// many goroutines.
type Redactor struct{ m *matcher }

// NewRedactor returns a Redactor for values; those under 6 bytes are ignored.
func NewRedactor(values ...Value) *Redactor {
	var patterns [][]byte
	for _, v := range values {
		if s := v.Reveal(); len(s) >= minLen {
			patterns = append(patterns, encodings(s)...)
		}
	}
	return &Redactor{m: newMatcher(patterns)}
}

// String returns s without the secrets.
func (r *Redactor) String(s string) string {
	if r.none() || len(s) < r.m.min {
		return s
	}
	b := []byte(s)
	if start, _ := r.m.next(b, 0, len(b)); start < 0 {
		return s
	}
	out, _ := r.m.redact(nil, b, 0, len(b))
	return string(out)
}

// Bytes returns b without the secrets: b itself if it has none. It does not
// change b.
func (r *Redactor) Bytes(b []byte) []byte {
	if r.none() {
		return b
	}
	if start, _ := r.m.next(b, 0, len(b)); start < 0 {
		return b
	}
	out, _ := r.m.redact(nil, b, 0, len(b))
	return out
}

// Format prints Mark: a Redactor holds secrets.
func (*Redactor) Format(f fmt.State, _ rune) { io.WriteString(f, Mark) }

func (r *Redactor) none() bool { return r == nil || r.m == nil || r.m.max == 0 }

// redact appends text[:limit] to dst, each maximal run of overlapping matches
// replaced by one Mark. The first done bytes are already dealt with (they
// belong to a Mark written before); it returns how many bytes after limit are.
func (m *matcher) redact(dst, text []byte, done, limit int) ([]byte, int) {
	for pos := 0; ; {
		start, n := m.next(text, pos, limit)
		if start < 0 {
			break
		}
		if start >= done {
			dst = append(dst, text[done:start]...)
			dst = append(dst, Mark...)
		}
		done = max(done, start+n)
		pos = start + 1
	}
	if done < limit {
		dst = append(dst, text[done:limit]...)
		done = limit
	}
	return dst, done - limit
}
