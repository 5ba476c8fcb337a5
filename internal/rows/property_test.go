package rows

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"
)

// model is a table as a map from its key, as SQL, to its content; without a key, from a row to how often it is there.
type model map[string]string

// naive counts what differs as anybody would.
func naive(a, b model) (onlyA, onlyB, changed int64) {
	for k, v := range a {
		if w, ok := b[k]; !ok {
			onlyA++
		} else if w != v {
			changed++
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			onlyB++
		}
	}
	return onlyA, onlyB, changed
}

func naiveBag(a, b model) (onlyA, onlyB int64) {
	count := func(m model, k string) int64 { n, _ := strconv.ParseInt("0"+m[k], 10, 64); return n }
	for k := range a {
		onlyA += max(0, count(a, k)-count(b, k))
	}
	for k := range b {
		onlyB += max(0, count(b, k)-count(a, k))
	}
	return onlyA, onlyB
}

const models = `CREATE COLLATION de (provider = icu, locale = 'de-u-ks-level2');
	CREATE TABLE by_number (k bigint PRIMARY KEY, v text, n numeric);
	CREATE TABLE by_text (k text COLLATE de PRIMARY KEY, v text, n numeric);
	CREATE TABLE by_both (k numeric, l text COLLATE de, v text, n numeric, PRIMARY KEY (l, k));
	CREATE TABLE by_nothing (v text, n numeric)`

var (
	aText = rapid.SampledFrom([]string{"''", "'a'", "'A'", "'ä'", "'b'", "' '", "'a b'", "'ab'", "'z'", `'\'`, "'\"'", "'€'", "'😀'", "'-'", "'10'", "'9'", "','", "E'\\t'", "E'\\n'", "'\\N'"})
	aNull = rapid.SampledFrom([]string{"NULL", "'NULL'", "''", "'x'", "'y'"})
	aDec  = rapid.SampledFrom([]string{"NULL", "0", "1", "1.0", "'NaN'", "-1"})
	value = rapid.Custom(func(t *rapid.T) string { return aNull.Draw(t, "v") + ", " + aDec.Draw(t, "n") })
	keys  = map[string]*rapid.Generator[string]{
		"by_number": rapid.Custom(func(t *rapid.T) string { return strconv.FormatInt(rapid.Int64Range(-12, 12).Draw(t, "k"), 10) }),
		"by_text":   aText,
		"by_both": rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"1", "2", "10", "-1", "0.5", "'NaN'"}).Draw(t, "k") + ", " + aText.Draw(t, "l")
		}),
	}
)

// insert writes a model.
func insert(table string, m model) string {
	var b strings.Builder
	b.WriteString("DELETE FROM " + table + ";")
	for k, v := range m {
		if table != "by_nothing" {
			fmt.Fprintf(&b, "INSERT INTO %s VALUES (%s, %s);", table, k, v)
		} else {
			fmt.Fprintf(&b, "INSERT INTO %s SELECT %s FROM generate_series(1, %s);", table, k, v)
		}
	}
	return b.String()
}

// TestPropertyOfRandomTables: Compare says what a naive comparison says, and after a merge only what was not asked for is left.
func TestPropertyOfRandomTables(t *testing.T) {
	if err := flag.Set("rapid.checks", "15"); err != nil {
		t.Fatal(err)
	}
	w := makeTwo(t, models)
	conn := map[string]*pgx.Conn{}
	for _, db := range []string{w.a, w.b} {
		c, err := pgx.Connect(context.Background(), w.s.URL("app", db))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(context.Background())
		conn[db] = c
	}
	rapid.Check(t, func(r *rapid.T) {
		a, b := map[string]model{}, map[string]model{}
		for db, all := range map[string]map[string]model{w.a: a, w.b: b} {
			sql := ""
			for _, table := range []string{"by_both", "by_nothing", "by_number", "by_text"} {
				if g := keys[table]; g != nil {
					all[table] = rapid.MapOfN(g, value, 0, 12).Draw(r, table)
				} else {
					all[table] = rapid.MapOfN(value, rapid.SampledFrom([]string{"1", "2", "3"}), 0, 8).Draw(r, table)
				}
				sql += insert(table, all[table])
			}
			if _, err := conn[db].Exec(context.Background(), sql); err != nil {
				r.Fatal(err)
			}
		}
		report, err := Compare(context.Background(), w.readA(), w.readB(), some())
		if err != nil {
			r.Fatal(err)
		}
		for _, d := range report.Tables {
			table := strings.TrimPrefix(d.Name, "public.")
			x, y, z := naive(a[table], b[table])
			if table == "by_nothing" {
				x, y = naiveBag(a[table], b[table])
				z = 0
			}
			if d.OnlyA != x || d.OnlyB != y || d.Changed != z {
				r.Fatalf("%+v, want %d, %d, %d", d, x, y, z)
			}
		}
		mergesTo(r, w, report)
	})
}

// mergesTo merges some kinds and compares again.
func mergesTo(r *rapid.T, w two, before Report) {
	k := Kinds{rapid.Bool().Draw(r, "insert"), rapid.Bool().Draw(r, "update"), rapid.Bool().Draw(r, "remove")}
	if k == (Kinds{}) {
		return
	}
	o := MergeOptions{Options: some("by_number", "by_text", "by_both"), Kinds: k, Limits: map[string]Change{}}
	for _, d := range before.Tables {
		o.Limits[d.Name] = Change{d.OnlyA, d.Changed, d.OnlyB}
	}
	m, err := w.merge(context.Background(), o)
	if err != nil {
		r.Fatal(err)
	}
	for _, d := range m.Tables {
		if d.Change != k.of(o.Limits[d.Name]) {
			r.Fatalf("%+v was done of %+v", d, o.Limits[d.Name])
		}
	}
	after, err := Compare(context.Background(), w.readA(), w.readB(), some(o.Tables...))
	if err != nil {
		r.Fatal(err)
	}
	for _, d := range after.Tables {
		was := o.Limits[d.Name]
		done := k.of(was)
		if (Change{d.OnlyA, d.Changed, d.OnlyB}) != (Change{was.Insert - done.Insert, was.Update - done.Update, was.Remove - done.Remove}) {
			r.Fatalf("%+v is left of %+v after %+v", d, was, k)
		}
	}
}

// numbersUpTo is a side of n rows that needs no memory but one row's.
func numbersUpTo(n, step int) func() (row, bool, error) {
	i := 0
	buf := make([]byte, 0, 20)
	r := row{key: make([][]byte, 1), hash: []byte("0123456789abcdef")}
	return func() (row, bool, error) {
		i += step
		buf = strconv.AppendInt(buf[:0], int64(i), 10)
		r.key[0] = buf
		return r, i <= n, nil
	}
}

// TestDiffNeedsNoMemory: a thousand times the rows need not one allocation more.
func TestDiffNeedsNoMemory(t *testing.T) {
	o := byColumns([]keyColumn{{"id", asNumber}})
	cost := func(n int) float64 {
		return testing.AllocsPerRun(5, func() {
			d, err := diff(newCursor(numbersUpTo(n, 1), o, true), newCursor(numbersUpTo(n, 2), o, true), o, nil)
			if err != nil || d.onlyA != int64(n-n/2) || d.onlyB != 0 || d.changed != 0 {
				t.Fatalf("%+v, %v", d, err)
			}
		})
	}
	if few, many := cost(1000), cost(100_000); many > few {
		t.Errorf("1 000 rows need %v allocations and 100 000 need %v", few, many)
	}
}

// TestOrderIsNotTrusted: rows out of order would be counted as lost and as new.
func TestOrderIsNotTrusted(t *testing.T) {
	list := func(keys ...string) func() (row, bool, error) {
		return func() (row, bool, error) {
			if len(keys) == 0 {
				return row{}, false, nil
			}
			r := row{key: [][]byte{[]byte(keys[0])}, hash: []byte("h")}
			keys = keys[1:]
			return r, true, nil
		}
	}
	o := byColumns([]keyColumn{{"id", asNumber}})
	try := func(a, b []string) error {
		_, err := diff(newCursor(list(a...), o, true), newCursor(list(b...), o, true), o, nil)
		return err
	}
	if err := try([]string{"9", "10"}, []string{"-1"}); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]string{{"10", "9"}, {"1", "3", "2"}, {"1", "1"}, {"1", "x"}} {
		if try(bad, nil) == nil || try([]string{"5"}, bad) == nil {
			t.Errorf("%v passes", bad)
		}
	}
}

// TestMemoryOfLongTables: 60 MB are compared and merged in a few.
func TestMemoryOfLongTables(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int PRIMARY KEY, v text)")
	w.inA(t, "INSERT INTO t SELECT n, repeat(md5(n::text), 64) FROM generate_series(1, 30000) n")
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		tick, peak := time.NewTicker(2*time.Millisecond), uint64(0)
		defer tick.Stop()
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
			select {
			case <-tick.C:
			case <-stop:
				most <- peak
				return
			}
		}
	}()
	w.merged(t, all, "t")
	w.one(t, "t").numbers(t, 0, 0, 0)
	close(stop)
	if peak := <-most; peak > before.HeapAlloc+16<<20 {
		t.Errorf("%d MB", peak>>20)
	}
}

func BenchmarkCompare(b *testing.B) {
	const n = 200_000
	w := makeTwo(b, fmt.Sprintf("CREATE TABLE t (id bigint PRIMARY KEY, who text, amount numeric(20,8), at timestamptz); INSERT INTO t SELECT n, 'user' || n, n / 7.0, '2024-01-01'::timestamptz + n * interval '1 min' FROM generate_series(1, %d) n", n))
	for b.Loop() {
		w.one(b, "t").numbers(b, 0, 0, 0)
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
}
