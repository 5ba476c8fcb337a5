package drills

import "time"

// Standing is how a drill stands.
type Standing struct {
	Last     *Exercise // the newest with a result; nil: none
	Passed   *Exercise // the newest that passed; nil: none
	Next     *Exercise // the oldest that is not over; nil: none is known yet
	Overdue  bool      // a period ended without a result, and no result came since
	Findings int       // that nobody settled
	Unsigned int       // done, and no second person's name is under it
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
			st.Overdue, st.Streak = true, 0
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
	st.Last, st.Overdue, st.Streak = x, false, st.Streak+1
	if x.SignedBy == "" {
		st.Unsigned++
	}
	if x.Result == Pass {
		st.Passed = x
	} else {
		st.Streak = 0
	}
}

// Proven is the newest exercise of a type in which what was lost was proven to be back; nil: never.
func (s *State) Proven(typ string) (proven *Exercise) {
	for _, x := range s.all {
		if x.Type == typ && x.Status == Done && x.RTO.Known && (x.Result == Pass || x.Result == Partial) {
			proven = x
		}
	}
	return proven
}
