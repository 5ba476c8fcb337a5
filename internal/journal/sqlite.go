package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// busyTimeout is how long SQLite waits for another program's lock on the file
// (a backup, a person with sqlite3): less than an append may take.
const busyTimeout = time.Second

// readers is how many reads of one store run at once; more wait.
const readers = 4

// SQLite is a Store in one file. Every entry that was appended is on the disk:
// WAL with synchronous=FULL survives a power cut (NORMAL loses the last ones).
//
// SQLite's own locks are POSIX locks, and a process that closes any descriptor
// of a file loses all it holds on it. So nothing in this process may open the
// file itself while a store is open, not even to look at it: hence Stat.
type SQLite struct {
	path   string
	lock   *os.File // nil for a reader
	read   *sql.DB  // cannot write, so a long read never delays an append
	write  *sql.DB  // one connection; nil for a reader
	insert *sql.Stmt
}

// OpenSQLite opens the journal in a file for the one process that writes it,
// and makes it (0600, in a directory of 0700) if there is none. It refuses a
// file that another process has open this way, that is not a journal, or that
// is damaged, and says which. Close the store to release the file; the kernel
// does when the process dies.
func OpenSQLite(ctx context.Context, path string) (*SQLite, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	lock, err := lockFile(path)
	if err != nil {
		return nil, err
	}
	s, err := openLocked(ctx, path)
	if err != nil {
		lock.Close()
		return nil, err
	}
	s.lock = lock
	return s, nil
}

// OpenReader opens a journal to read it, also while another process writes it.
// Append always fails.
func OpenReader(ctx context.Context, path string) (*SQLite, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path, "ro", nil))
	if err != nil {
		return nil, fmt.Errorf("journal: %s: %w", path, err)
	}
	db.SetMaxOpenConns(readers)
	if err := checkOurs(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("journal: %s %w", path, explainSQLite(err, "cannot be opened"))
	}
	return &SQLite{path: path, read: db}, nil
}

func openLocked(ctx context.Context, path string) (*SQLite, error) {
	if err := createFile(ctx, path); err != nil {
		return nil, err
	}
	s, err := OpenReader(ctx, path) // looks before anything is written to it
	if err != nil {
		return nil, err
	}
	if err := s.openWriter(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("journal: %s %w", path, explainSQLite(err, "cannot be opened"))
	}
	return s, nil
}

func (s *SQLite) openWriter(ctx context.Context) (err error) {
	if s.write, err = sql.Open("sqlite", dsn(s.path, "rw", writerPragmas)); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if err := checkPragmas(ctx, s.write); err != nil {
		return err
	}
	s.insert, err = s.write.PrepareContext(ctx, insertSQL)
	return err
}

// Close releases the file. Nothing else may be called after.
func (s *SQLite) Close() error {
	err := s.read.Close() // first: the last writer to leave tidies up the WAL
	if s.insert != nil {
		err = errors.Join(err, s.insert.Close())
	}
	if s.write != nil {
		err = errors.Join(err, s.write.Close())
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// Append implements Store. Comparing and inserting are one statement, so they
// are one transaction, and it holds the write lock from its beginning.
func (s *SQLite) Append(ctx context.Context, after Head, e Entry) error {
	if s.insert == nil {
		return fmt.Errorf("journal: %s is open for reading only", s.path)
	}
	if err := e.Check(after); err != nil {
		return err
	}
	body := e.Body
	if body == nil {
		body = []byte{} // nil would be NULL
	}
	r, err := s.insert.ExecContext(ctx, int64(e.Seq), e.Time.UnixMicro(), e.Kind, e.Actor, e.Cause,
		body, e.Prev[:], e.Hash[:])
	if err != nil {
		return fmt.Errorf("journal: %s %w", s.path, explainSQLite(err, "cannot be written"))
	}
	switch n, err := r.RowsAffected(); {
	case err != nil:
		return fmt.Errorf("journal: %s cannot be written: %w", s.path, err)
	case n != 1:
		return fmt.Errorf("journal: %s: append after %v: %w", s.path, after, ErrConflict)
	}
	return nil
}

// Read implements Store. It sees the journal as it was when it began.
func (s *SQLite) Read(ctx context.Context, after uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		rows, err := s.read.QueryContext(ctx, selectSQL, afterRow(after))
		if err != nil {
			yield(Entry{}, fmt.Errorf("journal: %s %w", s.path, explainSQLite(err, "cannot be read")))
			return
		}
		defer rows.Close()
		var r row
		for rows.Next() {
			e, err := r.scan(rows)
			if err != nil {
				yield(Entry{}, fmt.Errorf("journal: %s: read: %w", s.path, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Entry{}, fmt.Errorf("journal: %s %w", s.path, explainSQLite(err, "cannot be read")))
		}
	}
}

// afterRow is the row to read after: for the whole journal that is before any
// row there could be, so that none can be hidden at seq 0 or less.
func afterRow(after uint64) int64 {
	if after == 0 {
		return math.MinInt64
	}
	return int64(min(after, math.MaxInt64))
}

// row is the room for scanning one row after the other.
type row struct {
	seq, at            int64
	body, prev, hash   sql.RawBytes
	kind, actor, cause string
}

func (r *row) scan(rows *sql.Rows) (Entry, error) {
	if err := rows.Scan(&r.seq, &r.at, &r.kind, &r.actor, &r.cause, &r.body, &r.prev, &r.hash); err != nil {
		return Entry{}, err
	}
	if r.seq < 1 {
		return Entry{}, &BrokenError{1, fmt.Sprintf("is not there: a row with seq %d stands before it", r.seq)}
	}
	e := Entry{
		Seq: uint64(r.seq), Time: time.UnixMicro(r.at).UTC(), Kind: r.kind, Actor: r.actor, Cause: r.cause,
		Body: append(make([]byte, 0, len(r.body)), r.body...), // RawBytes last until the next row
	}
	if len(r.prev) != len(e.Prev) || len(r.hash) != len(e.Hash) {
		return Entry{}, &BrokenError{e.Seq, fmt.Sprintf("was changed: hashes of %d and %d bytes", len(r.prev), len(r.hash))}
	}
	copy(e.Prev[:], r.prev)
	copy(e.Hash[:], r.hash)
	return e, nil
}

// dsn names a file to SQLite as a URI: only then does mode count.
func dsn(path, mode string, pragmas url.Values) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	query := url.Values{"mode": {mode}, "_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())}}
	for k, v := range pragmas {
		query[k] = v
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	return u.String()
}

// explainSQLite says in our words what an operator can do something about, and
// what failed otherwise.
func explainSQLite(err error, otherwise string) error {
	var e *sqlite.Error
	code := 0
	if errors.As(err, &e) {
		code = e.Code() & 0xff // the primary code, https://www.sqlite.org/rescode.html
	}
	switch code {
	case sqlite3.SQLITE_NOTADB:
		otherwise = "is not a journal, nor any SQLite database"
	case sqlite3.SQLITE_CORRUPT:
		otherwise = "is damaged; bring back a backup"
	case sqlite3.SQLITE_FULL:
		otherwise = "has no room left on its disk"
	}
	return fmt.Errorf("%s: %w", otherwise, err)
}
