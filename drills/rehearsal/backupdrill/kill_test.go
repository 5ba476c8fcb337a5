package backupdrill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/pgtest"
)

// slow makes a backup whose load takes as long as one likes.
const slow = `CREATE FUNCTION slow(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
	'BEGIN IF current_database() LIKE ''drill%'' THEN PERFORM pg_catalog.pg_sleep(300); END IF; RETURN $1; END';
	CREATE INDEX ON plans (public.slow(id))`

// loading says whether that index is being made.
const loading = `SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = 'drill_%d' AND query LIKE 'CREATE INDEX%%' AND state = 'active'`

// TestNothingIsLeftAfterAKill: another process does the steps and is killed in one of them. A fresh drill cleans.
func TestNothingIsLeftAfterAKill(t *testing.T) {
	for _, tt := range []struct {
		when  string
		there string // by the catalogue, when it is killed; empty: it says so itself
	}{
		{"backup pinned", ""},
		{"scratch created", ""},
		{"load", loading},
		{"verify", `SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = 'drill_%d' AND query LIKE '%%pg_sleep%%' AND state = 'active'`},
		{"drop dropped", ""},
	} {
		t.Run(strings.ReplaceAll(tt.when, " ", "_"), func(t *testing.T) {
			s := open(t, "0 hours")
			if tt.when == "load" {
				s.pg.Exec(t, "app", s.name, slow)
			}
			s.dump(t, "shop.dump", "-Fc")
			p := s.play(t, tt.when)
			eventually(t, tt.when, func() bool {
				if tt.there == "" {
					_, err := os.Stat(p.ready)
					return err == nil
				}
				return s.pg.Query(t, "postgres", fmt.Sprintf(tt.there, s.id)) == "t"
			})
			p.kill(t)
			if tt.when == "load" || tt.when == "verify" { // else there was nothing to clean
				if n := s.pg.Query(t, "postgres", fmt.Sprintf("SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = 'drill_%d'", s.id)); n != "t" {
					t.Error("the server ended the session by itself")
				}
			}
			s.cleaned(t)
			if tt.when == "load" { // which would take as long again
				return
			}
			if _, err := s.until(t, keyDrop); err != nil {
				t.Errorf("begun anew: %v", err)
			}
			s.cleaned(t)
		})
	}
}

// TestAKillWhileTheServerMakesTheDatabase: it goes on making it for a client that is gone, and Clean may not say that nothing is
// there because it is not there yet.
func TestAKillWhileTheServerMakesTheDatabase(t *testing.T) {
	s := open(t, "0 hours")
	s.dump(t, "shop.dump", "-Fc")
	conn, err := pgx.Connect(t.Context(), s.pg.URL("postgres", "postgres"))
	must(t, err)
	defer conn.Close(context.Background())
	lock, err := conn.Begin(t.Context())
	must(t, err)
	_, err = lock.Exec(t.Context(), "LOCK TABLE pg_database IN SHARE ROW EXCLUSIVE MODE")
	must(t, err)
	p := s.play(t, "scratch created")
	eventually(t, "it is being made", func() bool {
		return s.pg.Query(t, "postgres", "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%' AND wait_event_type = 'Lock'") == "t"
	})
	p.kill(t)
	// Sessions of a tag that nobody knows are not ended by it: the line alone has to hold.
	unknown := s.env("clean")
	unknown.Tag = "another/1/clean"
	gone := make(chan error)
	go func() { _, err := s.Clean(t.Context(), unknown); gone <- err }()
	eventually(t, "clean waits for its turn", func() bool {
		return s.pg.Query(t, "postgres", "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_advisory_lock%' AND wait_event = 'advisory'") == "t"
	})
	must(t, lock.Rollback(t.Context()))
	must(t, <-gone)
	s.nothingLeft(t)
}

// TestCleanEndsWhatBelongsToTheExercise, and nothing of another one.
func TestCleanEndsWhatBelongsToTheExercise(t *testing.T) {
	s := open(t, "0 hours")
	mine, others := s.env("load").Tag, fmt.Sprintf("%s/%d1/load", journal, s.id)
	var ps []*exec.Cmd
	for _, tag := range []string{mine, others} {
		c := exec.Command("/bin/sleep", "300")
		c.Env = []string{"TWOKEY_RUN=" + tag}
		must(t, c.Start())
		ps = append(ps, c)
		conn, err := pgx.Connect(t.Context(), s.pg.URL("ops_load", "postgres")+"&application_name=twokey%20"+strings.ReplaceAll(tag, "/", "%2F"))
		must(t, err)
		defer conn.Close(context.Background())
	}
	waited := make(chan error, 1)
	go func() { waited <- ps[0].Wait() }()
	s.cleaned(t)
	if err := <-waited; err == nil {
		t.Error("it slept to its end")
	}
	if err := ps[1].Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the program of another exercise: %v", err)
	}
	if n := s.pg.Query(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'twokey "+others+"'"); n != "1" {
		t.Errorf("%s sessions of another exercise", n)
	}
	_ = ps[1].Process.Kill()
	_ = ps[1].Wait()
}

// TestALoadThatIsStopped does so soon, says why, and leaves the rest to Clean.
func TestALoadThatIsStopped(t *testing.T) {
	for _, tt := range []struct {
		about, why string
		stop       func(cancel func(), free *atomic.Uint64)
	}{
		{"by people", "it was stopped before it was done", func(cancel func(), _ *atomic.Uint64) { cancel() }},
		{"by a disk that fills up", "stopped: the server's disk has only 1 MB left", func(_ func(), free *atomic.Uint64) { free.Store(1e6) }},
	} {
		t.Run(strings.ReplaceAll(tt.about, " ", "_"), func(t *testing.T) {
			s := open(t, "0 hours")
			s.pg.Exec(t, "app", s.name, slow)
			s.dump(t, "shop.dump", "-Fc")
			var free atomic.Uint64
			free.Store(1 << 50)
			seeDisk(t, s, free.Load)
			s.Floor = 2e6
			_, err := s.until(t, keyScratch)
			must(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var found drills.Found
			ended := make(chan error)
			go func() { f, err := s.Do(ctx, s.env(keyLoad), keyLoad); found = f; ended <- err }()
			eventually(t, "it loads", func() bool {
				return s.pg.Query(t, "postgres", fmt.Sprintf(loading, s.id)) == "t"
			})
			tt.stop(cancel, &free)
			if err := <-ended; err == nil || !strings.HasPrefix(found.Why, tt.why) || found.Hint == "" {
				t.Errorf("%v %+v", err, found)
			}
			s.cleaned(t)
		})
	}
}

func TestCleanWithoutAServer(t *testing.T) {
	pg, err := pgtest.Start()
	must(t, err)
	t.Cleanup(pg.Stop)
	s := openOn(t, pg, "0 hours")
	s.dump(t, "shop.dump", "-Fc")
	_, err = s.until(t, keyLoad)
	must(t, err)
	pg.Kill()
	proof, err := s.Clean(t.Context(), s.env("clean"))
	if err == nil || proof != "" || !strings.Contains(err.Error(), "may not be gone: database postgres cannot be reached as ops_restore") {
		t.Errorf("%q, %v", proof, err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Pins, "*")); len(left) > 0 {
		t.Errorf("what can be removed is not: %v", left)
	}
	must(t, pg.Restart())
	s.cleaned(t)
}

// TestTags: what is ended by its tag is this exercise's.
func TestTags(t *testing.T) {
	for tag, want := range map[string]string{
		"0123/12/load": "0123/12/", "0123/12/": "0123/12/", "0123/12": "0123/12/", "0123/112/12": "0123/112/12/", "0123/21/load": "0123/21/load", "12": "12", "": "",
	} {
		if got := exerciseTag(rehearsal.Env{Exercise: 12, Tag: tag}); got != want {
			t.Errorf("%q: %q, want %q", tag, got, want)
		}
	}
}

// player is another process that does the steps.
type player struct {
	*exec.Cmd
	ready string
}

func (s *shop) play(t *testing.T, when string) player {
	t.Helper()
	p := player{ready: filepath.Join(t.TempDir(), "ready")}
	p.Cmd = exec.Command(os.Args[0], "-play", fmt.Sprint(s.pg.Port), s.pg.Bin(), s.name, s.folder, s.Pins, fmt.Sprint(s.id), when, p.ready)
	p.Stderr = os.Stderr
	must(t, p.Start())
	return p
}

func (p player) kill(t *testing.T) {
	t.Helper()
	must(t, p.Process.Kill())
	_ = p.Wait()
}

// play does the steps until what it is told, and hangs there.
func play(args []string) int {
	pg := &pgtest.Server{Host: "127.0.0.1"}
	fmt.Sscan(args[0], &pg.Port)
	d := drillOf(pg, args[1], args[2], args[3], args[4])
	s := &shop{Drill: d, pg: pg, before: map[string]*drills.Found{}}
	fmt.Sscan(args[5], &s.id)
	key, what, _ := strings.Cut(args[6], " ")
	d.passed = func(passed string) {
		if passed == what {
			if err := os.WriteFile(args[7], nil, 0o600); err == nil {
				select {}
			}
		}
	}
	if key == keyVerify {
		d.Checks = []Check{{Name: "slow", SQL: "SELECT 1 FROM pg_sleep(300)"}}
	}
	var err error
	for _, k := range keys {
		found, failed := s.Do(context.Background(), s.env(k), k)
		s.before[k] = &found
		if err = errors.Join(err, failed); err != nil {
			break
		}
	}
	fmt.Fprintln(os.Stderr, "it was not killed:", err)
	return 1
}
