package drills

import (
	"maps"
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

// newRun makes an empty body of the kinds about an exercise that is held.
func newRun(kind string) any {
	switch kind {
	case kindStepDone:
		return new(stepDone)
	case KindStepStarted:
		return new(StepStarted)
	case KindStepFinished:
		return new(StepFinished)
	case KindInterrupted:
		return new(Interrupted)
	case KindCleaned:
		return new(Cleaned)
	case KindNoted:
		return new(Noted)
	case KindFound:
		return new(FoundOut)
	case KindFollowed:
		return new(Followed)
	case KindFollowUp:
		return new(FollowUp)
	case KindAnswered:
		return new(Answered)
	case KindSigned:
		return new(Signed)
	case KindPosted:
		return new(Posted)
	case KindClosed:
		return new(CardClosed)
	}
	return nil
}

// held folds an entry about an exercise that is held.
func (s *State) held(e journal.Entry, body any) {
	switch b := body.(type) {
	case *stepDone:
		if b.Error == "" && b.Data != nil && b.Data.Drill != nil {
			s.agreed(e, *b.Data.Drill)
		}
	case *StepStarted:
		s.step(e, b.Exercise, b.Step, func(x *Exercise, p *Progress) {
			p.Begun = e.Time
			x.Dirty = x.Dirty || x.Script[b.Step].Auto
		})
	case *StepFinished:
		s.step(e, b.Exercise, b.Step, func(x *Exercise, _ *Progress) { x.finish(b, e.Time) })
	case *Interrupted:
		s.about(e, b.Exercise, (*Exercise).anew)
	case *Cleaned:
		s.about(e, b.Exercise, func(x *Exercise) { x.Dirty, x.Proof = false, b.Proof })
	case *Noted:
		s.about(e, b.Exercise, func(x *Exercise) { x.Notes = append(x.Notes, Note{e.Time, *b}) })
	case *Answered:
		s.about(e, b.Exercise, func(x *Exercise) { x.Answers[b.Person] = e.Time })
	default:
		s.after(e, body)
	}
}

// after folds what follows from an exercise, and where its cards stand.
func (s *State) after(e journal.Entry, body any) {
	switch b := body.(type) {
	case *FoundOut:
		s.about(e, b.Exercise, func(x *Exercise) { x.Findings = append(x.Findings, Finding{FoundOut: *b, At: e.Time}) })
	case *Followed:
		s.finding(e, b.Exercise, b.Finding, func(f *Finding) { f.Closed, f.ClosedBy, f.How = e.Time, b.Person, b.How })
	case *FollowUp:
		s.finding(e, b.Exercise, b.Finding, func(f *Finding) { f.Reminded = e.Time })
	case *Signed:
		s.about(e, b.Exercise, func(x *Exercise) { x.SignedBy, x.SignedAt = b.Person, e.Time })
	case *Posted:
		s.one(b.Exercise, func(x *Exercise) { x.posted(b, e.Time) })
	case *CardClosed:
		s.one(b.Exercise, func(x *Exercise) { x.Closed = true })
	}
}

// about is one, and the entry is the newest about it: what its record is made of, and its card follows.
func (s *State) about(e journal.Entry, id uint64, change func(*Exercise)) {
	s.one(id, func(x *Exercise) {
		change(x)
		x.Last, x.Closed = e.Seq, false
	})
}

func (s *State) step(e journal.Entry, id uint64, i int, change func(*Exercise, *Progress)) {
	s.about(e, id, func(x *Exercise) {
		if i >= 0 && i < len(x.Steps) {
			change(x, &x.Steps[i])
		}
	})
}

func (s *State) finding(e journal.Entry, id uint64, n int, change func(*Finding)) {
	s.about(e, id, func(x *Exercise) {
		if n >= 1 && n <= len(x.Findings) {
			change(&x.Findings[n-1])
		}
	})
}

// agreed takes in what two people decided.
func (s *State) agreed(e journal.Entry, a Agreed) {
	s.about(e, a.Exercise, func(x *Exercise) {
		switch {
		case x.Status.Over() || x.Status == Running:
		case a.Do == AgreedSkip:
			x.Status, x.By, x.Reason, x.Ended, x.OffWith = Off, a.Person, a.Reason, e.Time, a.With
		case a.Do == AgreedMove:
			x.move(Rescheduled{Exercise: x.ID, Person: a.Person, From: x.At, To: a.To, Reason: a.Reason, Agreed: a.People, With: a.With, Outside: !x.Period.Holds(a.To)}, e.Time)
		case a.Do == AgreedAnyway:
			x.Anyway = &Anyway{At: e.Time, Agreed: a}
		}
	})
}

// open begins a try.
func (x *Exercise) open(by auth.Name, o Opening, at time.Time) {
	x.Status, x.By, x.Owner, x.Started, x.Ended = Running, by, by, at, time.Time{}
	dirty := x.Dirty
	x.Held = Held{Opening: o, Steps: make([]Progress, len(o.Script)), Answers: map[auth.Name]time.Time{}, Notes: x.Notes, Findings: x.Findings, Dirty: dirty}
	x.Result, x.Reason = "", ""
	maps.DeleteFunc(x.Cards, func(chat int64, _ int) bool { return chat > 0 }) // the questions of another try
}

// finish ends a step. After an automatic one that failed the others make no sense.
func (x *Exercise) finish(b *StepFinished, at time.Time) {
	p := &x.Steps[b.Step]
	p.Ended, p.Outcome, p.By, p.Found = at, b.Outcome, b.Person, b.Found
	for _, text := range b.Found.Findings {
		x.Findings = append(x.Findings, Finding{FoundOut: FoundOut{Exercise: x.ID, Text: text, Owner: x.By, Due: at.Add(followUp)}, At: at})
	}
	if b.Outcome != StepFailed || !x.Script[b.Step].Auto {
		return
	}
	for i := b.Step + 1; i < len(x.Steps); i++ {
		if x.Script[i].Auto && !x.Steps[i].Over() {
			x.Steps[i].Ended, x.Steps[i].Outcome = at, StepSkipped
			x.Steps[i].Found.Why = "not done: " + x.Script[b.Step].Title + " failed"
		}
	}
}

// anew forgets what the automatic steps came to.
func (x *Exercise) anew() {
	first, end := x.autos()
	for i := first; i < end; i++ {
		x.Steps[i] = Progress{}
	}
	x.Crashes++
}

func (x *Exercise) posted(b *Posted, at time.Time) {
	if x.Cards == nil {
		x.Cards = map[int64]int{}
	}
	if b.Rung != 0 {
		x.told(b.Rung)
	}
	if b.Urged {
		x.Urged = at
	}
	switch {
	case (b.Rung != 0 || b.Urged) && b.Message == 0: // it says only that it rang
	case b.Message == 0:
		delete(x.Cards, b.Chat)
	default:
		x.Cards[b.Chat] = b.Message
	}
}
