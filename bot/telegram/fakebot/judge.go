package fakebot

import (
	"context"
	"slices"
	"time"
)

// Message is one message as a chat shows it now.
type Message struct {
	ID     int // 0 for an ephemeral one
	ChatID int64
	FromID int64
	Date   time.Time

	Text     string   // as people read it: without markup; a file's caption
	HTML     string   // as the bot sent it
	Entities []Entity // the markup found in HTML
	Buttons  [][]Button
	Document *Document
	Photo    *Photo
	Service  *Service // nil for what somebody wrote

	Edits   int
	History []string // texts before the present one, oldest first; an edit of the buttons alone repeats the text

	ReplyTo     int // 0 for none
	ThreadID    int // forum topic, 0 for General or none
	EphemeralTo int64
	Silent      bool // no notification
	Protected   bool // no forwarding
	PreviewOff  bool // links show no preview
	Pinned      bool
	Deleted     bool   // it stays in the list, so that a test can look at it
	Reaction    string // the bot's

	edited      time.Time
	ephemeralID int
	raw         object // a person's message as it was delivered; nil for the bot's
}

// Button is one button of an inline keyboard; exactly one of Data, URL and CopyText is set.
type Button struct {
	Text     string    `json:"text"`
	Data     string    `json:"callback_data,omitempty"`
	URL      string    `json:"url,omitempty"`
	CopyText *CopyText `json:"copy_text,omitempty"`
	Style    string    `json:"style,omitempty"` // danger, success, primary or ""
}

// CopyText is what a button puts on the clipboard.
type CopyText struct {
	Text string `json:"text"`
}

// Document is a file somebody sent.
type Document struct {
	Name  string
	Bytes []byte
	id    string
}

// Entity is a marked piece of a text. Offsets and lengths count UTF-16 units.
type Entity struct {
	Type     string  `json:"type"`
	Offset   int     `json:"offset"`
	Length   int     `json:"length"`
	URL      string  `json:"url,omitempty"`
	Language string  `json:"language,omitempty"`
	EmojiID  string  `json:"custom_emoji_id,omitempty"`
	UnixTime int64   `json:"unix_time,omitempty"`
	Format   string  `json:"date_time_format,omitempty"`
	User     Mention `json:"user,omitzero"`
}

// Mention is whom a text_mention names.
type Mention struct {
	ID int64 `json:"id"`
}

func (m *Message) file() bool { return m.Document != nil || m.Photo != nil }

func (m *Message) clone() Message {
	c := *m
	c.Entities, c.History = slices.Clone(m.Entities), slices.Clone(m.History)
	c.Buttons = slices.Clone(m.Buttons)
	for i := range c.Buttons {
		c.Buttons[i] = slices.Clone(c.Buttons[i])
	}
	return c
}

// find is nil for a deleted message, an ephemeral one and id 0.
func (c *chat) find(id int) *Message {
	if id == 0 {
		return nil
	}
	for _, m := range slices.Backward(c.messages) { // it is mostly a new one that is looked for
		if m.ID == id && !m.Deleted {
			return m
		}
	}
	return nil
}

// Messages is what the bot sent to a chat, oldest first, in its present state; deleted ones too. Service messages, also
// those of its own pins, are in [Server.Chat] only.
func (s *Server) Messages(chatID int64) []Message {
	return slices.DeleteFunc(s.Chat(chatID), func(m Message) bool { return m.FromID != s.cfg.BotID || m.Service != nil })
}

// Chat is all of a chat: the bot's messages, people's and the service messages.
func (s *Server) Chat(chatID int64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chatID]
	if c == nil {
		return nil
	}
	out := make([]Message, len(c.messages))
	for i, m := range c.messages {
		out[i] = m.clone()
	}
	return out
}

// Message is one message of the bot; false if it never sent it.
func (s *Server) Message(chatID int64, messageID int) (Message, bool) {
	for _, m := range s.Messages(chatID) {
		if m.ID == messageID {
			return m, true
		}
	}
	return Message{}, false
}

// WaitMessage waits until one of the bot's messages in the chat fits, and returns the first that does. Errors as Wait.
func (s *Server) WaitMessage(ctx context.Context, chatID int64, fits func(Message) bool) (Message, error) {
	var found Message
	err := s.Wait(ctx, func() bool {
		all := s.Messages(chatID)
		i := slices.IndexFunc(all, fits)
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	return found, err
}

// Answers is every answer to a press, in order.
func (s *Server) Answers() []Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.answers)
}

// AnswerTo is the answer to one press, if it was given.
func (s *Server) AnswerTo(callbackID string) (Answer, bool) {
	for _, a := range s.Answers() {
		if a.CallbackID == callbackID {
			return a, true
		}
	}
	return Answer{}, false
}

// WaitAnswer waits for the answer to a press. Errors as Wait.
func (s *Server) WaitAnswer(ctx context.Context, callbackID string) (Answer, error) {
	var found Answer
	err := s.Wait(ctx, func() (ok bool) {
		found, ok = s.AnswerTo(callbackID)
		return ok
	})
	return found, err
}
