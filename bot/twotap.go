package bot

import (
	"sync"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// sureWithin is how long the first of two taps counts.
const sureWithin = 30 * time.Second

// Taps remembers the first of the two taps that approve what destroys. Somebody with the bot's token can edit our cards, but
// not our answers to presses: so what is lost is told in the answer to the first tap, and only a second one is a vote. It is
// in memory, and a crash forgets the first tap. To a nil Taps every tap is a first one.
type Taps struct {
	mu    sync.Mutex
	first map[tapper]tap
}

type tapper struct {
	request actions.ID
	person  auth.Name
}

// tap is on what, when, and by which update.
type tap struct {
	digest, cause string
	at            time.Time
}

// NewTaps has no taps.
func NewTaps() *Taps { return &Taps{first: map[tapper]tap{}} }

// Second takes in a tap and says whether it is the second: by the same person, on the same digest, within 30 s, and not the
// same update once more.
func (t *Taps) Second(id actions.ID, who auth.Name, digest, cause string, now time.Time) bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := tapper{id, who}
	was, before := t.first[key]
	age := now.Sub(was.at)
	switch {
	case before && was.cause == cause:
		return false
	case before && was.digest == digest && age >= 0 && age <= sureWithin:
		delete(t.first, key)
		return true
	}
	t.forget(now)
	t.first[key] = tap{digest, cause, now}
	return false
}

// forget drops what does not count any more.
func (t *Taps) forget(now time.Time) {
	for key, was := range t.first {
		if age := now.Sub(was.at); age < 0 || age > sureWithin {
			delete(t.first, key)
		}
	}
}

// firstTap says whether a press is the first of two, and what to answer then. A press that would be refused anyway is none.
func (b *Bot) firstTap(cause string, s sender, id actions.ID, choice string) (sure string, first bool) {
	if choice != text.Approve {
		return "", false
	}
	v, ok := text.RequestView{}, false
	b.Log.View(func(now journal.Now) {
		v, ok = viewOf(b.State, id)
		if !ok || !v.Request.Action().Destructive {
			return
		}
		_, err := b.State.Vote(now, id, s.person.Name, s.account, true)
		first = err == nil && !b.Taps.Second(id, s.person.Name, v.Request.Digest, cause, now.Time)
	})
	if !first {
		return "", false
	}
	return b.Words.Sure(v), true
}
