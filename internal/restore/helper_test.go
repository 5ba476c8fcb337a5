package restore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"twokey/internal/pgtest"
	"twokey/internal/pgtools"
	"twokey/internal/restore"
	"twokey/internal/secret"
)

var cluster = pgtest.Shared{With: pgtest.Options{Settings: map[string]string{"wal_level": "logical", "max_prepared_transactions": "5"}}}

// durable is one that may lose its power. Before it recovers a server syncs each of its thousand files, or, told so, the disk.
var durable = pgtest.Shared{With: pgtest.Options{Fsync: true, Settings: map[string]string{"recovery_init_sync_method": "syncfs", "autovacuum": "off"}}}

func TestMain(m *testing.M) {
	code := m.Run()
	cluster.Stop()
	durable.Stop()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var serial atomic.Uint64

// shop is a service's database on a server of the tests.
type shop struct {
	restore.Server
	pg   *pgtest.Server
	name string
	id   uint64
}

const schema = `
CREATE TYPE state AS ENUM ('new', 'paid');
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE deposits (id bigserial PRIMARY KEY, user_id int NOT NULL REFERENCES users, amount numeric(12, 2) NOT NULL CHECK (amount > 0), state state NOT NULL DEFAULT 'new');
CREATE VIEW paid AS SELECT * FROM deposits WHERE state = 'paid';
CREATE FUNCTION total(of int) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(amount) FROM public.deposits WHERE user_id = of';
CREATE SCHEMA reports; CREATE TABLE reports.daily (day date PRIMARY KEY, n int);
COMMENT ON TABLE users IS 'people; who "pay"';
INSERT INTO users SELECT n, 'u' || n || '@example.com' FROM generate_series(1, 500) n;
INSERT INTO deposits (user_id, amount) SELECT 1 + n % 500, 1 + n FROM generate_series(1, 2000) n;`

// open makes a service's database, with its roles and something in it.
func open(t *testing.T, pg *pgtest.Server) shop {
	t.Helper()
	id := serial.Add(1)
	name := fmt.Sprintf("shop%d", id)
	pg.Database(t, name)
	pg.Roles(t, name)
	pg.Exec(t, "app", name, schema)
	s := at(pg, name, id)
	t.Cleanup(func() { s.clean(t) })
	return s
}

// at is a database of the roles' on a server.
func at(pg *pgtest.Server, name string, id uint64) shop {
	s := shop{pg: pg, name: name, id: id}
	s.Server = restore.Server{Admin: secret.New(pg.URL("ops_restore", "postgres")), Load: secret.New(pg.URL("ops_load", "postgres")), Read: secret.New(pg.URL("ops_read", name)),
		Service: func() (secret.Value, error) { return secret.New(pg.URL("app", name)), nil },
		Tools:   pgtools.Tools{Dir: pg.Bin()}, Tag: fmt.Sprintf("test/%d", id), Timeout: time.Minute}
	return s
}

// dial opens a connection that ends with the test.
func dial(t *testing.T, url string) (*pgx.Conn, error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err == nil {
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
	}
	return conn, err
}

// clean drops all that is named after the service's database but itself, as a superuser.
func (s shop) clean(t *testing.T) {
	names := s.pg.Query(t, "postgres", fmt.Sprintf("SELECT coalesce(string_agg(quote_ident(datname), ' '), '') FROM pg_database WHERE datname ~ '^%s__'", s.name))
	s.pg.Exec(t, "postgres", "postgres", fmt.Sprintf("UPDATE pg_database SET datconnlimit = -1 WHERE datname ~ '^%s__' AND datconnlimit = -2", s.name))
	for _, name := range strings.Fields(names) {
		s.pg.Exec(t, "postgres", "postgres", "ALTER DATABASE "+name+" IS_TEMPLATE false")
		s.pg.Exec(t, "postgres", "postgres", "DROP DATABASE "+name+" WITH (FORCE)")
	}
}

// dump makes a backup of the service's database as the superuser would.
func (s shop) dump(t *testing.T, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "backup")
	s.tool(t, "pg_dump", append(args, "-f", file, s.pg.URL("postgres", s.name))...)
	return file
}

func (s shop) tool(t *testing.T, program string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	c := exec.CommandContext(t.Context(), filepath.Join(s.pg.Bin(), program), args...)
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out.String())
	}
	return out.String()
}

// try is what a program says when it fails; empty: it did not.
func (s shop) try(program string, args ...string) string {
	out, err := exec.Command(filepath.Join(s.pg.Bin(), program), args...).CombinedOutput()
	if err == nil {
		return ""
	}
	return string(out)
}

func (s shop) names() (copied, kept string) { return restore.Names(s.name, s.id) }

func (s shop) look(t *testing.T) restore.Live {
	t.Helper()
	live, err := s.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return live
}

// copied makes a finished copy of an archive.
func (s shop) copied(t *testing.T, file string) restore.Live {
	t.Helper()
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	_, err := s.LoadArchive(t.Context(), name, restore.Source{Path: file}, restore.Options{}, nil)
	must(t, err)
	must(t, s.Prepare(t.Context(), live, name, nil))
	adopted, err := s.Adopt(t.Context(), live, name)
	must(t, err)
	live.In = adopted.OID
	return live
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v%s", err, tail(err))
	}
}

func (s shop) query(t *testing.T, sql string) string {
	t.Helper()
	return s.pg.Query(t, s.name, sql)
}

// reader is a file as a stream.
func reader(t *testing.T, file string) io.Reader {
	t.Helper()
	f, err := os.Open(file)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return struct{ io.Reader }{f}
}
