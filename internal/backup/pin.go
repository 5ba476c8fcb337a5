package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Pinned is a copy of a backup that only we can change: what is approved, checked and restored is this.
type Pinned struct {
	Path     string // a file, or a folder in the directory format
	ID       string // the backup's
	Format   Format
	SHA256   string // of the file; of a folder over its names and their contents
	Size     int64
	Made     time.Time
	Manifest *Manifest
}

const (
	// piece is how much is copied between two looks at the disk and at ctx.
	piece = 1 << 20
	// perGlance is how many pieces are copied between two looks at the disk.
	perGlance = 8
)

// Pin copies a backup into dir, 0600, while it hashes it, and stops before less than floor bytes are free there. What
// changes meanwhile, or has changed since it was listed, is refused. Whoever pins removes: see Pinned.Remove.
func Pin(ctx context.Context, f File, dir string, floor int64) (Pinned, error) {
	return pinner{dir: dir, floor: floor, free: free, copied: func(int64) {}}.pin(ctx, f)
}

// pinner is one copying.
type pinner struct {
	dir    string
	floor  int64
	free   func(dir string) (int64, error)
	copied func(n int64) // told of each piece
	// hashes says that only the hash is wanted, and no copy.
	hashes bool
}

func (p pinner) pin(ctx context.Context, f File) (Pinned, error) {
	switch {
	case f.Problem != "":
		return Pinned{}, &Error{Sentence: "backup " + f.ID + " cannot be used: it " + f.Problem, Hint: "choose another: /backups"}
	case f.Unfinished != "":
		return Pinned{}, &Error{Sentence: "backup " + f.ID + " may not be finished: it " + f.Unfinished, Hint: "wait until it is, or choose another: /backups"}
	}
	if err := p.room(f.Size); err != nil {
		return Pinned{}, err
	}
	d, err := openFolder(filepath.Dir(f.Path))
	if err != nil {
		return Pinned{}, unpinned(f, err)
	}
	defer d.close()
	res := Pinned{ID: f.ID, Format: f.Format, Made: f.Made, Manifest: f.Manifest}
	if f.Format == Directory {
		err = p.tree(ctx, d, f, &res)
	} else {
		err = p.file(ctx, d, f, &res)
	}
	if err != nil {
		return Pinned{}, unpinned(f, err)
	}
	return res, nil
}

// room refuses what cannot fit, before anything is copied.
func (p pinner) room(size int64) error {
	left, err := p.free(p.dir)
	if err != nil {
		return &Error{Sentence: "it cannot be seen how much is free in " + p.dir, Hint: "see that the folder is there", Cause: cause(err)}
	}
	if left-size < p.floor {
		return &Error{Sentence: fmt.Sprintf("there is no room to copy the backup: it takes %s, and of the %s that are free %s stay so",
			bytesText(size), bytesText(left), bytesText(p.floor)), Hint: "make room in " + p.dir}
	}
	return nil
}

var (
	errChanged = errors.New("it was changed while it was copied")
	errSince   = errors.New("it has changed since it was listed")
	errFloor   = errors.New("the disk is full but for what has to stay free")
)

// unpinned says in a sentence why there is no copy.
func unpinned(f File, err error) error {
	var e *Error
	switch {
	case errors.As(err, &e), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errChanged), errors.Is(err, errSince):
		return &Error{Sentence: "backup " + f.ID + " is not to be relied on: " + err.Error(), Hint: "see who writes it, and choose again: /backups"}
	case errors.Is(err, errFloor):
		return &Error{Sentence: "backup " + f.ID + " was not copied: " + err.Error(), Hint: "make room on the disk"}
	}
	return &Error{Sentence: "backup " + f.ID + " was not copied: it " + reason(err), Hint: "see the file on the host", Cause: err}
}

func (p pinner) file(ctx context.Context, d folder, f File, res *Pinned) error {
	from, st, err := d.open(f.Name)
	if err != nil {
		return err
	}
	defer from.Close()
	if f.stamp != (stamp{}) && st != f.stamp {
		return errSince
	}
	to, at, err := p.create(f)
	if err != nil {
		return err
	}
	sum := sha256.New()
	err = p.copy(ctx, to, from, st, sum)
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(at)
		return err
	}
	res.Path, res.Size, res.SHA256 = at, st.size, hex.EncodeToString(sum.Sum(nil))
	return nil
}

// create makes the file of a copy, 0600.
func (p pinner) create(f File) (to io.WriteCloser, path string, err error) {
	if p.hashes {
		return nowhere{}, "", nil
	}
	file, err := os.CreateTemp(p.dir, "pin-"+f.ID+"-*")
	if err != nil {
		return nil, "", noCopy(p.dir, err)
	}
	return file, file.Name(), nil
}

func noCopy(dir string, err error) error {
	return &Error{Sentence: "no copy can be made in " + dir, Hint: "see the folder and the disk", Cause: cause(err)}
}

type nowhere struct{}

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) Close() error                { return nil }

// copy copies a file as it was when st was taken: not a byte more, not one less, and nobody wrote to it meanwhile.
func (p pinner) copy(ctx context.Context, to io.Writer, from *os.File, st stamp, sum hash.Hash) error {
	both := io.MultiWriter(to, sum)
	for n, done := 0, int64(0); ; n++ {
		if n%perGlance == 0 {
			if left, err := p.free(p.dir); err == nil && left < p.floor {
				return errFloor
			}
		}
		got, err := io.CopyN(both, from, piece)
		done += got
		p.copied(done)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case done > st.size:
			return errChanged
		case errors.Is(err, io.EOF):
			return unchanged(from, st, done)
		case err != nil:
			return err
		}
	}
}

func unchanged(f *os.File, before stamp, copied int64) error {
	now, err := stampFile(f)
	if err == nil && (now != before || copied != before.size) {
		err = errChanged
	}
	return err
}

// bytesText is a size as people say it.
func bytesText(n int64) string {
	switch {
	case n >= 10e9:
		return fmt.Sprintf("%.0f GB", float64(n)/1e9)
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0f kB", float64(n)/1e3)
}
