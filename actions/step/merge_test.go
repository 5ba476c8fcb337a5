package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twokey/internal/pgtest"
	"twokey/internal/restore"
	"twokey/internal/rows"
	"twokey/internal/secret"
)

// merging is a service's database beside a copy of a backup, which has rows that the database has lost.
type merging struct {
	pg   *pgtest.Server
	name string
	env  Env
	step Merge
}

const mergedRun = 12 // of the copy

// mergeShop makes one: in the copy user 3 is there and user 2 has another name; the database has a new user 4.
func mergeShop(t *testing.T) merging {
	t.Helper()
	pg := postgres.Get(t)
	name := pg.Database(t, "merge_"+strings.ToLower(strings.NewReplacer("/", "_", "#", "_").Replace(t.Name()))[4:])
	pg.Roles(t, name)
	pg.Exec(t, "app", name, `CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
		CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users);
		INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'cid'); INSERT INTO orders VALUES (1, 1)`)
	copied, kept := restore.Names(name, mergedRun)
	beside(t, pg, name, copied, true)
	beside(t, pg, name, kept, false)
	pg.Exec(t, "app", name, "DELETE FROM users WHERE id = 3; UPDATE users SET name = 'x' WHERE id = 2; INSERT INTO users VALUES (4, 'dora')")
	m := merging{pg: pg, name: name, env: mergeEnv(pg, name, t.TempDir())}
	m.step = Merge{Do: doMerge, Of: fmt.Sprint(mergedRun), Remove: "no", Config: &DatabaseConfig{}, Bound: true}
	return m
}

// beside makes a database like another one, with its rows.
func beside(t *testing.T, pg *pgtest.Server, from, name string, open bool) {
	t.Helper()
	pg.Exec(t, "postgres", "postgres", fmt.Sprintf(`CREATE DATABASE "%s" TEMPLATE "%s" OWNER app`, name, from))
	pg.Exec(t, "postgres", "postgres", fmt.Sprintf(`ALTER DATABASE "%s" ALLOW_CONNECTIONS %t`, name, open))
	t.Cleanup(func() {
		pg.Exec(t, "postgres", "postgres", fmt.Sprintf(`DROP DATABASE IF EXISTS "%s" WITH (FORCE)`, name))
	})
}

func mergeEnv(pg *pgtest.Server, name, scratch string) Env {
	return Env{Tag: "0123abcd/20/1", Run: 20, ReadURL: secret.New(pg.URL("ops_read", name)),
		ServiceURL: func() (secret.Value, error) { return secret.New(pg.URL("app", name)), nil },
		Base:       Base{Admin: secret.New(pg.URL("ops_restore", "postgres")), Load: secret.New(pg.URL("ops_load", "postgres")), Scratch: scratch},
		Other: func(run uint64) Other {
			if run != mergedRun {
				return Other{}
			}
			return Other{Action: restoreTables, Args: map[string]string{"tables": "users", "backup": "latest"}, Over: true, Done: true}
		}}
}

// approved plans it, as people approve it then.
func (m *merging) approved(t *testing.T) {
	t.Helper()
	facts, err := m.step.Plan(t.Context(), m.env)
	ok(t, err)
	m.env.Facts = facts
}

func (m merging) users(t *testing.T) string {
	t.Helper()
	return m.pg.Query(t, m.name, "SELECT string_agg(name, ' ' ORDER BY id) FROM users")
}

func TestMergePlan(t *testing.T) {
	m := mergeShop(t)
	m.approved(t)
	live := m.pg.Query(t, m.name, "SELECT oid FROM pg_database WHERE datname = current_database()")
	copied, _ := restore.Names(m.name, mergedRun)
	source := m.pg.Query(t, m.name, "SELECT oid FROM pg_database WHERE datname = '"+copied+"'")
	system := m.pg.Query(t, m.name, "SELECT system_identifier FROM pg_control_system()")
	want := []Fact{
		atMost("rows written", 2), atMost("rows added in public.users", 1), atMost("rows changed in public.users", 1),
		{Name: "rows that only the database has stay", Kind: Shown, Number: 1, Unit: "rows"},
		{Name: factDatabase, Kind: Pinned, Value: fmt.Sprintf("%s at %s:%d, oid %s, system %s", m.name, m.pg.Host, m.pg.Port, live, system)},
		{Name: factFrom, Kind: Pinned, Value: copied + ", oid " + source},
	}
	if diff := cmp.Diff(want, m.env.Facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	m.step.Remove = "yes"
	facts, err := m.step.Plan(t.Context(), m.env)
	ok(t, err)
	if !cmp.Equal(facts[0], atMost("rows written", 3)) || !cmp.Equal(facts[3], atMost("rows removed in public.users", 1)) {
		t.Errorf("with removing: %v", facts)
	}
	for run, want := range map[string]string{"13": "#13 has not compared rows of a backup"} {
		m.step.Of = run
		if _, err := m.step.Plan(t.Context(), m.env); !strings.Contains(refusedBy(t, err).Sentence, want) {
			t.Errorf("run %s: %v", run, err)
		}
	}
}

// TestMergeWritesNoMoreThanWasApproved: the safety copy is made after the approval, and the service goes on meanwhile.
func TestMergeWritesNoMoreThanWasApproved(t *testing.T) {
	m := mergeShop(t)
	m.approved(t)
	for _, tt := range []struct{ meanwhile, failure, users string }{
		{"UPDATE users SET name = 'y' WHERE id = 1", "2 rows of table public.users would be changed, and 1 were approved", "y x dora"},
		{"UPDATE users SET name = 'ann' WHERE id = 1; UPDATE orders SET user_id = 2; DELETE FROM users WHERE id = 1", "2 rows of table public.users would be added, and 1 were approved", "x dora"},
		{"INSERT INTO users VALUES (1, 'ann'); INSERT INTO users VALUES (5, 'eve')", "", "ann bob cid dora eve"},
	} {
		m.pg.Exec(t, "app", m.name, tt.meanwhile)
		err := m.step.Run(t.Context(), m.env)
		switch {
		case tt.failure == "" && err != nil:
			t.Errorf("after %s: %v", tt.meanwhile, err)
		case tt.failure != "" && !strings.Contains(refusedBy(t, err).Sentence, tt.failure):
			t.Errorf("after %s: %v, want %q", tt.meanwhile, err, tt.failure)
		}
		if got := m.users(t); got != tt.users {
			t.Errorf("after %s there are %s, want %s", tt.meanwhile, got, tt.users)
		}
	}
}

// TestMergeOfAnother: between the approval and the write, what is read and what is written stay what they were.
func TestMergeOfAnother(t *testing.T) {
	m := mergeShop(t)
	m.approved(t)
	copied, _ := restore.Names(m.name, mergedRun)
	m.pg.Exec(t, "postgres", "postgres", fmt.Sprintf(`DROP DATABASE "%s"`, copied))
	if err := m.step.Run(t.Context(), m.env); !strings.Contains(refusedBy(t, err).Sentence, "is not there any more") {
		t.Errorf("without the copy: %v", err)
	}
	beside(t, m.pg, m.name, copied, true)
	if err := m.step.Run(t.Context(), m.env); !strings.Contains(refusedBy(t, err).Sentence, "changed since it was approved: where the rows come from") {
		t.Errorf("with another copy: %v", err)
	}
	m.env.Facts = nil
	if err := m.step.Run(t.Context(), m.env); !strings.Contains(refusedBy(t, err).Sentence, "no number of rows was approved") {
		t.Errorf("without facts: %v", err)
	}
	if got := m.users(t); got != "ann x dora" {
		t.Errorf("there are %s", got)
	}
}

// TestMergeOutOfTheKept: what was compared with a kept database is read from it, and it is closed again.
func TestMergeOutOfTheKept(t *testing.T) {
	m := mergeShop(t)
	copied, kept := restore.Names(m.name, mergedRun)
	m.pg.Exec(t, "postgres", "postgres", fmt.Sprintf(`DROP DATABASE "%s"`, copied))
	closed := func() string {
		return m.pg.Query(t, m.name, "SELECT NOT datallowconn FROM pg_database WHERE datname = '"+kept+"'")
	}
	diff := Merge{Do: doDiff, Tables: "users", Backup: fromBefore, Config: m.step.Config, Bound: true}
	facts, err := diff.Plan(t.Context(), m.env)
	ok(t, err)
	compared := m.env
	compared.Facts = facts
	var found *Merged
	compared.Data = func(d Data) {
		if d.Merge != nil {
			found = d.Merge
		}
	}
	ok(t, diff.Run(t.Context(), compared))
	if want := (&Merged{From: kept, Tables: []TableMerged{{Name: "public.users", Added: 1, Changed: 1, Removed: 1}}}); !cmp.Equal(want, found) {
		t.Errorf("found (-want +got):\n%s", cmp.Diff(want, found))
	}
	m.env.Other = func(uint64) Other {
		return Other{Action: restoreTables, Args: map[string]string{"tables": "users", "backup": fromBefore}, Facts: facts, Over: true, Done: true}
	}
	m.approved(t)
	ok(t, m.step.Run(t.Context(), m.env))
	if got := m.users(t); got != "ann bob cid dora" || closed() != "true" && closed() != "t" {
		t.Errorf("there are %s; closed: %s", got, closed())
	}
}

func TestReapplyByKind(t *testing.T) {
	m := mergeShop(t)
	for kind, want := range map[string][]Fact{
		"lost":    {atMost("rows written", 1), atMost("rows added in public.users", 1)},
		"changed": {atMost("rows written", 1), atMost("rows changed in public.users", 1)},
		"all":     {atMost("rows written", 2), atMost("rows added in public.users", 1), atMost("rows changed in public.users", 1)},
	} {
		m.step = Merge{Do: doReapply, Of: fmt.Sprint(mergedRun), Kind: kind, Tables: allTables, Config: &DatabaseConfig{}, Bound: true}
		facts, err := m.step.Plan(t.Context(), m.env)
		ok(t, err)
		if !cmp.Equal(want, facts[:len(want)]) || facts[len(want)].Kind != Shown {
			t.Errorf("%s: %v", kind, facts)
		}
	}
	m.step.Kind = "lost"
	m.approved(t)
	ok(t, m.step.Run(t.Context(), m.env))
	if got := m.users(t); got != "ann x cid dora" {
		t.Errorf("lost: there are %s", got)
	}
}

// TestMergeKilledAtItsCommit: another process does it and is killed before or after the commit; a later life says the truth.
func TestMergeKilledAtItsCommit(t *testing.T) {
	for when, want := range map[string]struct{ probe, users string }{
		"before the note":   {"nothing was brought back: it had not come to the commit", "ann x dora"},
		"stopped before":    {"nothing was brought back: the transaction was rolled back", "ann x dora"}, // its session is left
		"before the commit": {"nothing was brought back: the transaction was rolled back", "ann x dora"},
		"after the commit":  {"the rows were brought back: the transaction was committed", "ann bob cid dora"},
	} {
		t.Run(strings.ReplaceAll(when, " ", "_"), func(t *testing.T) {
			m := mergeShop(t)
			ready := filepath.Join(t.TempDir(), "ready")
			c := exec.Command(os.Args[0], "-play", "merge", fmt.Sprint(m.pg.Port), m.name, m.env.Base.Scratch, when, ready)
			c.Stderr = os.Stderr
			ok(t, c.Start())
			eventually(t, "the merge is under way", func() bool { _, err := os.Stat(ready); return err == nil })
			if when == "stopped before" {
				ok(t, c.Process.Signal(syscall.SIGSTOP))
				defer func() { _ = c.Wait() }()
				defer func() { _ = c.Process.Kill() }()
			} else {
				ok(t, c.Process.Kill())
				_ = c.Wait()
			}
			is, err := m.step.Probe(t.Context(), m.env)
			ok(t, err)
			if is != want.probe || m.users(t) != want.users {
				t.Errorf("it says %q, and there are %s; want %q and %s", is, m.users(t), want.probe, want.users)
			}
			tag := m.env
			tag.Tag = "0123abcd/21/0" // what goes on from it has noted nothing yet
			if is, err := m.step.Probe(t.Context(), tag); err != nil || is != "nothing was brought back: it had not come to the commit" {
				t.Errorf("of a run that goes on from it: %q, %v", is, err)
			}
			if n := m.pg.Query(t, m.name, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'twokey%20/1'"); n != "0" {
				t.Errorf("%s sessions are left", n)
			}
		})
	}
}

// playMerge is the process that is killed.
func playMerge(port, name, scratch, when, ready string) int {
	pg := &pgtest.Server{Host: "127.0.0.1"}
	fmt.Sscan(port, &pg.Port)
	env := mergeEnv(pg, name, scratch)
	m := Merge{Do: doMerge, Of: fmt.Sprint(mergedRun), Remove: "no", Config: &DatabaseConfig{}, Bound: true}
	hang := func() error {
		if err := os.WriteFile(ready, nil, 0o600); err != nil {
			return err
		}
		select {}
	}
	facts, err := m.Plan(context.Background(), env)
	env.Facts = facts
	if err == nil {
		err = m.bring(context.Background(), env, func(xid string) error {
			if when == "before the note" {
				return hang()
			}
			if err := env.noteXID(xid); err != nil || when == "after the commit" {
				return err
			}
			return hang()
		})
	}
	fmt.Fprintln(os.Stderr, errors.Join(err, hang()))
	return 1
}

// TestMergeFacts: what cannot be written is refused by name, or left out where nobody named it.
func TestMergeFacts(t *testing.T) {
	both := rows.Kinds{Insert: true, Update: true}
	users := rows.TablePlan{Name: "public.users", Change: rows.Change{Insert: 2, Remove: 1}, Triggers: []string{"audit"}, Notes: []string{"column x is new"}}
	logs := rows.TablePlan{Name: "public.logs", Change: rows.Change{Insert: 5}, Refused: "it has no key"}
	same := rows.TablePlan{Name: "public.same", Triggers: []string{"audit"}, Refused: ""}
	got, err := mergeFacts(rows.Planned{Tables: []rows.TablePlan{users, logs, same}}, both, true)
	ok(t, err)
	want := []Fact{
		atMost(factWritten, 2), atMost("rows added in public.users", 2),
		{Name: "triggers of public.users fire", Kind: Shown, Value: "audit"}, {Name: "public.users: column x is new", Kind: Shown},
		{Name: "public.logs is left out", Kind: Shown, Value: "it has no key"},
		{Name: "rows that only the database has stay", Kind: Shown, Number: 1, Unit: "rows"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]rows.Change{"public.users": {Insert: 2}}, approvedRows(got)); diff != "" {
		t.Errorf("approved (-want +got):\n%s", diff)
	}
	if _, err := mergeFacts(rows.Planned{Tables: []rows.TablePlan{users, logs}}, both, false); !strings.Contains(refusedBy(t, err).Sentence, "public.logs cannot be brought back: it has no key") {
		t.Errorf("a named one: %v", err)
	}
	if _, err := mergeFacts(rows.Planned{Tables: []rows.TablePlan{same}}, both, false); !strings.Contains(refusedBy(t, err).Sentence, "nothing to bring back") {
		t.Errorf("nothing: %v", err)
	}
}

// TestACopyInUseStays: nobody throws away what another's request still needs.
func TestACopyInUseStays(t *testing.T) {
	discard := Restore{Do: doDiscard, Of: "12", Config: &DatabaseConfig{}, Bound: true}
	for _, over := range []bool{false, true} {
		env := Env{Other: func(uint64) Other { return Other{Action: "restore", Over: over} }}
		_, err := discard.Plan(t.Context(), env)
		if !over && !strings.Contains(refusedBy(t, err).Sentence, "#12 is not over and still needs its copy") || over && err != nil {
			t.Errorf("over %t: %v", over, err)
		}
	}
}
