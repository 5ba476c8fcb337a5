package actions

import (
	"context"
	"errors"
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

// Self is who asks for what is scheduled. No person may be called so.
const Self auth.Name = "twokey"

// Scheduled is something the clock asks for by itself. It may only look, or add beside production.
type Scheduled struct {
	Name string // unique; part of the cause, so that one time is one request
	Next func(after time.Time) time.Time
	Ask  Asked // the action, its arguments and the revision
}

// missed is how late something scheduled is still asked for: a backup that fell into an hour of being down is made after it.
const missed = 12 * time.Hour

// AskScheduled decides whether the clock may ask for it. A refusal leaves no entry.
func (s *State) AskScheduled(now journal.Now, a Asked) (journal.Draft, error) {
	a.Person = Self
	switch {
	case !a.Action.Rule.Alone || a.Action.Effect != Read && a.Action.Effect != Protect:
		return journal.Draft{}, &Refusal{Reason: NotAsker, Action: a.Action.Name, Who: s.People.Holding(a.Action.Rule.MayAsk, Self)}
	case s.clockWrong(now, a.Action):
		return journal.Draft{}, &Refusal{Reason: ClockBehind, Action: a.Action.Name, Detail: now.Behind.Round(time.Second).String()}
	case s.fork.forbids(a.Action):
		return journal.Draft{}, s.fork.refusal(a.Action)
	}
	if err := s.roomFor(a); err != nil {
		return journal.Draft{}, err
	}
	return journal.Draft{Kind: KindAsked, Actor: string(Self), Body: a}, nil
}

// first is the time from which something scheduled is due: the last one that may have been missed, or the next.
func (d Scheduled) first(now time.Time) time.Time {
	at := d.Next(now.Add(-missed))
	for {
		next := d.Next(at)
		if next.IsZero() || next.After(now) || !next.After(at) {
			return at
		}
		at = next
	}
}

// cause is what one time of it is remembered by.
func (d Scheduled) cause(at time.Time) string {
	return "schedule:" + d.Name + ":" + at.UTC().Format(time.RFC3339)
}

// ask asks for everything that is due. What is refused now, because the journal is forked or the clock is wrong, is over: the
// next time comes.
func (c *Clock) ask(ctx context.Context, now time.Time) error {
	var errs []error
	for i, d := range c.Scheduled {
		if c.due == nil {
			c.due = make([]time.Time, len(c.Scheduled))
		}
		if c.due[i].IsZero() {
			c.due[i] = d.first(now)
		}
		at := c.due[i]
		if at.IsZero() || now.Before(at) {
			continue
		}
		_, err := c.Log.Update(ctx, d.cause(at), func(now journal.Now) (journal.Draft, error) { return c.State.AskScheduled(now, d.Ask) })
		var no *Refusal
		if err != nil && !errors.Is(err, journal.ErrSeen) && !errors.As(err, &no) {
			errs = append(errs, err)
			continue
		}
		c.due[i] = d.Next(now)
	}
	return errors.Join(errs...)
}

// soonest is when the clock will ask for something; zero when it will not.
func (c *Clock) soonest() (first time.Time) {
	for _, at := range c.due {
		if first.IsZero() || !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	return first
}
