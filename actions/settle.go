package actions

import (
	"slices"
	"strconv"
)

// The names of the three ways to settle an interrupted run. They are built in and take the run's number.
const (
	Resume Name = "resume"
	Undo   Name = "undo"
	Leave  Name = "leave"
)

// Panic is the name of the built-in action that one person does at once.
const Panic Name = "panic"

// Settlement makes the action that settles an interrupted run in one of the three ways. Its rule is the run's own with at
// least one other person, because an interrupted run is never one person's to judge. undoing is the catalogue's action
// that takes the run's action back.
func (s *State) Settlement(way Name, id ID, undoing func(Name) (Action, bool)) (Action, error) {
	r, ok := s.Request(id)
	if !ok {
		return Action{}, &Refusal{Reason: NoSuchRequest, Request: id}
	}
	if way == Undo && (r.Status == Succeeded || r.Status == Failed || r.Status == Interrupted && r.Settled != 0 && !r.Brief) {
		return s.undo(r, undoing) // also what was resumed, or left: what it kept is still there
	}
	if !r.Unsettled() {
		return Action{}, &Refusal{Reason: NotInterrupted, Request: id, State: r.Status, Action: r.Action().Name}
	}
	switch way {
	case Resume:
		return resume(r)
	case Undo:
		return s.undo(r, undoing)
	default:
		a := settling(r, Leave, "Leave "+label(r)+" as it is")
		a.Steps = []Step{{Kind: Decision, Title: "leave it as it is", Effect: Read}}
		return a, nil
	}
}

func label(r *Request) string {
	return "/" + string(r.Action().Name) + " #" + strconv.FormatUint(uint64(r.ID), 10)
}

// resume does the steps that did not end well, beginning with the one whose outcome nobody knows: that is what two people
// judge.
func resume(r *Request) (Action, error) {
	from := r.Done()
	if from >= len(r.Steps) {
		return Action{}, &Refusal{Reason: NothingToResume, Request: r.ID}
	}
	a := settling(r, Resume, "Resume "+label(r))
	a.Steps = slices.Clone(r.Steps[from:])
	for i := range a.Steps {
		a.Steps[i].Ahead = false // nothing before two people have judged; what they made is dropped with the run itself
		a.Steps[i].When = nil    // the run's own arguments chose them
	}
	a.Undo = r.Action().Undo
	return a, nil
}

func (s *State) undo(r *Request, undoing func(Name) (Action, bool)) (Action, error) {
	back, ok := undoing(r.Action().Undo)
	if r.Action().Undo == "" || !ok {
		return Action{}, &Refusal{Reason: NothingToUndo, Request: r.ID, Action: r.Action().Name}
	}
	a := settling(r, Undo, "Undo "+label(r))
	a.Effect, a.Steps, a.Touches, a.Destructive = back.Effect, s.Quiet(back).byDefault(), back.Touches, back.Destructive
	return a, nil
}

func settling(r *Request, way Name, summary string) Action {
	a := Action{Name: way, Summary: summary, Effect: Change, Touches: r.Action().Touches, Rule: r.Action().Rule,
		Params: []Param{{Name: "run", Type: RunID}}}
	a.Rule.Alone = false
	a.Rule.Approvals = max(1, a.Rule.Approvals)
	return a
}

// origin is the run whose work a request does: its own, or the one that it resumes, and that one resumed.
func (s *State) origin(id ID) ID {
	for {
		r, ok := s.Request(id)
		if !ok || r.Action().Name != Resume || r.Asked.Names == 0 {
			return id
		}
		id = r.Asked.Names
	}
}

// called names a request by what is known of it.
func (s *State) called(id ID) string {
	if r, ok := s.Request(id); ok {
		return label(r)
	}
	return "#" + strconv.FormatUint(uint64(id), 10)
}
