package rows

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (w two) document(t testing.TB, rows, bytes int, tables ...string) (string, Seen) {
	t.Helper()
	var out strings.Builder
	seen, err := Document(context.Background(), w.readA(), w.readB(), EachOptions{Options: some(tables...), MaxRows: rows, MaxBytes: bytes}, Labels{"backup", "live"},
		func(table string) (io.Writer, error) {
			out.WriteString("# " + table + "\n")
			return &out, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), seen
}

func TestDocument(t *testing.T) {
	w := makeTwo(t, `CREATE TABLE t (id int PRIMARY KEY, "Name" text, n numeric, twice numeric GENERATED ALWAYS AS (n * 2) STORED); CREATE TABLE u (v text); CREATE TABLE same (id int)`)
	w.inA(t, `INSERT INTO t VALUES (1, 'a', 1), (2, '', 2), (3, '=1+1', -3), (10, 'same', 1); INSERT INTO u VALUES ('x'), ('x'), ('x'), ('y'); CREATE TABLE gone (id int); INSERT INTO gone VALUES (7)`)
	w.inB(t, `INSERT INTO t VALUES (2, NULL, 2), (3, '-x', -3), (9, E'a,"b\n', 0), (10, 'same', 1); INSERT INTO u VALUES ('x'), ('z')`)
	got, seen := w.document(t, 100, 1000)
	want := `# public.gone
,id
only backup,7
# public.t
,id,Name,n
only backup,1,a,1
backup,2,,2
live,2,\N,2
backup,3,'=1+1,-3
live,3,'-x,-3
only live,9,"a,""b
",0
# public.u
,v
`
	if !strings.HasPrefix(got, want) || seen != (Seen{Rows: 9}) {
		t.Error(seen, cmp.Diff(want, got))
	}
	for line, n := range map[string]int{"only backup,x\n": 2, "only backup,y\n": 1, "only live,z\n": 1} { // in the order of their hashes
		if strings.Count(got[len(want):], line) != n {
			t.Errorf("%q is not %d times in %s", line, n, got)
		}
	}
}

func TestDocumentIsBounded(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int PRIMARY KEY, v text)")
	w.inA(t, "INSERT INTO t SELECT n, 'old' FROM generate_series(1, 20) n")
	w.inB(t, "INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(11, 30) n")
	got, seen := w.document(t, 12, 100000)
	if seen != (Seen{Rows: 12, Left: 18}) || strings.Count(got, "\n") != 2+10+2*2 {
		t.Errorf("%+v\n%s", seen, got)
	}
	got, seen = w.document(t, 100, 500)
	if seen.Rows+seen.Left != 30 || seen.Rows < 3 || len(got) > 1500 {
		t.Errorf("%+v\n%s", seen, got)
	}
	_, err := Each(context.Background(), w.readA(), w.readB(), EachOptions{Options: some()}, nil)
	says(t, err, "how many rows")
	_, err = Document(context.Background(), w.readA(), w.readB(), EachOptions{Options: some(), MaxRows: 5, MaxBytes: 500}, Labels{}, func(string) (io.Writer, error) { return nil, errors.New("no") })
	says(t, err, "written down")
}

// TestEachWithoutAKeyOnOneSide: rows twice in a copy without its index.
func TestEachWithoutAKeyOnOneSide(t *testing.T) {
	w := makeTwo(t, "")
	w.inA(t, "CREATE TABLE t (id int NOT NULL, v int); INSERT INTO t VALUES (1, 1), (2, 2), (2, 2)")
	w.inB(t, "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 0), (2, 2)")
	got, seen := w.document(t, 100, 1000)
	lines := strings.Split(got, "\n")
	if seen.Rows != 3 || len(lines) != 6 || !strings.Contains(got, "only backup,2,2") || !strings.Contains(got, "only backup,1,1") || !strings.Contains(got, "only live,1,0") {
		t.Errorf("%+v\n%s", seen, got)
	}
}

// TestNothingOfARowInErrors: the words of a server may be those of a row.
func TestNothingOfARowInErrors(t *testing.T) {
	w := makeTwo(t, "")
	w.inA(t, "CREATE TABLE t (id int PRIMARY KEY, v varchar(50)); INSERT INTO t VALUES (1, 'Rumpelstiltskin'), (2, 'Rumpelstiltskin'); CREATE TABLE n (id int PRIMARY KEY, v int); INSERT INTO n VALUES (4711, NULL)")
	w.inB(t, "CREATE TABLE t (id int PRIMARY KEY, v varchar(5)); CREATE TABLE n (id int PRIMARY KEY, v int NOT NULL)")
	for table, words := range map[string]string{"t": "not of the kind", "n": "column v of table public.n may not be empty"} {
		o := mergeOf(t, w.plan(t, table), all)
		w.refuses(t, o, words)
		_, err := w.merge(context.Background(), o)
		for _, part := range []string{"Rumpel", "4711"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("a row is in %q", err)
			}
		}
	}
	w.inB(t, "ALTER TABLE t ALTER v TYPE varchar(20), ADD CONSTRAINT one UNIQUE (v)")
	w.refuses(t, mergeOf(t, w.plan(t, "t"), all), "the constraint one of table public.t")
	if _, err := w.merge(context.Background(), mergeOf(t, w.plan(t, "t"), all)); strings.Contains(err.Error(), "Rumpel") {
		t.Errorf("a row is in %q", err)
	}
}
