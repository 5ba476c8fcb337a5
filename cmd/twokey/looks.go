package main

import (
	"context"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// looks is what reading commands look at.
type looks struct {
	state *actions.State
	log   *journal.Log
	store journal.Store
	world world
	link  *link
	logs  logs
	gate  *gate
	shelf shelf
	db    beside
	held  practice
	reach *approverReach
}

func (l looks) look() bot.Look {
	return bot.Look{
		Status: l.status,
		Entries: func(ctx context.Context, first, last uint64) ([]text.Event, error) {
			return requestEntries(ctx, l.store, first, last)
		},
		Output: l.world.read,
		Since: func(ctx context.Context, first uint64) ([]text.Event, error) {
			return eventsSince(ctx, l.store, first)
		},
		Logs:    l.logs.find,
		Backups: l.shelf.view, Kept: l.db.kept, Migrations: l.db.migrations,
		Journal: func(ctx context.Context, n int, wants func(kind string) bool) ([]text.Event, error) {
			return newest(ctx, l.store, l.log.Head().Seq, n, wants)
		},
		Rows: func(ctx context.Context, c step.Check) ([]byte, bool, error) {
			return step.Rows(ctx, l.world.env("rows", io.Discard, func(string) {}), c)
		},
	}
}

func (l looks) status(ctx context.Context) text.StatusView {
	v := text.StatusView{Checked: time.Now(), Locks: map[actions.Touch]actions.ID{}, AwaySince: l.link.away(), Strange: l.gate.strangers(), JournalDown: l.log.Owed() > 0}
	l.ask(ctx, &v)
	head := l.log.View(func(now journal.Now) {
		v.ClockBehind, v.Fork = now.Behind, l.state.Fork()
		v.Reviews = len(l.state.Reviews())
		if set, locked := l.state.Lockdown(); locked {
			v.Lockdown = text.Lockdown{Since: set.Since, By: set.Person, Reason: set.Reason}
		}
		v.Verified = verified(l.state)
		v.Proven, v.NextDrill = l.held.proven(), l.held.next(now.Time)
		for _, r := range l.state.Live() {
			v.Live = append(v.Live, r.Clone())
			lock(v.Locks, r)
		}
	})
	v.Head, v.HeadHash = head.Seq, head.Hash.Short()
	return v
}

// verified is the last look at the checks that somebody confirmed, as long as it is whole in memory.
func verified(s *actions.State) (v text.Verified) {
	id, at := s.Baseline()
	r, ok := s.Request(id)
	if !ok || r.Confirmed == nil {
		return v
	}
	v = text.Verified{At: at, By: r.Confirmed.Person}
	for _, f := range r.Findings() {
		switch {
		case f.Bad():
			v.Bad++
		case f.State == step.Green:
			v.Good++
		}
	}
	return v
}

// lock notes what a request keeps others from.
func lock(locks map[actions.Touch]actions.ID, r *actions.Request) {
	if r.Status != actions.Running && !r.Unsettled() {
		return
	}
	for _, t := range r.Action().Touches {
		locks[t] = r.ID
	}
}

// link remembers how we stand with Telegram.
type link struct {
	logger zerolog.Logger
	mu     sync.Mutex
	state  telegram.State
}

func (l *link) set(s telegram.State) {
	l.mu.Lock()
	l.state = s
	l.mu.Unlock()
	event := l.logger.Warn()
	if s.Link == telegram.LinkUp {
		event = l.logger.Info()
	}
	event.Err(s.Err).Msgf("telegram: %s", s.Link)
}

// up says whether updates arrive.
func (l *link) up() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Link == telegram.LinkUp
}

// away says since when Telegram has not been reached; zero when it is.
func (l *link) away() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.Link == telegram.LinkUp {
		return time.Time{}
	}
	return l.state.Since
}

func lower(s string) string { return strings.ToLower(s) }
