// Package broadcast tells the service's users what two people agreed to tell them: what a notice says and whom it goes to,
// which notices go out by themselves, and how far each one is.
//
// State is a fold of the journal, and its decisions are pure. Teller finds out, for people to decide on, what users would be
// told; Runner makes the deliveries follow the state. What became of each recipient is in the ledger (delivery), beside the
// journal; templates are in notice, copies of the audience in audience.
package broadcast

import (
	"maps"
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// Status is where a broadcast stands. The words are on the cards.
type Status string

// The states of a broadcast.
const (
	Running   Status = "running"
	PausedNow Status = "paused"
	Gone      Status = "cancelled" // whoever has not got it will not
	Done      Status = "done"
	Failed    Status = "failed"
)

// Over says whether nothing is to come.
func (s Status) Over() bool { return s == Gone || s == Done || s == Failed }

// Broadcast is one notice on its way to its recipients, or a correction, or a recall, of one.
type Broadcast struct {
	ID       uint64 // the seq of the entry that began it
	Telling  step.Telling
	At       time.Time
	Request  uint64    // the run whose step decided it; 0: see Tie and Follows
	Tie      *step.Tie // the event that let it go out
	Standing uint64
	Follows  uint64 // the broadcast whose approval covers it
	Run      uint64 // what it is about, when that is a run

	Status  Status
	Total   int       // recipients, once the ledger has them all; -1 before
	Paused  Paused    // while it is
	Stopped string    // who cancelled it
	Counts  Counts    // at its end
	Why     string    // why it could not be ended well
	Ended   time.Time // cancelled ones end twice: when it was said, and when what was under way is counted
	Counted bool      // Counts is final

	Follow []bool // of those that follow: begun, or not any more to come
	Card   map[int64]int
	Closed bool // its card is not edited any more
}

// Standing is a tie that two people agreed to.
type Standing struct {
	ID    uint64 // the entry that says so
	At    time.Time
	Tie   step.Tie
	Told  step.Telling
	Ended bool // revoked
}

// State is the fold of the journal: every broadcast, and what goes out by itself. It is read and decided on only under the
// journal's lock.
type State struct {
	all      []*Broadcast
	byID     map[uint64]*Broadcast
	standing map[string]Standing // by the tie as the config writes it
	held     map[string]heldAt   // by what was held
	auto     []time.Time         // when notices went out by themselves, the last days
	list     *step.UserList      // the last one that people agreed to
	untold   []Holding           // what was held and the chat was not told
}

// Holding is a notice that was held, by the entry that says so.
type Holding struct {
	ID uint64
	At time.Time
	Held
}

type heldAt struct {
	last  time.Time
	times int
}

// NewState is the state before the first entry.
func NewState() *State {
	return &State{byID: map[uint64]*Broadcast{}, standing: map[string]Standing{}, held: map[string]heldAt{}}
}

// Get finds a broadcast.
func (s *State) Get(id uint64) (*Broadcast, bool) {
	b, ok := s.byID[id]
	return b, ok
}

// All lists the broadcasts, oldest first.
func (s *State) All() []*Broadcast { return s.all }

// List is the copy of the audience that people agreed to last; nil before the first.
func (s *State) List() *step.UserList { return s.list }

// Standing finds the approval of a tie; false when it was never given or was revoked. It may have lapsed.
func (s *State) Standing(t step.Tie) (Standing, bool) {
	st, ok := s.standing[t.String()]
	return st, ok && !st.Ended
}

// Matter lists what went out about something, oldest first: notices only.
func (s *State) Matter(name string) []*Broadcast {
	var list []*Broadcast
	for _, b := range s.all {
		if b.Telling.Matter == name && b.Telling.Do == step.NoticeTell {
			list = append(list, b)
		}
	}
	return list
}

// Open lists the matters of which users were told something and not that it is over, oldest first.
func (s *State) Open() []string {
	var names []string
	closed := map[string]bool{}
	for _, b := range s.all {
		m := b.Telling.Matter
		if b.Telling.Do != step.NoticeTell || m == "" {
			continue
		}
		closed[m] = b.Telling.Closes
		if !slices.Contains(names, m) {
			names = append(names, m)
		}
	}
	return slices.DeleteFunc(names, func(m string) bool { return closed[m] })
}

// Clone is a copy that later entries do not reach.
func (b *Broadcast) Clone() *Broadcast {
	c := *b
	c.Follow, c.Card = slices.Clone(b.Follow), maps.Clone(b.Card)
	return &c
}

// New makes an empty body of the kinds the fold reads.
func (s *State) New(kind string) any {
	switch kind {
	case kindStepDone:
		return new(stepDone)
	case KindBegun:
		return new(Begun)
	case KindPrepared:
		return new(Prepared)
	case KindPaused:
		return new(Paused)
	case KindResumed:
		return new(Resumed)
	case KindCancelled:
		return new(Cancelled)
	case KindEnded:
		return new(Ended)
	case KindHeld:
		return new(Held)
	case KindPosted:
		return new(Posted)
	case KindClosed:
		return new(Closed)
	}
	return nil
}

// kindStepDone is the entry of a step's end, which package actions writes; stepDone is what of it is about notices.
const kindStepDone = "step.finished"

type stepDone struct {
	Request uint64 `json:"request"`
	Error   string `json:"error"`
	Data    *struct {
		Notice *step.Telling `json:"notice"`
	} `json:"data"`
}

// Apply folds one entry.
func (s *State) Apply(e journal.Entry, body any) {
	switch b := body.(type) {
	case *stepDone:
		if b.Error == "" && b.Data != nil && b.Data.Notice != nil {
			s.decided(e, b.Request, *b.Data.Notice)
		}
	case *Begun:
		s.begun(e, b)
	case *Prepared:
		s.one(b.Broadcast, func(x *Broadcast) { x.Total = b.Total })
	case *Paused:
		s.one(b.Broadcast, func(x *Broadcast) { x.Status, x.Paused = PausedNow, *b })
	case *Resumed:
		s.one(b.Broadcast, func(x *Broadcast) { x.Status, x.Paused = Running, Paused{} })
	case *Cancelled:
		s.one(b.Broadcast, func(x *Broadcast) { x.cancel(b.Person, e.Time) })
	case *Ended:
		s.one(b.Broadcast, func(x *Broadcast) { x.end(b, e.Time) })
	case *Held:
		s.hold(e, b)
	case *Posted:
		s.one(b.Broadcast, func(x *Broadcast) { x.Card[b.Chat] = b.Message })
		s.untold = slices.DeleteFunc(s.untold, func(h Holding) bool { return h.ID == b.Broadcast })
	case *Closed:
		s.one(b.Broadcast, func(x *Broadcast) { x.Closed = true })
	}
}

func (s *State) one(id uint64, change func(*Broadcast)) {
	if b, ok := s.byID[id]; ok {
		change(b)
	}
}
