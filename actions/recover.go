package actions

import (
	"context"
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// recover settles what an earlier life left: steps that were under way are looked after, runs between two steps go on only
// if we were not away for longer than an approval lives.
func (r *Runner) recover(ctx context.Context) {
	var runs []*Request
	r.Log.View(func(journal.Now) {
		for _, req := range r.State.Live() {
			if _, begun := req.Unfinished(); begun || req.Status == Running {
				runs = append(runs, req.Clone())
			}
		}
	})
	for _, req := range runs {
		if i, begun := req.Unfinished(); begun {
			r.recoverStep(ctx, req, i)
		} else {
			r.recoverBetween(ctx, req)
		}
	}
}

// recoverStep ends what the step left running, with proof, finds out what is, and says that nobody knows what the step
// did. A step that only reads is done again instead, unless something of it is still there.
func (r *Runner) recoverStep(ctx context.Context, req *Request, i int) {
	ended, left, err := r.World.Survivors(ctx, r.tag(req.ID, i))
	if err != nil {
		r.Report(err)
	}
	s := req.Steps[i]
	if s.Repeatable() && len(left) == 0 {
		return
	}
	if s.Ahead {
		r.insist(ctx, func(journal.Now) journal.Draft { return r.State.CrashedAhead(req.ID, i) })
		return
	}
	cut := Cut{Cause: CutCrash, Ended: ended, Left: left, Probe: r.probe(ctx, req, i)}
	is := r.World.Service(ctx)
	r.insist(ctx, func(journal.Now) journal.Draft { return r.State.Crashed(req.ID, i, cut, is) })
}

func (r *Runner) recoverBetween(ctx context.Context, req *Request) {
	var away bool
	r.Log.View(func(now journal.Now) {
		last := req.StartedAt
		if n := len(req.Runs); n > 0 {
			last = req.Runs[n-1].Finished
		}
		away = now.Sub(last) > req.Action().Rule.StartWithin
	})
	if !away {
		return
	}
	is := r.World.Service(ctx)
	r.insist(ctx, func(journal.Now) journal.Draft { return r.State.Continue(req.ID, true, is) })
}

// probe asks the step's kind what is now, read-only.
func (r *Runner) probe(ctx context.Context, req *Request, i int) string {
	work, err := req.Steps[i].Work()
	if err != nil {
		return ""
	}
	p, can := work.(step.Prober)
	if !can {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, planWithin)
	defer cancel()
	is, err := p.Probe(ctx, r.envOf(req.ID, i, noOutput{}, func(string) {}))
	if err != nil {
		sentence, _ := r.words(err)
		return sentence
	}
	return r.clean(is)
}

// insist appends until it is written or ctx ends: nothing else of a run may happen before.
func (r *Runner) insist(ctx context.Context, decide func(journal.Now) journal.Draft) {
	for ctx.Err() == nil {
		if _, err := r.update(ctx, decide); err == nil {
			return
		}
		pause(ctx, time.Second)
	}
}
