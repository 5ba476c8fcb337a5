package audience

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"syscall"
)

// whole and partial are how names of files end: a copy, and one that is being made.
const (
	whole   = ".db"
	partial = ".half"
)

// half is a copy that is being made. Its maker holds a lock on it, which ends with the maker's life: so others know what is
// left behind. Other than SQLite's own, this lock does not mind who else opens and closes the file.
type half struct {
	shelf *Shelf
	id    string
	file  *os.File
	db    *sql.DB
	conn  *sql.Conn
}

// half begins a copy, which publish or drop ends.
func (s *Shelf) half(base string) (*half, error) {
	h := &half{shelf: s}
	err := h.create()
	if err == nil {
		err = h.open(base)
	}
	if err != nil {
		h.drop()
		return nil, unwritten(err)
	}
	return h, nil
}

func (h *half) create() (err error) {
	h.shelf.mu.Lock() // two that begin at once get two ids
	defer h.shelf.mu.Unlock()
	if h.id, err = h.shelf.nextID(); err != nil {
		return err
	}
	if h.file, err = os.OpenFile(h.path(), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err != nil {
		return err
	}
	return flock(h.file)
}

func (h *half) path() string { return h.shelf.file(h.id, partial) }

func flock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// drop removes it, if it did not become a copy.
func (h *half) drop() {
	h.close()
	if h.file == nil {
		return
	}
	_ = os.Remove(h.path()) // what stays is swept at the next start
	_ = h.file.Close()
	h.file = nil
}

func (h *half) close() {
	if h.conn != nil {
		_ = h.conn.Close()
	}
	if h.db != nil {
		_ = h.db.Close()
	}
	h.conn, h.db = nil, nil
}

// publish gives it its name, when all of it is on the disk. Until then nobody sees it, and then it is whole.
func (h *half) publish(ctx context.Context) error {
	err := errors.Join(h.conn.Close(), h.db.Close())
	h.conn, h.db = nil, nil
	h.shelf.reached("written")
	if err == nil {
		err = h.file.Sync()
	}
	if err != nil {
		return err
	}
	h.shelf.reached("synced")
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	if err := os.Rename(h.path(), h.shelf.file(h.id, whole)); err != nil {
		return err
	}
	h.shelf.reached("named")
	_ = h.file.Close()
	h.file = nil
	if err := syncDir(h.shelf.dir); err != nil {
		return errors.Join(err, os.Remove(h.shelf.file(h.id, whole))) // its name may not last
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
