package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"twokey/internal/journal"
)

type journalCommand struct {
	Verify verifyCommand `cmd:"" help:"Check the chain from the first entry to the last, and heads that were kept. Exit 0: whole; 1: broken; 2: cannot tell."`
	Head   headCommand   `cmd:"" help:"Print the newest entry's head, signed, to be kept elsewhere."`
	Key    keyCommand    `cmd:"" help:"Print the public key that signed heads are checked with, or make a key."`
	Export exportCommand `cmd:"" help:"Print every entry as one line of JSON, with its exact bytes."`
	Show   showCommand   `cmd:"" help:"Print entries as a person reads them."`
}

// stateFlags say which journal: a config's, or a file. Reading needs no lock and works while the bot runs.
type stateFlags struct {
	Config string `short:"c" default:"twokey.yaml" help:"The config whose state is read." type:"path"`
	State  string `help:"The journal's file, instead of a config's." type:"path"`
}

func (f stateFlags) open(ctx context.Context) (*journal.SQLite, error) {
	path := f.State
	if path == "" {
		var err error
		if path, err = statePath(f.Config); err != nil {
			return nil, err
		}
	}
	return journal.OpenReader(ctx, path)
}

type exportCommand struct {
	stateFlags
}

func (c exportCommand) Run(ctx context.Context, o output) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	return journal.Export(ctx, store, o.out)
}

type showCommand struct {
	stateFlags
	Since   string `help:"Only entries since then: a duration (2h, 24h) or a time (2026-11-24T10:00:00Z)."`
	Kind    string `help:"Only entries of this kind, such as request.asked; a name with a dot at its end is all that begin so."`
	Request uint64 `help:"Only the entries of this request."`
}

func (c showCommand) Run(ctx context.Context, o output) error {
	since, err := c.since(time.Now())
	if err != nil {
		return err
	}
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	for e, err := range store.Read(ctx, 0) {
		if err != nil {
			return err
		}
		if c.wants(e, since) {
			fmt.Fprintln(o.out, line(e))
		}
	}
	return nil
}

func (c showCommand) since(now time.Time) (time.Time, error) {
	if c.Since == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(c.Since); err == nil {
		return now.Add(-d), nil
	}
	t, err := time.Parse(time.RFC3339, c.Since)
	if err != nil {
		return t, fmt.Errorf("--since %s: is neither a duration (2h) nor a time (2026-11-24T10:00:00Z)", c.Since)
	}
	return t, nil
}

func (c showCommand) wants(e journal.Entry, since time.Time) bool {
	switch {
	case e.Time.Before(since):
		return false
	case c.Kind != "" && e.Kind != c.Kind && !(strings.HasSuffix(c.Kind, ".") && strings.HasPrefix(e.Kind, c.Kind)):
		return false
	case c.Request != 0 && !about(e, c.Request):
		return false
	}
	return true
}
