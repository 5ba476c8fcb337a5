package shop

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"twokey/internal/pgtest"
)

var postgres pgtest.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

// inDatabase is a shop with one, and backups.
func inDatabase(t *testing.T, name string) (Dir, Settings) {
	t.Helper()
	pg := postgres.Get(t)
	pg.Database(t, name)
	dir := t.TempDir()
	s := Settings{Owner: me(t), Every: time.Millisecond, Database: filepath.Join(dir, "app.url"), Backups: filepath.Join(dir, "backups"),
		Tools: pg.Bin(), Night: Night(time.Now())}
	for _, err := range []error{os.WriteFile(s.Database, []byte(pg.URL("app", name)+"\n"), 0o600), os.Mkdir(s.Backups, 0o700),
		Create(t.Context(), Dir(filepath.Join(dir, "shop")), s)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return Dir(filepath.Join(dir, "shop")), s
}

func look(t *testing.T, d Dir) State {
	t.Helper()
	s, err := d.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestATableIsCorruptedAndMended(t *testing.T) {
	d, _ := inDatabase(t, "shop_corrupt")
	before := look(t, d)
	act(t, d, Corrupt)
	is := look(t, d)
	if is.Zeroed == 0 || is.SignUps != before.SignUps-3 || is.Orders >= before.Orders || is.Revenue >= before.Revenue {
		t.Errorf("corrupted: %+v, before: %+v", is, before)
	}
	var log bytes.Buffer
	till, err := d.till()
	if err != nil {
		t.Fatal(err)
	}
	defer till.close()
	c := cashier{dir: d, till: till, log: &log}
	for n := range uint64(2 * seldom) {
		if err := c.sell(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(log.String(), "refused"); n != 2*seldom-2 {
		t.Errorf("%d of %d orders were refused: %s", n, 2*seldom, log.String())
	}
	act(t, d, Mend)
	if is := look(t, d); is.Zeroed != 0 || is.Doubled != 0 {
		t.Errorf("mended: %+v", is)
	}
}

func TestAMigrationFailsOrdersAndIsReverted(t *testing.T) {
	d, _ := inDatabase(t, "shop_migrate")
	sell := func() (string, error) {
		var log bytes.Buffer
		c := cashier{dir: d, log: &log}
		var err error
		for n := range uint64(4) { // one of them is no sign-up
			if err = c.sell(t.Context(), n); err != nil {
				return log.String(), err
			}
		}
		c.till.close()
		return log.String(), nil
	}
	if err := d.Revert(t.Context()); err == nil {
		t.Error("the first migrations were taken back")
	}
	act(t, d, Migrate)
	act(t, d, Migrate) // once more is nothing more
	if log, err := sell(); err == nil || !strings.Contains(err.Error(), "discount") || !d.is(Failing) {
		t.Errorf("orders do not fail: %v, %s", err, log)
	}
	signsUp := uint64(0)
	for !next(signsUp).signUp {
		signsUp++
	}
	if c := (cashier{dir: d, log: io.Discard}); c.sell(t.Context(), signsUp) != nil || !d.is(Failing) {
		t.Error("a sign-up says that orders do not fail")
	} else {
		c.till.close()
	}
	names, err := d.Migrations(t.Context())
	if err != nil || len(names) != 3 || !strings.HasPrefix(names[2], "AddDiscounts") {
		t.Errorf("migrations: %q, %v", names, err)
	}
	if err := d.Revert(t.Context()); err != nil {
		t.Fatal(err)
	}
	if log, err := sell(); err != nil || d.is(Failing) {
		t.Errorf("orders still fail: %v, %s", err, log)
	}
	if names, _ := d.Migrations(t.Context()); len(names) != 2 {
		t.Errorf("migrations: %q", names)
	}
}

func TestBackupsAreSpoiled(t *testing.T) {
	d, s := inDatabase(t, "shop_spoil")
	act(t, d, Spoil)
	wants := map[time.Duration]struct {
		tables []string
		whole  bool
	}{WholeAt: {[]string{"users", "orders", "payments", "banner"}, true}, CutAt: {nil, false}, FewAt: {[]string{"users", "orders"}, true}}
	for at, want := range wants {
		file := filepath.Join(s.Backups, fmt.Sprintf("shop_%s.sql.gz", s.Night.Add(at).Format("20060102_150405")))
		text, err := unpacked(file)
		has := slices.DeleteFunc([]string{"users", "orders", "payments", "banner"}, func(table string) bool { return !strings.Contains(text, "COPY public."+table+" ") })
		if (err == nil) != want.whole || want.whole && !slices.Equal(has, want.tables) {
			t.Errorf("%s: has %q, %v; want %+v", file, has, err, want)
		}
		if st, err := os.Stat(file); err != nil || !st.ModTime().Equal(s.Night.Add(at)) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if !look(t, d).Spoiled {
		t.Error("nobody can see it")
	}
}

func unpacked(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(z)
	return string(text), err
}

// TestTheNightIsOver: all of its backups are of the past, and the demo calls none too old.
func TestTheNightIsOver(t *testing.T) {
	for _, clock := range []string{"2026-11-25T00:00:00Z", "2026-11-25T05:00:00Z", "2026-11-25T05:01:00Z", "2026-11-25T23:59:59Z", "2026-11-25T03:00:00+09:00"} {
		now, err := time.Parse(time.RFC3339, clock)
		if err != nil {
			t.Fatal(err)
		}
		if age := now.Sub(Night(now)); age < FewAt || age > 30*time.Hour {
			t.Errorf("%s: the night began %s ago", clock, age)
		}
	}
}

// TestNothingOfTheDataCanBeWrongInAFile: without a database there is no way.
func TestNothingOfTheDataCanBeWrongInAFile(t *testing.T) {
	d, _ := create(t, me(t))
	for _, what := range []string{Corrupt, Migrate, Spoil} {
		if err := d.Act(t.Context(), what); err != errNoDatabase {
			t.Errorf("%s: %v", what, err)
		}
	}
}
