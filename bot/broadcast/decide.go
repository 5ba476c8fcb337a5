package broadcast

import (
	"twokey/actions/step"
	"twokey/internal/journal"
)

// Reason says why a decision is a no.
type Reason string

// The reasons.
const (
	NoSuchBroadcast Reason = "no such broadcast"
	AlreadyOver     Reason = "already over"
	AlreadyPaused   Reason = "already paused"
	NotPaused       Reason = "not paused"
	NotYourPause    Reason = "not your pause" // somebody else paused it: two people let it go on
)

// Refusal is a no, with what the sentence about it needs.
type Refusal struct {
	Reason Reason
	ID     uint64
	Status Status
	Who    string // who paused or cancelled it
}

func (r *Refusal) Error() string { return string(r.Reason) }

// Pause stops a broadcast where it is: anybody's, alone.
func (s *State) Pause(id uint64, person string) (journal.Draft, error) {
	b, err := s.live(id)
	if err != nil {
		return journal.Draft{}, err
	}
	if b.Status == PausedNow {
		return journal.Draft{}, &Refusal{Reason: AlreadyPaused, ID: id, Status: b.Status, Who: b.Paused.Person}
	}
	return journal.Draft{Kind: KindPaused, Actor: person, Body: Paused{Broadcast: id, Person: person}}, nil
}

// Resume lets go on what the same person paused, or what paused by itself; anything else takes two people, by an action.
func (s *State) Resume(id uint64, person string) (journal.Draft, error) {
	b, err := s.live(id)
	switch {
	case err != nil:
		return journal.Draft{}, err
	case b.Status != PausedNow:
		return journal.Draft{}, &Refusal{Reason: NotPaused, ID: id, Status: b.Status}
	case b.Paused.Person != "" && b.Paused.Person != person:
		return journal.Draft{}, &Refusal{Reason: NotYourPause, ID: id, Status: b.Status, Who: b.Paused.Person}
	}
	return journal.Draft{Kind: KindResumed, Actor: person, Body: Resumed{Broadcast: id, Person: person}}, nil
}

// Cancel ends it for all who have not got it: anybody's, alone.
func (s *State) Cancel(id uint64, person string) (journal.Draft, error) {
	if _, err := s.live(id); err != nil {
		return journal.Draft{}, err
	}
	return journal.Draft{Kind: KindCancelled, Actor: person, Body: Cancelled{Broadcast: id, Person: person}}, nil
}

func (s *State) live(id uint64) (*Broadcast, error) {
	b, ok := s.byID[id]
	switch {
	case !ok:
		return nil, &Refusal{Reason: NoSuchBroadcast, ID: id}
	case b.Status.Over() && !b.waits():
		return nil, &Refusal{Reason: AlreadyOver, ID: id, Status: b.Status, Who: b.Stopped}
	}
	return b, nil
}

// waits says whether something that the same approval covers is still to come.
func (b *Broadcast) waits() bool {
	for _, done := range b.Follow {
		if !done {
			return true
		}
	}
	return false
}

// Next is what is to be delivered now: the oldest that is running and not counted, or was cancelled and not counted; nil when
// there is none. What is paused keeps nobody back.
func (s *State) Next() *Broadcast {
	for _, b := range s.all {
		if !b.Counted && b.Status != PausedNow {
			return b
		}
	}
	return nil
}

// Prepared decides that the ledger has every recipient; nothing when that is known.
func (s *State) Prepared(id uint64, total int) journal.Draft {
	b, ok := s.byID[id]
	if !ok || b.Total >= 0 || b.Counted {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindPrepared, Actor: "twokey", Body: Prepared{Broadcast: id, Total: total}}
}

// End decides what became of it.
func (s *State) End(id uint64, c Counts, digest, why string) journal.Draft {
	b, ok := s.byID[id]
	if !ok || b.Counted {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindEnded, Actor: "twokey", Body: Ended{Broadcast: id, Counts: c, Digest: digest, Why: why}}
}

// Halt pauses it because it cannot go on: why says what is wrong, waits that it goes on by itself when that is over.
func (s *State) Halt(id uint64, why string, waits bool) journal.Draft {
	b, ok := s.byID[id]
	if !ok || b.Status != Running {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindPaused, Actor: "twokey", Body: Paused{Broadcast: id, Why: why, Waits: waits}}
}

// Earlier are the broadcasts about a matter, whose recipients a notice that closes it goes to.
func (s *State) Earlier(matter string) []uint64 {
	var ids []uint64
	for _, b := range s.Matter(matter) {
		if !b.Telling.Closes && b.Telling.Do == step.NoticeTell {
			ids = append(ids, b.ID)
		}
	}
	return ids
}

// Halted is the oldest that paused by itself and goes on by itself; without an ID when there is none.
func (s *State) Halted() *Broadcast {
	for _, b := range s.all {
		if b.Status == PausedNow && b.Paused.Waits {
			return b
		}
	}
	return &Broadcast{}
}

// Unhalt lets go on what paused by itself, unless somebody was quicker.
func (s *State) Unhalt(id uint64) journal.Draft {
	b, ok := s.byID[id]
	if !ok || b.Status != PausedNow || !b.Paused.Waits {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindResumed, Actor: "twokey", Body: Resumed{Broadcast: id}}
}

// Needed are the copies of the audience that something refers to.
func (s *State) Needed() []string {
	var ids []string
	add := func(l *step.UserList) {
		if l == nil {
			return
		}
		if ids = append(ids, l.ID); l.Of != "" {
			ids = append(ids, l.Of)
		}
	}
	add(s.list)
	for _, b := range s.all {
		if !b.Counted || b.waits() {
			add(b.Telling.List)
		}
	}
	return ids
}

// Unshown lists what the chat has to be shown: the broadcasts whose cards are not closed, and what was held and not told.
func (s *State) Unshown() (open, held []uint64) {
	for _, b := range s.all {
		if !b.Closed {
			open = append(open, b.ID)
		}
	}
	for _, h := range s.untold {
		held = append(held, h.ID)
	}
	return open, held
}

// Untold finds what was held and not told.
func (s *State) Untold(id uint64) (Holding, bool) {
	for _, h := range s.untold {
		if h.ID == id {
			return h, true
		}
	}
	return Holding{}, false
}
