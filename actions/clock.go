package actions

import (
	"context"
	"errors"
	"time"

	"twokey/internal/journal"
)

const (
	// longestSleep bounds how late the clock is after the host slept or its time was set.
	longestSleep = 30 * time.Second
	// retryAfter is how long the clock waits when the journal could not be written.
	retryAfter = time.Second
)

// Clock appends what time ended. It is the only timer that decides anything, and decisions check the time themselves too:
// a late clock never makes a yes.
type Clock struct {
	Log    *journal.Log
	State  *State
	Report func(error) // an error for the operator
	// Scheduled is what it asks for by itself.
	Scheduled []Scheduled

	due []time.Time // of each, the next time
}

// Run appends clock.passed when something's time ends, until ctx does.
func (c *Clock) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		pause := c.tick(ctx)
		var sleep time.Duration
		head := c.Log.View(func(now journal.Now) { sleep = c.sleep(now) })
		c.wait(ctx, head, max(sleep, pause))
	}
	return nil
}

// tick appends what has passed, and before it what the journal is owed. It gives the pause to keep after a failure.
func (c *Clock) tick(ctx context.Context) time.Duration {
	var is time.Time
	_, err := c.Log.Update(ctx, "", func(now journal.Now) (journal.Draft, error) { is = now.Time; return c.State.Expire(now), nil })
	if err == nil && !is.IsZero() {
		err = c.ask(ctx, is)
	}
	if err == nil || ctx.Err() != nil {
		return 0
	}
	c.Report(err)
	return retryAfter
}

func (c *Clock) sleep(now journal.Now) time.Duration {
	next := c.State.Next()
	if at := c.soonest(); next.IsZero() || !at.IsZero() && at.Before(next) {
		next = at
	}
	if next.IsZero() {
		return longestSleep
	}
	return min(longestSleep, max(0, next.Sub(now.Time)))
}

// wait returns when the time is over or the journal has moved, which may have brought an earlier deadline.
func (c *Clock) wait(ctx context.Context, head journal.Head, d time.Duration) {
	if d <= 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	// It ends by the deadline or by news, and both mean: look again. A closed journal brings none.
	if err := c.Log.Wait(ctx, head); errors.Is(err, journal.ErrClosed) {
		<-ctx.Done()
	}
}
