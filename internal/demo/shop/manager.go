package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"twokey/internal/proc"
)

const (
	// startWithin is how long it may take until it listens.
	startWithin = 15 * time.Second
	// stopGrace is how long it may take to end after SIGTERM.
	stopGrace = 3 * time.Second
	// slowFor is how long a slow shop keeps whoever stops it waiting: less than twokey waits for a stop (30 s).
	slowFor = 20 * time.Second
	tick    = 20 * time.Millisecond
)

// Running gives its process; false when it does not run.
func (d Dir) Running() (proc.Process, bool) {
	var p proc.Process
	b, err := os.ReadFile(d.path("pid"))
	if err != nil || json.Unmarshal(b, &p) != nil {
		return p, false
	}
	return p, proc.Alive(p)
}

// Start starts it as program with args, which come to Serve, and returns when it listens. Starting what runs does nothing.
// It begins afresh: what hung does not hang any more.
func (d Dir) Start(ctx context.Context, program string, args ...string) error {
	if _, up := d.Running(); up {
		return nil
	}
	out, err := os.OpenFile(d.path("logs", "out.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := d.Unset(Hanging); err != nil {
		return err
	}
	p, err := proc.Detach(proc.Cmd{Path: program, Args: args, Dir: string(d), Env: []string{"PATH=/usr/bin:/bin"}}, out)
	if err != nil {
		return err
	}
	listens := func() bool { now, up := d.Running(); return up && now.PID == p.PID }
	return await(ctx, startWithin, "it does not listen", func() (bool, error) {
		if !proc.Alive(p) {
			return false, errors.New("shop: it ended before it listened; see logs/out.log")
		}
		return listens(), nil
	})
}

// Stop ends it, and returns when it is gone. Stopping what does not run does nothing.
func (d Dir) Stop(ctx context.Context) error {
	p, up := d.Running()
	if !up {
		return nil
	}
	if d.is(Slow) {
		ctx, cancel := context.WithTimeout(ctx, slowFor)
		defer cancel()
		_ = await(ctx, slowFor, "it is slow", func() (bool, error) { return !d.is(Slow), nil })
	}
	left, err := proc.End(ctx, []proc.Process{p}, stopGrace)
	if len(left) > 0 {
		err = errors.Join(err, fmt.Errorf("shop: %s does not end", p))
	}
	return err
}

// await waits until something is so.
func await(ctx context.Context, within time.Duration, what string, so func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("shop: %s after %s", what, within))
	defer cancel()
	again := time.NewTicker(tick)
	defer again.Stop()
	for {
		if done, err := so(); done || err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
