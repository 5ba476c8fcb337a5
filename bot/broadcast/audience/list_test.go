package audience

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// makeCopy makes a copy of these people, without a database.
func makeCopy(t testing.TB, s *Shelf, of string, all ...int64) Copy {
	t.Helper()
	fill := func(w *writer) (int, error) { return 0, w.addAll(ids(all...)) }
	c, err := Copy{}, error(nil)
	if of == "" {
		c, err = s.write(t.Context(), Copy{At: s.now().UTC().Truncate(time.Microsecond)}, "", nil, fill)
	} else {
		base, _ := s.Get(of)
		c, err = s.narrow(t.Context(), base, Copy{Segment: "some"}, fill)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func many(n int64) (all []int64) {
	for i := range n {
		all = append(all, i+1)
	}
	return all
}

func emptyShelf(t testing.TB) *Shelf {
	return openShelf(t, filepath.Join(t.TempDir(), "state", "audience"))
}

func TestListIsNewestFirst(t *testing.T) {
	s := emptyShelf(t)
	if c, ok := s.Latest(); ok || s.List() != nil {
		t.Errorf("an empty shelf has %v", c)
	}
	clock := time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return clock }
	first := makeCopy(t, s, "", 1, 2)
	clock = clock.Add(time.Hour)
	second := makeCopy(t, s, "", 1, 2, 3)
	clock = clock.Add(-24 * time.Hour) // somebody put it back
	third := makeCopy(t, s, "", 1)
	part := makeCopy(t, s, third.ID, 1)
	wantDiff(t, "list", []Copy{part, third, second, first}, openShelf(t, s.dir).List())
	if c, ok := s.Latest(); !ok || c.ID != third.ID {
		t.Errorf("Latest = %v, want the one made last", c)
	}
	if c, ok := s.Get(second.ID); !ok || c.Users != 3 {
		t.Errorf("Get = %v, %v", c, ok)
	}
}

func TestWhatIsHandedOutIsTheCallers(t *testing.T) {
	s := emptyShelf(t)
	c := makeCopy(t, s, "", 1, 2)
	c.Languages["yy"] = 8
	for range 2 { // out of the file, and remembered
		got, _ := s.Get(c.ID)
		got.Languages["xx"] = 7
	}
	again, _ := s.Get(c.ID)
	wantDiff(t, "languages", map[string]int{"": 2}, again.Languages)
}

func TestGetTakesNoPath(t *testing.T) {
	s := emptyShelf(t)
	c := makeCopy(t, s, "", 1)
	if err := os.Rename(s.Path(c), filepath.Join(filepath.Dir(s.dir), c.ID+whole)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"../" + c.ID, "", ".", "..", c.ID, strings.Repeat("x", 300)} {
		if _, ok := s.Get(id); ok {
			t.Errorf("Get(%q) gives a copy", id)
		}
		if path := s.Path(Copy{ID: id}); filepath.Dir(path) != s.dir {
			t.Errorf("Path(%q) = %s", id, path)
		}
	}
}

func TestKeep(t *testing.T) {
	s := emptyShelf(t)
	old, wanted := makeCopy(t, s, "", 1), makeCopy(t, s, "", 1, 2)
	latest := makeCopy(t, s, "", 1, 2, 3)
	part, otherPart := makeCopy(t, s, latest.ID, 1), makeCopy(t, s, latest.ID, 2)
	for _, name := range []string{"notes.txt", "mine.db"} {
		if err := os.WriteFile(filepath.Join(s.dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Keep(wanted.ID, part.ID, "20200101T000000.000000Z-00000000"); err != nil {
		t.Fatal(err)
	}
	wantDiff(t, "list", []Copy{part, latest, wanted}, s.List())
	wantDiff(t, "files", []string{wanted.ID + whole, latest.ID + whole, part.ID + whole, "mine.db", "notes.txt"}, files(t, s))
	for _, c := range []Copy{old, otherPart} {
		if _, ok := s.Get(c.ID); ok {
			t.Errorf("copy %s is still given", c.ID)
		}
	}
	if err := s.Keep(); err != nil {
		t.Fatal(err)
	}
	wantDiff(t, "list", []Copy{latest}, s.List())
}

// TestKeepLetsReadersFinish: a reader that has begun reads to the end.
func TestKeepLetsReadersFinish(t *testing.T) {
	s := emptyShelf(t)
	const people = 50_000
	old := makeCopy(t, s, "", many(people)...)
	makeCopy(t, s, "", 1)
	db, err := sql.Open("sqlite", address(s.Path(old), readOnly))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT id FROM person")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	read := 0
	for rows.Next() {
		if read++; read == 1 {
			if err := s.Keep(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if rows.Err() != nil || read != people || len(s.List()) != 1 {
		t.Errorf("read %d rows, %v; %d copies", read, rows.Err(), len(s.List()))
	}
}

func TestFilesThatAreNoCopies(t *testing.T) {
	for _, row := range []struct {
		say   string
		spoil func(t *testing.T, path string)
	}{
		{"empty", func(t *testing.T, path string) { write(t, path, nil) }},
		{"text", func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("dear diary\n", 1000))) }},
		{"cut off", func(t *testing.T, path string) {
			info, err := os.Stat(path)
			if err := errors.Join(err, os.Truncate(path, info.Size()-4096)); err != nil {
				t.Fatal(err)
			}
		}},
		{"a link", func(t *testing.T, path string) {
			if err := errors.Join(os.Rename(path, path+".away"), os.Symlink(path+".away", path)); err != nil {
				t.Fatal(err)
			}
		}},
		{"another program's", func(t *testing.T, path string) { execSQL(t, path, "PRAGMA application_id = 7") }},
		{"of a newer layout", func(t *testing.T, path string) { execSQL(t, path, "PRAGMA user_version = 2") }},
		{"without facts", func(t *testing.T, path string) { execSQL(t, path, "DELETE FROM copy") }},
		{"with another's facts", func(t *testing.T, path string) {
			execSQL(t, path, "UPDATE copy SET facts = json_set(facts, '$.id', 'x')")
		}},
	} {
		t.Run(row.say, func(t *testing.T) {
			s := emptyShelf(t)
			old := makeCopy(t, s, "", 1)
			bad := makeCopy(t, s, "", many(5000)...)
			row.spoil(t, s.Path(bad))
			s = openShelf(t, s.dir)
			wantDiff(t, "list", []Copy{old}, s.List())
			_, err := s.Compare(t.Context(), old, bad)
			says(t, err, false, "the copy "+bad.ID+" of the audience cannot be read", "take a new one")
			if err := s.Keep(); err != nil {
				t.Error(err)
			}
			wantDiff(t, "list after Keep", []Copy{old}, s.List())
		})
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func execSQL(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", address(path, "rw"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesAFolderThatOthersSee(t *testing.T) {
	dir := t.TempDir()
	for _, mode := range []os.FileMode{0o701, 0o740, 0o770} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		_, err := Open(dir)
		says(t, err, false, "others may look into it", "chmod 700 '"+dir+"'")
	}
	file := filepath.Join(dir, "file")
	write(t, file, nil)
	_, err := Open(file)
	says(t, err, false, "cannot be made", "parent")
}

func TestCompare(t *testing.T) {
	s := emptyShelf(t)
	before, after := makeCopy(t, s, "", 1, 2, 3, 4, 5), makeCopy(t, s, "", 4, 5, 6)
	got, err := s.Compare(t.Context(), before, after)
	if want := (Change{Added: 1, Gone: 3, Both: 2}); err != nil || got != want || got.Share() != 0.8 {
		t.Errorf("Compare = %+v, %v, share %v; want %+v, 0.8", got, err, got.Share(), want)
	}
	if same, err := s.Compare(t.Context(), before, before); err != nil || same.Share() != 0 {
		t.Errorf("Compare with itself = %+v, %v", same, err)
	}
	if (Change{Added: 3}).Share() != 3 {
		t.Error("from nobody, a share is not per one")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Compare(ctx, before, after)
	says(t, err, false, "it was cancelled", "ask again")
	_, err = s.Compare(t.Context(), before, Copy{ID: "20200101T000000.000000Z-00000000"})
	says(t, err, false, "is no longer there", "take a new one")
}

// TestManyAtOnce: copies are made, listed and thrown away at once. Whoever makes one says so before the next Keep.
func TestManyAtOnce(t *testing.T) {
	s := emptyShelf(t)
	makeCopy(t, s, "", 1, 2)
	var all sync.WaitGroup
	var saying sync.RWMutex
	made := make(chan string, 30)
	for range 6 {
		all.Go(func() {
			for range 5 {
				saying.RLock()
				c := makeCopy(t, s, "", 1, 2, 3)
				if got, ok := s.Get(c.ID); !ok || got.Users != 3 || !slices.ContainsFunc(s.List(), func(l Copy) bool { return l.ID == c.ID }) {
					t.Errorf("Get = %v, %v", got, ok)
				}
				made <- c.ID
				saying.RUnlock()
				saying.Lock()
				if err := s.Keep(); err != nil {
					t.Error(err)
				}
				saying.Unlock()
			}
		})
	}
	all.Wait()
	close(made)
	names := map[string]bool{}
	for id := range made {
		names[id] = true
	}
	if len(names) != 30 || len(s.List()) != 1 {
		t.Errorf("%d names for 30 copies, of which %d were kept", len(names), len(s.List()))
	}
}
