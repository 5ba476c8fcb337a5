package rows

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/pgtest"
	"twokey/internal/secret"
)

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

// postgres is the database server of these tests.
var postgres pgtest.Shared

// two are two databases of one server.
type two struct {
	s     *pgtest.Server
	a, b  string
	conns map[string]*pgx.Conn // a login costs more than most statements here
	mu    *sync.Mutex
}

// makeTwo makes both and runs the same statements in them, as the service's role.
func makeTwo(t testing.TB, sql string) two {
	t.Helper()
	s := postgres.Get(t)
	base := strings.ToLower(strings.NewReplacer("/", "_", "#", "_").Replace(t.Name()))
	base = base[max(0, len(base)-50):]
	w := two{s, s.Database(t, base+"_a"), s.Database(t, base+"_b"), map[string]*pgx.Conn{}, &sync.Mutex{}}
	t.Cleanup(func() {
		for _, c := range w.conns {
			_ = c.Close(context.Background())
		}
	})
	w.both(t, sql)
	return w
}

func (w two) both(t testing.TB, sql string) { w.inA(t, sql); w.inB(t, sql) }
func (w two) inA(t testing.TB, sql string)  { w.run(t, w.a, sql) }
func (w two) inB(t testing.TB, sql string)  { w.run(t, w.b, sql) }

func (w two) run(t testing.TB, db, sql string) {
	t.Helper()
	w.exec(t, "app", db, sql)
}

func (w two) exec(t testing.TB, role, db, sql string) *pgconn.Result {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.conns[role+db]
	if c == nil {
		var err error
		if c, err = pgx.Connect(context.Background(), w.s.URL(role, db)); err != nil {
			t.Fatal(err)
		}
		w.conns[role+db] = c
	}
	res, err := c.PgConn().Exec(context.Background(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(res) == 0 {
		return nil
	}
	return res[len(res)-1]
}

// forget makes the next statement log in anew, with what its role has been given since.
func (w two) forget() {
	for k, c := range w.conns {
		_ = c.Close(context.Background())
		delete(w.conns, k)
	}
}

// query gives one value as text, as the superuser; NULL is empty.
func (w two) query(t testing.TB, db, sql string) string {
	t.Helper()
	r := w.exec(t, "postgres", db, sql)
	if len(r.Rows) != 1 {
		t.Fatalf("%s: %d rows", sql, len(r.Rows))
	}
	return string(r.Rows[0][0])
}

func (w two) admin(t testing.TB, db, sql string) { t.Helper(); w.exec(t, "postgres", db, sql) }

func (w two) side(role, db string) Side {
	return Side{URL: secret.New(w.s.URL(role, "postgres")), Database: db}
}

func (w two) readA() Side { return w.side("ops_read", w.a) }
func (w two) readB() Side { return w.side("ops_read", w.b) }

func some(tables ...string) Options {
	return Options{Tables: tables, Within: time.Minute, Tag: "twokey test"}
}

func (w two) compare(t testing.TB, tables ...string) Report {
	t.Helper()
	r, err := Compare(context.Background(), w.readA(), w.readB(), some(tables...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// one compares one table.
func (w two) one(t testing.TB, table string) TableDiff {
	t.Helper()
	return w.compare(t, table).Tables[0]
}

// numbers fails unless a table differs by so many rows.
func (d TableDiff) numbers(t testing.TB, onlyA, onlyB, changed int64) {
	t.Helper()
	if d.OnlyA != onlyA || d.OnlyB != onlyB || d.Changed != changed {
		t.Errorf("%s: only in A %d, only in B %d, changed %d; want %d, %d, %d", d.Name, d.OnlyA, d.OnlyB, d.Changed, onlyA, onlyB, changed)
	}
}

// says fails unless the error is one for people that says all of it.
func says(t testing.TB, err error, parts ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("no sentence for people: %v", err)
	}
	for _, p := range parts {
		if !strings.Contains(e.Sentence, p) {
			t.Errorf("%q does not say %q", e.Sentence, p)
		}
	}
	if e.Hint == "" {
		t.Errorf("%q has no hint", e.Sentence)
	}
	if strings.Contains(err.Error(), postgres.Get(t).Password()) {
		t.Errorf("the password is in %q", err)
	}
}
