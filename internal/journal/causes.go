package journal

import "time"

// CauseMemory is how long a cause is remembered, by entry time. Telegram keeps
// an update that was not confirmed for 24 hours (getUpdates); twice that.
const CauseMemory = 48 * time.Hour

// causes remembers what was decided already.
type causes struct {
	at    map[string]time.Time
	order []caused // as appended: the oldest first
}

type caused struct {
	cause string
	at    time.Time
}

func (c *causes) seen(cause string, now time.Time) bool {
	at, ok := c.at[cause]
	return ok && now.Sub(at) < CauseMemory
}

// remember takes the cause of an entry, and forgets what is too old by it.
func (c *causes) remember(cause string, at time.Time) {
	if c.at == nil {
		c.at = make(map[string]time.Time)
	}
	for len(c.order) > 0 && at.Sub(c.order[0].at) >= CauseMemory {
		old := c.order[0]
		c.order = c.order[1:]
		if c.at[old.cause].Equal(old.at) { // unless decided again since
			delete(c.at, old.cause)
		}
	}
	if cause != "" {
		c.at[cause] = at
		c.order = append(c.order, caused{cause, at})
	}
}
