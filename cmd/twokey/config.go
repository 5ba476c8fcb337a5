package main

import (
	"fmt"
	"io"
	"os"

	"twokey/bot"
	"twokey/internal/config"
)

type checkCommand struct {
	Config  string `short:"c" default:"twokey.yaml" help:"The config to check." type:"path"`
	Offline bool   `help:"Only the config and its files; nothing is asked of Telegram or of the service."`
}

func (c checkCommand) Run(o output) error {
	cfg, findings := config.Load(c.Config, os.LookupEnv, bot.Commands())
	printFindings(o.out, findings)
	if !c.Offline {
		fmt.Fprintln(o.out, "note: this version checks the config and its files only, as with --offline; it asks neither Telegram nor the service")
	}
	if findings.Err() != nil {
		return exitError(1)
	}
	if cfg.SigningKey.IsZero() {
		fmt.Fprintf(o.out, "warning: there is no signing_key_file: nothing will show when the end of the journal was cut off\n    hint: twokey journal key --new secrets/journal.key\n")
	}
	fmt.Fprintf(o.out, "%s is good: %d people, %d actions, admin chat %d\n", c.Config, len(cfg.Directory.People()), len(cfg.Catalogue.All()), cfg.Telegram.AdminChat)
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
