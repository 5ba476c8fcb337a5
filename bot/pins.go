package bot

import (
	"context"
	"fmt"

	"twokey/actions"
	"twokey/bot/telegram"
)

// pin keeps what waits for people at the top of the admin chat, without a sound, until it is over. A crash between the two
// leaves the card open, so the next life takes the pin off. Nothing is pinned in private chats here: the newest pin there
// is the signed head.
func (s *shower) pin(ctx context.Context, sc scene) error {
	r, message := sc.view.Request, s.message(sc.admin)
	switch {
	case message == 0 || r.Digest == "" || r.Action().Rule.Alone:
		return nil // it never waited for people
	case r.Status == actions.Pending && s.swapPin(message):
		return s.pinning(ctx, sc.admin, func(ctx context.Context, chat int64) error { return s.Chat.Pin(ctx, chat, message) })
	case r.Over():
		return s.unpin(ctx, sc.admin, message)
	}
	return nil
}

// swapPin says whether a message is not the one that is pinned, and makes it so.
func (s *shower) swapPin(message int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.pinned
	s.pinned = message
	return was != message
}

func (s *shower) unpin(ctx context.Context, chat int64, message int) error {
	return s.pinning(ctx, chat, func(ctx context.Context, chat int64) error { return s.Chat.Unpin(ctx, chat, message) })
}

// pinning does it when it is its turn, unless the chat has another number by then, and so has the message. A missing right is
// reported once in a life; what nobody can help is let be.
func (s *shower) pinning(ctx context.Context, chat int64, f func(ctx context.Context, chat int64) error) error {
	turn := telegram.Turn{Chat: chat, Mute: true, Again: telegram.AgainResend}
	err := s.Lanes.Do(ctx, turn, func(ctx context.Context, now int64) error {
		if now != chat {
			return nil
		}
		return f(ctx, chat)
	})
	switch telegram.ClassOf(err) {
	case "", telegram.ClassGone, telegram.ClassMigrated:
		return nil
	case telegram.ClassRights, telegram.ClassChatGone, telegram.ClassBug:
		s.reportOnce("pin", fmt.Errorf("cards are not pinned in chat %d: %w", chat, err))
		return nil
	}
	s.swapPin(0)
	return err
}
