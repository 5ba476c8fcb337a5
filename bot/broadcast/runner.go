package broadcast

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"twokey/actions/step"
	"twokey/bot/broadcast/delivery"
	"twokey/internal/journal"
)

const (
	// longestSleep bounds how late something that is due by time goes out after the host slept.
	longestSleep = 30 * time.Second
	// tryAgain is how long what could not go on waits before it is tried again.
	tryAgain = 15 * time.Second
	// triesAtMost is how often what fails in a way that nobody foresaw is tried.
	triesAtMost = 4
	// endWithin is how long counting and noting an end may take when we are told to end.
	endWithin = 5 * time.Second
)

// Sender brings a notice to its recipients.
type Sender interface {
	Send(ctx context.Context, j delivery.Job, progress func(delivery.Progress)) error
	// Ready says whether the service's bot can send at all: nil, or why not.
	Ready(ctx context.Context, bot int64) error
	Probe(ctx context.Context) error
}

// Runner makes the deliveries follow the state: it begins what is due, delivers what is running, one after another, and notes
// what became of it. All fields are set.
type Runner struct {
	Log      *journal.Log
	State    *State
	Composer Composer
	Lists    Lists
	Ledger   *delivery.Ledger
	Sender   Sender
	Board    *Board
	World    func() World // under the journal's lock
	Means    func() Means // under the journal's lock; asks nobody
	Report   func(error)
	Again    time.Duration // how long what failed waits before it is tried again; tryAgain when zero
}

func (r *Runner) again() time.Duration {
	if r.Again > 0 {
		return r.Again
	}
	return tryAgain
}

// Run works until ctx ends.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.Ledger.Recover(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("notices: %w", err)
	}
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { r.clock(ctx) })
	for tries := 0; ctx.Err() == nil; {
		var b *Broadcast
		head := r.Log.View(func(journal.Now) {
			if next := r.State.Next(); next != nil {
				b = next.Clone()
			}
		})
		if b == nil {
			r.idle(ctx, head)
			continue
		}
		err := r.serve(ctx, b)
		if err == nil || ctx.Err() != nil {
			tries = 0
			continue
		}
		r.Report(fmt.Errorf("broadcast %d: %w", b.ID, err))
		if tries++; tries < triesAtMost {
			sleep(ctx, r.again())
			continue
		}
		// One that cannot be delivered keeps no other back.
		tries = 0
		if _, err := r.note(ctx, func(journal.Now) journal.Draft { return r.State.Halt(b.ID, err.Error(), false) }); err != nil {
			r.Report(err)
			sleep(ctx, r.again())
		}
	}
	return nil
}

// clock begins what is due, until ctx ends.
func (r *Runner) clock(ctx context.Context) {
	for ctx.Err() == nil {
		var next time.Time
		var now time.Time
		head := r.Log.View(func(n journal.Now) { now, next = n.Time, r.State.NextTime(n.Time, r.World(), r.Means()) })
		e, err := r.Log.Update(ctx, "", func(n journal.Now) (journal.Draft, error) { return r.State.Due(n, r.World(), r.Means()), nil })
		switch {
		case err != nil && ctx.Err() == nil:
			r.Report(err)
			sleep(ctx, r.again())
		case err == nil && e.Seq == 0:
			wait := longestSleep
			if !next.IsZero() {
				wait = min(wait, max(next.Sub(now), 0)+10*time.Millisecond)
			}
			r.wait(ctx, head, wait)
		}
	}
}

// wait returns when the journal moves, or after d.
func (r *Runner) wait(ctx context.Context, head journal.Head, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if err := r.Log.Wait(ctx, head); errors.Is(err, journal.ErrClosed) {
		<-ctx.Done()
	}
}

// idle waits for news while nothing is to be delivered. What paused by itself goes on when it can.
func (r *Runner) idle(ctx context.Context, head journal.Head) {
	idle, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { _ = r.Sender.Probe(idle) })
	r.wait(ctx, head, r.again())
	cancel()
	all.Wait()
	var halted *Broadcast
	r.Log.View(func(journal.Now) { halted = r.State.Halted().Clone() })
	if halted.ID == 0 || r.Sender.Ready(ctx, halted.Telling.Bot) != nil {
		return
	}
	r.note(ctx, func(journal.Now) journal.Draft { return r.State.Unhalt(halted.ID) })
}

// serve delivers one, until it is through, or it is not to be delivered any more.
func (r *Runner) serve(ctx context.Context, b *Broadcast) error {
	if b.Status == Gone {
		return r.drop(ctx, b)
	}
	job, err := r.job(b)
	if err != nil {
		return r.end(ctx, b.ID, err.Error())
	}
	sending, cancel := context.WithCancel(ctx)
	defer cancel()
	r.Board.Post(b.ID, delivery.Progress{})
	var watch sync.WaitGroup
	watch.Go(func() { r.watch(sending, b.ID); cancel() })
	if err = r.prepare(sending, b, job); err == nil {
		err = r.Sender.Send(sending, job, func(p delivery.Progress) { r.Board.Post(b.ID, p) })
	}
	stopped := sending.Err() != nil
	cancel()
	watch.Wait()
	return r.sent(ctx, b, err, stopped)
}

// errLost: the ledger has nothing of what the journal says it had. Who got the notice is not known, so nobody is sent to again.
var errLost = errors.New("the ledger of its deliveries was lost; nobody is sent to again, because who has it is not known")

// prepare writes a row for each recipient into the ledger, and the journal that they are there.
func (r *Runner) prepare(ctx context.Context, b *Broadcast, j delivery.Job) error {
	t, err := r.Ledger.Totals(ctx, b.ID)
	if err != nil {
		return err
	}
	if b.Total > 0 && !t.Prepared {
		return errLost
	}
	total, err := r.Ledger.Prepare(ctx, j)
	if err != nil {
		return err
	}
	_, err = r.note(ctx, func(journal.Now) journal.Draft { return r.State.Prepared(b.ID, total) })
	return err
}

// sent notes what a delivery came to.
func (r *Runner) sent(ctx context.Context, b *Broadcast, err error, stopped bool) error {
	var blocked *delivery.Blocked
	switch {
	case err == nil:
		return r.end(ctx, b.ID, "")
	case errors.Is(err, errLost):
		return r.end(ctx, b.ID, err.Error())
	case stopped:
		return nil // paused, cancelled, or we are told to end
	case errors.As(err, &blocked):
		_, err = r.note(ctx, func(journal.Now) journal.Draft { return r.State.Halt(b.ID, blocked.Error(), true) })
		return err
	}
	var no *delivery.Refused
	if errors.As(err, &no) { // the text itself is refused: nobody else gets it
		if drop := r.Ledger.Drop(ctx, b.ID); drop != nil {
			return drop
		}
		return r.end(ctx, b.ID, no.Error())
	}
	return err
}

// watch returns when a broadcast is not to be delivered any more, or ctx ends.
func (r *Runner) watch(ctx context.Context, id uint64) {
	for ctx.Err() == nil {
		going := false
		head := r.Log.View(func(journal.Now) {
			b, ok := r.State.Get(id)
			going = ok && b.Status == Running
		})
		if !going {
			return
		}
		r.wait(ctx, head, longestSleep)
	}
}

// drop takes back what is queued of a cancelled one, and counts.
func (r *Runner) drop(ctx context.Context, b *Broadcast) error {
	if err := r.Ledger.Drop(ctx, b.ID); err != nil {
		return err
	}
	return r.end(ctx, b.ID, "")
}

// end counts, and notes the end. What was delivered is counted also when we are told to end.
func (r *Runner) end(ctx context.Context, id uint64, why string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	t, err := r.Ledger.Totals(ctx, id)
	if err != nil {
		return err
	}
	digest, err := r.Ledger.Digest(ctx, id)
	if err != nil {
		return err
	}
	_, err = r.note(ctx, func(journal.Now) journal.Draft { return r.State.End(id, CountsOf(t), digest, why) })
	r.Board.Clear(id)
	return err
}

func (r *Runner) note(ctx context.Context, decide func(now journal.Now) journal.Draft) (journal.Entry, error) {
	return r.Log.Update(ctx, "", func(now journal.Now) (journal.Draft, error) { return decide(now), nil })
}

// CountsOf are the ledger's totals as the journal keeps them.
func CountsOf(t delivery.Totals) Counts {
	return Counts{Total: t.Total, Queued: t.Queued, Sending: t.Sending, Sent: t.Sent, Blocked: t.Blocked, Gone: t.Gone, Failed: t.Failed,
		Unknown: t.Unknown, Cancelled: t.Cancelled, Skipped: t.Skipped}
}

// job is what the ledger and the sender need of a broadcast.
func (r *Runner) job(b *Broadcast) (delivery.Job, error) {
	t := b.Telling
	j := delivery.Job{ID: b.ID, Op: delivery.OpSend, Texts: t.Texts, Default: t.Default, Resend: t.Resend, Silent: t.Silent, Bot: t.Bot}
	picture, err := r.Composer.picture(t)
	if err != nil {
		return j, err
	}
	if picture != nil {
		j.Photo = &delivery.Photo{Name: picture.Name, Bytes: picture.Bytes}
	}
	switch {
	case t.Do == step.NoticeEdit:
		j.Op, j.Of = delivery.OpEdit, t.Of
	case t.Do == step.NoticeRecall:
		j.Op, j.Of = delivery.OpDelete, t.Of
	case t.Closes:
		r.Log.View(func(journal.Now) { j.Earlier = r.State.Earlier(t.Matter) })
	case t.List == nil:
		return j, &step.Failure{Sentence: "there is no copy of the users"}
	default:
		list, there := r.Lists.Get(t.List.ID)
		if !there {
			return j, &step.Failure{Sentence: "the copy of the users that was agreed to is not there any more"}
		}
		j.Audience = r.Lists.Path(list)
	}
	return j, nil
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
