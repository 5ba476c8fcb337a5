package step

import (
	"context"
	"fmt"
	"slices"

	"twokey/internal/queues"
)

// Run does with what waits what was chosen. The service is down meanwhile.
func (q Queue) Run(ctx context.Context, env Env) error {
	switch q.With {
	case withPause:
		return q.failed(q.pause(ctx, env))
	case withDrop:
		return q.failed(q.drop(ctx, env))
	}
	return nil
}

func (q Queue) failed(err error) error {
	if err == nil {
		return nil
	}
	return failure(err, "what waits in the queues could not be settled: "+err.Error(), "settle it by hand before the service starts; the run's output says what was done")
}

// pause pauses every queue that has jobs. What is in work or for later joins the paused ones, because the queue is.
func (q Queue) pause(ctx context.Context, env Env) error {
	lists, err := q.redis(env).Look(ctx, q.Config.Pattern)
	if err != nil {
		return err
	}
	var names []string
	for _, l := range lists {
		names = append(names, l.Queue())
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := q.redis(env).Pause(ctx, name); err != nil {
			return err
		}
		fmt.Fprintf(env.output(), "paused: %s; its workers go on after queue.resume()\n", name)
	}
	return nil
}

// drop puts the jobs aside, and has Telegram forget what users have sent.
func (q Queue) drop(ctx context.Context, env Env) error {
	if q.Config.Pattern != "" {
		lists, err := q.redis(env).Look(ctx, q.Config.Pattern)
		if err != nil {
			return err
		}
		for _, l := range lists {
			if err := q.putAside(ctx, env, l); err != nil {
				return err
			}
		}
	}
	return q.forget(ctx, env)
}

func (q Queue) putAside(ctx context.Context, env Env, l queues.List) error {
	to, err := q.redis(env).PutAside(ctx, l.Key, env.Run)
	if err != nil || to == "" {
		return err
	}
	fmt.Fprintf(env.output(), "put aside: %s of %s, now in %s; back with: RENAMENX %s %s\n", counted(l.Jobs, "job"), l.Key, to, to, l.Key)
	return nil
}

// forget drops the users' commands. Those that come by a webhook stay: it would be dropped with them.
func (q Queue) forget(ctx context.Context, env Env) error {
	if !q.Config.Bot || env.Waiting.Commands == nil || env.Waiting.Forget == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, commandsWithin)
	defer cancel()
	c, err := env.Waiting.Commands(ctx)
	if err != nil || c.Webhook || c.Number == 0 {
		return noCommands(err)
	}
	if err := env.Waiting.Forget(ctx); err != nil {
		return noCommands(err)
	}
	fmt.Fprintf(env.output(), "dropped: %s of users that waited at Telegram\n", counted(c.Number, "command"))
	return nil
}

func noCommands(err error) error {
	if err == nil {
		return nil
	}
	return &Failure{Sentence: "Telegram did not drop the users' commands", Hint: "the jobs of the queues are settled; see the run's output", Cause: err}
}
