package rows

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

var all = Kinds{Insert: true, Update: true, Remove: true}

// plan plans a merge from A into B.
func (w two) plan(t testing.TB, tables ...string) Planned {
	t.Helper()
	p, err := Plan(context.Background(), w.readA(), w.readB(), some(tables...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// mergeOf is what merges a plan as it is.
func mergeOf(t testing.TB, p Planned, k Kinds) MergeOptions {
	o := some(p.Names()...)
	o.Tag = "twokey " + t.Name()
	return MergeOptions{Options: o, Kinds: k, Limits: p.Limits(k), LockWithin: 20 * time.Second}
}

func (w two) merge(ctx context.Context, o MergeOptions) (Merged, error) {
	return Merge(ctx, w.readA(), w.side("app", w.b), o)
}

// merged plans and merges.
func (w two) merged(t testing.TB, k Kinds, tables ...string) Merged {
	t.Helper()
	m, err := w.merge(context.Background(), mergeOf(t, w.plan(t, tables...), k))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// refuses fails unless the merge is refused with these words, has changed nothing and left no session.
func (w two) refuses(t testing.TB, o MergeOptions, words ...string) {
	t.Helper()
	before := w.everything(t, w.b)
	_, err := w.merge(context.Background(), o)
	says(t, err, words...)
	w.unchanged(t, before)
	w.noSession(t, o.Tag)
}

func (w two) unchanged(t testing.TB, before string) {
	t.Helper()
	if after := w.everything(t, w.b); after != before {
		t.Errorf("it has changed something: %s", cmp.Diff(before, after))
	}
}

func (w two) noSession(t testing.TB, tag string) {
	t.Helper()
	if n := w.query(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name = '"+tag+"'"); n != "0" {
		t.Errorf("%s sessions of %q are left", n, tag)
	}
}

// everything is all rows of all tables, as one text.
func (w two) everything(t testing.TB, db string) string {
	t.Helper()
	return w.query(t, db, `SELECT string_agg(format('%s: %s', c.oid::regclass, query_to_xml(format('SELECT * FROM %s t ORDER BY t::text', c.oid::regclass), true, true, '')), E'\n' ORDER BY c.oid::regclass::text)
		FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
}

// shop is the tables of a service: what a TRUNCATE users CASCADE of the instructions of old emptied all of.
const shop = `CREATE TABLE users (id serial PRIMARY KEY, telegram_id bigint UNIQUE NOT NULL, username text, referrer_id int REFERENCES users (id), is_banned boolean NOT NULL DEFAULT false);
	CREATE TABLE deposits (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users (id), amount numeric(20,8) NOT NULL, created_at timestamptz NOT NULL DEFAULT '2024-01-01');
	CREATE TABLE transactions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id int NOT NULL REFERENCES users (id), deposit_id int REFERENCES deposits (id), hash bytea);
	CREATE TABLE referrals (user_id int NOT NULL REFERENCES users (id), other_id int NOT NULL REFERENCES users (id), PRIMARY KEY (user_id, other_id));
	CREATE TABLE log (what text, n bigint);
	INSERT INTO users (telegram_id, username, referrer_id) SELECT 1000 + i, 'user' || i, NULLIF(i / 2, 0) FROM generate_series(1, 200) i;
	INSERT INTO deposits (user_id, amount) SELECT i % 200 + 1, i / 3.0 FROM generate_series(1, 400) i;
	INSERT INTO transactions SELECT lpad(to_hex(i), 32, '0')::uuid, i % 200 + 1, i % 400 + 1, sha256(i::text::bytea) FROM generate_series(1, 1000) i;
	INSERT INTO referrals SELECT i, i / 2 FROM generate_series(2, 200) i`

// TestDependentsStay: the table of users was corrupted. Instructions of old emptied it and, by CASCADE, all that refers to
// it. Here the rows come back, the others stay, and so does the user who came after the backup.
func TestDependentsStay(t *testing.T) {
	w := makeTwo(t, shop)
	w.inB(t, `INSERT INTO users (telegram_id, username) VALUES (99, 'new'); INSERT INTO deposits (user_id, amount) VALUES (201, 5);
		UPDATE users SET username = 'x', is_banned = true WHERE id BETWEEN 10 AND 16;
		DELETE FROM referrals WHERE user_id > 190; DELETE FROM transactions WHERE user_id IN (191, 200); UPDATE deposits SET user_id = 1 WHERE user_id IN (191, 200);
		UPDATE users SET referrer_id = NULL WHERE referrer_id IN (191, 200); DELETE FROM users WHERE id IN (191, 200)`)
	dependents := func() string {
		return w.query(t, w.b, `SELECT md5(string_agg(x, ';' ORDER BY x)) FROM (SELECT d::text FROM deposits d UNION ALL SELECT t::text FROM transactions t UNION ALL SELECT r::text FROM referrals r) y(x)`)
	}
	before := dependents()
	p := w.plan(t, "users")
	if diff := cmp.Diff([]TablePlan{{Name: "public.users", Change: Change{Insert: 2, Update: 7, Remove: 1}}}, p.Tables); diff != "" {
		t.Fatal(diff)
	}
	m, err := w.merge(context.Background(), mergeOf(t, p, Kinds{Insert: true, Update: true}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]TableMerged{{Name: "public.users", Change: Change{Insert: 2, Update: 7}}}, m.Tables); diff != "" {
		t.Error(diff)
	}
	w.one(t, "users").numbers(t, 0, 1, 0)
	if dependents() != before {
		t.Error("other tables have changed")
	}
	if n := w.query(t, w.b, "SELECT username FROM users WHERE telegram_id = 99"); n != "new" {
		t.Error("the user who came after the backup is gone")
	}
	if state, err := Outcome(context.Background(), w.readB(), some(), m.XID); err != nil || state != Committed {
		t.Errorf("%s, %v", state, err)
	}
	// That user has a deposit, which the removal of the user does not take along.
	w.refuses(t, mergeOf(t, w.plan(t, "users"), all), "deposits_user_id_fkey", "public.deposits")
	w.merged(t, all, "deposits", "users", "transactions", "referrals")
	if r := w.compare(t); r.Totals() != (Totals{}) {
		t.Errorf("%+v", r)
	}
}

// TestLimits: more than was approved is nothing at all; less is fine.
func TestLimits(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int PRIMARY KEY, v int)")
	w.inA(t, "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4)")
	w.inB(t, "INSERT INTO t VALUES (3, 0), (4, 0), (5, 5), (6, 6)")
	p := w.plan(t, "t")
	for _, c := range []struct {
		limit Change
		words string
	}{
		{Change{1, 2, 2}, "2 rows of table public.t would be added, and 1 were approved"},
		{Change{2, 1, 2}, "2 rows of table public.t would be changed, and 1 were approved"},
		{Change{2, 2, 1}, "2 rows of table public.t would be removed, and 1 were approved"},
	} {
		o := mergeOf(t, p, all)
		o.Limits["public.t"] = c.limit
		w.refuses(t, o, c.words)
	}
	o := mergeOf(t, p, all)
	o.Limits = nil // who approved nothing gets nothing
	w.refuses(t, o, "0 were approved")
	o = mergeOf(t, p, Kinds{})
	w.refuses(t, o, "nothing says what")
	o = mergeOf(t, p, all)
	o.Tables = nil
	w.refuses(t, o, "nothing says what")
	o = mergeOf(t, p, all)
	o.Tag = ""
	_, err := w.merge(context.Background(), o)
	says(t, err, "found again")
	w.inB(t, "DELETE FROM t WHERE id = 6")
	o = mergeOf(t, p, all)
	if m, err := w.merge(context.Background(), o); err != nil || m.Tables[0].Change != (Change{2, 2, 1}) {
		t.Errorf("%+v, %v", m, err)
	}
	w.one(t, "t").numbers(t, 0, 0, 0)
}

// TestKinds: each kind is a choice of its own.
func TestKinds(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int PRIMARY KEY, v int)")
	for _, c := range []struct {
		kinds                 Kinds
		onlyA, onlyB, changed int64
	}{
		{Kinds{Insert: true}, 0, 3, 2}, {Kinds{Update: true}, 1, 3, 0}, {Kinds{Remove: true}, 1, 0, 2}, {Kinds{Insert: true, Update: true}, 0, 3, 0}, {all, 0, 0, 0},
	} {
		w.both(t, "TRUNCATE t")
		w.inA(t, "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")
		w.inB(t, "INSERT INTO t VALUES (2, 0), (3, NULL), (5, 5), (6, 6), (7, 7)")
		w.merged(t, c.kinds, "t")
		w.one(t, "t").numbers(t, c.onlyA, c.onlyB, c.changed)
	}
}

// TestEveryType: what was copied is what was there.
func TestEveryType(t *testing.T) {
	w := makeTwo(t, `CREATE TYPE other AS ENUM ('z')`)
	w.inB(t, "DROP TYPE other; CREATE TYPE more AS ENUM ('y')") // so that types of one name have different numbers
	w.both(t, `CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TYPE pt AS (x int, m mood); CREATE DOMAIN small AS int CHECK (VALUE < 100); CREATE TYPE span AS RANGE (subtype = float8);
		CREATE COLLATION de (provider = icu, locale = 'de-u-ks-level2', deterministic = false);
		CREATE SCHEMA "Odd ""s"; CREATE TABLE "Odd ""s"."weird ""Table" ("Key ""k" text, "select" numeric, PRIMARY KEY ("select", "Key ""k"), a mood[], b pt, c pt[], d small, e span,
			f float8, g timestamptz, h interval, i bytea, j jsonb, k json, l money, m uuid, n char(5), o text[], p xml, q point, r text COLLATE de, s bit(3), t inet, gen int GENERATED ALWAYS AS (d * 2) STORED)`)
	const table = `"Odd ""s"."weird ""Table"`
	w.inA(t, `INSERT INTO "Odd ""s"."weird ""Table" VALUES (E'tab\t\\N', 1.50, '{sad,glad}', '(1,sad)', ARRAY['(1,glad)'::pt], 99, '[1.5,2)', 0.1::float8 + 0.2, '1999-12-31 23:59:59.999999+05', '-1 day 02:00', '\x005c0a', '{"a":"\u00e4\n"}', '{"a" : 1}', '1234.5', 'a0000000-0000-0000-0000-000000000000', 'x', '{NULL,"NULL",""}', '<a/>', '(1,2)', 'Ä', '101', '::1'),
		('', 'NaN', NULL, NULL, '{}', NULL, 'empty', 'NaN', 'infinity', '1 mon', '', 'null', 'null', '-0.01', NULL, '', '{}', NULL, NULL, '', NULL, '10.0.0.0/8'), (E'\n', 'Infinity', '{NULL}', '(,)', NULL, 1, NULL, '-0', '0001-01-01 00:00 BC', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
	w.inB(t, `INSERT INTO "Odd ""s"."weird ""Table" ("Key ""k", "select", d) VALUES (E'tab\t\\N', 1.5, 1), ('b', 1, 1)`)
	w.admin(t, "postgres", "ALTER DATABASE "+w.b+" SET DateStyle = 'SQL, DMY'; ALTER DATABASE "+w.b+" SET TimeZone = 'Asia/Kathmandu'; ALTER DATABASE "+w.b+" SET extra_float_digits = -5; ALTER DATABASE "+w.b+" SET bytea_output = 'escape'; ALTER DATABASE "+w.b+" SET standard_conforming_strings = off")
	if d := w.one(t, table); d.Key != `select, "Key ""k"` {
		t.Errorf("%+v", d)
	}
	w.merged(t, all, table)
	w.one(t, table).numbers(t, 0, 0, 0)
}

// TestForeignKeysAndTriggersAreOn: they do what they do when the service writes, and what they forbid changes nothing.
func TestForeignKeysAndTriggersAreOn(t *testing.T) {
	w := makeTwo(t, shop)
	w.inB(t, `CREATE SCHEMA helper; CREATE FUNCTION helper.word() RETURNS text LANGUAGE sql AS $$ SELECT current_setting('TimeZone') || current_setting('search_path') $$;
		CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (TG_OP || word(), 1); RETURN COALESCE(NEW, OLD); END $$;
		CREATE TRIGGER counts BEFORE INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION counted();
		CREATE TRIGGER off BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION counted(); ALTER TABLE users DISABLE TRIGGER off`)
	w.admin(t, "postgres", "ALTER ROLE app IN DATABASE "+w.b+" SET search_path = helper, public; ALTER ROLE app IN DATABASE "+w.b+" SET TimeZone = 'Asia/Tokyo'")
	w.forget()
	w.inA(t, "INSERT INTO users (telegram_id) VALUES (1), (2)")
	w.inB(t, "UPDATE users SET username = 'y' WHERE id = 7; INSERT INTO users (id, telegram_id) VALUES (500, 3); TRUNCATE log")
	p := w.plan(t, "users")
	if diff := cmp.Diff([]string{"counts"}, p.Tables[0].Triggers); diff != "" {
		t.Error(diff)
	}
	if _, err := w.merge(context.Background(), mergeOf(t, p, all)); err != nil {
		t.Fatal(err)
	}
	got := w.query(t, w.b, "SELECT string_agg(what || n, ' ' ORDER BY what) FROM (SELECT what, count(*) n FROM log GROUP BY 1) x")
	word := "Asia/Tokyohelper, public"
	if want := fmt.Sprintf("DELETE%s1 INSERT%s2 UPDATE%s1", word, word, word); got != want {
		t.Errorf("the triggers saw %q, want %q", got, want)
	}
	// A deposit of a user whom the target does not have.
	w.inA(t, "INSERT INTO users (id, telegram_id) VALUES (900, 900); INSERT INTO deposits (id, user_id, amount) VALUES (900, 900, 1), (899, 1, 1)")
	w.refuses(t, mergeOf(t, w.plan(t, "deposits"), all), "deposits_user_id_fkey", "public.deposits", "nothing was changed")
	w.merged(t, all, "deposits", "users")
	w.one(t, "deposits").numbers(t, 0, 0, 0)
	// A trigger says no, in words that hold what is in the row.
	w.inB(t, `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'user % is secret', NEW.username; END $$;
		CREATE TRIGGER no AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION no()`)
	w.inA(t, "UPDATE users SET username = 'Rumpelstiltskin' WHERE id = 3")
	o := mergeOf(t, w.plan(t, "users"), all)
	w.refuses(t, o, "a trigger or function of the database refuses")
	if _, err := w.merge(context.Background(), o); strings.Contains(err.Error(), "Rumpelstiltskin") {
		t.Errorf("a row is in %q", err)
	}
}

// TestTriggersThatChangeRows: what a trigger made of a row is said.
func TestTriggersThatChangeRows(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int PRIMARY KEY, v int)")
	w.inA(t, "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4)")
	w.inB(t, `INSERT INTO t VALUES (1, 0), (4, 4); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 2 THEN RETURN NULL; END IF; NEW.v = 77; RETURN NEW; END $$;
		CREATE TRIGGER f BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()`)
	m := w.merged(t, all, "t")
	if want := (TableMerged{Name: "public.t", Change: Change{Insert: 1, Update: 1}, Unlike: 3}); m.Tables[0] != want {
		t.Errorf("%+v, want %+v", m.Tables[0], want)
	}
}

// TestNoCascade: what a foreign key would do to rows that nobody counted is not done.
func TestNoCascade(t *testing.T) {
	w := makeTwo(t, `CREATE TABLE users (id int PRIMARY KEY, mail text UNIQUE, boss int REFERENCES users ON DELETE CASCADE, n numeric UNIQUE);
		CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE);
		CREATE TABLE marks (id int PRIMARY KEY, mail text REFERENCES users (mail) ON UPDATE CASCADE ON DELETE SET NULL)`)
	w.inA(t, "INSERT INTO users VALUES (1, 'a')")
	w.inB(t, "INSERT INTO users VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2); INSERT INTO notes VALUES (1, 2), (2, 2), (3, 1)")
	w.refuses(t, mergeOf(t, w.plan(t, "users"), all), "notes_user_id_fkey would also change 2 rows of table public.notes")
	w.inB(t, "UPDATE notes SET user_id = 1; INSERT INTO marks VALUES (1, 'b')")
	w.refuses(t, mergeOf(t, w.plan(t, "users"), all), "marks_mail_fkey would also change 1 rows of table public.marks")
	w.inB(t, "UPDATE marks SET mail = 'a'")
	w.inA(t, "UPDATE users SET mail = 'new'")
	w.refuses(t, mergeOf(t, w.plan(t, "users"), Kinds{Update: true}), "marks_mail_fkey")
	w.inB(t, "DELETE FROM marks")
	w.merged(t, all, "users") // 3 refers to 2, and both go
	w.one(t, "users").numbers(t, 0, 0, 0)
	if n := w.query(t, w.b, "SELECT count(*) FROM notes"); n != "3" {
		t.Errorf("%s notes are left of 3", n)
	}
}

// TestBothOrders: a row takes over what is unique of one that goes; and rows that stay let go of one that goes.
func TestBothOrders(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE p (id int PRIMARY KEY, name text UNIQUE); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p)")
	w.inA(t, "INSERT INTO p VALUES (1, 'ann'), (2, 'bob'); INSERT INTO c VALUES (1, 1), (2, 2)")
	w.inB(t, "INSERT INTO p VALUES (9, 'ann'), (2, 'bob'); INSERT INTO c VALUES (2, 2)")
	w.merged(t, all, "p", "c")
	w.inB(t, "INSERT INTO p VALUES (5, 'eve'); UPDATE c SET p = 5 WHERE id = 2")
	w.merged(t, all, "p", "c")
	if r := w.compare(t); r.Totals() != (Totals{}) {
		t.Errorf("%+v", r)
	}
}

// TestRefused: what cannot be brought back is refused by name, by the plan and by the merge.
func TestRefused(t *testing.T) {
	w := makeTwo(t, `CREATE TABLE t1 (id int PRIMARY KEY); CREATE TABLE t3 (id int); CREATE TABLE t4 (id int PRIMARY KEY); CREATE TABLE t7 (id int PRIMARY KEY);
		CREATE TABLE t8 (id int PRIMARY KEY, x int GENERATED ALWAYS AS IDENTITY)`)
	w.inA(t, `CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN small AS int CHECK (VALUE < 1000); CREATE TYPE pt AS (x int, m mood);
		CREATE TABLE t0 (id int PRIMARY KEY); CREATE TABLE t2 (id int PRIMARY KEY, m pt[]); CREATE TABLE t5 (id int PRIMARY KEY, s small); CREATE TABLE t6 (id int PRIMARY KEY, v int)`)
	w.inB(t, `CREATE TYPE mood AS ENUM ('glad', 'sad', 'new'); CREATE DOMAIN small AS int CHECK (VALUE < 10); CREATE TYPE pt AS (x int, m mood);
		ALTER TABLE t1 ADD COLUMN kyc text NOT NULL, ADD COLUMN fine text, ADD COLUMN good int NOT NULL DEFAULT 1; CREATE TABLE t2 (id int PRIMARY KEY, m pt[]);
		CREATE TABLE t5 (id int PRIMARY KEY, s small); CREATE TABLE t6 (id int PRIMARY KEY, v text); CREATE RULE r AS ON INSERT TO t4 DO INSTEAD NOTHING;
		ALTER TABLE t7 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`)
	for table, why := range map[string]string{
		"t0": "the target does not have this table",
		"t1": "column kyc: it may not be empty, has no default, and the source does not have it",
		"t2": "column m: type public.mood is not the same on both sides",
		"t3": "no key",
		"t4": "a rule writes something else in its place: r",
		"t5": "column s: type public.small is not the same on both sides",
		"t6": "column v: integer in the source, text in the target",
		"t8": "column x: GENERATED ALWAYS AS IDENTITY",
	} {
		p := w.plan(t, table)
		if !strings.Contains(p.Tables[0].Refused, why) {
			t.Errorf("%s: refused for %q", table, p.Tables[0].Refused)
		}
		w.refuses(t, mergeOf(t, p, all), "public."+table, why)
	}
	o := mergeOf(t, Planned{Tables: []TablePlan{{Name: "public.t7"}}}, all)
	w.refuses(t, o, "public.t7", "row-level security")
	w.admin(t, w.b, "CREATE TABLE theirs (id int PRIMARY KEY)")
	w.inA(t, "CREATE TABLE theirs (id int PRIMARY KEY)")
	w.refuses(t, mergeOf(t, w.plan(t, "theirs"), all), "permission denied for table theirs")
}

// TestCascadeUnderRowLevelSecurity: a policy hides from a count what the foreign key, which no policy binds, would remove.
func TestCascadeUnderRowLevelSecurity(t *testing.T) {
	w := makeTwo(t, `CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE);
		INSERT INTO users VALUES (1)`)
	w.inB(t, "INSERT INTO users VALUES (2); INSERT INTO notes VALUES (1, 2)")
	w.inB(t, "ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
	_, err := w.merge(t.Context(), mergeOf(t, w.plan(t, "users"), all))
	says(t, err, "notes_user_id_fkey may change rows of table public.notes that row-level security hides")
	w.inB(t, "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY") // the owner is bound no more, and counts
	w.refuses(t, mergeOf(t, w.plan(t, "users"), all), "notes_user_id_fkey would also change 1 rows of table public.notes")
}

// TestSameKeyTwice: a source without its index may have it.
func TestSameKeyTwice(t *testing.T) {
	w := makeTwo(t, "")
	w.inA(t, "CREATE TABLE t (id int NOT NULL, v int); INSERT INTO t VALUES (1, 1), (1, 2)")
	w.inB(t, "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 0)")
	p := w.plan(t, "t")
	if !strings.Contains(p.Tables[0].Refused, "not unique") {
		t.Errorf("%+v", p)
	}
	o := mergeOf(t, p, all)
	o.Limits = map[string]Change{"public.t": {9, 9, 9}}
	w.refuses(t, o, "several of the same key")
}

func TestSequencesMoveOn(t *testing.T) {
	w := makeTwo(t, `CREATE TABLE t (id serial PRIMARY KEY, n int); CREATE TABLE u (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int);
		CREATE TABLE d (id int GENERATED BY DEFAULT AS IDENTITY (INCREMENT -1) PRIMARY KEY, n int); CREATE TABLE far (id serial PRIMARY KEY);
		CREATE SEQUENCE other; CREATE TABLE o (id int PRIMARY KEY DEFAULT nextval('other'));`)
	w.inA(t, "INSERT INTO t (n) SELECT 1 FROM generate_series(1, 50); INSERT INTO u (n) SELECT 1 FROM generate_series(1, 60); INSERT INTO d (n) SELECT 1 FROM generate_series(1, 70); INSERT INTO far VALUES (1); INSERT INTO o VALUES (5)")
	w.inB(t, "INSERT INTO t (n) VALUES (1); SELECT setval('far_id_seq', 500)")
	m := w.merged(t, all, "t", "u", "d", "far", "o")
	if len(m.Notes) != 0 {
		t.Errorf("%v", m.Notes)
	}
	next := w.query(t, w.b, "SELECT format('%s %s %s %s', nextval('t_id_seq'), nextval('u_id_seq'), nextval('d_id_seq'), nextval('far_id_seq'))")
	if next != "51 61 -71 501" {
		t.Errorf("next numbers are %s", next)
	}
	w.admin(t, w.b, "ALTER SEQUENCE t_id_seq OWNED BY NONE; ALTER SEQUENCE t_id_seq OWNER TO postgres; DELETE FROM t")
	w.merged(t, all, "t") // the table's own no longer
	w.admin(t, w.b, "ALTER SEQUENCE u_id_seq RESTART; DELETE FROM u; REVOKE ALL ON SEQUENCE u_id_seq FROM app; REVOKE UPDATE ON SEQUENCE u_id_seq FROM app")
	if m := w.merged(t, all, "u"); len(m.Notes) != 1 || !strings.Contains(m.Notes[0], "public.u_id_seq") {
		t.Errorf("%v", m.Notes)
	}
}

func TestPartitionsMerge(t *testing.T) {
	w := makeTwo(t, `CREATE TABLE p (id int, v int, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
		CREATE TABLE parent (id int PRIMARY KEY, v int); CREATE TABLE child () INHERITS (parent); CREATE TABLE log (op text)`)
	w.inA(t, "INSERT INTO p SELECT n, n FROM generate_series(1, 150) n; INSERT INTO parent VALUES (1, 1)")
	w.inB(t, `INSERT INTO p SELECT n, n % 7 FROM generate_series(50, 199) n; INSERT INTO child VALUES (1, 2), (5, 5);
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (TG_OP); RETURN NULL; END $$;
		CREATE TRIGGER onpart AFTER INSERT ON p2 FOR EACH ROW EXECUTE FUNCTION f(); CREATE TRIGGER onroot AFTER DELETE ON p FOR EACH ROW EXECUTE FUNCTION f()`)
	if diff := cmp.Diff([]string{"onpart", "onroot"}, w.plan(t, "p").Tables[0].Triggers); diff != "" {
		t.Error(diff)
	}
	w.merged(t, all, "p", "parent")
	w.one(t, "p").numbers(t, 0, 0, 0)
	w.one(t, "parent").numbers(t, 0, 0, 0)
	if n := w.query(t, w.b, "SELECT string_agg(c::text, '') FROM child c"); n != "(1,2)(5,5)" {
		t.Errorf("what inherits from it has changed: %s", n)
	}
}

// TestWritersGoOn: the service writes while rows come back. No row is lost, none is there twice, nobody's transaction fails.
func TestWritersGoOn(t *testing.T) {
	w := makeTwo(t, shop)
	w.inB(t, "UPDATE users SET username = NULL WHERE id > 100; DELETE FROM transactions WHERE user_id <= 50")
	p := w.plan(t, "users", "transactions")
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	written := make([]int, 4)
	begun := make(chan struct{}, len(written))
	for i := range written {
		conn, err := pgx.Connect(context.Background(), w.s.URL("app", w.b))
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer conn.Close(context.Background())
			for ; ctx.Err() == nil; written[i]++ {
				// First what refers, then what is referred to: the other way round than we lock.
				id := (i+1)*1_000_000 + written[i]
				_, err := conn.Exec(context.Background(), fmt.Sprintf(`BEGIN; INSERT INTO transactions (user_id) VALUES (1); UPDATE users SET is_banned = false WHERE id = %d; INSERT INTO users (id, telegram_id) VALUES (%d, %d); COMMIT`, i+1, id, id))
				if err != nil {
					t.Errorf("writer %d: %v", i, err)
					return
				}
				if written[i] == 0 {
					begun <- struct{}{}
				}
			}
		})
	}
	for range written {
		<-begun
	}
	_, err := w.merge(context.Background(), mergeOf(t, p, Kinds{Insert: true, Update: true}))
	stop()
	all.Wait()
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(written[0] + written[1] + written[2] + written[3])
	w.one(t, "users").numbers(t, 0, sum, 0)
	w.one(t, "transactions").numbers(t, 0, sum, 0)
}

// TestCancelled: at each point a cancel leaves nothing: no row, no session, no lock.
func TestCancelled(t *testing.T) {
	w := makeTwo(t, shop)
	w.inB(t, `DELETE FROM transactions; DELETE FROM referrals; DELETE FROM deposits; UPDATE users SET username = 'x';
		CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$;
		CREATE TRIGGER hang BEFORE INSERT ON transactions FOR EACH ROW EXECUTE FUNCTION hang()`)
	before := w.everything(t, w.b)
	p := w.plan(t, "users", "deposits", "transactions")
	for _, at := range []string{"copying public.users", "copying public.transactions", "removing from public.deposits", "writing public.deposits", "writing public.transactions"} {
		ctx, cancel := context.WithCancel(context.Background())
		o := mergeOf(t, p, all)
		o.Progress = func(what string) {
			if strings.HasPrefix(what, at+" (") {
				cancel()
			}
		}
		_, err := w.merge(ctx, o)
		says(t, err, "cancelled")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		cancel()
		w.unchanged(t, before)
		w.noSession(t, o.Tag)
	}
	// In the middle of a statement that waits for somebody.
	holder, err := pgx.Connect(context.Background(), w.s.URL("app", w.b))
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close(context.Background())
	if _, err := holder.Exec(context.Background(), "SELECT pg_advisory_lock(4711)"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	o := mergeOf(t, p, all)
	go func() {
		defer cancel()
		w.eventually(t, "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND application_name = '"+o.Tag+"'")
	}()
	_, err = w.merge(ctx, o)
	says(t, err, "cancelled")
	w.unchanged(t, before)
	w.noSession(t, o.Tag)
}

// eventually waits until a query says t.
func (w two) eventually(t testing.TB, query string) {
	tick, late := time.NewTicker(10*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for w.query(t, "postgres", query) != "t" {
		select {
		case <-tick.C:
		case <-late:
			t.Errorf("never: %s", query)
			return
		}
	}
}

// TestCommitting: the transaction's number is known before it is committed; what cannot be noted is not done.
func TestCommitting(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int PRIMARY KEY)")
	w.inA(t, "INSERT INTO t VALUES (1)")
	o := mergeOf(t, w.plan(t, "t"), all)
	var noted, during string
	o.Committing = func(xid string) error {
		noted = xid
		during, _ = Outcome(context.Background(), w.readB(), some(), xid)
		return errors.New("disk full")
	}
	w.refuses(t, o, "could not be noted")
	after, err := Outcome(context.Background(), w.readB(), some(), noted)
	if err != nil || during != InProgress || after != Aborted {
		t.Errorf("%s, then %s, %v", during, after, err)
	}
	// The session is ended from outside between the note and the commit.
	o.Committing = func(string) error {
		n, err := End(context.Background(), w.side("app", w.b), o.Options)
		if n != 1 || err != nil {
			t.Errorf("ended %d, %v", n, err)
		}
		return nil
	}
	w.refuses(t, o, "nothing was brought back")
	// A cancel after the note is too late: half of an answer would be none.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	o.Committing = func(string) error { cancel(); return nil }
	if m, err := w.merge(ctx, o); err != nil || m.XID == "" {
		t.Errorf("%+v, %v", m, err)
	}
	w.one(t, "t").numbers(t, 0, 0, 0)
}

// TestLockGivesWay: who writes for long keeps us waiting, and not those behind us; then we give up.
func TestLockGivesWay(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int PRIMARY KEY)")
	w.inA(t, "INSERT INTO t VALUES (1)")
	holder, err := pgx.Connect(context.Background(), w.s.URL("app", w.b))
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close(context.Background())
	if _, err := holder.Exec(context.Background(), "BEGIN; INSERT INTO t VALUES (7)"); err != nil {
		t.Fatal(err)
	}
	o := mergeOf(t, w.plan(t, "t"), Kinds{Insert: true})
	o.LockWithin = time.Millisecond
	w.refuses(t, o, "could not be kept still", "somebody else has locked")
	o.LockWithin = time.Minute
	done := make(chan error, 1)
	go func() {
		_, err := w.merge(context.Background(), o)
		done <- err
	}()
	// It waits, gives way, and waits again.
	waits := " FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = '" + o.Tag + "'"
	w.eventually(t, "SELECT count(*) = 1"+waits)
	w.eventually(t, "SELECT count(*) = 1"+waits+" AND query_start > '"+w.query(t, "postgres", "SELECT max(query_start)"+waits)+"'")
	if _, err := holder.Exec(context.Background(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.one(t, "t").numbers(t, 0, 1, 0)
}

func TestRelated(t *testing.T) {
	w := makeTwo(t, shop+`; CREATE TABLE x (id int PRIMARY KEY, y int); CREATE TABLE y (id int PRIMARY KEY, x int REFERENCES x); ALTER TABLE x ADD FOREIGN KEY (y) REFERENCES y; CREATE TABLE z (id int PRIMARY KEY, x int REFERENCES x)`)
	o, err := Related(context.Background(), w.readB(), some("transactions"))
	if diff := cmp.Diff(Order{Tables: []string{"public.users", "public.deposits", "public.transactions"}}, o); err != nil || diff != "" {
		t.Error(err, diff)
	}
	o, err = Related(context.Background(), w.readB(), some("z"))
	if diff := cmp.Diff(Order{Tables: []string{"public.x", "public.y", "public.z"}, Cycles: [][]string{{"public.x", "public.y"}}}, o); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if p := w.plan(t, "z", "y", "x"); len(p.Cycles) != 1 {
		t.Errorf("%+v", p)
	}
}

// TestNamesakesInAMerge: what stands before PostgreSQL's own on the role's path is not what we run.
func TestNamesakesInAMerge(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE p (id serial PRIMARY KEY, v text UNIQUE); CREATE TABLE c (id int PRIMARY KEY, v text REFERENCES p (v) ON UPDATE CASCADE)")
	w.inB(t, `CREATE FUNCTION lie(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'run: %', $1; END $$;
		CREATE FUNCTION same(oid, oid) RETURNS boolean LANGUAGE sql AS $$ SELECT lie('oid') $$; CREATE OPERATOR = (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.same);
		CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE sql AS $$ SELECT lie('int') $$; CREATE OPERATOR = (LEFTARG = int, RIGHTARG = int, FUNCTION = public.same);
		CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT lie('text') $$; CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = public.same);
		CREATE OPERATOR <> (LEFTARG = text, RIGHTARG = text, FUNCTION = public.same)`)
	w.admin(t, "postgres", "ALTER ROLE app IN DATABASE "+w.b+" SET search_path = public, pg_catalog")
	w.inA(t, "INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO c VALUES (1, 'a')")
	w.inB(t, "INSERT INTO p VALUES (2, 'x'), (3, 'c'); INSERT INTO c VALUES (9, 'c')")
	w.merged(t, all, "p", "c")
	if r := w.compare(t, "p", "c"); r.Totals() != (Totals{}) {
		t.Errorf("%+v", r)
	}
}
