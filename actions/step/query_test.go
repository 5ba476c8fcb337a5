package step

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/internal/pgtest"
	"twokey/internal/secret"
)

// shopData is the service's database in these tests.
const shopData = `
	CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, banned boolean NOT NULL DEFAULT false);
	CREATE TABLE deposits (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, amount numeric(40,2));
	INSERT INTO users VALUES (1, 'ann@example.com'), (2, '=cmd()'), (3, 'cid, the third');
	INSERT INTO deposits (user_id, amount) VALUES (1, 10.10), (1, 0.20), (2, 12345678901234567890.12);
	CREATE SEQUENCE tickets;
	CREATE FUNCTION trap() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN DELETE FROM deposits; RETURN 1; END $$;
`

// shop makes it, and gives the environment of a step that works on it.
func shop(t *testing.T) (*pgtest.Server, string, Env) {
	t.Helper()
	pg := postgres.Get(t)
	db := pg.Database(t, "t_"+strings.NewReplacer("/", "_", " ", "_").Replace(strings.ToLower(t.Name())))
	pg.Exec(t, "app", db, shopData)
	return pg, db, Env{
		Tag:        "test/1/0",
		ReadURL:    secret.New(pg.URL("ops_read", db)),
		ServiceURL: func() (secret.Value, error) { return secret.New(pg.URL("app", db)), nil },
	}
}

func sqlCheck(sql, expect string) Check {
	c := Check{Name: "c", SQL: sql}
	c.Expect, _ = ParseExpect(expect)
	return c
}

func TestSQLCheckComesTo(t *testing.T) {
	_, _, env := shop(t)
	for _, tt := range []struct {
		why   string
		check Check
		want  Finding
	}{
		{"as expected", sqlCheck("SELECT count(*) FROM users", "> 0"), Finding{State: Green, Value: "3", Want: "> 0"}},
		{"not as expected", sqlCheck("SELECT count(*) FROM users", "= 0"), Finding{State: Red, Value: "3", Want: "= 0"}},
		{"nothing expected", sqlCheck("SELECT count(*) FROM users;", ""), Finding{State: Told, Value: "3"}},
		{"money is exact", sqlCheck("SELECT sum(amount) FROM deposits WHERE user_id = 1", "= 10.3"), Finding{State: Green, Value: "10.30", Want: "= 10.3"}},
		{"more digits than a float has", sqlCheck("SELECT 9007199254740993", "= 9007199254740992"), Finding{State: Red, Value: "9007199254740993", Want: "= 9007199254740992"}},
		{"and beyond", sqlCheck("SELECT sum(amount) FROM deposits", "> 12345678901234567890"), Finding{State: Green, Value: "12345678901234567900.42", Want: "> 12345678901234567000"}},
		{"no number at all", sqlCheck("SELECT 'NaN'::numeric", "!= 0"), Finding{State: Red, Value: "NaN", Want: "!= 0"}},
		{"NULL", sqlCheck("SELECT sum(amount) FROM deposits WHERE user_id = 3", "> 0"), Finding{State: Red, Value: "NULL", Want: "> 0"}},
		{"NULL, nothing expected", sqlCheck("SELECT max(id) FROM deposits WHERE user_id = 3", ""), Finding{State: Told, Value: "NULL"}},
		{"truth", sqlCheck("SELECT bool_or(banned) FROM users", ""), Finding{State: Told, Value: "false"}},
		{"a text stays on the host", sqlCheck("SELECT min(name) FROM users", ""), Finding{State: Told, Value: "1 row"}},
		{"a text is no number", sqlCheck("SELECT min(name) FROM users", "> 0"), Finding{State: Broken, Value: "1 row", Want: "> 0", Why: "it gives something else, and one number is expected"}},
		{"rows", sqlCheck("SELECT * FROM users", ""), Finding{State: Told, Value: "3 rows"}},
		{"rows, one number expected", sqlCheck("SELECT id, name FROM users", "> 0"), Finding{State: Broken, Value: "3 rows", Want: "> 0", Why: "it gives 3 rows of 2 columns, and one number is expected"}},
		{"many rows", sqlCheck("SELECT generate_series(1, 100000000)", ""), Finding{State: Told, Value: "more than 1000 rows"}},
		{"no rows", sqlCheck("SELECT id FROM users WHERE id > 3", ""), Finding{State: Told, Value: "no rows"}},
		{"private rows", Check{Name: "c", SQL: "SELECT name FROM users", Private: true}, Finding{State: Told, Value: "3 rows", Rows: true}},
		{"a private number is not shown", Check{Name: "c", SQL: "SELECT count(*) FROM users", Private: true}, Finding{State: Told, Value: "1 row", Rows: true}},

		{"no such table", sqlCheck("SELECT count(*) FROM withdrawals", "> 0"), Finding{State: Red, Want: "> 0", Why: "the database has no table withdrawals"}},
		{"no such column", sqlCheck("SELECT max(d.confirmations) FROM deposits d", ""), Finding{State: Red, Why: "the database has no column d.confirmations"}},
		{"no such column, bare", sqlCheck("SELECT confirmations FROM deposits", ""), Finding{State: Red, Why: "the database has no column confirmations"}},
		{"no SQL", sqlCheck("SELEKT 1", ""), Finding{State: Red, Why: `the database does not understand it: syntax error at or near "SELEKT"`}},
		{"data in an error is not told", sqlCheck("SELECT max(name::int) FROM users", ""), Finding{State: Broken, Why: "a value is not of the kind that belongs there (SQLSTATE 22P02)"}},
		{"parameters", sqlCheck("SELECT $1::int", ""), Finding{State: Red, Why: "it has parameters, and here is nothing to put there"}},
		{"not for us", sqlCheck("SELECT pg_read_file('/etc/hostname')", ""), Finding{State: Broken, Why: "the role may not: permission denied for function pg_read_file"}},
	} {
		got := lookSQL(t.Context(), env, tt.check, queryWithin)
		tt.want.Name, got.Number = "c", nil
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: lookSQL(%q) (-want +got):\n%s", tt.why, tt.check.SQL, diff)
		}
	}
}

// TestSQLCheckSeesAllRows: what a policy would hide from a count makes it fail.
func TestSQLCheckSeesAllRows(t *testing.T) {
	pg, db, env := shop(t)
	pg.Exec(t, "app", db, "ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY part ON users USING (id > 1)")
	const why = `the role may not: query would be affected by row-level security policy for table "users"`
	got := lookSQL(t.Context(), env, sqlCheck("SELECT count(*) FROM users", "= 2"), queryWithin)
	if got.State != Broken || got.Why != why {
		t.Errorf("%+v", got)
	}
}

func TestSQLCheckHasANumberOnlyWhenItIsOne(t *testing.T) {
	_, _, env := shop(t)
	for sql, want := range map[string]float64{
		"SELECT 42": 42, "SELECT -1.5": -1.5, "SELECT 'NaN'::float8": 0, "SELECT repeat('9', 400)::numeric": 0, "SELECT '7'::text": 0, "SELECT NULL::int": 0,
	} {
		got := 0.0
		if n := lookSQL(t.Context(), env, sqlCheck(sql, ""), queryWithin).Number; n != nil {
			got = *n
		}
		if got != want {
			t.Errorf("%s: number %v, want %v", sql, got, want)
		}
	}
}

// TestSQLCheckCannotWrite tries what a statement could try. Each must fail red, and the database must be as it was.
func TestSQLCheckCannotWrite(t *testing.T) {
	pg, db, env := shop(t)
	// As bad as it gets: what ops_read calls belongs to a superuser and runs as one.
	pg.Exec(t, "postgres", db, `
		CREATE FUNCTION superuser_trap() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS
			$$ BEGIN PERFORM set_config('transaction_read_only', 'off', true); DELETE FROM deposits; RETURN 1; END $$;
		CREATE FUNCTION plain_trap() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS
			$$ BEGIN DELETE FROM deposits; RETURN 1; END $$;
		CREATE FUNCTION count(text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ DELETE FROM deposits; SELECT 0::bigint $$;
		GRANT ALL ON ALL TABLES IN SCHEMA public TO ops_read; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ops_read`)
	witness := filepath.Join(pg.Dir, "witness")
	before := pg.Query(t, db, "SELECT count(*) || ' ' || sum(amount) || ' ' || (SELECT last_value FROM tickets) FROM deposits")
	for _, sql := range []string{
		"UPDATE deposits SET amount = 0",
		"DELETE FROM deposits RETURNING id",
		"WITH gone AS (DELETE FROM deposits RETURNING 1) SELECT count(*) FROM gone",
		"SELECT trap()", "SELECT plain_trap()", "SELECT superuser_trap()",
		"SELECT nextval('tickets')",
		"SELECT 1; DELETE FROM deposits",
		"SELECT 1; COMMIT; DELETE FROM deposits",
		"COMMIT", "SET TRANSACTION READ WRITE", "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
		"DO $$ BEGIN DELETE FROM deposits; END $$",
		"EXPLAIN ANALYZE DELETE FROM deposits",
		"CREATE TABLE t AS SELECT 1", "SELECT 1 AS one INTO t",
		"TRUNCATE deposits", "DROP TABLE deposits", "LOCK TABLE deposits IN ACCESS EXCLUSIVE MODE",
		"SELECT id FROM deposits FOR UPDATE",
		"COPY (SELECT 1) TO PROGRAM 'touch " + witness + "'",
		"COPY deposits FROM PROGRAM 'touch " + witness + "'",
		"COPY deposits FROM STDIN", "COPY deposits TO STDOUT",
	} {
		if got := lookSQL(t.Context(), env, sqlCheck(sql, ""), queryWithin); got.State != Red || got.Why == "" {
			t.Errorf("lookSQL(%q) = %+v, want it red with a reason", sql, got)
		}
	}
	after := pg.Query(t, db, "SELECT count(*) || ' ' || sum(amount) || ' ' || (SELECT last_value FROM tickets) FROM deposits")
	if after != before {
		t.Errorf("the database was %q, and is %q", before, after)
	}
	if _, err := os.Stat(witness); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program was run: %v", err)
	}
	// Even a superuser's session cannot.
	env.ReadURL = secret.New(pg.URL("postgres", db))
	for _, sql := range []string{"DELETE FROM deposits RETURNING id", "SELECT superuser_trap()", "COPY (SELECT 1) TO PROGRAM 'touch " + witness + "'"} {
		if got := lookSQL(t.Context(), env, sqlCheck(sql, ""), queryWithin); got.State != Red {
			t.Errorf("as a superuser: lookSQL(%q) = %+v, want it red", sql, got)
		}
	}
	if pg.Query(t, db, "SELECT count(*) FROM deposits") != "3" {
		t.Error("a superuser's check wrote")
	}
	if _, err := os.Stat(witness); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a superuser's check ran a program: %v", err)
	}
	// What stands in the way of a table or function has no chance: public comes after the catalog, and nothing before it.
	pg.Exec(t, "postgres", db, "CREATE SCHEMA ops_read; CREATE TABLE ops_read.users (); GRANT ALL ON SCHEMA ops_read TO ops_read")
	env.ReadURL = secret.New(pg.URL("ops_read", db))
	if got := lookSQL(t.Context(), env, sqlCheck("SELECT count(*) FROM users", "= 3"), queryWithin); got.State != Green {
		t.Errorf("with another table of that name before it: %+v", got)
	}
}

func TestSQLCheckThatTakesTooLongIsEndedOnTheServer(t *testing.T) {
	pg, db, env := shop(t)
	got := lookSQL(t.Context(), env, sqlCheck("SELECT pg_sleep(3600)", ""), 50*time.Millisecond)
	if want := (Finding{Name: "c", State: Broken, Why: "it took too long and was ended"}); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	eventually(t, "no session of ours is left", func() bool {
		return pg.Query(t, db, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'twokey %'") == "0"
	})
}

func TestSQLCheckThatWaitsForALock(t *testing.T) {
	pg, db, env := shop(t)
	holder, err := connect(t.Context(), secret.New(pg.URL("app", db)), "holder", false, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.end()
	if err := errors.Join(holder.do(t.Context(), "BEGIN"), holder.do(t.Context(), "LOCK TABLE users")); err != nil {
		t.Fatal(err)
	}
	got := lookSQL(t.Context(), env, sqlCheck("SELECT count(*) FROM users", ""), queryWithin)
	if got.State != Broken || got.Why != "it waited too long for what somebody else has locked" {
		t.Errorf("got %+v", got)
	}
}

// hanging takes connections and says nothing.
func hanging(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// TestDatabaseThatCannotBeReached: what is said of it has neither password nor address.
func TestDatabaseThatCannotBeReached(t *testing.T) {
	pg, db, _ := shop(t)
	pg.Exec(t, "postgres", db, "DROP ROLE IF EXISTS nologin; CREATE ROLE nologin NOLOGIN PASSWORD '"+pg.Password()+"'")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, tt := range []struct{ why, url, want string }{
		{"none", "", "the config does not say how to reach the database"},
		{"no URL", "postgres://u:hunter2hunter2@[nonsense/x", "the database cannot be reached"},
		{"nothing there", "postgres://u:hunter2hunter2@" + closed.Addr().String() + "/x", "nothing listens where the database should be"},
		{"no such host", "postgres://u:hunter2hunter2@nowhere.invalid/x", "the database's host has no address"},
		{"hanging", "postgres://u:hunter2hunter2@" + hanging(t) + "/x?connect_timeout=1", "the database does not answer"},
		{"wrong password", strings.Replace(pg.URL("ops_read", db), ":Pg", ":hunter2hunter2", 1), "the database lets nobody in: the password is wrong"},
		{"no login", pg.URL("nologin", db), "the database lets nobody in: the role may not log in from here"},
		{"no such database", pg.URL("ops_read", "nothere"), "the database lets nobody in: there is no such database"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		if tt.why != "hanging" {
			ctx = t.Context()
		}
		got := lookSQL(ctx, Env{ReadURL: secret.New(tt.url)}, sqlCheck("SELECT 1", "= 1"), queryWithin)
		cancel()
		if got.State != Broken || got.Why != tt.want {
			t.Errorf("%s: %+v, want it broken: %s", tt.why, got, tt.want)
		}
	}
}

func TestRowsAreADocument(t *testing.T) {
	_, _, env := shop(t)
	data, more, err := Rows(t.Context(), env, Check{Name: "c", SQL: "SELECT id, name, NULL::text AS note, -id AS minus FROM users ORDER BY id"})
	want := "id,name,note,minus\n1,ann@example.com,,-1\n2,'=cmd(),,-2\n3,\"cid, the third\",,-3\n"
	if string(data) != want || more || err != nil {
		t.Errorf("Rows = %q, %v, %v; want %q", data, more, err, want)
	}
	data, more, err = Rows(t.Context(), env, Check{Name: "c", SQL: "SELECT generate_series(1, 100000000) AS n"})
	if lines := strings.Count(string(data), "\n"); lines != documentRows+1 || !more || err != nil {
		t.Errorf("Rows of many: %d lines, %v, %v", lines, more, err)
	}
	data, more, err = Rows(t.Context(), env, Check{Name: "c", SQL: "SELECT repeat('x', 1000000) FROM generate_series(1, 100)"})
	if len(data) > documentBytes+100 || len(data) < 4_000_000 || !more || err != nil {
		t.Errorf("Rows of wide rows: %d bytes, %v, %v", len(data), more, err)
	}
	for sql, want := range map[string]string{
		"SELECT * FROM withdrawals":    "the rows of c could not be read: the database has no table withdrawals",
		"DELETE FROM users":            "the rows of c could not be read: it is not a query: a SELECT that gives rows is expected",
		"SELECT repeat('x', 20000000)": "the rows of c could not be read: it gives more than can be read",
	} {
		_, _, err := Rows(t.Context(), env, Check{Name: "c", SQL: sql})
		var f *Failure
		if !errors.As(err, &f) || f.Sentence != want {
			t.Errorf("Rows(%q): %v, want %q", sql, err, want)
		}
	}
}
