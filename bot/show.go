package bot

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"twokey/actions"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// card is the card of the scene in a chat: the admin chat's is for everybody, a private one for its person.
func (s *shower) card(chat int64, sc scene) text.Card {
	v := sc.view
	v.Viewer = sc.whose[chat]
	return s.Words.Request(v)
}

func (s *shower) render(chat int64, sc scene) picture {
	card := s.card(chat, sc)
	return picture{html: card.HTML, rows: card.Rows, status: sc.view.Request.Status}
}

// show makes one chat show the scene, if it does not yet. When its turn comes, what is shown is the newest.
func (s *shower) show(ctx context.Context, chat int64, sc scene) error {
	last := s.last(chat)
	if last.lost || same(last, s.render(chat, sc)) {
		return nil
	}
	message := s.message(chat)
	turn := telegram.Turn{Chat: chat, Message: message, Priority: priority(last, message, sc.view.Request), Again: telegram.AgainResend}
	err := s.Lanes.Do(ctx, turn, func(ctx context.Context, at int64) error {
		newest := s.look()
		if newest.gone || chat != sc.admin && !slices.Contains(newest.chats, chat) {
			return nil // an approver who was not asked in time
		}
		return s.put(ctx, chat, at, message, newest)
	})
	return s.after(ctx, turn, err)
}

// put makes a chat's card what the scene is: an edit, or the first message of it. at is the chat's number by now.
func (s *shower) put(ctx context.Context, chat, at int64, message int, sc scene) error {
	card, pic := s.card(chat, sc), s.render(chat, sc)
	if message != 0 {
		if same(s.last(chat), pic) {
			return nil // a lesser edit, whose turn came first, showed the newest as well
		}
		if err := s.Chat.Edit(ctx, at, message, out(card, at, 0, 0)); err != nil {
			return err
		}
		s.remember(chat, pic)
		return nil
	}
	r, replyTo := sc.view.Request, 0
	if r.Asked.Origin.Chat == at {
		replyTo = r.Asked.Origin.Message
	}
	o := out(card, at, s.topic(at), replyTo)
	o.Silent = !loud(r, sc.isOwn(chat))
	if err := s.posting(ctx, o, pic); err != nil {
		return err
	}
	s.isCall(chat, sc)
	s.remember(chat, pic) // also under the number the chat had when we began
	s.isFresh(chat)
	return nil
}

// posting sends a card and notes where it stands.
func (s *shower) posting(ctx context.Context, o telegram.Out, pic picture) error {
	sent, err := s.send(ctx, o)
	if err != nil {
		return err
	}
	s.remember(o.ChatID, pic)
	return s.posted(ctx, o.ChatID, sent)
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
		sleep(ctx, showPause)
		return nil // the migration is being journaled; the next look knows the new chat
	case class == telegram.ClassChatGone, class == telegram.ClassRights, class == telegram.ClassParse,
		class == telegram.ClassBug, class == telegram.ClassDiscarded:
		s.giveUp(turn.Chat, err)
		return nil
	}
	return err
}

// giveUp leaves a chat alone for this request. That somebody's private chat is gone is reported once: it stays so until they
// start the bot.
func (s *shower) giveUp(chat int64, err error) {
	err = fmt.Errorf("card of request %d in chat %d: given up: %w", s.id, chat, err)
	if chat > 0 {
		s.reportOnce(fmt.Sprintf("chat %d", chat), err)
	} else {
		s.Report(err)
	}
	s.remember(chat, picture{lost: true})
}

// forget notes that a card's message is gone; the next look posts a new one.
func (s *shower) forget(ctx context.Context, chat int64) error {
	s.remember(chat, picture{})
	_, err := s.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: KindCardPosted, Actor: "twokey", Body: CardPosted{Request: s.id, Chat: chat}}, nil
	})
	return err
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
	case last.status != r.Status, r.Unsettled(): // an interrupted one changes when it is found out what is there, which is no progress
		return telegram.PriorityInterrupted
	}
	return telegram.PriorityProgress
}
