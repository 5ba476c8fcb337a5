package delivery

import (
	"context"
	"errors"
	"time"

	"twokey/bot/telegram"
)

// run is one Send. One goroutine, that of Send, owns all of it, decides and writes the ledger; the others, one for each
// message under way, only wait for their moment and call Telegram.
type run struct {
	*Sender
	job      Job
	texts    texts
	picture  bool // of the messages that are changed
	file     string
	progress *meter

	calls   context.Context // of the calls: they outlive a pause, for a while
	cut     context.CancelFunc
	leaving context.Context // ends when nothing more is to leave
	stop    context.CancelCauseFunc
	drained <-chan time.Time // when the calls are cut

	answers chan answer // with room for all that can be under way
	flying  int
	done    []outcome       // not in the ledger yet
	named   bool            // nor is file
	dry     bool            // nothing was queued when it was looked
	proven  map[string]bool // texts that Telegram took, by language
	strikes map[string]int  // and how often it refused others
	refuses string          // the language whose text stops the job
	trouble trouble
	took    time.Duration // a turn of the ledger takes
	sleep   time.Duration // until it is worth looking again
}

// answer is what became of one message, or of asking who we are.
type answer struct {
	claimed
	lang string // of its text
	left time.Time
	held bool // it did not leave
	sent telegram.Posted
	err  error

	look bool
	me   telegram.Me
}

func newRun(s *Sender, j Job, f facts, tell func(Progress)) *run {
	return &run{
		Sender: s, job: j, texts: j.words(), picture: f.picture, file: f.file, progress: newMeter(tell),
		answers: make(chan answer, s.workers()+1), proven: map[string]bool{}, strikes: map[string]int{},
		trouble: trouble{look: true},
	}
}

// loop turns the ledger's page as long as there is something to do: note what became of the last, claim the next, let them
// go, wait.
func (r *run) loop(ctx context.Context) error {
	r.calls, r.cut = context.WithCancel(context.WithoutCancel(ctx))
	r.leaving, r.stop = context.WithCancelCause(ctx)
	defer r.cut()
	defer r.stop(nil)
	for !r.over() {
		if err := r.turn(ctx); err != nil {
			return r.abandon(err)
		}
		r.tell(ctx, false)
		r.wait()
	}
	// Nothing is under way, and no row says so, unless a write was done that was said to have failed.
	if err := r.Ledger.recoverJob(context.WithoutCancel(ctx), r.job.ID); err != nil {
		return err
	}
	r.tell(ctx, true)
	if cause := context.Cause(r.leaving); !r.dry || cause != context.Cause(ctx) {
		return cause
	}
	return nil
}

// over says that nothing is left: neither under way, nor to be noted, nor, unless we are to stop, queued.
func (r *run) over() bool {
	return r.flying == 0 && len(r.done) == 0 && (r.dry || r.leaving.Err() != nil)
}

// turn notes and claims, in one transaction.
func (r *run) turn(ctx context.Context) error {
	slots := r.slots()
	if len(slots) == 0 && len(r.done) == 0 {
		return nil
	}
	t := turn{job: r.job.ID, done: r.done[:min(len(r.done), maxRows/2)], claim: len(slots), now: r.now()}
	if r.named {
		t.file = r.file
	}
	next, err := r.Ledger.turn(ctx, t)
	switch {
	case errors.Is(err, errForeign), err != nil && r.leaving.Err() != nil:
		return err
	case err != nil: // a full disk, say: what is known stays here until it can be noted
		r.report(err)
		r.trouble.failed(t.now, r.now(), "the ledger cannot be written")
		r.sleep = pauseAfter(r.trouble.step)
		return nil
	}
	r.took = (3*r.took + r.now().Sub(t.now)) / 4
	if r.done, r.named = r.done[len(t.done):], false; len(r.done) > 0 {
		r.sleep = 0
	}
	if len(slots) > 0 {
		r.dry = len(next) < len(slots)
	}
	for i, c := range next {
		r.launch(c, slots[i])
	}
	return nil
}

// slots are the moments at which the next messages may leave: as many as can be under way, no further ahead than it takes to
// claim them. What is claimed is what a kill would lose, so nothing is claimed to wait.
func (r *run) slots() []time.Time {
	r.sleep = time.Second // and progress is told
	now := r.now()
	n := min(r.workers()-r.flying, maxRows/2)
	switch {
	case r.leaving.Err() != nil, r.dry, r.trouble.looking:
		return nil
	case r.trouble.look:
		r.look(now)
		return nil
	case !r.started():
		n = min(n, 1-r.flying) // one at a time, until one was taken
	}
	if n <= 0 {
		return nil
	}
	slots, wait := r.pace.grant(now, r.rate(), n, 2*r.took)
	if len(slots) < n {
		r.sleep = min(r.sleep, wait)
	}
	return slots
}

// started says that Telegram takes our messages and knows our picture.
func (r *run) started() bool {
	return len(r.proven) > 0 && (r.job.Photo == nil || r.file != "")
}

// wait waits for something to do.
func (r *run) wait() {
	if r.over() {
		return
	}
	var stopped <-chan struct{}
	if r.drained == nil {
		stopped = r.leaving.Done()
	}
	select {
	case a := <-r.answers:
		r.hear(a)
		r.hearAll()
	case <-stopped:
		r.drained = r.after(drainWithin)
	case <-r.drained:
		r.cut()
	case <-r.after(r.sleep):
	}
}

// hearAll takes what else has come in the meantime, so that it is noted at once.
func (r *run) hearAll() {
	for len(r.done) < maxRows/2 {
		select {
		case a := <-r.answers:
			r.hear(a)
		default:
			return
		}
	}
}

// abandon waits for what is under way; nobody can note it any more.
func (r *run) abandon(err error) error {
	r.stop(err)
	r.cut()
	for ; r.flying > 0; r.flying-- {
		<-r.answers
	}
	return err
}
