package step

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/internal/secret"
)

func TestSQLAsItIsLoaded(t *testing.T) {
	got := mustLoad(t, "sql", "{run: \"UPDATE users\\n SET banned = true WHERE id = $1\", args: [\"{user}\"], rows: \"<= 1\"}", Site{}).(*SQL)
	want := &SQL{Statement: "UPDATE users\n SET banned = true WHERE id = $1", Args: []string{"{user}"}, Rows: "<= 1", Effect: Change, Timeout: sqlWithin}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	roundTrip(t, "sql", got)
	bound, err := got.Bind(map[string]string{"user": "-1; DROP TABLE users"})
	ok(t, err)
	about := About{Title: `sql UPDATE users  SET banned = true WHERE id = $1 with ["-1; DROP TABLE users"], rows <= 1`, Effect: Change}
	if diff := cmp.Diff(about, bound.About()); diff != "" {
		t.Errorf("about (-want +got):\n%s", diff)
	}
	if !cmp.Equal(got.Args, []string{"{user}"}) {
		t.Error("Bind changed its receiver")
	}
	for _, bad := range []string{
		`{run: ""}`, `{run: "UPDATE users SET id = {user}"}`, `{run: "SELECT $1", args: ["x{user}"]}`, `{run: "SELECT 1", rows: many}`,
		`{run: "SELECT 1", effect: stop}`, `{run: "SELECT 1", timeout: -1s}`,
	} {
		if _, err := load(t, "sql", bad, Site{}); err == nil {
			t.Errorf("%s was loaded", bad)
		}
	}
	if _, err := got.Bind(nil); err == nil {
		t.Error("bound without a value")
	}
}

func TestSQLChangesWithinItsBounds(t *testing.T) {
	pg, db, env := shop(t)
	banned := func() string { return pg.Query(t, db, "SELECT count(*) FROM users WHERE banned") }
	for _, tt := range []struct {
		why     string
		step    SQL
		failure string // a part of it; empty: it succeeds
		banned  string
		output  string
	}{
		{"a value is a value", SQL{Statement: "UPDATE users SET banned = true WHERE id = $1", Args: []string{"1"}, Rows: "= 1"}, "", "1", "1 row\n"},
		{"and never SQL", SQL{Statement: "UPDATE users SET banned = true WHERE name = $1", Args: []string{"x' OR ''='"}}, "", "1", "0 rows\n"},
		{"too many rows", SQL{Statement: "UPDATE users SET banned = true", Rows: "<= 2"}, "nothing was changed: it would have touched 3 rows, and allowed is <= 2", "1", ""},
		{"too few", SQL{Statement: "UPDATE users SET banned = true WHERE id > 77", Rows: "= 1"}, "it would have touched 0 rows", "1", ""},
		{"two statements", SQL{Statement: "UPDATE users SET banned = true; DELETE FROM users"}, "cannot insert multiple commands", "1", ""},
		{"its own COMMIT", SQL{Statement: "COMMIT"}, "ended its own transaction", "1", ""},
		{"foreign keys hold", SQL{Statement: "DELETE FROM users WHERE id = 1"}, "the constraint deposits_user_id_fkey forbids it", "1", ""},
		{"not the role's", SQL{Statement: "COPY (SELECT 1) TO PROGRAM 'true'"}, "the role may not", "1", ""},
		{"no such table", SQL{Statement: "DELETE FROM withdrawals"}, "the database has no table withdrawals", "1", ""},
		{"a value that does not fit", SQL{Statement: "DELETE FROM users WHERE id = $1", Args: []string{"secret@example.com"}}, "a value is not of the kind that belongs there (SQLSTATE 22P02)", "1", ""},
		{"too long", SQL{Statement: "SELECT pg_sleep(3600)", Timeout: 50 * time.Millisecond}, "it took too long and was ended", "1", ""},
		{"reading reads", SQL{Statement: "SELECT id FROM users", Effect: Read}, "", "1", "3 rows\n"},
		{"reading cannot write", SQL{Statement: "UPDATE users SET banned = true", Effect: Read}, "it would write, and here it may only read", "1", ""},
		{"rows of its own stay inside", SQL{Statement: "UPDATE users SET banned = true RETURNING name"}, "", "3", "3 rows\n"},
	} {
		k, err := tt.step.Load(Site{})
		ok(t, err)
		k, err = k.Bind(nil)
		ok(t, err)
		var out bytes.Buffer
		e := env
		e.Output = &out
		err = k.Run(t.Context(), e)
		switch {
		case tt.failure == "" && err != nil:
			t.Errorf("%s: %v", tt.why, err)
		case tt.failure != "" && !strings.Contains(refusedBy(t, err).Sentence, tt.failure):
			t.Errorf("%s: %v, want %q", tt.why, err, tt.failure)
		}
		if got := banned(); got != tt.banned || out.String() != tt.output {
			t.Errorf("%s: %s banned, output %q; want %s, %q", tt.why, got, out.String(), tt.banned, tt.output)
		}
	}
	if n := pg.Query(t, db, "SELECT count(*) FROM users"); n != "3" {
		t.Errorf("%s users are left", n)
	}
}

func TestSQLPlanChangesNothingAndPinsTheDatabase(t *testing.T) {
	pg, db, env := shop(t)
	plan := func(q SQL) ([]Fact, error) {
		k, err := q.Load(Site{})
		ok(t, err)
		return k.Plan(t.Context(), env)
	}
	facts, err := plan(SQL{Statement: "DELETE FROM deposits WHERE user_id = $1", Args: []string{"1"}})
	ok(t, err)
	system := pg.Query(t, db, "SELECT system_identifier FROM pg_control_system()")
	want := []Fact{{Name: "database", Kind: Pinned, Value: db + " at " + net.JoinHostPort(pg.Host, itoa(pg.Port)) + ", system " + system}}
	if diff := cmp.Diff(want, facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	read, err := plan(SQL{Statement: "SELECT 1", Effect: Read})
	if err != nil || !cmp.Equal(read, facts) {
		t.Errorf("reading pins %v, %v", read, err)
	}
	for statement, want := range map[string]string{
		"DELETE FROM withdrawals":                  "the database has no table withdrawals",
		"SELECT 1; DELETE FROM deposits":           "cannot insert multiple commands",
		"DELETE FROM deposits WHERE user_id = $1":  "the statement takes 1 values, and args has 0",
		"DELETE FROM deposits WHERE confirmations": "the database has no column confirmations",
	} {
		if _, err := plan(SQL{Statement: statement}); !strings.Contains(refusedBy(t, err).Sentence, want) {
			t.Errorf("plan of %q: %v, want %q", statement, err, want)
		}
	}
	if n := pg.Query(t, db, "SELECT count(*) FROM deposits"); n != "3" {
		t.Errorf("after planning, %s deposits are left", n)
	}
	env.ServiceURL = nil
	if _, err := plan(SQL{Statement: "DELETE FROM deposits"}); !strings.Contains(refusedBy(t, err).Sentence, "the config does not say") {
		t.Errorf("without a database: %v", err)
	}
}

// TestSQLProbeEndsWhatACrashLeftRunning: our process is gone, the server still works for it.
func TestSQLProbeEndsWhatACrashLeftRunning(t *testing.T) {
	pg, db, env := shop(t)
	env.Tag = strings.Repeat("genesis", 12) + "/12/3"
	other := env
	other.Tag = strings.Repeat("genesis", 12) + "/12/4"
	k, err := SQL{Statement: "UPDATE users SET banned = true WHERE pg_sleep(3600) IS NOT NULL"}.Load(Site{})
	ok(t, err)
	probe := func() string {
		line, err := k.(Prober).Probe(t.Context(), env)
		ok(t, err)
		return line
	}
	if got := probe(); got != "no session of the statement is left; whether it was done before is not known" {
		t.Errorf("with none: %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for _, e := range []Env{env, other} {
		go func() { ended <- k.Run(ctx, e) }()
	}
	sleeping := func(tag string) string {
		return pg.Query(t, db, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND application_name = '"+appName(tag)+"'")
	}
	eventually(t, "both run", func() bool { return sleeping(env.Tag) == "1" && sleeping(other.Tag) == "1" })
	if got := probe(); got != "the statement was still running and has been ended; nothing of it was kept" {
		t.Errorf("with one: %q", got)
	}
	if sleeping(env.Tag) != "0" || sleeping(other.Tag) != "1" {
		t.Errorf("after the probe: ours %s, another step's %s", sleeping(env.Tag), sleeping(other.Tag))
	}
	if err := <-ended; err == nil {
		t.Error("a statement that was ended has succeeded")
	}
	cancel()
	<-ended
}

// TestSQLWhoseCommitIsNotAnswered: the connection breaks when nobody can know.
func TestSQLWhoseCommitIsNotAnswered(t *testing.T) {
	pg, db, env := shop(t)
	address := cutAt(t, net.JoinHostPort(pg.Host, itoa(pg.Port)), "COMMIT")
	env.ServiceURL = func() (secret.Value, error) {
		return secret.New(strings.Replace(pg.URL("app", db), net.JoinHostPort(pg.Host, itoa(pg.Port)), address, 1)), nil
	}
	k, err := SQL{Statement: "UPDATE users SET banned = true"}.Load(Site{})
	ok(t, err)
	if got := refusedBy(t, k.Run(t.Context(), env)); !strings.Contains(got.Sentence, "it is not known whether it was done") {
		t.Errorf("%+v", got)
	}
}

// cutAt is a way to a server that is cut when a word comes by.
func cutAt(t *testing.T, to, word string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var closed atomic.Bool
	t.Cleanup(func() { closed.Store(true); l.Close() })
	go func() {
		for !closed.Load() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", to)
			if err != nil {
				c.Close()
				return
			}
			go func() { _, _ = io.Copy(c, s); c.Close() }()
			go forward(c, s, word)
		}
	}()
	return l.Addr().String()
}

func forward(from, to net.Conn, word string) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if err != nil || bytes.Contains(b[:n], []byte(word)) {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func TestSQLThatHangsDoesNotHangUs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	env := Env{ServiceURL: func() (secret.Value, error) { return secret.New("postgres://u:hunter2@" + hanging(t) + "/x"), nil }}
	k, err := SQL{Statement: "SELECT 1"}.Load(Site{})
	ok(t, err)
	got := refusedBy(t, k.Run(ctx, env))
	if got.Sentence != "the statement was not run: the database does not answer" || strings.Contains(got.Error(), "hunter2") {
		t.Errorf("%v", got.Error())
	}
	env.ServiceURL = func() (secret.Value, error) { return secret.Value{}, errors.New("the env file is not there") }
	if got := refusedBy(t, k.Run(t.Context(), env)); got.Sentence != "how the service reaches its database is not known" {
		t.Errorf("%v", got)
	}
}
