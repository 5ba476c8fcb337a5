package restore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"twokey/internal/pgtools"
	"twokey/internal/restore"
)

// stopped is a stream that, when nearly all of it was read, waits until our session is in the server, and calls then.
type stopped struct {
	text io.Reader
	rest io.Reader
	then func() error
}

func (p *stopped) Read(b []byte) (int, error) {
	n, err := p.text.Read(b)
	if err != io.EOF {
		return n, err
	}
	if p.then != nil {
		then := p.then
		p.then = nil
		if err := then(); err != nil {
			return 0, err
		}
	}
	return p.rest.Read(b)
}

// during gives an archive or a plain dump that calls then in the middle of its rows.
func (s shop) during(t *testing.T, file string, then func(pids []int) error) io.Reader {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	middle := len(text) - 20_000
	return &stopped{strings.NewReader(string(text[:middle])), strings.NewReader(string(text[middle:])), func() error {
		for s.pg.Query(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ops_load' AND application_name = 'twokey "+s.Tag+"'") == "0" {
		}
		return then(tagged(s.Tag))
	}}
}

// bulk makes a database large enough that a backup of it is not read at once, by way of the pipes.
func (s shop) bulk(t *testing.T) {
	s.pg.Exec(t, "app", s.name, "CREATE TABLE bulk AS SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 5000) n")
}

// tagged are the processes that carry a tag.
func tagged(tag string) (pids []int) {
	found, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range found {
		env, _ := os.ReadFile(path)
		if strings.Contains("\x00"+string(env), "\x00TWOKEY_RUN="+tag+"\x00") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestNoPasswordIsToBeSeenWhileALoadRuns(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.bulk(t)
	live := s.look(t)
	name, _ := s.names()
	looked := 0
	look := func(pids []int) error {
		for _, pid := range pids {
			for _, file := range []string{"cmdline", "environ"} {
				text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
				if err != nil || len(text) == 0 {
					continue
				}
				looked++
				if strings.Contains(string(text), s.pg.Password()) || strings.Contains(string(text), "4711") || strings.Contains(string(text), url.QueryEscape(s.pg.Password())) {
					t.Errorf("the password is in the %s of process %d: %q", file, pid, text)
				}
			}
		}
		return nil
	}
	must(t, s.Create(t.Context(), live, name))
	_, err := s.LoadArchive(t.Context(), name, restore.Source{Stream: s.during(t, s.dump(t, "-Fc", "-Z0"), look)}, restore.Options{}, nil)
	must(t, err)
	must(t, s.DropCopy(t.Context(), s.name, s.id))
	must(t, s.Create(t.Context(), live, name))
	_, err = s.LoadPlain(t.Context(), name, s.during(t, s.dump(t), look), restore.Options{})
	must(t, err)
	if looked < 4 {
		t.Errorf("only %d looks at processes", looked)
	}
}

// TestALoadThatBreaks: the tool is killed, the load is cancelled, or the server loses its power; the present database does not
// notice, nothing runs on, and what is left is a copy that is not finished and can be dropped.
func TestALoadThatBreaks(t *testing.T) {
	s := open(t, durable.Get(t))
	pg := s.pg
	s.bulk(t)
	live := s.look(t)
	name, kept := s.names()
	archive, plain := s.dump(t, "-Fc", "-Z0"), s.dump(t)
	var err error
	for _, tt := range []struct {
		about string
		file  string
		do    func(cancel func(), pids []int) error
		want  string
	}{
		{"pg_restore killed", archive, func(_ func(), pids []int) error { return syscall.Kill(pids[0], syscall.SIGKILL) }, "pg_restore was ended by a signal (killed)"},
		{"psql killed", plain, func(_ func(), pids []int) error { return syscall.Kill(pids[0], syscall.SIGKILL) }, "psql was ended by a signal (killed)"},
		{"cancelled", archive, func(cancel func(), _ []int) error { cancel(); return nil }, context.Canceled.Error()},
		{"the stream breaks off", archive, func(func(), []int) error { return errBroken }, errBroken.Error()},
		{"PostgreSQL killed", archive, func(func(), []int) error { pg.Kill(); return pg.Restart() }, ""},
	} {
		t.Run(tt.about, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			must(t, s.Create(t.Context(), live, name))
			stream := s.during(t, tt.file, func(pids []int) error { return tt.do(cancel, pids) })
			if tt.file == plain {
				_, err = s.LoadPlain(ctx, name, stream, restore.Options{})
			} else {
				_, err = s.LoadArchive(ctx, name, restore.Source{Stream: stream}, restore.Options{}, nil)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v%s", err, tail(err))
			}
			if left := tagged(s.Tag); len(left) > 0 {
				t.Errorf("processes %v still run", left)
			}
			_, err = s.EndSessions(t.Context(), s.Tag)
			must(t, err)
			if left, err := s.Sessions(t.Context(), s.Tag); err != nil || len(left) > 0 {
				t.Errorf("%v %v", left, err)
			}
			if st, err := s.Standing(t.Context(), s.name, s.id); err != nil || st.Stand != restore.CopyUnfinished || !st.LiveOpen {
				t.Errorf("%+v %v", st, err)
			}
			if _, err := s.Swap(t.Context(), live, name, kept); err == nil {
				t.Error("half a copy became the service's database")
			}
			s.whole(t, false)
			must(t, s.DropCopy(t.Context(), s.name, s.id))
		})
	}
}

// TestBeforeSwitch: all or none, and what fails is told by its number.
func TestBeforeSwitch(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	_, err := s.LoadArchive(t.Context(), name, restore.Source{Path: s.dump(t, "-Fc")}, restore.Options{}, nil)
	must(t, err)
	for _, tt := range []struct {
		before []string
		want   string
	}{
		{[]string{"DELETE FROM deposits", "DELETE FROM nosuch"}, `statement 2 of before_switch: relation "nosuch" does not exist`},
		{[]string{"DELETE FROM deposits", "SELECT 'ann@example.com'::int"}, "statement 2 of before_switch: SQLSTATE 22P02"},
		{[]string{"DELETE FROM deposits", "ROLLBACK"}, "before_switch ended its transaction"},
		{[]string{"DELETE FROM deposits; COMMIT"}, "statement 1 of before_switch"},
	} {
		if err := s.Prepare(t.Context(), live, name, tt.before); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "ann@") {
			t.Errorf("%v: %v", tt.before, err)
		}
		if n := s.pg.Query(t, name, "SELECT count(*) FROM deposits"); n != "2000" {
			t.Errorf("%v: %s rows are left", tt.before, n)
		}
	}
	must(t, s.Prepare(t.Context(), live, name, []string{"DELETE FROM deposits WHERE id = 1"}))
	if got := s.pg.Query(t, name, "SELECT reltuples FROM pg_class WHERE relname = 'deposits'"); got != "1999" {
		t.Errorf("statistics say %s rows", got)
	}
}

// TestSeedDocument has the rows of the seed document's table that are about the restore itself.
func TestSeedDocument(t *testing.T) {
	s := open(t, cluster.Get(t))
	s.pg.Exec(t, "app", s.name, "CREATE TABLE keyless (n int); INSERT INTO keyless SELECT generate_series(1, 100)")
	file := s.dump(t, "-Fc", "-Z9")
	// A newer schema: what a restore in place stumbles over or leaves behind.
	s.pg.Exec(t, "app", s.name, `ALTER TABLE users ADD phone text; CREATE TABLE kyc (user_id int REFERENCES users, done bool);
		CREATE VIEW rich AS SELECT user_id FROM deposits WHERE amount > 1000; INSERT INTO kyc VALUES (1, true); INSERT INTO users VALUES (777, 'last@example.com')`)
	live := s.copied(t, file)
	name, kept := s.names()
	if err := s.Create(t.Context(), live, name); err == nil {
		t.Error("3.3a: a backup would be loaded into what is there: rows would double")
	}
	idle, err := dial(t, s.pg.URL("app", s.name))
	must(t, err)
	_, err = s.Swap(t.Context(), live, name, kept)
	must(t, err)
	if err := idle.Ping(t.Context()); err == nil {
		t.Error("row 4: a session of the service lives on in the database from before")
	}
	got := s.query(t, "SELECT (SELECT count(*) FROM deposits) || ' ' || (SELECT count(*) FROM keyless) || ' ' || (to_regclass('kyc') IS NULL) || ' ' || (to_regclass('rich') IS NULL) || ' ' || count(*) FROM users")
	if got != "2000 100 true true 500" {
		t.Errorf("rows 11 and 3.3b: the service has %s", got)
	}
	if _, err := dial(t, s.pg.URL("app", kept)); err == nil || !strings.Contains(err.Error(), "55000") {
		t.Errorf("row 10: the one from before is open: %v", err)
	}
	_, aside := restore.Names(s.name, s.id+9000)
	_, err = s.Undo(t.Context(), s.look(t), kept, aside)
	must(t, err)
	got = s.query(t, "SELECT (SELECT count(*) FROM deposits) || ' ' || (SELECT count(*) FROM kyc) || ' ' || email FROM users WHERE id = 777")
	if got != "2000 1 last@example.com" {
		t.Errorf("rows 10 and 12: the one from before is not exact to its last commit: %s", got)
	}
}

// TestOddDatabases: another encoding, another locale provider, a name that is no identifier and as long as can be.
func TestOddDatabases(t *testing.T) {
	pg := cluster.Get(t)
	open(t, pg) // the roles
	for name, how := range map[string]string{
		`Shop "x"; DROP -- ` + strings.Repeat("ü", 20): "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LOCALE 'C'",
		`latin` + strings.Repeat("n", 58):              "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' CONNECTION LIMIT 9",
	} {
		q := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		pg.Exec(t, "postgres", "postgres", "CREATE DATABASE "+q+" OWNER app TEMPLATE template0 "+how)
		t.Cleanup(func() { pg.Exec(t, "postgres", "postgres", "DROP DATABASE "+q+" WITH (FORCE)") })
		s := at(pg, name, serial.Add(1))
		live := s.look(t)
		copied, kept := s.names()
		must(t, s.Create(t.Context(), live, copied))
		_, err := s.LoadArchive(t.Context(), copied, restore.Source{Path: s.dump(t, "-Fc")}, restore.Options{}, nil)
		must(t, err)
		_, err = s.Adopt(t.Context(), live, copied)
		must(t, err)
		_, err = s.Swap(t.Context(), live, copied, kept)
		must(t, err)
		now := s.look(t)
		if now.Encoding != live.Encoding || now.Provider != live.Provider || now.Locale != live.Locale || now.Limit != live.Limit || now.Identity.OID == live.Identity.OID {
			t.Errorf("%+v\n%+v", live, now)
		}
		if found, err := s.Kept(t.Context(), name); err != nil || len(found) != 1 || found[0].Run != s.id {
			t.Errorf("%+v %v", found, err)
		}
		must(t, s.DropKept(t.Context(), name, s.id))
	}
}

// TestToolsThatAreOld: the archive of a newer pg_dump says so in words.
func TestAnArchiveOfANewerMajor(t *testing.T) {
	s := open(t, cluster.Get(t))
	file := s.dump(t, "-Fc")
	archive, err := os.ReadFile(file)
	must(t, err)
	archive[6] = 99 // the minor version of the format, after PGDMP and the major
	must(t, os.WriteFile(file, archive, 0o600))
	live := s.look(t)
	name, _ := s.names()
	must(t, s.Create(t.Context(), live, name))
	_, err = s.LoadArchive(t.Context(), name, restore.Source{Path: file}, restore.Options{}, nil)
	var e *pgtools.Error
	if !errors.As(err, &e) || !strings.Contains(e.Sentence, "unsupported version (1.99) in file header") {
		t.Errorf("%v", err)
	}
}
