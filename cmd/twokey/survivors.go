package main

import (
	"context"
	"errors"
	"time"

	"twokey/internal/proc"
	"twokey/internal/restore"
)

// survivors ends what an earlier life left running for a step, with proof: its processes, and its sessions in the database's
// server. A server that cannot be asked is an error, and nothing is known to be left: whoever looks what is there meets it again.
func (w world) survivors(ctx context.Context, tag string) (ended int, left []string, err error) {
	found, err := proc.Tagged(tag)
	if err != nil {
		return 0, nil, err
	}
	still, err := proc.EndTagged(ctx, tag, endGrace)
	for _, p := range still {
		left = append(left, p.String())
	}
	ended = len(found) - len(still)
	if w.base.Admin.IsZero() {
		return ended, left, err
	}
	sessions, gone := w.endSessions(ctx, tag)
	var e *restore.Error
	if gone != nil && (!errors.As(gone, &e) || !e.Away) {
		left = append(left, "sessions in the database's server")
	}
	return ended + sessions, left, errors.Join(err, gone)
}

// sessionsWithin is how long the server may take to end sessions.
const sessionsWithin = 20 * time.Second

func (w world) endSessions(ctx context.Context, tag string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionsWithin)
	defer cancel()
	return restore.Server{Admin: w.base.Admin, Tag: "recovery"}.EndSessions(ctx, tag)
}
