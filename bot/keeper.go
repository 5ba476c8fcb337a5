package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

const (
	// pinsEvery is the least time between two rounds of edits of what is pinned.
	pinsEvery = time.Minute
	// keeperSleep bounds how late a morning is after the host slept or its clock was set.
	keeperSleep = 30 * time.Second
	// postWithin is how long a new message may still take when we are told to end: what was sent must be written down.
	postWithin = 5 * time.Second
)

// Holder is what the keeper does in chats.
type Holder interface {
	Send(ctx context.Context, o telegram.Out) (int, error)
	Edit(ctx context.Context, chat int64, message int, o telegram.Out) error
	Pin(ctx context.Context, chat int64, message int) error
}

// Keeper keeps the journal's newest signed head where we cannot take it back: once a day in the admin chat, with the
// morning's card, and in the witness chat; and in each person's private chat in the one message that is pinned there, which
// is edited in place. It compares what was told with what is due, so a restart needs no path of its own. All exported fields
// are set and do not change.
type Keeper struct {
	Log     *journal.Log
	State   *actions.State
	Heads   *Heads
	Cards   *Cards // knows where the admin chat is now
	Sign    func(head journal.Head, at time.Time) (note string, err error)
	Status  func(ctx context.Context) text.StatusView
	Words   text.Words
	Chat    Holder
	Lanes   Pace
	Place   Place
	Witness int64 // 0: none
	Quiet   Quiet
	// Compared is closed when what is pinned was compared with our journal: before that, editing would destroy the proof.
	Compared <-chan struct{}
	Report   func(error)

	told  string           // the day this life told, which the journal may not know yet
	shown map[int64]uint64 // by chat, the head that this life pinned there
	pins  map[int64]int    // by chat, the message that this life pinned there
	round time.Time        // when the pins were last gone through
}

// Run tells what is due until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-k.Compared:
	}
	k.shown, k.pins = map[int64]uint64{}, map[int64]int{}
	for ctx.Err() == nil {
		head := k.Log.Head()
		if day, due := k.due(); due {
			k.morning(ctx, day)
		}
		pause := keeperSleep
		if target := k.target(); k.stale(target) {
			if pause = pinsEvery - time.Since(k.round); k.round.IsZero() || pause <= 0 {
				k.goRound(ctx, target)
				pause = keeperSleep
			}
		}
		k.rest(ctx, head, min(pause, keeperSleep))
	}
	return nil
}

// Last makes the pins show the last head of this life. It is called after Run has returned.
func (k *Keeper) Last(ctx context.Context) {
	if k.shown != nil && k.target() > 0 {
		k.goRound(ctx, k.Log.Head().Seq)
	}
}

// rest returns when the journal has moved, or after a time.
func (k *Keeper) rest(ctx context.Context, head journal.Head, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if err := k.Log.Wait(ctx, head); errors.Is(err, journal.ErrClosed) {
		<-ctx.Done()
	}
}

// target is the entry that what is pinned must not be older than: the newest that ended what others had approved, or that a
// morning was told with. 0: nothing is to be pinned. While the journal is forked the pins are the proof and stay.
func (k *Keeper) target() (seq uint64) {
	k.Log.View(func(journal.Now) {
		if k.State.Fork() == nil {
			seq = max(k.State.Agreed(), k.Heads.signed)
		}
	})
	return seq
}

// private is a person and the chat that what is pinned for them is in: the one of their first account.
type private struct {
	person auth.Name
	chat   int64
}

func (k *Keeper) people() (all []private) {
	k.Log.View(func(journal.Now) {
		for _, p := range k.State.People.People() {
			all = append(all, private{p.Name, int64(p.Accounts[0])})
		}
	})
	return all
}

func (k *Keeper) stale(target uint64) bool {
	for _, p := range k.people() {
		if k.shown[p.chat] < target {
			return true
		}
	}
	return false
}

// goRound makes every pin that is older than the target show the newest head.
func (k *Keeper) goRound(ctx context.Context, target uint64) {
	k.round = time.Now()
	for _, p := range k.people() {
		if k.shown[p.chat] < target && ctx.Err() == nil {
			k.show(ctx, p, target)
		}
	}
}

// show edits a person's pin, or posts and pins it when there is none.
func (k *Keeper) show(ctx context.Context, p private, target uint64) {
	message := k.message(p.chat)
	seq, err := k.put(ctx, p, message)
	if telegram.ClassOf(err) == telegram.ClassGone && message != 0 {
		k.posted(p, 0)
		seq, err = k.put(ctx, p, 0)
	}
	switch class := telegram.ClassOf(err); {
	case err == nil, errors.Is(err, telegram.ErrSuperseded):
		k.shown[p.chat] = max(seq, target)
		return
	case ctx.Err() != nil:
		return
	case class != telegram.ClassChatGone: // who never started the bot has no chat with it; that is for /preflight to say
		k.Report(fmt.Errorf("pinned head of %s: %w", p.person, err))
	}
	k.shown[p.chat] = target // not again before the next
}

// put shows the newest head there is when its turn comes, and says which.
func (k *Keeper) put(ctx context.Context, p private, message int) (seq uint64, err error) {
	turn := telegram.Turn{Chat: p.chat, Message: message, Priority: telegram.PriorityProgress, Again: telegram.AgainResend}
	sent := 0
	err = k.Lanes.Do(ctx, turn, func(ctx context.Context, chat int64) (err error) {
		head, note, ok := k.sign()
		if !ok {
			return nil
		}
		o := heldOut(k.Words.Pinned(note), chat, 0)
		if seq = head.Seq; message != 0 {
			return k.Chat.Edit(ctx, chat, message, o)
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), postWithin)
		defer cancel()
		sent, err = k.Chat.Send(ctx, o)
		return err
	})
	if err == nil && sent != 0 {
		k.pin(context.WithoutCancel(ctx), p, sent)
		k.posted(p, sent)
	}
	return seq, err
}

// heldOut is a message that is there to be copied and kept: it makes no sound and may be forwarded.
func heldOut(c text.Card, chat int64, topic int) telegram.Out {
	o := out(c, chat, topic, 0)
	o.Silent, o.Protect = true, false
	return o
}

// pin pins a new message. It is kept also when that fails: it can be edited all the same.
func (k *Keeper) pin(ctx context.Context, p private, message int) {
	ctx, cancel := context.WithTimeout(ctx, postWithin)
	defer cancel()
	turn := telegram.Turn{Chat: p.chat, Mute: true, Again: telegram.AgainResend} // behind no card that is on its way there
	err := k.Lanes.Do(ctx, turn, func(ctx context.Context, chat int64) error { return k.Chat.Pin(ctx, chat, message) })
	if err != nil {
		k.Report(fmt.Errorf("pinned head of %s: %w", p.person, err))
	}
}

// message is a person's pin; 0 when there is none.
func (k *Keeper) message(chat int64) (id int) {
	if id, known := k.pins[chat]; known {
		return id
	}
	k.Log.View(func(journal.Now) { id = k.Heads.Pin(chat) })
	return id
}

// posted notes a person's pin.
func (k *Keeper) posted(p private, message int) {
	k.pins[p.chat] = message
	k.insist(journal.Draft{Kind: KindPinPosted, Actor: "twokey", Body: PinPosted{Person: p.person, Chat: p.chat, Message: message}})
}

// Adopt makes a pin ours that a crash between the send and its entry had made us forget.
func (k *Keeper) Adopt(ctx context.Context, person auth.Name, chat int64, message int) {
	_, err := k.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
		if k.Heads.Pin(chat) != 0 {
			return journal.Draft{}, nil
		}
		return journal.Draft{Kind: KindPinPosted, Actor: "twokey", Body: PinPosted{Person: person, Chat: chat, Message: message, Adopted: true}}, nil
	})
	if err != nil && ctx.Err() == nil {
		k.Report(err)
	}
}

// insist has something that was done written down; when it cannot be now, the journal is owed it.
func (k *Keeper) insist(d journal.Draft) {
	_, err := k.Log.Update(context.Background(), "", func(journal.Now) (journal.Draft, error) { return d, nil })
	if err != nil {
		k.Report(err)
	}
	if errors.Is(err, journal.ErrUnavailable) {
		k.Log.Owe(d)
	}
}

// sign signs the newest head. It reports why it cannot.
func (k *Keeper) sign() (head journal.Head, note string, ok bool) {
	var at time.Time
	head = k.Log.View(func(now journal.Now) { at = now.Time })
	note, err := k.Sign(head, at)
	if err != nil {
		k.Report(err)
	}
	return head, note, err == nil
}
