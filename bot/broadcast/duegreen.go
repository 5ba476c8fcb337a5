package broadcast

import (
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// dueByChecks finds the notice that says that all is well again: it goes out when somebody looked, after it was over, and found
// nothing red. While it cannot, the chat is asked.
func (s *State) dueByChecks(now time.Time, w World, m Means) journal.Draft {
	for _, matter := range s.Open() {
		e := s.ending(matter, m)
		if e == nil || w.Down != nil || w.Locked != nil || now.Before(e.notBefore) {
			continue
		}
		if w.Looked != nil && w.Green && w.Looked.At.After(e.after) {
			if d := s.close(e, now, m); d.Kind != "" {
				return d
			}
			continue
		}
		h := Held{Cause: HeldRed, Matter: matter, Template: e.template, Tie: e.tie, Of: e.of, Follow: e.follow}
		if was := s.held[h.key()]; now.Sub(latest(was.last, e.after)) >= AskAgain {
			return held(h)
		}
	}
	return journal.Draft{}
}

// ending is how a matter ends: by a follower of a broadcast, or by a tie.
type ending struct {
	template  string
	tie       *step.Tie
	of        uint64
	follow    int
	broadcast *Broadcast // of of; of a tie, the matter's newest
	after     time.Time  // a look counts that came after it
	notBefore time.Time
}

// ending finds it; nil when nothing says that the matter ends by itself.
func (s *State) ending(matter string, m Means) *ending {
	list := s.Matter(matter)
	last := list[len(list)-1]
	for _, b := range list {
		for i, f := range b.Telling.Follow {
			if f.When == ChecksGreen && !b.Follow[i] {
				return &ending{template: f.Template, of: b.ID, follow: i, broadcast: b, after: latest(last.At, begins(b)), notBefore: begins(b)}
			}
		}
	}
	for _, t := range m.Ties {
		if st, agreed := s.Standing(t); t.When == ChecksGreen && agreed && st.At.Before(last.At) && (last.Tie != nil || last.Run != 0) {
			return &ending{template: t.Send, tie: &t, broadcast: last, after: last.At}
		}
	}
	return nil
}

// begins is when what was announced begins: before that, nothing is over.
func begins(b *Broadcast) time.Time {
	at := b.At
	for _, f := range b.Telling.Follow {
		at = latest(at, f.At)
	}
	return at
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func (s *State) close(e *ending, now time.Time, m Means) journal.Draft {
	if e.tie == nil {
		return s.follow(e.broadcast, e.follow, now, m)
	}
	first := s.Matter(e.broadcast.Telling.Matter)[0]
	return s.byTie(*e.tie, e.broadcast.Telling.Matter, e.broadcast.Run, ended(first, now), now, m)
}

// NextTime is when something goes out by itself at the latest, or the chat is asked again; zero when only events bring it.
func (s *State) NextTime(now time.Time, w World, m Means) time.Time {
	var first time.Time
	soonest := func(t time.Time) {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	for _, b := range s.all {
		for i, f := range b.Telling.Follow {
			if !b.Follow[i] {
				soonest(f.At)
			}
		}
	}
	for _, t := range m.Ties {
		if t.When == DownLongerThan && w.Down != nil {
			if at := w.Down.At.Add(t.Longer); at.After(now) {
				soonest(at)
			}
		}
	}
	for _, matter := range s.Open() {
		list := s.Matter(matter)
		if at := list[len(list)-1].Telling.Until; at.After(now) {
			soonest(at)
		}
	}
	return first
}
