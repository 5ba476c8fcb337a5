package broadcast

import (
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

const (
	// AskAgain is how often the chat is asked about a notice that should go out and cannot.
	AskAgain = 15 * time.Minute
	// tooLate is how long after its time a notice still makes sense: "it begins now" is wrong an hour later.
	tooLate = 30 * time.Minute
	// guess is how long something takes of which nobody knows.
	guess = 30 * time.Minute
	// day is what Limit counts in.
	day = 24 * time.Hour
)

// The events that let a notice go out by itself.
const (
	DownLongerThan = "down_longer_than"
	Overdue        = "overdue"
	Lockdown       = "lockdown"
	ChecksGreen    = "checks_green"
)

// World is what the journal says about the service, as package actions knows it.
type World struct {
	Down     *Moment // the service is down, since and by which run
	Locked   *Moment // a lockdown is set
	Looked   *Moment // the newest look at whether the service is well
	Green    bool    // and what it came to
	Expected func(run uint64) time.Duration
}

// Moment is when something began, and the run that made it so.
type Moment struct {
	At  time.Time
	Run uint64
}

// Means is what notices are made with, without asking anybody. List is the newest copy of the audience that may be used without
// people looking at it; nil: there is none.
type Means struct {
	Ties   []step.Tie
	PerDay int
	List   *step.UserList
	Query  string // digest of the audience's query
	Source func(template string) (digest string, there bool)
	// Compose renders a template with what an event gives: from, until, for.
	Compose func(template string, event map[string]string, now time.Time) (step.Telling, error)
	// Render does so with values that were approved.
	Render func(template, values string) (step.Telling, error)
}

// Due decides on the next thing that goes out by itself, or that should and is held; a draft without a kind when there is
// nothing. One decision is one entry, so it is asked again until there is nothing.
func (s *State) Due(now journal.Now, w World, m Means) journal.Draft {
	for _, find := range []func(time.Time, World, Means) journal.Draft{s.dueByTime, s.dueByTie, s.dueByChecks} {
		if d := find(now.Time, w, m); d.Kind != "" {
			return d
		}
	}
	return journal.Draft{}
}

// dueByTime finds a follower whose time has come.
func (s *State) dueByTime(now time.Time, _ World, m Means) journal.Draft {
	for _, b := range s.all {
		for i, f := range b.Telling.Follow {
			if b.Follow[i] || f.At.IsZero() || now.Before(f.At) {
				continue
			}
			return s.follow(b, i, now, m)
		}
	}
	return journal.Draft{}
}

// follow begins a follower of a broadcast, or says why it does not.
func (s *State) follow(b *Broadcast, i int, now time.Time, m Means) journal.Draft {
	f := b.Telling.Follow[i]
	h := Held{Matter: b.Telling.Matter, Template: f.Template, Of: b.ID, Follow: i, At: f.At}
	digest, there := m.Source(f.Template)
	switch {
	case !there || digest != f.Source:
		h.Cause = HeldChanged
		return held(h)
	case !f.At.IsZero() && now.Sub(f.At) > tooLate:
		h.Cause = HeldLate
		return held(h)
	}
	t, err := m.Render(f.Template, f.Values)
	if f.When != "" {
		t, err = m.Compose(f.Template, ended(b, now), now)
	}
	if err != nil {
		h.Cause, h.Why = HeldCannot, err.Error()
		return held(h)
	}
	t = addressed(t, b.Telling, m)
	return begun(Begun{Telling: t, Of: b.ID, Follow: i, Run: b.Run})
}

// addressed sends a notice to those that the one before went to: by their matter when it closes that, else by the same list.
func addressed(t, before step.Telling, m Means) step.Telling {
	t.Matter, t.Bot = before.Matter, before.Bot
	if !t.Closes {
		t.List, t.Users = before.List, before.Users
		if t.List == nil {
			t.List = m.List
		}
	}
	return t
}

// ended are the times that a notice of an end has: since when the users were told, and until now.
func ended(b *Broadcast, now time.Time) map[string]string {
	from := b.At
	return map[string]string{"from": from.UTC().Format(time.RFC3339), "until": now.UTC().Format(time.RFC3339), "for": now.Sub(from).Round(time.Minute).String()}
}

func begun(b Begun) journal.Draft {
	return journal.Draft{Kind: KindBegun, Actor: "twokey", Body: b}
}

func held(h Held) journal.Draft { return journal.Draft{Kind: KindHeld, Actor: "twokey", Body: h} }

// dueByTie finds a tie whose event happened.
func (s *State) dueByTie(now time.Time, w World, m Means) journal.Draft {
	for _, t := range m.Ties {
		matter, run, event := s.happened(t, now, w)
		if matter == "" || s.wasTold(matter, t) {
			continue
		}
		if d := s.byTie(t, matter, run, event, now, m); d.Kind != "" {
			return d
		}
	}
	return journal.Draft{}
}

// happened says what a tie would be about now, and the times that its event gives; empty when it did not happen.
func (s *State) happened(t step.Tie, now time.Time, w World) (matter string, run uint64, event map[string]string) {
	switch {
	case t.When == DownLongerThan && w.Down != nil && now.Sub(w.Down.At) >= t.Longer:
		return MatterRun(w.Down.Run), w.Down.Run, since(*w.Down, w, now)
	case t.When == Lockdown && w.Locked != nil:
		return MatterRun(w.Locked.Run), w.Locked.Run, since(*w.Locked, w, now)
	case t.When == Overdue && w.Down != nil:
		if b := s.promised(now); b != nil {
			return b.Telling.Matter, b.Run, since(*w.Down, w, now)
		}
	}
	return "", 0, nil
}

// since are the times that the beginning of something gives: since when, and how long it takes, which is a guess when the run
// does not know.
func since(m Moment, w World, now time.Time) map[string]string {
	left := guess
	if w.Expected != nil {
		if is := w.Expected(m.Run) - now.Sub(m.At); is > 0 {
			left = is.Truncate(time.Minute) + time.Minute
		}
	}
	return map[string]string{"from": m.At.UTC().Format(time.RFC3339), "for": left.String(), "until": now.Add(left).UTC().Format(time.RFC3339)}
}

// promised is the newest broadcast of an open matter whose time for being back is over; nil when there is none.
func (s *State) promised(now time.Time) *Broadcast {
	for _, matter := range slices.Backward(s.Open()) {
		list := s.Matter(matter)
		if b := list[len(list)-1]; !b.Telling.Until.IsZero() && now.After(b.Telling.Until) {
			return b
		}
	}
	return nil
}

// wasTold says whether a tie's notice went out already. One that the service takes longer goes out after each promise.
func (s *State) wasTold(matter string, t step.Tie) bool {
	list := s.Matter(matter)
	switch {
	case t.When == Overdue:
		return len(list) == 0
	case t.When == DownLongerThan || t.When == Lockdown:
		return len(list) > 0 // whatever they were told about it, by whom
	}
	return slices.ContainsFunc(list, func(b *Broadcast) bool { return b.Telling.Template == t.Send })
}

// byTie begins a tie's notice when two people agreed to it and it is still what they agreed to; else it is held, and said once.
func (s *State) byTie(t step.Tie, matter string, run uint64, event map[string]string, now time.Time, m Means) journal.Draft {
	h := Held{Matter: matter, Template: t.Send, Tie: &t}
	st, agreed := s.Standing(t)
	if !agreed {
		return journal.Draft{}
	}
	if h.Cause = s.unfit(st, now, m); h.Cause == "" {
		told, err := m.Compose(t.Send, event, now)
		if err == nil {
			told.Matter, told.Users = matter, 0
			if !told.Closes {
				told.List = m.List
			}
			return begun(Begun{Telling: told, Tie: &t, Standing: st.ID, Run: run})
		}
		h.Cause, h.Why = HeldCannot, err.Error()
	}
	if s.held[h.key()].times > 0 {
		return journal.Draft{}
	}
	return held(h)
}

// unfit says why a standing approval does not hold; empty when it does.
func (s *State) unfit(st Standing, now time.Time, m Means) string {
	digest, there := m.Source(st.Tie.Send)
	switch {
	case !now.Before(st.Told.Lapse):
		return HeldLapsed
	case !there || digest != st.Told.Source || st.Told.Limit != m.PerDay || st.Told.Values != m.Query:
		return HeldChanged
	case s.GoneOut(now) >= m.PerDay:
		return HeldLimit
	}
	return ""
}

// GoneOut is how many notices went out by themselves within a day.
func (s *State) GoneOut(now time.Time) (n int) {
	for _, at := range s.auto {
		if now.Sub(at) < day {
			n++
		}
	}
	return n
}

// Fit says whether a standing approval holds, and if not, why: one of the causes of Held.
func (s *State) Fit(t step.Tie, now time.Time, m Means) (Standing, string) {
	st, agreed := s.Standing(t)
	if !agreed {
		return st, HeldCannot
	}
	return st, s.unfit(st, now, m)
}
