package rehearsal

import (
	"context"
	"errors"
	"time"

	"twokey/drills"
	"twokey/internal/journal"
)

// clock notes what is due, until ctx ends.
func (r *Runner) clock(ctx context.Context) {
	for ctx.Err() == nil {
		var next, now time.Time
		head := r.Log.View(func(n journal.Now) { now, next = n.Time, r.State.Next(r.World()) })
		e, err := r.Log.Update(ctx, "", func(n journal.Now) (journal.Draft, error) { return r.State.Due(n, r.World()), nil })
		switch {
		case err != nil && ctx.Err() == nil:
			r.Report(err)
			r.pause(ctx)
		case err == nil && e.Seq == 0:
			wait := longestSleep
			if !next.IsZero() {
				wait = min(wait, max(next.Sub(now), 0)+10*time.Millisecond)
			}
			r.wait(ctx, head, wait)
		}
	}
}

// watch ends the exercise that goes on when something real happens: nobody practises beside an incident.
func (r *Runner) watch(ctx context.Context) {
	for ctx.Err() == nil {
		why := ""
		head := r.Log.View(func(journal.Now) { why = r.trouble() })
		if why == "" {
			r.wait(ctx, head, time.Hour)
			continue
		}
		_, err := r.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
			x, runs := r.State.Running()
			if why := r.trouble(); runs && why != "" {
				return r.State.End(x.ID, self, drills.Aborted, why)
			}
			return journal.Draft{}, nil
		})
		if err != nil && ctx.Err() == nil {
			r.Report(err)
			r.pause(ctx)
		}
	}
}

// trouble is why the exercise that goes on must end; it is called under the journal's lock.
func (r *Runner) trouble() string {
	if _, runs := r.State.Running(); !runs {
		return ""
	}
	return r.Trouble()
}

// wait returns when the journal moves, or after d.
func (r *Runner) wait(ctx context.Context, head journal.Head, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if err := r.Log.Wait(ctx, head); errors.Is(err, journal.ErrClosed) {
		<-ctx.Done()
	}
}

func (r *Runner) pause(ctx context.Context) {
	d := r.Again
	if d == 0 {
		d = tryAgain
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
