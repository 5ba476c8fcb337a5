package actions

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/actions/step"
	"twokey/auth"
	"twokey/internal/journal"
)

var (
	panicApp = func() Action {
		a := alone(stopApp)
		a.Name, a.Locking, a.Undo, a.Rule.Review = Panic, LockSet, "", 2
		a.Steps = []Step{{Kind: Decision, Title: "stop", Effect: Stop, Body: []byte("{}")}}
		return a
	}()
	unlockApp = Action{Name: "unlock", Effect: Change, Touches: []Touch{App}, Locking: LockLift, Rule: rule,
		Steps: []Step{{Kind: Decision, Title: "lift the lockdown", Effect: Change, Body: []byte("{}")}}}
)

// press is somebody's panic.
func (x *table) press(who auth.Name) (ID, error) {
	e, err := x.update("", func(journal.Now) (journal.Draft, error) {
		return x.state.Panic(Asked{Action: panicApp, Person: who, Reason: "double payments", Revision: x.state.Revision})
	})
	return ID(e.Seq), err
}

func (x *table) mustPress(who auth.Name) ID {
	x.t.Helper()
	id, err := x.press(who)
	if err != nil {
		x.t.Fatal(err)
	}
	return id
}

// done runs all steps of an approved request.
func (x *table) done(id ID) {
	x.t.Helper()
	x.start(id, nil)
	for i := range x.state.requests[id].Steps {
		if i > 0 {
			x.next(id)
		}
		x.finish(id, i, Result{})
	}
}

func TestAPanicIsOnePersonsAndOneEntry(t *testing.T) {
	x := sit(t)
	head := x.log.Head().Seq
	id := x.mustPress("ann")
	if x.log.Head().Seq != head+1 {
		t.Errorf("%d entries, want one", x.log.Head().Seq-head)
	}
	x.want(id, Approved)
	l, locked := x.state.Lockdown()
	if want := (Lockdown{By: id, Person: "ann", Since: x.clock.read(), Reason: "double payments"}); !locked || !cmp.Equal(l, want) {
		t.Errorf("lockdown %+v, want %+v", l, want)
	}
	if kind := x.start(id, nil); kind != KindStepStarted {
		t.Errorf("start gave %q", kind)
	}
	_, err := x.press("eve")
	wantRefusal(t, err, NotAsker)
	_, err = x.press("bob")
	wantRefusal(t, err, Joined) // it is under way
	x.finish(id, 0, Result{})
	x.want(id, Succeeded)
	again := x.mustPress("bob") // and again, for what somebody started by hand
	x.want(again, Approved)
	if l, _ := x.state.Lockdown(); l.By != again || l.Person != "ann" {
		t.Errorf("after the second panic the lockdown is %+v: want it since ann's, and held by the second", l)
	}
}

// A panic comes through although everything else is refused: a clock that went back, a crowd of open requests.
func TestAPanicIsNeverRefusedForWantOfOrder(t *testing.T) {
	x := sit(t)
	for i, a := range []Action{cache, restart} {
		x.mustAsk([]auth.Name{"ann", "bob"}[i], a)
	}
	x.clock.add(-time.Hour)
	x.mustPress("ann")
}

func TestUnderALockdownNothingStarts(t *testing.T) {
	x := sit(t)
	open := x.mustAsk("cid", startApp)
	x.plan(open)
	planning := x.mustAsk("cid", restart)
	running := x.approved("ann", cache)
	x.start(running, pin)
	x.mustPress("ann")
	x.want(open, Void)
	x.want(planning, Void)
	x.want(running, Running) // it starts nothing
	if r, _ := x.state.Request(open); r.Voided.Cause != VoidStopped || r.Voided.By == 0 {
		t.Errorf("void for %+v", r.Voided)
	}
	_, err := x.ask("bob", startApp)
	wantRefusal(t, err, Locked)
	_, err = x.ask("bob", restart)
	wantRefusal(t, err, Locked)
	if _, err := x.ask("bob", stopApp); err != nil {
		t.Errorf("a stop is refused: %v", err)
	}
}

func TestAPanicCutsARunBeforeItStarts(t *testing.T) {
	x := sit(t)
	run := x.approved("ann", restart)
	x.start(run, pin)
	id := x.mustPress("cid")
	x.finish(run, 0, Result{})
	x.next(run)
	r, _ := x.state.Request(run)
	if r.Status != Interrupted || r.Cut.Cause != CutHold || r.Cut.By != id {
		t.Errorf("the restart is %s, %+v", r.Status, r.Cut)
	}
	// Settling it by starting what it would have started is as locked as a start.
	resume, err := x.state.Settlement(Resume, run, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = x.update("", func(now journal.Now) (journal.Draft, error) {
		return x.state.Ask(now, Asked{Action: resume, Person: "ann", Names: run, Revision: "r1"})
	})
	wantRefusal(t, err, Locked)
}

func TestUnlockTakesTwoAndLiftsTheLockdownItWasAskedFor(t *testing.T) {
	x := sit(t)
	_, err := x.ask("ann", unlockApp)
	wantRefusal(t, err, NotLocked)
	first := x.mustPress("ann")
	x.done(first)
	unlock := x.mustAsk("ann", unlockApp)
	x.plan(unlock)
	wantRefusal(t, x.vote(unlock, "ann", 11, true), OwnRequest)
	if err := x.vote(unlock, "bob", 12, true); err != nil {
		t.Fatal(err)
	}
	// Somebody presses again meanwhile: the approval was for another lockdown.
	second := x.mustPress("cid")
	x.done(second)
	if kind := x.start(unlock, pin); kind != KindVoided {
		t.Errorf("the start of the old unlock gave %q", kind)
	}
	if _, locked := x.state.Lockdown(); !locked {
		t.Fatal("lifted")
	}
	again := x.approved("ann", unlockApp)
	x.start(again, pin)
	x.finish(again, 0, Result{})
	if _, locked := x.state.Lockdown(); locked {
		t.Error("not lifted")
	}
	for _, id := range []ID{first, second} {
		if r, _ := x.state.Request(id); r.Locks || r.Lifted != again {
			t.Errorf("panic %d: locks %v, lifted by %d, want %d", id, r.Locks, r.Lifted, again)
		}
	}
	if _, err := x.ask("bob", startApp); err != nil {
		t.Errorf("after the unlock: %v", err)
	}
}

// A panic that comes while the unlock runs: its end lifts nothing.
func TestAPanicDuringTheUnlockStays(t *testing.T) {
	x := sit(t)
	x.done(x.mustPress("ann"))
	unlock := x.approved("ann", unlockApp)
	x.start(unlock, pin)
	x.done(x.mustPress("cid"))
	x.finish(unlock, 0, Result{})
	if _, locked := x.state.Lockdown(); !locked {
		t.Error("the newer lockdown was lifted by the older unlock")
	}
}

func TestReviews(t *testing.T) {
	x := sit(t)
	id := x.mustPress("ann")
	x.done(id)
	review := func(who auth.Name, right bool) error {
		_, err := x.update("", func(journal.Now) (journal.Draft, error) {
			return x.state.Review(Review{Request: id, Person: who, Right: right})
		})
		return err
	}
	if r := x.state.Reviews(); len(r) != 1 || r[0].Unreviewed() != 2 {
		t.Fatalf("reviews open: %v", r)
	}
	wantRefusal(t, review("ann", true), OwnReview)
	wantRefusal(t, review("eve", true), NotReviewer)
	if err := review("bob", true); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, review("bob", false), ReviewedAlready)
	if err := review("cid", false); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, review("cid", false), ReviewedAlready)
	if len(x.state.Reviews()) != 0 {
		t.Error("still open")
	}
	if r, _ := x.state.Request(id); r.Over() {
		t.Error("over, although its lockdown is set")
	}
}

// Reviews ask for as many as there are: with one other person, one.
func TestReviewsAskForTheOthersThereAre(t *testing.T) {
	x := sit(t)
	x.policy("r2", people[:2])
	id := x.mustPress("ann")
	if r, _ := x.state.Request(id); r.Wanted != 1 {
		t.Errorf("%d reviews wanted, want 1: there is only bob", r.Wanted)
	}
	x.done(id)
	// And when he goes, nothing waits for him for ever.
	x.policy("r3", people[:1])
	if n := len(x.state.Reviews()); n != 0 {
		t.Errorf("%d reviews wait for nobody", n)
	}
}

func TestNotesSayWhatIsWrongFirstAndThenWhoIsAffected(t *testing.T) {
	x := sit(t)
	e, err := x.update("", func(journal.Now) (journal.Draft, error) {
		return x.state.Panic(Asked{Action: panicApp, Person: "ann", Revision: "r1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	id := ID(e.Seq)
	for _, words := range []string{"double payments", "everybody", "the bank was called"} {
		if _, err := x.update("", func(journal.Now) (journal.Draft, error) {
			return x.state.Note(Noted{Request: id, Person: "bob", Text: words})
		}); err != nil {
			t.Fatal(err)
		}
	}
	r, _ := x.state.Request(id)
	var about []string
	for _, n := range r.Notes {
		about = append(about, n.About)
	}
	if want := []string{NoteWrong, NoteAffected, NoteOther}; !slices.Equal(about, want) || r.Said(NoteWrong) != "double payments" {
		t.Errorf("about %v, want %v", about, want)
	}
}

// look is a look at the checks, which one person does and another confirms.
func (x *table) look(who auth.Name, list ...step.Finding) ID {
	x.t.Helper()
	a := Action{Name: "verify", Effect: Read, Confirm: true, Rule: alone(cache).Rule, Steps: []Step{work("look", Read, false)}}
	id := x.approved(who, a)
	x.start(id, pin)
	x.finish(id, 0, Result{Checks: list})
	x.want(id, Succeeded)
	return id
}

func (x *table) confirm(id ID, who auth.Name, account auth.Account) error {
	_, err := x.update("", func(now journal.Now) (journal.Draft, error) { return x.state.Confirm(now, id, who, account) })
	return err
}

func (x *table) answer(id ID, check string, who auth.Name, done bool) error {
	_, err := x.update("", func(now journal.Now) (journal.Draft, error) {
		return x.state.Answer(now, Answered{Request: id, Check: check, Person: who, Done: done})
	})
	return err
}

func TestWhatWasFoundCountsWhenAnotherPersonConfirmsIt(t *testing.T) {
	x := sit(t)
	users := func(n float64) step.Finding { return step.Finding{Name: "users", State: step.Green, Number: &n} }
	ask := step.Finding{Name: "/start", State: step.Open, Ask: "Does it answer?"}
	first := x.look("ann", users(10), ask)
	wantRefusal(t, x.confirm(first, "ann", 11), OwnRequest)
	wantRefusal(t, x.confirm(first, "eve", 15), NotApprover)
	wantRefusal(t, x.confirm(first, "bob", 12), ChecksOpen)
	wantRefusal(t, x.answer(first, "users", "ann", true), NoSuchCheck)
	if err := x.answer(first, "/start", "ann", false); err != nil {
		t.Fatal(err)
	}
	if err := x.answer(first, "/start", "ann", true); err != nil { // she looked again
		t.Fatal(err)
	}
	if err := x.confirm(first, "bob", 12); err != nil {
		t.Fatal(err)
	}
	r, _ := x.state.Request(first)
	if r.Confirmed == nil || !r.Confirmed.Green || !r.Over() {
		t.Errorf("confirmed %+v, over %v", r.Confirmed, r.Over())
	}
	wantRefusal(t, x.confirm(first, "cid", 13), ConfirmedAlready)

	// The next one stands beside it; one that nobody confirms does not count.
	second := x.look("ann", users(12))
	r, _ = x.state.Request(second)
	if r.BeforeID != first || len(r.Before) != 2 || *r.Before[0].Number != 10 {
		t.Errorf("beside %d: %+v", r.BeforeID, r.Before)
	}
	x.clock.add(10 * time.Minute)
	wantRefusal(t, x.confirm(second, "bob", 12), TooLate)
	x.tick()
	if r, _ = x.state.Request(second); !r.Lapsed || !r.Over() {
		t.Error("nobody confirmed it in time, and it has not lapsed")
	}
	if id, _ := x.state.Baseline(); id != first {
		t.Errorf("the baseline is %d", id)
	}
	red := x.look("ann", step.Finding{Name: "users", State: step.Red})
	if err := x.confirm(red, "cid", 14); err != nil {
		t.Fatal(err)
	}
	if r, _ = x.state.Request(red); r.Confirmed.Green {
		t.Error("red was confirmed as green")
	}
}

// What comes after the end survives a restart as it was.
func TestFoldAgainWithALockdown(t *testing.T) {
	x := sit(t)
	n := 3.0
	look := x.look("cid", step.Finding{Name: "users", State: step.Green, Number: &n}, step.Finding{Name: "panel", State: step.Open, Ask: "?"})
	err := errors.Join(x.answer(look, "panel", "ann", true), x.confirm(look, "bob", 12))
	x.done(x.mustPress("ann"))
	x.look("cid", step.Finding{Name: "users", State: step.Green, Number: &n})
	x.done(x.approved("ann", unlockApp))
	x.mustPress("bob")
	if err != nil {
		t.Fatal(err)
	}
	again := NewState()
	if _, err := journal.Open(context.Background(), x.store, x.clock.read, again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(x.state, again, cmp.AllowUnexported(State{}, Request{}, auth.Directory{}, brief{})); diff != "" {
		t.Errorf("folded again (-was +is):\n%s", diff)
	}
}
