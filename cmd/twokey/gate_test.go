package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/heads"
	"twokey/internal/journal"
	"twokey/internal/secret"
)

// The gate stands closed while Telegram is asked what is pinned, and opens with the answer.
func TestTheGateOpensAfterTheComparison(t *testing.T) {
	tg := fakebot.Start(fakebot.Config{BotUsername: "ops_bot"})
	defer tg.Close()
	tg.AddUser(fakebot.User{ID: 11, FirstName: "Ann", Started: true})
	release := tg.Fail(fakebot.Fault{Method: "getChat", Kind: fakebot.Hang, N: -1})
	client, err := telegram.New(telegram.Config{Token: secret.New(tg.Token()), API: tg.URL()})
	must(t, err)
	file := filepath.Join(t.TempDir(), "journal.key")
	_, err = heads.NewKey(file)
	must(t, err)
	key, err := heads.ReadKey(file)
	must(t, err)
	store, state := journal.NewMemory(), actions.NewState()
	log, err := journal.Open(t.Context(), store, time.Now, state)
	must(t, err)
	_, err = log.Update(t.Context(), "", func(journal.Now) (journal.Draft, error) {
		return state.Policy("r1", []auth.Person{{Name: "ann", Accounts: []auth.Account{11}, Roles: []auth.Role{"admin"}}}), nil
	})
	must(t, err)
	g := newGate(log, state, store, client, zerolog.Nop())
	g.guard(key, nil, nil)
	began := make(chan struct{})
	done := make(chan error, 2)
	go func() { done <- g.behind(func(context.Context) error { close(began); return nil })(t.Context()) }()
	go func() { done <- g.Run(t.Context()) }()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	must(t, tg.Wait(ctx, func() bool { return len(tg.CallsOf("getChat")) > 0 }))
	select {
	case <-g.open:
		t.Error("open before Telegram has answered")
	default:
	}
	release()
	for range 2 {
		must(t, <-done)
	}
	<-began
	<-g.compared
}
