package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
)

// applicationID ("twok") and layout are in the head of every file of ours, so
// that no other program's database is taken for a journal.
const (
	applicationID = 0x74776f6b
	layout        = 1
)

// schemaSQL makes an empty journal. The triggers keep accidents away, REPLACE
// among them, which deletes without a trigger; against intent there is the chain.
var schemaSQL = fmt.Sprintf(`
PRAGMA application_id = %d;
PRAGMA user_version = %d;
CREATE TABLE entry (
	seq   INTEGER PRIMARY KEY,
	at    INTEGER NOT NULL, -- microseconds since 1970-01-01 UTC
	kind  TEXT NOT NULL,
	actor TEXT NOT NULL,
	cause TEXT NOT NULL,
	body  BLOB NOT NULL,    -- exact bytes: the hash is of these
	prev  BLOB NOT NULL CHECK (length(prev) = 32),
	hash  BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
	BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END;
CREATE TRIGGER entry_remains BEFORE DELETE ON entry
	BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END;
CREATE TRIGGER entry_follows BEFORE INSERT ON entry
	WHEN NEW.seq IS NOT (SELECT ifnull(max(seq), 0) + 1 FROM entry)
	BEGIN SELECT RAISE(ABORT, 'an entry follows the last one'); END;
`, applicationID, layout)

const insertSQL = `
INSERT INTO entry (seq, at, kind, actor, cause, body, prev, hash)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
WHERE ?1 = (SELECT ifnull(max(seq), 0) + 1 FROM entry)
  AND (?1 = 1 OR ?7 = (SELECT hash FROM entry WHERE seq = ?1 - 1))`

const selectSQL = `
SELECT seq, at, kind, actor, cause, body, prev, hash FROM entry WHERE seq > ? ORDER BY seq`

// writerPragmas go into the DSN, so every connection has them. A misspelt one
// is ignored in silence: checkPragmas reads back what they did.
var writerPragmas = url.Values{
	"_journal_mode": {"WAL"},
	"_synchronous":  {"FULL"},
}

func checkPragmas(ctx context.Context, db *sql.DB) error {
	for _, p := range []struct{ name, want string }{
		{"journal_mode", "wal"},
		{"synchronous", "2"}, // FULL
		{"busy_timeout", fmt.Sprint(busyTimeout.Milliseconds())},
	} {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("PRAGMA %s: %w", p.name, err)
		}
		if got != p.want {
			return fmt.Errorf("PRAGMA %s is %s, not %s: an entry would not be safe (is it on a network disk?)",
				p.name, got, p.want)
		}
	}
	return nil
}

// checkOurs refuses a database that is not a journal of a layout we know.
func checkOurs(ctx context.Context, db *sql.DB) error {
	var id, version int64
	err := db.QueryRowContext(ctx, "SELECT a.application_id, v.user_version FROM pragma_application_id a, pragma_user_version v").
		Scan(&id, &version)
	switch {
	case err != nil:
		return err
	case id != applicationID:
		return fmt.Errorf("this is a SQLite database of another program (application id %#x)", id)
	case version > layout:
		return fmt.Errorf("it was written by a newer version of this program (layout %d; this one knows %d)", version, layout)
	case version != layout:
		return fmt.Errorf("its layout is %d, which never was one of this program's", version)
	}
	return nil
}

// checkFile refuses what SQLite would take for a new, empty database.
func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("journal: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("journal: %s is not a regular file", path)
	case info.Size() == 0:
		return fmt.Errorf("journal: %s is empty: it was cut off; bring back a backup", path)
	}
	return nil
}

// createFile makes an empty journal if there is no file. It is built beside
// and renamed, so a crash leaves a whole journal or none. The caller has the
// lock.
func createFile(ctx context.Context, path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // whatever it is, opening it will tell
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		return fmt.Errorf("journal: %s is gone, but %s-wal is here and belongs to it; bring back a backup", path, path)
	}
	if err := buildFile(ctx, path+".new"); err != nil {
		return fmt.Errorf("journal: %s cannot be made: %w", path, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func buildFile(ctx context.Context, path string) error {
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
	db, err := sql.Open("sqlite", dsn(path, "rw", writerPragmas))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, schemaSQL)
	return errors.Join(err, db.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
