package text

import "time"

// ToldView is what the users were told last about something.
type ToldView struct {
	Template string
	Status   string // as of a broadcast
	At       time.Time
	Users    int       // whom it goes to
	Sent     int       // who has it; at its end
	Back     time.Time // since when it is taken back; zero: it is not
}

// usersKnow is what the users were told about a panic; empty when they cannot be told anything.
func (c *sheet) usersKnow() html {
	t := c.v.Told
	switch {
	case !c.Tells:
		return ""
	case t == nil:
		return c.say("Users: not told")
	}
	what, at := c.notice(t.Template), c.since(t.At, c.r.AskedAt)
	switch {
	case !t.Back.IsZero():
		return c.say("Users: told %s, %s, taken back %s", at, what, c.since(t.Back, c.r.AskedAt))
	case t.Status == BroadcastDone:
		return c.say("Users: told %s, %s, %s reached", at, what, t.Sent)
	case t.Status == BroadcastCancelled, t.Status == BroadcastFailed:
		return c.say("Users: %s, begun %s, %s, %s reached", what, at, c.broadcastState(t.Status), t.Sent)
	case t.Status == BroadcastPaused:
		return c.say("Users: %s, begun %s, %s, %s in all", what, at, c.broadcastState(t.Status), t.Users)
	}
	return c.say("Users: being told since %s, %s, %s in all", at, what, t.Users)
}
