package actions

import (
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// Outage is a time in which the service is down because of what was done here.
type Outage struct {
	Since time.Time
	By    ID // the run that took it down
}

// Looked is the newest look at whether the service is well.
type Looked struct {
	At    time.Time
	By    ID
	Green bool // nothing was red, and all could be looked at
}

// Outage says since when the service is down; false when it is up, as far as the journal knows.
func (s *State) Outage() (Outage, bool) { return s.outage, s.outage.By != 0 }

// Looked says what the newest look came to; false before the first.
func (s *State) Looked() (Looked, bool) { return s.looked, s.looked.By != 0 }

// LastCopy is what the last copy of a backup took; 0 before the first.
func (s *State) LastCopy() time.Duration { return s.lastCopy }

// Expects is how long the service is down while these steps run, as expected: from the first that stops it to the first
// after it that starts it. A step that does not know takes as long as other does; without that, or when nothing starts it
// again, it is not known.
func Expects(steps []Step, other time.Duration) (down time.Duration, known bool) {
	i := slices.IndexFunc(steps, func(s Step) bool { return s.Effect == Stop })
	if i < 0 {
		return 0, false
	}
	for _, s := range steps[i:] {
		took := s.Expect
		if took == 0 {
			took = other
		}
		if took == 0 {
			return down, false
		}
		down += took
		if s.Starts {
			return down, true
		}
	}
	return down, false
}

// watch keeps whether the service is down, and what the last look at it came to.
func (s *State) watch(e journal.Entry, r *Request, b *StepFinished) {
	if b.Step < len(r.Steps) && b.Error == "" {
		switch st := r.Steps[b.Step]; {
		case st.Effect == Stop && !st.Decides:
			s.down(r.ID, e.Time)
		case st.Starts:
			s.outage = Outage{}
		}
	}
	if b.Step < len(r.Steps) && r.Steps[b.Step].Kind == verifyKind && len(b.Checks) > 0 {
		s.looked = Looked{At: e.Time, By: r.ID, Green: !slices.ContainsFunc(b.Checks, step.Finding.Bad)}
	}
	s.seen(r.ID, b.Service, e.Time)
}

// seen takes in what the service did at the end of a run.
func (s *State) seen(by ID, is Service, at time.Time) {
	switch {
	case is.Known && is.Up:
		s.outage = Outage{}
	case is.Known && !is.Since.IsZero():
		s.down(by, is.Since)
	case is.Known:
		s.down(by, at)
	}
}

func (s *State) down(by ID, since time.Time) {
	if s.outage.By == 0 {
		s.outage = Outage{Since: since, By: by}
	}
}
