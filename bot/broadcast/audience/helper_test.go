package audience

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"twokey/internal/pgtest"
	"twokey/internal/secret"
)

// This test binary is also the processes that the tests in crash_test.go kill.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir); err != nil {
			fmt.Println("child:", err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	postgres.Stop()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

// postgres is the database server of these tests.
var postgres pgtest.Shared

const users = `CREATE TABLE users (id int PRIMARY KEY, telegram_id bigint, language text, is_banned boolean DEFAULT false, name text);
	INSERT INTO users VALUES (1, 4711001, 'en', false, 'ann'), (2, 4711002, 'ru', false, 'bob'), (3, 4711003, NULL, false, 'cid'),
		(4, NULL, 'en', false, 'dan'), (5, 4711005, 'pt_BR', true, 'zed-zed');`

// world is a database and an empty shelf.
type world struct {
	server *pgtest.Server
	db     string
	shelf  *Shelf
	role   string
}

func makeWorld(t testing.TB, sql string) world {
	t.Helper()
	s := postgres.Get(t)
	name := strings.ToLower(strings.NewReplacer("/", "_", "#", "_").Replace(t.Name()))
	w := world{s, s.Database(t, name[max(0, len(name)-50):]), openShelf(t, filepath.Join(t.TempDir(), "audience")), "ops_read"}
	w.exec(t, sql)
	return w
}

// testBatch lets fewer rows do: with the race detector on, SQLite takes minutes for more.
const testBatch = 5_000

func openShelf(t testing.TB, dir string) *Shelf {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.batch = testBatch
	return s
}

func (w world) exec(t testing.TB, sql string) { t.Helper(); w.server.Exec(t, "app", w.db, sql) }

func (w world) source(query string, args ...any) Source {
	return Source{URL: secret.New(w.server.URL(w.role, w.db)), Query: query, Args: args, Within: 10 * time.Minute}
}

func (w world) take(t testing.TB, query string, args ...any) Copy {
	t.Helper()
	c, err := w.shelf.Take(t.Context(), w.source(query, args...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// people reads a copy as its readers do, and checks the whole file.
func people(t testing.TB, s *Shelf, c Copy) map[int64]string {
	t.Helper()
	all, err := readPeople(s.Path(c))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readPeople(path string) (map[int64]string, error) {
	db, err := sql.Open("sqlite", address(path, readOnly))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var sound string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		return nil, fmt.Errorf("%s: %w: %s", path, err, sound)
	}
	rows, err := db.Query("SELECT id, lang FROM person")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[int64]string{}
	for rows.Next() {
		var p person
		if err := rows.Scan(&p.id, &p.lang); err != nil {
			return nil, err
		}
		all[p.id] = p.lang
	}
	return all, rows.Err()
}

func wantDiff(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// files are the names in the folder.
func files(t testing.TB, s *Shelf) []string {
	t.Helper()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// unchanged fails unless the folder has this copy and nothing else, as it was.
func unchanged(t testing.TB, s *Shelf, c Copy, who map[int64]string) {
	t.Helper()
	wantDiff(t, "files", []string{c.ID + whole}, files(t, s))
	wantDiff(t, "list", []Copy{c}, s.List())
	wantDiff(t, "people", who, people(t, s, c))
}

// says fails unless the error is one for people that says all of it, and nothing of a row or of the address.
func says(t testing.TB, err error, away bool, sentence, hint string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("no sentence for people: %v", err)
	}
	if !strings.Contains(e.Sentence, sentence) || !strings.Contains(e.Hint, hint) || e.Hint == "" {
		t.Errorf("says %q, hint %q; want %q and %q", e.Sentence, e.Hint, sentence, hint)
	}
	if e.Away != away {
		t.Errorf("%q: away is %v", e.Sentence, e.Away)
	}
	for _, private := range []string{"4711", postgres.Get(t).Password(), "127.0.0.1", "zed-zed"} {
		if strings.Contains(err.Error()+e.Hint, private) {
			t.Errorf("%q is in %q, %q", private, err, e.Hint)
		}
	}
	return e
}

// eventually waits for a fact.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("it never came about that %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// noSessions waits until the server has no session of ours.
func (w world) noSessions(t testing.TB) {
	t.Helper()
	eventually(t, "the session ended", func() bool {
		return w.server.Query(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'twokey' AND datname = '"+w.db+"'") == "0"
	})
}
