package bot

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"twokey/actions"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// showAll makes every chat show the scene, and calls people when they must look. It says no when a chat has to be tried
// again.
func (s *shower) showAll(ctx context.Context, sc scene) bool {
	results := make([]error, len(sc.chats))
	var all sync.WaitGroup
	for i, chat := range sc.chats {
		all.Go(func() { results[i] = s.show(ctx, chat, sc) })
	}
	all.Wait()
	if err := errors.Join(results...); err != nil {
		if ctx.Err() == nil {
			s.Report(fmt.Errorf("card of request %d: %w", s.id, err))
		}
		return false
	}
	return s.ring(ctx, sc)
}

// render is the card of the scene in a chat: the admin chat's is for everybody, a private one for its person.
func (s *shower) render(chat int64, sc scene) picture {
	v := sc.view
	if chat == v.Request.Asked.Origin.Chat && chat > 0 {
		v.Viewer = v.Request.Asked.Person
	}
	card := s.Words.Request(v)
	return picture{html: card.HTML, rows: card.Rows, status: v.Request.Status}
}

// show makes one chat show the scene, if it does not yet. When its turn comes, what is shown is the newest.
func (s *shower) show(ctx context.Context, chat int64, sc scene) error {
	last := s.last(chat)
	if last.lost || same(last, s.render(chat, sc)) {
		return nil
	}
	message := s.message(chat)
	turn := telegram.Turn{Chat: chat, Message: message, Priority: priority(last, message, sc.view.Request), Again: telegram.AgainResend}
	err := s.Lanes.Do(ctx, turn, func(ctx context.Context, chat int64) error {
		newest := s.look()
		if newest.gone {
			return nil
		}
		return s.put(ctx, chat, message, s.render(turn.Chat, newest), newest.view.Request)
	})
	return s.after(ctx, turn, err)
}

// put sends or edits, and remembers what is shown.
func (s *shower) put(ctx context.Context, chat int64, message int, pic picture, r *actions.Request) error {
	card := text.Card{HTML: pic.html, Rows: pic.rows}
	if message != 0 {
		if err := s.Chat.Edit(ctx, chat, message, out(card, chat, 0, 0)); err != nil {
			return err
		}
		s.remember(chat, pic)
		return nil
	}
	topic, replyTo := s.Place.Topic, 0
	if r.Asked.Origin.Chat == chat {
		topic, replyTo = r.Asked.Origin.Topic, r.Asked.Origin.Message
	}
	sent, err := s.Chat.Send(ctx, out(card, chat, topic, replyTo))
	if telegram.ClassOf(err) == telegram.ClassThreadGone {
		sent, err = s.Chat.Send(ctx, out(card, chat, 0, replyTo))
	}
	if err != nil {
		return err
	}
	s.remember(chat, pic)
	return s.posted(ctx, chat, sent)
}

// posted notes the message. It is not sent again when that fails: a press adopts it, or a second card is posted.
func (s *shower) posted(ctx context.Context, chat int64, message int) error {
	_, err := s.Log.Update(context.WithoutCancel(ctx), "", func(journal.Now) (journal.Draft, error) {
		if s.Cards.Message(s.id, chat) == message {
			return journal.Draft{}, nil // a press was quicker and adopted it
		}
		return journal.Draft{Kind: KindCardPosted, Actor: "twokey", Body: CardPosted{Request: s.id, Chat: chat, Message: message}}, nil
	})
	if err != nil {
		s.Report(err)
	}
	return nil
}

// after decides what a failure means: a message that is gone is sent anew, a chat that nothing reaches is left alone, what
// a newer edit replaced is fine.
func (s *shower) after(ctx context.Context, turn telegram.Turn, err error) error {
	switch class := telegram.ClassOf(err); {
	case err == nil, errors.Is(err, telegram.ErrSuperseded):
		return nil
	case class == telegram.ClassGone && turn.Message != 0:
		return s.forget(ctx, turn.Chat)
	case class == telegram.ClassMigrated:
		return nil // the migration is journaled; the next look knows the new chat
	case class == telegram.ClassChatGone, class == telegram.ClassRights, class == telegram.ClassParse,
		class == telegram.ClassBug, class == telegram.ClassDiscarded:
		s.Report(fmt.Errorf("card of request %d in chat %d: given up: %w", s.id, turn.Chat, err))
		s.remember(turn.Chat, picture{lost: true})
		return nil
	}
	return err
}

// forget notes that a card's message is gone; the next look posts a new one.
func (s *shower) forget(ctx context.Context, chat int64) error {
	s.remember(chat, picture{})
	_, err := s.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: KindCardPosted, Actor: "twokey", Body: CardPosted{Request: s.id, Chat: chat}}, nil
	})
	return err
}

// ring calls people with a line of its own, because edits do not ring: when the state moved to one that needs somebody,
// and it did so in this life.
func (s *shower) ring(ctx context.Context, sc scene) bool {
	r := sc.view.Request
	line := s.Words.Ring(sc.view)
	fresh := s.rung != "" || since(r).After(s.began)
	was := s.rung
	s.rung = r.Status
	if was == r.Status || line == "" || !fresh || was == "" && r.Status == actions.Pending {
		return true // was == "": the new card itself rang
	}
	chat := sc.chats[0]
	topic := s.Place.Topic
	if r.Asked.Origin.Chat == chat {
		topic = r.Asked.Origin.Topic
	}
	turn := telegram.Turn{Chat: chat, Priority: telegram.PriorityInterrupted}
	err := s.Lanes.Do(ctx, turn, func(ctx context.Context, chat int64) error {
		_, err := s.Chat.Send(ctx, out(text.Card{HTML: line}, chat, topic, s.message(chat)))
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.Report(fmt.Errorf("call for request %d: %w", s.id, err))
	}
	return true // a call that failed is not repeated: the card says it all
}

func (s *shower) last(chat int64) picture {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown[chat]
}

func (s *shower) remember(chat int64, pic picture) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown[chat] = pic
	s.progress = time.Now()
}

func same(a, b picture) bool {
	return a.html == b.html && reflect.DeepEqual(a.rows, b.rows)
}

// priority: new > final > interrupted and other changes of state > progress.
func priority(last picture, message int, r *actions.Request) telegram.Priority {
	switch {
	case message == 0:
		return telegram.PriorityNew
	case r.Over(): // also an interrupted one that was settled: its buttons must go
		return telegram.PriorityFinal
	case last.status != r.Status:
		return telegram.PriorityInterrupted
	}
	return telegram.PriorityProgress
}
