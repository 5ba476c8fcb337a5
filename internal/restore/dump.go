package restore

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// plain is a plain dump as psql may see it: restricted from the first byte. The dump's own \restrict and \unrestrict, which
// pg_dump writes around it, are left out, and any other \unrestrict ends it: that is the one command a restricted psql looks
// at, and one that is not patched executes what is in its backquotes (CVE-2026-18408).
type plain struct {
	in   *bufio.Reader
	out  bytes.Buffer
	err  error
	own  string // the dump's key
	head bool   // still in the comments before the first statement
	mid  bool   // in the middle of a line that is longer than the buffer
	tail []byte // the last bytes of what was read
}

const unrestrict = `\unrestrict`

func newPlain(in io.Reader, key string) *plain {
	p := &plain{in: bufio.NewReaderSize(in, 64<<10), head: true}
	p.out.WriteString(`\restrict ` + key + "\n")
	return p
}

func (p *plain) Read(b []byte) (int, error) {
	for p.out.Len() == 0 {
		if p.err != nil {
			return 0, p.err
		}
		p.take()
	}
	return p.out.Read(b)
}

// take takes a line, or the part of a long one that fits.
func (p *plain) take() {
	line, err := p.in.ReadSlice('\n')
	if err != nil && err != bufio.ErrBufferFull {
		p.err = err
	}
	seen := append(bytes.Clone(p.tail[max(0, len(p.tail)-len(unrestrict)):]), line...)
	p.tail = append(p.tail, line...)
	p.tail = bytes.Clone(p.tail[max(0, len(p.tail)-512):])
	whole := !p.mid
	p.mid = err == bufio.ErrBufferFull
	switch {
	case whole && p.ownWord(string(line)):
		p.tail = bytes.TrimSuffix(p.tail, line)
	case bytes.Contains(seen, []byte(unrestrict)):
		p.err = refuse("take an archive of pg_dump, or look into the file", "the backup has commands for psql, which were not executed")
	default:
		p.out.Write(line)
	}
}

// ownWord says whether a line is one of the two that pg_dump puts around a dump.
func (p *plain) ownWord(line string) bool {
	line = strings.TrimRight(line, "\r\n")
	if key, is := strings.CutPrefix(line, `\restrict `); is && p.head && p.own == "" && alphanumeric(key) {
		p.own = key
		return true
	}
	p.head = p.head && (line == "" || strings.HasPrefix(line, "--"))
	return p.own != "" && line == unrestrict+" "+p.own
}

func alphanumeric(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// broken is why the dump could not be read to its end.
func (p *plain) broken() error {
	if p.err == io.EOF {
		return nil
	}
	return p.err
}

// complete says whether the dump ended as pg_dump ends one.
func (p *plain) complete() bool {
	return bytes.Contains(p.tail, []byte("\n-- PostgreSQL database dump complete\n"))
}
