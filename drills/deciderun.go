package drills

import (
	"slices"
	"strings"
	"time"

	"twokey/auth"
	"twokey/drills/calendar"
	"twokey/internal/journal"
)

// More reasons.
const (
	OtherRuns     Reason = "another runs" // ID
	StillDirty    Reason = "still dirty"  // what the last try made is not gone yet
	NotYourStep   Reason = "not your step"
	OldStep       Reason = "an old step" // it is over, or not its turn
	OwnExercise   Reason = "own exercise"
	NotDone       Reason = "not done"
	AlreadySigned Reason = "already signed" // Who
	NoSuchFinding Reason = "no such finding"
	NoSuchDrill   Reason = "no such drill"
)

// crashesAtMost is how often the automatic steps begin anew.
const crashesAtMost = 3

// anywayHolds is how long two people's word that it may start holds.
const anywayHolds = 2 * time.Hour

// manualWithin is how long an exercise that somebody wanted may wait for its start.
const manualWithin = 24 * time.Hour

// Running finds the exercise that goes on; one at a time.
func (s *State) Running() (*Exercise, bool) {
	i := slices.IndexFunc(s.open, func(x *Exercise) bool { return x.Status == Running })
	if i < 0 {
		return nil, false
	}
	return s.open[i], true
}

// Nearest is the exercise of a drill that is not over, the oldest.
func (s *State) Nearest(name Name) (*Exercise, bool) {
	i := slices.IndexFunc(s.open, func(x *Exercise) bool { return x.Drill == name })
	if i < 0 {
		return nil, false
	}
	return s.open[i], true
}

// Want decides that a drill is held now although none is due, by who wants it.
func (s *State) Want(now journal.Now, p Plan, who auth.Name) (journal.Draft, error) {
	if now.Behind > behind {
		return journal.Draft{}, &Refusal{Reason: ClockBehind}
	}
	at := now.UTC().Truncate(time.Microsecond)
	period := calendar.Period{Name: "wanted " + at.Format(time.RFC3339), From: at, Until: at.Add(manualWithin)}
	return journal.Draft{Kind: KindPlanned, Actor: string(who), Body: Planned{Drill: p.Name, Type: p.Type, Nominal: at, At: at, Period: period,
		Target: p.Target, RPO: p.RPO, Remind: reminders(p), Owner: who, Owners: p.Owners, Covers: reminders(p), Trigger: Manual}}, nil
}

// HasAnyway says whether two people's word that it may start although not all is well still holds for these looks.
func (x *Exercise) HasAnyway(now time.Time, red []Look) bool {
	if x.Anyway == nil || now.Sub(x.Anyway.At) > anywayHolds {
		return false
	}
	return !slices.ContainsFunc(red, func(l Look) bool { return !slices.Contains(x.Anyway.Red, l.Name) })
}

// running is the exercise, when it goes on.
func (s *State) running(id uint64) (*Exercise, error) {
	x, ok := s.byID[id]
	switch {
	case !ok:
		return nil, &Refusal{Reason: NoSuchExercise, ID: id}
	case x.Status != Running:
		return nil, &Refusal{Reason: NotRunning, ID: id, Status: x.Status}
	}
	return x, nil
}

// BeginStep says that the step whose turn it is goes on: its owner's, or the program's own.
func (s *State) BeginStep(id uint64, step int, who auth.Name) (journal.Draft, error) {
	x, err := s.turnOf(id, step, who)
	if err != nil {
		return journal.Draft{}, err
	}
	if !x.Steps[step].Begun.IsZero() {
		return journal.Draft{}, nil
	}
	return journal.Draft{Kind: KindStepStarted, Actor: actor(who), Body: StepStarted{Exercise: id, Step: step}}, nil
}

// FinishStep says what came of a step. A person's step that nobody said had begun is ended all the same.
func (s *State) FinishStep(id uint64, step int, who auth.Name, outcome Outcome, found Found) (journal.Draft, error) {
	x, err := s.turnOf(id, step, who)
	switch {
	case err != nil:
		return journal.Draft{}, err
	case outcome != StepDone && strings.TrimSpace(found.Why) == "":
		return journal.Draft{}, &Refusal{Reason: NoReason, ID: id, Status: x.Status}
	}
	return journal.Draft{Kind: KindStepFinished, Actor: actor(who),
		Body: StepFinished{Exercise: id, Step: step, Outcome: outcome, Person: who, Found: found}}, nil
}

// turnOf is the exercise when it is the step's turn, and whose: a person's is its owner's.
func (s *State) turnOf(id uint64, step int, who auth.Name) (*Exercise, error) {
	x, err := s.running(id)
	switch {
	case err != nil:
		return nil, err
	case step < 0 || step >= len(x.Steps) || step != x.Current():
		return nil, &Refusal{Reason: OldStep, ID: id, Status: x.Status}
	case x.Script[step].Auto && who != "" || x.Script[step].Key == AnswersKey && who != "":
		return nil, &Refusal{Reason: NotYourStep, ID: id, Status: x.Status}
	case !x.Script[step].Auto && who != "" && who != x.By:
		return nil, &Refusal{Reason: NotOwner, ID: id, Status: x.Status, Who: x.By}
	}
	return x, nil
}

// Interrupt says that the program ended while an automatic step went on. When that happens too often, the step fails.
func (s *State) Interrupt(id uint64) (journal.Draft, error) {
	x, err := s.running(id)
	if err != nil {
		return journal.Draft{}, err
	}
	if i := x.Current(); x.Crashes+1 >= crashesAtMost {
		return s.FinishStep(id, i, "", StepFailed, Found{Why: "the program ended three times while it was done"})
	}
	return journal.Draft{Kind: KindInterrupted, Actor: actor(""), Body: Interrupted{Exercise: id}}, nil
}

// Clean says that what an exercise made is proven gone.
func (s *State) Clean(id uint64, proof string) journal.Draft {
	if x, ok := s.byID[id]; !ok || !x.Dirty {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindCleaned, Actor: actor(""), Body: Cleaned{Exercise: id, Proof: proof}}
}

// Note takes down what somebody says while it goes on, or until it is signed.
func (s *State) Note(n Noted) (journal.Draft, error) {
	x, ok := s.byID[n.Exercise]
	switch {
	case !ok:
		return journal.Draft{}, &Refusal{Reason: NoSuchExercise, ID: n.Exercise}
	case x.Started.IsZero():
		return journal.Draft{}, &Refusal{Reason: NotRunning, ID: x.ID, Status: x.Status}
	case x.SignedBy != "":
		return journal.Draft{}, &Refusal{Reason: AlreadySigned, ID: x.ID, Status: x.Status, Who: x.SignedBy}
	}
	n.Step = x.Current()
	return journal.Draft{Kind: KindNoted, Actor: string(n.Person), Body: n}, nil
}

// AnswersKey is the key of the step of an approvers drill that waits for answers.
const AnswersKey = "answers"

// Answer says that somebody was reached.
func (s *State) Answer(id uint64, who auth.Name) (journal.Draft, error) {
	x, err := s.running(id)
	if err != nil {
		return journal.Draft{}, err
	}
	i := x.Current()
	if _, did := x.Answers[who]; did || i < 0 || x.Script[i].Key != AnswersKey {
		return journal.Draft{}, &Refusal{Reason: OldStep, ID: id, Status: x.Status}
	}
	return journal.Draft{Kind: KindAnswered, Actor: string(who), Body: Answered{Exercise: id, Person: who}}, nil
}

func actor(who auth.Name) string {
	if who == "" {
		return "twokey"
	}
	return string(who)
}
