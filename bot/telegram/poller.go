package telegram

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// How the Poller waits.
const (
	backoffFirst = 500 * time.Millisecond
	backoffMost  = 30 * time.Second
	// deniedPause: a revoked token does not come back, but a wrong answer of a
	// broken server ends, and nobody should have to restart us then.
	deniedPause = time.Minute
	// conflictQuiet: two pollers with one token take turns at being refused. One
	// that came through is not yet alone; two long polls are.
	conflictQuiet = 2*maxPoll + 20*time.Second
	// handleTries and the pauses between them are about 5 s in all: the updates
	// behind a failing one wait, and one of them may be /panic.
	handleTries = 4
	handlePause = 250 * time.Millisecond // times 4 after each try
	// idleReset: ids are in order, but after a week without updates Telegram goes
	// on from a random one (Bot API, Update), perhaps below our offset. All before
	// it is long confirmed then, so asking without one misses nothing.
	idleReset = 6 * 24 * time.Hour
	// retrySlack is added to a retry_after, which is in whole seconds.
	retrySlack = 100 * time.Millisecond
)

// Link is how we stand with Telegram.
type Link string

const (
	// LinkUp: updates arrive.
	LinkUp Link = "connected"
	// LinkAway: Telegram is not reached or not well. Updates wait for us there up
	// to 24 h, presses of buttons 150 s.
	LinkAway Link = "away"
	// LinkConflict: somebody else uses the token, as a poller or a webhook. They
	// get some of our updates. A misconfiguration or a theft.
	LinkConflict Link = "conflict"
	// LinkDenied: the token is not accepted. Only people can help.
	LinkDenied Link = "unauthorized"
)

// State is a Link, since when, and why.
type State struct {
	Link  Link
	Since time.Time // of the first sign of it
	Class Class     // of Err; "" when up
	Err   error     // the failure that led here; nil when up
}

// Poller hands over updates one by one, in order. An update is confirmed to
// Telegram, by asking for the ones after it, only after Handle returned for
// it; after a crash the last ones come again. Handle must know them by ID.
type Poller struct {
	Client *Client
	// Handle deals with one update. One that fails, or panics, is tried again a
	// few times within about five seconds and then passed over.
	Handle func(context.Context, Raw) error
	// OnState, if not nil, hears every change of the Link; first of all LinkUp
	// or what is wrong. It must not block.
	OnState func(State)
	// OnPoison, if not nil, hears of an update that was passed over and why. It
	// will not come again.
	OnPoison func(Raw, error)
}

// Run polls until ctx ends, and returns nil then; nothing else ends it. It
// starts while Telegram is down, tries again with pauses up to 30 s (60 s when
// the token is refused), and removes a webhook that is in its way. One Poller
// runs once at a time.
func (p *Poller) Run(ctx context.Context) error {
	r := &run{Poller: p}
	r.heard = time.Now()
	for ctx.Err() == nil {
		pause := r.poll(ctx)
		wait(ctx, pause)
	}
	return nil
}

// run is the state of one Run.
type run struct {
	*Poller
	offset   int64
	heard    time.Time // of the last update
	state    State
	failures int       // in a row
	conflict time.Time // of the last conflict
}

// poll asks once, handles what came, and returns how long to wait.
func (r *run) poll(ctx context.Context) time.Duration {
	timeout := maxPoll
	if r.state.Link == "" || r.failures > 0 {
		timeout = 0 // know at once, not after a quiet minute, that it works
	}
	if time.Since(r.heard) > idleReset {
		r.offset = 0
	}
	raws, err := r.Client.Updates(ctx, r.offset, timeout)
	if ctx.Err() != nil {
		return 0
	}
	if err != nil {
		return r.failed(ctx, err)
	}
	r.failures = 0
	if r.state.Link != LinkConflict || time.Since(r.conflict) > conflictQuiet {
		r.enter(State{Link: LinkUp})
	}
	return r.handleAll(ctx, raws)
}

func (r *run) handleAll(ctx context.Context, raws []Raw) time.Duration {
	before := r.offset
	for _, raw := range raws {
		if !r.handle(ctx, raw) {
			return 0
		}
		r.heard = time.Now()
		if raw.ID > 0 {
			r.offset = raw.ID + 1
		}
	}
	if len(raws) > 0 && r.offset == before {
		return backoffFirst // updates without ids: nothing can confirm them, they come again
	}
	return 0
}

// handle reports whether raw is dealt with: handled or passed over, unless ctx
// ended first.
func (r *run) handle(ctx context.Context, raw Raw) bool {
	pause := handlePause
	for try := 1; ; try++ {
		err := r.guarded(ctx, raw)
		switch {
		case err == nil:
			return true
		case ctx.Err() != nil:
			return false
		case try == handleTries:
			if r.OnPoison != nil {
				r.OnPoison(raw, err)
			}
			return true
		}
		wait(ctx, pause)
		pause *= 4
	}
}

// guarded turns a panic into an error: a crash would bring the same update
// again, and again.
func (r *run) guarded(ctx context.Context, raw Raw) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("update %d: panic: %v\n%s", raw.ID, v, debug.Stack())
		}
	}()
	return r.Handle(ctx, raw)
}

// failed notes the failure of a poll and returns how long to wait.
func (r *run) failed(ctx context.Context, err error) time.Duration {
	r.failures++
	s := State{Link: LinkAway, Class: ClassOf(err), Err: err}
	pause := backoff(r.failures)
	switch s.Class {
	case ClassRateLimited:
		pause = retryAfter(err)
	case ClassUnauthorized:
		s.Link, pause = LinkDenied, deniedPause
	case ClassConflict:
		s.Link, r.conflict = LinkConflict, time.Now()
	case ClassConflictWebhook:
		removed := r.Client.DeleteWebhook(ctx) == nil
		if removed && r.failures == 1 {
			pause = 0
		}
		if removed && r.state.Link == "" {
			return pause // left from before us; later, it is somebody else's doing
		}
		s.Link, r.conflict = LinkConflict, time.Now()
	}
	r.enter(s)
	return pause
}

// enter tells of s if its Link is another one.
func (r *run) enter(s State) {
	if s.Link == r.state.Link {
		return
	}
	s.Since = time.Now()
	r.state = s
	if r.OnState != nil {
		r.OnState(s)
	}
}

// backoff doubles from half a second to 30 s; a fifth of it is chance, so that
// many who lost the same server do not all come back at once.
func backoff(failures int) time.Duration {
	d := backoffMost
	if failures < 7 {
		d = min(backoffFirst<<(failures-1), backoffMost)
	}
	return d - rand.N(d/5)
}

// retryAfter is how long a rate-limited call must wait.
func retryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		return e.RetryAfter + retrySlack
	}
	return 5 * time.Second // it always names one; this is for a fake that does not
}

// wait returns after d or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
