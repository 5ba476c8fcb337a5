package audience

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"twokey/internal/secret"
)

const wrongWorld = users + `
	CREATE FUNCTION writes() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET telegram_id = 1; RETURN 1; END $$;
	CREATE FUNCTION frees() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('transaction_read_only', 'off', false); UPDATE users SET telegram_id = 1; RETURN 1; END $$;
	CREATE FUNCTION tells() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'user 4711001 is zed-zed'; END $$;
	CREATE PROCEDURE commits(INOUT id bigint) LANGUAGE plpgsql AS $$ BEGIN COMMIT; SET TRANSACTION READ WRITE; UPDATE users SET telegram_id = 1; END $$;
	CREATE SEQUENCE numbers; GRANT USAGE ON SEQUENCE numbers TO public;`

func TestTakeRefuses(t *testing.T) {
	w := makeWorld(t, wrongWorld)
	old := w.take(t, "SELECT telegram_id, language FROM users WHERE id = 1")
	const rows = "SELECT string_agg(u::text, ';' ORDER BY id) FROM users u"
	was := w.server.Query(t, w.db, rows)
	for _, row := range []struct {
		say, query     string
		args           []any
		sentence, hint string
	}{
		{"nothing", "", nil, "is not a SELECT that gives rows", "SELECT telegram_id, language FROM users"},
		{"a comment", "-- everybody", nil, "is not a SELECT that gives rows", "SELECT telegram_id, language FROM users"},
		{"nobody", "SELECT telegram_id FROM users WHERE id > 100", nil, "the query gives no users", "WHERE"},
		{"only NULLs", "SELECT telegram_id FROM users WHERE telegram_id IS NULL", nil, "the query gives no users", "WHERE"},
		{"three columns", "SELECT telegram_id, language, name FROM users", nil, "gives 3 columns", "keep the Telegram id and the language"},
		{"no column", "SELECT FROM users", nil, "is not a SELECT that gives rows", "write one"},
		{"ids as text", "SELECT telegram_id::text, language FROM users", nil, "first column, telegram_id, is text", `write "telegram_id"::bigint`},
		{"ids as numeric", "SELECT telegram_id::numeric FROM users", nil, "first column, telegram_id, is numeric", `::bigint`},
		{"an expression without a name", "SELECT telegram_id || '' FROM users", nil, "first column, ?column?, is text", "SELECT telegram_id, language FROM users"},
		{"the wrong way round", "SELECT language, telegram_id FROM users", nil, "first column, language, is text", "the id comes first"},
		{"a second column that is a number", "SELECT telegram_id, id FROM users", nil, "second column, id, is int4", "leave it out"},
		{"a second column that is JSON", "SELECT telegram_id, '{}'::jsonb AS j FROM users", nil, "second column, j, is jsonb", "leave it out"},
		{"a second column with names", "SELECT g, 'l' || chr(97 + g % 26) || chr(97 + (g / 26) % 26) || '-' || (g / 676) FROM generate_series(1, 2000) g", nil, "more than 1000 different values", "leave it out"},
		{"a group", "SELECT -1001234567890", nil, "an id that no user has: it is not above zero", "groups"},
		{"zero", "SELECT 0", nil, "not above zero", "WHERE telegram_id > 0"},
		{"money for an id", "SELECT 4503599627370496", nil, "it is above 4503599627370495", "column with the Telegram ids"},
		{"two statements", "SELECT telegram_id FROM users; UPDATE users SET telegram_id = 1", nil, "more than one statement", "keep one SELECT"},
		{"an end of our transaction and another", "COMMIT; UPDATE users SET telegram_id = 1", nil, "more than one statement", "keep one SELECT"},
		{"an end of our transaction", "COMMIT", nil, "is not a SELECT that gives rows", "write one"},
		{"a statement that writes", "UPDATE users SET telegram_id = 1 RETURNING telegram_id", nil, "would change something", "keep one SELECT"},
		{"a statement that gives nothing", "DELETE FROM users", nil, "is not a SELECT that gives rows", "write one"},
		{"a CTE that writes", "WITH gone AS (DELETE FROM users RETURNING telegram_id) SELECT * FROM gone", nil, "would change something", "keep one SELECT"},
		{"a function that writes", "SELECT writes()", nil, "would change something", "calls nothing that writes"},
		{"a function that writes, in the middle", "SELECT CASE WHEN g < 15000 THEN g ELSE writes() END FROM generate_series(1::bigint, 20000) g", nil, "would change something", "calls nothing"},
		{"a function that sets itself free", "SELECT frees()", nil, "would change something", "calls nothing that writes"},
		{"a sequence", "SELECT nextval('numbers')", nil, "would change something", "calls nothing that writes"},
		{"a procedure that commits", "CALL commits(1)", nil, "the database refuses the query", "database's log"},
		{"a lock", "SELECT telegram_id FROM users FOR UPDATE", nil, "would change something", "keep one SELECT"},
		{"a new table", "SELECT telegram_id INTO stolen FROM users", nil, "is not a SELECT that gives rows", "write one"},
		{"an explanation", "EXPLAIN SELECT telegram_id FROM users", nil, `is text`, `write`},
		{"a copy to a program", "COPY users TO PROGRAM 'cat'", nil, "is not a SELECT that gives rows", "write one"},
		{"no such table", "SELECT telegram_id FROM customers", nil, "has no table customers", "schema"},
		{"no such column", "SELECT chat_id FROM users", nil, "has no column chat_id", "correct the query"},
		{"bad grammar", "SELEC telegram_id FROM users", nil, `does not understand the query: syntax error at or near "SELEC"`, "correct the query"},
		{"a zero byte", "SELECT 1\x00; DROP TABLE users", nil, "has a zero byte", "correct it"},
		{"a value that it lacks", "SELECT telegram_id FROM users WHERE id = $1", nil, "takes 1 value, and 0 are given", "correct the query"},
		{"a value too much", "SELECT telegram_id FROM users", []any{1}, "takes 0 values, and 1 are given", "correct the query"},
		{"a value of another kind", "SELECT telegram_id FROM users WHERE id = $1", []any{[]string{"4711"}}, "values are not of the kind", "correct the query"},
		{"a value that the server refuses", "SELECT telegram_id FROM users WHERE id = $1", []any{"4711x"}, "met a value it cannot work with", "casts"},
		{"a value that cannot be cast", "SELECT language::bigint FROM users", nil, "met a value it cannot work with", "casts"},
		{"a division", "SELECT telegram_id / (id - 1) FROM users", nil, "met a value it cannot work with", "casts"},
		{"a function that tells", "SELECT tells()", nil, "a function of the query refuses", "functions it calls"},
		{"too large", "SELECT 7, repeat('x', 2000000)", nil, "a row that is too large", "write one"},
	} {
		t.Run(row.say, func(t *testing.T) {
			c, err := w.shelf.Take(t.Context(), w.source(row.query, row.args...), nil)
			says(t, err, false, row.sentence, row.hint)
			wantDiff(t, "copy", Copy{}, c)
			unchanged(t, w.shelf, old, map[int64]string{4711001: "en"})
			wantDiff(t, "the service's rows", was, w.server.Query(t, w.db, rows))
		})
	}
	w.noSessions(t)
}

// TestTakeAsTheOwnerWritesNothing: also a role that may write does not.
func TestTakeAsTheOwnerWritesNothing(t *testing.T) {
	w := makeWorld(t, wrongWorld)
	w.role = "app"
	const rows = "SELECT string_agg(u::text, ';' ORDER BY id) || (SELECT is_called FROM numbers) FROM users u"
	was := w.server.Query(t, w.db, rows)
	for _, query := range []string{"SELECT writes()", "SELECT frees()", "SELECT nextval('numbers')", "CALL commits(1)",
		"WITH gone AS (DELETE FROM users RETURNING telegram_id) SELECT * FROM gone", "SELECT telegram_id FROM users FOR UPDATE"} {
		if _, err := w.shelf.Take(t.Context(), w.source(query), nil); err == nil {
			t.Errorf("%s: no error", query)
		}
		wantDiff(t, query, was, w.server.Query(t, w.db, rows))
	}
}

func TestTakeThatNeverEnds(t *testing.T) {
	w := makeWorld(t, "")
	for _, query := range []string{
		"SELECT 7 FROM pg_sleep(3600)",
		"WITH RECURSIVE n(i) AS (SELECT 1::bigint UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
		endless,
	} {
		src := w.source(query)
		src.Within = 300 * time.Millisecond
		_, err := w.shelf.Take(t.Context(), src, nil)
		says(t, err, false, "took too long and was ended", "EXPLAIN")
	}
	wantDiff(t, "files", []string(nil), files(t, w.shelf))
	w.noSessions(t)
}

// TestTakeReadsNoMoreThanItNeeds: a row that is refused ends it, whatever the server would still send.
func TestTakeReadsNoMoreThanItNeeds(t *testing.T) {
	w := makeWorld(t, "")
	src := w.source("SELECT -generate_series(1::bigint, 9000000000000)")
	src.Within = 24 * time.Hour
	_, err := w.shelf.Take(t.Context(), src, nil)
	says(t, err, false, "not above zero", "groups")
	w.noSessions(t)
}

func TestTakeWaitsForNoLock(t *testing.T) {
	w := makeWorld(t, users)
	hold := lockTable(t, w)
	_, err := w.shelf.Take(t.Context(), w.source("SELECT telegram_id FROM users"), nil)
	says(t, err, false, "waited too long for what somebody else has locked", "ask again")
	hold()
}

func TestTakeWithoutRights(t *testing.T) {
	w := makeWorld(t, users+`CREATE SCHEMA closed; CREATE TABLE closed.users (telegram_id bigint);
		CREATE VIEW seen AS SELECT telegram_id FROM users;
		CREATE FUNCTION secretive() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'; REVOKE EXECUTE ON FUNCTION secretive FROM public;
		CREATE TABLE guarded (telegram_id bigint); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; GRANT SELECT ON guarded TO public;
		CREATE POLICY few ON guarded USING (telegram_id < 5)`)
	w.server.Exec(t, "postgres", "postgres", `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'Narrow-1') THEN
		CREATE ROLE "Narrow-1" LOGIN PASSWORD '`+w.server.Password()+`'; END IF; END $$`)
	w.role = "Narrow-1"
	for _, row := range []struct{ query, sentence, hint string }{
		{"SELECT telegram_id FROM users", "the role Narrow-1 may not use table users", `type: GRANT SELECT ON "users" TO "Narrow-1"`},
		{"SELECT telegram_id FROM seen", "may not use view seen", `type: GRANT SELECT ON "seen" TO "Narrow-1"`},
		{"SELECT telegram_id FROM closed.users", "may not use schema closed", `type: GRANT USAGE ON SCHEMA "closed" TO "Narrow-1"`},
		{"SELECT secretive()", "may not use function secretive", `type: GRANT EXECUTE ON FUNCTION "secretive" TO "Narrow-1"`},
		{"SELECT telegram_id FROM guarded", "row-level security would hide rows of table guarded", `type: ALTER ROLE "Narrow-1" BYPASSRLS`},
	} {
		_, err := w.shelf.Take(t.Context(), w.source(row.query), nil)
		says(t, err, false, row.sentence, row.hint)
	}
	// What it says helps.
	w.exec(t, `GRANT SELECT ON "users" TO "Narrow-1"`)
	w.take(t, "SELECT telegram_id FROM users")
}

func TestTakeFromADatabaseThatLetsNobodyIn(t *testing.T) {
	w := makeWorld(t, users)
	w.server.Exec(t, "postgres", "postgres", `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nologin') THEN CREATE ROLE nologin; END IF; END $$`)
	query := w.source("SELECT telegram_id FROM users")
	url := func(role, db string) secret.Value { return secret.New(w.server.URL(role, db)) }
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nothing := silent.Addr().String()
	silent.Close()
	for _, row := range []struct {
		say      string
		url      secret.Value
		away     bool
		sentence string
	}{
		{"no address", secret.Value{}, false, "the config does not say how to reach the database"},
		{"a bad address", secret.New("postgres://app:" + w.server.Password() + "@127.0.0.1:port/x"), false, "address cannot be read"},
		{"nobody listens", secret.New("postgres://app:x@" + nothing + "/x?sslmode=disable"), true, "nothing listens where the database should be"},
		{"no host", secret.New("postgres://app:x@nowhere.invalid/x?sslmode=disable"), true, "the database"},
		{"a wrong password", secret.New(strings.Replace(w.server.URL("app", w.db), "Pg", "Gp", 1)), false, "the password is wrong"},
		{"no database, as in the middle of a swap", url("app", "twokey_gone"), true, "there is no such database"},
	} {
		t.Run(row.say, func(t *testing.T) {
			src := query
			src.URL = row.url
			_, err := w.shelf.Take(t.Context(), src, nil)
			says(t, err, row.away, row.sentence, "")
		})
	}
	w.server.Exec(t, "postgres", "postgres", "ALTER DATABASE "+w.db+" ALLOW_CONNECTIONS false")
	_, err = w.shelf.Take(t.Context(), query, nil)
	says(t, err, true, "it takes no connections now", "ask again")
	w.server.Exec(t, "postgres", "postgres", "ALTER DATABASE "+w.db+" ALLOW_CONNECTIONS true")
	wantDiff(t, "files", []string(nil), files(t, w.shelf))
}

// TestTakeFromAServerThatHangs: the kernel takes the connection, and nobody ever answers.
func TestTakeFromAServerThatHangs(t *testing.T) {
	t.Parallel() // it waits as long as a server is given
	s := openShelf(t, t.TempDir()+"/audience")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	src := Source{URL: secret.New("postgres://app:x@" + l.Addr().String() + "/x?sslmode=disable"), Query: "SELECT 1", Within: 1}
	_, err = s.Take(t.Context(), src, nil)
	says(t, err, true, "the database does not answer", "look whether it runs")
}

// TestCancelWhileAServerDoesNotAnswer: it takes the connection and says nothing.
func TestCancelWhileAServerDoesNotAnswer(t *testing.T) {
	s := openShelf(t, t.TempDir()+"/audience")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	src := Source{URL: secret.New("postgres://app:x@" + l.Addr().String() + "/x?sslmode=disable"), Query: "SELECT 1"}
	done := make(chan error)
	go func() {
		_, err := s.Take(ctx, src, nil)
		done <- err
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	if e := says(t, <-done, false, "it was cancelled", "ask again"); !errors.Is(e, context.Canceled) {
		t.Errorf("the cause is %v", e.Cause)
	}
}

// lockTable holds the users' table as a migration does, until the function it gives is called.
func lockTable(t *testing.T, w world) (release func()) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, w.server.URL("app", w.db))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.PgConn().Exec(ctx, "BEGIN; LOCK TABLE users").ReadAll(); err != nil {
		t.Fatal(err)
	}
	return func() { _ = conn.Close(ctx) }
}
