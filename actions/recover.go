package actions

import (
	"context"
	"time"

	"twokey/internal/journal"
)

// recover settles what an earlier life left: steps that were under way are looked after, runs between two steps go on only
// if we were not away for longer than an approval lives.
func (r *Runner) recover(ctx context.Context) {
	var runs []*Request
	r.Log.View(func(journal.Now) {
		for _, req := range r.State.Live() {
			if _, begun := req.Unfinished(); begun || req.Status == Running || req.Status == Planning {
				runs = append(runs, req.Clone())
			}
		}
	})
	for _, req := range runs {
		switch i, begun := req.Unfinished(); {
		case begun:
			r.recoverStep(ctx, req, i)
		case req.Status == Planning:
			r.recoverPlan(ctx, req)
		default:
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
	if req.ranAhead(i) {
		r.insist(ctx, func(journal.Now) journal.Draft { return r.State.CrashedAhead(req.ID, i) })
		return
	}
	is, asked := r.look(ctx, req, i)
	cut := Cut{Cause: CutCrash, Ended: ended, Left: left, Probe: is, Unasked: !asked}
	service := r.World.Service(ctx)
	r.insist(ctx, func(journal.Now) journal.Draft { return r.State.Crashed(req.ID, i, cut, service) })
}

// recoverPlan ends what finding out left running. It is found out anew.
func (r *Runner) recoverPlan(ctx context.Context, req *Request) {
	if _, _, err := r.World.Survivors(ctx, r.tagOf(req.ID)); err != nil {
		r.Report(err)
	}
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

// insist appends until it is written or ctx ends: nothing else of a run may happen before.
func (r *Runner) insist(ctx context.Context, decide func(journal.Now) journal.Draft) {
	for ctx.Err() == nil {
		if _, err := r.update(ctx, decide); err == nil {
			return
		}
		pause(ctx, time.Second)
	}
}
