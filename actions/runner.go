package actions

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

const (
	// planWithin is how long finding out what a request would do may take; a step may say that it takes longer.
	planWithin = 30 * time.Second
	// startPause is kept before a start that could not be written is tried again.
	startPause = time.Second
)

// Output is where a step's output goes: redacted, bounded, kept on disk.
type Output interface {
	io.WriteCloser
	// Tail gives the last lines, and how many there were in all.
	Tail(n int) (text string, lines int)
}

// Runner makes the world follow the state: it plans what is asked and runs what is approved, one step at a time. Requests
// that touch different things run side by side; a stop waits for nobody.
type Runner struct {
	Log     *journal.Log
	State   *State
	Board   *Board
	World   World
	Grace   time.Duration // how long a running step may take to finish at shutdown
	Report  func(error)   // an error for the operator
	mu      sync.Mutex
	running map[ID]*job
	wake    context.CancelFunc // makes the present round look again
	over    chan struct{}      // closed when the grace at shutdown is over
}

// World is what the runner needs of the outside. All fields but Tell are set.
type World struct {
	Env func(tag string, out io.Writer, progress func(string)) step.Env
	// Output is where the output of a run's step goes; the run has so many steps.
	Output  func(id ID, step, of int) (Output, error)
	Service func(ctx context.Context) Service
	// Tell gives the steps with those that tell the service's users of so long a time without it; nil: nobody is told.
	Tell func(steps []Step, down time.Duration) ([]Step, error)
	// Redact takes every secret we know out of a text, before it is encoded.
	Redact func(text string) string
	// Survivors ends what an earlier life left running for a tag, with proof; left names what could not be ended.
	Survivors func(ctx context.Context, tag string) (ended int, left []string, err error)
}

// job is one request being planned or run.
type job struct {
	stop   context.CancelCauseFunc // ends the step under way
	starts chan struct{}           // the step under way would start the service; closed when its work has ended. Else nil
}

// errHeld ends a starting step because a stop was approved meanwhile.
type errHeld struct{ by ID }

func (e errHeld) Error() string { return "a stop holds the service" }

// errShutdown ends a step that did not finish in its time at shutdown.
var errShutdown = errors.New("shutting down")

// Run plans and runs until ctx ends, then gives running steps their grace, and waits for all it started.
func (r *Runner) Run(ctx context.Context) error {
	r.mu.Lock()
	r.running, r.over = map[ID]*job{}, make(chan struct{})
	r.mu.Unlock()
	var all sync.WaitGroup
	defer all.Wait()
	// Steps outlive ctx by their grace.
	steps, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer r.windDown(end, &all)
	r.recover(ctx)
	for ctx.Err() == nil {
		r.round(ctx, steps, &all)
	}
	return nil
}

// windDown gives running steps their grace, then ends them.
func (r *Runner) windDown(end context.CancelCauseFunc, all *sync.WaitGroup) {
	timer := time.AfterFunc(r.Grace, func() {
		end(errShutdown)
		close(r.over)
	})
	defer timer.Stop()
	all.Wait()
}

// round starts a job for every request that has something to do and none yet, then waits for news.
func (r *Runner) round(ctx, steps context.Context, all *sync.WaitGroup) {
	wait, wake := context.WithCancel(ctx)
	defer wake()
	r.mu.Lock()
	r.wake = wake // before looking, so that a job that ends meanwhile is not missed
	r.mu.Unlock()
	var todo []*Request
	head := r.Log.View(func(journal.Now) { todo = r.todo() })
	for _, req := range todo {
		r.launch(ctx, steps, req.ID, all)
	}
	r.endHeldStarts()
	// News, a job's end, or the end: each time, look again. A closed journal brings no news, so that is looked at in peace.
	if err := r.Log.Wait(wait, head); errors.Is(err, journal.ErrClosed) {
		pause(wait, startPause)
	}
}

// todo is what waits for the runner: requests without a plan, approved ones that nothing blocks, runs between two steps.
func (r *Runner) todo() []*Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*Request
	for _, req := range r.State.Live() {
		_, busy := r.running[req.ID]
		if !busy && r.ready(req) {
			list = append(list, req)
		}
	}
	return list
}

func (r *Runner) ready(req *Request) bool {
	switch {
	case req.Status == Planning, req.Status == Running, req.Preparing(), req.OwesDrop():
		return true
	case req.OwesLook():
		return !r.State.beingSettled(req.ID)
	}
	return req.Status == Approved && !req.waitsForTime() && len(r.State.Blockers(req)) == 0
}

func (r *Runner) launch(ctx, steps context.Context, id ID, all *sync.WaitGroup) {
	j := &job{}
	own, stop := context.WithCancelCause(steps)
	j.stop = stop
	r.mu.Lock()
	r.running[id] = j
	r.mu.Unlock()
	all.Go(func() {
		defer func() {
			stop(nil)
			r.mu.Lock()
			delete(r.running, id)
			r.wake()
			r.mu.Unlock()
		}()
		r.advance(ctx, own, id, j)
	})
}

// endHeldStarts ends every step that would start what a newer stop wants down, and what runs ahead of a request that has
// ended.
func (r *Runner) endHeldStarts() {
	held := map[ID]ID{}
	var over []ID
	r.Log.View(func(journal.Now) {
		for _, req := range r.State.Live() {
			if by, yes := r.State.Held(req); yes {
				held[req.ID] = by
			}
			if _, under := req.Unfinished(); under && req.Status.Final() {
				over = append(over, req.ID)
			}
		}
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, by := range held {
		if j := r.running[id]; j != nil && j.starts != nil {
			j.stop(errHeld{by})
		}
	}
	for _, id := range over {
		if j := r.running[id]; j != nil {
			j.stop(errOver)
		}
	}
}

// startsEnded waits until no step under way would start the service: first the starters end, then the stop stops. They
// were told to end before; how long that takes is bounded by their grace. That they ended has to be written down, too, but
// a stop does not wait for that.
func (r *Runner) startsEnded(own ID) {
	r.endHeldStarts()
	r.mu.Lock()
	var wait []<-chan struct{}
	for id, j := range r.running {
		if id != own && j.starts != nil {
			wait = append(wait, j.starts)
		}
	}
	r.mu.Unlock()
	for _, done := range wait {
		<-done
	}
}

// update appends what decide gives and reports what went wrong; the entry is empty when nothing was appended.
func (r *Runner) update(ctx context.Context, decide func(now journal.Now) journal.Draft) (journal.Entry, error) {
	e, err := r.Log.Update(ctx, "", func(now journal.Now) (journal.Draft, error) { return decide(now), nil })
	if err != nil && ctx.Err() == nil {
		r.Report(err)
	}
	return e, err
}

// snapshot copies a request under the journal's lock, nil when there is none.
func (r *Runner) snapshot(id ID) (req *Request) {
	r.Log.View(func(journal.Now) {
		if p, ok := r.State.Request(id); ok {
			req = p.Clone()
		}
	})
	return req
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
