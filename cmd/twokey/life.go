package main

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"twokey/bot/telegram"
	"twokey/internal/journal"
)

const (
	// deliverWithin is how long the last cards may take after everything ended.
	deliverWithin = 5 * time.Second
	// askAgain is how long is waited before Telegram is asked again who we are.
	askAgain = 5 * time.Second
)

// run starts everything and stops it in order when ctx ends: no new input, running steps get their grace, what was said is
// delivered, and only then the rest. A closed journal stops it too, with an alarm: somebody else writes our state.
func (s *services) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	back, stopBack := context.WithCancel(context.WithoutCancel(ctx))
	var front, behind sync.WaitGroup
	for _, run := range []func(context.Context) error{s.presenter.Run, s.clock.Run, s.aside.Run, s.urgent.Run, s.menus.Run} {
		behind.Go(func() { _ = run(back) })
	}
	behind.Go(func() { s.measure(back) })
	if s.herald != nil {
		behind.Go(func() { _ = s.herald.Run(back) })
	}
	if s.proctor != nil {
		behind.Go(func() { _ = s.proctor.Run(back) })
	}
	for _, run := range []func(context.Context) error{s.gate.Run, s.gate.behind(s.poller.Run), s.gate.behind(s.runner.Run), s.gate.behind(s.arrivals.Run), s.gate.behind(s.tidy.Run), s.gate.behind(s.notices.Run), s.gate.behind(s.practice.Run), s.keep, s.who.Run} {
		front.Go(func() { _ = run(ctx) })
	}
	front.Go(func() { s.watchJournal(ctx, stop) })
	front.Wait()
	s.deliver(back)
	stopBack()
	behind.Wait()
	s.lastHead(ctx)
	if err := context.Cause(ctx); errors.Is(err, journal.ErrClosed) {
		return err
	}
	return nil
}

// measure answers monitoring, where somebody listens, until everything else has ended: also while it ends.
func (s *services) measure(ctx context.Context) {
	if s.metrics == nil {
		return
	}
	s.logger.Info().Str("address", s.metrics.Addr().String()).Msg("listening for monitoring")
	if err := s.metrics.Run(ctx); err != nil {
		s.logger.Error().Msg(err.Error())
	}
}

// watchJournal waits for the one thing that ends us from inside.
func (s *services) watchJournal(ctx context.Context, stop context.CancelCauseFunc) {
	err := s.log.Wait(ctx, journal.Head{Seq: math.MaxUint64})
	if !errors.Is(err, journal.ErrClosed) {
		return
	}
	s.logger.Error().Err(err).Msg("the journal is closed: stopping")
	within, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	s.alarm(within, "⚠️ stopped: the journal was changed by somebody else. Look at the host: twokey journal verify")
	stop(err)
}

func (s *services) deliver(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	if err := s.log.Settle(ctx); err != nil {
		s.logger.Error().Err(err).Int("entries", s.log.Owed()).Msg("ending with entries that could not be written")
	}
	s.presenter.Flush(ctx)
}

// lastHead pins the last head of this life, now that nothing is appended any more.
func (s *services) lastHead(ctx context.Context) {
	if s.keeper == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliverWithin)
	defer cancel()
	s.keeper.Last(ctx)
}

// keep keeps the journal's head where others see it, when there is a key to sign it with.
func (s *services) keep(ctx context.Context) error {
	if s.keeper == nil {
		return nil
	}
	return s.keeper.Run(ctx)
}

// identity finds out, once Telegram can be reached, by which name the bot is called.
type identity struct {
	client *telegram.Client
	logger zerolog.Logger
	known  atomic.Pointer[string]
}

func (i *identity) name() string {
	if n := i.known.Load(); n != nil {
		return *n
	}
	return ""
}

// Run asks until it knows, or ctx ends.
func (i *identity) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		me, err := i.client.Me(ctx)
		if err == nil {
			name := lower(me.Username)
			i.known.Store(&name)
			i.logger.Info().Str("bot", me.Username).Msg("telegram knows us")
			return nil
		}
		t := time.NewTimer(askAgain)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
	return nil
}
