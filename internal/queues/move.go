package queues

import (
	"context"
	"fmt"

	"github.com/gomodule/redigo/redis"
)

// pause is what Bull's own queue.pause() does: the list of those that wait is renamed to that of the paused, the mark meta-paused
// is set, for newer versions also the field paused of meta, and it is published (OptimalBits/bull lib/commands/pause-6.lua; pause-4.lua
// of version 3 without meta). One thing is otherwise: Bull renames over what is there already, which would lose it; here it is joined,
// the jobs in their order behind those. queue.resume() takes all of it back.
const pause = `
if redis.call('EXISTS', KEYS[2]) == 1 then
  while redis.call('RPOPLPUSH', KEYS[1], KEYS[2]) do end
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('RENAME', KEYS[1], KEYS[2])
end
redis.call('SET', KEYS[3], 1)
redis.call('HSET', KEYS[4], 'paused', 1)
return redis.call('PUBLISH', KEYS[2], 'paused')`

// Pause pauses a queue as Bull does; what is paused already stays so.
func (r Redis) Pause(ctx context.Context, queue string) error {
	c, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.do(ctx, "EVAL", pause, 4, queue+waits, queue+":paused", queue+":meta-paused", queue+":meta")
	return err
}

// maxTries is how often another name is looked for: a run that is resumed may put the same list aside again.
const maxTries = 9

// PutAside renames a list to one of ours, so that the service does not find it and nothing is lost, and gives the new name. What
// is not there any more is not moved: the name is then empty.
func (r Redis) PutAside(ctx context.Context, key string, run uint64) (string, error) {
	c, err := r.open(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close()
	for i := range maxTries {
		to := fmt.Sprintf("%s%d:%s", asideOf, run, key)
		if i > 0 {
			to = fmt.Sprintf("%s%d.%d:%s", asideOf, run, i+1, key)
		}
		if there, err := redis.Int(c.do(ctx, "EXISTS", key)); err != nil || there == 0 {
			return "", explained(err)
		}
		// Never over what is there: RENAME would destroy it.
		moved, err := redis.Int(c.do(ctx, "RENAMENX", key, to))
		if err != nil || moved == 1 {
			return to, explained(err)
		}
	}
	return "", &Error{"too many lists were put aside by this run already"}
}
