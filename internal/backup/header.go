package backup

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// header is how every archive of pg_dump begins (WriteHead in its pg_backup_archiver.c; the same since 2003 but for what is
// noted). Only what a listing needs is read here; pg_restore reads the rest.
type header struct {
	major, minor int // of the archive's own version, such as 1.14
	kind         byte
	made         [6]int // year, month, day, hour, minute, second, in the zone of whoever made it
	database     string
	server, tool string // versions
}

// The format bytes.
const (
	kindCustom = 1
	kindTar    = 3 // a directory's table of contents says so, too
)

var errHeader = errors.New("its header is cut or broken")

// parseHeader reads an archive's header, of a custom archive or of toc.dat.
func parseHeader(b []byte) (header, error) {
	if len(b) < 11 || string(b[:5]) != "PGDMP" {
		return header{}, errHeader
	}
	h := header{major: int(b[5]), minor: int(b[6]), kind: b[10]}
	p := parts{b: b[11:], size: int(b[8])}
	if p.size < 1 || p.size > 8 {
		return h, errHeader
	}
	if h.major > 1 || h.minor >= 15 {
		p.take(1) // since 1.15 (PostgreSQL 16) the compression is one byte: which
	} else {
		p.int()
	}
	h.made[5], h.made[4], h.made[3], h.made[2] = p.int(), p.int(), p.int(), p.int()
	h.made[1], h.made[0] = p.int()+1, p.int()+1900
	p.int() // daylight saving
	h.database, h.server, h.tool = p.text(), p.text(), p.text()
	if p.cut {
		return h, errHeader
	}
	return h, nil
}

// version is the archive's own.
func (h header) version() string { return fmt.Sprintf("%d.%d", h.major, h.minor) }

// time is when it says it was made; false: that cannot be.
func (h header) time(zone *time.Location) (time.Time, bool) {
	m := h.made
	return clock(m[0], m[1], m[2], m[3], m[4], m[5], zone)
}

// clock is a time whose parts must be those of a calendar.
func clock(year, month, day, hour, minute, second int, zone *time.Location) (time.Time, bool) {
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, zone)
	real := year >= 1996 && year < 2200 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
		hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60
	return t, real && t.Day() == day
}

// parts are the header's integers and strings in their order.
type parts struct {
	b    []byte
	size int // of an integer
	cut  bool
}

func (p *parts) take(n int) []byte {
	if n < 0 || n > len(p.b) {
		p.cut, p.b = true, nil
		return nil
	}
	b := p.b[:n]
	p.b = p.b[n:]
	return b
}

// int is a sign and size bytes, the lowest first.
func (p *parts) int() int {
	b := p.take(1 + p.size)
	if b == nil {
		return 0
	}
	n := 0
	for i := min(p.size, 4); i > 0; i-- {
		n = n<<8 | int(b[i])
	}
	if b[0] != 0 {
		return -n
	}
	return n
}

func (p *parts) text() string {
	n := p.int()
	if n < 0 {
		return ""
	}
	return strings.ToValidUTF8(string(p.take(n)), "?")
}
