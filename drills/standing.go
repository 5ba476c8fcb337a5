package drills

import (
	"slices"
	"time"
)

// Standing is how a drill stands.
type Standing struct {
	Last     *Exercise // the newest with a result; nil: none
	Passed   *Exercise // the newest that passed; nil: none
	Next     *Exercise // the oldest that is not over; nil: none is known yet
	Overdue  time.Time // the end of the oldest period since the last result that has none; zero: none is overdue
	Findings int       // that nobody settled
	Unsigned []uint64  // done, and no second person's name is under it
	Streak   int       // how many passed, one after the other, up to now
}

// Standing sums up what is known about a drill.
func (s *State) Standing(name Name, now time.Time) (st Standing) {
	for _, x := range s.all {
		if x.Drill != name {
			continue
		}
		st.Findings += len(x.OpenFindings())
		switch {
		case x.Overdue(now):
			st.Streak = 0
			if st.Overdue.IsZero() {
				st.Overdue = x.Period.Until
			}
		case x.Status == Done:
			st.done(x)
		case x.Status == Off:
			st.Streak = 0
		}
		if st.Next == nil && !x.Status.Over() {
			st.Next = x
		}
	}
	return st
}

func (st *Standing) done(x *Exercise) {
	st.Last, st.Overdue, st.Streak = x, time.Time{}, st.Streak+1
	if x.SignedBy == "" {
		st.Unsigned = append(st.Unsigned, x.ID)
	}
	if x.Result == Pass {
		st.Passed = x
	} else {
		st.Streak = 0
	}
}

// When is the next time of a drill: that of the exercise that is not over, or, when none is known, what the schedule says. One
// period has one: what was held early is not held again. Zero: never.
func (s *State) When(p Plan, now time.Time) time.Time {
	if x, ok := s.Nearest(p.Name); ok {
		return x.At
	}
	if p.Schedule == nil {
		return time.Time{}
	}
	t := p.Schedule.After(now)
	for _, x := range slices.Backward(s.all) {
		if x.Drill == p.Name && x.Trigger == "" {
			if !t.At.IsZero() && p.Schedule.Period(t.Nominal).Name == x.Period.Name {
				t = p.Schedule.After(x.Period.Until.Add(-time.Nanosecond))
			}
			break
		}
	}
	return t.At
}
