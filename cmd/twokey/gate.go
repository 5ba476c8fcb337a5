package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/telegram"
	"twokey/internal/heads"
	"twokey/internal/journal"
)

const (
	// gateWithin is how long what acts waits for the comparison. A stop must not wait long because Telegram is away.
	gateWithin = 20 * time.Second
	// compareAgain is how long is waited before Telegram is asked again what is pinned.
	compareAgain = time.Second
)

// gate holds back what acts, until the heads that people keep pinned were compared with our journal: an old copy of the
// state would otherwise do again what it says is approved. Without a key there are no heads, and it stands open.
type gate struct {
	log    *journal.Log
	state  *actions.State
	store  journal.Store
	client *telegram.Client
	logger zerolog.Logger
	// With a key:
	key   *heads.Key
	adopt func(ctx context.Context, person auth.Name, chat int64, message int)
	found func(ctx context.Context, f actions.Fork)

	once     sync.Once
	open     chan struct{} // closed when what acts may begin
	compared chan struct{} // closed when everything was compared
	strange  atomic.Pointer[[]auth.Name]
}

func newGate(log *journal.Log, state *actions.State, store journal.Store, client *telegram.Client, logger zerolog.Logger) *gate {
	return &gate{log: log, state: state, store: store, client: client, logger: logger, open: make(chan struct{}), compared: make(chan struct{})}
}

// guard gives the gate what to compare with: adopt hears of a pin of ours that the journal forgot, found of a fork, once.
func (g *gate) guard(key heads.Key, adopt func(context.Context, auth.Name, int64, int), found func(context.Context, actions.Fork)) {
	g.key, g.adopt, g.found = &key, adopt, found
}

// behind makes something begin when the gate opens.
func (g *gate) behind(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-g.open:
			return run(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

func (g *gate) lift() { g.once.Do(func() { close(g.open) }) }

// Run compares as soon as Telegram answers, and opens the gate then, or when it has waited long enough.
func (g *gate) Run(ctx context.Context) error {
	if g.key == nil {
		g.lift()
		return nil
	}
	late := time.AfterFunc(gateWithin, func() {
		g.logger.Warn().Msg("the pinned heads could not be compared yet: going on without")
		g.lift()
	})
	defer late.Stop()
	for ctx.Err() == nil {
		if g.compare(ctx) {
			g.lift()
			close(g.compared)
			return nil
		}
		t := time.NewTimer(compareAgain)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
	return nil
}

// compare looks at everybody's pin. It says no when it could not look at all of them, or not write down what that showed.
func (g *gate) compare(ctx context.Context) bool {
	var people []auth.Person
	ours := g.log.View(func(journal.Now) { people = g.state.People.People() })
	var forks []actions.Pin
	var strange []auth.Name
	for _, p := range people {
		chat := int64(p.Accounts[0])
		pinned, err := g.client.Pinned(ctx, chat)
		switch {
		case err != nil && mayPass(err):
			return false
		case err != nil:
			g.logger.Info().Err(err).Str("person", string(p.Name)).Msg("nothing can be pinned for them: have they started the bot?")
			continue
		case pinned.Message == 0:
			continue
		}
		said, good := g.read(pinned.Text)
		if !good {
			strange = append(strange, p.Name)
			continue
		}
		verdict, err := compareWith(ctx, g.store, ours, said.Head)
		switch {
		case err != nil:
			return false
		case verdict.Forked():
			forks = append(forks, actions.Pin{Person: p.Name, Seq: said.Head.Seq, Hash: said.Head.Hash, Signed: said.Time})
		case pinned.From == g.client.BotID():
			g.adopt(ctx, p.Name, chat, pinned.Message)
		}
	}
	g.strange.Store(&strange)
	return g.note(ctx, ours, forks)
}

// mayPass says whether a failure is of the moment.
func mayPass(err error) bool {
	switch telegram.ClassOf(err) {
	case telegram.ClassRefused, telegram.ClassUnknown, telegram.ClassRateLimited, telegram.ClassUnauthorized:
		return true
	}
	return false
}

// read takes the head out of a pinned message, if we signed it.
func (g *gate) read(text string) (heads.Signed, bool) {
	notes := heads.Find(text)
	if len(notes) != 1 {
		return heads.Signed{}, false
	}
	said, err := heads.Open(notes[0], g.key.Verifier())
	return said, err == nil
}

// compareWith says how a kept head stands to the chain in a store, which ends with ours.
func compareWith(ctx context.Context, store journal.Store, ours, kept journal.Head) (verdict heads.Verdict, err error) {
	verdict = heads.Compare(ours, func(seq uint64) (journal.Hash, bool) {
		for e, failed := range store.Read(ctx, seq-1) {
			err = failed
			return e.Hash, failed == nil && e.Seq == seq
		}
		return journal.Hash{}, false
	}, kept)
	return verdict, err
}

// note has a fork written down before anything else happens, and people told.
func (g *gate) note(ctx context.Context, ours journal.Head, forks []actions.Pin) bool {
	e, err := g.log.Update(ctx, "", func(journal.Now) (journal.Draft, error) { return g.state.Forked(ours, forks), nil })
	switch {
	case err != nil:
		g.logger.Error().Err(err).Msg("a fork of the journal could not be written down")
		return false
	case e.Kind == "":
		return true
	}
	var f actions.Fork
	g.log.View(func(journal.Now) { f = *g.state.Fork() })
	g.logger.Error().Str("fork", f.ID).Msg("the journal is not the one that people's pins know")
	g.lift()
	g.found(ctx, f)
	return true
}

// strangers are the people who have something pinned that we did not sign.
func (g *gate) strangers() []auth.Name {
	if names := g.strange.Load(); names != nil {
		return *names
	}
	return nil
}
