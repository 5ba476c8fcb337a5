package delivery

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// busyTimeout is how long SQLite waits for another program's lock on the file (a backup, a person with sqlite3).
const busyTimeout = 5 * time.Second

// writerPragmas go into the DSN, so every connection has them. Only FULL survives a power cut: NORMAL may lose the last
// "sending", and with it the knowledge that somebody got the message.
func writerPragmas() url.Values {
	return url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}}
}

func readerPragmas() url.Values { return url.Values{"mode": {"ro"}} }

// openDB opens a file as SQLite names it: only in a URI does mode count.
func openDB(path string, pragmas url.Values, conns int) (*sql.DB, error) {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	pragmas.Set("_busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()))
	u := url.URL{Scheme: "file", Path: path, RawQuery: pragmas.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// lockFile takes the file for this process: two senders with one ledger could not know of each other's halts. The kernel
// lets go of it when the process dies. The lock file is never removed, since two processes could then each lock one.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errors.New("is in use by another process; end that one first")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// createFile makes an empty ledger if there is none. It is built beside and renamed, so a crash leaves a whole one or none:
// an empty file is one that was cut off, and a fresh ledger in its place would send everything again.
func createFile(path string) error {
	switch info, err := os.Stat(path); {
	case err == nil && info.Size() == 0:
		return errors.New("is empty: it was cut off; bring back a backup")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		return fmt.Errorf("is gone, but %s-wal is here and belongs to it; bring back a backup", path)
	}
	if err := buildFile(path + ".new"); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func buildFile(path string) error {
	for _, old := range []string{path, path + "-wal", path + "-shm"} { // of a crash in here
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // SQLite would make it 0644
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	db, err := openDB(path, writerPragmas(), 1)
	if err != nil {
		return err
	}
	_, err = db.Exec(schemaSQL())
	return errors.Join(err, db.Close())
}

// checkOurs refuses a database that is not a ledger of the layout we know.
func checkOurs(ctx context.Context, db *sql.DB) error {
	var id, version int64
	err := db.QueryRowContext(ctx, "SELECT a.application_id, v.user_version FROM pragma_application_id a, pragma_user_version v").
		Scan(&id, &version)
	switch {
	case err != nil:
		return fmt.Errorf("is no ledger of deliveries that can be read: %w", err)
	case id != applicationID:
		return fmt.Errorf("is a SQLite database of another program (application id %#x)", id)
	case version != layout:
		return fmt.Errorf("has layout %d; this program knows %d", version, layout)
	}
	return nil
}

// checkPragmas reads back what the DSN asked for: SQLite ignores a word it does not know.
func checkPragmas(ctx context.Context, db *sql.DB) error {
	for _, p := range []struct{ name, want string }{{"journal_mode", "wal"}, {"synchronous", "2"}} {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("PRAGMA %s: %w", p.name, err)
		}
		if got != p.want {
			return fmt.Errorf("PRAGMA %s is %s, not %s: a delivery would not be safe (is it on a network disk?)", p.name, got, p.want)
		}
	}
	return nil
}
