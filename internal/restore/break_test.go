package restore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"twokey/internal/restore"
)

var errBroken = errors.New("broken by the test")

// steps are all that Swap tells of, in order, and where a run that ends there stands.
var steps = []struct {
	name  string
	stand restore.Stand
}{
	{"looked", restore.CopyReady}, {"closed copy", restore.CopyReady}, {"closed live", restore.GateClosed}, {"empty", restore.GateClosed},
	{"begun", restore.GateClosed}, {"named out", restore.GateClosed}, {"named in", restore.GateClosed}, {"opened", restore.GateClosed},
	{"identity", restore.GateClosed}, {"committed", restore.WasSwitched},
}

// at calls f once, when the step is done.
func (s *shop) at(step string, f func() error) {
	name, _ := s.names()
	step = strings.NewReplacer("copy", name, "live", s.name).Replace(step)
	s.Passed = func(passed string) error {
		if passed != step || f == nil {
			return nil
		}
		g := f
		f = nil
		return g()
	}
}

// whole checks that exactly one database has the service's name, that the service can use it, and which it is.
func (s shop) whole(t *testing.T, switched bool) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.pg.URL("app", s.name))
	must(t, err)
	defer conn.Close(context.Background())
	var n, id int
	var isNew bool
	must(t, conn.QueryRow(t.Context(), "INSERT INTO deposits (user_id, amount) VALUES (1, 1) RETURNING id").Scan(&id))
	must(t, conn.QueryRow(t.Context(), "SELECT count(*), to_regclass('public.new_one') IS NOT NULL FROM users").Scan(&n, &isNew))
	if n != 500 || isNew != switched {
		t.Errorf("the service's database has %d users, is the new one: %t", n, isNew)
	}
}

// back makes all as it was before a switch, as a superuser.
func (s shop) back(t *testing.T) {
	t.Helper()
	name, kept := s.names()
	if s.pg.Query(t, "postgres", "SELECT count(*) FROM pg_database WHERE datname = '"+kept+"'") == "1" {
		s.pg.Exec(t, "postgres", "postgres", fmt.Sprintf("ALTER DATABASE %s RENAME TO %s", s.name, name))
		s.pg.Exec(t, "postgres", "postgres", fmt.Sprintf("ALTER DATABASE %s RENAME TO %s", kept, s.name))
	}
	for _, each := range []string{s.name, name} {
		s.pg.Exec(t, "postgres", "postgres", "ALTER DATABASE "+each+" ALLOW_CONNECTIONS true")
	}
}

// TestSwapThatBreaksChangesNothing: whatever breaks after whichever step, the present database is open again when Swap
// returns; or all was done, and Swap says so.
func TestSwapThatBreaksChangesNothing(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.cheapCopy(t)
	name, kept := s.names()
	breaks := map[string]func(cancel func()) error{
		"an error":           func(func()) error { return errBroken },
		"a cancel":           func(cancel func()) error { cancel(); return nil },
		"the session killed": func(func()) error { s.killSession(t); return nil },
	}
	for about, broke := range breaks {
		for _, step := range steps {
			t.Run(about+", "+step.name, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s.at(step.name, func() error { return broke(cancel) })
				_, err := s.Swap(ctx, live, name, kept)
				done := step.name == "committed"
				if done == (err != nil) {
					t.Errorf("%v", err)
				}
				s.whole(t, done)
				st, err := s.Standing(t.Context(), s.name, s.id)
				if want := map[bool]restore.Stand{true: restore.WasSwitched, false: restore.CopyReady}[done]; err != nil || st.Stand != want || !st.LiveOpen || !done && !st.InOpen {
					t.Errorf("%+v, want %s; %v", st, want, err)
				}
				if done {
					s.back(t)
				}
			})
		}
	}
}

// killSession ends the session that is switching, as an administrator would, and waits until it is gone.
func (s shop) killSession(t *testing.T) {
	for {
		n := s.pg.Query(t, "postgres", fmt.Sprintf(`WITH ours AS MATERIALIZED (SELECT pid FROM pg_stat_activity WHERE application_name = 'twokey %s')
			SELECT count(pg_terminate_backend(pid)) FROM ours`, s.Tag))
		if n == "0" {
			return
		}
	}
}

// TestSwapThatWeDidNotSurvive: our process ends after each step; the next start ends its sessions, sees what is there, repairs.
func TestSwapThatWeDidNotSurvive(t *testing.T) {
	s := open(t, cluster.Get(t))
	live := s.cheapCopy(t)
	name, kept := s.names()
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			s.at(step.name, func() error { panic(errBroken) })
			func() {
				defer func() {
					if recover() != errBroken {
						t.Error("it went on")
					}
				}()
				_, _ = s.Swap(t.Context(), live, name, kept)
			}()
			s.standsAt(t, step.stand)
		})
	}
}

// standsAt is the next start after a crash.
func (s shop) standsAt(t *testing.T, want restore.Stand) {
	t.Helper()
	s.Passed = nil
	recovery := s.Server
	recovery.Tag = "recovery" // what ends the sessions of a tag is none of them
	_, err := recovery.EndSessions(t.Context(), s.Tag)
	must(t, err)
	if left, err := recovery.Sessions(t.Context(), s.Tag); err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
	st, err := s.Standing(t.Context(), s.name, s.id)
	if err != nil || st.Stand != want {
		t.Errorf("it stands at %q, want %q; %v", st.Stand, want, err)
	}
	must(t, s.Repair(t.Context(), st))
	s.whole(t, want == restore.WasSwitched)
	st, err = s.Standing(t.Context(), s.name, s.id)
	if err != nil || !st.LiveOpen || st.Stand != restore.WasSwitched && (st.Stand != restore.CopyReady || !st.InOpen) {
		t.Errorf("repaired: %+v %v", st, err)
	}
	s.back(t)
}

// TestSwapThatPostgreSQLDidNotSurvive: the server loses its power after each step, and comes back.
func TestSwapThatPostgreSQLDidNotSurvive(t *testing.T) {
	s := open(t, durable.Get(t))
	pg := s.pg
	live := s.cheapCopy(t)
	name, kept := s.names()
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			s.at(step.name, func() error { pg.Kill(); return pg.Restart() })
			_, err := s.Swap(t.Context(), live, name, kept)
			done := step.name == "committed"
			if done == (err != nil) {
				t.Errorf("%v", err)
			}
			s.whole(t, done)
			s.back(t)
		})
	}
	s.at("named in", func() error { pg.Kill(); panic(errBroken) }) // both lose their power
	func() {
		defer func() { _ = recover() }()
		_, _ = s.Swap(t.Context(), live, name, kept)
	}()
	must(t, pg.Restart())
	s.standsAt(t, restore.GateClosed)
}
