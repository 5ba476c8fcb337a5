package journal_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"twokey/internal/journal"
	"twokey/internal/journal/journaltest"
)

func TestSQLiteKeepsEntriesInPrivateFilesAtAnyPath(t *testing.T) {
	for _, name := range []string{"twokey.db", "a b", "100%", "%41", "why?", "a?mode=memory", "#1", "a&b=c", "ключ;'\"", "+"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "made "+name)
			path := filepath.Join(dir, name)
			s, err := journal.OpenSQLite(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			entries := journaltest.Chain(t, s, 3)
			wantModes(t, dir, map[string]fs.FileMode{
				".": fs.ModeDir | 0o700, name: 0o600, name + "-wal": 0o600, name + "-shm": 0o600, name + ".lock": 0o600,
			})
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			wantModes(t, dir, map[string]fs.FileMode{".": fs.ModeDir | 0o700, name: 0o600, name + ".lock": 0o600})
			wantDiff(t, "reopened", entries, journaltest.All(t, openSQLite(t, path), 0))
		})
	}
}

func wantModes(t *testing.T, dir string, want map[string]fs.FileMode) {
	t.Helper()
	got := map[string]fs.FileMode{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		got[path] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantDiff(t, "files and modes", want, got)
}

func TestSQLiteRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	journaltest.Chain(t, openSQLite(t, "state/twokey.db"), 1)
}

func TestSQLiteIsMadeAgainAfterACrashWhileItWasMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "twokey.db")
	for _, left := range []string{".new", ".new-wal", ".new-shm"} {
		writeFile(t, path+left, []byte("half of something"))
	}
	journaltest.Chain(t, openSQLite(t, path), 1)
	wantModes(t, filepath.Dir(path), map[string]fs.FileMode{
		".": fs.ModeDir | 0o755, "twokey.db": 0o600, "twokey.db-wal": 0o600, "twokey.db-shm": 0o600, "twokey.db.lock": 0o600,
	})
}

func TestSQLiteRefusesASecondWriterByName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "twokey.db")
	s, err := journal.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = journal.OpenSQLite(t.Context(), path)
	want := fmt.Sprintf("journal: %s is in use by process %d (journal.test, since 20", path, os.Getpid())
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("OpenSQLite = %v, want %q…", err, want)
	}
	journaltest.Chain(t, s, 1) // the first is not disturbed
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	journaltest.Chain(t, openSQLite(t, path), 1)
}

func TestSQLiteReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "twokey.db")
	if _, err := journal.OpenReader(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenReader without a file = %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("OpenReader made a file")
	}
	w, err := journal.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	journaltest.Chain(t, w, 2)
	r := openReader(t, path)
	wantWhole(t, r, 2)
	entries := journaltest.Chain(t, w, 2)
	wantWhole(t, r, 4)
	head := entries[1].Head()
	if err := r.Append(t.Context(), head, journal.Seal(head, time.Now(), "k", "", "", nil)); err == nil {
		t.Error("a reader appended")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	wantWhole(t, r, 4)                   // after the writer
	wantWhole(t, openReader(t, path), 4) // opened after the writer
	wantWhole(t, openSQLite(t, path), 4) // and in nobody's way
}

func openReader(t *testing.T, path string) *journal.SQLite {
	t.Helper()
	r, err := journal.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r
}

func TestSQLiteRefusesWhatIsNoJournal(t *testing.T) {
	for _, row := range []struct {
		why  string
		make func(t *testing.T, path string)
		want string
	}{
		{"another program's database", func(t *testing.T, path string) {
			execSQL(t, path, "PRAGMA application_id = 0x6d756d62; CREATE TABLE entry (seq INTEGER PRIMARY KEY)")
		}, "this is a SQLite database of another program (application id 0x6d756d62)"},
		{"a database without an id", func(t *testing.T, path string) {
			execSQL(t, path, "CREATE TABLE users (id INTEGER PRIMARY KEY)")
		}, "this is a SQLite database of another program"},
		{"a newer layout", func(t *testing.T, path string) {
			chainFile(t, path, 1)
			execSQL(t, path, "PRAGMA user_version = 2")
		}, "it was written by a newer version of this program (layout 2"},
		{"a text file", func(t *testing.T, path string) {
			writeFile(t, path, bytes.Repeat([]byte("dear diary\n"), 1000))
		}, "is not a journal, nor any SQLite database"},
		{"an empty file, which SQLite would take for a new database", func(t *testing.T, path string) {
			writeFile(t, path, nil)
		}, "is empty"},
		{"a file cut off", func(t *testing.T, path string) {
			chainFile(t, path, 200)
			truncate(t, path, 3*4096)
		}, "is damaged"},
		{"a file cut off in its head", func(t *testing.T, path string) {
			chainFile(t, path, 200)
			truncate(t, path, 50)
		}, "is damaged"},
		{"a directory", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is not a regular file"},
		{"a file gone, its WAL still there", func(t *testing.T, path string) {
			writeFile(t, path+"-wal", []byte("the last entries"))
		}, "is gone, but"},
	} {
		t.Run(row.why, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "twokey.db")
			row.make(t, path)
			before, _ := os.ReadFile(path)
			s, err := journal.OpenSQLite(t.Context(), path)
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("OpenSQLite = %v, want %q and the path", err, row.want)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("it was changed")
			}
			if _, err := journal.OpenReader(t.Context(), path); err == nil {
				t.Error("OpenReader opened it")
			}
			if lock, err := os.OpenFile(path+".lock", os.O_RDWR, 0); err != nil || flock(lock) != nil {
				t.Errorf("the lock is still held (%v)", err)
			}
		})
	}
}

func TestSQLiteReportsDamageInside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "twokey.db")
	chainFile(t, path, 500)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, 4096), 10*4096); err != nil {
		t.Fatal(err)
	}
	f.Close()
	r := openReader(t, path)
	report, err := journal.Verify(t.Context(), r)
	if err == nil || !strings.Contains(err.Error(), "is damaged") || report.Entries == 0 || report.Entries >= 500 {
		t.Errorf("Verify = %+v, %v; want that it is damaged after some entries", report, err)
	}
}

func TestSQLiteForbidsAccidents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "twokey.db")
	chainFile(t, path, 3)
	for why, text := range map[string]string{
		"an update":                 "UPDATE entry SET actor = 'eve' WHERE seq = 2",
		"a deletion":                "DELETE FROM entry WHERE seq = 3",
		"a replacement":             "INSERT OR REPLACE INTO entry SELECT seq, at, kind, 'eve', cause, body, prev, hash FROM entry WHERE seq = 2",
		"a replacement by update":   "UPDATE OR REPLACE entry SET seq = 1 WHERE seq = 2",
		"an upsert":                 "INSERT INTO entry SELECT * FROM entry WHERE seq = 2 ON CONFLICT DO UPDATE SET actor = 'eve'",
		"a gap":                     "INSERT INTO entry SELECT 9, at, kind, actor, cause, body, prev, hash FROM entry WHERE seq = 2",
		"a row before the first":    "INSERT INTO entry SELECT 0, at, kind, actor, cause, body, prev, hash FROM entry WHERE seq = 2",
		"a row without a seq":       "INSERT INTO entry SELECT NULL, at, kind, actor, cause, body, prev, hash FROM entry WHERE seq = 2",
		"a hash of the wrong size":  "INSERT INTO entry SELECT 4, at, kind, actor, cause, body, prev, x'00' FROM entry WHERE seq = 2",
		"a time that is no integer": "INSERT INTO entry SELECT 4, 'noon', kind, actor, cause, body, prev, hash FROM entry WHERE seq = 2",
	} {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(text); err == nil {
			t.Errorf("%s was possible", why)
		}
		db.Close()
	}
	wantWhole(t, openSQLite(t, path), 3)
}

func TestVerifyFindsWhatWasDoneToTheTable(t *testing.T) {
	for _, row := range []struct {
		why, do string
		want    uint64
	}{
		{"an actor changed", "UPDATE entry SET actor = 'eve' WHERE seq = 5", 5},
		{"a time changed", "UPDATE entry SET at = at + 1 WHERE seq = 5", 5},
		{"a prev changed", "UPDATE entry SET prev = zeroblob(32) WHERE seq = 5", 5},
		{"a hash changed", "UPDATE entry SET hash = zeroblob(32) WHERE seq = 5", 5},
		{"a hash cut off", "PRAGMA ignore_check_constraints = 1; UPDATE entry SET hash = x'00' WHERE seq = 5", 5},
		{"the first prev, all zeros, cut off", "PRAGMA ignore_check_constraints = 1; UPDATE entry SET prev = x'' WHERE seq = 1", 1},
		{"a hash with something behind it", "PRAGMA ignore_check_constraints = 1; UPDATE entry SET hash = CAST(hash || x'00' AS BLOB) WHERE seq = 5", 5},
		{"a row hidden below the first", "INSERT INTO entry SELECT -1, at, kind, actor, cause, body, prev, hash FROM entry WHERE seq = 5", 1},
		{"a row after the last", "INSERT INTO entry SELECT 11, at, kind, actor, cause, body, prev, hash FROM entry WHERE seq = 5", 11},
		{"the first deleted", "DELETE FROM entry WHERE seq = 1", 1},
		{"one deleted", "DELETE FROM entry WHERE seq = 5", 5},
		{"one deleted and the rest moved up", "DELETE FROM entry WHERE seq = 5; UPDATE entry SET seq = seq - 1 WHERE seq > 5", 5},
		{"two swapped", "UPDATE entry SET seq = 99 WHERE seq = 5; UPDATE entry SET seq = 5 WHERE seq = 6; UPDATE entry SET seq = 6 WHERE seq = 99", 5},
		{"the end cut off", "DELETE FROM entry WHERE seq > 7", 8},
	} {
		t.Run(row.why, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "twokey.db")
			head := chainFile(t, path, 10)
			execSQL(t, path, "DROP TRIGGER entry_stays; DROP TRIGGER entry_remains; DROP TRIGGER entry_follows;"+row.do)
			r, err := journal.Verify(t.Context(), openReader(t, path), head)
			if err != nil || r.Broken == nil || r.Broken.Seq != row.want || r.Entries != row.want-1 {
				t.Errorf("Verify = %+v, %v (%v); want it broken at %d", r, err, r.Broken, row.want)
			}
		})
	}
}

func chainFile(t *testing.T, path string, n int) journal.Head {
	t.Helper()
	s, err := journal.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	entries := journaltest.Chain(t, s, n)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return entries[n-1].Head()
}

func execSQL(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(context.Background(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}
