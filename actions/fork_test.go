package actions

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"twokey/auth"
	"twokey/internal/journal"
)

var (
	bobsPin = Pin{Person: "bob", Seq: 400, Hash: journal.Hash{4}}
	annsPin = Pin{Person: "ann", Seq: 390, Hash: journal.Hash{3}}
)

// fork has pins compared and gives the kind of the entry that came of it.
func (x *table) fork(pins ...Pin) string {
	x.t.Helper()
	e, err := x.update("", func(journal.Now) (journal.Draft, error) { return x.state.Forked(x.log.Head(), pins), nil })
	if err != nil {
		x.t.Fatal(err)
	}
	return e.Kind
}

func (x *table) accept(id string) string {
	x.t.Helper()
	e, err := x.update("", func(journal.Now) (journal.Draft, error) { return x.state.AcceptFork(id), nil })
	if err != nil {
		x.t.Fatal(err)
	}
	return e.Kind
}

func TestAForkEndsWhatWasOpenAndCutsWhatRuns(t *testing.T) {
	x := sit(t)
	under := x.approved("ann", restart)
	x.start(under, pin)
	between := x.approved("cid", longer(cache))
	x.start(between, pin)
	x.finish(between, 0, Result{})
	stopping := x.approved("cid", stopApp)
	x.start(stopping, pin)
	asked, approved := x.mustAsk("ann", cache), x.approved("cid", startApp)
	if kind := x.fork(annsPin, bobsPin); kind != KindForked {
		t.Fatalf("the fork gave %q", kind)
	}
	x.want(asked, Void)
	x.want(approved, Void)
	x.want(stopping, Running)
	x.want(under, Interrupted)
	x.want(between, Interrupted)
	if r := x.state.requests[under]; !r.Cut.Begun || r.Cut.Cause != CutFork || r.Cut.Step != 0 || !r.Unsettled() {
		t.Errorf("the run under way was cut by %+v", r.Cut)
	}
	if r := x.state.requests[between]; r.Cut.Begun || r.Cut.Step != 1 {
		t.Errorf("the run between two steps was cut by %+v", r.Cut)
	}
	if v := x.state.requests[approved].Voided; v.Cause != VoidFork {
		t.Errorf("void because of %+v", v)
	}
	if f := x.state.Fork(); f == nil || f.Pins[0] != bobsPin || len(f.Pins) != 2 {
		t.Errorf("the fork is %+v, want bob's newest pin first", f)
	}
	x.finish(under, 0, Result{}) // its work may come to an end in this life
	x.want(under, Interrupted)
}

// longer is an action with its step done twice.
func longer(a Action) Action { a.Steps = append(a.Steps, a.Steps...); return a }

func TestWhileForkedNothingThatChangesIsAsked(t *testing.T) {
	x := sit(t)
	run := x.approved("ann", restart)
	x.start(run, pin)
	x.fork(bobsPin)
	_, err := x.ask("ann", restart)
	wantRefusal(t, err, JournalForked)
	leave, err := x.state.Settlement(Leave, run, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = x.ask("ann", leave)
	wantRefusal(t, err, JournalForked)
	look := Action{Name: "look", Effect: Read, Steps: cache.Steps, Rule: rule}
	backup := Action{Name: "backup", Effect: Protect, Steps: cache.Steps, Rule: rule}
	for _, a := range []Action{stopApp, alone(stopApp), look, backup} {
		if _, err := x.ask("cid", a); err != nil {
			t.Errorf("/%s (%s) is refused: %v", a.Name, a.Effect, err)
		}
		x.cancelAll("cid")
	}
}

func (x *table) cancelAll(who auth.Name) {
	for _, r := range x.state.Live() {
		if r.Status.Open() {
			_ = x.cancel(r.ID, who)
		}
	}
}

func TestAForkIsFoundOnceAndAcceptedByItsName(t *testing.T) {
	x := sit(t)
	x.fork(bobsPin)
	if kind := x.fork(annsPin, bobsPin); kind != "" {
		t.Errorf("the fork was found again: %s", kind)
	}
	id := x.state.Fork().ID
	if kind := x.accept("00000000"); kind != "" || x.state.Fork() == nil {
		t.Errorf("another fork's name gave %q", kind)
	}
	if kind := x.accept(id); kind != KindForkSettled || x.state.Fork() != nil {
		t.Errorf("accepted, it gave %q, and is %+v", kind, x.state.Fork())
	}
	// bob's pin is still what it was, until it can be edited.
	if kind := x.fork(bobsPin); kind != "" {
		t.Errorf("what was accepted is found again: %s", kind)
	}
	if kind := x.fork(bobsPin, annsPin); kind != KindForked {
		t.Errorf("another head that is lost gave %q", kind)
	}
	if diff := cmp.Diff([]Pin{annsPin}, x.state.Fork().Pins); diff != "" {
		t.Errorf("pins (-want +got):\n%s", diff)
	}
	if kind := x.accept(id); kind != "" {
		t.Errorf("the name of the first fork accepted the second: %s", kind)
	}
}

func TestAgreedIsWhatOthersApproved(t *testing.T) {
	x := sit(t)
	own := x.mustAsk("ann", cache)
	if err := x.cancel(own, "ann"); err != nil {
		t.Fatal(err)
	}
	if x.state.Agreed() != 0 {
		t.Errorf("agreed is %d after a request nobody approved", x.state.Agreed())
	}
	id := x.approved("ann", cache)
	x.start(id, pin)
	x.finish(id, 0, Result{})
	if x.state.Agreed() != x.log.Head().Seq {
		t.Errorf("agreed is %d, want %d", x.state.Agreed(), x.log.Head().Seq)
	}
}
