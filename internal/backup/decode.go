package backup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"time"

	"twokey/internal/pgtools"
)

// decodeWithin is how long reading one backup may take; a gigabyte takes seconds.
const decodeWithin = 6 * time.Hour

// Decode reads all of a backup, to its end, and says what is in it: L2. Every row passes, so it takes as long as reading does,
// and memory that does not depend on the size. An error is an *Error, or ctx's.
//
// migrations is the table whose newest row is wanted, such as public.migrations; empty: none.
func Decode(ctx context.Context, tools pgtools.Tools, p Pinned, migrations string) (Contents, error) {
	if p.Format.inner() == Unknown {
		return Contents{}, &Error{Sentence: "backup " + p.ID + " is of no format that PostgreSQL's programs could read", Hint: "choose another: /backups"}
	}
	s := newScript(migrations)
	l := newLexer(s)
	d := decoding{ctx: ctx, tools: tools, p: p, out: &counted{ctx: ctx, to: l}}
	head, err := d.run()
	if err == nil {
		err = errors.Join(ctx.Err(), l.close())
	}
	if s.err != nil {
		err = s.err
	}
	if err != nil {
		return Contents{}, d.sentence(err)
	}
	c, err := s.contents()
	if err != nil {
		return Contents{}, d.sentence(err)
	}
	c.Bytes, c.ArchiveVersion, c.Database = d.out.n, head.archive, head.database
	return c, nil
}

// decoding is one reading.
type decoding struct {
	ctx   context.Context
	tools pgtools.Tools
	p     Pinned
	out   *counted
}

// counted passes on and counts, until ctx is done.
type counted struct {
	ctx context.Context
	to  io.Writer
	n   int64
}

func (c *counted) Write(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.to.Write(b)
	c.n += int64(n)
	return n, err
}

// run passes the whole backup through.
func (d decoding) run() (summary, error) {
	if !d.p.Format.Archive() {
		return summary{}, d.plain()
	}
	var list bytes.Buffer
	if err := d.restore(&limited{to: &list, left: 4096}, false, "-l"); err != nil {
		return summary{}, err
	}
	return readSummary(list.String()), d.restore(d.out, true, "-f", "-")
}

func (d decoding) plain() error {
	r, err := d.p.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(d.out, r)
	return err
}

// restore runs pg_restore on the archive. all: what it leaves is read here, so that an error at the very end of the
// compression is seen.
func (d decoding) restore(to io.Writer, all bool, args ...string) error {
	if len(d.tools.Prefix) > 0 && d.p.Format == Directory {
		return &Error{Sentence: "backup " + d.p.ID + " is a folder, which cannot be handed to pg_restore in a container",
			Hint: "set service.database.tools to a folder of this machine"}
	}
	call := pgtools.Call{Program: "pg_restore", Args: args, Stdout: to, Timeout: decodeWithin}
	if path := d.seekable(); path != "" {
		call.Args = append(call.Args, path)
		return d.tools.Run(d.ctx, call)
	}
	r, err := d.p.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	from := &noted{from: r}
	call.Stdin = from
	err = d.tools.Run(d.ctx, call)
	if err == nil && all {
		_, err = io.Copy(&counted{ctx: d.ctx, to: io.Discard}, from)
	}
	if from.err != nil && d.ctx.Err() == nil {
		return cut(d.p, from.err)
	}
	return err
}

// noted remembers why reading broke off: that, and not what a program says of it, is what is wrong.
type noted struct {
	from io.Reader
	err  error
}

func (n *noted) Read(b []byte) (int, error) {
	got, err := n.from.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return got, err
}

// seekable is the path of an archive that pg_restore can open itself: it then finds what is out of order, too.
func (d decoding) seekable() string {
	_, packing := d.p.Format.split()
	if packing != "" || len(d.tools.Prefix) > 0 {
		return ""
	}
	return d.p.Path
}

// summary is what pg_restore -l says of an archive as a whole.
type summary struct{ archive, database string }

var (
	archiveLine  = regexp.MustCompile(`(?m)^; +Dump Version: ([0-9.]+)`)
	databaseLine = regexp.MustCompile(`(?m)^; +dbname: (.*)$`)
)

func readSummary(list string) (s summary) {
	if m := archiveLine.FindStringSubmatch(list); m != nil {
		s.archive = m[1]
	}
	if m := databaseLine.FindStringSubmatch(list); m != nil {
		s.database = m[1]
	}
	return s
}

// limited keeps the beginning.
type limited struct {
	to   *bytes.Buffer
	left int
}

func (l *limited) Write(b []byte) (int, error) {
	n := min(len(b), l.left)
	l.to.Write(b[:n])
	l.left -= n
	return len(b), nil
}
