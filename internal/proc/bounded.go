package proc

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// Bounded keeps the first and the last bytes of what is written to it, in memory. Writes never fail. Safe for concurrent use.
type Bounded struct {
	mu    sync.Mutex
	head  []byte
	limit int // of head
	tail  ring
}

// NewBounded keeps at most head bytes of the beginning and tail bytes of the end.
func NewBounded(head, tail int) *Bounded {
	return &Bounded{limit: head, tail: ring{limit: tail}}
}

func (b *Bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(p), b.limit-len(b.head))
	b.head = append(b.head, p[:n]...)
	b.tail.write(p[n:])
	return len(p), nil
}

// Dropped is how many bytes were left out in the middle.
func (b *Bounded) Dropped() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tail.dropped()
}

// String is everything kept, with a line that says what was left out.
func (b *Bounded) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.head) + gap(b.tail.dropped()) + string(b.tail.bytes())
}

// Tail gives the last n lines of what was kept.
func (b *Bounded) Tail(n int) string { return lastLines(b.String(), n) }

// ring keeps the last limit bytes written. It grows to its limit only when it is filled.
type ring struct {
	limit int
	buf   []byte
	next  int   // where the next byte goes once buf is full
	total int64 // bytes ever written
}

func (r *ring) write(p []byte) {
	r.total += int64(len(p))
	p = p[max(0, len(p)-r.limit):]
	n := min(len(p), r.limit-len(r.buf))
	r.buf = append(r.buf, p[:n]...)
	for p = p[n:]; len(p) > 0; {
		n = copy(r.buf[r.next:], p)
		r.next, p = (r.next+n)%r.limit, p[n:]
	}
}

func (r *ring) bytes() []byte { return append(bytes.Clone(r.buf[r.next:]), r.buf[:r.next]...) }

func (r *ring) dropped() int64 { return r.total - int64(len(r.buf)) }

// gap is the line that stands for what was left out.
func gap(dropped int64) string {
	if dropped == 0 {
		return ""
	}
	return fmt.Sprintf("\n… %d bytes left out …\n", dropped)
}

func lastLines(s string, n int) string {
	s = strings.TrimRight(s, "\n")
	end := len(s)
	for range n {
		i := strings.LastIndexByte(s[:end], '\n')
		if i < 0 {
			return s
		}
		end = i
	}
	return s[min(end+1, len(s)):]
}
