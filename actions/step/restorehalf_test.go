package step

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"twokey/internal/restore"
)

// TestHalfDroppedDatabases: of one whose dropping was cut off nothing is left. It is no way back and no source of rows; it can be thrown
// away, and a copy is, by the tidying.
func TestHalfDroppedDatabases(t *testing.T) {
	m := mergeShop(t)
	copied, kept := restore.Names(m.name, mergedRun)
	m.pg.Exec(t, "postgres", "postgres", fmt.Sprintf("UPDATE pg_database SET datconnlimit = -2 WHERE datname IN ('%s', '%s')", copied, kept))
	t.Cleanup(func() {
		m.pg.Exec(t, "postgres", "postgres", fmt.Sprintf("UPDATE pg_database SET datconnlimit = -1 WHERE datname IN ('%s', '%s')", copied, kept))
	})
	m.env.Base.Held = &Held{}
	// The switch of the run was done: its copy is the service's database, or was dropped.
	config := &DatabaseConfig{}
	m.env.Base.Held.shut.Store(true) // all was in order until the crash; then somebody looks
	all, err := Kept(t.Context(), m.env, *config)
	if ok(t, err); len(all) != 2 || !all[0].Half || !all[1].Half {
		t.Errorf("%+v", all)
	}
	var refused *Failure
	if _, err := m.step.Plan(t.Context(), m.env); !errors.As(err, &refused) || !strings.Contains(refused.Sentence, copied+" was cut off half way") {
		t.Errorf("/merge_tables: %v", err)
	}
	closed, dropped, err := CloseKept(t.Context(), m.env, *config)
	if ok(t, err); len(closed) != 0 || len(dropped) != 1 || dropped[0] != copied {
		t.Errorf("tidying closed %q and dropped %q", closed, dropped)
	}
	of := func(do string) Restore { return Restore{Do: do, Of: fmt.Sprint(mergedRun), Config: config} }
	merge := func(do string) func() error {
		return func() error {
			m := m
			m.step.Do, m.step.Of, m.step.Backup, m.step.Tables = do, fmt.Sprint(mergedRun), fromBefore, "users"
			_, err := m.step.Plan(t.Context(), m.env)
			return err
		}
	}
	for _, tt := range []struct {
		why  string
		do   func() error
		says string
	}{
		{"/undo is not offered", func() error { _, err := of(doBack).planBack(t.Context(), m.env); return err }, "was cut off half way, and nothing of it is left"},
		{"nor done", func() error { return of(doBack).Run(t.Context(), m.env) }, "was cut off half way, and nothing of it is left"},
		{"/reapply", merge(doReapply), "was cut off half way, and nothing of it is left"},
		{"/restore_tables before", merge(doDiff), "no database from before a switch is kept"},
	} {
		err := tt.do()
		if refused = nil; !errors.As(err, &refused) || !strings.Contains(refused.Sentence, tt.says) {
			t.Errorf("%s: %v", tt.why, err)
		}
	}
	facts, err := of(doDrop).planDrop(t.Context(), m.env)
	if ok(t, err); len(facts) != 2 || !strings.Contains(facts[0].Name, "nothing of it is left") || facts[1].Value != kept {
		t.Errorf("%+v", facts)
	}
	ok(t, of(doDrop).drop(t.Context(), m.env))
	if m.pg.Query(t, "postgres", "SELECT count(*) FROM pg_database WHERE datname = '"+kept+"'") != "0" {
		t.Error("it is still there")
	}
}

// TestARunWhoseCopyIsHalfDropped is over, and the tidying finishes it; one that is resumed begins anew.
func TestARunWhoseCopyIsHalfDropped(t *testing.T) {
	m := mergeShop(t)
	copied, kept := restore.Names(m.name, mergedRun)
	m.pg.Exec(t, "postgres", "postgres", "DROP DATABASE "+kept)
	half := func() {
		m.pg.Exec(t, "postgres", "postgres", "UPDATE pg_database SET datconnlimit = -2 WHERE datname = '"+copied+"'")
	}
	m.env.Run = mergedRun
	gone := func(why string) {
		t.Helper()
		if m.pg.Query(t, "postgres", "SELECT count(*) FROM pg_database WHERE datname = '"+copied+"'") != "0" {
			t.Errorf("%s: it is still there", why)
		}
	}
	half()
	r := Restore{Do: doCopy, Config: &DatabaseConfig{}}
	if says, err := r.Probe(t.Context(), m.env); err != nil || !strings.Contains(says, "of a copy nothing is left but its name") {
		t.Errorf("%s %v", says, err)
	}
	if there, err := r.made(t.Context(), m.env); err != nil || there {
		t.Errorf("it is taken for a copy: %v", err)
	}
	gone("resumed")
	m.pg.Exec(t, "postgres", "postgres", "CREATE DATABASE "+copied+" OWNER app")
	half()
	ok(t, DropCopy(t.Context(), m.env, *r.Config))
	gone("tidied")
}
