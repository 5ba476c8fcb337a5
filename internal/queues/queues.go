// Package queues looks at the jobs that wait in the service's queues, Bull's lists in Redis, pauses queues, and puts jobs
// aside. No error of it holds the address of Redis, or a password.
package queues

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"twokey/internal/secret"
)

const (
	// within is how long Redis may take to be reached, and for each answer.
	within = 3 * time.Second
	// maxLists is how many lists are looked at: where there are more, the pattern is about something else.
	maxLists = 1000
	// page is how many keys one SCAN looks at. KEYS would hold up everybody else's commands until it is through.
	page = "1000"
	// waits ends the name of the list of jobs that wait, in every version of Bull.
	waits = ":wait"
	// asideOf begins the names of what was put aside: it is ours, and no queue.
	asideOf = "twokey:"
)

// Redis is where the queues are.
type Redis struct {
	URL secret.Value
}

// List is jobs under one key.
type List struct {
	Key  string
	Jobs int
}

// Queue is the queue that the list belongs to, as Bull names its keys.
func (l List) Queue() string { return l.Key[:max(0, strings.LastIndexByte(l.Key, ':'))] }

// Aside is whether the list was put aside.
func (l List) Aside() bool { return strings.HasPrefix(l.Key, asideOf) }

// State is how its jobs stand: wait, active, delayed, prioritized.
func (l List) State() string { return l.Key[strings.LastIndexByte(l.Key, ':')+1:] }

// Pausable says whether what the pattern matches is Bull's lists of jobs that wait, which it knows how to pause.
func Pausable(pattern string) bool { return strings.HasSuffix(pattern, waits) }

// patterns are what is looked for. A job that was at work when the service stopped goes back to those that wait at the next
// start, as a stalled one, and a delayed one joins them in its time: they outlive a restore as those do.
func patterns(pattern string) []string {
	queue, bull := strings.CutSuffix(pattern, waits)
	if !bull {
		return []string{pattern}
	}
	return []string{pattern, queue + ":active", queue + ":delayed", queue + ":prioritized"}
}

// Look lists what has jobs in it, by key. It only reads.
func (r Redis) Look(ctx context.Context, pattern string) ([]List, error) {
	return r.look(ctx, func(key string) bool { return !strings.HasPrefix(key, asideOf) }, patterns(pattern)...)
}

// LookAside lists what was put aside and is still there. It only reads.
func (r Redis) LookAside(ctx context.Context, pattern string) ([]List, error) {
	all := patterns(pattern)
	for i, p := range all {
		all[i] = asideOf + "*:" + p
	}
	return r.look(ctx, func(string) bool { return true }, all...)
}

func (r Redis) look(ctx context.Context, is func(key string) bool, patterns ...string) ([]List, error) {
	c, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var lists []List
	for _, p := range patterns {
		keys, err := c.scan(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, key := range slices.DeleteFunc(keys, func(k string) bool { return !is(k) }) {
			n, err := c.length(ctx, key)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				lists = append(lists, List{Key: key, Jobs: n})
			}
		}
	}
	return lists, nil
}

// conn is one session.
type conn struct{ redis.Conn }

func (r Redis) open(ctx context.Context) (conn, error) {
	c, err := redis.DialURLContext(ctx, r.URL.Reveal(), redis.DialConnectTimeout(within), redis.DialReadTimeout(within),
		redis.DialWriteTimeout(within), redis.DialTLSHandshakeTimeout(within))
	return conn{c}, explained(err)
}

func (c conn) do(ctx context.Context, command string, args ...any) (any, error) {
	reply, err := redis.DoContext(c.Conn, ctx, command, args...)
	return reply, explained(err)
}

// scan gives the keys that match, each once: SCAN may give one twice.
func (c conn) scan(ctx context.Context, pattern string) ([]string, error) {
	var keys []string
	for cursor := "0"; ; {
		reply, err := redis.Values(c.do(ctx, "SCAN", cursor, "MATCH", pattern, "COUNT", page))
		if err != nil {
			return nil, explained(err)
		}
		var some []string
		if _, err := redis.Scan(reply, &cursor, &some); err != nil {
			return nil, explained(err)
		}
		keys = append(keys, some...)
		slices.Sort(keys)
		keys = slices.Compact(keys)
		switch {
		case len(keys) > maxLists:
			return nil, &Error{fmt.Sprintf("more than %d keys match the pattern of the queues", maxLists)}
		case cursor == "0":
			return keys, nil
		}
	}
}

// length is how many jobs are under a key; none under one that holds something else, such as the data of one job.
func (c conn) length(ctx context.Context, key string) (int, error) {
	kind, err := redis.String(c.do(ctx, "TYPE", key))
	if err != nil {
		return 0, explained(err)
	}
	command, is := map[string]string{"list": "LLEN", "zset": "ZCARD"}[kind]
	if !is {
		return 0, nil
	}
	n, err := redis.Int(c.do(ctx, command, key))
	return n, explained(err)
}
