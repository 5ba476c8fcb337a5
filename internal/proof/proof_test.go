package proof_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"twokey/internal/pgtest"
	"twokey/internal/proof"
)

var cluster pgtest.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	cluster.Stop()
	os.Exit(code)
}

// look makes a database of the statements and looks at it as the role that reads.
func look(t *testing.T, name string, statements ...string) proof.Report {
	t.Helper()
	s := cluster.Get(t)
	base := s.Database(t, name)
	for _, sql := range statements {
		s.Exec(t, "postgres", base, sql)
	}
	conn, err := pgx.Connect(t.Context(), s.URL("ops_read", base))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	r, err := proof.Whole(t.Context(), conn, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const shop = `
CREATE TABLE users (id serial PRIMARY KEY, name text);
CREATE TABLE items (a int, b text, PRIMARY KEY (a, b));
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int REFERENCES users, a int, b text, FOREIGN KEY (a, b) REFERENCES items);
CREATE TABLE log (at date NOT NULL, user_id int REFERENCES users) PARTITION BY RANGE (at);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO users (name) SELECT 'u' || i FROM generate_series(1, 10) i;
INSERT INTO items VALUES (1, 'x'), (2, 'y');
INSERT INTO orders (user_id, a, b) VALUES (1, 1, 'x'), (2, 2, 'y'), (3, NULL, 'z'), (NULL, 2, NULL);
INSERT INTO log VALUES ('2026-05-05', 4)`

// past writes what no foreign key would let in, as a broken backup does.
func past(sql string) string {
	return "SET session_replication_role = replica; " + sql + "; RESET session_replication_role"
}

func TestAWholeDatabaseHasNoFault(t *testing.T) {
	r := look(t, "whole", shop)
	if r.Faults != nil || r.Not != nil || r.Keys != 3 || r.Sequences != 2 || r.Indexes == 0 || r.Constraints == 0 {
		t.Errorf("%+v", r)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"rows that point to nothing", past("DELETE FROM users WHERE id IN (1, 2)"), "foreign key orders_user_id_fkey of public.orders: 2 rows point to nothing"},
		{"a key of two columns", past("UPDATE orders SET b = 'no' WHERE a = 1"), "foreign key orders_a_b_fkey of public.orders: 1 rows point to nothing"},
		{"in a partition", past("INSERT INTO log_1 VALUES ('2026-06-06', 99)"), "foreign key log_user_id_fkey of public.log: 1 rows point to nothing"},
		{"a sequence that was not carried over", "SELECT setval('users_id_seq', 3)", "sequence public.users_id_seq: stands at 3, and public.users.id has 10 already"},
		{"one that gives what is there", "SELECT setval('users_id_seq', 10, false)", "sequence public.users_id_seq: stands at 10, and public.users.id has 10 already"},
		{"an identity", "SELECT setval('orders_id_seq', 1)", "sequence public.orders_id_seq: stands at 1, and public.orders.id has 4 already"},
		{"a key never checked", "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey; ALTER TABLE orders ADD CONSTRAINT late FOREIGN KEY (user_id) REFERENCES users NOT VALID",
			"constraint late of public.orders: was never checked against the rows"},
		{"an index that is not valid", "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'items_pkey'::regclass", "index public.items_pkey: is not valid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := look(t, "fault", shop, c.sql)
			var got []string
			for _, f := range r.Faults {
				got = append(got, fmt.Sprintf("%s: %s", f.What, f.Why))
			}
			if diff := cmp.Diff([]string{c.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What came with a backup must neither change what is looked at, nor run.
func TestNothingOfTheBackupRuns(t *testing.T) {
	r := look(t, "hostile", shop, past("DELETE FROM users WHERE id = 1"),
		`CREATE TABLE ran (what text); GRANT ALL ON ran TO PUBLIC;
		CREATE FUNCTION public.same(int, int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.ran VALUES ('operator'); RETURN true; END $$;
		CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = int, FUNCTION = public.same);
		CREATE FUNCTION public.count() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
		CREATE FUNCTION public.format(text, name, name) RETURNS text LANGUAGE sql AS $$ SELECT 'public.users' $$;
		CREATE VIEW public.pg_constraint AS SELECT * FROM pg_catalog.pg_constraint WHERE false;
		ALTER DATABASE hostile SET search_path = public, pg_catalog`)
	if len(r.Faults) != 1 || !strings.Contains(r.Faults[0].What, "orders_user_id_fkey") || r.Keys != 3 {
		t.Errorf("%+v", r)
	}
	if n := cluster.Get(t).Query(t, "hostile", "SELECT pg_catalog.count(*) FROM public.ran"); n != "0" {
		t.Errorf("an operator of the backup's ran %s times", n)
	}
}

func TestAKeyWithAnOperatorOfItsOwnIsNotLookedAt(t *testing.T) {
	r := look(t, "own", `
		CREATE FUNCTION lt(int, int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 < $2'; CREATE FUNCTION eq(int, int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 OPERATOR(pg_catalog.=) $2';
		CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = eq, COMMUTATOR = ===);
		CREATE OPERATOR CLASS own FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 ===, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp;
		CREATE TABLE p (id int); CREATE UNIQUE INDEX p_own ON p (id own); ALTER TABLE p ADD CONSTRAINT k UNIQUE (id);
		CREATE TABLE c (id int REFERENCES p (id))`)
	if len(r.Not)+r.Keys != 1 || len(r.Faults) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestRowsThatAPolicyHidesAreAnError(t *testing.T) {
	s := cluster.Get(t)
	base := s.Database(t, "policy")
	s.Exec(t, "postgres", base, shop+`; ALTER TABLE users ENABLE ROW LEVEL SECURITY`)
	conn, err := pgx.Connect(t.Context(), s.URL("ops_read", base))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if r, err := proof.Whole(t.Context(), conn, nil); err == nil || !strings.Contains(err.Error(), "row-level security") {
		t.Errorf("%+v, %v", r, err)
	}
}
