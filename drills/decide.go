package drills

import (
	"fmt"
	"strings"
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

// Reason says why a decision is a no.
type Reason string

// The reasons.
const (
	NoSuchExercise Reason = "no such exercise"
	AlreadyOver    Reason = "already over"
	AlreadyRunning Reason = "already running"  // Who
	AlreadyTaken   Reason = "already accepted" // Who
	NotRunning     Reason = "not running"
	NotOwner       Reason = "not the owner"   // Who is; "" nobody
	NeedsTwo       Reason = "needs two"       // two people
	NoReason       Reason = "no reason given" // one is needed
	BadTime        Reason = "bad time"        // Until: it is after now and before that
	BadResult      Reason = "bad result"
	ClockBehind    Reason = "clock behind"
)

// Refusal is a no, with what the sentence about it needs.
type Refusal struct {
	Reason Reason
	ID     uint64
	Status Status
	Who    auth.Name
	Until  time.Time
}

func (r *Refusal) Error() string { return fmt.Sprintf("drill %d: refused: %s", r.ID, r.Reason) }

// live finds an exercise that can still be held and does not run.
func (s *State) live(now journal.Now, id uint64) (*Exercise, error) {
	x, ok := s.byID[id]
	switch {
	case !ok:
		return nil, &Refusal{Reason: NoSuchExercise, ID: id}
	case now.Behind > behind:
		return nil, &Refusal{Reason: ClockBehind, ID: id, Status: x.Status}
	case x.Status.Over() || x.Status != Running && !now.Before(x.Deadline()): // missed, and the entry is to come
		return nil, &Refusal{Reason: AlreadyOver, ID: id, Status: x.Status}
	case x.Status == Running:
		return nil, &Refusal{Reason: AlreadyRunning, ID: id, Status: x.Status, Who: x.By}
	}
	return x, nil
}

// Accept says that somebody does it; they are the owner then. Who may is the caller's to know.
func (s *State) Accept(now journal.Now, id uint64, who auth.Name) (journal.Draft, error) {
	x, err := s.live(now, id)
	if err != nil {
		return journal.Draft{}, err
	}
	if x.Status == Taken {
		return journal.Draft{}, &Refusal{Reason: AlreadyTaken, ID: id, Status: x.Status, Who: x.Owner}
	}
	return journal.Draft{Kind: KindAccepted, Actor: string(who), Body: Accepted{Exercise: id, Person: who}}, nil
}

// Reschedule makes it another time, with a reason. Agreed is how many people agree, the one who asks among them: its owner alone
// moves it within its period, and once; everything else takes two. It does not go beyond the next period.
func (s *State) Reschedule(now journal.Now, id uint64, who auth.Name, to time.Time, reason string, agreed int) (journal.Draft, error) {
	x, err := s.live(now, id)
	if err != nil {
		return journal.Draft{}, err
	}
	to = to.UTC().Truncate(time.Microsecond)
	p := x.Period
	last := p.Until.Add(p.Until.Sub(p.From))
	alone := p.Holds(to) && who == x.Owner && len(x.Moved) == 0
	switch {
	case strings.TrimSpace(reason) == "":
		return journal.Draft{}, &Refusal{Reason: NoReason, ID: id, Status: x.Status}
	case !to.After(now.Time) || !to.Before(last) || to.Equal(x.At):
		return journal.Draft{}, &Refusal{Reason: BadTime, ID: id, Status: x.Status, Until: last}
	case !alone && agreed < 2:
		return journal.Draft{}, &Refusal{Reason: NeedsTwo, ID: id, Status: x.Status, Who: x.Owner}
	}
	return journal.Draft{Kind: KindRescheduled, Actor: string(who), Body: Rescheduled{Exercise: id, Person: who, From: x.At, To: to,
		Reason: reason, Agreed: max(1, agreed), Outside: !p.Holds(to)}}, nil
}

// Skip decides that it is not done: two people, with a reason.
func (s *State) Skip(now journal.Now, id uint64, who auth.Name, reason string, agreed int) (journal.Draft, error) {
	x, err := s.live(now, id)
	switch {
	case err != nil:
		return journal.Draft{}, err
	case strings.TrimSpace(reason) == "":
		return journal.Draft{}, &Refusal{Reason: NoReason, ID: id, Status: x.Status}
	case agreed < 2:
		return journal.Draft{}, &Refusal{Reason: NeedsTwo, ID: id, Status: x.Status, Who: x.Owner}
	}
	return journal.Draft{Kind: KindSkipped, Actor: string(who), Body: Skipped{Exercise: id, Person: who, Reason: reason, Agreed: agreed}}, nil
}

// Start says that its owner begins, or anybody when nobody accepted it, and of what it consists. One goes on at a time.
func (s *State) Start(now journal.Now, id uint64, who auth.Name, o Opening) (journal.Draft, error) {
	x, err := s.live(now, id)
	if err != nil {
		return journal.Draft{}, err
	}
	other, runs := s.Running()
	switch {
	case x.Status == Taken && x.Owner != who:
		return journal.Draft{}, &Refusal{Reason: NotOwner, ID: id, Status: x.Status, Who: x.Owner}
	case runs:
		return journal.Draft{}, &Refusal{Reason: OtherRuns, ID: other.ID, Status: other.Status, Who: other.By}
	case x.Dirty:
		return journal.Draft{}, &Refusal{Reason: StillDirty, ID: id, Status: x.Status}
	}
	return journal.Draft{Kind: KindStarted, Actor: string(who), Body: Started{Exercise: id, Person: who, Opening: o}}, nil
}

// End says what came of it. Anybody may abort what runs, with a reason; the rest is who started it's.
func (s *State) End(id uint64, who auth.Name, result Result, reason string) (journal.Draft, error) {
	x, ok := s.byID[id]
	switch {
	case !ok:
		return journal.Draft{}, &Refusal{Reason: NoSuchExercise, ID: id}
	case x.Status != Running:
		return journal.Draft{}, &Refusal{Reason: NotRunning, ID: id, Status: x.Status}
	case result != Aborted && len(x.Script) > 0: // then its steps say what came of it
		return journal.Draft{}, &Refusal{Reason: BadResult, ID: id, Status: x.Status}
	case result != Pass && result != Partial && result != Fail && result != Aborted:
		return journal.Draft{}, &Refusal{Reason: BadResult, ID: id, Status: x.Status}
	case result != Aborted && who != x.By:
		return journal.Draft{}, &Refusal{Reason: NotOwner, ID: id, Status: x.Status, Who: x.By}
	case result != Pass && strings.TrimSpace(reason) == "":
		return journal.Draft{}, &Refusal{Reason: NoReason, ID: id, Status: x.Status}
	}
	return journal.Draft{Kind: KindEnded, Actor: string(who), Body: Ended{Exercise: id, Person: who, Result: result, Reason: reason}}, nil
}

// Leave says that somebody is away from now on.
func (s *State) Leave(now journal.Now, who auth.Name, until time.Time) (journal.Draft, error) {
	if !until.After(now.Time) {
		return journal.Draft{}, &Refusal{Reason: BadTime}
	}
	return journal.Draft{Kind: KindAway, Actor: string(who), Body: Away{Person: who, Until: until.UTC()}}, nil
}

// Return says that somebody is back.
func (s *State) Return(who auth.Name) journal.Draft {
	return journal.Draft{Kind: KindBack, Actor: string(who), Body: Back{Person: who}}
}
