package actions

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"twokey/actions/step"
	"twokey/auth"
	"twokey/internal/journal"
)

const (
	// behind is how far the wall clock may be behind the newest entry before nothing but stopping is decided.
	behind = 30 * time.Second
	// openEach and openAll bound the requests that wait for people: more than a night's admin can look at is noise that hides.
	openEach = 2
	openAll  = 6
	// Farthest is how far ahead a start may be set: what is approved longer ago than that nobody remembers.
	Farthest = 7 * 24 * time.Hour
)

// Ask decides whether a person may ask for this. A refusal leaves no entry.
func (s *State) Ask(now journal.Now, a Asked) (journal.Draft, error) {
	if err := s.mayAsk(now, a); err != nil {
		return journal.Draft{}, err
	}
	if a.Action.Locking == LockLift {
		a.Lifts = s.lockdown.By
	}
	return journal.Draft{Kind: KindAsked, Actor: string(a.Person), Body: a}, nil
}

func (s *State) mayAsk(now journal.Now, a Asked) error {
	rule := a.Action.Rule
	p, known := s.People.ByName(a.Person)
	switch {
	case s.clockWrong(now, a.Action):
		return &Refusal{Reason: ClockBehind, Action: a.Action.Name, Detail: now.Behind.Round(time.Second).String()}
	case s.fork.forbids(a.Action):
		return s.fork.refusal(a.Action)
	case !a.At.IsZero() && (!now.Before(a.At) || a.At.Sub(now.Time) > Farthest):
		return &Refusal{Reason: BadParam, Action: a.Action.Name, Param: "at", Detail: "is a time from now to 7 days ahead"}
	case !known || !p.Holds(rule.MayAsk):
		return &Refusal{Reason: NotAsker, Action: a.Action.Name, Who: s.People.Holding(rule.MayAsk, a.Person)}
	case a.Action.Why && a.Reason == "":
		return &Refusal{Reason: MissingReason, Action: a.Action.Name}
	case !rule.Alone && len(s.People.Holding(rule.MayApprove, a.Person)) < max(1, rule.Approvals):
		return &Refusal{Reason: Unreachable, Action: a.Action.Name, Who: s.People.Holding(rule.MayApprove, a.Person)}
	}
	if err := errors.Join(s.lockedOut(a.Action, a.Action.StartsWith(a.Args)), s.mayLift(a)); err != nil {
		return err
	}
	return s.roomFor(a)
}

// roomFor refuses what is asked already, and more open requests than people can look at. Stopping is never refused for
// want of room.
func (s *State) roomFor(a Asked) error {
	var all, mine []string
	for _, r := range s.Live() {
		if !r.Status.Open() {
			continue
		}
		if r.Action().Name == a.Action.Name && maps.Equal(r.Asked.Args, a.Args) && r.Asked.Names == a.Names && r.Asked.At.Equal(a.At) {
			return &Refusal{Reason: Joined, Action: a.Action.Name, Request: r.ID, State: r.Status, Who: []auth.Name{r.Asked.Person}}
		}
		label := "#" + strconv.FormatUint(uint64(r.ID), 10) + " /" + string(r.Action().Name)
		all = append(all, label)
		if r.Asked.Person == a.Person {
			mine = append(mine, label)
		}
	}
	switch {
	case a.Action.Effect == Stop:
	case len(mine) >= openEach:
		return &Refusal{Reason: TooManyYours, Action: a.Action.Name, Values: mine}
	case len(all) >= openAll:
		return &Refusal{Reason: TooManyOpen, Action: a.Action.Name, Values: all}
	}
	return nil
}

// clockWrong says that the clock went back: deadlines cannot be trusted, so only stopping is.
func (s *State) clockWrong(now journal.Now, a Action) bool {
	return now.Behind > behind && a.Effect != Stop
}

// Plan is what the runner found out read-only, or the sentence that says why it could not.
type Plan struct {
	Steps []Step
	Facts []step.Fact
	Why   string
	Hint  string
	Red   []string // the keys of red checks that could be accepted by name
}

// Planned decides what a plan makes of a request: refused, approved when one person may, else pending. Nothing when the
// request has moved on meanwhile.
func (s *State) Planned(now journal.Now, id ID, p Plan) journal.Draft {
	r, ok := s.Request(id)
	if !ok || r.Status != Planning || !now.Before(r.AskUntil) {
		return journal.Draft{}
	}
	b := Planned{Request: id, Outcome: Refused, Why: p.Why, Hint: p.Hint, Red: p.Red}
	if p.Why == "" {
		b = Planned{Request: id, Outcome: Pending, Digest: Digest(r.Asked, p.Steps, p.Facts), Steps: p.Steps, Facts: p.Facts}
		if r.Action().Rule.Alone {
			b.Outcome = Approved
		}
	}
	return journal.Draft{Kind: KindPlanned, Actor: "twokey", Body: b}
}

// Vote decides on a person's yes or no.
func (s *State) Vote(now journal.Now, id ID, person auth.Name, account auth.Account, approve bool) (journal.Draft, error) {
	r, err := s.votable(now, id, person, approve)
	if err != nil {
		return journal.Draft{}, err
	}
	vote := auth.Vote{Person: person, Account: account, Approve: approve, Digest: r.Digest, At: now.Time}
	if !approve && r.Status == Planning {
		vote.Digest = "" // denied before there was a plan: the denial is of the request, not of a digest
	}
	b := Voted{Request: id, Person: person, Account: account, Approve: approve, Digest: vote.Digest}
	ballot := r.Ballot()
	ballot.Votes = append(slices.Clone(ballot.Votes), vote)
	switch v := r.Action().Rule.Tally(s.People, ballot, now.Time); {
	case !approve:
		b.Outcome = Denied
	case v.Outcome == auth.Approved && r.Status == Pending:
		b.Outcome = Approved
	}
	return journal.Draft{Kind: KindVoted, Actor: string(person), Body: b}, nil
}

// votable finds the request and refuses whoever may not vote on it, or not any more.
func (s *State) votable(now journal.Now, id ID, person auth.Name, approve bool) (*Request, error) {
	r, ok := s.Request(id)
	if !ok {
		return nil, &Refusal{Reason: NoSuchRequest, Request: id}
	}
	others := s.People.Holding(r.Action().Rule.MayApprove, r.Asked.Person)
	no := Refusal{Request: id, Action: r.Action().Name, State: r.Status, Who: others}
	switch {
	case !slices.Contains(others, person) && person == r.Asked.Person:
		no.Reason = OwnRequest
	case !slices.Contains(others, person):
		no.Reason = NotApprover
	case !r.Status.Open():
		return nil, decided(r)
	case approve && r.Status == Planning:
		no.Reason = StillPlanning
	case approve && r.Status == Approved:
		return nil, decided(r)
	case approve && !now.Before(r.AskUntil):
		no.Reason, no.Until = TooLate, r.AskUntil
	case approve && voted(r, person):
		no.Reason = AlreadyVoted
	case approve && s.clockWrong(now, r.Action()):
		no.Reason, no.Detail = ClockBehind, now.Behind.Round(time.Second).String()
	case approve && s.lockedOut(r.Action(), r.starts()) != nil:
		return nil, s.lockedOut(r.Action(), true)
	default:
		return r, nil
	}
	return nil, &no
}

func voted(r *Request, person auth.Name) bool {
	return slices.ContainsFunc(r.Votes, func(v auth.Vote) bool { return v.Person == person && v.Approve })
}

// decided is the refusal that says how it ended, when and by whom.
func decided(r *Request) *Refusal {
	no := &Refusal{Reason: AlreadyDecided, Request: r.ID, Action: r.Action().Name, State: r.Status, Until: r.EndedAt}
	switch {
	case r.EndedBy != "":
		no.Who = []auth.Name{r.EndedBy}
	case len(r.ApprovedBy) > 0:
		no.Who = r.ApprovedBy
	}
	if no.Until.IsZero() {
		no.Until = r.ApprovedAt
	}
	return no
}

// Cancel decides on the requester's change of mind. Before the first step it ends the request; during a run it asks the
// run to stop before its next step, which anyone who may vote on it may ask too.
func (s *State) Cancel(id ID, person auth.Name) (journal.Draft, error) {
	r, ok := s.Request(id)
	switch {
	case !ok:
		return journal.Draft{}, &Refusal{Reason: NoSuchRequest, Request: id}
	case r.Status == Running && r.Halted == "" && s.mayHalt(r, person):
		return journal.Draft{Kind: KindHalted, Actor: string(person), Body: Halted{Request: id, Person: person}}, nil
	case r.Status.Open() && r.Asked.Person == person:
		return journal.Draft{Kind: KindCancelled, Actor: string(person), Body: TakenBack{Request: id, Person: person}}, nil
	case r.Status.Open(), r.Status == Running && r.Halted == "":
		return journal.Draft{}, &Refusal{Reason: NotYours, Request: id, Action: r.Action().Name, Who: []auth.Name{r.Asked.Person}}
	}
	return journal.Draft{}, decided(r)
}

func (s *State) mayHalt(r *Request, person auth.Name) bool {
	p, known := s.People.ByName(person)
	return person == r.Asked.Person || known && p.Holds(r.Action().Rule.MayApprove)
}

// Expire decides what the clock ended, and what it is time for. Nothing when there is nothing.
func (s *State) Expire(now journal.Now) journal.Draft {
	var b ClockPassed
	for _, r := range s.Live() {
		until, ends := r.deadline()
		switch {
		case ends && !now.Before(until):
			b.Expired = append(b.Expired, r.ID)
		case r.waitsForTime() && !now.Before(r.Asked.At):
			b.Due = append(b.Due, r.ID)
		case r.nudgesBy(now.Time) > r.Nudges:
			b.Nudged = append(b.Nudged, Nudge{Request: r.ID, Count: r.nudgesBy(now.Time)})
		case r.Unconfirmed() && !now.Before(r.ConfirmUntil):
			b.Lapsed = append(b.Lapsed, r.ID)
		}
	}
	if b.Expired == nil && b.Due == nil && b.Nudged == nil && b.Lapsed == nil {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindClock, Actor: "twokey", Body: b}
}

// waitsForTime says whether it is approved and its time to start has not come.
func (r *Request) waitsForTime() bool {
	return r.Status == Approved && !r.Asked.At.IsZero() && !r.Due
}

// Next is when the clock will end something, or it is time for something; the zero time when nothing waits.
func (s *State) Next() time.Time {
	var first time.Time
	soonest := func(t time.Time) {
		if first.IsZero() || t.Before(first) {
			first = t
		}
	}
	for _, r := range s.Live() {
		if until, ends := r.deadline(); ends {
			soonest(until)
		}
		if r.waitsForTime() {
			soonest(r.Asked.At)
		}
		if r.Status == Pending && r.Nudges < len(r.Asked.Nudge) {
			soonest(r.AskedAt.Add(r.Asked.Nudge[r.Nudges]))
		}
		if r.Unconfirmed() {
			soonest(r.ConfirmUntil)
		}
	}
	return first
}

// deadline is when the request dies if nobody does anything.
func (r *Request) deadline() (time.Time, bool) {
	switch r.Status {
	case Planning, Pending:
		return r.AskUntil, true
	case Approved:
		_, under := r.Unfinished() // the start clock counts from the end of what runs ahead
		return r.StartUntil, !under
	}
	return time.Time{}, false
}

// Policy decides what a loaded config changes: nothing when it is the same, else every open and approved request is void.
func (s *State) Policy(revision string, people []auth.Person) journal.Draft {
	if revision == s.Revision {
		return journal.Draft{}
	}
	b := PolicyLoaded{Revision: revision, People: people}
	for _, r := range s.Live() {
		if r.Status.Open() {
			b.Voids = append(b.Voids, r.ID)
		}
	}
	return journal.Draft{Kind: KindPolicy, Actor: "twokey", Body: b}
}
