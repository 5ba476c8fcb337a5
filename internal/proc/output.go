package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// tailMemory is how much of the end Output.Tail can show while the program still writes: a few phone screens.
const tailMemory = 32 << 10

// Output keeps the beginning and the end of a program's output in a file, within a quota. The beginning is in the file
// from the first write on; the end is in a ring beside it, path + ".tail", until Close puts it where it belongs. So after a
// crash both are there. Safe for concurrent use.
type Output struct {
	mu    sync.Mutex
	path  string
	head  *os.File
	ring  *os.File // nil until the head is full
	half  int64    // limit of each
	total int64
	err   error
	tail  ring
}

// CreateOutput makes the file, 0600, which must not exist yet. Quota is in bytes.
func CreateOutput(path string, quota int64) (*Output, error) {
	if quota < 2 {
		return nil, fmt.Errorf("output %s: quota of %d bytes is too small", path, quota)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return &Output{path: path, head: f, half: quota / 2, tail: ring{limit: tailMemory}}, nil
}

// Write keeps what it can. An error (a full disk) stays for Close; what is in memory for Tail goes on.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tail.write(p)
	if o.err == nil {
		o.err = o.keep(p)
	}
	o.total += int64(len(p))
	return len(p), nil
}

// keep writes p, which begins at o.total, to where it belongs.
func (o *Output) keep(p []byte) error {
	n := min(int64(len(p)), max(0, o.half-o.total))
	if _, err := o.head.Write(p[:n]); err != nil || n == int64(len(p)) {
		return err
	}
	if err := o.openRing(); err != nil {
		return err
	}
	at := o.total + n - o.half // bytes before this one that went to the ring
	p = p[n:]
	if skip := int64(len(p)) - o.half; skip > 0 {
		at, p = at+skip, p[skip:]
	}
	for len(p) > 0 {
		pos := at % o.half
		n := min(int64(len(p)), o.half-pos)
		if _, err := o.ring.WriteAt(p[:n], pos); err != nil {
			return err
		}
		at, p = at+n, p[n:]
	}
	return nil
}

func (o *Output) openRing() (err error) {
	if o.ring == nil {
		o.ring, err = os.OpenFile(o.path+".tail", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	}
	return err
}

// Total is how many bytes were written, kept or not.
func (o *Output) Total() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.total
}

// Dropped is how many bytes are left out in the middle.
func (o *Output) Dropped() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return max(0, o.total-2*o.half)
}

// Tail gives the last n lines, of at most 32 KiB, also while the program still writes.
func (o *Output) Tail(n int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := string(o.tail.bytes())
	if _, after, ok := strings.Cut(s, "\n"); ok && o.tail.dropped() > 0 {
		s = after // the first line is cut
	}
	return lastLines(s, n)
}

// Close completes the file: beginning, "… N bytes left out …" if any were, end.
func (o *Output) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ring != nil && o.err == nil {
		o.err = o.join()
	}
	err := errors.Join(o.err, o.head.Close())
	if o.ring != nil {
		err = errors.Join(err, o.ring.Close())
	}
	if o.ring != nil && o.err == nil {
		err = errors.Join(err, os.Remove(o.path+".tail"))
	}
	return err
}

// join appends the ring, oldest byte first.
func (o *Output) join() error {
	ringed := o.total - o.half
	dropped := max(0, ringed-o.half)
	size := ringed - dropped
	first := int64(0)
	if dropped > 0 {
		first = ringed % o.half
	}
	_, err := io.Copy(o.head, io.MultiReader(strings.NewReader(gap(dropped)),
		io.NewSectionReader(o.ring, first, size-first), io.NewSectionReader(o.ring, 0, first)))
	return err
}
