package drills

import (
	"cmp"
	"slices"
	"time"

	"twokey/internal/journal"
)

// Rung is a call for help: what is lacking how long after the time of an exercise (before it, when negative), and who is called.
type Rung struct {
	Lack  Lack
	After time.Duration
	Level Level
}

// Rungs are the calls for help, in order. Nobody is called within an hour of what the owner was told last.
func Rungs() []Rung {
	const day = 24 * time.Hour
	return []Rung{{NotAccepted, -day, Second}, {NotStarted, time.Hour, Chat}, {NotStarted, day, Admins}, {NotStarted, 7 * day, Admins}}
}

// due is what the journal is owed from a time on.
type due struct {
	at    time.Time
	draft func(now time.Time) journal.Draft
}

// Load decides that the plans are others than the journal knows; a draft without a kind when they are not. It is asked once, when
// the program starts: two programs with two configs must not take turns.
func (s *State) Load(w World) journal.Draft {
	all := w.loaded()
	known := 0
	for _, d := range s.drills {
		if !d.gone {
			known++
		}
	}
	same := known == len(all) && !slices.ContainsFunc(all, func(l Loaded) bool {
		d, ok := s.drills[l.Drill]
		return !ok || d.gone || d.loaded != l
	})
	if same {
		return journal.Draft{}
	}
	return by(KindLoaded, AllLoaded{Drills: all})
}

// Due decides on the next thing that is due; a draft without a kind when there is nothing. One decision is one entry, so it is
// asked again until there is nothing. While the clock is behind the journal, nothing is.
func (s *State) Due(now journal.Now, w World) journal.Draft {
	d := s.soonest(w)
	if now.Behind > behind || d.draft == nil || now.Before(d.at) {
		return journal.Draft{}
	}
	return d.draft(now.Time)
}

// Next is from when on Due decides something, if nothing else happens; zero when never.
func (s *State) Next(w World) time.Time { return s.soonest(w).at }

func by(kind string, body any) journal.Draft {
	return journal.Draft{Kind: kind, Actor: "twokey", Body: body}
}

// soonest is what is due first.
func (s *State) soonest(w World) (first due) {
	consider := func(d due) {
		if d.draft != nil && (first.draft == nil || d.at.Before(first.at)) {
			first = d
		}
	}
	for _, p := range w.Plans {
		consider(s.newDue(p, w))
	}
	for _, x := range s.open {
		if x.Status == Running {
			consider(endDue(x))
			consider(s.answersDue(x, w))
			continue
		}
		consider(s.ownerDue(x, w))
		consider(remindDue(x))
		consider(s.rungDue(x, w))
		consider(due{x.Deadline(), func(time.Time) journal.Draft { return missed(x) }})
	}
	for _, x := range s.all {
		consider(followDue(x))
	}
	return first
}

func missed(x *Exercise) journal.Draft {
	unsaid := slices.DeleteFunc(slices.Clone(x.Remind), func(r time.Duration) bool { return x.said[r] })
	return by(KindMissed, Missed{Exercise: x.ID, Drill: x.Drill, Type: x.Type, Nominal: x.Nominal, At: x.At, Period: x.Period, Covers: unsaid})
}

// orMissed is a draft while the exercise can still be held.
func orMissed(x *Exercise, at time.Time, draft func(now time.Time) journal.Draft) due {
	return due{at, func(now time.Time) journal.Draft {
		if !now.Before(x.Deadline()) {
			return missed(x)
		}
		return draft(now)
	}}
}

// newDue is the next exercise of a drill, from its first reminder on. A plan that the journal knows otherwise is another
// program's.
func (s *State) newDue(p Plan, w World) due {
	d, ok := s.drills[p.Name]
	if !ok || d.gone || d.loaded != (Loaded{p.Name, p.Schedule.String(), p.Schedule.Zone().String()}) {
		return due{}
	}
	t := p.Schedule.After(later(d.since, d.at))
	if !t.At.IsZero() && p.Schedule.Period(t.Nominal).Name == d.period.Name {
		t = p.Schedule.After(later(t.At, d.period.Until.Add(-time.Nanosecond)))
	}
	if t.At.IsZero() {
		return due{}
	}
	x := &Exercise{Drill: p.Name, Type: p.Type, Nominal: t.Nominal.UTC(), At: t.At.UTC(), Period: p.Schedule.Period(t.Nominal),
		Remind: reminders(p), Owners: p.Owners}
	x.Period.From, x.Period.Until = x.Period.From.UTC(), x.Period.Until.UTC()
	return orMissed(x, x.At.Add(-x.Remind[0]), func(now time.Time) journal.Draft {
		before, covers := x.toSay(now)
		return by(KindPlanned, Planned{Drill: x.Drill, Type: x.Type, Nominal: x.Nominal, At: x.At, Period: x.Period, Target: p.Target, RPO: p.RPO,
			Remind: x.Remind, Owner: s.turn(x, d.owner, d.led, w), Owners: x.Owners, Before: before, Covers: covers})
	})
}

// reminders are those of a plan, the longest first, and the one that says it is time.
func reminders(p Plan) []time.Duration {
	all := slices.DeleteFunc(slices.Clone(p.Remind), func(d time.Duration) bool { return d <= 0 })
	if len(all) == 0 {
		all = append(all, usualLead)
	}
	slices.SortFunc(all, func(a, b time.Duration) int { return cmp.Compare(b, a) })
	return append(slices.Compact(all), 0)
}

// Reminders are how long before it a team hears of a drill, the longest first; the last is 0.
func Reminders(p Plan) []time.Duration { return reminders(p) }

// toSay are the reminders whose time has come and that were not said: the nearest, and those it covers.
func (x *Exercise) toSay(now time.Time) (before time.Duration, covers []time.Duration) {
	var all []time.Duration
	for _, r := range x.Remind {
		if !x.said[r] && !now.Before(x.At.Add(-r)) {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return 0, nil
	}
	return all[len(all)-1], all[:len(all)-1]
}

func remindDue(x *Exercise) due {
	for _, r := range x.Remind {
		if x.said[r] {
			continue
		}
		return orMissed(x, x.At.Add(-r), func(now time.Time) journal.Draft {
			before, covers := x.toSay(now)
			return by(KindReminded, Reminded{Exercise: x.ID, At: x.At, Before: before, Covers: covers})
		})
	}
	return due{}
}

// ownerDue is another owner, when nobody accepted and the one who should is away on the day.
func (s *State) ownerDue(x *Exercise, w World) due {
	if x.Status != Open || x.Owner != "" && !s.Absent(x.Owner, x.At, w) {
		return due{}
	}
	other := s.turn(x, x.Owner, s.series(x.Drill).led, w)
	if other == "" || other == x.Owner {
		return due{}
	}
	return orMissed(x, x.Since, func(time.Time) journal.Draft {
		return by(KindAssigned, Assigned{Exercise: x.ID, Owner: other, Away: x.Owner})
	})
}

// rungDue is the next call for help; of those whose time has come, the highest.
func (s *State) rungDue(x *Exercise, w World) due {
	all := Rungs()
	var first due
	for i := x.rung; i < len(all); i++ {
		at := x.rungAt(all[i])
		if all[i].Lack == NotAccepted && x.Status != Open || first.draft != nil && !at.Before(first.at) {
			continue
		}
		first = orMissed(x, at, func(now time.Time) journal.Draft { return s.call(x, now, w) })
	}
	return first
}

func (x *Exercise) rungAt(r Rung) time.Time { return later(x.At.Add(r.After), x.Since.Add(settles)) }

func (s *State) call(x *Exercise, now time.Time, w World) journal.Draft {
	called := Escalated{Exercise: x.ID}
	for i, r := range Rungs() {
		if now.Before(x.rungAt(r)) || r.Lack == NotAccepted && x.Status != Open {
			continue
		}
		called.Rung, called.Level, called.Lack = i, r.Level, r.Lack
	}
	if called.Level == Second {
		if called.Person = s.turn(x, x.Owner, x.Owner, w); called.Person == x.Owner {
			called.Person = ""
		}
	}
	return by(KindEscalated, called)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
