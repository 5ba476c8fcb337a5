package restore_test

import (
	"os"
	"strings"
	"testing"

	"twokey/internal/restore"
)

// TestInPlace: for who may make no database beside it. Rows that are newer are gone, and nothing is there twice.
func TestInPlace(t *testing.T) {
	s := open(t, cluster.Get(t))
	file := s.dump(t, "-Fc")
	s.pg.Exec(t, "app", s.name, "DELETE FROM deposits WHERE id <= 1000; INSERT INTO users VALUES (501, 'late@example.com'); UPDATE users SET email = 'x' WHERE id = 1")
	var calls int
	must(t, s.InPlace(t.Context(), restore.Source{Path: file}, restore.Options{}, func(int, int, string) { calls++ }))
	if got := s.query(t, "SELECT (SELECT count(*) FROM users) || ' ' || count(*) || ' ' || (SELECT email FROM users WHERE id = 1) FROM deposits"); got != "500 2000 u1@example.com" {
		t.Errorf("%s", got)
	}
	if got := s.query(t, "SELECT count(*) FROM pg_constraint WHERE contype IN ('p', 'f') AND connamespace = 'public'::regnamespace"); got != "3" || calls == 0 {
		t.Errorf("%s keys, %d words of progress", got, calls)
	}
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	must(t, s.InPlace(t.Context(), restore.Source{Stream: f}, restore.Options{}, nil)) // again, as a stream
	if got := s.query(t, "SELECT count(*) FROM deposits"); got != "2000" {
		t.Errorf("%s deposits", got)
	}
}

// Something newer that depends on a table of the backup keeps it from being dropped. Then nothing is changed: the scripts went
// on, and had every row twice.
func TestInPlaceThatFailsChangesNothing(t *testing.T) {
	s := open(t, cluster.Get(t))
	file := s.dump(t, "-Fc")
	s.pg.Exec(t, "app", s.name, "CREATE VIEW newer AS SELECT * FROM deposits; DELETE FROM deposits WHERE id <= 1000")
	err := s.InPlace(t.Context(), restore.Source{Path: file}, restore.Options{}, nil)
	if err == nil || !strings.Contains(err.Error(), "other objects depend on it") {
		t.Errorf("%v%s", err, tail(err))
	}
	if got := s.query(t, "SELECT count(*) || ' ' || (SELECT count(*) FROM newer) FROM deposits"); got != "1000 1000" {
		t.Errorf("%s", got)
	}
}
