package bot

import (
	"slices"
	"sync"
	"time"

	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

const (
	// worthSaying is how long Telegram must have been away to be spoken of.
	worthSaying = 5 * time.Minute
	// shownAway is how many requests the summary names: one phone screen.
	shownAway = 10
)

// Away sums up, once, what happened while Telegram could not be reached. Bot's Summary does the telling.
type Away struct {
	Tell func(from, to time.Time) // must not block

	mu    sync.Mutex
	since time.Time
}

// Link hears of every change of how we stand with Telegram. It does not block.
func (a *Away) Link(s telegram.State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case (s.Link == telegram.LinkAway || s.Link == telegram.LinkDenied) && a.since.IsZero():
		a.since = s.Since
	case s.Link == telegram.LinkUp && !a.since.IsZero():
		from := a.since
		a.since = time.Time{}
		if s.Since.Sub(from) >= worthSaying {
			a.Tell(from, s.Since)
		}
	}
}

// Summary tells in the admin chat what happened between the two times, while nobody could be told. It is one message, whatever
// happened: the cards say the rest.
func (b *Bot) Summary(from, to time.Time) {
	v := text.AwayView{From: from, To: to}
	var chat int64
	b.Log.View(func(journal.Now) {
		chat = b.Cards.Where(b.Place.AdminChat)
		for r := range b.State.Newest() {
			if len(v.Requests) == shownAway {
				break
			}
			if moved := since(r); moved.After(from) && !moved.After(to) {
				v.Requests = append(v.Requests, r.Clone())
			}
		}
	})
	slices.Reverse(v.Requests)
	o := b.news(b.Words.Away(v), chat, to)
	o.ThreadID = b.Place.Topic
	b.send(o)
}
