package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/config"
	"twokey/internal/heads"
	"twokey/internal/journal"
)

// morningHour is when the day begins for a config without quiet hours.
const morningHour = 8

func quietHours(cfg config.Config) bot.Quiet {
	q := cfg.QuietHours
	if q.From == q.To {
		return bot.Quiet{From: morningHour * 60, To: morningHour * 60, Zone: cfg.Zone}
	}
	return bot.Quiet{From: q.From.Hour*60 + q.From.Minute, To: q.To.Hour*60 + q.To.Minute, Zone: cfg.Zone}
}

// signer signs heads of the journal that begins with this hash.
func signer(key heads.Key, genesis string) func(journal.Head, time.Time) (string, error) {
	return func(head journal.Head, at time.Time) (string, error) {
		return key.Sign(heads.Signed{Journal: genesis, Head: head, Time: at})
	}
}

// acceptFork takes the journal as it is. What was typed once is typed again by whoever starts us: it names one fork, and
// accepts no other.
func acceptFork(ctx context.Context, s *services, id string) error {
	if id == "" {
		return nil
	}
	e, err := s.log.Update(ctx, "", func(journal.Now) (journal.Draft, error) { return s.state.AcceptFork(id), nil })
	if err != nil {
		return fmt.Errorf("fork %s: cannot be accepted: %w", id, err)
	}
	if e.Kind == "" {
		s.logger.Warn().Str("fork", id).Msg("there is no such fork to accept")
		return nil
	}
	s.logger.Warn().Str("fork", id).Msg("the journal was accepted as it is")
	return nil
}

// say says something in the admin chat that people must hear.
func (s *services) say(ctx context.Context, client *telegram.Client, cfg config.Config, c text.Card) {
	out := telegram.Out{ChatID: cfg.Telegram.AdminChat, ThreadID: cfg.Telegram.Topic, HTML: c.HTML, Protect: true, Again: telegram.AgainResend}
	if _, err := client.Send(ctx, out); err != nil {
		s.logger.Error().Err(err).Msg("the admin chat could not be told")
	}
}

type headCommand struct {
	stateFlags
}

// Run prints the head of now, signed, as it would be pinned.
func (c headCommand) Run(ctx context.Context, o output) error {
	key, err := signingKey(c.Config)
	if err != nil {
		return err
	}
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	report, err := journal.Verify(ctx, store)
	switch {
	case err != nil:
		return err
	case report.Broken != nil:
		return report.Broken
	}
	genesis, err := genesisOf(ctx, store)
	if err != nil {
		return err
	}
	note, err := signer(key, genesis)(report.Head, time.Now())
	if err != nil {
		return err
	}
	_, err = io.WriteString(o.out, note)
	return err
}

// genesisOf is the short hash of a journal's first entry.
func genesisOf(ctx context.Context, store journal.Store) (string, error) {
	for e, err := range store.Read(ctx, 0) {
		return e.Hash.Short(), err
	}
	return "", errors.New("the journal is empty: there is no head to sign")
}

type keyCommand struct {
	Config string `short:"c" default:"twokey.yaml" help:"The config whose key is meant." type:"path"`
	New    string `placeholder:"FILE" help:"Make a key in a new file, for signing_key_file." type:"path"`
}

// Run prints the public key.
func (c keyCommand) Run(o output) error {
	if c.New != "" {
		public, err := heads.NewKey(c.New)
		if err == nil {
			fmt.Fprintln(o.out, public)
		}
		return err
	}
	key, err := signingKey(c.Config)
	if err == nil {
		fmt.Fprintln(o.out, key.Public())
	}
	return err
}

// signingKey reads a config's key. Other errors of the config do not matter.
func signingKey(path string) (heads.Key, error) {
	cfg, findings := config.Load(path, os.LookupEnv, bot.Commands())
	if cfg.SigningKey.IsZero() {
		if err := findings.Err(); err != nil {
			return heads.Key{}, err
		}
		return heads.Key{}, fmt.Errorf("%s has no signing_key_file\nhint: twokey journal key --new FILE makes a key", path)
	}
	return heads.ParseKey(cfg.SigningKey)
}
