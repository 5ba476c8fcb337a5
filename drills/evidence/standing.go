package evidence

import (
	"time"

	"twokey/drills"
	"twokey/internal/showable"
)

// Colour is how well it stands.
type Colour string

// The colours.
const (
	Green Colour = "green" // proven, and nothing since says otherwise
	Amber Colour = "amber" // proven, and somebody should look: it was late, or is due again, or the newest was not held
	Red   Colour = "red"   // the newest result is a fail, or it should have been proven and was not
	Grey  Colour = "grey"  // nothing is known yet
)

// Standing is how the drills of one type stand.
type Standing struct {
	Type     string
	Now      time.Time
	Proven   time.Time // when it was last proven that what was lost comes back; zero: never
	Exercise uint64    // which proved it
	Drill    drills.Name
	RTO      drills.Measured
	Partial  bool // it was proven, and not all was well: it took too long, or a step was left out
	// The newest that came to an end says so, too: a failed run replaces an earlier success.
	LastID     uint64
	LastAt     time.Time
	LastResult drills.Result
	Failed     bool      // the newest result of one of the drills is a fail
	Overdue    time.Time // since when a result is lacking; zero: none is
	late       bool      // for more than a whole period
}

// Last is how the drills of a type stand, and whether it was ever proven. A drill that came no more for a whole period is not looked
// at, if another one of the type does: it was taken out of the config, or has another name now.
func Last(all []*drills.Exercise, typ string, now time.Time) (Standing, bool) {
	s := Standing{Type: typ, Now: now}
	for _, x := range all {
		if x.Type == typ {
			s.prove(x)
			s.last(x)
		}
	}
	for _, of := range live(all, typ, now) {
		s.judge(of)
	}
	return s, !s.Proven.IsZero()
}

// prove takes in an exercise that proved it.
func (s *Standing) prove(x *drills.Exercise) {
	if x.Status != drills.Done || x.Result != drills.Pass && x.Result != drills.Partial {
		return
	}
	for i, p := range x.Steps {
		if x.Script[i].Proves && p.Outcome == drills.StepDone && p.Ended.After(s.Proven) {
			s.Proven, s.Exercise, s.Drill, s.RTO, s.Partial = p.Ended, x.ID, x.Drill, x.RTO, x.Result == drills.Partial
		}
	}
}

// last takes in an exercise that ended in any way.
func (s *Standing) last(x *drills.Exercise) {
	at, result := x.Ended, x.Result
	switch {
	case x.Status == drills.Running || x.Status == drills.Dropped:
		return
	case x.Trigger == drills.Manual && x.Status != drills.Done: // nobody had to hold it
		return
	case !x.Status.Over() && len(x.Aborts) > 0:
		at, result = x.Aborts[len(x.Aborts)-1].At, drills.Aborted
	case !x.Status.Over():
		return
	case x.Status != drills.Done:
		result = NotPerformed
	}
	if !at.Before(s.LastAt) {
		s.LastID, s.LastAt, s.LastResult = x.ID, at, result
	}
}

// live are the drills of a type, each with its exercises; those that came no more only when there are no others.
func live(all []*drills.Exercise, typ string, now time.Time) (each map[drills.Name][]*drills.Exercise) {
	each = map[drills.Name][]*drills.Exercise{}
	for _, x := range all {
		if x.Type == typ {
			each[x.Drill] = append(each[x.Drill], x)
		}
	}
	var gone []drills.Name
	for name, of := range each {
		if x := newest(of); x.Status == drills.Dropped || now.After(x.Period.Until.Add(length(x))) {
			gone = append(gone, name)
		}
	}
	if len(gone) < len(each) {
		for _, name := range gone {
			delete(each, name)
		}
	}
	return each
}

func length(x *drills.Exercise) time.Duration { return x.Period.Until.Sub(x.Period.From) }

// newest is the last exercise that a schedule made, or the last at all.
func newest(of []*drills.Exercise) *drills.Exercise {
	for i := len(of) - 1; i >= 0; i-- {
		if of[i].Trigger != drills.Manual {
			return of[i]
		}
	}
	return of[len(of)-1]
}

// judge takes in what is wrong with one drill.
func (s *Standing) judge(of []*drills.Exercise) {
	var result *drills.Exercise
	var covered time.Time // what was due before is not lacking: there is a result of later
	for _, x := range of {
		if x.Status != drills.Done {
			continue
		}
		if result == nil || x.Ended.After(result.Ended) {
			result = x
		}
		if x.Nominal.After(covered) {
			covered = x.Nominal
		}
	}
	s.Failed = s.Failed || result != nil && result.Result == drills.Fail
	for _, x := range of {
		if x.Trigger != drills.Manual && x.Overdue(s.Now) && covered.Before(x.Period.From) {
			s.lack(x.Period.Until, length(x))
		}
	}
	// When no exercise came although one should have, nobody ran the program, or the drill is gone.
	x := newest(of)
	if none := x.Period.Until.Add(length(x)); x.Trigger != drills.Manual && x.Status.Over() && !s.Now.Before(none) && covered.Before(x.Period.Until) {
		s.lack(none, length(x))
	}
}

// lack takes in that a result is lacking since a time.
func (s *Standing) lack(since time.Time, period time.Duration) {
	if s.Overdue.IsZero() || since.Before(s.Overdue) {
		s.Overdue = since
	}
	s.late = s.late || s.Now.Sub(since) >= period
}

// Colour is how well it stands.
func (s Standing) Colour() Colour {
	switch lacks := !s.Overdue.IsZero(); {
	case s.Failed, s.late, lacks && s.Proven.IsZero():
		return Red
	case s.Proven.IsZero() && s.LastID == 0:
		return Grey
	case s.Proven.IsZero(), lacks, s.Partial, s.LastResult == drills.Aborted, s.LastResult == NotPerformed:
		return Amber
	}
	return Green
}

// what is what the drills of a type prove, and in which word.
func (s Standing) what() (what, proven string) {
	switch s.Type {
	case drills.Database:
		return "restore", "proven"
	case drills.Code:
		return "code rollback", "proven"
	case drills.Emergency:
		return "emergency procedure", "proven"
	case drills.Approvers:
		return "approvers", "reached"
	}
	return showable.Line(s.Type, nameText), "proven"
}

// Words are how it stands, in one line: "restore proven · 12 days ago · 4 min 31 s".
func (s Standing) Words() string {
	what, proven := s.what()
	if s.Proven.IsZero() {
		return what + " not " + proven + " yet" + s.but()
	}
	took := notMeasured
	if s.RTO.Known {
		took = span(s.RTO.Took)
	}
	return what + " " + proven + " · " + ago(s.Now.Sub(s.Proven)) + " · " + took + s.but()
}

// but is what stands against it.
func (s Standing) but() string {
	switch {
	case s.Failed:
		return " · last result: fail"
	case !s.Overdue.IsZero():
		return " · overdue"
	case s.LastResult == drills.Aborted || s.LastResult == NotPerformed:
		return " · last one " + string(s.LastResult)
	case s.Partial:
		return " · partly passed"
	}
	return ""
}
