package actions

import (
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

// KindPanic is the entry of one person who stops everything: it stops, locks, and opens an incident.
const KindPanic = "panic.pressed"

// Locking says what an action does to the lockdown.
type Locking string

// The ways to touch the lockdown.
const (
	LockSet  Locking = "set"  // nothing may start the service from here on
	LockLift Locking = "lift" // two people agreed that it may
)

// Pressed is one person's panic: asked, planned and approved in one entry, because nothing about it waits. Voids are the
// open requests that would start the service.
type Pressed struct {
	Asked Asked  `json:"asked"`
	Steps []Step `json:"steps"`
	Voids []ID   `json:"voids,omitempty"`
}

// Lockdown is why nothing may start the service.
type Lockdown struct {
	By     ID // the panic that set it
	Person auth.Name
	Since  time.Time
	Reason string
}

// Lockdown gives the one that is set, if one is.
func (s *State) Lockdown() (Lockdown, bool) {
	if s.lockdown == nil {
		return Lockdown{}, false
	}
	return *s.lockdown, true
}

// Panic decides on one person's panic. Only whoever may not ask for it, or asks while the same is under way, is refused: a
// wrong clock, locks and a crowd of open requests never keep anybody from stopping.
func (s *State) Panic(a Asked) (journal.Draft, error) {
	if err := s.mayPanic(a); err != nil {
		return journal.Draft{}, err
	}
	steps, err := a.Action.bound(a.Args)
	if err != nil {
		return journal.Draft{}, err
	}
	b := Pressed{Asked: a, Steps: steps}
	for _, r := range s.Live() {
		if r.Status.Open() && r.starts() {
			b.Voids = append(b.Voids, r.ID)
		}
	}
	return journal.Draft{Kind: KindPanic, Actor: string(a.Person), Body: b}, nil
}

func (s *State) mayPanic(a Asked) error {
	if p, known := s.People.ByName(a.Person); !known || !p.Holds(a.Action.Rule.MayAsk) {
		return &Refusal{Reason: NotAsker, Action: a.Action.Name, Who: s.People.Holding(a.Action.Rule.MayAsk, a.Person)}
	}
	for _, r := range s.Live() {
		if r.Action().Locking == LockSet && (r.Status == Approved || r.Status == Running) {
			return &Refusal{Reason: Joined, Action: a.Action.Name, Request: r.ID, State: r.Status, Who: []auth.Name{r.Asked.Person}}
		}
	}
	return nil
}

// bound gives the steps that are done with these arguments, with the arguments in their places. Behind a step that waits for
// the approval, none runs ahead.
func (a Action) bound(args Args) ([]Step, error) {
	var steps []Step
	ahead := true
	for _, s := range a.Steps {
		if !s.among(args) {
			continue
		}
		b, err := s.bound(args)
		if err != nil {
			return nil, err
		}
		ahead = ahead && b.Ahead
		b.Ahead = ahead
		steps = append(steps, b)
	}
	return steps, nil
}

func (s *State) applyPanic(e journal.Entry, b *Pressed) {
	r := &Request{ID: ID(e.Seq), Asked: b.Asked, Steps: b.Steps, AskedAt: e.Time, AskUntil: e.Time.Add(b.Asked.Action.Rule.AskWithin),
		First: e.Seq, Last: e.Seq, Hash: e.Hash.Short()}
	s.add(r)
	s.approve(e, r, nil)
	s.each(e, b.Voids, func(o *Request) {
		o.Voided = &Voided{Request: o.ID, Cause: VoidStopped, By: r.ID}
		o.end(Void, e.Time)
	})
}

// lock notes that the service is locked; a second panic keeps the first one's beginning.
func (s *State) lock(r *Request, since time.Time) {
	if r.Action().Locking != LockSet {
		return
	}
	l := Lockdown{By: r.ID, Person: r.Asked.Person, Since: since, Reason: r.Asked.Reason}
	if s.lockdown != nil {
		l.Since, l.Person = s.lockdown.Since, s.lockdown.Person
	}
	s.lockdown = &l
	s.locked = append(s.locked, r.ID)
	r.Locks = true
}

// unlock lifts the lockdown, and frees the panics that held it.
func (s *State) unlock(by ID) {
	s.lockdown = nil
	for _, id := range s.locked {
		if r, ok := s.requests[id]; ok {
			r.Locks, r.Lifted = false, by
			s.ended(r)
		}
	}
	s.locked = nil
}

// lifts says whether the end of a run lifts the lockdown: the one it was asked for must still be the one that is set.
func (s *State) lifts(r *Request) bool {
	return r.Action().Locking == LockLift && s.lockdown != nil && s.lockdown.By == r.Asked.Lifts
}

// mayLift refuses to lift what is not set.
func (s *State) mayLift(a Asked) error {
	if a.Action.Locking == LockLift && s.lockdown == nil {
		return &Refusal{Reason: NotLocked, Action: a.Action.Name}
	}
	return nil
}

// lockedOut is the refusal of what would start the service while it is locked; nil when it is not.
func (s *State) lockedOut(a Action, starts bool) error {
	if s.lockdown == nil || !starts {
		return nil
	}
	return &Refusal{Reason: Locked, Action: a.Name, Request: s.lockdown.By, Until: s.lockdown.Since, Who: []auth.Name{s.lockdown.Person}}
}
