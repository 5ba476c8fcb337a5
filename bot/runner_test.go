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
	"twokey/internal/journal"
	"twokey/internal/proc"
)

// program is an action of one program.
func program(t *testing.T, name actions.Name, e actions.Effect, work step.Exec) actions.Action {
	t.Helper()
	work.Effect = string(e)
	loaded, err := work.Load(step.Site{Dir: "/"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := actions.NewStep("exec", loaded)
	if err != nil {
		t.Fatal(err)
	}
	return actions.Action{Name: name, Summary: string(name), Effect: e, Touches: []actions.Touch{actions.App}, Steps: []actions.Step{s}, Rule: rule}
}

// runs gives a life of its own to a runner over a fresh journal.
func runs(t *testing.T, grace time.Duration) (l *life, stop func()) {
	t.Helper()
	return runsOver(t, journal.NewMemory(), grace, func(err error) { t.Errorf("reported: %v", err) })
}

func runsOver(t *testing.T, store journal.Store, grace time.Duration, report func(error)) (l *life, stop func()) {
	t.Helper()
	l, _, stop = runsWith(t, store, grace, report)
	return l, stop
}

func runsWith(t *testing.T, store journal.Store, grace time.Duration, report func(error)) (l *life, r *actions.Runner, stop func()) {
	t.Helper()
	l = &life{state: actions.NewState()}
	log, err := journal.Open(t.Context(), store, time.Now, l.state)
	if err != nil {
		t.Fatal(err)
	}
	l.log = log
	decide(t, log, func(journal.Now) (journal.Draft, error) { return l.state.Policy("r1", people), nil })
	w := testWorld()
	w.Survivors = func(context.Context, string) (int, []string, error) { return 0, nil, nil }
	r = &actions.Runner{Log: log, State: l.state, Board: actions.NewBoard(), World: w, Grace: grace, Report: report}
	ctx, cancel := context.WithCancel(context.Background())
	l.done.Go(func() { _ = r.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); l.done.Wait() })
	t.Cleanup(stop)
	return l, r, stop
}

// approve has a request asked by ann and approved by bob, and waits until it has begun.
func (l *life) approve(t *testing.T, a actions.Action) actions.ID {
	t.Helper()
	e := decide(t, l.log, func(now journal.Now) (journal.Draft, error) {
		return l.state.Ask(now, actions.Asked{Action: a, Person: "ann", Account: 11, Revision: "r1"})
	})
	id := actions.ID(e.Seq)
	l.until(t, "the plan is there", func() bool { return l.is(id) != actions.Planning })
	if l.status(id) == actions.Pending {
		decide(t, l.log, func(now journal.Now) (journal.Draft, error) { return l.state.Vote(now, id, "bob", 12, true) })
	}
	return id
}

// is is the status, for use under the journal's lock.
func (l *life) is(id actions.ID) actions.Status {
	r, _ := l.state.Request(id)
	return r.Status
}

func (l *life) status(id actions.ID) (s actions.Status) {
	l.log.View(func(journal.Now) { s = l.is(id) })
	return s
}

func (l *life) get(id actions.ID) (r *actions.Request) {
	l.log.View(func(journal.Now) {
		p, _ := l.state.Request(id)
		r = p.Clone()
	})
	return r
}

func sleepers(t *testing.T, mark string) int {
	t.Helper()
	all, err := proc.All()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range all {
		if title, err := p.Title(); err == nil && strings.Contains(title, mark) {
			n++
		}
	}
	return n
}

func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		_ = os.Remove(to)
		err = os.WriteFile(to, data, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAStepThatOutlivesTheGraceIsEndedAndInterrupted(t *testing.T) {
	l, stop := runs(t, 0)
	id := l.approve(t, program(t, "wait", actions.Change, step.Exec{Argv: []string{"sleep", "1234.5"}, Timeout: time.Hour}))
	l.until(t, "it runs", func() bool { return l.is(id) == actions.Running })
	stop()
	r := l.get(id)
	if r.Status != actions.Interrupted || r.Cut.Cause != actions.CutShutdown || !r.Cut.Begun {
		t.Errorf("%s, %+v; want interrupted by the shutdown, its outcome unknown", r.Status, r.Cut)
	}
	if n := sleepers(t, "1234.5"); n != 0 {
		t.Errorf("%d of its processes are there", n)
	}
}

func TestAStopEndsAStartUnderWay(t *testing.T) {
	l, _ := runs(t, time.Minute)
	start := l.approve(t, program(t, "begin", actions.Change, step.Exec{Argv: []string{"sleep", "2345.6"}, Timeout: time.Hour, Starts: true}))
	l.until(t, "it runs", func() bool { return l.is(start) == actions.Running })
	halt := l.approve(t, program(t, "halt", actions.Stop, step.Exec{Argv: []string{"true"}}))
	l.until(t, "both are over", func() bool { return l.is(start).Final() && l.is(halt).Final() })
	if r := l.get(start); r.Status != actions.Interrupted || r.Cut.Cause != actions.CutHold || r.Cut.By != halt {
		t.Errorf("the start is %s, %+v; want interrupted by the stop %d", r.Status, r.Cut, halt)
	}
	if s := l.status(halt); s != actions.Succeeded {
		t.Errorf("the stop is %s", s)
	}
	if n := sleepers(t, "2345.6"); n != 0 {
		t.Errorf("%d processes of the start are there", n)
	}
	first, second := l.get(start), l.get(halt)
	if second.Runs[0].Finished.Before(first.EndedAt) {
		t.Error("the stop ended before the start did: something may have come up after it")
	}
}

func TestAProgramThatFailsSaysSoWithItsLastWords(t *testing.T) {
	l, _ := runs(t, time.Minute)
	id := l.approve(t, program(t, "fail", actions.Change, step.Exec{Argv: []string{"ls", "/there/is/no/such/place"}}))
	l.until(t, "it is over", func() bool { return l.is(id).Final() })
	r := l.get(id)
	if r.Status != actions.Failed || r.Why == "" || r.Runs[0].Tail == "" {
		t.Errorf("%s, why %q, tail %q", r.Status, r.Why, r.Runs[0].Tail)
	}
}

// A program that changes between the approval and the start is another program.
func TestAProgramThatChangedIsVoid(t *testing.T) {
	l, _ := runs(t, time.Minute)
	dir := t.TempDir()
	path := filepath.Join(dir, "tool")
	copyProgram(t, "/bin/true", path)
	blocker := l.approve(t, program(t, "wait", actions.Change, step.Exec{Argv: []string{"sleep", "3456.7"}, Timeout: time.Hour, Starts: true}))
	l.until(t, "it runs", func() bool { return l.is(blocker) == actions.Running })
	id := l.approve(t, program(t, "tool", actions.Change, step.Exec{Argv: []string{path}}))
	if s := l.status(id); s != actions.Approved {
		t.Fatalf("it is %s while the other runs, want approved and waiting", s)
	}
	copyProgram(t, "/bin/false", path)
	l.approve(t, program(t, "halt", actions.Stop, step.Exec{Argv: []string{"true"}}))
	leave := settlement(t, l, actions.Leave, blocker)
	l.until(t, "the way is free", func() bool { return l.is(leave).Final() })
	l.until(t, "it is over", func() bool { return l.is(id).Final() })
	if r := l.get(id); r.Status != actions.Void || r.Voided.Cause != actions.VoidDrift {
		t.Errorf("%s, %+v; want void: the program is another one", r.Status, r.Voided)
	}
}

// settlement has ann ask to settle an interrupted run, and bob approve.
func settlement(t *testing.T, l *life, way actions.Name, id actions.ID) actions.ID {
	t.Helper()
	l.until(t, "it is interrupted", func() bool { return l.is(id) == actions.Interrupted })
	var a actions.Action
	var err error
	l.log.View(func(journal.Now) { a, err = l.state.Settlement(way, id, nil) })
	if err != nil {
		t.Fatal(err)
	}
	e := decide(t, l.log, func(now journal.Now) (journal.Draft, error) {
		return l.state.Ask(now, actions.Asked{Action: a, Person: "cid", Account: 13, Revision: "r1", Names: id})
	})
	own := actions.ID(e.Seq)
	l.until(t, "the plan is there", func() bool { return l.is(own) == actions.Pending })
	decide(t, l.log, func(now journal.Now) (journal.Draft, error) { return l.state.Vote(now, own, "bob", 12, true) })
	return own
}

// The journal goes away while a step runs, and we are told to end: we do, and the next life finds a step whose outcome
// nobody knows.
func TestWeEndAlthoughTheJournalStaysAway(t *testing.T) {
	t.Parallel()
	store := &fragile{Memory: journal.NewMemory()}
	l, stop := runsOver(t, store, 0, func(error) {})
	id := l.approve(t, program(t, "wait", actions.Change, step.Exec{Argv: []string{"sleep", "5678.9"}, Timeout: time.Hour}))
	l.until(t, "it runs", func() bool { return l.is(id) == actions.Running })
	store.fail(true)
	stop() // hangs for ever when it does not give up
	if n := sleepers(t, "5678.9"); n != 0 {
		t.Errorf("%d of its processes are there", n)
	}
	store.fail(false)
	next, _ := runsOver(t, store, 0, func(err error) { t.Errorf("reported: %v", err) })
	next.until(t, "it is over", func() bool { return next.is(id).Final() })
	if r := next.get(id); r.Status != actions.Interrupted || r.Cut.Cause != actions.CutCrash {
		t.Errorf("%s, %+v; want interrupted, its outcome unknown", r.Status, r.Cut)
	}
}

// A start is under way and the journal goes away: a stop that one person may do ends the start and stops, and waits for
// neither the journal nor for what the start has to write.
func TestAnEmergencyStopEndsAStartAlthoughTheJournalIsAway(t *testing.T) {
	t.Parallel()
	store := &fragile{Memory: journal.NewMemory()}
	l, runner, _ := runsWith(t, store, 0, func(error) {})
	id := l.approve(t, program(t, "begin", actions.Change, step.Exec{Argv: []string{"sleep", "6789.1"}, Timeout: time.Hour, Starts: true}))
	l.until(t, "it runs", func() bool { return l.is(id) == actions.Running })
	store.fail(true)
	t.Cleanup(func() { store.fail(false) })
	halt := program(t, "halt", actions.Stop, step.Exec{Argv: []string{"true"}})
	halt.Rule.Alone = true
	done := make(chan error, 1)
	go func() {
		_, err := runner.Emergency(context.Background(), actions.Asked{Action: halt, Person: "ann", Account: 11})
		done <- err
	}()
	select {
	case err := <-done:
		if n := sleepers(t, "6789.1"); err != nil || n != 0 {
			t.Errorf("%v, with %d processes of the start there", err, n)
		}
		if n := store.refused(); n > 3 {
			t.Errorf("the stop came after %d tries to write: it waited for the journal", n)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the stop waits for the journal")
	}
}
