package bot

import (
	"context"
	"slices"
	"sync"

	"twokey/actions"
	"twokey/bot/telegram"
)

// buriedBy is how many newer messages hide a card on a phone.
const buriedBy = 10

// Traffic remembers the newest messages of each topic of the chats, in memory, so that a card below which too many lie can be
// sent again. A nil Traffic has seen none.
type Traffic struct {
	mu     sync.Mutex
	newest map[spot][]int // in order, at most buriedBy
	moved  chan struct{}
}

type spot struct {
	chat  int64
	topic int
}

// NewTraffic is one that has seen nothing.
func NewTraffic() *Traffic {
	return &Traffic{newest: map[spot][]int{}, moved: make(chan struct{})}
}

// at is a topic of a chat; General has a number that cannot be sent to, and none.
func at(chat int64, topic int) spot {
	if topic == 1 {
		topic = 0
	}
	return spot{chat, topic}
}

// Note takes in a message, of anybody's.
func (t *Traffic) Note(chat int64, topic, message int) {
	if t == nil || chat > 0 {
		return // nothing is buried in private
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.newest[at(chat, topic)]
	i, known := slices.BinarySearch(list, message)
	if known {
		return
	}
	list = slices.Insert(list, i, message)
	t.newest[at(chat, topic)] = list[max(0, len(list)-buriedBy):]
	close(t.moved)
	t.moved = make(chan struct{})
}

// Buries says whether enough messages lie below one.
func (t *Traffic) Buries(chat int64, topic, message int) bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.newest[at(chat, topic)]
	return len(list) == buriedBy && list[0] > message
}

// Moved gives a channel that is closed at the next message; nil, which never is, when nothing is noted.
func (t *Traffic) Moved() <-chan struct{} {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.moved
}

// isBuried says whether newer messages hide a card that waits for people. It is called under the journal's lock.
func (s *shower) isBuried(sc scene) bool {
	r, message := sc.view.Request, s.Cards.Message(s.id, sc.admin)
	return r.Status == actions.Pending && message != 0 && s.Traffic.Buries(sc.admin, topicOf(r, sc.admin, s.Place.Topic), message)
}

// surface sends a buried card again, as a reply to itself. The old one is made one line first: a crash in between leaves it
// the card that is known, and the next life makes it whole again.
func (s *shower) surface(ctx context.Context, sc scene) error {
	if !sc.buried || !s.move(sc.admin, true) {
		return nil
	}
	defer s.move(sc.admin, false)
	old := s.message(sc.admin)
	s.remember(sc.admin, picture{}) // whatever comes of it, the card is not as it was
	line := out(s.Words.Below(sc.view), sc.admin, 0, 0)
	edit := telegram.Turn{Chat: sc.admin, Message: old, Priority: telegram.PriorityInterrupted}
	err := s.Lanes.Do(ctx, edit, func(ctx context.Context, chat int64) error { return s.Chat.Edit(ctx, chat, old, line) })
	if err != nil {
		return s.after(ctx, edit, err)
	}
	if err := s.unpin(ctx, sc.admin, old); err != nil {
		return err
	}
	again := telegram.Turn{Chat: sc.admin, Priority: telegram.PriorityInterrupted, Again: telegram.AgainResend}
	err = s.Lanes.Do(ctx, again, func(ctx context.Context, chat int64) error {
		newest := s.look()
		if newest.gone || newest.view.Request.Status != actions.Pending {
			return nil // decided meanwhile: the old card tells how
		}
		if chat != sc.admin {
			old = 0 // it is another message there
		}
		o := out(s.card(sc.admin, newest), chat, s.topic(chat), old)
		o.Silent = true
		return s.posting(ctx, o, s.render(sc.admin, newest))
	})
	return s.after(ctx, again, err)
}

// move notes that a chat's card is on its way below, or is not any more; it says no when somebody else tends it.
func (s *shower) move(chat int64, on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corner(chat)
	if on && c.busy > 1 {
		return false
	}
	c.moving = on
	return true
}

// Room is the Messenger for Bot in chats with topics and people: what it sends cannot be forwarded, goes to the chat when its
// topic is gone, and is counted.
type Room struct {
	Messenger
	Traffic *Traffic
}

// Send sends a message.
func (m Room) Send(ctx context.Context, o telegram.Out) (int, error) {
	return post(ctx, m.Messenger.Send, m.Traffic, o)
}

// Document sends a file.
func (m Room) Document(ctx context.Context, o telegram.Out, name string, data []byte) (int, error) {
	return post(ctx, func(ctx context.Context, o telegram.Out) (int, error) {
		return m.Messenger.Document(ctx, o, name, data)
	}, m.Traffic, o)
}

// post sends a message protected, without its topic when that was deleted and as no answer when its question was.
func post(ctx context.Context, send func(context.Context, telegram.Out) (int, error), traffic *Traffic, o telegram.Out) (int, error) {
	o.Protect = true
	id, err := send(ctx, o)
	if telegram.ClassOf(err) == telegram.ClassThreadGone && o.ThreadID != 0 {
		o.ThreadID = 0
		id, err = send(ctx, o)
	}
	if telegram.ClassOf(err) == telegram.ClassGone && o.ReplyTo != 0 {
		o.ReplyTo = 0
		id, err = send(ctx, o)
	}
	if err == nil {
		traffic.Note(o.ChatID, o.ThreadID, id)
	}
	return id, err
}
