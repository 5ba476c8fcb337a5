package fakebot

import (
	"strings"
	"time"
)

// typingLasts is core.telegram.org/bots/api#sendchataction: 5 seconds, or until the bot's next message.
const typingLasts = 5 * time.Second

type typing struct {
	action string
	until  time.Time
}

// Typing is what a chat shows the bot doing (typing, upload_document, …) and until when; "" for nothing.
func (s *Server) Typing(chatID int64) (action string, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chatID]
	if c == nil || !s.cfg.Now().Before(c.typing.until) {
		return "", time.Time{}
	}
	return c.typing.action, c.typing.until
}

func (s *Server) setTyping(c *chat, action string) {
	c.typing = typing{strings.ToLower(action), s.cfg.Now().Add(typingLasts)}
}
