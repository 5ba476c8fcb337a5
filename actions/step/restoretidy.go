package step

import (
	"context"
	"errors"
	"slices"

	"twokey/internal/restore"
)

// CloseKept closes the kept databases that were left open, by a crash while one was lent or by a server that went away
// meanwhile, and drops for good the copies whose dropping a crash cut off. While one is lent, or when all are known to be closed,
// it does nothing.
func CloseKept(ctx context.Context, env Env, c DatabaseConfig) (closed, dropped []string, err error) {
	h := env.Base.Held
	if h.shut.Load() || !h.lending.TryLock() {
		return nil, nil, nil
	}
	defer h.lending.Unlock()
	live, err := Restore{Config: &c}.liveName(env)
	if err != nil {
		return nil, nil, err
	}
	closed, err = c.server(env).CloseKept(ctx, live)
	err = failure(err, "the kept databases could not be closed", "see /before")
	dropped, other := c.server(env).FinishDrops(ctx, live)
	err = errors.Join(err, failure(other, "what is left of a copy could not be dropped", "see /before"))
	h.shut.Store(err == nil)
	return closed, dropped, err
}

// DropCopy drops the copy that a run made, if it is there: for runs that are over, whatever became of them.
func DropCopy(ctx context.Context, env Env, c DatabaseConfig) error {
	r := Restore{Config: &c}
	live, err := r.liveName(env)
	if err != nil {
		return err
	}
	is, err := c.server(env).Standing(ctx, live, env.Run)
	if err != nil || !slices.Contains([]restore.Stand{restore.CopyReady, restore.CopyUnfinished, restore.HalfDropped}, is.Stand) {
		return failure(err, "the database does not say what is there", "see /preflight")
	}
	return failure(c.server(env).DropCopy(ctx, live, env.Run), "the copy could not be dropped", "drop it on the host")
}
