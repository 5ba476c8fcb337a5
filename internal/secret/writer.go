package secret

import (
	"fmt"
	"io"
)

// piece bounds the memory of one Write, however large.
const piece = 64 << 10

// Writer redacts what is written through it, also when a secret comes in
// pieces. It holds back only what may be the beginning of a secret, which is
// less than the longest encoding of one. It is for one goroutine at a time.
type Writer struct {
	m    *matcher // nil: nothing to look for
	w    io.Writer
	held []byte // the beginning of a pattern, perhaps
	done int    // bytes at the front of held that a Mark already stands for
	out  []byte
	err  error
}

// Writer returns a Writer that writes to w.
func (r *Redactor) Writer(w io.Writer) *Writer {
	if r.none() {
		return &Writer{w: w}
	}
	return &Writer{m: r.m, w: w}
}

// Write redacts p and writes what is certain. The first error of the writer
// below is returned from then on.
func (w *Writer) Write(p []byte) (int, error) {
	if w.m == nil {
		return w.w.Write(p)
	}
	for rest := p; len(rest) > 0 && w.err == nil; {
		n := min(len(rest), piece)
		w.held = append(w.held, rest[:n]...)
		w.advance(w.m.undecided(w.held))
		rest = rest[n:]
	}
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

// Close writes what was held back. It does not close the writer below.
func (w *Writer) Close() error {
	if w.m != nil && w.err == nil {
		w.advance(len(w.held))
	}
	return w.err
}

// Format prints Mark: a Writer may hold the half of a secret.
func (*Writer) Format(f fmt.State, _ rune) { io.WriteString(f, Mark) }

// advance writes the first n bytes of held, redacted, and keeps the others.
func (w *Writer) advance(n int) {
	w.out, w.done = w.m.redact(w.out[:0], w.held, w.done, n)
	w.held = append(w.held[:0], w.held[n:]...)
	if len(w.out) == 0 {
		return
	}
	_, w.err = w.w.Write(w.out)
}
