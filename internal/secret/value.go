// Package secret keeps secrets out of what people read. A Value prints as
// [secret] however it is printed; ReadFile takes one from a file only its
// owner can read; a Redactor removes known secrets, by value, from text that
// came from somewhere else: program output, errors of libraries, log lines.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
)

// Mark is what stands in place of a secret.
const Mark = "[secret]"

// Value is a secret string. The zero Value is the empty secret.
//
// The string sits behind a function, not in a field: fmt does not call methods
// of unexported fields, nor for %p, and would print a plain field. It also
// makes == a compile error; Equal compares.
type Value struct{ reveal func() string }

// New returns s as a secret.
func New(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{reveal: func() string { return s }}
}

// Reveal returns the secret itself. What it returns must go to its one
// destination and nowhere else.
func (v Value) Reveal() string {
	if v.reveal == nil {
		return ""
	}
	return v.reveal()
}

// IsZero reports whether v is the empty secret.
func (v Value) IsZero() bool { return v.reveal == nil }

// Equal compares in a time that depends on the lengths only.
func (v Value) Equal(w Value) bool {
	return subtle.ConstantTimeCompare([]byte(v.Reveal()), []byte(w.Reveal())) == 1
}

// Format prints Mark for every verb and flag.
func (Value) Format(f fmt.State, _ rune) { io.WriteString(f, Mark) }

// String returns Mark.
func (Value) String() string { return Mark }

// MarshalText returns Mark; JSON, YAML and structured logs use it.
func (Value) MarshalText() ([]byte, error) { return []byte(Mark), nil }
