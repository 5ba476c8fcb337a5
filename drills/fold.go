package drills

import (
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

// load takes in the plans. What is new or changed counts from now on; what is gone ends.
func (s *State) load(e journal.Entry, all []Loaded) {
	there := map[Name]bool{}
	for _, l := range all {
		there[l.Drill] = true
		d := s.series(l.Drill)
		if d.loaded != l || d.gone {
			d.loaded, d.since, d.gone = l, e.Time, false
		}
	}
	for name, d := range s.drills {
		d.gone = !there[name]
	}
	for _, x := range s.open {
		if !there[x.Drill] && x.Status != Running {
			x.Status, x.Ended = Dropped, e.Time
		}
	}
}

func (s *State) series(name Name) *series {
	d, ok := s.drills[name]
	if !ok {
		d = &series{}
		s.drills[name] = d
	}
	return d
}

func (s *State) plan(e journal.Entry, b *Planned) {
	x := &Exercise{ID: e.Seq, Drill: b.Drill, Type: b.Type, Nominal: b.Nominal, At: b.At, Period: b.Period, Target: b.Target, MayLose: b.RPO,
		Owners: b.Owners, Remind: b.Remind, Status: Open, Since: e.Time, said: map[time.Duration]bool{}}
	x.say(b.Before, b.Covers)
	x.Nearest, x.NearestSeq, x.Last, x.Trigger = b.Before, e.Seq, e.Seq, b.Trigger
	if d := s.series(b.Drill); b.Trigger == "" { // one that somebody wanted is not the one of its period
		d.period, d.at = b.Period, b.At
	}
	s.give(x, b.Owner)
	s.all, s.open, s.byID[x.ID] = append(s.all, x), append(s.open, x), x
}

// miss ends an exercise, or takes in one that was never known.
func (s *State) miss(e journal.Entry, b *Missed) {
	if b.Exercise != 0 {
		s.one(b.Exercise, func(x *Exercise) { x.Status, x.Ended = Lost, e.Time })
		return
	}
	x := &Exercise{ID: e.Seq, Drill: b.Drill, Type: b.Type, Nominal: b.Nominal, At: b.At, Period: b.Period, Status: Lost, Ended: e.Time, Last: e.Seq}
	d := s.series(b.Drill)
	d.period, d.at = b.Period, b.At
	s.all, s.byID[x.ID] = append(s.all, x), x
}

// give makes somebody the owner. The turn goes on from them, if it is the newest exercise of its drill.
func (s *State) give(x *Exercise, owner auth.Name) {
	x.Owner = owner
	if d := s.series(x.Drill); owner != "" && d.period.Name == x.Period.Name {
		d.owner = owner
	}
}

func (s *State) start(x *Exercise, b *Started, at time.Time) {
	x.open(b.Person, b.Opening, at)
	s.series(x.Drill).led = b.Person
}

func (x *Exercise) end(b *Ended, at time.Time) {
	x.Result, x.Reason = b.Result, b.Reason
	if b.Result == Aborted {
		x.Status, x.Since = Taken, at
		x.Aborts = append(x.Aborts, Abort{at, b.Person, b.Reason})
		return
	}
	x.RTO, x.RPO = b.RTO, b.RPO
	x.Status, x.Ended = Done, at
}

func (x *Exercise) say(before time.Duration, covers []time.Duration) {
	x.said[before] = true
	for _, b := range covers {
		x.said[b] = true
	}
}

// move is another time, of which people have just been told: reminders of it are those still to come.
func (x *Exercise) move(b Rescheduled, at time.Time) {
	b.When = at
	x.At, x.Since, x.rung = b.To, at, 0
	x.Moved = append(x.Moved, b)
	for _, before := range x.Remind {
		x.said[before] = !at.Before(b.To.Add(-before))
	}
}
