package actions

import (
	"cmp"
	"slices"
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

// A fork: somebody outside keeps a signed head that is not on our chain. Our journal's end was cut off, or an old copy was
// put in its place, so what it says is open may long be done, and what it says is approved may long be taken back. Nothing
// of that may go on, and nothing that changes production may be asked until somebody on the host has looked.

// The kinds of entries about forks.
const (
	KindForked      = "journal.forked"
	KindForkSettled = "fork.settled"
)

// VoidFork is the cause of a request that was open when a fork was found, and CutFork of a run that was under way.
const (
	VoidFork = "fork"
	CutFork  = "fork"
)

// Pin is a signed head that a person keeps pinned, and that is not on our chain.
type Pin struct {
	Person auth.Name    `json:"person"`
	Seq    uint64       `json:"seq"`
	Hash   journal.Hash `json:"hash"`
	Signed time.Time    `json:"signed"`
}

// same says whether two pins are of one head, whoever keeps it.
func (p Pin) same(o Pin) bool { return p.Seq == o.Seq && p.Hash == o.Hash }

// Forked says that the journal is not the one that people's pins know. Ours is the head it was found at.
type Forked struct {
	Pins  []Pin        `json:"pins"`
	Seq   uint64       `json:"seq"`
	Hash  journal.Hash `json:"hash"`
	Voids []ID         `json:"voids,omitempty"`
	Cuts  []ForkCut    `json:"cuts,omitempty"`
}

// ForkCut is a run that a fork interrupted, at a step. Begun: the step had been started, and nobody knows what it did.
type ForkCut struct {
	Request ID   `json:"request"`
	Step    int  `json:"step"`
	Begun   bool `json:"begun,omitempty"`
}

// ForkSettled says that somebody on the host took the journal as it is: what its pins knew and it does not is lost.
type ForkSettled struct {
	Fork uint64 `json:"fork"` // the seq of the entry that found it
	Pins []Pin  `json:"pins"`
}

// Fork is one that is not settled.
type Fork struct {
	ID   string // the short hash of the entry that found it: what is typed to accept it
	Seq  uint64 // of that entry
	Pins []Pin  // the newest first
	Ours journal.Head
}

// Fork says that the journal is forked, and how; nil when it is not.
func (s *State) Fork() *Fork { return s.fork }

// Forked decides what pins that are not on our chain mean: nothing when they were accepted before, or the journal is known
// to be forked; else every open request is void and every run is interrupted. A run that stops goes on: stopping is right
// whatever was lost. ours is the head that the pins were compared with.
func (s *State) Forked(ours journal.Head, pins []Pin) journal.Draft {
	pins = slices.DeleteFunc(slices.Clone(pins), func(p Pin) bool { return slices.ContainsFunc(s.lost, p.same) })
	if s.fork != nil || len(pins) == 0 {
		return journal.Draft{}
	}
	slices.SortStableFunc(pins, func(a, b Pin) int { return cmp.Compare(b.Seq, a.Seq) })
	b := Forked{Pins: pins, Seq: ours.Seq, Hash: ours.Hash}
	for _, r := range s.Live() {
		switch {
		case r.Status.Open():
			b.Voids = append(b.Voids, r.ID)
		case r.Status == Running && r.Action().Effect != Stop:
			b.Cuts = append(b.Cuts, cutAt(r))
		}
	}
	return journal.Draft{Kind: KindForked, Actor: "twokey", Body: b}
}

// cutAt is the step a run is at.
func cutAt(r *Request) ForkCut {
	if i, begun := r.Unfinished(); begun {
		return ForkCut{Request: r.ID, Step: i, Begun: true}
	}
	return ForkCut{Request: r.ID, Step: len(r.Runs)}
}

// AcceptFork decides that the journal is taken as it is. It names the fork, so that what was typed once accepts no other.
func (s *State) AcceptFork(id string) journal.Draft {
	if s.fork == nil || s.fork.ID != id {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindForkSettled, Actor: "host", Body: ForkSettled{Fork: s.fork.Seq, Pins: s.fork.Pins}}
}

func (s *State) applyForked(e journal.Entry, b *Forked) {
	s.fork = &Fork{ID: e.Hash.Short(), Seq: e.Seq, Pins: b.Pins, Ours: journal.Head{Seq: b.Seq, Hash: b.Hash}}
	s.each(e, b.Voids, func(r *Request) {
		r.Voided = &Voided{Request: r.ID, Cause: VoidFork}
		r.end(Void, e.Time)
	})
	for _, c := range b.Cuts {
		s.one(e, c.Request, func(r *Request) {
			r.Cut = &Interruption{Request: r.ID, Step: c.Step, Cut: Cut{Cause: CutFork, Begun: c.Begun}}
			r.end(Interrupted, e.Time)
		})
	}
}

func (s *State) applyForkSettled(b *ForkSettled) {
	s.fork = nil
	s.lost = append(s.lost, b.Pins...)
}

// forbids says whether a fork keeps an action from being asked.
func (f *Fork) forbids(a Action) bool { return f != nil && a.Effect == Change }

// refusal is that no.
func (f *Fork) refusal(a Action) *Refusal {
	return &Refusal{Reason: JournalForked, Action: a.Name, Who: []auth.Name{f.Pins[0].Person}}
}
