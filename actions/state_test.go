package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"twokey/actions/step"
	"twokey/auth"
	"twokey/internal/journal"
)

var rule = auth.Rule{Approvals: 1, AskWithin: 10 * time.Minute, StartWithin: 5 * time.Minute, MayAsk: []auth.Role{"admin"}, MayApprove: []auth.Role{"admin"}}

var people = []auth.Person{
	{Name: "ann", Accounts: []auth.Account{11}, Roles: []auth.Role{"admin"}},
	{Name: "bob", Accounts: []auth.Account{12}, Roles: []auth.Role{"admin"}},
	{Name: "cid", Accounts: []auth.Account{13, 14}, Roles: []auth.Role{"admin"}},
	{Name: "eve", Accounts: []auth.Account{15}, Roles: []auth.Role{"viewer"}},
}

// hand is a clock that is set by hand.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hand) read() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now }
func (h *hand) add(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// table is a journal in memory with the state and a clock by hand: what decisions need, and no runner.
type table struct {
	t     testing.TB
	log   *journal.Log
	state *State
	store *journal.Memory
	clock *hand
}

func sit(t testing.TB) *table {
	t.Helper()
	x := &table{t: t, state: NewState(), store: journal.NewMemory(), clock: &hand{now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}}
	log, err := journal.Open(context.Background(), x.store, x.clock.read, x.state)
	if err != nil {
		t.Fatal(err)
	}
	x.log = log
	x.policy("r1", people)
	return x
}

func (x *table) update(cause string, decide func(journal.Now) (journal.Draft, error)) (journal.Entry, error) {
	return x.log.Update(context.Background(), cause, decide)
}

func (x *table) policy(revision string, who []auth.Person) {
	x.t.Helper()
	if _, err := x.update("", func(journal.Now) (journal.Draft, error) { return x.state.Policy(revision, who), nil }); err != nil {
		x.t.Fatal(err)
	}
}

// work is a step that names a file nobody runs here.
func work(title string, e Effect, starts bool) Step {
	return Step{Kind: "exec", Title: title, Effect: e, Starts: starts, Body: json.RawMessage(fmt.Sprintf(`{"run":[%q]}`, title))}
}

var (
	stopApp  = Action{Name: "stop", Effect: Stop, Touches: []Touch{App}, Steps: []Step{work("stop", Stop, false)}, Rule: rule, Undo: "start"}
	startApp = Action{Name: "start", Effect: Change, Touches: []Touch{App}, Steps: []Step{work("start", Change, true)}, Rule: rule}
	restart  = Action{Name: "restart", Effect: Change, Touches: []Touch{App}, Steps: []Step{work("stop", Stop, false), work("start", Change, true)}, Rule: rule}
	cache    = Action{Name: "cache", Effect: Change, Touches: []Touch{"code"}, Steps: []Step{work("warm", Change, false)}, Rule: rule}
)

func alone(a Action) Action { a.Rule.Alone = true; return a }

func (x *table) ask(who auth.Name, a Action) (ID, error) {
	p, _ := x.state.People.ByName(who)
	asked := Asked{Action: a, Person: who, Revision: x.state.Revision}
	if len(p.Accounts) > 0 {
		asked.Account = p.Accounts[0]
	}
	e, err := x.update("", func(now journal.Now) (journal.Draft, error) { return x.state.Ask(now, asked) })
	return ID(e.Seq), err
}

func (x *table) mustAsk(who auth.Name, a Action) ID {
	x.t.Helper()
	id, err := x.ask(who, a)
	if err != nil {
		x.t.Fatal(err)
	}
	return id
}

var pin = []step.Fact{{Name: "program", Kind: step.Pinned, Value: "sha256 9f3c"}}

func (x *table) plan(id ID) {
	x.t.Helper()
	_, err := x.update("", func(now journal.Now) (journal.Draft, error) {
		r, _ := x.state.Request(id)
		return x.state.Planned(now, id, Plan{Steps: r.Action().Steps, Facts: pin}), nil
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *table) vote(id ID, who auth.Name, account auth.Account, yes bool) error {
	_, err := x.update("", func(now journal.Now) (journal.Draft, error) { return x.state.Vote(now, id, who, account, yes) })
	return err
}

func (x *table) cancel(id ID, who auth.Name) error {
	_, err := x.update("", func(journal.Now) (journal.Draft, error) { return x.state.Cancel(id, who) })
	return err
}

func (x *table) start(id ID, facts []step.Fact) string {
	x.t.Helper()
	e, err := x.update("", func(now journal.Now) (journal.Draft, error) { return x.state.Start(now, id, facts), nil })
	if err != nil {
		x.t.Fatal(err)
	}
	return e.Kind
}

func (x *table) tick() {
	x.t.Helper()
	if _, err := x.update("", func(now journal.Now) (journal.Draft, error) { return x.state.Expire(now), nil }); err != nil {
		x.t.Fatal(err)
	}
}

func (x *table) finish(id ID, i int, res Result) {
	x.t.Helper()
	if _, err := x.update("", func(journal.Now) (journal.Draft, error) { return x.state.Finish(id, i, res), nil }); err != nil {
		x.t.Fatal(err)
	}
}

func (x *table) next(id ID) string {
	x.t.Helper()
	e, err := x.update("", func(journal.Now) (journal.Draft, error) { return x.state.Continue(id, false, Service{}), nil })
	if err != nil {
		x.t.Fatal(err)
	}
	return e.Kind
}

func (x *table) status(id ID) Status {
	r, ok := x.state.Request(id)
	if !ok {
		return ""
	}
	return r.Status
}

func (x *table) want(id ID, s Status) {
	x.t.Helper()
	if got := x.status(id); got != s {
		x.t.Errorf("request %d is %s, want %s", id, got, s)
	}
}

func wantRefusal(t testing.TB, err error, why Reason) {
	t.Helper()
	var no *Refusal
	if !errors.As(err, &no) || no.Reason != why {
		t.Errorf("got %v, want a refusal: %s", err, why)
	}
}

// approved is a request that bob approved.
func (x *table) approved(who auth.Name, a Action) ID {
	x.t.Helper()
	id := x.mustAsk(who, a)
	x.plan(id)
	if !a.Rule.Alone {
		if err := x.vote(id, "bob", 12, true); err != nil {
			x.t.Fatal(err)
		}
	}
	x.want(id, Approved)
	return id
}

func TestNever1NothingRunsWithoutItsApprovals(t *testing.T) {
	x := sit(t)
	id := x.mustAsk("ann", cache)
	if kind := x.start(id, pin); kind != "" {
		t.Errorf("a planning request gave %s", kind)
	}
	x.plan(id)
	if kind := x.start(id, pin); kind != "" {
		t.Errorf("a pending request gave %s", kind)
	}
	wantRefusal(t, x.vote(id, "ann", 11, true), OwnRequest)
	wantRefusal(t, x.vote(id, "eve", 15, true), NotApprover)
	wantRefusal(t, x.vote(id, "dan", 16, true), NotApprover)
	x.want(id, Pending)
	if err := x.vote(id, "bob", 12, true); err != nil {
		t.Fatal(err)
	}
	if kind := x.start(id, pin); kind != KindStepStarted {
		t.Errorf("an approved request gave %q", kind)
	}
}

func TestOwnRequestFromTheSecondAccount(t *testing.T) {
	x := sit(t)
	id := x.mustAsk("cid", cache)
	x.plan(id)
	wantRefusal(t, x.vote(id, "cid", 14, true), OwnRequest)
	x.want(id, Pending)
}

func TestTwoTapsAtTheSameInstant(t *testing.T) {
	for range 50 {
		x := sit(t)
		a := cache
		id := x.mustAsk("ann", a)
		x.plan(id)
		var both sync.WaitGroup
		errs := make([]error, 2)
		both.Go(func() { errs[0] = x.vote(id, "bob", 12, true) })
		both.Go(func() { errs[1] = x.vote(id, "cid", 13, true) })
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("one tap decides, the other is told: got %v and %v", errs[0], errs[1])
		}
		wantRefusal(t, errors.Join(errs...), AlreadyDecided)
		x.want(id, Approved)
	}
}

func TestCancelAgainstApprove(t *testing.T) {
	for range 50 {
		x := sit(t)
		id := x.mustAsk("ann", cache)
		x.plan(id)
		var both sync.WaitGroup
		var approve, cancel error
		both.Go(func() { approve = x.vote(id, "bob", 12, true) })
		both.Go(func() { cancel = x.cancel(id, "ann") })
		both.Wait()
		if cancel != nil {
			t.Fatalf("until the first step a cancel always stops it: %v", cancel)
		}
		if approve != nil {
			wantRefusal(t, approve, AlreadyDecided)
		}
		x.want(id, Cancelled)
		if kind := x.start(id, pin); kind != "" {
			t.Fatalf("a cancelled request gave %s", kind)
		}
	}
}

func TestTheSameUpdateThreeTimes(t *testing.T) {
	x := sit(t)
	ask := func() error {
		_, err := x.update("tg:1:7", func(now journal.Now) (journal.Draft, error) {
			return x.state.Ask(now, Asked{Action: cache, Person: "ann", Revision: "r1"})
		})
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := ask(); !errors.Is(err, journal.ErrSeen) {
			t.Errorf("the same update again: %v, want ErrSeen", err)
		}
	}
	if n := len(x.state.Live()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestLateNeverMeansYes(t *testing.T) {
	x := sit(t)
	id := x.mustAsk("ann", cache)
	x.plan(id)
	x.clock.add(10 * time.Minute)
	wantRefusal(t, x.vote(id, "bob", 12, true), TooLate)
	x.tick()
	x.want(id, Expired)
	wantRefusal(t, x.vote(id, "bob", 12, true), AlreadyDecided)
}

func TestAnApprovalOlderThanStartWithin(t *testing.T) {
	x := sit(t)
	id := x.approved("ann", cache)
	x.clock.add(5 * time.Minute)
	if kind := x.start(id, pin); kind != "" {
		t.Errorf("a late start gave %s", kind)
	}
	x.tick()
	x.want(id, Expired)
}

func TestConfigChangeVoidsOpenAndApproved(t *testing.T) {
	x := sit(t)
	pending := x.mustAsk("ann", cache)
	x.plan(pending)
	other := cache
	other.Name = "other"
	approved := x.approved("cid", other)
	x.policy("r2", people[:3])
	x.want(pending, Void)
	x.want(approved, Void)
	wantRefusal(t, x.vote(pending, "bob", 12, true), AlreadyDecided)
	if kind := x.start(approved, pin); kind != "" {
		t.Errorf("a void request gave %s", kind)
	}
	before := x.log.Head()
	x.policy("r2", people[:3])
	if x.log.Head() != before {
		t.Error("loading the same config again wrote an entry")
	}
}

func TestDriftIsVoid(t *testing.T) {
	for _, tt := range []struct {
		why string
		now []step.Fact
	}{
		{"another value", []step.Fact{{Name: "program", Kind: step.Pinned, Value: "sha256 77ab"}}},
		{"gone", nil},
		{"one more pinned fact", append(slices.Clone(pin), step.Fact{Name: "oid", Kind: step.Pinned, Value: "1"})},
	} {
		x := sit(t)
		id := x.approved("ann", cache)
		if kind := x.start(id, tt.now); kind != KindVoided {
			t.Errorf("%s: start gave %q, want %s", tt.why, kind, KindVoided)
		}
		x.want(id, Void)
	}
}

func TestADenialStopsAnApprovedRequest(t *testing.T) {
	x := sit(t)
	id := x.approved("ann", cache)
	if err := x.vote(id, "cid", 13, false); err != nil {
		t.Fatal(err)
	}
	x.want(id, Denied)
}

func TestADenialBeforeThePlan(t *testing.T) {
	x := sit(t)
	id := x.mustAsk("ann", cache)
	if err := x.vote(id, "cid", 13, false); err != nil {
		t.Fatal(err)
	}
	x.want(id, Denied)
	x.plan(id)
	x.want(id, Denied)
}

func TestLimitsAndJoining(t *testing.T) {
	x := sit(t)
	named := func(i int) Action { a := cache; a.Name = Name(fmt.Sprintf("a%d", i)); return a }
	first := x.mustAsk("ann", named(1))
	_, err := x.ask("bob", named(1))
	wantRefusal(t, err, Joined)
	var no *Refusal
	if errors.As(err, &no) && no.Request != first {
		t.Errorf("joined request %d, want %d", no.Request, first)
	}
	x.mustAsk("ann", named(2))
	_, err = x.ask("ann", named(3))
	wantRefusal(t, err, TooManyYours)
	for i, who := range []auth.Name{"bob", "bob", "cid", "cid"} {
		x.mustAsk(who, named(10+i))
	}
	x.policy("r2", append(slices.Clone(people), auth.Person{Name: "fay", Accounts: []auth.Account{17}, Roles: []auth.Role{"admin"}}))
	for i, who := range []auth.Name{"ann", "ann", "bob", "bob", "cid", "cid"} {
		x.mustAsk(who, named(20+i))
	}
	_, err = x.ask("fay", named(30))
	wantRefusal(t, err, TooManyOpen)
	if _, err = x.ask("fay", stopApp); err != nil {
		t.Errorf("stopping is refused for want of room: %v", err)
	}
}

func TestClockWentBack(t *testing.T) {
	x := sit(t)
	approved := x.approved("ann", cache)
	x.clock.add(-time.Hour)
	_, err := x.ask("ann", restart)
	wantRefusal(t, err, ClockBehind)
	if kind := x.start(approved, pin); kind != "" {
		t.Errorf("with the clock an hour behind, start gave %s", kind)
	}
	if _, err := x.ask("ann", stopApp); err != nil {
		t.Errorf("stopping with the clock behind: %v", err)
	}
}

func TestAStopHoldsWhatWasApprovedBefore(t *testing.T) {
	x := sit(t)
	run := x.approved("ann", restart)
	if kind := x.start(run, pin); kind != KindStepStarted {
		t.Fatal(kind)
	}
	stop := x.approved("ann", stopApp)
	if blockers := x.state.Blockers(x.state.requests[stop]); len(blockers) != 0 {
		t.Errorf("a stop waits for %v", blockers)
	}
	x.finish(run, 0, Result{})
	if kind := x.next(run); kind != KindInterrupted {
		t.Errorf("the start after the stop gave %q", kind)
	}
	r, _ := x.state.Request(run)
	if r.Status != Interrupted || r.Cut.Cause != CutHold || r.Cut.By != stop {
		t.Errorf("run is %s, cut %+v; want interrupted by the stop %d", r.Status, r.Cut, stop)
	}
}

func TestAStopVoidsAnApprovedStart(t *testing.T) {
	x := sit(t)
	start := x.approved("ann", startApp)
	x.mustAsk("cid", alone(stopApp))
	if kind := x.start(start, pin); kind != KindVoided {
		t.Errorf("start after a stop gave %q, want %s", kind, KindVoided)
	}
}

func TestASecondRestartWaitsVisibly(t *testing.T) {
	x := sit(t)
	first := x.approved("ann", restart)
	x.start(first, pin)
	second := x.approved("cid", restart)
	if kind := x.start(second, pin); kind != "" {
		t.Errorf("the second restart gave %s while the first runs", kind)
	}
	if b := x.state.Blockers(x.state.requests[second]); len(b) != 1 || b[0].ID != first {
		t.Errorf("it waits for %v, want the first", b)
	}
	x.finish(first, 0, Result{})
	x.next(first)
	x.finish(first, 1, Result{})
	x.want(first, Succeeded)
	if kind := x.start(second, pin); kind != KindStepStarted {
		t.Errorf("after the first, the second gave %q", kind)
	}
}

func TestInterruptedKeepsItsLocksUntilSettled(t *testing.T) {
	x := sit(t)
	run := x.approved("ann", restart)
	x.start(run, pin)
	if _, err := x.update("", func(journal.Now) (journal.Draft, error) {
		return x.state.Crashed(run, 0, Cut{Cause: CutCrash}, Service{}), nil
	}); err != nil {
		t.Fatal(err)
	}
	other := x.approved("cid", startApp)
	if kind := x.start(other, pin); kind != "" {
		t.Errorf("start while a run is interrupted gave %s", kind)
	}
	leave, err := x.state.Settlement(Leave, run, nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := x.log.Update(context.Background(), "", func(now journal.Now) (journal.Draft, error) {
		return x.state.Ask(now, Asked{Action: leave, Person: "ann", Names: run, Revision: "r1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	x.plan(ID(id.Seq))
	x.want(ID(id.Seq), Pending)
	if err := x.vote(ID(id.Seq), "bob", 12, true); err != nil {
		t.Fatal(err)
	}
	x.cancel(other, "cid")
	x.start(ID(id.Seq), pin)
	x.finish(ID(id.Seq), 0, Result{})
	x.want(ID(id.Seq), Succeeded)
	x.want(run, Interrupted)
	if x.state.requests[run].Unsettled() {
		t.Error("left, but it still keeps its locks")
	}
	if n := len(x.state.Live()); n != 0 {
		t.Errorf("%d requests are live", n)
	}
}

// Whatever people and the clock do, in whatever order: only transitions of the table happen, a run was approved by
// somebody else who may, for the digest it has, and nothing that starts the service begins while it is locked.
func TestTheMachine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := sit(t)
		seen := map[ID]Status{}
		names := []auth.Name{"ann", "bob", "cid", "eve", "dan"}
		catalogue := []Action{stopApp, startApp, restart, cache, alone(stopApp), unlockApp}
		begun := map[ID]int{}
		for range rapid.IntRange(1, 40).Draw(rt, "moves") {
			who := rapid.SampledFrom(names).Draw(rt, "who")
			account := auth.Account(rapid.IntRange(11, 16).Draw(rt, "account"))
			ids := []ID{99}
			for _, r := range x.state.Live() {
				ids = append(ids, r.ID)
			}
			id := rapid.SampledFrom(ids).Draw(rt, "id")
			_, locked := x.state.Lockdown()
			switch rapid.IntRange(0, 11).Draw(rt, "move") {
			case 0, 1:
				_, _ = x.ask(who, rapid.SampledFrom(catalogue).Draw(rt, "action"))
			case 2:
				if _, ok := x.state.Request(id); ok {
					x.plan(id)
				}
			case 3, 4:
				_ = x.vote(id, who, account, rapid.Bool().Draw(rt, "yes"))
			case 5:
				_ = x.cancel(id, who)
			case 6:
				x.start(id, pin)
			case 7:
				if r, ok := x.state.Request(id); ok {
					if i, busy := r.Unfinished(); busy {
						x.finish(id, i, Result{})
					} else {
						x.next(id)
					}
				}
			case 8:
				x.clock.add(time.Duration(rapid.IntRange(0, 8).Draw(rt, "minutes")) * time.Minute)
				x.tick()
			case 10:
				_, _ = x.press(who)
			case 11:
				_, _ = x.update("", func(journal.Now) (journal.Draft, error) {
					return x.state.Review(Review{Request: id, Person: who, Right: true})
				})
			case 9:
				x.policy(fmt.Sprint(rapid.IntRange(1, 3).Draw(rt, "revision")), people)
			}
			follow(rt, x, seen)
			nothingStarts(rt, x, begun, locked)
		}
	})
}

// nothingStarts looks at what began since it looked last.
func nothingStarts(t *rapid.T, x *table, begun map[ID]int, locked bool) {
	for r := range x.state.Newest() {
		if n := len(r.Runs); n > begun[r.ID] && locked && r.Steps[n-1].Starts {
			t.Fatalf("request %d began to start the service while it is locked", r.ID)
		}
		begun[r.ID] = len(r.Runs)
	}
}

func follow(t *rapid.T, x *table, seen map[ID]Status) {
	for r := range x.state.Newest() {
		was, known := seen[r.ID]
		if known && was != r.Status && !slices.Contains(next[was], r.Status) {
			t.Fatalf("request %d went from %s to %s", r.ID, was, r.Status)
		}
		seen[r.ID] = r.Status
		if len(r.Runs) > 0 && !r.Action().Rule.Alone && !r.Brief {
			if yes := slices.ContainsFunc(r.Votes, func(v auth.Vote) bool {
				return v.Approve && v.Person != r.Asked.Person && v.Digest == r.Digest && v.At.Before(r.AskUntil)
			}); !yes {
				t.Fatalf("request %d ran with the votes %+v", r.ID, r.Votes)
			}
		}
	}
}

// Folding the same entries again gives the same state, whatever it was that happened.
func TestFoldAgain(t *testing.T) {
	x := sit(t)
	a := x.approved("ann", restart)
	x.start(a, pin)
	x.approved("cid", alone(stopApp))
	x.finish(a, 0, Result{Error: "it broke"})
	again := NewState()
	if _, err := journal.Open(context.Background(), x.store, x.clock.read, again); err != nil {
		t.Fatal(err)
	}
	for id, r := range x.state.requests {
		if diff := cmp.Diff(r, again.requests[id], cmp.AllowUnexported(Request{})); diff != "" {
			t.Errorf("request %d folded again (-was +is):\n%s", id, diff)
		}
	}
}

func TestOldRequestsKeepTheirHeadline(t *testing.T) {
	x := sit(t)
	for range keepWhole + 5 {
		id := x.mustAsk("ann", cache)
		if err := x.cancel(id, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	var whole, brief int
	for r := range x.state.Newest() {
		if r.Brief {
			brief++
			if r.Action().Name != "cache" || r.Status != Cancelled || r.Last == 0 || len(r.Hash) != 8 || r.Asked.Person != "ann" || r.EndedAt.IsZero() {
				t.Fatalf("headline lost something: %+v", r)
			}
		} else {
			whole++
		}
	}
	if whole != keepWhole || brief != 5 {
		t.Errorf("%d whole and %d brief, want %d and 5", whole, brief, keepWhole)
	}
}

// Another twokey on the same host counts its requests from one, too: without the journal in the tag each would end the
// other's children as survivors.
func TestTagsOfTwoJournalsDiffer(t *testing.T) {
	a, b := sit(t), sit(t)
	other := sit(t)
	other.state.genesis = "" // as of another first entry
	first, err := journal.Open(context.Background(), journal.NewMemory(), func() time.Time { return a.clock.read().Add(time.Second) }, other.state)
	if err != nil {
		t.Fatal(err)
	}
	other.log = first
	other.policy("r9", people[:2])
	tag := func(x *table) string { return (&Runner{Log: x.log, State: x.state}).tag(7, 0) }
	if tag(a) != tag(b) {
		t.Errorf("one journal, two tags: %s and %s", tag(a), tag(b))
	}
	if tag(a) == tag(other) {
		t.Errorf("two journals, one tag: %s", tag(a))
	}
}

func TestAtStartsNotBeforeItsTime(t *testing.T) {
	x := sit(t)
	at := x.clock.read().Add(3 * time.Hour)
	e, err := x.update("", func(now journal.Now) (journal.Draft, error) {
		return x.state.Ask(now, Asked{Action: cache, Person: "ann", Revision: "r1", At: at})
	})
	if err != nil {
		t.Fatal(err)
	}
	id := ID(e.Seq)
	x.plan(id)
	if err := x.vote(id, "bob", 12, true); err != nil {
		t.Fatal(err)
	}
	for range 3 { // the start clock has not begun: it stays approved
		x.clock.add(55 * time.Minute)
		x.tick()
		x.want(id, Approved)
		if kind := x.start(id, pin); kind != "" {
			t.Fatalf("before its time start gave %s", kind)
		}
	}
	if next := x.state.Next(); !next.Equal(at) {
		t.Errorf("the clock looks next at %s, want %s", next, at)
	}
	x.clock.add(15 * time.Minute)
	x.tick()
	if r, _ := x.state.Request(id); !r.Due {
		t.Error("its time has come, but nothing says so")
	}
	if kind := x.start(id, pin); kind != KindStepStarted {
		t.Errorf("at its time start gave %q", kind)
	}
}

func TestAtCanBeCancelledAndVoided(t *testing.T) {
	for _, end := range []Status{Cancelled, Void, Denied, Expired} {
		x := sit(t)
		at := x.clock.read().Add(time.Hour)
		e, err := x.update("", func(now journal.Now) (journal.Draft, error) {
			return x.state.Ask(now, Asked{Action: cache, Person: "ann", Revision: "r1", At: at})
		})
		if err != nil {
			t.Fatal(err)
		}
		id := ID(e.Seq)
		x.plan(id)
		if err := x.vote(id, "bob", 12, true); err != nil {
			t.Fatal(err)
		}
		switch end {
		case Cancelled:
			err = x.cancel(id, "ann")
		case Void:
			x.policy("r2", people[:3])
		case Denied:
			err = x.vote(id, "cid", 13, false)
		case Expired:
			x.clock.add(time.Hour + 5*time.Minute)
			x.tick()
		}
		if err != nil {
			t.Fatal(err)
		}
		x.want(id, end)
	}
}

func TestAtIsAheadButNotFar(t *testing.T) {
	x := sit(t)
	for _, d := range []time.Duration{-time.Minute, 0, 8 * 24 * time.Hour} {
		_, err := x.update("", func(now journal.Now) (journal.Draft, error) {
			return x.state.Ask(now, Asked{Action: cache, Person: "ann", Revision: "r1", At: now.Add(d)})
		})
		wantRefusal(t, err, BadParam)
	}
}
