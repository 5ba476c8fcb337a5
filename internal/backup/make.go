package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"twokey/internal/pgtools"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

const (
	// dumpWithin is how long a backup may take.
	dumpWithin = 12 * time.Hour
	// lockWithin is how long one may wait for a lock that somebody's ALTER TABLE has.
	lockWithin = "60s"
)

// Maker makes backups of a whole database: a custom archive that pg_dump does not compress and we do, with zstd, which takes
// a fifth of the time that pg_dump's own compression takes and less room.
type Maker struct {
	Tools      pgtools.Tools
	Read       secret.Value // address of the database, as the role that may read everything
	Dir        string       // absolute, and there
	Folder     string       // its name on the shelf
	Floor      int64        // bytes that stay free in it
	Tag        string       // see proc.Cmd
	By         uint64       // the journal's entry that asked for it
	Exclude    []string     // tables whose rows are left out, as Complete has them
	Migrations string       // table; empty: none
	Zone       *time.Location
	Progress   func(string) // nil: nobody wants to know

	free  func(string) (int64, error) // nil: the disk's
	tap   func(io.Writer) io.Writer   // for tests, before what pg_dump writes is compressed
	began func(proc.Process)
}

// Make makes one, called name, and its manifest beside it. Rows are counted in the snapshot that is dumped, so the counts are
// exact whatever is written meanwhile. When it fails, nothing is left; an error is an *Error or ctx's.
func (m Maker) Make(ctx context.Context, name string) (File, error) {
	if !goodName.MatchString(name) {
		return File{}, &Error{Sentence: "a backup cannot be called " + shown(name), Hint: "use letters, digits, dots and hyphens"}
	}
	_, tool, err := m.Tools.Version(ctx, "pg_dump")
	if err != nil {
		return File{}, unmade(ctx, err)
	}
	snap, err := m.snapshot(ctx)
	if err != nil {
		return File{}, unmade(ctx, err)
	}
	defer snap.end()
	out, err := m.create(name)
	if err != nil {
		return File{}, unmade(ctx, err)
	}
	defer out.discard() // does nothing once it is kept
	found, err := m.dump(ctx, snap, out)
	if err != nil {
		return File{}, unmade(ctx, err)
	}
	found.Tool = tool
	if err := m.keep(ctx, out, &found); err != nil {
		return File{}, unmade(ctx, err)
	}
	return m.made(name)
}

// goodName leaves no name that another part of twokey would take for something else.
var goodName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)

// dump runs pg_dump into out, and counts meanwhile. If one fails, the other is ended.
func (m Maker) dump(ctx context.Context, snap *snapshot, out *output) (Manifest, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var found Manifest
	counted := make(chan error, 1)
	go func() {
		var err error
		if found, err = snap.describe(ctx, m.Migrations); err != nil {
			cancel(err)
		}
		counted <- err
	}()
	var to io.Writer = out
	if m.tap != nil {
		to = m.tap(out)
	}
	err := m.Tools.Run(ctx, pgtools.Call{Program: "pg_dump", Args: snap.args(), Target: &pgtools.Target{URL: m.Read}, Stdout: to,
		Stderr: &progress{of: len(snap.tables), say: m.Progress}, Tag: m.Tag, Timeout: dumpWithin, Began: m.began})
	if err != nil {
		cancel(err) // the first one stays
	}
	if lost := <-counted; lost != nil || err != nil {
		return Manifest{}, context.Cause(ctx)
	}
	return found, nil
}

// keep makes the output a backup: first all of it is on disk under its name, then its manifest.
func (m Maker) keep(ctx context.Context, out *output, found *Manifest) error {
	if err := out.finish(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	found.Version, found.MadeBy, found.By = manifestVersion, "twokey", m.By
	found.ID, found.Format = idOf(found.Made, m.zone()), CustomZstd
	found.Size, found.SHA256 = out.size, out.sum()
	return out.publish(*found)
}

func (m Maker) zone() *time.Location { return Shelf{Zone: m.Zone}.zone() }

// made is the backup as the shelf has it.
func (m Maker) made(name string) (File, error) {
	f := File{Name: name, Folder: m.Folder, Path: filepath.Join(m.Dir, name), Format: Unknown}
	d, err := openFolder(m.Dir)
	if err != nil {
		return File{}, unmade(context.Background(), err)
	}
	defer d.close()
	var eye peeker
	defer eye.close()
	if !(Shelf{Zone: m.Zone}).look(d, &f, &eye) || f.Problem != "" || f.Manifest == nil {
		return File{}, &Error{Sentence: "the backup was made, and something has removed or changed it since", Hint: "see who writes in " + m.Dir}
	}
	f.ID = f.Manifest.ID
	return f, nil
}

// unmade says in a sentence why there is no backup.
func unmade(ctx context.Context, err error) error {
	var e *Error
	var tool *pgtools.Error
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &e):
		return err
	case errors.Is(err, errFloor):
		return &Error{Sentence: "no backup was made: " + errFloor.Error(), Hint: "make room on the disk", Cause: err}
	case errors.As(err, &tool):
		return &Error{Sentence: "no backup was made: " + tool.Sentence, Hint: tool.Hint, Cause: err}
	}
	return &Error{Sentence: "no backup was made", Hint: "see the disk and the database", Cause: err}
}

// progress reads what pg_dump says of itself with --verbose.
type progress struct {
	of, n int
	say   func(string)
	line  []byte
}

var contentsOf = []byte("dumping contents of table ")

func (p *progress) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		p.line = append(p.line, line[:min(len(line), textLimit-min(len(p.line), textLimit))]...)
		if rest = after; !whole {
			break
		}
		if bytes.Contains(p.line, contentsOf) {
			p.n++
			if p.say != nil {
				p.say(fmt.Sprintf("%d of %d tables", min(p.n, p.of), p.of))
			}
		}
		p.line = p.line[:0]
	}
	return len(b), nil
}

// removeAll removes what is there of these; what cannot be removed has a name that is never taken for a backup.
func removeAll(paths ...string) {
	for _, p := range paths {
		_ = os.Remove(p)
	}
}
