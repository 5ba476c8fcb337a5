package fakebot

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// answerWithin is how long a press may be answered. Telegram does not say; reports start at about 15 s.
	answerWithin = 15 * time.Second
	maxAnswer    = 200 // characters, core.telegram.org/bots/api#answercallbackquery
)

// Answer is how the bot answered a press.
type Answer struct {
	CallbackID string
	Text       string
	ShowAlert  bool
	At         time.Time
}

type callback struct {
	at       time.Time
	answered bool
	by       int64
}

// Press makes a user press a button with any data: a modified client can send what no button holds. A message that is
// not there, or deleted, arrives as an inaccessible one. The callback's id is returned.
func (s *Server) Press(userID, chatID int64, messageID int, data string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.mustChat(chatID)
	msg := inaccessible(s, c, messageID)
	if m := c.find(messageID); m != nil {
		msg = s.messageJSON(c, m)
	}
	return s.press(userID, object{"message": msg, "data": data})
}

// PressInaccessible presses a button of a message the server no longer shows: date is 0, and there is no text.
func (s *Server) PressInaccessible(userID, chatID int64, messageID int, data string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.press(userID, object{"message": inaccessible(s, s.mustChat(chatID), messageID), "data": data})
}

// PressInline presses a button of a message sent through inline mode: there is no message at all.
func (s *Server) PressInline(userID int64, data string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.press(userID, object{"inline_message_id": "BAAAAQ", "data": data})
}

// PressButton presses the first button of a message whose text contains label.
func (s *Server) PressButton(userID, chatID int64, messageID int, label string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.mustChat(chatID)
	m := c.find(messageID)
	if m == nil {
		return "", fmt.Errorf("message %d of chat %d is not there", messageID, chatID)
	}
	for _, row := range m.Buttons {
		for _, b := range row {
			if strings.Contains(b.Text, label) && b.Data != "" {
				return s.press(userID, object{"message": s.messageJSON(c, m), "data": b.Data}), nil
			}
		}
	}
	return "", fmt.Errorf("message %d of chat %d has no button %q: %v", messageID, chatID, label, m.Buttons)
}

func (s *Server) press(userID int64, query object) string {
	s.lastQuery++
	id := strconv.Itoa(9_000_000_000 + s.lastQuery)
	query["id"], query["from"], query["chat_instance"] = id, s.userJSON(s.mustUser(userID)), "instance"
	s.callbacks[id] = &callback{at: s.cfg.Now(), by: userID}
	s.push("callback_query", query)
	s.touch()
	return id
}

func (s *Server) answerCallbackQuery(req request) (any, *apiError) {
	id, now := req.text("callback_query_id"), s.cfg.Now()
	cb := s.callbacks[id]
	if cb == nil || cb.answered || now.Sub(cb.at) > answerWithin {
		return nil, bad("query is too old and response timeout expired or query ID is invalid")
	}
	if utf8.RuneCountInString(req.text("text")) > maxAnswer {
		return nil, bad("MESSAGE_TOO_LONG")
	}
	cb.answered = true
	s.answers = append(s.answers, Answer{id, req.text("text"), req.flag("show_alert"), now})
	return true, nil
}
