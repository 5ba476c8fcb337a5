package actions

import (
	"context"
	"io"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// Emergency does at once, and without the journal, what one person may stop alone. With stopOwing it is all that happens
// while the journal cannot be written; what was done is owed to it and appended first when it is back, marked late. It is
// refused for everything else.
func (r *Runner) Emergency(ctx context.Context, a Asked) (Late, error) {
	if err := r.mayStopNow(a); err != nil {
		return Late{}, err
	}
	done := Late{Asked: a, Late: true, Outcome: Succeeded}
	r.Log.View(func(now journal.Now) { done.Started = now.Time })
	r.endStarts()
	r.startsEnded(0)
	for i, s := range a.Action.Steps {
		halt, err := r.emergencyStep(ctx, a, i, s)
		if halt != nil {
			done.Halt = halt
		}
		if err != nil {
			r.Report(err)
			done.Outcome = Failed
			done.Error, _ = r.words(err)
			break
		}
	}
	done.Service = r.World.Service(ctx)
	r.Log.View(func(now journal.Now) { done.Finished = now.Time })
	r.Log.Owe(journal.Draft{Kind: KindLate, Actor: string(a.Person), Body: done})
	return done, nil
}

func (r *Runner) mayStopNow(a Asked) (err error) {
	if !stopsAlone(a.Action) {
		reason := JournalDown
		if a.Action.Effect == Stop {
			reason = NotAlone
		}
		return &Refusal{Reason: reason, Action: a.Action.Name}
	}
	r.Log.View(func(journal.Now) {
		if p, known := r.State.People.ByName(a.Person); !known || !p.Holds(a.Action.Rule.MayAsk) {
			err = &Refusal{Reason: NotAsker, Action: a.Action.Name, Who: r.State.People.Holding(a.Action.Rule.MayAsk, a.Person)}
		}
	})
	return err
}

// endStarts ends every step that would start the service: no entry can say so, but a stop is a stop.
func (r *Runner) endStarts() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range r.running {
		if j.starts != nil {
			j.stop(errHeld{})
		}
	}
}

func (r *Runner) emergencyStep(ctx context.Context, a Asked, i int, s Step) (halt *step.Halt, err error) {
	b, err := s.bound(a.Args)
	if err != nil {
		return nil, err
	}
	work, err := b.Work()
	if err != nil {
		return nil, err
	}
	env := r.env(r.tag(0, i), io.Discard, func(string) {})
	env.Halted = func(h step.Halt) { halt = &h }
	return halt, work.Run(ctx, env)
}

// stopOwing does what is left of a stop that one person may do, although nothing about it can be written: the journal is
// owed its entries, in their order. Until they are written (Log.Repay) the state does not know what was done, so whoever did
// it waits for that and begins nothing else.
func (r *Runner) stopOwing(ctx context.Context, req *Request, before ...journal.Draft) {
	for _, d := range before {
		r.Log.Owe(d)
	}
	r.endStarts()
	for i := len(req.Runs); i < len(req.Steps); i++ {
		r.Log.Owe(journal.Draft{Kind: KindStepStarted, Actor: "twokey", Body: StepStarted{Request: req.ID, Step: i}})
		res := r.done(ctx, req, i)
		r.Log.Owe(finished(req, i, res))
		if res.Error != "" || res.Cut != nil {
			return
		}
	}
}

// finished is the entry that ends a step.
func finished(req *Request, i int, res Result) journal.Draft {
	b := StepFinished{Request: req.ID, Step: i, Error: res.Error, Hint: res.Hint, Tail: res.Tail, Lines: res.Lines, Service: res.Service, Stop: res.Cut,
		Checks: res.Checks, Halt: res.Halt, Data: res.Data}
	switch {
	case res.Cut != nil:
		b.Outcome = Interrupted
	case res.Error != "":
		b.Outcome = Failed
	case i == len(req.Steps)-1:
		b.Outcome = Succeeded
	}
	return journal.Draft{Kind: KindStepDone, Actor: "twokey", Body: b}
}
