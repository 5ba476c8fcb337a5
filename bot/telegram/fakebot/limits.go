package fakebot

import (
	"slices"
	"time"
)

// Telegram's limits, core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. How short a burst may be
// and that edits count in groups is what people report.
const (
	chatBurst   = 3 // messages to one chat within chatBurst seconds, so one a second in the long run
	groupMinute = 20
	allSecond   = 30
)

// limiter remembers what went out. A nil one limits nothing.
type limiter struct {
	all    []time.Time
	chats  map[int64][]time.Time // sends
	groups map[int64][]time.Time // sends and edits
}

// Limits turns Telegram's rate limits on or off: 429 with retry_after for too many messages, and the pauses of
// repeated getUpdates. They are off at first. Time is Config.Now's.
func (s *Server) Limits(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = nil
	if on {
		s.limits = &limiter{chats: map[int64][]time.Time{}, groups: map[int64][]time.Time{}}
	}
}

// take counts a message or an edit; refused ones do not count.
func (l *limiter) take(c *chat, isNew bool, now time.Time) *apiError {
	if l == nil {
		return nil
	}
	wait := over(&l.all, allSecond, time.Second, now)
	chats, groups := l.chats[c.id], l.groups[c.id]
	if isNew {
		wait = max(wait, over(&chats, chatBurst, chatBurst*time.Second, now))
	}
	if !c.private() {
		wait = max(wait, over(&groups, groupMinute, time.Minute, now))
	}
	if wait > 0 {
		return tooMany(int((wait + time.Second - 1) / time.Second))
	}
	l.all = append(l.all, now)
	if isNew {
		l.chats[c.id] = append(chats, now)
	}
	if !c.private() {
		l.groups[c.id] = append(groups, now)
	}
	return nil
}

// over drops what is older than the window, and says how long to wait for room in it; 0 if there is room.
func over(past *[]time.Time, most int, window time.Duration, now time.Time) time.Duration {
	*past = slices.DeleteFunc(*past, func(t time.Time) bool { return now.Sub(t) >= window })
	if len(*past) < most {
		return 0
	}
	return (*past)[len(*past)-most].Add(window).Sub(now)
}
