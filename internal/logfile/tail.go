package logfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

const (
	// block is how much is read at once.
	block = 64 << 10
	// farthest is how many lines further up than asked the time of a line without one is looked for.
	farthest = 500
)

// end reads the newest n lines of a file that match, newest first, from at most so many bytes.
func (r Reader) end(ctx context.Context, path string, match func(string) bool, n int, most int64) ([]Line, error) {
	f, info, err := open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // rotated away a moment ago
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if compressed(f) {
		return nil, nil
	}
	t := tail{Reader: r, path: path, match: match, n: n, written: info.ModTime()}
	err = backwards(ctx, f, info.Size(), max(0, info.Size()-most), t.take)
	t.settle(t.unknown())
	if err != nil {
		err = fmt.Errorf("log file %s: %w", path, cause(err))
	}
	return t.lines, err
}

// compressed says whether it is gzip under another name.
func compressed(f io.ReaderAt) bool {
	var magic [2]byte
	_, err := f.ReadAt(magic[:], 0)
	return err == nil && magic == [2]byte{0x1f, 0x8b}
}

// tail collects the lines of one file, newest first.
type tail struct {
	Reader
	path    string
	match   func(string) bool
	n       int
	written time.Time

	lines   []Line
	pending int       // how many of the last of them wait for the time of the line above
	newer   time.Time // of the line below
	beyond  int       // lines read after the last one that was wanted
}

// take looks at the next line up, and says whether to go on.
func (t *tail) take(raw []byte, cut bool) bool {
	text := valid(raw, cut)
	full := len(t.lines) >= t.n
	wanted := !full && strings.TrimSpace(text) != "" && t.match(text)
	if !wanted && t.pending == 0 {
		return !full
	}
	at := t.time(text, t.written)
	if wanted {
		t.lines = append(t.lines, Line{File: t.path, Text: text, Cut: cut, Time: at})
		t.pending++
	}
	if !at.IsZero() {
		t.newer = at
		t.settle(at)
	}
	if full = len(t.lines) >= t.n; full {
		t.beyond++
	}
	return !full || t.pending > 0 && t.beyond < farthest
}

// valid is the line without the end that Windows gives it, and a mark for each byte that is no text: it gets no shorter, so
// that a line which was cut can be told by its length.
func valid(raw []byte, cut bool) string {
	if !cut {
		raw = bytes.TrimSuffix(raw, []byte("\r"))
	}
	return strings.Map(func(r rune) rune { return r }, string(raw))
}

// settle gives the lines that wait the time of the line above them.
func (t *tail) settle(at time.Time) {
	for i := len(t.lines) - t.pending; i < len(t.lines); i++ {
		t.lines[i].when = at
	}
	t.pending = 0
}

// unknown stands for the time of a line above that nobody has found: that of the line below, or of the whole file.
func (t *tail) unknown() time.Time {
	if t.newer.IsZero() {
		return t.written
	}
	return t.newer
}

// backwards hands over the lines between start and end, the last one first, without their ends, until take says no. What
// begins before start is left out, unless start is where the file begins. A file that shrinks meanwhile has fewer lines.
func backwards(ctx context.Context, f io.ReaderAt, end, start int64, take func(line []byte, cut bool) bool) error {
	buf := make([]byte, block)
	var rest piece // of a line that begins before what was read
	for end > start {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(block, end-start)
		got, err := f.ReadAt(buf[:n], end-n)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if int64(got) < n {
			rest = piece{}
		}
		data := buf[:got]
		for i := bytes.LastIndexByte(data, '\n'); i >= 0; i = bytes.LastIndexByte(data, '\n') {
			line := rest.after(data[i+1:])
			if !take(line.text, line.cut) {
				return nil
			}
			data, rest = data[:i], piece{}
		}
		rest = rest.after(data)
		end -= n
	}
	if start == 0 && len(rest.text) > 0 {
		take(rest.text, rest.cut)
	}
	return nil
}

// piece is the end of a line, as far as it was read, of which only the beginning is kept.
type piece struct {
	text []byte
	cut  bool
}

// after puts what stands before it in front.
func (p piece) after(before []byte) piece {
	whole := piece{cut: p.cut || len(before)+len(p.text) > Longest}
	whole.text = append(whole.text, before[:min(len(before), Longest)]...)
	whole.text = append(whole.text, p.text[:min(len(p.text), Longest-len(whole.text))]...)
	return whole
}
