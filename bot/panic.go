package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	"twokey/actions"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

const (
	// panicButton is how long the button of a bare /panic works: long enough for a thumb, too short to lie around.
	panicButton = 30 * time.Second
	// panicWaits is how long a panic waits for its entry before it stops without one.
	panicWaits = 2 * time.Second
)

// panicTyped is /panic: with words it acts at once, without any it shows a button, and one that comes late offers one.
func (b *Bot) panicTyped(ctx context.Context, cause string, s sender, cmd Command, age time.Duration) {
	reason := bounded(strings.TrimSpace(strings.Join(cmd.Words, " ")+" "+cmd.Reason), longestReason)
	switch {
	case age > b.Place.StaleAfter:
		until := b.now().Add(panicButton)
		b.offer(s, b.Words.StalePanic(age, b.Redact(reason), until), until)
	case reason == "":
		until := b.now().Add(panicButton)
		b.offer(s, b.Words.PanicButton(until), until)
	default:
		b.panicNow(ctx, cause, s, reason)
	}
}

// panicPressed is the button: its number says until when it works. Who makes one up gains nothing: anybody who may press it
// may type the command.
func (b *Bot) panicPressed(ctx context.Context, cause string, s sender, until time.Time) (line string, alert bool) {
	if now := b.now(); now.After(until) || until.Sub(now) > 2*panicButton {
		return b.Words.PanicTooLate(), true
	}
	b.panicNow(ctx, cause, s, "")
	return b.Words.PanicNowLine(), false
}

func (b *Bot) panicNow(ctx context.Context, cause string, s sender, reason string) {
	action, there := b.Catalogue.Get(actions.Panic)
	if !there {
		b.reply(s, b.Words.Refusal(&actions.Refusal{Reason: actions.UnknownAction, Action: actions.Panic}))
		return
	}
	a := actions.Asked{Action: action, Reason: b.Redact(reason)}
	b.fill(s, &a)
	ctx, cancel := context.WithTimeout(ctx, panicWaits)
	defer cancel()
	_, err := b.Log.Update(ctx, cause, func(journal.Now) (journal.Draft, error) { return b.State.Panic(a) })
	b.tell(s, err, a)
}

// offer sends a card whose button works until a time, and takes the button away then.
func (b *Bot) offer(s sender, c text.Card, until time.Time) {
	b.Aside.Do(func(ctx context.Context) {
		id, err := b.Chat.Send(ctx, out(c, s.chat, s.topic, s.message))
		if err != nil {
			b.failed(ctx, s, err)
			return
		}
		time.AfterFunc(time.Until(until), func() { b.withdraw(s, id) })
	})
}

// withdraw takes the button of an offer away. When it cannot be, the button says by itself that its time is over.
func (b *Bot) withdraw(s sender, message int) {
	b.Aside.Do(func(ctx context.Context) {
		err := b.Chat.Edit(ctx, s.chat, message, out(b.Words.PanicOver(), s.chat, s.topic, 0))
		if class := telegram.ClassOf(err); err != nil && class != telegram.ClassGone {
			b.failed(ctx, s, err)
		}
	})
}

// now is the journal's.
func (b *Bot) now() (t time.Time) {
	b.Log.View(func(n journal.Now) { t = n.Time })
	return t
}

// hurried says whether it is the deadline of our own that ended a decision: the journal did not get to it.
func hurried(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

// lockdown is the one that is set, for people.
func (b *Bot) lockdown() (l text.Lockdown) {
	b.Log.View(func(journal.Now) {
		if set, locked := b.State.Lockdown(); locked {
			l = text.Lockdown{Since: set.Since, By: set.Person, Reason: set.Reason}
		}
	})
	return l
}
