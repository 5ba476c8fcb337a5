package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/internal/config"
	"twokey/internal/preflight"
	"twokey/internal/secret"
)

type checkCommand struct {
	Config  string `short:"c" default:"twokey.yaml" help:"The config to check." type:"path"`
	Offline bool   `help:"Only the config and its files; nothing is asked of Telegram or of the service."`
}

func (c checkCommand) Run(ctx context.Context, o output) error {
	cfg, findings := config.Load(c.Config, os.LookupEnv, bot.Commands())
	printFindings(o.out, findings)
	if findings.Err() != nil {
		if !c.Offline {
			fmt.Fprintln(o.out, "Nothing else was looked at: correct the config first.")
		}
		return exitError(1)
	}
	if cfg.SigningKey.IsZero() {
		fmt.Fprintf(o.out, "warning: there is no signing_key_file: nothing will show when the end of the journal was cut off\n    hint: twokey journal key --new secrets/journal.key\n")
	}
	fmt.Fprintf(o.out, "%s is good: %d people, %d actions, admin chat %d\n", c.Config, len(cfg.Directory.People()), len(cfg.Catalogue.All()), cfg.Telegram.AdminChat)
	if !checkNotices(cfg, o.out) || !checkDrills(ctx, cfg, o.out) {
		return exitError(1)
	}
	if c.Offline {
		return nil
	}
	return checkWorld(ctx, cfg, o.out)
}

// checkWorld looks at everything the config is about. It does not poll and sends nothing, so it may run beside the bot.
func checkWorld(ctx context.Context, cfg config.Config, out io.Writer) error {
	redact := secret.NewRedactor(cfg.Secrets...)
	client, err := telegram.New(telegram.Config{Token: cfg.Telegram.Token, API: cfg.Telegram.API})
	if err != nil {
		return err
	}
	outside, err := newWorld(cfg, redact)
	if err != nil {
		return err
	}
	p, err := newPreflights(cfg, client, outside)
	if err != nil {
		return err
	}
	began := time.Now()
	list := p.look(ctx)
	report(out, list, time.Since(began))
	if preflight.Count(list, preflight.Fail) > 0 {
		return exitError(1)
	}
	return nil
}

func printFindings(w io.Writer, findings config.Findings) {
	for _, f := range findings {
		fmt.Fprintln(w, f)
	}
}

// load reads a config, prints what there is to say about it, and refuses it when there is an error.
func load(path string, stderr io.Writer) (config.Config, error) {
	cfg, findings := config.Load(path, os.LookupEnv, bot.Commands())
	printFindings(stderr, findings)
	if findings.Err() != nil {
		return cfg, exitError(1)
	}
	return cfg, nil
}

// statePath finds the journal of a config for reading. Other errors of the config do not matter to who looks at the past.
func statePath(path string) (string, error) {
	cfg, findings := config.Load(path, os.LookupEnv, bot.Commands())
	if cfg.State == "" {
		return "", findings.Err()
	}
	return cfg.State, nil
}
