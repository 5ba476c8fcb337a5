package fakebot

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// typingLasts is core.telegram.org/bots/api#sendchataction: 5 seconds, or until the bot's next message.
const typingLasts = 5 * time.Second

// Typing is what a chat shows the bot doing (typing, upload_document, …) and until when; "" for nothing.
func (s *Server) Typing(chatID int64) (action string, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, id := s.cfg.Now(), strconv.FormatInt(chatID, 10)
	for _, call := range slices.Backward(s.calls) {
		method := strings.ToLower(call.Method)
		if now.Sub(call.At) >= typingLasts {
			break
		}
		if !call.Done || call.Params["chat_id"] != id || !strings.HasPrefix(method, "send") {
			continue
		}
		if method != "sendchataction" {
			break
		}
		return strings.ToLower(call.Params["action"]), call.At.Add(typingLasts)
	}
	return "", time.Time{}
}
