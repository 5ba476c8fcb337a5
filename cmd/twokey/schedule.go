package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/rs/zerolog"

	"twokey/actions"
	"twokey/internal/backup"
	"twokey/internal/config"
	"twokey/internal/journal"
)

// proofs are when the latest backup is proven by a full restore, in the hours in which least happens.
var proofs = map[string]string{"daily": "30 4 * * *", "weekly": "30 4 * * 0", "monthly": "30 4 1 * *"}

// schedules is what the clock asks for by itself.
func schedules(cfg config.Config) ([]actions.Scheduled, error) {
	var all []actions.Scheduled
	add := func(name actions.Name, next func(time.Time) time.Time, args actions.Args) error {
		a, ok := cfg.Catalogue.Get(name)
		if !ok || next == nil {
			return nil
		}
		if !a.Rule.Alone {
			return fmt.Errorf("rules.%s: it is scheduled, so it must be alone: true", name)
		}
		all = append(all, actions.Scheduled{Name: string(name), Ask: asks(a, args, cfg), Next: func(t time.Time) time.Time { return next(t.In(cfg.Zone)) }})
		return nil
	}
	b := cfg.Service.Backups
	var nightly func(time.Time) time.Time
	if b.Schedule != nil {
		nightly = b.Schedule.Next
	}
	var proof func(time.Time) time.Time
	if spec, wanted := proofs[b.Restore]; wanted {
		c, err := cron.ParseStandard(spec)
		if err != nil {
			return nil, err
		}
		proof = c.Next
	}
	return all, errors.Join(add("backup", nightly, nil), add("verify_backup", proof, actions.Args{"backup": "latest", "how": "restore"}))
}

func asks(a actions.Action, args actions.Args, cfg config.Config) actions.Asked {
	return actions.Asked{Action: a, Args: args, Revision: cfg.Revision, Reason: "scheduled"}
}

const (
	// lookForBackups is how often the folders are looked at.
	lookForBackups = time.Minute
	// settles is how long after the start the first look comes: a crash loop must not read backups all day.
	settles = 10 * time.Second
)

// arrivals looks at the folders of backups: the newest is read to its end when it arrives, and asked about when it is too old.
// What comes of it is a card like any other.
type arrivals struct {
	shelf   backup.Shelf
	maxAge  time.Duration
	decodes bool
	ask     actions.Asked // /verify_backup latest how=decode
	discard actions.Asked // /discard, without its run
	log     *journal.Log
	state   *actions.State
	logger  zerolog.Logger
}

// Run looks until ctx ends.
func (a arrivals) Run(ctx context.Context) error {
	if len(a.shelf.Folders) == 0 || a.ask.Action.Name == "" {
		<-ctx.Done()
		return nil
	}
	t := time.NewTimer(settles)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := errors.Join(a.look(ctx, time.Now()), a.tidy(ctx, time.Now())); err != nil && ctx.Err() == nil {
			a.logger.Warn().Msg("backups: " + err.Error())
		}
		t.Reset(lookForBackups)
	}
}

// tidy asks to throw away copies that stood long enough, once a day each until they are gone.
func (a arrivals) tidy(ctx context.Context, now time.Time) error {
	var old []actions.Kept
	a.log.View(func(journal.Now) { old = outlived(a.state.Copies(), now) })
	var errs []error
	for _, c := range old {
		if a.discard.Action.Name == "" {
			break
		}
		asked := a.discard
		asked.Args = actions.Args{"run": strconv.FormatUint(uint64(c.By), 10)}
		errs = append(errs, a.asks(ctx, fmt.Sprintf("copy:%s:%s", c.Name, now.UTC().Format(time.DateOnly)), asked))
	}
	return errors.Join(errs...)
}

// outlived are the copies that stood long enough.
func outlived(copies []actions.Kept, now time.Time) []actions.Kept {
	return slices.DeleteFunc(slices.Clone(copies), func(c actions.Kept) bool { return now.Sub(c.Since) < actions.KeepCopies })
}

// asks asks once for each cause. What is refused now is asked for again by the next cause.
func (a arrivals) asks(ctx context.Context, cause string, asked actions.Asked) error {
	_, err := a.log.Update(ctx, cause, func(now journal.Now) (journal.Draft, error) { return a.state.AskScheduled(now, asked) })
	var no *actions.Refusal
	if errors.As(err, &no) || errors.Is(err, journal.ErrSeen) {
		return nil
	}
	return err
}

// look asks about the newest backup when it is new or too old.
func (a arrivals) look(ctx context.Context, now time.Time) error {
	f, err := a.shelf.Find(ctx, "latest")
	var none *backup.Error
	cause := ""
	switch {
	case err == nil:
		cause = a.cause(f, now)
	case errors.As(err, &none) && a.maxAge > 0: // which is worse than an old one
		cause = "age:none:" + now.UTC().Format(time.DateOnly)
	default:
		return err
	}
	if cause == "" {
		return nil
	}
	return a.asks(ctx, cause, a.ask)
}

// cause is why the newest backup is asked about; empty: there is no reason. One file is asked about once when it arrives, and
// once a day while it is too old.
func (a arrivals) cause(f backup.File, now time.Time) string {
	hash := ""
	if f.Manifest != nil {
		hash = f.Manifest.SHA256
	}
	var proof actions.Proof
	var known bool
	a.log.View(func(journal.Now) { proof, known = a.state.Proof(hash, f.Folder, f.Name, f.Size) })
	switch old := now.Sub(f.Made); {
	case a.maxAge > 0 && old > a.maxAge:
		return fmt.Sprintf("age:%s/%s:%s", f.Folder, f.Name, now.UTC().Format(time.DateOnly))
	case a.decodes && (!known || proof.Level < int(backup.Decodes) && len(proof.Wrong) == 0):
		return fmt.Sprintf("arrival:%s/%s:%d", f.Folder, f.Name, f.Size)
	}
	return ""
}
