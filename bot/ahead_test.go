package bot_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/internal/journal"
)

// restoring is an action whose first step makes a copy ahead and can drop it; the second uses it.
func restoring(t *testing.T, copied, used string, ahead []string) actions.Action {
	t.Helper()
	yml := `
restoring:
  summary: Use a copy
  effect: change
  touches: [app]
  steps:
    - exec: {run: [AHEAD], effect: protect, drop: [rm, -f, "COPY"], timeout: 1h}
      ahead: true
    - exec: {run: [cp, "COPY", "USED"]}
`
	quoted := `"` + strings.Join(ahead, `", "`) + `"`
	yml = strings.NewReplacer("AHEAD", quoted, "COPY", copied, "USED", used).Replace(yml)
	c := load(t, yml, noService)
	a, ok := c.Get("restoring")
	if !ok {
		t.Fatal("no action")
	}
	return a
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// asks has ann ask and waits for the plan.
func (l *life) asks(t *testing.T, a actions.Action) actions.ID {
	t.Helper()
	e := decide(t, l.log, func(now journal.Now) (journal.Draft, error) {
		return l.state.Ask(now, actions.Asked{Action: a, Person: "ann", Account: 11, Revision: "r1"})
	})
	id := actions.ID(e.Seq)
	l.until(t, "the plan is there", func() bool { return l.is(id) == actions.Pending })
	return id
}

func (l *life) yes(t *testing.T, id actions.ID) {
	t.Helper()
	decide(t, l.log, func(now journal.Now) (journal.Draft, error) { return l.state.Vote(now, id, "bob", 12, true) })
}

// request is for use under the journal's lock.
func (l *life) request(id actions.ID) *actions.Request {
	r, _ := l.state.Request(id)
	return r
}

func TestAheadRunsWhilePendingAndOnlyThenTheRest(t *testing.T) {
	dir := t.TempDir()
	copied, used := filepath.Join(dir, "copy"), filepath.Join(dir, "used")
	l, _ := runs(t, time.Minute)
	id := l.asks(t, restoring(t, copied, used, []string{"touch", copied}))
	l.until(t, "the copy is made", func() bool { return l.request(id).Done() == 1 })
	if !exists(copied) || exists(used) || l.status(id) != actions.Pending {
		t.Fatalf("copy %v, used %v, %s; want the copy only, pending", exists(copied), exists(used), l.status(id))
	}
	l.yes(t, id)
	l.until(t, "it is over", func() bool { return l.is(id).Final() })
	if r := l.get(id); r.Status != actions.Succeeded || !exists(used) || !exists(copied) || r.OwesDrop() {
		t.Errorf("%s (%s), used %v, copy %v; success drops nothing", r.Status, r.Why, exists(used), exists(copied))
	}
}

func TestAheadIsDroppedByEveryEndButSuccess(t *testing.T) {
	ends := map[actions.Status]func(t *testing.T, l *life, id actions.ID){
		actions.Denied: func(t *testing.T, l *life, id actions.ID) {
			decide(t, l.log, func(now journal.Now) (journal.Draft, error) { return l.state.Vote(now, id, "bob", 12, false) })
		},
		actions.Cancelled: func(t *testing.T, l *life, id actions.ID) {
			decide(t, l.log, func(journal.Now) (journal.Draft, error) { return l.state.Cancel(id, "ann") })
		},
		actions.Void: func(t *testing.T, l *life, id actions.ID) {
			decide(t, l.log, func(journal.Now) (journal.Draft, error) { return l.state.Policy("r2", people), nil })
		},
		actions.Failed: func(t *testing.T, l *life, id actions.ID) { l.yes(t, id) },
	}
	for status, end := range ends {
		t.Run(string(status), func(t *testing.T) {
			dir := t.TempDir()
			copied, used := filepath.Join(dir, "copy"), filepath.Join(dir, "used")
			if status == actions.Failed {
				used = filepath.Join(dir, "no", "such", "folder")
			}
			l, _ := runs(t, time.Minute)
			id := l.asks(t, restoring(t, copied, used, []string{"touch", copied}))
			l.until(t, "the copy is made", func() bool { return l.request(id).Done() == 1 })
			end(t, l, id)
			l.until(t, "it is dropped", func() bool { return l.request(id).Dropped })
			if r := l.get(id); r.Status != status || exists(copied) || r.DropError != "" || !r.Over() {
				t.Errorf("%s, copy %v, drop error %q; want %s and no copy", r.Status, exists(copied), r.DropError, status)
			}
		})
	}
}

func TestAheadUnderWayIsEndedWithItsRequest(t *testing.T) {
	dir := t.TempDir()
	l, _ := runs(t, time.Minute)
	id := l.asks(t, restoring(t, filepath.Join(dir, "copy"), filepath.Join(dir, "used"), []string{"sleep", "4567.8"}))
	l.until(t, "it prepares", func() bool { return l.request(id).Preparing() && len(l.request(id).Runs) == 1 })
	l.yes(t, id)
	if s := l.status(id); s != actions.Approved {
		t.Fatalf("%s; approved, it waits for what runs ahead", s)
	}
	decide(t, l.log, func(now journal.Now) (journal.Draft, error) { return l.state.Vote(now, id, "cid", 13, false) })
	l.until(t, "it is dropped", func() bool { return l.request(id).Dropped })
	if n := sleepers(t, "4567.8"); n != 0 || l.status(id) != actions.Denied {
		t.Errorf("%s with %d processes, want denied with none", l.status(id), n)
	}
}

func TestAheadThatFailsIsVoid(t *testing.T) {
	dir := t.TempDir()
	l, _ := runs(t, time.Minute)
	id := l.asks(t, restoring(t, filepath.Join(dir, "copy"), filepath.Join(dir, "used"), []string{"false"}))
	l.until(t, "it is dropped", func() bool { return l.request(id).Dropped })
	if r := l.get(id); r.Status != actions.Void || r.Voided.Cause != actions.VoidAhead || r.Voided.Is == "" {
		t.Errorf("%s, %+v; want void, because preparing failed", r.Status, r.Voided)
	}
}

// Killed while it prepares: the next life voids the request, and drops what there is.
func TestAheadAfterACrashIsVoidAndDropped(t *testing.T) {
	dir := t.TempDir()
	copied := filepath.Join(dir, "copy")
	store, state := journal.NewMemory(), actions.NewState()
	log, err := journal.Open(t.Context(), store, time.Now, state)
	if err != nil {
		t.Fatal(err)
	}
	a := restoring(t, copied, filepath.Join(dir, "used"), []string{"touch", copied})
	decide(t, log, func(journal.Now) (journal.Draft, error) { return state.Policy("r1", people), nil })
	e := decide(t, log, func(now journal.Now) (journal.Draft, error) {
		return state.Ask(now, actions.Asked{Action: a, Person: "ann", Revision: "r1"})
	})
	id := actions.ID(e.Seq)
	decide(t, log, func(now journal.Now) (journal.Draft, error) {
		return state.Planned(now, id, actions.Plan{Steps: a.Steps}), nil
	})
	if e := decide(t, log, func(now journal.Now) (journal.Draft, error) { return state.Ahead(now, id), nil }); e.Kind != actions.KindStepStarted {
		t.Fatalf("ahead gave %q", e.Kind)
	}
	write(t, copied, "half a copy")

	l := &life{state: actions.NewState()}
	if l.log, err = journal.Open(t.Context(), store, time.Now, l.state); err != nil {
		t.Fatal(err)
	}
	r := &actions.Runner{Log: l.log, State: l.state, Board: actions.NewBoard(), World: testWorld(), Grace: time.Minute, Report: func(err error) { t.Error(err) }}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = r.Run(ctx) })
	l.until(t, "it is dropped", func() bool { return l.request(id).Dropped })
	stop()
	done.Wait()
	if r := l.get(id); r.Status != actions.Void || exists(copied) {
		t.Errorf("%s, copy %v; want void and no copy", r.Status, exists(copied))
	}
}

func TestOnlyWhatCanBeDroppedMayRunAhead(t *testing.T) {
	dir, err := auth.NewDirectory(people)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ why, steps, says string }{
		{"a change", `[{exec: {run: ["true"], effect: change}, ahead: true}]`, "only for effects read and protect"},
		{"nothing to drop it with", `[{exec: {run: ["true"], effect: protect}, ahead: true}]`, "must be dropped"},
		{"not first", `[{exec: {run: ["true"]}}, {exec: {run: ["true"], effect: read}, ahead: true}]`, "before all others"},
		{"looking may", `[{exec: {run: ["true"], effect: read}, ahead: true}, {exec: {run: ["true"]}}]`, ""},
	} {
		defs := definitions(t, "x: {summary: X, steps: "+tt.steps+"}")
		_, err := actions.NewCatalogue(actions.Source{Own: defs, Default: rule, People: dir, Site: noService})
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.why, err, tt.says)
		}
	}
}

var _ step.Dropper = (*step.Exec)(nil)

// Behind a step that arguments put first, one that could run ahead is like any; what it made is dropped all the same when the run
// does not end well.
func TestAheadBehindAnotherStepEndsTheRun(t *testing.T) {
	dir := t.TempDir()
	copied, used := filepath.Join(dir, "copy"), filepath.Join(dir, "used")
	yml := `
restoring:
  summary: Use a copy
  effect: change
  touches: [app]
  params:
    service: {type: choice, values: [running, stopped], default: running}
  steps:
    - exec: {run: ["true"]}
      when: {service: stopped}
    - exec: {run: [touch, "COPY"], effect: protect, drop: [rm, -f, "COPY"]}
      ahead: true
    - exec: {run: ["false"], effect: protect, drop: ["true"]}
      ahead: true
    - exec: {run: [cp, "COPY", "USED"]}
`
	c := load(t, strings.NewReplacer("COPY", copied, "USED", used).Replace(yml), noService)
	a, _ := c.Get("restoring")
	l, _ := runs(t, time.Minute)
	e := decide(t, l.log, func(now journal.Now) (journal.Draft, error) {
		return l.state.Ask(now, actions.Asked{Action: a, Args: actions.Args{"service": "stopped"}, Person: "ann", Account: 11, Revision: "r1"})
	})
	id := actions.ID(e.Seq)
	l.until(t, "the plan is there", func() bool { return l.is(id) == actions.Pending })
	l.yes(t, id)
	l.until(t, "it is dropped", func() bool { return l.is(id).Final() && l.request(id).Dropped })
	if r := l.get(id); r.Status != actions.Failed || exists(used) || exists(copied) {
		t.Errorf("%s, used %v, copy %v; want it failed, and nothing left", r.Status, exists(used), exists(copied))
	}
}
