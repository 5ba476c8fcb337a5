package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"

	"twokey/internal/pgtest"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

// business is the shop without what only its owner may read.
var business = strings.Replace(shop, `SELECT lo_from_bytea(0, '\x5c2e0a');`, "", 1)

func maker(t *testing.T, name string) (Maker, *pgtest.Server) {
	t.Helper()
	pg := cluster.Get(t)
	pg.Database(t, name)
	pg.Exec(t, "app", name, business)
	return Maker{Tools: tools(t), Read: secret.New(pg.URL("ops_read", name)), Dir: t.TempDir(), Folder: "daily", Tag: "run/1", By: 1201, Migrations: "migrations"}, pg
}

func TestMake(t *testing.T) {
	m, pg := maker(t, "made")
	pg.Exec(t, "postgres", "made", `COMMENT ON DATABASE made IS 'the shop'; ALTER DATABASE made CONNECTION LIMIT 30; ALTER DATABASE made SET work_mem = '7MB';
		ALTER ROLE app IN DATABASE made SET work_mem = '8MB'; GRANT CONNECT ON DATABASE made TO ops_read; CREATE EXTENSION pg_trgm`)
	var said []string
	m.Progress = func(s string) { said = append(said, s) }
	f, err := m.Make(t.Context(), "made_20261125_040000.dump")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.Path); err != nil || info.Mode() != 0o600 || f.Format != CustomZstd || !f.Usable() || f.MadeFrom != FromManifest {
		t.Errorf("%v, %+v", err, f)
	}
	if len(said) != 10 || said[9] != "10 of 10 tables" {
		t.Errorf("it says %q", said)
	}
	p, err := Pin(t.Context(), f, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Intact(); err != nil {
		t.Error(err)
	}
	got, err := decode(t, p)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "made", got)
	w := f.Manifest
	if diff := cmp.Diff(got.Tables, w.Rows); diff != "" {
		t.Errorf("rows, decoded and in the manifest: %s", diff)
	}
	settings := Settings{Owner: "app", Encoding: "UTF8", Collate: "C", CType: "C", Provider: w.Settings.Provider, ConnectionLimit: 30, Comment: "the shop",
		Grants: w.Settings.Grants, Set: []Set{{Values: []string{"work_mem=7MB"}}, {Role: "app", Values: []string{"work_mem=8MB"}}}}
	if diff := cmp.Diff(settings, w.Settings); diff != "" || !slices.Contains(w.Settings.Grants, "ops_read=c/app") {
		t.Errorf("settings: %s %q", diff, w.Settings.Grants)
	}
	if w.By != 1201 || w.Database != "made" || w.MigrationHead != "Migration12" || w.Server == "" || w.Tool == "" || !slices.Equal(w.Roles, []string{"app", "ops_read"}) {
		t.Errorf("%+v", w)
	}
	if all, _ := json.Marshal(w); strings.Contains(string(all), pg.Password()) {
		t.Error("the password is in the manifest")
	}
	if left, _ := os.ReadDir(m.Dir); len(left) != 2 {
		t.Errorf("%d files, not the backup and its manifest", len(left))
	}
	if _, err := m.Make(t.Context(), "made_20261125_040000.dump"); err == nil || !strings.Contains(err.Error(), "there is something called") {
		t.Errorf("over another: %v", err)
	}
	restored(t, pg, p)
}

// restored loads it elsewhere, with pg_restore, and counts.
func restored(t *testing.T, pg *pgtest.Server, p Pinned) {
	t.Helper()
	r, err := p.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	archive, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	pg.Database(t, "restored")
	if _, err := run(t, pg, "pg_restore", archive, "-e", "-d", "restored"); err != nil {
		t.Fatal(err)
	}
	if n := pg.Query(t, "restored", "SELECT count(*) FROM users"); n != "2000" {
		t.Errorf("%s users came back", n)
	}
}

// TestCountsAreThoseOfTheDump while four write.
func TestCountsAreThoseOfTheDump(t *testing.T) {
	m, pg := maker(t, "busy")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var writers, begun sync.WaitGroup
	var n atomic.Int64
	for i := range 4 {
		begun.Add(1)
		writers.Go(func() {
			first := sync.OnceFunc(begun.Done)
			defer first()
			conn, err := pgx.Connect(t.Context(), pg.URL("app", "busy"))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close(context.Background())
			for ctx.Err() == nil {
				table := []string{"deposits", "transactions"}[i%2]
				if _, err := conn.Exec(t.Context(), "INSERT INTO "+table+"(user_id, amount) SELECT 1, generate_series(1, 7)"); err != nil {
					t.Error(err)
					return
				}
				n.Add(7)
				first()
			}
		})
	}
	begun.Wait()
	before := n.Load()
	f, err := m.Make(t.Context(), "busy.dump")
	during := n.Load() - before
	stop()
	writers.Wait()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Pin(t.Context(), f, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(t, p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.Manifest.Rows, got.Tables); diff != "" {
		t.Errorf("rows (-manifest +decoded)\n%s", diff)
	}
	sum := got.Rows()["public.deposits"] + got.Rows()["public.transactions"]
	if now := 7000 + n.Load(); during == 0 || sum < 7000+before || sum >= now {
		t.Errorf("%d rows in the dump; before it %d, during it %d, now %d", sum, 7000+before, during, now)
	}
}

func TestAFailedDumpLeavesNothing(t *testing.T) {
	m, pg := maker(t, "failing")
	nothing := func(name string, m Maker, err error, says string) {
		t.Helper()
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Sentence, says) || e.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
		if !empty(t, m.Dir) {
			t.Errorf("%s: something is left", name)
		}
		if strings.Contains(fmt.Sprintf("%v %+v", err, errors.Unwrap(err)), pg.Password()) {
			t.Errorf("%s: the password is in the error", name)
		}
	}

	killed := m
	child := make(chan proc.Process, 1)
	killed.began = func(p proc.Process) { child <- p }
	kill := sync.OnceFunc(func() {
		if err := syscall.Kill((<-child).PID, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	})
	killed.tap = func(w io.Writer) io.Writer {
		return tap(func(b []byte) (int, error) { kill(); return w.Write(b) })
	}
	_, err := killed.Make(t.Context(), "a.dump")
	nothing("killed", m, err, "pg_dump was ended by a signal")

	full := m
	full.Floor, full.free = 10, func(string) (int64, error) { return 9, nil }
	_, err = full.Make(t.Context(), "a.dump")
	nothing("full before", m, err, "the disk is full")
	var looks int
	full.free = func(string) (int64, error) { looks++; return int64(11 - looks), nil }
	_, err = full.Make(t.Context(), "a.dump")
	nothing("full meanwhile", m, err, "the disk is full")

	ctx, cancel := context.WithCancel(t.Context())
	cancelled := m
	cancelled.tap = func(w io.Writer) io.Writer {
		return tap(func(b []byte) (int, error) { cancel(); return w.Write(b) })
	}
	if _, err := cancelled.Make(ctx, "a.dump"); !errors.Is(err, context.Canceled) || !empty(t, m.Dir) {
		t.Errorf("cancelled: %v, or something is left", err)
	}

	elsewhere := m
	elsewhere.Read = secret.New(strings.Replace(pg.URL("ops_read", "failing"), "failing", "not_there", 1))
	_, err = elsewhere.Make(t.Context(), "a.dump")
	nothing("no such database", m, err, "cannot be reached")

	for _, name := range []string{"", "../a.dump", "a/b", ".a", "a\nb", strings.Repeat("a", 300)} {
		_, err = m.Make(t.Context(), name)
		nothing(name, m, err, "cannot be called")
	}

	pg.Exec(t, "app", "failing", "ALTER TABLE users ENABLE ROW LEVEL SECURITY")
	_, err = m.Make(t.Context(), "a.dump")
	nothing("rows that may not be seen", m, err, "row-level security")

	pg.Exec(t, "app", "failing", "SELECT lo_from_bytea(0, 'x'); ALTER TABLE users DISABLE ROW LEVEL SECURITY")
	_, err = m.Make(t.Context(), "a.dump")
	nothing("what pg_dump may not read", m, err, "permission denied for large object")
}

type tap func(b []byte) (int, error)

func (f tap) Write(b []byte) (int, error) { return f(b) }

func TestExcludedTablesAreMadeAndEmpty(t *testing.T) {
	m, _ := maker(t, "excluding")
	m.Exclude = []string{"public.parts_*", `public.odd; Type: TABLE "x".y`, "public.nothing"}
	f, err := m.Make(t.Context(), "a.dump")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Pin(t.Context(), f, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(t, p)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{`public."odd; Type: TABLE ""x"".y"`, "public.parts_high", "public.parts_low"}
	if !slices.Equal(f.Manifest.Excluded, out) || len(got.Tables) != len(shopRows)-3 || len(got.Made) != len(shopRows)+1 {
		t.Errorf("excluded %q, %d tables with rows, %d made", f.Manifest.Excluded, len(got.Tables), len(got.Made))
	}
	live := append([]string{"public.users"}, out...)
	if gone := Complete(got, live, m.Exclude); len(gone) > 0 {
		t.Errorf("%q would vanish, though the config says so", gone)
	}
	if gone := Complete(got, live, nil); !slices.Equal(gone, out) {
		t.Errorf("%q would vanish, not %q", gone, out)
	}
}

// TestAStoppedMakerIsNoBackup: what a crash leaves is never the latest, at any point.
func TestWhatACrashLeavesIsNoBackup(t *testing.T) {
	dir := made(t)
	m := Maker{Dir: filepath.Join(dir, "daily"), free: plenty}
	o, err := m.create("a.dump")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Write(archive(14, night)); err != nil {
		t.Fatal(err)
	}
	if err := o.finish(); err != nil {
		t.Fatal(err)
	}
	s := settledShelf(shelf(dir))
	if f, err := s.Find(t.Context(), "latest"); err == nil {
		t.Errorf("%s is the latest", f.Name)
	}
	if err := o.publish(Manifest{Version: manifestVersion, SHA256: o.sum(), Size: o.size, Made: night}); err != nil {
		t.Fatal(err)
	}
	if f := find(t, s, "latest"); f.Name != "a.dump" || f.Manifest == nil || f.Trouble != "" {
		t.Errorf("%+v", f)
	}
	if _, err := m.create("a.dump"); err == nil {
		t.Error("a backup may be written over")
	}
	other, err := m.create("b.dump")
	if err != nil {
		t.Fatal(err)
	}
	if err := other.finish(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "daily", "b.dump"), []byte("somebody else's"), night)
	if err := other.publish(Manifest{}); err == nil {
		t.Error("somebody else's file was written over")
	}
	other.discard()
	if b, _ := os.ReadFile(filepath.Join(dir, "daily", "b.dump")); string(b) != "somebody else's" {
		t.Error("somebody else's file is gone")
	}
}

func TestOursIsPlainZstd(t *testing.T) {
	dir := t.TempDir()
	o, err := Maker{Dir: dir, free: plenty}.create("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(o, "hello"); err != nil {
		t.Fatal(err)
	}
	if err := o.finish(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "a.tmp"))
	if err != nil || hashOf(b) != o.sum() || int64(len(b)) != o.size {
		t.Errorf("%v, or its hash is another", err)
	}
	r, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := r.DecodeAll(b, nil); string(got) != "hello" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	b[len(b)-1] ^= 1
	if _, err := r.DecodeAll(b, nil); err == nil {
		t.Error("it has no checksum")
	}
}
