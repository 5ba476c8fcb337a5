package drills

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

// endDue is the end of an exercise whose steps are over, when what it made is gone.
func endDue(x *Exercise) due {
	if len(x.Script) == 0 || x.Current() >= 0 || x.Dirty {
		return due{}
	}
	at := x.Started
	for _, p := range x.Steps {
		at = later(at, p.Ended)
	}
	return due{at, func(time.Time) journal.Draft {
		v := x.Judge()
		return by(KindEnded, Ended{Exercise: x.ID, Person: x.By, Result: v.Result, Reason: v.Reason, RTO: v.RTO, RPO: v.RPO})
	}}
}

// answersDue is the end of an approvers drill's waiting: everybody answered, or its time is over.
func (s *State) answersDue(x *Exercise, w World) due {
	i := x.Current()
	if i < 0 || x.Script[i].Key != AnswersKey {
		return due{}
	}
	at := x.Started.Add(x.Target)
	if len(s.Silent(x, w)) == 0 {
		at = x.Started
	}
	return due{at, func(time.Time) journal.Draft {
		outcome, found := s.reached(x, w)
		return by(KindStepFinished, StepFinished{Exercise: x.ID, Step: i, Outcome: outcome, Found: found})
	}}
}

// Silent are those who approve, are not away, and were not reached.
func (s *State) Silent(x *Exercise, w World) (names []auth.Name) {
	for _, n := range w.Approvers {
		if _, did := x.Answers[n]; !did && !s.Absent(n, x.Started, w) {
			names = append(names, n)
		}
	}
	return names
}

// reached is what an approvers drill came to: who was reached how soon, and which rules could not be kept by those.
func (s *State) reached(x *Exercise, w World) (Outcome, Found) {
	var f Found
	var here []auth.Name
	for _, n := range w.Approvers {
		at, did := x.Answers[n]
		c := Check{Name: string(n), State: Red, Value: "no answer"}
		switch {
		case did:
			here = append(here, n)
			c.State, c.Value = Green, "after "+rounded(at.Sub(x.Started))
		case s.Absent(n, x.Started, w):
			c.State, c.Value = Told, "away"
		}
		f.Checks = append(f.Checks, c)
	}
	f.Line = fmt.Sprintf("%d of %d were reached", len(here), len(w.Approvers))
	if w.Thin != nil {
		f.Findings = w.Thin(here)
	}
	if silent := s.Silent(x, w); len(silent) > 0 || len(f.Findings) > 0 {
		f.Why = f.Line + said(", no answer from ", silent) + strings.Join(prefixed("; ", f.Findings), "")
		return StepFailed, f
	}
	return StepDone, f
}

func said(prefix string, names []auth.Name) string {
	if len(names) == 0 {
		return ""
	}
	var words []string
	for _, n := range names {
		words = append(words, string(n))
	}
	return prefix + strings.Join(words, ", ")
}

func prefixed(prefix string, all []string) []string {
	all = slices.Clone(all)
	for i := range all {
		all[i] = prefix + all[i]
	}
	return all
}

// followDue is the next reminder of a finding that nobody settled.
func followDue(x *Exercise) (first due) {
	for i, f := range x.Findings {
		if !f.Closed.IsZero() {
			continue
		}
		at := f.Due
		if !f.Reminded.IsZero() {
			at = later(at, f.Reminded.Add(followAgain))
		}
		if first.draft != nil && !at.Before(first.at) {
			continue
		}
		first = due{at, func(time.Time) journal.Draft { return by(KindFollowUp, FollowUp{Exercise: x.ID, Finding: i + 1}) }}
	}
	return first
}
