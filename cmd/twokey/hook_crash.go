//go:build crash

package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"

	"twokey/internal/journal"
)

// hookStore kills this process with SIGKILL at an entry: TWOKEY_CRASH=before:12 or after:12 (durable, but not yet folded).
func hookStore(s journal.Store) journal.Store {
	when, at, found := strings.Cut(os.Getenv("TWOKEY_CRASH"), ":")
	seq, err := strconv.ParseUint(at, 10, 64)
	if !found || err != nil {
		return s
	}
	return crashing{s, when, seq}
}

type crashing struct {
	journal.Store
	when string
	seq  uint64
}

func (c crashing) Append(ctx context.Context, after journal.Head, e journal.Entry) error {
	c.die("before", e)
	err := c.Store.Append(ctx, after, e)
	if err == nil {
		c.die("after", e)
	}
	return err
}

func (c crashing) die(when string, e journal.Entry) {
	if c.when == when && e.Seq == c.seq {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way
	}
}
