package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/internal/journal"
)

// tidyEvery is how often it is looked whether something is left.
const tidyEvery = time.Minute

// tidy throws away what requests that are over have left, and closes what a crash left open: at the start, and then now and then,
// because the server may be away.
type tidy struct {
	world  world
	db     step.DatabaseConfig
	log    *journal.Log
	state  *actions.State
	logger zerolog.Logger
}

// Run tidies until ctx ends.
func (t tidy) Run(ctx context.Context) error {
	again := time.NewTicker(tidyEvery)
	defer again.Stop()
	for ctx.Err() == nil {
		if err := errors.Join(t.shut(ctx), t.sweep(ctx)); err != nil && ctx.Err() == nil {
			t.logger.Warn().Msg("tidying up: " + err.Error())
		}
		select {
		case <-ctx.Done():
		case <-again.C:
		}
	}
	return nil
}

func (t tidy) env(run uint64) step.Env {
	env := t.world.env("tidy", io.Discard, func(string) {})
	env.Run = run
	return env
}

// shut closes the kept databases that were left open, and drops what is left of copies that are half dropped.
func (t tidy) shut(ctx context.Context) error {
	if t.world.base.Admin.IsZero() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	closed, dropped, err := step.CloseKept(ctx, t.env(0), t.db)
	if len(closed) > 0 {
		t.logger.Warn().Msg("kept databases were open, and are closed again: " + strings.Join(closed, ", "))
	}
	if len(dropped) > 0 {
		t.logger.Warn().Msg("copies were half dropped, and are dropped for good: " + strings.Join(dropped, ", "))
	}
	return err
}

// sweep removes the pinned backups of requests that are over, and before each the copy that was loaded from it: one that is
// refused while it is planned leaves its pin, one that was left as it was leaves both.
func (t tidy) sweep(ctx context.Context) error {
	pins := t.world.base.Scratch
	dirs, err := os.ReadDir(pins)
	if errors.Is(err, fs.ErrNotExist) || pins == "" {
		return nil
	}
	errs := []error{err}
	for _, run := range t.over(dirs) {
		err := t.dropCopy(ctx, run)
		if err == nil {
			err = os.RemoveAll(filepath.Join(pins, strconv.FormatUint(run, 10)))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// over are the runs, of those with a folder, that nothing will be done with any more: neither by themselves nor by a run that
// resumes them.
func (t tidy) over(dirs []fs.DirEntry) (over []uint64) {
	t.log.View(func(journal.Now) {
		for _, d := range dirs {
			id, parse := strconv.ParseUint(d.Name(), 10, 64)
			if r, ok := t.state.Request(actions.ID(id)); parse == nil && ok && r.Over() {
				over = append(over, id)
			}
		}
	})
	return over
}

func (t tidy) dropCopy(ctx context.Context, run uint64) error {
	if t.world.base.Admin.IsZero() || !slices.Contains(t.db.Roles, step.NeedLoad) {
		return nil // nobody could have made one
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	return step.DropCopy(ctx, t.env(run), t.db)
}
