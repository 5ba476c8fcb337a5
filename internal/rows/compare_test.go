package rows

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestKeys: hand-made differences, for each sort of key that is sorted in its own way.
func TestKeys(t *testing.T) {
	w := makeTwo(t, `CREATE COLLATION de (provider = icu, locale = 'de-u-ks-level2'); CREATE DOMAIN code AS text; CREATE TYPE mood AS ENUM ('sad', 'glad', 'bad', 'mad', 'hot')`)
	types := []struct{ typ, list string }{
		{"bigint", "-9000000000, -1, 9, 10, 100"},
		{"smallint", "-2, -1, 9, 10, 100"},
		{"oid", "4000000000, 1, 9, 10, 100"},
		{"text", `'a', 'B', 'ä', 'Z', ''`},
		{"text COLLATE de", `'a', 'B', 'ä', 'Z', 'b c'`},
		{"varchar(20) COLLATE de", `'a', 'B', 'ä', 'Z', 'ß'`},
		{"code COLLATE de", `'a', 'B', 'ä', 'Z', 'ß'`},
		{"char(5)", `'a', E'a\t', 'B', 'ä', ''`},
		{"uuid", `'00000000-0000-0000-0000-000000000001', 'ffffffff-0000-0000-0000-000000000000', '7fffffff-0000-0000-0000-000000000000', 'A0000000-0000-0000-0000-000000000000', '90000000-0000-0000-0000-000000000000'`},
		{"numeric", "'NaN', -1.5, 1e30, 9, 10.10"},
		{"numeric(10,2)", "-1.5, 1, 9, 10.10, 100"},
		{"timestamptz", "'-infinity', '2024-01-01 00:00+02', '2024-01-01 00:00+00', '2023-12-31 23:59:59.999999+00', '4713-01-01 00:00+00 BC'"},
		{"date", "'infinity', '2024-01-01', '10000-01-01', '9999-01-01', '0044-03-15 BC'"},
		{"bytea", `'\x', '\x00', '\xff', '\x00ff', '\x0aff'`},
		{"boolean", "true, false, NULL, NULL, NULL"},
		{"double precision", "'NaN', '-Infinity', 0.1, 1e300, -5"},
		{"mood", `'sad', 'glad', 'bad', 'mad', 'hot'`},
		{"inet", `'10.0.0.1', '10.0.0.2', '9.0.0.1', '::1', '10.0.0.0/8'`},
		{"jsonb", `'{"b":1,"a":2}', '[]', '1.0', '"x"', 'null'`},
		{"int[]", "'{1,2}', '{1}', '{}', '{10}', '{9,NULL}'"},
	}
	for i, c := range types {
		// Through VALUES, as unnest would take arrays apart.
		w.both(t, fmt.Sprintf(`CREATE TABLE t%[1]d (k %[2]s PRIMARY KEY, n int, v text);
			INSERT INTO t%[1]d SELECT x::%[3]s, n, NULL FROM (VALUES (%[4]s)) v(x, n) WHERE x IS NOT NULL`,
			i, c.typ, strings.Split(c.typ, " COLLATE")[0], numbered(c.list)))
	}
	tables := func() []TableDiff {
		r := w.compare(t)
		slices.SortFunc(r.Tables, func(x, y TableDiff) int { return cmp.Compare(number(x), number(y)) })
		return r.Tables
	}
	for i, d := range tables() {
		d.numbers(t, 0, 0, 0)
		if d.Key != "k" || d.Note != "" || d.RowsA != d.RowsB || d.RowsA < 2 {
			t.Errorf("%s: %+v", types[i].typ, d)
		}
		w.inA(t, "DELETE FROM "+d.Name+" WHERE n = 1")
		w.inB(t, "UPDATE "+d.Name+" SET v = '' WHERE n = 2") // NULL is not empty text
	}
	for _, d := range tables() {
		d.numbers(t, 0, 1, 1)
		w.inB(t, "DELETE FROM "+d.Name+" WHERE n IN (3, 5); UPDATE "+d.Name+" SET v = 'x' WHERE n = 4")
	}
	for i, d := range tables() {
		if d.RowsA == 4 {
			d.numbers(t, 2, 1, 2)
		} else if d.Same() {
			t.Errorf("%s: %+v", types[i].typ, d)
		}
	}
}

func number(d TableDiff) int {
	var n int
	_, _ = fmt.Sscanf(d.Name, "public.t%d", &n)
	return n
}

var item = regexp.MustCompile(`E?'[^']*'|[^', ]+`)

// numbered makes 'a', 'b' into 'a', 1), ('b', 2.
func numbered(list string) string {
	var all []string
	for i, v := range item.FindAllString(list, -1) {
		all = append(all, fmt.Sprintf("%s, %d", v, i+1))
	}
	return strings.Join(all, "), (")
}

func TestNumericKeysAreValues(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (k numeric PRIMARY KEY, v int)")
	w.inA(t, "INSERT INTO t VALUES (1.0, 1), (2, 1)")
	w.inB(t, "INSERT INTO t VALUES (1.00, 1), (2, 1)")
	w.one(t, "t").numbers(t, 0, 0, 1) // one key, and another scale is other content
}

func TestCompositeKey(t *testing.T) {
	w := makeTwo(t, `CREATE TABLE t (a text, b int, c uuid, v numeric(12,4), PRIMARY KEY (b, a, c));
		INSERT INTO t SELECT chr(97 + i % 7), i % 10, gen_random_uuid(), i FROM generate_series(1, 0) i;
		INSERT INTO t SELECT chr(65 + i % 50), i % 11 - 5, lpad(to_hex(i), 32, '0')::uuid, i FROM generate_series(1, 2000) i`)
	w.one(t, "t").numbers(t, 0, 0, 0)
	w.inA(t, "DELETE FROM t WHERE b = 3 AND a < 'P'")
	n := w.query(t, w.b, "SELECT count(*) FROM t WHERE b = 3 AND a < 'P'")
	w.inB(t, "UPDATE t SET v = v + 0.0001 WHERE b = -5; DELETE FROM t WHERE b = 0 AND a >= 'Z'")
	d := w.one(t, "t")
	changed, only := w.query(t, w.a, "SELECT count(*) FROM t WHERE b = -5"), w.query(t, w.a, "SELECT count(*) FROM t WHERE b = 0 AND a >= 'Z'")
	if fmt.Sprint(d.OnlyB, d.Changed, d.OnlyA) != n+" "+changed+" "+only || d.Key != "b, a, c" {
		t.Errorf("%+v, want only B %s, changed %s, only A %s", d, n, changed, only)
	}
}

// TestContent: what is content and what is only its look.
func TestContent(t *testing.T) {
	w := makeTwo(t, "")
	for i, c := range []struct {
		typ, a, b string
		same      bool
	}{
		{"int", "NULL", "0", false},
		{"text", "NULL", "''", false},
		{"text", "'a,b'", "'a,b'", true},
		{"text", `'(")\'`, `'(")\'`, true},
		{"numeric", "1.0", "1.00", false},
		{"numeric", "'NaN'", "'NaN'", true},
		{"float8", "'NaN'", "'NaN'", true},
		{"float8", "0.1::float8 + 0.2::float8", "0.3", false}, // the last bit
		{"float8", "0", "'-0'", false},
		{"timestamptz", "'2024-06-01 12:00+00'", "'2024-06-01 14:00+02'", true},
		{"timestamptz", "'2024-06-01 12:00:00.000001+00'", "'2024-06-01 12:00+00'", false},
		{"interval", "'1 day'", "'24 hours'", false},
		{"jsonb", `'{"b":1,"a":[1,2]}'`, `'{"a":[1, 2],  "b":1}'`, true},
		{"jsonb", `'{"a":[1,2]}'`, `'{"a":[2,1]}'`, false},
		{"json", `'{"a":1}'`, `'{"a": 1}'`, false},
		{"bytea", `'\x00ff'`, `'\x00ff'`, true},
		{"bytea", `'\x00'`, `'\x0000'`, false},
		{"money", "'1234.56'", "'1234.56'", true},
		{"xml", "'<a/>'", "'<a/>'", true},
		{"point", "'(1,2)'", "'(1,2.5)'", false},
		{"text[]", "ARRAY['a', NULL]", "ARRAY['a', 'NULL']", false},
	} {
		table := fmt.Sprintf("t%d", i)
		w.both(t, fmt.Sprintf("CREATE TABLE %s (id int PRIMARY KEY, v %s)", table, c.typ))
		w.inA(t, fmt.Sprintf("INSERT INTO %s VALUES (1, %s)", table, c.a))
		w.inB(t, fmt.Sprintf("INSERT INTO %s VALUES (1, %s)", table, c.b))
		if d := w.one(t, table); d.Same() != c.same || d.Changed == 0 != c.same {
			t.Errorf("%s: %s and %s: %+v", c.typ, c.a, c.b, d)
		}
	}
}

// TestSettingsDoNotMatter: what a database or a role has set for itself changes nothing.
func TestSettingsDoNotMatter(t *testing.T) {
	w := makeTwo(t, `CREATE TABLE t (id int PRIMARY KEY, at timestamptz, f float8, b bytea, i interval, d date, m money);
		INSERT INTO t SELECT n, '2024-01-01'::timestamptz + n * interval '1 hour', random(), '\x00ff5c', '-1 day 2 hours', '2024-02-03', 1234.5 FROM generate_series(1, 50) n`)
	w.inB(t, "TRUNCATE t")
	for _, c := range strings.Split(w.query(t, w.a, "SELECT string_agg(format('INSERT INTO t VALUES (%L,%L,%L,%L,%L,%L,%L)', id, at, f, b, i, d, m), ';') FROM t"), ";") {
		w.inB(t, c)
	}
	for _, set := range []string{"DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Kathmandu'", "extra_float_digits = -10", "bytea_output = 'escape'",
		"IntervalStyle = 'sql_standard'", "search_path = 'public'", "client_min_messages = 'debug5'"} {
		w.admin(t, "postgres", "ALTER DATABASE "+w.b+" SET "+set)
		w.admin(t, "postgres", "ALTER ROLE ops_read IN DATABASE "+w.b+" SET "+set)
	}
	d := w.one(t, "t")
	d.numbers(t, 0, 0, 0)
	if d.RowsA != 50 || d.RowsB != 50 {
		t.Errorf("%+v", d)
	}
}

func TestKeyless(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (a int, b text); CREATE TABLE u (a int NOT NULL, b int UNIQUE); CREATE TABLE v (a int NOT NULL UNIQUE, b int)")
	w.inA(t, "INSERT INTO t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, NULL), (3, 'y'); INSERT INTO u VALUES (1, NULL), (1, NULL); INSERT INTO v VALUES (1, 1)")
	w.inB(t, "INSERT INTO t VALUES (1, 'x'), (2, NULL), (2, NULL), (2, ''); INSERT INTO u VALUES (1, NULL); INSERT INTO v VALUES (1, 2)")
	d := w.one(t, "t")
	d.numbers(t, 3, 2, 0) // two of three, and 3; one more 2, and the one that is not NULL
	if d.Key != "" || !strings.Contains(d.Note, "no key") {
		t.Errorf("%+v", d)
	}
	w.one(t, "u").numbers(t, 1, 0, 0)
	// Unique only among some rows, or only as something else, is no key.
	w.both(t, "CREATE TABLE x (a int NOT NULL, b text NOT NULL); CREATE UNIQUE INDEX ON x (a) WHERE b > ''; CREATE UNIQUE INDEX ON x (lower(b)); INSERT INTO x VALUES (1, 'x'), (2, 'y')")
	if d := w.one(t, "x"); !strings.Contains(d.Note, "no key") {
		t.Errorf("%+v", d)
	}
	d = w.one(t, "v")
	d.numbers(t, 0, 0, 1)
	if d.Key != "a" {
		t.Errorf("a unique column without NULLs is a key: %+v", d)
	}
}

// TestCopyWithoutIndexes: a copy made by pg_restore -t has no key of its own, and may hold rows twice.
func TestCopyWithoutIndexes(t *testing.T) {
	w := makeTwo(t, "")
	w.inA(t, "CREATE TABLE t (id int NOT NULL, v int); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")
	w.inB(t, "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (2, 9), (3, 3), (4, 4)")
	w.one(t, "t").numbers(t, 1, 1, 1)
	w.inA(t, "INSERT INTO t VALUES (3, 3)")
	d := w.one(t, "t")
	d.numbers(t, 3, 2, 0)
	if !strings.Contains(d.Note, "not unique") || d.Key != "" || d.RowsA != 4 {
		t.Errorf("%+v", d)
	}
}

func TestNamesPartitionsAndInheritance(t *testing.T) {
	w := makeTwo(t, `CREATE SCHEMA "Odd ""s"; CREATE TABLE "Odd ""s"."weird ""Table" ("Key ""k" int PRIMARY KEY, "select" text, t int);
		CREATE TABLE p (id int, v int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
		CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
		CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent);
		INSERT INTO p SELECT n, n FROM generate_series(1, 150) n; INSERT INTO child VALUES (1), (2); INSERT INTO parent VALUES (1)`)
	w.inA(t, `INSERT INTO "Odd ""s"."weird ""Table" VALUES (1, 'x', 1)`)
	w.inB(t, "DELETE FROM p WHERE id IN (5, 105, 106); UPDATE p SET v = 0 WHERE id = 7; INSERT INTO child VALUES (3)")
	r := w.compare(t)
	var names []string
	for _, d := range r.Tables {
		names = append(names, d.Name)
	}
	if diff := gocmp.Diff([]string{`"Odd ""s"."weird ""Table"`, "public.child", "public.p", "public.parent"}, names); diff != "" {
		t.Fatal(diff)
	}
	r.Tables[0].numbers(t, 1, 0, 0)
	r.Tables[1].numbers(t, 0, 1, 0)
	r.Tables[2].numbers(t, 3, 0, 1)
	r.Tables[3].numbers(t, 0, 0, 0) // what inherits from it is not in it
	if r.Tables[0].Key != `"Key ""k"` || r.Tables[3].RowsA != 1 {
		t.Errorf("%+v", r.Tables)
	}
	if r.Lost(A) != 5 || r.Lost(B) != 2 || r.Totals() != (Totals{4, 1, 1}) {
		t.Errorf("lost %d and %d of %+v", r.Lost(A), r.Lost(B), r.Totals())
	}
	for _, typed := range []string{`weird "Table`, `"weird ""Table"`, `Odd "s.weird "Table`, `"Odd ""s"."weird ""Table"`} {
		w.one(t, typed).numbers(t, 1, 0, 0)
	}
}

func TestOneSided(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE common (id int PRIMARY KEY)")
	w.inA(t, "CREATE TABLE gone (id int); INSERT INTO gone VALUES (1), (1), (2); CREATE TABLE seen (id int); INSERT INTO seen VALUES (1)")
	w.inB(t, "CREATE TABLE kyc (id int PRIMARY KEY, x int); INSERT INTO kyc VALUES (1, 1), (2, 2); CREATE VIEW seen AS SELECT 1 AS id")
	want := `{"tables":[` +
		`{"name":"public.common","rows_a":0,"rows_b":0,"only_a":0,"only_b":0,"changed":0,"key":"id"},` +
		`{"name":"public.gone","rows_a":3,"rows_b":0,"only_a":3,"only_b":0,"changed":0,"missing":"b","note":"B does not have this table"},` +
		`{"name":"public.kyc","rows_a":0,"rows_b":2,"only_a":0,"only_b":2,"changed":0,"missing":"a","note":"A does not have this table"},` +
		`{"name":"public.seen","rows_a":1,"rows_b":0,"only_a":1,"only_b":0,"changed":0,"missing":"b","note":"B has a view of this name, which is no table"}]}`
	got, err := json.Marshal(w.compare(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestColumnDrift(t *testing.T) {
	w := makeTwo(t, "")
	w.inA(t, `CREATE TABLE t (gone int, id int PRIMARY KEY, v text, n int, s varchar(10), g int GENERATED ALWAYS AS (n + 1) STORED, h int, i int GENERATED ALWAYS AS (n) STORED);
		INSERT INTO t (id, v, n, s, h, gone) VALUES (1, 'x', 1, 's', 1, 1), (2, 'y', 2, 's', 2, 2)`)
	w.inB(t, `CREATE TABLE t (id int PRIMARY KEY, s varchar(20), "New" int DEFAULT 7, v text, n bigint, g int GENERATED ALWAYS AS (id + 2) STORED, h int GENERATED ALWAYS AS (id) STORED, i int);
		INSERT INTO t (id, v, n, s) VALUES (1, 'x', 5, 's'), (2, 'z', 2, 's')`)
	d := w.one(t, "t")
	d.numbers(t, 0, 0, 1)
	want := []string{"column gone: only A has it", "column n: integer in A, bigint in B",
		"column s: character varying(10) in A, character varying(20) in B; compared nevertheless",
		"column g: the sides compute it differently", "column h: only one side computes it", "column i: only one side computes it", `column "New": only B has it`}
	if diff := gocmp.Diff(want, d.Drift); diff != "" {
		t.Error(diff)
	}
}

func TestGeneratedAndIdentity(t *testing.T) {
	w := makeTwo(t, `CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED); INSERT INTO t (n) VALUES (1), (2), (3)`)
	w.one(t, "t").numbers(t, 0, 0, 0)
	w.inB(t, "UPDATE t SET n = 5 WHERE id = 1; INSERT INTO t (n) VALUES (9)")
	w.one(t, "t").numbers(t, 0, 1, 1)
}

func TestRowSecurityIsNamed(t *testing.T) {
	w := makeTwo(t, `CREATE TABLE t (id int PRIMARY KEY, who text); INSERT INTO t VALUES (1, 'a'); CREATE TABLE fine (id int)`)
	w.inB(t, `ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON t USING (who = current_user)`)
	_, err := Compare(context.Background(), w.readA(), w.readB(), some("t"))
	says(t, err, "public.t", "row-level security", "table t")
	_, err = Counts(context.Background(), w.readB(), some())
	says(t, err, "row-level security")
	w.one(t, "fine").numbers(t, 0, 0, 0)
}

// TestNamesakes: what people who may create things put in the way changes no number and is not run.
func TestNamesakes(t *testing.T) {
	w := makeTwo(t, `CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TABLE t (k mood PRIMARY KEY, id int, v text);
		INSERT INTO t VALUES ('sad', 1, 'x'), ('glad', 2, 'y'); CREATE TABLE u (id int PRIMARY KEY, v text); INSERT INTO u VALUES (1, 'x'), (2, 'y')`)
	w.inB(t, `CREATE TABLE ran (what text);
		CREATE FUNCTION lie(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'run: %', $1; END $$;
		CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT lie('sha256')::bytea $$;
		CREATE FUNCTION public.convert_to(text, text) RETURNS bytea LANGUAGE sql AS $$ SELECT lie('convert')::bytea $$;
		CREATE FUNCTION public.format(text, mood) RETURNS text LANGUAGE sql AS $$ SELECT lie('format') $$;
		CREATE FUNCTION public.count() RETURNS bigint LANGUAGE sql AS $$ SELECT lie('count')::bigint $$;
		CREATE FUNCTION public.moodtext(mood) RETURNS text LANGUAGE sql AS $$ SELECT lie('cast') $$;
		CREATE CAST (mood AS text) WITH FUNCTION public.moodtext(mood) AS IMPLICIT;
		CREATE FUNCTION public.same(mood, mood) RETURNS boolean LANGUAGE sql AS $$ SELECT lie('=')::boolean $$;
		CREATE OPERATOR public.= (LEFTARG = mood, RIGHTARG = mood, FUNCTION = public.same);
		CREATE FUNCTION public.same(oid, oid) RETURNS boolean LANGUAGE sql AS $$ SELECT lie('oid')::boolean $$;
		CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.same);
		CREATE VIEW public.pg_class AS SELECT lie('pg_class') AS oid; CREATE VIEW public.pg_index AS SELECT lie('pg_index') AS indrelid;
		CREATE SCHEMA other; CREATE VIEW other.t AS SELECT lie('view') AS id;
		ALTER TABLE u RENAME TO u_old; CREATE VIEW u AS SELECT 1 AS id, lie('u') AS v`)
	w.admin(t, "postgres", "ALTER ROLE ops_read IN DATABASE "+w.b+` SET search_path = public, pg_catalog`)
	w.one(t, "t").numbers(t, 0, 0, 0)
	w.inB(t, "UPDATE t SET v = 'z' WHERE id = 2")
	w.one(t, "t").numbers(t, 0, 0, 1)
	d := w.one(t, "u")
	d.numbers(t, 2, 0, 0)
	if d.Missing != B || !strings.Contains(d.Note, "view") {
		t.Errorf("%+v", d)
	}
	n, err := Counts(context.Background(), w.readB(), some())
	if diff := gocmp.Diff(map[string]int64{"public.ran": 0, "public.t": 2, "public.u_old": 2}, n); err != nil || diff != "" {
		t.Error(err, diff)
	}
	_, err = Counts(context.Background(), w.readB(), some("u"))
	says(t, err, "public.u is a view")
}

func TestNames(t *testing.T) {
	w := makeTwo(t, "CREATE SCHEMA stage; CREATE TABLE stage.users (id int); CREATE TABLE users (id int); CREATE TABLE plain (id int)")
	_, err := Compare(context.Background(), w.readA(), w.readB(), some("users"))
	says(t, err, "public.users, stage.users")
	_, err = Compare(context.Background(), w.readA(), w.readB(), some("withdrawals"))
	says(t, err, "no table withdrawals")
	_, err = Compare(context.Background(), w.readA(), w.readB(), some("pg_class"))
	says(t, err, "no table pg_class")
	// The whole of a name goes before a part of one.
	w.inA(t, `CREATE TABLE "stage.users" (id int)`)
	if d := w.one(t, "stage.users"); d.Name != "stage.users" {
		t.Errorf("%+v", d)
	}
	if r := w.compare(t, "public.users", "plain", "public.plain"); len(r.Tables) != 2 {
		t.Errorf("%+v", r)
	}
}

func TestUnreachable(t *testing.T) {
	w := makeTwo(t, "")
	_, err := Compare(context.Background(), w.readA(), w.side("ops_read", "nowhere"), some())
	says(t, err, "no such database")
	_, err = Compare(context.Background(), w.readA(), w.side("stranger", w.b), some())
	says(t, err, "password is wrong")
	_, err = Compare(context.Background(), w.readA(), Side{}, some())
	says(t, err, "config does not say")
	_, err = Compare(context.Background(), w.readA(), w.readB(), Options{})
	says(t, err, "how long")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Compare(ctx, w.readA(), w.readB(), some())
	says(t, err, "cancelled")
}

// TestOneSnapshot: rows that are written while we read are not seen, in no table.
func TestOneSnapshot(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)")
	o := some()
	o.Progress = func(what string) {
		if strings.Contains(what, "(2 of 2)") {
			w.both(t, "INSERT INTO b VALUES (1)")
			w.inB(t, "INSERT INTO b VALUES (2)")
		}
	}
	r, err := Compare(context.Background(), w.readA(), w.readB(), o)
	if err != nil || r.Tables[1].RowsA != 0 || !r.Tables[1].Same() {
		t.Errorf("%+v, %v", r, err)
	}
	n, err := Counts(context.Background(), w.readB(), some("a", "b"))
	if diff := gocmp.Diff(map[string]int64{"public.a": 0, "public.b": 2}, n); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestEncodings(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int)")
	w.admin(t, "postgres", "DROP DATABASE "+w.b+" WITH (FORCE)")
	w.admin(t, "postgres", "CREATE DATABASE "+w.b+" OWNER app ENCODING 'LATIN1' TEMPLATE template0")
	_, err := Compare(context.Background(), w.readA(), w.readB(), some())
	says(t, err, "UTF8 and LATIN1")
}

// TestCancelledComparison: no session goes on reading for nobody.
func TestCancelledComparison(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 200000)")
	ctx, cancel := context.WithCancel(context.Background())
	o := some()
	o.Tag, o.Progress = "twokey "+t.Name(), func(string) { cancel() }
	_, err := Compare(ctx, w.readA(), w.readB(), o)
	says(t, err, "public.t", "cancelled")
	w.eventually(t, "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = '"+o.Tag+"'")
}
