package telegram

import (
	"net/http"
	"sync"
	"time"
)

// clock is Telegram's clock: the Date header of its last answer, carried on by
// our own. Both it and the dates of messages have whole seconds.
type clock struct {
	now func() time.Time

	mu     sync.Mutex
	server time.Time // zero: no answer yet
	local  time.Time // now() when server was read, with its monotonic reading
}

// set takes the Date header of an answer that was the Bot API's; those of
// proxies and captive portals have their own idea of the time.
func (c *clock) set(date string) {
	t, err := http.ParseTime(date)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.server, c.local = t, c.now()
}

func (c *clock) read() (server, local time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	local = c.now()
	if c.server.IsZero() {
		return local, local
	}
	return c.server.Add(local.Sub(c.local)), local
}

// Age returns how old something of that date is by Telegram's own clock, so
// that a host whose clock is wrong is not deaf. Before the first answer it is
// the host's clock. It may be some seconds below zero; of the zero Time it is
// the longest Duration.
func (c *Client) Age(date time.Time) time.Duration {
	server, _ := c.clock.read()
	return server.Sub(date)
}

// Skew returns how far Telegram's clock is ahead of the host's, to about a
// second; 0 before the first answer.
func (c *Client) Skew() time.Duration {
	server, local := c.clock.read()
	return server.Sub(local)
}

// Silence returns how long ago Telegram last answered, and whether it ever did. While nobody writes, it answers once a long
// poll.
func (c *Client) Silence() (time.Duration, bool) {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	if c.clock.server.IsZero() {
		return 0, false
	}
	return c.clock.now().Sub(c.clock.local), true
}
