package backupdrill

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/backup"
	"twokey/internal/pgtest"
	"twokey/internal/pgtools"
	"twokey/internal/restore"
	"twokey/internal/secret"
)

// cluster logs who connects to which database: that is how the tests know that nobody of ours was in production. As by default, it
// does not look whether a client is still there.
var cluster = pgtest.Shared{With: pgtest.Options{Settings: map[string]string{"log_connections": "on", "log_line_prefix": "%p ", "client_connection_check_interval": "0"}}}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-play" {
		os.Exit(play(os.Args[2:]))
	}
	code := m.Run()
	cluster.Stop()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var serial atomic.Uint64

const journal = "0123456789abcdef"

// shop is a service with its database, a folder of backups, and the drill about them.
type shop struct {
	*Drill
	pg      *pgtest.Server
	name    string
	id      uint64
	folder  string
	started time.Time
	printed bytes.Buffer
	before  map[string]*drills.Found
}

// schema has what is odd, too: names with capitals, a date that is none of a row, and times that lie ahead.
const schema = `
CREATE TABLE migrations (id serial PRIMARY KEY, "timestamp" bigint NOT NULL, name text NOT NULL);
INSERT INTO migrations ("timestamp", name) VALUES (1, 'First1'), (2, 'Second2');
CREATE TABLE "Users" (id int PRIMARY KEY, email text UNIQUE, born date, "createdAt" timestamptz NOT NULL);
CREATE TABLE deposits (id bigserial PRIMARY KEY, user_id int NOT NULL REFERENCES "Users", amount numeric(12, 2) NOT NULL, created_at timestamp NOT NULL);
CREATE TABLE plans (id int PRIMARY KEY, created_on date, updated_at timestamptz);
INSERT INTO "Users" SELECT n, 'u' || n || 'é@example.com', '2999-01-01', now() - n * interval '1 hour' - interval '%[1]s' FROM generate_series(1, 500) n;
INSERT INTO deposits (user_id, amount, created_at) SELECT 1 + n %% 500, n, now() AT TIME ZONE 'UTC' - n * interval '1 minute' - interval '%[1]s' FROM generate_series(1, 2000) n;
INSERT INTO plans VALUES (1, '2999-01-01', '2999-01-01'), (2, NULL, 'infinity'), (3, NULL, '-infinity');`

// open makes one. Its newest row is so much older than now.
func open(t *testing.T, older string) *shop {
	t.Helper()
	return openOn(t, cluster.Get(t), older)
}

func openOn(t *testing.T, pg *pgtest.Server, older string) *shop {
	t.Helper()
	id := serial.Add(1)
	name := fmt.Sprintf("shop%d", id)
	pg.Database(t, name)
	pg.Roles(t, name)
	pg.Exec(t, "app", name, fmt.Sprintf(schema, older))
	s := &shop{pg: pg, name: name, id: id, folder: t.TempDir(), started: time.Now(), before: map[string]*drills.Found{}}
	s.Drill = drillOf(pg, pg.Bin(), name, s.folder, filepath.Join(t.TempDir(), "pins"))
	t.Cleanup(func() {
		pg.Exec(t, "postgres", "postgres", fmt.Sprintf("DROP DATABASE IF EXISTS drill_%d WITH (FORCE)", id))
	})
	return s
}

func drillOf(pg *pgtest.Server, bin, name, folder, pins string) *Drill {
	tools := pgtools.Tools{Dir: bin}
	return New(Config{
		Shelf: backup.Shelf{Folders: []backup.Folder{{Name: "daily", Dir: folder}}},
		Scratch: restore.Scratch{Admin: secret.New(pg.URL("ops_restore", "postgres")), Load: secret.New(pg.URL("ops_load", "postgres")),
			Timeout: time.Minute},
		Tools: tools, Pins: pins, Production: Production{Name: name}, Migrations: "migrations", Runbook: "docs/restore.md",
		Checks: []Check{{Name: "users", SQL: `SELECT count(*) FROM "Users"`, Judge: moreThan("400")}},
	})
}

func moreThan(least string) func(string) (string, string) {
	return func(value string) (state, why string) {
		if len(value) > len(least) || len(value) == len(least) && value > least {
			return drills.Green, ""
		}
		return drills.Red, "want > " + least
	}
}

// dump makes a backup of the service's database as the superuser would.
func (s *shop) dump(t *testing.T, file string, args ...string) string {
	t.Helper()
	path := filepath.Join(s.folder, file)
	var out bytes.Buffer
	c := exec.CommandContext(t.Context(), filepath.Join(s.pg.Bin(), "pg_dump"), append(args, "-f", path, s.pg.URL("postgres", s.name))...)
	c.Stdout, c.Stderr, c.Env = &out, &out, []string{"TZ=UTC"}
	if err := c.Run(); err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, out.String())
	}
	settle(t, path)
	return path
}

// settle makes files as old as those nobody writes to any more.
func settle(t *testing.T, path string) {
	t.Helper()
	then := time.Now().Add(-time.Minute)
	must(t, filepath.Walk(path, func(p string, _ os.FileInfo, err error) error { return errors.Join(err, os.Chtimes(p, then, then)) }))
}

// made makes one with its manifest, as twokey does.
func (s *shop) made(t *testing.T, name string) backup.File {
	t.Helper()
	m := backup.Maker{Tools: s.Tools, Read: secret.New(s.pg.URL("ops_read", s.name)), Dir: s.folder, Folder: "daily", Tag: "test", Migrations: s.Migrations}
	f, err := m.Make(t.Context(), name)
	must(t, err)
	settle(t, f.Path)
	return f
}

func gzipped(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(text)
	must(t, errors.Join(err, z.Close(), os.WriteFile(path+".gz", b.Bytes(), 0o600), os.Remove(path)))
	settle(t, path+".gz")
	return path + ".gz"
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *shop) env(key string) rehearsal.Env {
	return rehearsal.Env{Exercise: s.id, Tag: fmt.Sprintf("%s/%d/%s", journal, s.id, key), Output: &s.printed, Progress: func(string) {},
		Before: s.before, Started: s.started}
}

// do does a step, and notes what it came to as the runner would.
func (s *shop) do(t *testing.T, key string) (drills.Found, error) {
	t.Helper()
	found, err := s.Do(t.Context(), s.env(key), key)
	s.before[key] = &found
	return found, err
}

var keys = []string{keyBackup, keyScratch, keyLoad, keyVerify, keyDrop}

// until does all steps up to one, which all end well, and that one.
func (s *shop) until(t *testing.T, last string) (drills.Found, error) {
	t.Helper()
	for _, key := range keys[:slices.Index(keys, last)] {
		if found, err := s.do(t, key); err != nil {
			t.Fatalf("%s: %v: %+v\n%s", key, err, found, s.printed.String())
		}
	}
	return s.do(t, last)
}

// cleaned cleans, and looks as a superuser whether nothing is left.
func (s *shop) cleaned(t *testing.T) {
	t.Helper()
	proof, err := s.Clean(t.Context(), s.env("clean"))
	if want := fmt.Sprintf("drill_%d is gone", s.id); err != nil || !strings.HasPrefix(proof, want) {
		t.Errorf("%q, %v", proof, err)
	}
	s.nothingLeft(t)
}

func (s *shop) nothingLeft(t *testing.T) {
	t.Helper()
	if left := s.pg.Query(t, "postgres", fmt.Sprintf(`SELECT string_agg(w, ', ') FROM (SELECT 'database ' || datname AS w FROM pg_database WHERE datname = 'drill_%[1]d'
		UNION ALL SELECT 'session of ' || usename || ' in ' || datname FROM pg_stat_activity WHERE datname = 'drill_%[1]d' OR application_name LIKE 'twokey %[2]s/%[1]d/%%') l`, s.id, journal)); left != "" {
		t.Errorf("left: %s", left)
	}
	if children := tagged(fmt.Sprintf("%s/%d/", journal, s.id)); len(children) > 0 {
		t.Errorf("left: processes %v", children)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Pins, "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// tagged are the processes that carry a tag which begins so.
func tagged(tag string) (pids []string) {
	found, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range found {
		env, _ := os.ReadFile(path)
		if strings.Contains("\x00"+string(env), "\x00TWOKEY_RUN="+tag) {
			pids = append(pids, filepath.Base(filepath.Dir(path)))
		}
	}
	return pids
}

// find is a check by the beginning of its name.
func find(f drills.Found, name string) drills.Check {
	for _, c := range f.Checks {
		if strings.HasPrefix(c.Name, name) {
			return c
		}
	}
	return drills.Check{}
}

// eventually waits for a fact.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !is() {
		if ctx.Err() != nil {
			t.Fatalf("not in a minute: %s", what)
		}
	}
}
