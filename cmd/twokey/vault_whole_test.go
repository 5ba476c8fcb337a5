package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"twokey/actions"
	"twokey/internal/journal"
	"twokey/internal/proc"
)

// fold is the state that a journal comes to.
func fold(entries []journal.Entry) (*actions.State, error) {
	state := actions.NewState()
	for _, e := range entries {
		body := state.New(e.Kind)
		if body == nil {
			continue
		}
		if err := json.Unmarshal(e.Body, body); err != nil {
			return nil, err
		}
		state.Apply(e, body)
	}
	return state, nil
}

// newest is the newest request of an action, as the journal has it; nil before there is one.
func (v *vault) newest(name actions.Name) *actions.Request {
	entries, err := v.entries()
	if err != nil {
		return nil
	}
	state, err := fold(entries)
	if err != nil {
		return nil
	}
	for r := range state.Newest() {
		if r.Action().Name == name {
			return r
		}
	}
	return nil
}

// unhurt is what must hold of the database at every moment that people can look at it, whatever was killed: one database has the
// service's name, the service can use it, and its rows are all of one state.
func (v *vault) unhurt(t *testing.T) (is string) {
	t.Helper()
	must(t, v.serves())
	if n := v.catalogue(t, "SELECT count(*) FROM pg_database WHERE datname = 'NAME' AND datallowconn"); n != "1" {
		t.Errorf("%s databases have the service's name and let it in", n)
	}
	is, err := v.rows()
	must(t, err)
	if is != isOld && is != isBackup {
		t.Errorf("the service's rows are of no one state: %s", is)
	}
	return is
}

// settled is what must hold when nothing is to be done any more: nothing of ours is left.
func (v *vault) settled(t *testing.T, want string) {
	t.Helper()
	if is := v.unhurt(t); is != want {
		t.Errorf("the service has %s, want %s", is, want)
	}
	must(t, until("no copy is left", func() bool {
		return v.catalogue(t, "SELECT count(*) FROM pg_database WHERE datname ~ '^NAME__r_'") == "0"
	}))
	must(t, until("no kept database is open", func() bool {
		return v.catalogue(t, "SELECT count(*) FROM pg_database WHERE datname ~ '^NAME__before_' AND datallowconn") == "0"
	}))
	must(t, until("no pinned backup is left", func() bool { return len(v.left("pins")) == 0 }))
	must(t, v.stop())
	v.truth(t)
	if left := v.left("tmp"); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
	entries, err := v.entries()
	must(t, err)
	tag := entries[0].Hash.Short() + "/"
	must(t, until("no session is left", func() bool {
		return v.catalogue(t, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'twokey "+tag+"%'") == "0"
	}))
	if ps, err := proc.Tagged(tag); err != nil || len(ps) > 0 {
		t.Errorf("still running: %s; %v", proc.Names(ps), err)
	}
	v.onceEach(t, entries)
}

func (s *stage) left(folder string) []string {
	left, _ := filepath.Glob(filepath.Join(s.dir, "state", folder, "*"))
	return left
}

// onceEach says that no changing step of a run was begun twice.
func (v *vault) onceEach(t *testing.T, entries []journal.Entry) {
	t.Helper()
	state, err := fold(entries)
	must(t, err)
	begun := map[string]int{}
	for _, e := range entries {
		var b actions.StepStarted
		if e.Kind != actions.KindStepStarted || json.Unmarshal(e.Body, &b) != nil {
			continue
		}
		begun[fmt.Sprint(b.Request, "/", b.Step)]++
		r, _ := state.Request(b.Request)
		if n := begun[fmt.Sprint(b.Request, "/", b.Step)]; n > 1 && r.Steps[b.Step].Effect == actions.Change {
			t.Errorf("step %d of %d was begun %d times", b.Step, b.Request, n)
		}
	}
}

// says what an interrupted card says about the database, and that it offers what it should.
func (v *vault) tellsTruth(t *testing.T, r *actions.Request, is string) {
	t.Helper()
	for _, label := range []string{"Resume", "Undo", "Leave"} {
		_, err := v.button(v.admin, label)
		must(t, err)
	}
	if r.Cut == nil || !r.Cut.Begun || r.Steps[r.Cut.Step].Kind != "restore" {
		return
	}
	want, not := "nothing was switched", "the switch was done"
	if is == isBackup {
		want, not = not, want
	}
	must(t, v.wait("the card does not say that "+want, func() bool { return v.foundOut(r, want) }))
	if v.foundOut(r, not) {
		t.Errorf("the card says that %s:\n%s", not, v.show(v.admin))
	}
}

// foundOut says whether the card of an interrupted run says so.
func (v *vault) foundOut(r *actions.Request, what string) bool {
	for _, m := range slices.Backward(v.tg.Messages(v.admin)) {
		if strings.Contains(m.Text, "interrupted /"+string(r.Action().Name)) {
			_, found, _ := strings.Cut(m.Text, "Found: ")
			return strings.Contains(strings.ToLower(found), what)
		}
	}
	return false
}
