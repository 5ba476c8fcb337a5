package restore_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"twokey/internal/pgtools"
	"twokey/internal/restore"
)

// trap is a folder into which a file would come if something of a backup were executed on the host, by us or by the server.
func trap(t *testing.T) (path string, check func()) {
	dir := t.TempDir()
	for d := dir; d != os.TempDir(); d = filepath.Dir(d) {
		must(t, os.Chmod(d, 0o777))
	}
	return filepath.Join(dir, "pwned"), func() {
		t.Helper()
		if found, _ := os.ReadDir(dir); len(found) > 0 {
			t.Errorf("something was executed on the host: %v", found)
			must(t, os.Remove(filepath.Join(dir, found[0].Name())))
		}
	}
}

// TestAPlainDumpWithCommands: none is executed, and each is refused in words that say so.
func TestAPlainDumpWithCommands(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	path, check := trap(t)
	const refused = "the backup has commands for psql, which were not executed"
	long := strings.Repeat("x", 70_000)
	for _, tt := range []struct{ about, sql, want string }{
		{"a command", `\! touch $f`, refused},
		{"one after a statement", `SELECT 1 \g |touch $f`, refused},
		{"output to a program", `\o |touch $f`, refused},
		{"a backquote", "\\echo `touch $f`", refused},
		{"the way out of the restriction", "\\unrestrict `touch $f`", refused},
		{"it in the middle of a long line", "SELECT '" + long + "'; \\unrestrict `touch $f`", refused},
		{"it on the border of what is read at once", "-- " + strings.Repeat("x", 64<<10-3-5) + "\\unrestrict `touch $f`", refused},
		{"another restriction", "\\restrict a\n\\! touch $f\n\\unrestrict a", refused},
		{"a copy by psql", `\copy pg_class TO PROGRAM 'touch $f'`, refused},
		{"another database", `\connect $db`, refused},
		{"rows that are commands when their table is not there", "COPY nosuch FROM stdin;\n\\! touch $f\n\\.", `the backup cannot be loaded: relation "nosuch" does not exist`},
		{"a program on the server", "CREATE TABLE x (a text); COPY x FROM PROGRAM 'touch $f';", "must be superuser or have privileges of the pg_execute_server_program role"},
		{"another database dropped", "DROP DATABASE $db;", "must be owner of database $db"},
		{"another database closed", "ALTER DATABASE $db ALLOW_CONNECTIONS false;", "must be owner of database $db"},
		{"a role made", "CREATE ROLE evil SUPERUSER;", "must be superuser to create superusers"},
		{"a role taken", "SET ROLE app;", `permission denied to set role "app"`},
		{"an event trigger", "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();", `permission denied to create event trigger "e"`},
		{"cut off", "SELECT 1; --cut", "the backup is cut off"},
	} {
		t.Run(tt.about, func(t *testing.T) {
			fill := strings.NewReplacer("$f", path, "$db", s.name)
			text := "--\n-- PostgreSQL database dump\n--\n\n\\restrict Key1\n\n" + fill.Replace(tt.sql) + "\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict Key1\n\n"
			text, _, _ = strings.Cut(text, "--cut")
			_, err := s.LoadPlain(t.Context(), name, strings.NewReader(text), restore.Options{})
			if err == nil || !strings.Contains(err.Error(), fill.Replace(tt.want)) {
				t.Errorf("%v", err)
			}
			var e *restore.Error
			if !errors.As(err, &e) || e.Hint == "" {
				t.Errorf("no sentence with a hint: %v", err)
			}
			check()
		})
	}
	s.whole(t, false)
}

func TestAPsqlThatCannotBeRestrictedIsNotUsed(t *testing.T) {
	for version, want := range map[string]bool{"15.13": false, "15.14": true, "14.18": false, "14.19": true, "16.9": false, "17.6": true, "18.0": true, "18rc1": true, "12.22": false, "17devel": false} {
		var major int
		fmt.Sscanf(version, "%d", &major)
		if got := restore.CanRestrict(major, version); got != want {
			t.Errorf("psql %s: %t", version, got)
		}
	}
}

// forged is an archive in which the comment of a table is another statement of the same length.
func forged(t *testing.T, s shop, sql string) string {
	file := s.dump(t, "-Fc")
	archive, err := os.ReadFile(file)
	must(t, err)
	was := regexp.MustCompile(`COMMENT ON TABLE public\.users IS 'x+';`).Find(archive)
	if pad := len(was) - len(sql); was == nil || pad < 3 {
		t.Fatalf("there is no room for %q", sql)
	} else {
		sql += " --" + strings.Repeat(" ", pad-3)
	}
	must(t, os.WriteFile(file, bytes.Replace(archive, was, []byte(sql), 1), 0o600))
	return file
}

func TestAForgedArchive(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "app", s.name, "COMMENT ON TABLE users IS '"+strings.Repeat("x", 300)+"'")
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	path, check := trap(t)
	for _, tt := range []struct{ sql, want string }{
		{"COPY public.users (email) FROM PROGRAM 'touch $f'", "pg_execute_server_program"},
		{"DROP DATABASE $db", "must be owner of database $db"},
		{"ALTER DATABASE $db RENAME TO gone", "must be owner of database $db"},
		{"ALTER ROLE app SUPERUSER", "must be superuser to alter superuser roles"},
		{"SELECT lo_export(1, '$f')", "permission denied for function lo_export"},
		{"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", `permission denied to create event trigger "e"`},
	} {
		t.Run(tt.sql, func(t *testing.T) {
			fill := strings.NewReplacer("$f", path, "$db", s.name)
			_, err := s.LoadArchive(t.Context(), name, restore.Source{Path: forged(t, s, fill.Replace(tt.sql))}, restore.Options{}, nil)
			var e *pgtools.Error
			if !errors.As(err, &e) || !strings.Contains(e.Sentence, fill.Replace(tt.want)) {
				t.Errorf("%v%s", err, tail(err))
			}
			check()
			if n := s.pg.Query(t, name, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"); n != "0" {
				t.Error("it went on after the error")
			}
			s.pg.Exec(t, "postgres", name, "DROP OWNED BY ops_load")
		})
	}
	s.whole(t, false)
}

// TestABackupThatChangesTheRoleThatLoads: that is all it can reach, and it is told.
func TestABackupThatChangesTheRoleThatLoads(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	for sql, want := range map[string]string{
		"ALTER ROLE ops_load SET work_mem = '64kB'": "the backup changed the role ops_load itself",
		"ALTER ROLE ops_load PASSWORD 'x'":          "since the backup was loaded ops_load cannot log in (database postgres cannot be reached as ops_load: the password is wrong)",
	} {
		text := "SELECT 1;\n" + sql + ";\n--\n-- PostgreSQL database dump complete\n--\n"
		_, err := s.LoadPlain(t.Context(), name, strings.NewReader(text), restore.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", sql, err)
		}
		s.pg.Exec(t, "postgres", "postgres", "ALTER ROLE ops_load PASSWORD '"+s.pg.Password()+"'; ALTER ROLE ops_load RESET ALL")
	}
}

// TestWhatABackupRuns: functions of a backup run wherever they hang, and only as the role that loads, until the service does.
func TestWhatABackupRuns(t *testing.T) {
	s := open(t, cluster.Get(t))
	path, check := trap(t)
	s.pg.Exec(t, "app", s.name, strings.NewReplacer("$f", path, "$db", s.name).Replace(`
CREATE FUNCTION evil(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
  RAISE LOG 'evil % ran as %', current_database(), session_user;
  BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch $f'''; EXCEPTION WHEN OTHERS THEN END;
  BEGIN EXECUTE 'ALTER DATABASE $db ALLOW_CONNECTIONS false'; EXCEPTION WHEN OTHERS THEN END;
  BEGIN EXECUTE 'ALTER ROLE ops_read PASSWORD ''x'''; EXCEPTION WHEN OTHERS THEN END;
  RETURN n; END $$;
CREATE FUNCTION evil_volatile(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  BEGIN EXECUTE 'ALTER ROLE ops_restore PASSWORD ''x'''; EXCEPTION WHEN OTHERS THEN END;
  RETURN public.evil(n); END $$;
CREATE FUNCTION format(text, text, name) RETURNS text LANGUAGE sql AS 'SELECT public.evil(1)::text';
CREATE FUNCTION pg_get_userbyid(int) RETURNS name LANGUAGE sql AS 'SELECT public.evil(1)::text::name';
CREATE TABLE t (a int CHECK (evil(a) > 0), b int DEFAULT evil_volatile(1));
CREATE INDEX ON t (evil(a)); CREATE INDEX ON t ((evil(1) + a));
INSERT INTO t VALUES (1), (2);
CREATE MATERIALIZED VIEW m AS SELECT evil(1) AS n;
CREATE TABLE secrets (a int); ALTER TABLE secrets ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON secrets USING (evil(a) > 0); INSERT INTO secrets VALUES (1);
ALTER TABLE deposits RENAME TO real_deposits; CREATE VIEW deposits AS SELECT evil(1) AS id;
CREATE TABLE part (a int, b int) PARTITION BY RANGE (evil(a)); CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (1) TO (10); INSERT INTO part VALUES (2, 2)`))
	file := s.dump(t, "-Fc")
	live := s.copied(t, file)
	name, kept := s.names()
	_, err := s.Swap(t.Context(), live, name, kept)
	must(t, err)
	if rows := s.look(t).Rows; rows["public.deposits"] != 0 || rows["public.real_deposits"] != 2000 || rows["public.t"] != 2 {
		t.Errorf("%v", rows)
	}
	check()
	log := s.pg.Log()
	if !strings.Contains(log, "evil "+name+" ran as ops_load") {
		t.Error("nothing of the backup ran: the test proves nothing")
	}
	for _, role := range []string{"ops_restore", "ops_read"} {
		if i := strings.Index(log, "ran as "+role); i >= 0 {
			t.Errorf("it ran as %s:\n%s", role, log[i:min(len(log), i+1500)])
		}
	}
}

func TestAnEventTriggerIsRefusedByName(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "postgres", s.name, "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER guard ON ddl_command_end EXECUTE FUNCTION f()")
	file := s.dump(t, "-Fc")
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	_, err := s.LoadArchive(t.Context(), name, restore.Source{Path: file}, restore.Options{}, nil)
	var e *restore.Error
	if !errors.As(err, &e) || len(e.Skippable) != 1 || e.Skippable[0] != "EVENT TRIGGER guard" || !strings.Contains(e.Sentence, "EVENT TRIGGER guard") {
		t.Fatalf("%v", err)
	}
	_, err = s.LoadArchive(t.Context(), name, restore.Source{Path: file}, restore.Options{Skip: e.Skippable}, nil)
	must(t, err)
	// One that a superuser puts into the copy would run with the rights of ops_restore.
	s.pg.Exec(t, "postgres", name, "CREATE EVENT TRIGGER guard2 ON ddl_command_end EXECUTE FUNCTION public.f()")
	if _, err = s.Adopt(t.Context(), live, name); err == nil || !strings.Contains(err.Error(), "the copy has the event trigger guard2") {
		t.Errorf("%v", err)
	}
}
