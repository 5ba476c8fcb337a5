package broadcast

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"twokey/actions/step"
	"twokey/bot/broadcast/audience"
	"twokey/bot/broadcast/delivery"
	"twokey/internal/journal"
)

// Lists are the copies of the audience.
type Lists struct {
	Shelf    *audience.Shelf
	Source   audience.Source
	Segments map[string]string // name → SQL
	// Affected gives the Telegram ids of the users whose rows a run lost; nil: the config does not say whose they are.
	Affected func(ctx context.Context, run uint64) iter.Seq2[int64, error]
	// Switched is when a run switched the databases.
	Switched func(run uint64) (time.Time, bool)
}

// Fresh copies the audience anew; when the database is away, it gives the last copy, and says so.
func (l Lists) Fresh(ctx context.Context) (c audience.Copy, warning string, err error) {
	c, err = l.Shelf.Take(ctx, l.Source, nil)
	var e *audience.Error
	if err == nil || !errors.As(err, &e) {
		return c, "", err
	}
	last, there := l.Shelf.Latest()
	if !e.Away || !there {
		return c, "", &step.Failure{Sentence: e.Sentence, Hint: e.Hint, Cause: err}
	}
	return last, "the database cannot be asked just now: this is the last copy of its users", nil
}

// Get finds a copy by its id.
func (l Lists) Get(id string) (audience.Copy, bool) {
	if id == "" {
		return audience.Copy{}, false
	}
	return l.Shelf.Get(id)
}

// Path is where a copy lies.
func (l Lists) Path(c audience.Copy) string { return l.Shelf.Path(c) }

// Unlike says how a copy differs from an earlier one. One that is not there any more is like all others.
func (l Lists) Unlike(ctx context.Context, id string, c audience.Copy) (audience.Change, error) {
	old, there := l.Get(id)
	if !there || old.ID == c.ID {
		return audience.Change{Both: c.Users}, nil
	}
	return l.Shelf.Compare(ctx, old, c)
}

// Narrow takes of a copy those whom the notice is for.
func (l Lists) Narrow(ctx context.Context, all audience.Copy, n step.Notice) (audience.Copy, error) {
	c, err := all, error(nil)
	if n.To != "" {
		query, there := l.Segments[n.To]
		if !there {
			return c, &step.Failure{Sentence: fmt.Sprintf("there is no segment %q", n.To), Hint: "see notices.segments in the config"}
		}
		src := l.Source
		src.Query = query
		if c, err = l.Shelf.Narrow(ctx, all, n.To, src); err != nil {
			return c, l.said(err)
		}
	}
	if n.Affected == "" {
		return c, nil
	}
	run, err := strconv.ParseUint(n.Affected, 10, 64)
	if err != nil || l.Affected == nil {
		return c, &step.Failure{Sentence: "whom a run affected cannot be found out", Hint: "name the columns in notices.affected, and the run by its number"}
	}
	var bases []audience.Copy
	if before, there := l.before(run); there {
		bases = append(bases, before)
	}
	c, err = l.Shelf.OfAny(ctx, "affected by run "+n.Affected, l.Affected(ctx, run), c, bases...)
	return c, l.said(err)
}

// before is the newest whole copy from before a run's switch: users who came after the backup are in it, and not in the database.
func (l Lists) before(run uint64) (audience.Copy, bool) {
	at, known := l.Switched(run)
	if !known {
		return audience.Copy{}, false
	}
	return l.Older(at)
}

// Older is the newest whole copy from before a time.
func (l Lists) Older(at time.Time) (audience.Copy, bool) {
	for _, c := range l.Shelf.List() {
		if c.Of == "" && c.At.Before(at) {
			return c, true
		}
	}
	return audience.Copy{}, false
}

func (l Lists) said(err error) error {
	var e *audience.Error
	if errors.As(err, &e) {
		return &step.Failure{Sentence: e.Sentence, Hint: e.Hint, Cause: err}
	}
	return err
}

// Keeper copies the audience on schedule, and before the database is changed: who is not in it afterwards has to be told, too.
// It throws away the copies that nothing refers to.
type Keeper struct {
	Log    *journal.Log
	Lists  Lists
	Ledger *delivery.Ledger
	Every  time.Duration
	// Wanted is a time that the last copy must not be older than, and Needed the copies that something refers to; both are
	// called under the journal's lock.
	Wanted func() time.Time
	Needed func() []string
	Report func(error)
}

// Run copies until ctx ends.
func (k Keeper) Run(ctx context.Context) error {
	var tried time.Time
	for ctx.Err() == nil {
		var wanted time.Time
		head := k.Log.View(func(journal.Now) { wanted = k.Wanted() })
		last, _ := k.Lists.Shelf.Latest()
		wait := k.Every - time.Since(latest(last.At, tried))
		if wait <= 0 || wanted.After(latest(last.At, tried)) {
			tried = time.Now()
			k.round(ctx)
			continue
		}
		wake, cancel := context.WithTimeout(ctx, wait)
		if err := k.Log.Wait(wake, head); errors.Is(err, journal.ErrClosed) {
			<-ctx.Done()
		}
		cancel()
	}
	return nil
}

func (k Keeper) round(ctx context.Context) {
	if err := k.copy(ctx); err != nil && ctx.Err() == nil {
		k.Report(fmt.Errorf("the copy of the users: %w", err))
	}
	var needed []string
	k.Log.View(func(journal.Now) { needed = k.Needed() })
	needed = append(needed, young(k.Lists.Shelf.List(), time.Now())...)
	if err := k.Lists.Shelf.Keep(needed...); err != nil {
		k.Report(fmt.Errorf("old copies of the users: %w", err))
	}
}

// settled is how old a copy is when whatever was planned with it is in the journal, or will not be.
const settled = 30 * time.Minute

// young are the copies that a plan which is being made may be about.
func young(list []audience.Copy, now time.Time) (ids []string) {
	for _, c := range list {
		if now.Sub(c.Made()) < settled {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// copy copies the audience; whoever had left it and is in it again is written to again.
func (k Keeper) copy(ctx context.Context) error {
	c, warning, err := k.Lists.Fresh(ctx)
	if err != nil || warning != "" {
		return err
	}
	_, err = k.Ledger.Returned(ctx, k.Lists.Path(c))
	return err
}
