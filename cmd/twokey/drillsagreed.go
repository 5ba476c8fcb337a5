package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/drills"
	"twokey/internal/journal"
)

// Plan says what two people would decide about an exercise.
func (p practice) Plan(ctx context.Context, d step.Drill) ([]step.Fact, error) {
	x, to, err := p.meant(d)
	if err != nil {
		return nil, err
	}
	facts := []step.Fact{{Name: "drill", Kind: step.Pinned, Value: fmt.Sprintf("%s, %s", x.Drill, p.said(x.At))}}
	switch d.Do {
	case step.DrillMove:
		facts = append(facts, step.Fact{Name: "moved to", Kind: step.Pinned, Value: p.said(to)})
		if !x.Period.Holds(to) {
			facts = append(facts, step.Fact{Name: "period", Kind: step.Shown, Value: "outside of " + x.Period.Name + ", which has no drill then"})
		}
	case step.DrillSkip:
		facts = append(facts, step.Fact{Name: "period", Kind: step.Shown, Value: x.Period.Name + " has no drill then; reports say: not performed"})
	case step.DrillAnyway:
		red, err := p.red(ctx, x)
		if err != nil {
			return nil, err
		}
		facts = append(facts, red...)
	}
	return facts, nil
}

// Decide gives what the entry says.
func (p practice) Decide(_ context.Context, d step.Drill, run uint64, facts []step.Fact) (step.DrillAgreed, error) {
	x, to, err := p.meant(d)
	if err != nil {
		return step.DrillAgreed{}, err
	}
	a := step.DrillAgreed{Do: d.Do, Exercise: x.ID, To: to}
	p.log.View(func(now journal.Now) {
		r, ok := p.acts.Request(actions.ID(run))
		if !ok {
			err = errors.New("the request is not known any more")
			return
		}
		a.Person, a.Reason, a.People = string(r.Asked.Person), r.Asked.Reason, 1+len(r.ApprovedBy)
		for _, n := range r.ApprovedBy {
			a.With = append(a.With, string(n))
		}
		_, err = p.allowed(now, d.Do, x.ID, auth.Name(a.Person), to, a)
	})
	for _, f := range facts {
		if name, is := strings.CutPrefix(f.Name, redLook); is {
			a.Red = append(a.Red, name)
		}
	}
	return a, err
}

// redLook begins the name of a fact about a look that was red.
const redLook = "not well: "

// red are the looks that keep an exercise from starting now.
func (p practice) red(ctx context.Context, x *drills.Exercise) (facts []step.Fact, err error) {
	o, err := p.Opening(ctx, x)
	if err != nil {
		return nil, err
	}
	for _, l := range drills.Looks(o.Looks) {
		facts = append(facts, step.Fact{Name: redLook + l.Name, Kind: step.Shown, Value: l.Text})
	}
	if len(facts) == 0 {
		return nil, &step.Failure{Sentence: "all is well: the drill can start as it is", Hint: "press Start"}
	}
	return facts, nil
}

// meant is the exercise that a step is about, and the time it is moved to.
func (p practice) meant(d step.Drill) (x *drills.Exercise, to time.Time, err error) {
	id, err := strconv.ParseUint(d.Exercise, 10, 64)
	if err != nil {
		return nil, to, &step.Failure{Sentence: fmt.Sprintf("%q is not the number of an exercise", d.Exercise), Hint: "see /drills"}
	}
	if d.Do == step.DrillMove {
		if to, err = p.time(d.To); err != nil {
			return nil, to, err
		}
	}
	p.log.View(func(now journal.Now) {
		if _, err = p.allowed(now, d.Do, id, "", to, step.DrillAgreed{Reason: "to be asked", People: 2}); err != nil {
			return
		}
		found, _ := p.state.Get(id)
		x = found.Clone()
	})
	return x, to, err
}

// allowed asks the state whether it would take the decision. It is called under the journal's lock.
func (p practice) allowed(now journal.Now, do string, id uint64, who auth.Name, to time.Time, a step.DrillAgreed) (journal.Draft, error) {
	var draft journal.Draft
	var err error
	switch do {
	case step.DrillMove:
		draft, err = p.state.Reschedule(now, id, who, to, a.Reason, a.People)
	case step.DrillSkip:
		draft, err = p.state.Skip(now, id, who, a.Reason, a.People)
	default:
		draft, err = p.state.Skip(now, id, who, "it would be started", 2) // as alive as one that can be skipped
	}
	var no *drills.Refusal
	if errors.As(err, &no) {
		return draft, &step.Failure{Sentence: refusedDrill(no), Hint: "see /drills"}
	}
	return draft, err
}

// refusedDrill is why two people cannot decide it any more.
func refusedDrill(no *drills.Refusal) string {
	switch no.Reason {
	case drills.NoSuchExercise:
		return fmt.Sprintf("there is no exercise #%d", no.ID)
	case drills.AlreadyOver:
		return fmt.Sprintf("exercise #%d is over: %s", no.ID, no.Status)
	case drills.AlreadyRunning:
		return fmt.Sprintf("exercise #%d is going on, %s holds it", no.ID, no.Who)
	case drills.BadTime:
		return "it can be moved to a time after now and before " + no.Until.Format("2 Jan 2006")
	}
	return fmt.Sprintf("exercise #%d: %s", no.ID, no.Reason)
}

// time reads when, in the zone of the config.
func (p practice) time(typed string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, typed); err == nil {
		return t.UTC(), nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, typed, p.cfg.Zone); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, &step.Failure{Sentence: fmt.Sprintf("%q is not a time", typed), Hint: "write it as 2027-01-12T10:00"}
}

// said is a time as people read it.
func (p practice) said(t time.Time) string { return t.In(p.cfg.Zone).Format("Mon 2 Jan 2006 15:04") }
