package bot

import (
	"context"
	"fmt"
	"time"

	"twokey/actions"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// due says which day's morning is to be told.
func (k *Keeper) due() (day string, due bool) {
	k.Log.View(func(now journal.Now) { day, due = k.Heads.Due(now.Time, k.Quiet) })
	return day, due && k.told < day
}

// morning tells a day's morning where it belongs, and then that it was told: a crash between tells it twice, never not at
// all. A chat that nothing reaches does not keep it from being told elsewhere.
func (k *Keeper) morning(ctx context.Context, day string) {
	v := k.view(ctx)
	head, note, ok := k.sign()
	if !ok {
		k.told = day
		return
	}
	v.Note, v.Head = note, head.Seq
	b := HeadSigned{Day: day, Seq: head.Seq, Hash: head.Hash, Note: note}
	var admin int64
	k.Log.View(func(journal.Now) { admin = k.Cards.Where(k.Place.AdminChat) })
	card := out(k.Words.Morning(v), admin, k.Place.Topic, 0)
	card.Silent = true
	for _, o := range []telegram.Out{card, heldOut(k.Words.Head(note), k.Witness, 0)} {
		if o.ChatID == 0 {
			continue
		}
		switch err := k.tell(ctx, o); {
		case ctx.Err() != nil:
			return // the next life tells it
		case err != nil:
			k.Report(fmt.Errorf("morning in chat %d: %w", o.ChatID, err))
		default:
			b.Chats = append(b.Chats, o.ChatID)
		}
	}
	k.told = day
	k.insist(journal.Draft{Kind: KindHeadSigned, Actor: "twokey", Body: b})
}

// tell sends a message when its turn comes; in a topic that is gone, outside it.
func (k *Keeper) tell(ctx context.Context, o telegram.Out) error {
	turn := telegram.Turn{Chat: o.ChatID, Priority: telegram.PriorityProgress, Again: telegram.AgainResend}
	return k.Lanes.Do(ctx, turn, func(ctx context.Context, chat int64) error {
		o.ChatID = chat
		_, err := k.Chat.Send(ctx, o)
		if telegram.ClassOf(err) == telegram.ClassThreadGone {
			o.ThreadID = 0
			_, err = k.Chat.Send(ctx, o)
		}
		return err
	})
}

// view is what people wake up to.
func (k *Keeper) view(ctx context.Context) text.MorningView {
	st := k.Status(ctx)
	v := text.MorningView{Service: st.Service, Err: st.Err, Live: st.Live, Fork: st.Fork, NextDrill: st.NextDrill}
	k.Log.View(func(now journal.Now) {
		v.Now, v.Reviews = now.Time, len(k.State.Reviews())
		_, v.Lockdown = k.State.Lockdown()
		v.Yesterday = askedOn(k.State, now.In(k.Quiet.zone()).AddDate(0, 0, -1))
	})
	return v
}

// askedOn counts the requests of a day by how they stand.
func askedOn(s *actions.State, day time.Time) map[actions.Status]int {
	y, m, d := day.Date()
	begin, end := time.Date(y, m, d, 0, 0, 0, 0, day.Location()), time.Date(y, m, d+1, 0, 0, 0, 0, day.Location())
	by := map[actions.Status]int{}
	for r := range s.Newest() {
		if r.AskedAt.Before(begin) {
			break
		}
		if r.AskedAt.Before(end) {
			by[r.Status]++
		}
	}
	return by
}
