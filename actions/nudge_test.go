package actions

import (
	"testing"
	"time"

	"twokey/internal/journal"
)

// nudged is an action whose request calls people again after one, three and six minutes.
func (x *table) nudged(a Action) ID {
	x.t.Helper()
	e, err := x.update("", func(now journal.Now) (journal.Draft, error) {
		return x.state.Ask(now, Asked{Action: a, Person: "ann", Account: 11, Revision: "r1",
			Nudge: []time.Duration{time.Minute, 3 * time.Minute, 6 * time.Minute}})
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return ID(e.Seq)
}

func (x *table) nudges(id ID) int {
	r, _ := x.state.Request(id)
	return r.Nudges
}

func (x *table) pass(d time.Duration) { x.clock.add(d); x.tick() }

func TestNudgesComeOneByOneAndOnceOnly(t *testing.T) {
	x := sit(t)
	id := x.nudged(restart)
	x.plan(id)
	r, _ := x.state.Request(id)
	for _, step := range []struct {
		at   time.Duration
		want int
	}{{59 * time.Second, 0}, {61 * time.Second, 1}, {62 * time.Second, 1}, {181 * time.Second, 2}, {7 * time.Minute, 3}, {8 * time.Minute, 3}} {
		x.pass(r.AskedAt.Add(step.at).Sub(x.clock.read()))
		if got := x.nudges(id); got != step.want {
			t.Errorf("after %s: %d nudges, want %d", step.at, got, step.want)
		}
	}
	if !r.Unanswered() {
		t.Error("the last call went out and nobody voted, but it counts as answered")
	}
	if next := x.state.Next(); !next.Equal(r.AskUntil) {
		t.Errorf("the clock waits for %s, want the end of the request %s", next, r.AskUntil)
	}
}

// Those that a long sleep passed over are one call; the journal says so, and a restart does not repeat them.
func TestNudgesThatWereSleptThroughAreOne(t *testing.T) {
	x := sit(t)
	id := x.nudged(restart)
	x.plan(id)
	before := x.log.Head().Seq
	x.pass(4 * time.Minute)
	x.tick()
	if n, entries := x.nudges(id), x.log.Head().Seq-before; n != 2 || entries != 1 {
		t.Errorf("%d nudges in %d entries, want both in one", n, entries)
	}
	again := NewState()
	log, err := journal.Open(t.Context(), x.store, x.clock.read, again)
	if err != nil {
		t.Fatal(err)
	}
	var draft journal.Draft
	log.View(func(now journal.Now) { draft = again.Expire(now) })
	if draft.Kind != "" {
		t.Errorf("after a restart the clock decides %+v, want nothing", draft)
	}
}

func TestNobodyIsNudgedBeforeThePlanOrAfterTheVote(t *testing.T) {
	x := sit(t)
	id := x.nudged(restart)
	x.pass(2 * time.Minute)
	if n := x.nudges(id); n != 0 {
		t.Errorf("%d nudges while it is planned", n)
	}
	x.plan(id)
	x.tick()
	if n := x.nudges(id); n != 1 {
		t.Errorf("%d nudges once the plan is there, want the one that is due", n)
	}
	if err := x.vote(id, "bob", 12, true); err != nil {
		t.Fatal(err)
	}
	x.pass(90 * time.Second)
	if n := x.nudges(id); n != 1 {
		t.Errorf("%d nudges after the vote", n)
	}
}

// Somebody who voted is an answer, although more must agree.
func TestAVoteIsAnAnswer(t *testing.T) {
	x := sit(t)
	a := restart
	a.Rule.Approvals = 2
	id := x.nudged(a)
	x.plan(id)
	if err := x.vote(id, "bob", 12, true); err != nil {
		t.Fatal(err)
	}
	x.pass(7 * time.Minute)
	r, _ := x.state.Request(id)
	if r.Nudges != 3 || r.Unanswered() {
		t.Errorf("%d nudges, unanswered %v; want three, and bob's vote counts as an answer", r.Nudges, r.Unanswered())
	}
}
