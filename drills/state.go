package drills

import (
	"maps"
	"slices"
	"time"

	"twokey/auth"
	"twokey/drills/calendar"
	"twokey/internal/journal"
)

// Status is where an exercise stands. The words are on the cards.
type Status string

// The states of an exercise.
const (
	Open    Status = "planned"  // from drill.planned on, also after an abort
	Taken   Status = "accepted" // somebody said they will do it
	Running Status = "running"
	Done    Status = "done" // see its result
	Off     Status = "skipped"
	Lost    Status = "missed"
	Dropped Status = "dropped" // its drill is not in the config any more
)

// Over says whether nothing is to come.
func (s Status) Over() bool { return s == Done || s == Off || s == Lost || s == Dropped }

// Exercise is one occurrence of a drill.
type Exercise struct {
	ID      uint64 // the seq of the entry that made it known
	Drill   Name
	Type    string
	Nominal time.Time
	At      time.Time // when it is, after the last change
	Period  calendar.Period
	Target  time.Duration
	MayLose time.Duration // how old the newest row that comes back may be; 0: any age
	Owner   auth.Name     // "": nobody is there
	Owners  []auth.Name
	Remind  []time.Duration

	Status  Status
	Since   time.Time // of the last entry that gave people time: planned, assigned, rescheduled, aborted
	Moved   []Rescheduled
	Started time.Time
	Ended   time.Time
	By      auth.Name // who started, skipped
	Result  Result
	Reason  string
	Trigger string      // "": the schedule; manual: somebody wanted it
	OffWith []auth.Name // who agreed that it is skipped
	Aborts  []Abort
	Anyway  *Anyway // two people let it start although not all is well
	Held

	Last   uint64        // the newest entry about it
	Cards  map[int64]int // by chat, the message of its card
	Closed bool          // its card will not change any more
	// What its chat is to hear of: the nearest reminder that was given, and the calls for help.
	Nearest    time.Duration
	NearestSeq uint64
	Called     []Called
	Rung       uint64    // up to which entry its chat was told by messages that ring
	News       []News    // what it was not told of yet, oldest first
	Urged      time.Time // when it was told last that nobody has signed

	said map[time.Duration]bool // reminders that were given, or are covered
	rung int                    // the first of Rungs that is not called
}

// Called is a call for help.
type Called struct {
	Seq uint64
	Escalated
}

// Anyway is that two people let it start.
type Anyway struct {
	At time.Time
	Agreed
}

// Overdue says whether its period ended without a result.
func (x *Exercise) Overdue(now time.Time) bool {
	return (!x.Status.Over() || x.Status == Lost) && !now.Before(x.Period.Until)
}

// Deadline is when it is missed: the end of its period, or, when its time is near that or after it, a week after its time at most.
func (x *Exercise) Deadline() time.Time { return deadline(x.At, x.Period) }

func deadline(at time.Time, p calendar.Period) time.Time {
	grace := at.Add(min(longestGrace, p.Until.Sub(p.From)/4))
	if grace.After(p.Until) {
		return grace
	}
	return p.Until
}

// Clone is a copy that later entries do not reach.
func (x *Exercise) Clone() *Exercise {
	c := *x
	c.Moved, c.said, c.Aborts = slices.Clone(x.Moved), nil, slices.Clone(x.Aborts)
	c.Held, c.Cards, c.News, c.Called = x.clone(), maps.Clone(x.Cards), slices.Clone(x.News), slices.Clone(x.Called)
	return &c
}

// series is what is known about a drill.
type series struct {
	loaded Loaded
	since  time.Time       // what was before it is not asked for
	period calendar.Period // of the last exercise: one period has one
	at     time.Time       // of the last exercise, by the schedule
	owner  auth.Name       // of the last exercise
	led    auth.Name       // who started one last
	gone   bool            // not in the config any more
}

// State is the fold of the journal. It is read and decided on only under the journal's lock.
type State struct {
	drills map[Name]*series
	all    []*Exercise
	open   []*Exercise // not over
	byID   map[uint64]*Exercise
	away   map[auth.Name]Absence
	back   map[auth.Name]time.Time // what the config says of before is over
}

// NewState is the state before the first entry.
func NewState() *State {
	return &State{drills: map[Name]*series{}, byID: map[uint64]*Exercise{}, away: map[auth.Name]Absence{}, back: map[auth.Name]time.Time{}}
}

// Get finds an exercise.
func (s *State) Get(id uint64) (*Exercise, bool) {
	x, ok := s.byID[id]
	return x, ok
}

// All lists the exercises, oldest first, those that were only missed among them.
func (s *State) All() []*Exercise { return s.all }

// Pending lists those that are not over, oldest first.
func (s *State) Pending() []*Exercise { return s.open }

// New makes an empty body of the kinds the fold reads.
func (s *State) New(kind string) any {
	switch kind {
	case KindLoaded:
		return new(AllLoaded)
	case KindPlanned:
		return new(Planned)
	case KindReminded:
		return new(Reminded)
	case KindAssigned:
		return new(Assigned)
	case KindEscalated:
		return new(Escalated)
	case KindAccepted:
		return new(Accepted)
	case KindRescheduled:
		return new(Rescheduled)
	case KindStarted:
		return new(Started)
	case KindEnded:
		return new(Ended)
	case KindSkipped:
		return new(Skipped)
	case KindMissed:
		return new(Missed)
	case KindAway:
		return new(Away)
	case KindBack:
		return new(Back)
	}
	return newRun(kind)
}

// Apply folds one entry.
func (s *State) Apply(e journal.Entry, body any) {
	switch b := body.(type) {
	case *AllLoaded:
		s.load(e, b.Drills)
	case *Planned:
		s.plan(e, b)
	case *Missed:
		s.miss(e, b)
	case *Away:
		s.away[b.Person] = Absence{Person: b.Person, From: e.Time, Until: b.Until}
	case *Back:
		delete(s.away, b.Person)
		s.back[b.Person] = e.Time
	default:
		s.change(e, body)
	}
	s.hear(e, body)
	s.open = slices.DeleteFunc(s.open, func(x *Exercise) bool { return x.Status.Over() })
}

// change folds an entry about one exercise.
func (s *State) change(e journal.Entry, body any) {
	switch b := body.(type) {
	case *Reminded:
		s.one(b.Exercise, func(x *Exercise) { x.say(b.Before, b.Covers); x.Nearest, x.NearestSeq = b.Before, e.Seq })
	case *Assigned:
		s.one(b.Exercise, func(x *Exercise) { x.Since = e.Time; s.give(x, b.Owner) })
	case *Escalated:
		s.one(b.Exercise, func(x *Exercise) { x.rung = b.Rung + 1; x.Called = append(x.Called, Called{e.Seq, *b}) })
	case *Accepted:
		s.one(b.Exercise, func(x *Exercise) { x.Status = Taken; s.give(x, b.Person) })
	case *Rescheduled:
		s.one(b.Exercise, func(x *Exercise) { x.move(*b, e.Time) })
	case *Started:
		s.one(b.Exercise, func(x *Exercise) { s.start(x, b, e.Time) })
	case *Ended:
		s.one(b.Exercise, func(x *Exercise) { x.end(b, e.Time) })
	case *Skipped:
		s.one(b.Exercise, func(x *Exercise) { x.Status, x.By, x.Reason, x.Ended = Off, b.Person, b.Reason, e.Time })
	default:
		s.held(e, body)
		return
	}
	s.newest(e, body)
}

// newest notes the last entry about an exercise.
func (s *State) newest(e journal.Entry, body any) {
	if b, is := body.(interface{ about() uint64 }); is {
		s.about(e, b.about(), func(*Exercise) {})
	}
}

func (s *State) one(id uint64, change func(*Exercise)) {
	if x, ok := s.byID[id]; ok {
		change(x)
	}
}
