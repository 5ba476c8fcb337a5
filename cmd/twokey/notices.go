package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot/broadcast"
	"twokey/bot/broadcast/audience"
	"twokey/bot/broadcast/delivery"
	"twokey/bot/broadcast/notice"
	"twokey/bot/telegram"
	"twokey/internal/config"
	"twokey/internal/journal"
)

// notices is all that tells the service's users something, wired; empty when the config names no bot for it.
type notices struct {
	on     bool
	set    notice.Set
	state  *broadcast.State
	teller *broadcast.Teller
	runner *broadcast.Runner
	keeper broadcast.Keeper
	sender *sender
	ledger *delivery.Ledger
	acts   *actions.State
}

// templates reads the notices that the config names, and says all that is wrong with them and with what goes out by itself.
func templates(cfg config.Config) (notice.Set, error) {
	set, err := notice.Load(notice.Options{Dir: cfg.Notices.Templates, Links: cfg.Notices.Links, Zone: cfg.Zone})
	if err != nil {
		return set, err
	}
	var errs []error
	now := time.Now()
	composer := broadcast.Composer{Set: set, Zone: cfg.Zone}
	for i, a := range cfg.Notices.Auto {
		if _, err := composer.Event(a.Send, broadcast.Example(a.When, now), now); err != nil {
			errs = append(errs, fmt.Errorf("notices.auto[%d]: %s cannot go out by itself: %w", i, a.Send, err))
		}
	}
	return set, errors.Join(errs...)
}

// newNotices wires it. State is the fold that the journal was opened with.
func newNotices(cfg config.Config, log *journal.Log, state *broadcast.State, acts *actions.State, report func(error)) (n notices, err error) {
	n.state, n.acts = state, acts
	if n.on = !cfg.Notices.Token.IsZero(); !n.on {
		return n, nil
	}
	if n.set, err = templates(cfg); err != nil {
		return n, err
	}
	client, err := telegram.New(telegram.Config{Token: cfg.Notices.Token, API: cfg.Notices.API})
	if err != nil {
		return n, fmt.Errorf("notices: %w", err)
	}
	beside := filepath.Dir(cfg.State)
	if n.ledger, err = delivery.Open(filepath.Join(beside, "notices.db")); err != nil {
		return n, err
	}
	shelf, err := audience.Open(filepath.Join(beside, "audience"))
	if err != nil {
		return n, errors.Join(err, n.ledger.Close())
	}
	world := func() broadcast.World { return worldOf(acts) }
	rate := func() float64 { return rateOf(log, acts, cfg.Notices.Rate) }
	lists := broadcast.Lists{Shelf: shelf, Source: audience.Source{URL: cfg.Service.Database.ReadURL, Query: cfg.Notices.Audience}, Segments: cfg.Notices.Segments}
	composer := broadcast.Composer{Set: n.set, Zone: cfg.Zone}
	n.sender = &sender{client: client, Sender: delivery.Sender{Ledger: n.ledger, Client: client, Rate: rate, Workers: senders, Report: report}}
	n.teller = &broadcast.Teller{Log: log, State: state, Composer: composer, Ledger: n.ledger, Lists: lists, Ties: ties(cfg), PerDay: cfg.Notices.PerDay,
		Bot: client.BotID(), Rate: rate, World: world}
	means := func() broadcast.Means { return n.teller.Means(time.Now()) }
	n.runner = &broadcast.Runner{Log: log, State: state, Composer: composer, Lists: lists, Ledger: n.ledger, Sender: n.sender, Board: broadcast.NewBoard(),
		World: world, Means: means, Report: report}
	n.keeper = broadcast.Keeper{Log: log, Lists: lists, Ledger: n.ledger, Every: cfg.Notices.CopyEvery, Report: report, Wanted: func() time.Time { return changing(acts) },
		Needed: func() []string { return slices.Concat(state.Needed(), listsOf(acts), listsBefore(acts, lists)) }}
	return n, nil
}

// senders is how many messages are under way at once: at Telegram's pace a few would do, and they are cheap.
const senders = 32

// Run copies the users, and brings them what they are told, until ctx ends.
func (n notices) Run(ctx context.Context) error {
	if !n.on {
		<-ctx.Done()
		return nil
	}
	done := make(chan error, 1)
	go func() { done <- n.keeper.Run(ctx) }()
	return errors.Join(n.runner.Run(ctx), <-done, n.ledger.Close())
}

// sender is the service's bot.
type sender struct {
	delivery.Sender
	client *telegram.Client
}

// Ready asks who the bot is: it must be the one that people agreed to, and be let in.
func (s *sender) Ready(ctx context.Context, bot int64) error {
	me, err := s.client.Me(ctx)
	if err == nil && bot != 0 && me.ID != bot {
		err = fmt.Errorf("it is another bot: %d", me.ID)
	}
	return err
}

func ties(cfg config.Config) (list []step.Tie) {
	for _, a := range cfg.Notices.Auto {
		list = append(list, step.Tie{When: a.When, Longer: a.Longer, Send: a.Send})
	}
	return list
}

// worldOf is what the journal says about the service. It is called under the journal's lock.
func worldOf(s *actions.State) (w broadcast.World) {
	if o, down := s.Outage(); down {
		w.Down = &broadcast.Moment{At: o.Since, Run: uint64(o.By)}
	}
	if l, locked := s.Lockdown(); locked {
		w.Locked = &broadcast.Moment{At: l.Since, Run: uint64(l.By)}
	}
	if l, did := s.Looked(); did {
		w.Looked, w.Green = &broadcast.Moment{At: l.At, Run: uint64(l.By)}, l.Green
	}
	w.Expected = func(run uint64) time.Duration {
		r, ok := s.Request(actions.ID(run))
		if !ok {
			return 0
		}
		down, _ := actions.Expects(r.Steps, s.LastCopy())
		return down
	}
	return w
}

// rateOf is how many messages a second may go out: the service needs its share while it is up.
func rateOf(log *journal.Log, s *actions.State, rate config.Rate) (perSecond float64) {
	log.View(func(journal.Now) {
		perSecond = float64(rate.ServiceUp)
		if _, down := s.Outage(); down {
			perSecond = float64(rate.ServiceDown)
		}
	})
	return perSecond
}

// listsOf are the copies of the users that open requests are about. It is called under the journal's lock.
func listsOf(s *actions.State) (ids []string) {
	for _, r := range s.Live() {
		for _, f := range r.Facts {
			if f.Name == broadcast.FactList {
				ids = append(ids, f.Value)
			}
		}
	}
	return ids
}

// changing is when a change of the database was asked for last that has not begun: who is in it is copied before. It is called
// under the journal's lock.
func changing(s *actions.State) (at time.Time) {
	for _, r := range s.Live() {
		if r.Status.Open() && r.Action().Effect == actions.Change && slices.Contains(r.Action().Touches, actions.Database) && r.AskedAt.After(at) {
			at = r.AskedAt
		}
	}
	return at
}

// listsBefore are the copies from before the switches whose databases are kept. It is called under the journal's lock.
func listsBefore(s *actions.State, lists broadcast.Lists) (ids []string) {
	for _, k := range s.Switches() {
		if c, there := lists.Older(k.Since); there {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// tell puts the steps that tell the users around those that take the service down.
func (n notices) tell(steps []actions.Step, down time.Duration) ([]actions.Step, error) {
	before, after := n.teller.Within(down)
	if before == nil {
		return steps, nil
	}
	first, err := actions.NewStep("notice", before)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(steps, func(s actions.Step) bool { return s.Effect == actions.Stop })
	steps = slices.Insert(slices.Clone(steps), i, first)
	if after == nil {
		return steps, nil
	}
	last, err := actions.NewStep("notice", after)
	return append(steps, last), err
}

// give lets steps tell the users, and finds out whom a run affected.
func (n notices) give(w *world, cfg config.Config) {
	if !n.on {
		return
	}
	w.notices = n.teller
	if len(cfg.Notices.Affected) == 0 || cfg.Service.Site.Lacks([]string{step.NeedAdmin, step.NeedRead}) != "" {
		return
	}
	env, db, of := w.env("affected", io.Discard, func(string) {}), cfg.Service.Site.Database, step.Affecting{Columns: cfg.Notices.Affected, Users: cfg.Notices.AffectedUsers}
	n.teller.Lists.Switched = func(run uint64) (at time.Time, known bool) {
		n.teller.Log.View(func(journal.Now) {
			for _, k := range n.acts.Switches() {
				if uint64(k.By) == run {
					at, known = k.Since, true
				}
			}
		})
		return at, known
	}
	n.teller.Lists.Affected = func(ctx context.Context, run uint64) iter.Seq2[int64, error] {
		return func(yield func(int64, error) bool) {
			ids, err := step.Affected(ctx, env, db, run, of)
			if err != nil {
				yield(0, err)
				return
			}
			for _, id := range ids {
				if !yield(id, nil) {
					return
				}
			}
		}
	}
}
