package restore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twokey/internal/pgtools"
	"twokey/internal/restore"
)

// policed is a schema under row-level security that binds the owner, too, on both ends of a foreign key, with a materialized view of
// such a table, and all that policies may be. quiet is a table whose policy waits for the security to be switched on.
const policed = `
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE "Odd notes" (id int PRIMARY KEY, tenant int NOT NULL REFERENCES tenants, body text);
CREATE TABLE quiet (id int);
INSERT INTO tenants SELECT n, 't' || n FROM generate_series(1, 50) n;
INSERT INTO "Odd notes" SELECT n, 1 + n % 50, 'ALTER TABLE public.quiet ENABLE ROW LEVEL SECURITY;' FROM generate_series(1, 500) n;
CREATE VIEW named AS SELECT * FROM tenants;
CREATE MATERIALIZED VIEW names AS SELECT name FROM named;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM names;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON tenants TO app USING (id = 1);
ALTER TABLE "Odd notes" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "My own" ON "Odd notes" AS RESTRICTIVE FOR UPDATE TO app, ops_read USING (tenant = 1) WITH CHECK (tenant < 5);
CREATE POLICY mine ON "Odd notes" USING (tenant IN (SELECT id FROM tenants));
ALTER TABLE deposits ENABLE ROW LEVEL SECURITY;
ALTER TABLE quiet FORCE ROW LEVEL SECURITY;
CREATE POLICY later ON quiet USING (true)`

// policies are what backup.Contents says of it.
var policies = [][3]string{
	{"public", "Odd notes", "enabled"}, {"public", "Odd notes", "forced"}, {"public", "Odd notes", "policy My own"}, {"public", "Odd notes", "policy mine"},
	{"public", "deposits", "enabled"}, {"public", "quiet", "forced"}, {"public", "quiet", "policy later"},
	{"public", "tenants", "enabled"}, {"public", "tenants", "forced"}, {"public", "tenants", "policy mine"},
}

// securityOf is all that the catalogue says of row-level security.
const securityOf = `SELECT string_agg(t, E'\n' ORDER BY t) FROM (
	SELECT format('%s %s %s', oid::regclass, relrowsecurity, relforcerowsecurity) AS t FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
	UNION ALL SELECT format('%s %s %s %s %s %s %s', tablename, policyname, permissive, roles, cmd, qual, with_check) FROM pg_policies) x`

// TestWhyRowSecurityComesLast shows what a load at once stumbled over. The list is in an order that --jobs may come to.
func TestWhyRowSecurityComesLast(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "app", s.name, policed)
	file := s.dump(t, "-Fc")
	live := s.look(t)
	name, _ := s.names()
	var foreign, secures, rest []string
	for line := range strings.Lines(s.tool(t, "pg_restore", "--list", file)) {
		switch {
		case strings.Contains(line, " FK CONSTRAINT "):
			foreign = append(foreign, line)
		case strings.Contains(line, " ROW SECURITY "):
			secures = append(secures, line)
		case !strings.Contains(line, " MATERIALIZED VIEW DATA ") && !strings.Contains(line, " ACL "):
			rest = append(rest, line)
		}
	}
	for _, tt := range []struct {
		why   string
		order [][]string
		says  string
	}{
		{"as --jobs may have it", [][]string{rest, secures, foreign}, "query would be affected by row-level security policy"},
		{"keys first", [][]string{rest, foreign, secures}, ""},
	} {
		t.Run(tt.why, func(t *testing.T) {
			must(t, s.Create(t.Context(), live, name))
			defer func() { must(t, s.DropCopy(t.Context(), s.name, s.id)) }()
			list := filepath.Join(t.TempDir(), "list")
			var text strings.Builder
			for _, part := range tt.order {
				text.WriteString(strings.Join(part, ""))
			}
			must(t, os.WriteFile(list, []byte(text.String()), 0o600))
			said := s.try("pg_restore", "--no-owner", "--exit-on-error", "--use-list="+list, "--dbname="+s.pg.URL("ops_load", name), file)
			if tt.says == "" && said != "" || !strings.Contains(said, tt.says) {
				t.Errorf("it says %q, want %q", said, tt.says)
			}
		})
	}
}

// TestRowLevelSecurityThatBindsTheOwner: every format of a backup comes back with it, rows and keys and all.
func TestRowLevelSecurityThatBindsTheOwner(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "app", s.name, policed)
	live := s.look(t)
	name, _ := s.names()
	want := s.query(t, securityOf)
	for _, tt := range []struct {
		why  string
		args []string
		load func(file string) (restore.Loaded, error)
	}{
		{"custom, several at once", []string{"-Fc"}, s.archive(t, func(f string) restore.Source { return restore.Source{Path: f} }, 4)},
		{"custom, one by one", []string{"-Fc"}, s.archive(t, func(f string) restore.Source { return restore.Source{Path: f} }, 0)},
		{"custom, as a stream", []string{"-Fc"}, s.archive(t, func(f string) restore.Source { return restore.Source{Stream: reader(t, f)} }, 0)},
		{"directory", []string{"-Fd"}, s.archive(t, func(f string) restore.Source { return restore.Source{Path: f} }, 2)},
		{"tar", []string{"-Ft"}, s.archive(t, func(f string) restore.Source { return restore.Source{Path: f} }, 0)},
		{"plain", nil, s.script(t)},
		{"plain with statements for rows", []string{"--inserts"}, s.script(t)},
	} {
		t.Run(tt.why, func(t *testing.T) {
			must(t, s.Create(t.Context(), live, name))
			defer func() { must(t, s.DropCopy(t.Context(), s.name, s.id)) }()
			loaded, err := tt.load(s.dump(t, tt.args...))
			must(t, err)
			if got := s.pg.Query(t, name, securityOf); got != want {
				t.Errorf("the copy has\n%s\nwant\n%s", got, want)
			}
			const rows = `SELECT (SELECT count(*) FROM tenants) || ' ' || (SELECT count(*) FROM "Odd notes") || ' ' || (SELECT count(*) FROM names) || ' ' || (SELECT count FROM counted)
				|| ' ' || (SELECT string_agg(convalidated::text, ' ') FROM pg_constraint WHERE contype = 'f')`
			if got := s.pg.Query(t, name, rows); got != "50 500 50 50 true true" {
				t.Errorf("the copy has %s", got)
			}
			if !strings.Contains(fmt.Sprint(loaded.Notes), "materialized view public.names was made of all rows") {
				t.Errorf("nobody is told: %q", loaded.Notes)
			}
			// What is done to it before the switch, and as its owner, must not lose anything.
			must(t, s.Prepare(t.Context(), live, name, []string{"UPDATE tenants SET name = 'x' WHERE id > 40", "DELETE FROM \"Odd notes\" WHERE tenant > 40"}))
			if got := s.pg.Query(t, name, `SELECT (SELECT count(*) FROM tenants WHERE name = 'x') || ' ' || count(*) FROM "Odd notes"`); got != "10 400" {
				t.Errorf("before_switch saw other rows than all: %s", got)
			}
			_, err = s.Adopt(t.Context(), live, name)
			must(t, err)
			if got := s.pg.Query(t, name, securityOf); got != want {
				t.Errorf("the adopted copy has\n%s\nwant\n%s", got, want)
			}
		})
	}
	// The role that loads did not become more for it.
	if got := s.query(t, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'ops_load'"); got != "f" {
		t.Error("ops_load sees past row-level security")
	}
}

// TestRowLevelSecurityInAContainer: nothing can be taken out of the order there, which has the keys before it. A materialized view comes
// after it, and that the load fails by it is said.
func TestRowLevelSecurityInAContainer(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "app", s.name, strings.ReplaceAll(policed, "CREATE MATERIALIZED VIEW", "CREATE VIEW"))
	want, live := s.query(t, securityOf), s.look(t)
	name, _ := s.names()
	docker := filepath.Join(t.TempDir(), "docker")
	// It takes what docker exec takes, and runs the program here.
	must(t, os.WriteFile(docker, []byte("#!/bin/sh\nwhile [ \"$1\" != there ]; do shift; done; shift\np=$1; shift; exec "+s.pg.Bin()+"/$p \"$@\"\n"), 0o755))
	s.Tools = pgtools.Tools{Prefix: []string{docker, "exec", "there"}, Inside: fmt.Sprintf("%s:%d", s.pg.Host, s.pg.Port)}
	load := s.archive(t, func(f string) restore.Source { return restore.Source{Path: f} }, 4)
	must(t, s.Create(t.Context(), live, name))
	_, err := load(s.dump(t, "-Fc"))
	must(t, err)
	if got := s.pg.Query(t, name, securityOf); got != want {
		t.Errorf("the copy has\n%s\nwant\n%s", got, want)
	}
	must(t, s.DropCopy(t.Context(), s.name, s.id))
	s.pg.Exec(t, "app", s.name, "CREATE MATERIALIZED VIEW more AS SELECT * FROM tenants")
	must(t, s.Create(t.Context(), live, name))
	if _, err := load(s.dump(t, "-Fc")); err == nil || !strings.Contains(err.Error(), "query would be affected by row-level security policy") {
		t.Errorf("a materialized view: %v", err)
	}
}

// archive loads one from where at says.
func (s shop) archive(t *testing.T, at func(file string) restore.Source, jobs int) func(string) (restore.Loaded, error) {
	name, _ := s.names()
	return func(file string) (restore.Loaded, error) {
		return s.LoadArchive(t.Context(), name, at(file), restore.Options{Jobs: jobs, Security: policies}, nil)
	}
}

func (s shop) script(t *testing.T) func(string) (restore.Loaded, error) {
	name, _ := s.names()
	return func(file string) (restore.Loaded, error) {
		return s.LoadPlain(t.Context(), name, reader(t, file), restore.Options{Security: policies})
	}
}

// TestACopyWithOtherRowLevelSecurity is no copy of the backup, whether it has less or more.
func TestACopyWithOtherRowLevelSecurity(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "app", s.name, policed)
	live := s.look(t)
	name, _ := s.names()
	more := append([][3]string{{"public", "users", "enabled"}, {"public", "users", "policy p"}}, policies...)
	for _, tt := range []struct {
		why   string
		wants [][3]string
		says  string
	}{
		{"less than the backup's", more, "public.users is not enabled, public.users is not under the policy p"},
		{"a policy more", policies[:len(policies)-1], "public.tenants is under the policy mine"},
		{"forced, and should not be", policies[:len(policies)-2], "public.tenants is forced"},
		{"none was expected", [][3]string{}, "and 5 more"},
		{"an old dump names no schema", [][3]string{{"", "users", "enabled"}}, "users is not enabled"},
		{"nobody knows", nil, ""},
	} {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, plain %t", tt.why, plain), func(t *testing.T) {
				must(t, s.Create(t.Context(), live, name))
				defer func() { must(t, s.DropCopy(t.Context(), s.name, s.id)) }()
				var err error
				if o := (restore.Options{Security: tt.wants}); plain {
					_, err = s.LoadPlain(t.Context(), name, reader(t, s.dump(t)), o)
				} else {
					_, err = s.LoadArchive(t.Context(), name, restore.Source{Path: s.dump(t, "-Fc")}, o, nil)
				}
				if says := sentence(err); tt.says == "" && err != nil || !strings.Contains(says, tt.says) || tt.says != "" && !strings.Contains(says, "is not the backup's") {
					t.Errorf("it says %q, want %q", says, tt.says)
				}
			})
		}
	}
}

// TestBeforeSwitchUnderDeferredKeys: what is put back at its end waits for no foreign key.
func TestBeforeSwitchUnderDeferredKeys(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "app", s.name, `CREATE TABLE tenants (id int PRIMARY KEY); INSERT INTO tenants VALUES (1), (2);
		CREATE TABLE notes (tenant int REFERENCES tenants DEFERRABLE INITIALLY DEFERRED); INSERT INTO notes VALUES (1)`)
	s.pg.Exec(t, "app", s.name, "ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	_, err := s.LoadArchive(t.Context(), name, restore.Source{Path: s.dump(t, "-Fc")}, restore.Options{Jobs: 2}, nil)
	must(t, err)
	must(t, s.Prepare(t.Context(), live, name, []string{"UPDATE notes SET tenant = 2"}))
	if err := s.Prepare(t.Context(), live, name, []string{"UPDATE notes SET tenant = 3"}); err == nil {
		t.Error("a row points to nothing")
	}
	if got := s.pg.Query(t, name, "SELECT string_agg(tenant::text, ' ') || (SELECT relforcerowsecurity FROM pg_class WHERE relname = 'notes') FROM notes"); got != "2true" {
		t.Errorf("the copy has %s", got)
	}
}

// TestInPlaceUnderRowLevelSecurity: it is put back as it was in the backup; what cannot be is told.
func TestInPlaceUnderRowLevelSecurity(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "app", s.name, strings.ReplaceAll(policed, "CREATE MATERIALIZED VIEW", "CREATE VIEW"))
	want, file := s.query(t, securityOf), s.dump(t, "-Fc")
	s.pg.Exec(t, "app", s.name, `ALTER TABLE tenants DISABLE ROW LEVEL SECURITY; DROP POLICY mine ON "Odd notes"; CREATE POLICY more ON tenants USING (false)`)
	must(t, s.InPlace(t.Context(), restore.Source{Path: file}, restore.Options{Security: policies}, nil))
	if got := s.query(t, securityOf); got != want {
		t.Errorf("it has\n%s\nwant\n%s", got, want)
	}
	if got := s.query(t, `SELECT (SELECT count(*) FROM tenants) || ' ' || count(*) FROM "Odd notes"`); got != "50 500" {
		t.Errorf("it has %s", got)
	}
	err := s.InPlace(t.Context(), restore.Source{Path: file}, restore.Options{Security: append([][3]string{{"public", "users", "enabled"}}, policies...)}, nil)
	if !strings.Contains(sentence(err), "is not the backup's: public.users is not enabled") {
		t.Errorf("%v", err)
	}
}
