package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/config"
	"twokey/internal/journal"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

// live is the bot as cmd/twokey wires it, in this process, so that single entries can be timed. Two things differ: the
// store and the handler note the time, and cards do not wait for Telegram's pace, which would hold 2 000 of them back for
// hours; so the entries of the presenter compete for the journal as they do in a quiet hour.
type live struct {
	log       *journal.Log
	state     *actions.State
	cards     *bot.Cards
	handled   chan span
	started   chan time.Time
	services  []func(context.Context) error
	stop      context.CancelCauseFunc
	ctx       context.Context
	closeDown func()
}

// span is from an update's receipt to the end of its handling.
type span struct{ from, to time.Time }

// noting notes when a step's start is durable.
type noting struct {
	journal.Store
	started chan<- time.Time
}

func (s noting) Append(ctx context.Context, after journal.Head, e journal.Entry) error {
	err := s.Store.Append(ctx, after, e)
	if err == nil && e.Kind == actions.KindStepStarted {
		s.started <- time.Now()
	}
	return err
}

// atOnce is a pace without one.
type atOnce struct{}

func (atOnce) Do(ctx context.Context, t telegram.Turn, f func(context.Context, int64) error) error {
	return f(ctx, t.Chat)
}

// startLive wires and starts it. close ends it.
func startLive(ctx context.Context, cfg config.Config) (*live, error) {
	store, err := journal.OpenSQLite(ctx, cfg.State)
	if err != nil {
		return nil, err
	}
	// There is one update and one step under way at a time; the room is for what nobody waits for.
	l := &live{state: actions.NewState(), cards: bot.NewCards(), handled: make(chan span, 64), started: make(chan time.Time, 64)}
	l.ctx, l.stop = context.WithCancelCause(ctx)
	l.log, err = journal.Open(ctx, noting{store, l.started}, time.Now, l.state, l.cards)
	if err == nil {
		_, err = l.log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
			return l.state.Policy(cfg.Revision, cfg.Directory.People()), nil
		})
	}
	if err == nil {
		err = l.wire(cfg)
	}
	if err != nil {
		store.Close()
		return nil, err
	}
	var all sync.WaitGroup
	for _, run := range l.services {
		all.Go(func() { _ = run(l.ctx) })
	}
	l.closeDown = func() {
		l.stop(nil)
		all.Wait()
		store.Close()
	}
	return l, nil
}

func (l *live) close() { l.closeDown() }

// laneWithin is how long an answer may take.
const laneWithin = time.Minute

func (l *live) wire(cfg config.Config) error {
	client, err := telegram.New(telegram.Config{Token: cfg.Telegram.Token, API: cfg.Telegram.API})
	if err != nil {
		return err
	}
	redact := secret.NewRedactor(cfg.Secrets...)
	world, err := newWorld(cfg, redact)
	if err != nil {
		return err
	}
	report := func(err error) { l.stop(err) } // whatever goes wrong, these are not the figures
	place := bot.Place{AdminChat: cfg.Telegram.AdminChat, StaleAfter: cfg.Telegram.StaleAfter}
	words := text.Words{Zone: cfg.Zone, Service: cfg.Service.Name}
	board := actions.NewBoard()
	runner := &actions.Runner{Log: l.log, State: l.state, Board: board, World: world, Report: report}
	dropped := func() { report(fmt.Errorf("an answer was dropped")) }
	aside, urgent := bot.NewLane(256, 4, laneWithin, dropped), bot.NewLane(256, 4, laneWithin, dropped)
	b := &bot.Bot{Log: l.log, State: l.state, Cards: l.cards, Catalogue: cfg.Catalogue, Revision: cfg.Revision, Words: words,
		Chat: bot.Room{Messenger: client}, Aside: aside, Urgent: urgent, Nudge: cfg.Escalate.After, Place: place, BotID: client.BotID(), Name: func() string { return "" },
		Emergency: runner.Emergency, Redact: redact.String, Report: report}
	presenter := &bot.Presenter{Log: l.log, State: l.state, Cards: l.cards, Board: board, Words: words, Chat: client,
		Lanes: atOnce{}, Place: place, Report: report}
	poller := &telegram.Poller{Client: client, Handle: func(ctx context.Context, raw telegram.Raw) error {
		s := span{from: time.Now()}
		err := b.Handle(ctx, raw)
		s.to = time.Now()
		l.handled <- s
		return err
	}, OnPoison: func(_ telegram.Raw, err error) { report(err) }}
	clock := &actions.Clock{Log: l.log, State: l.state, Report: report}
	l.services = []func(context.Context) error{poller.Run, runner.Run, presenter.Run, clock.Run, aside.Run, urgent.Run}
	return nil
}

// newWorld is the outside as cmd/twokey makes it: outputs go to files on the same disk, and the service is asked.
func newWorld(cfg config.Config, redact *secret.Redactor) (actions.World, error) {
	loaded, err := step.Process{Do: "stop"}.Load(cfg.Service.Site)
	if err != nil {
		return actions.World{}, err
	}
	service, ok := loaded.(*step.Process)
	if !ok {
		return actions.World{}, fmt.Errorf("service: is a %T", loaded)
	}
	env := func(tag string, out io.Writer, progress func(string)) step.Env {
		return step.Env{Tag: tag, Output: out, Getenv: os.Getenv, Progress: progress,
			ReadURL: cfg.Service.Database.ReadURL, ServiceURL: cfg.Service.DatabaseURL}
	}
	return actions.World{
		Env: env, Redact: redact.String,
		Output: func(id actions.ID, i, _ int) (actions.Output, error) {
			return createOutput(filepath.Join(filepath.Dir(cfg.State), "runs", fmt.Sprint(id)), i)
		},
		Service: func(ctx context.Context) actions.Service {
			st, err := service.Status(ctx, env("", io.Discard, nil))
			return actions.Service{Known: err == nil, Up: st.Up, Since: st.Since}
		},
		Survivors: func(context.Context, string) (int, []string, error) { return 0, nil, nil },
	}, nil
}

// output is a step's output on disk.
type output struct{ *proc.Output }

// outputQuota is more than a program that prints nothing needs, in bytes.
const outputQuota = 1 << 20

func createOutput(dir string, i int) (actions.Output, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file, err := proc.CreateOutput(filepath.Join(dir, fmt.Sprintf("%d.log", i+1)), outputQuota)
	if err != nil {
		return nil, err
	}
	return output{file}, nil
}

func (o output) Tail(n int) (string, int) {
	tail := o.Output.Tail(n)
	return tail, strings.Count(tail, "\n")
}

// until waits for a fact about the state.
func (l *live) until(ctx context.Context, fact func() bool) error {
	for {
		var ok bool
		head := l.log.View(func(journal.Now) { ok = fact() })
		if ok {
			return nil
		}
		if err := l.log.Wait(ctx, head); err != nil {
			return context.Cause(ctx)
		}
	}
}
