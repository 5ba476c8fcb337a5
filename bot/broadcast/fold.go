package broadcast

import (
	"fmt"
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// keepTexts is how many broadcasts that are over keep their texts in memory; the journal has them all.
const keepTexts = 50

// decided takes in what a run's step about notices decided.
func (s *State) decided(e journal.Entry, request uint64, t step.Telling) {
	switch t.Do {
	case step.NoticeTell, step.NoticeEdit, step.NoticeRecall:
		b := &Broadcast{ID: e.Seq, Telling: t, At: e.Time, Request: request}
		if t.Event != "" {
			b.Run = request
		}
		if t.List != nil {
			s.list = t.List
		}
		s.add(b)
	case step.NoticeStanding:
		if t.Tie != nil {
			s.standing[t.Tie.String()] = Standing{ID: e.Seq, At: e.Time, Tie: *t.Tie, Told: t}
		}
		if t.List != nil {
			s.list = t.List
		}
	case step.NoticeRevoke:
		if t.Tie != nil {
			st := s.standing[t.Tie.String()]
			st.Ended = true
			s.standing[t.Tie.String()] = st
		}
	case step.NoticeResume:
		s.one(t.Of, func(b *Broadcast) {
			if b.Status == PausedNow {
				b.Status, b.Paused = Running, Paused{}
			}
		})
	}
}

func (s *State) begun(e journal.Entry, b *Begun) {
	s.add(&Broadcast{ID: e.Seq, Telling: b.Telling, At: e.Time, Tie: b.Tie, Standing: b.Standing, Follows: b.Of, Run: b.Run})
	s.one(b.Of, func(x *Broadcast) { x.followed(b.Follow) })
	if b.Tie != nil {
		s.auto = append(s.auto, e.Time)
	}
}

// add takes in a new broadcast. One that closes its matter ends what is left of it: nobody is told any more that it begins.
func (s *State) add(b *Broadcast) {
	b.Status, b.Total, b.Card = Running, -1, map[int64]int{}
	b.Follow = make([]bool, len(b.Telling.Follow))
	if b.Telling.Do == step.NoticeTell && b.Telling.Matter == "" {
		b.Telling.Matter = MatterOf(b.ID)
	}
	if b.Telling.Closes {
		for _, x := range s.Matter(b.Telling.Matter) {
			for i := range x.Follow {
				x.Follow[i] = true
			}
			if !x.Status.Over() {
				x.cancel("", b.At)
			}
		}
	}
	s.all, s.byID[b.ID] = append(s.all, b), b
	s.forget()
}

// MatterOf is what a broadcast is about that was given no name for it.
func MatterOf(id uint64) string { return fmt.Sprintf("notice %d", id) }

// MatterRun is what a notice about a run is about.
func MatterRun(run uint64) string { return fmt.Sprintf("run %d", run) }

// forget drops the texts of those that have long been over.
func (s *State) forget() {
	over := 0
	for _, b := range slices.Backward(s.all) {
		if !b.Closed || !b.Counted {
			continue
		}
		if over++; over > keepTexts {
			b.Telling.Texts = nil
		}
	}
}

func (b *Broadcast) cancel(person string, at time.Time) {
	b.Status, b.Stopped, b.Ended = Gone, person, at
	for i := range b.Follow {
		b.Follow[i] = true
	}
}

func (b *Broadcast) end(by *Ended, at time.Time) {
	b.Counts, b.Why, b.Counted = by.Counts, by.Why, true
	if b.Status == Gone {
		return
	}
	b.Status, b.Ended = Done, at
	if by.Why != "" {
		b.Status = Failed
	}
}

func (b *Broadcast) followed(i int) {
	if i >= 0 && i < len(b.Follow) {
		b.Follow[i] = true
	}
}

// hold notes what was held. A follower that is late or changed will not come any more.
func (s *State) hold(e journal.Entry, h *Held) {
	k := h.key()
	s.held[k] = heldAt{last: e.Time, times: s.held[k].times + 1}
	s.untold = append(s.untold, Holding{ID: e.Seq, At: e.Time, Held: *h})
	if h.Of != 0 && h.Cause != HeldRed {
		s.one(h.Of, func(x *Broadcast) { x.followed(h.Follow) })
	}
}

// key is what is held: the same thing twice is the same key.
func (h Held) key() string { return h.Cause + "\x00" + h.Matter + "\x00" + h.Template }
