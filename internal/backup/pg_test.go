package backup

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"twokey/internal/pgtest"
	"twokey/internal/pgtools"
	"twokey/internal/postgres"
)

var cluster pgtest.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	cluster.Stop()
	os.Exit(code)
}

func bin(t testing.TB) string {
	t.Helper()
	dir, err := postgres.Programs()
	if err != nil {
		t.Fatalf("no PostgreSQL: %v; run: make tools", err)
	}
	return dir
}

func tools(t testing.TB) pgtools.Tools { return pgtools.Tools{Dir: bin(t)} }

// odd are rows that a careless reader would trip over.
const odd = `INSERT INTO notes(body) VALUES ('\.'), (E'\\.'), (E'a\nCOPY public.users FROM stdin;\nb'), (E'\\! touch /tmp/x'), (NULL), (''), (E'\t\r\b\x07'),
	('it''s'), ('$$'), ('/* '), ('-- '), (repeat('long ', 30000)), (E'\\')`

// shop is a database like the service's.
const shop = `
	CREATE TABLE users (id bigint PRIMARY KEY, name text DEFAULT E'a\\''b', CONSTRAINT "users; Type" CHECK (name ~ '^.*\w*$'));
	CREATE TABLE deposits (id bigserial PRIMARY KEY, user_id bigint REFERENCES users, amount numeric);
	CREATE TABLE transactions (id bigserial PRIMARY KEY, user_id bigint REFERENCES users, amount numeric);
	CREATE TABLE "odd; Type: TABLE ""x"".y" (x int);
	CREATE TABLE empty_one (x int);
	CREATE TABLE notes (id serial, body text);
	CREATE TABLE migrations (id serial PRIMARY KEY, "timestamp" bigint, name text);
	CREATE TABLE parts (k int, v text) PARTITION BY RANGE (k);
	CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (50);
	CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (50) TO (100);
	CREATE SCHEMA "Side";
	CREATE TABLE "Side".users (x int);
	CREATE FUNCTION atomic() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
	CREATE FUNCTION dollar() RETURNS text LANGUAGE sql AS $f$ SELECT 'COPY x FROM stdin;' || $$
\! id
$$ $f$;
	CREATE VIEW v AS SELECT 'it''s \'::text AS t, users.* FROM users;
	COMMENT ON TABLE users IS 'all /* of them; \! id';
	INSERT INTO users SELECT g, 'user ' || g FROM generate_series(1, 2000) g;
	INSERT INTO deposits(user_id, amount) SELECT 1 + g % 2000, g FROM generate_series(1, 4000) g;
	INSERT INTO transactions(user_id, amount) SELECT 1 + g % 2000, g FROM generate_series(1, 3000) g;
	INSERT INTO parts SELECT g, 'p' FROM generate_series(0, 99) g;
	INSERT INTO "odd; Type: TABLE ""x"".y" VALUES (1), (2);
	INSERT INTO "Side".users VALUES (1);
	INSERT INTO migrations("timestamp", name) SELECT g, 'Migration' || g FROM generate_series(1, 12) g;
	SELECT lo_from_bytea(0, '\x5c2e0a');
	GRANT SELECT ON users TO ops_read;
` + odd

// rows of shop.
var shopRows = map[string]int64{"public.users": 2000, "public.deposits": 4000, "public.transactions": 3000, `public."odd; Type: TABLE ""x"".y"`: 2,
	"public.empty_one": 0, "public.notes": 13, "public.migrations": 12, "public.parts_low": 50, "public.parts_high": 50, `"Side".users`: 1}

// database makes one with the shop in it.
func database(t *testing.T, name string) *pgtest.Server {
	t.Helper()
	pg := cluster.Get(t)
	pg.Database(t, name)
	pg.Exec(t, "app", name, shop)
	return pg
}

// dump runs pg_dump.
func dump(t *testing.T, pg *pgtest.Server, args ...string) []byte {
	t.Helper()
	out, err := run(t, pg, "pg_dump", nil, args...)
	if err != nil {
		t.Fatalf("pg_dump %q: %v", args, err)
	}
	return out
}

// run runs a program as the superuser.
func run(t *testing.T, pg *pgtest.Server, program string, in []byte, args ...string) ([]byte, error) {
	t.Helper()
	c := exec.Command(filepath.Join(bin(t), program), args...)
	c.Env = []string{"PGPASSWORD=" + pg.Password(), "PGUSER=postgres", "PGHOST=" + pg.Host, "PGPORT=" + port(pg), "LC_ALL=C"}
	c.Stdin = bytes.NewReader(in)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		t.Logf("%s says: %.500s", program, said.String())
	}
	return out, err
}

func port(pg *pgtest.Server) string {
	_, rest, _ := strings.Cut(pg.URL("x", "y"), pg.Host+":")
	p, _, _ := strings.Cut(rest, "/")
	return p
}

// pinned is a file as if it were on the shelf and pinned, under a name that says nothing.
func pinned(t *testing.T, content []byte) Pinned {
	t.Helper()
	dir := made(t)
	write(t, filepath.Join(dir, "daily", "backup_20261124_040000.sql.gz"), content, night)
	f := find(t, Shelf{Folders: shelf(dir).Folders}, "latest")
	p, err := Pin(t.Context(), f, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func decode(t *testing.T, p Pinned) (Contents, error) {
	t.Helper()
	return Decode(t.Context(), tools(t), p, "migrations")
}
