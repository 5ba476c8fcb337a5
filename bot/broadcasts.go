package bot

import (
	"context"
	"errors"
	"fmt"

	"twokey/bot/broadcast"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// pressedBroadcast is a press on the card of a notice on its way. Stopping it is anybody's; letting it go on takes two people
// when somebody else stopped it.
func (b *Bot) pressedBroadcast(ctx context.Context, cause string, s sender, id uint64, choice string) (line string, alert bool) {
	if b.Broadcasts == nil {
		return b.Words.OldButton(), true
	}
	b.adoptBroadcast(ctx, id, s)
	who := string(s.person.Name)
	var err error
	switch choice {
	case text.BroadcastPause:
		err = b.decideBroadcast(ctx, cause, func() (journal.Draft, error) { return b.Broadcasts.Pause(id, who) })
	case text.BroadcastGoOn:
		err = b.decideBroadcast(ctx, cause, func() (journal.Draft, error) { return b.Broadcasts.Resume(id, who) })
	case text.BroadcastCancel:
		err = b.decideBroadcast(ctx, cause, func() (journal.Draft, error) { return b.Broadcasts.Cancel(id, who) })
	default:
		return b.lookAtBroadcast(s, id, choice)
	}
	return b.cameOfBroadcast(ctx, cause, s, err, choice)
}

func (b *Bot) decideBroadcast(ctx context.Context, cause string, decide func() (journal.Draft, error)) error {
	_, err := b.Log.Update(ctx, cause, func(journal.Now) (journal.Draft, error) { return decide() })
	return err
}

// cameOfBroadcast is the answer to such a press. What somebody else paused is asked for at once.
func (b *Bot) cameOfBroadcast(ctx context.Context, cause string, s sender, err error, choice string) (line string, alert bool) {
	var no *broadcast.Refusal
	switch {
	case errors.As(err, &no) && no.Reason == broadcast.NotYourPause:
		b.doLine(ctx, cause, s, fmt.Sprintf("/%s %d", goOnTelling, no.ID))
		return b.Words.BroadcastRefusalLine(refusedBroadcast(no)), true
	case errors.As(err, &no):
		return b.Words.BroadcastRefusalLine(refusedBroadcast(no)), true
	case errors.Is(err, journal.ErrSeen):
		return "", false
	case err != nil:
		b.Report(err)
		return b.Words.JournalDownLine(), true
	}
	return b.Words.BroadcastAnswer(choice), false
}

func refusedBroadcast(no *broadcast.Refusal) text.BroadcastNo {
	return text.BroadcastNo{Reason: string(no.Reason), ID: no.ID, Status: string(no.Status), Who: no.Who}
}

// lookAtBroadcast shows how fast it went, or who got it.
func (b *Bot) lookAtBroadcast(s sender, id uint64, choice string) (line string, alert bool) {
	var there bool
	b.Log.View(func(journal.Now) { _, there = b.Broadcasts.Get(id) })
	switch {
	case !there:
		return b.Words.BroadcastRefusalLine(text.BroadcastNo{Reason: string(broadcast.NoSuchBroadcast), ID: id}), true
	case choice == text.BroadcastRate && b.Look.BroadcastRate != nil:
		b.Aside.Do(func(ctx context.Context) { b.rate(ctx, s, id) })
	case choice == text.BroadcastList && b.Look.BroadcastList != nil:
		b.Aside.Do(func(ctx context.Context) { b.recipients(ctx, s, id) })
	default:
		return b.Words.OldButton(), true
	}
	return b.Words.BroadcastAnswer(choice), false
}

func (b *Bot) rate(ctx context.Context, s sender, id uint64) {
	png, err := b.Look.BroadcastRate(ctx, id)
	if err != nil || len(png) == 0 {
		b.unread(ctx, s, err)
		return
	}
	name := fmt.Sprintf("rate-%d.png", id)
	if b.Gallery != nil {
		_, err = b.Gallery.Photo(ctx, document(s), telegram.Picture{Name: name, Bytes: png})
	} else {
		_, err = b.Chat.Document(ctx, document(s), name, png)
	}
	if err != nil {
		b.failed(ctx, s, err)
	}
}

// recipients sends the list in private to whoever presses: it is personal.
func (b *Bot) recipients(ctx context.Context, s sender, id uint64) {
	to := s
	to.chat, to.topic, to.message = int64(s.account), 0, 0
	name, csv, err := b.Look.BroadcastList(ctx, id)
	if err != nil {
		b.unread(ctx, to, err)
		return
	}
	o := document(to)
	o.HTML, o.Silent = b.Words.ListCaption(id), false
	b.toOne(ctx, s, b.Chat.Document, o, name, csv)
}

// unread tells that what is known about recipients cannot be read.
func (b *Bot) unread(ctx context.Context, s sender, err error) {
	if err != nil {
		b.failed(ctx, s, err)
	}
	b.reply(s, b.Words.LedgerUnread())
}

// adoptBroadcast makes a message we do not know ours, when a button on it names a broadcast whose card is not closed: a crash
// between the send and its entry made us forget it.
func (b *Bot) adoptBroadcast(ctx context.Context, id uint64, s sender) {
	_, err := b.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
		x, there := b.Broadcasts.Get(id)
		if !there || x.Closed || x.Card[s.chat] != 0 || s.message == 0 {
			return journal.Draft{}, nil
		}
		return journal.Draft{Kind: broadcast.KindPosted, Actor: "twokey", Body: broadcast.Posted{Broadcast: id, Chat: s.chat, Message: s.message}}, nil
	})
	if err != nil && ctx.Err() == nil {
		b.Report(err)
	}
}
