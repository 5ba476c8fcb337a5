package fakebot

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"
)

// deleteWithin is how old a message a bot may delete without an administrator's rights (#deletemessage).
const deleteWithin = 48 * time.Hour

const notModified = "message is not modified: specified new message content and reply markup are exactly the same" +
	" as a current content and reply markup of the message"

// own finds the bot's message that a call wants to change.
func (s *Server) own(req request, verb string) (*chat, *Message, *apiError) {
	c, err := s.writable(req, "text messages")
	if err != nil {
		return nil, nil, err
	}
	m := c.find(int(req.number("message_id")))
	if m == nil {
		return nil, nil, bad("message to %s not found", verb)
	}
	if m.FromID != s.cfg.BotID || m.Service != nil {
		return nil, nil, bad("message can't be %sed", verb)
	}
	return c, m, nil
}

func (s *Server) editMessageText(req request) (any, *apiError) {
	text, err := readText(req, "text", "Message text is empty")
	if err != nil {
		return nil, err
	}
	c, m, err := s.own(req, "edit")
	if err != nil {
		return nil, err
	}
	if m.file() {
		return nil, bad("there is no text in the message to edit")
	}
	if text.runes() > maxText {
		return nil, bad("MESSAGE_TOO_LONG")
	}
	return s.edit(c, m, text, req.text("text"), req)
}

func (s *Server) editMessageCaption(req request) (any, *apiError) {
	text, err := readText(req, "caption", "")
	if err != nil {
		return nil, err
	}
	c, m, err := s.own(req, "edit")
	if err != nil {
		return nil, err
	}
	if !m.file() {
		return nil, bad("there is no caption in the message to edit")
	}
	if text.runes() > maxCaption {
		return nil, bad("MEDIA_CAPTION_TOO_LONG")
	}
	return s.edit(c, m, text, req.text("caption"), req)
}

// editMessageReplyMarkup without reply_markup removes the buttons, as every edit does.
func (s *Server) editMessageReplyMarkup(req request) (any, *apiError) {
	c, m, err := s.own(req, "edit")
	if err != nil {
		return nil, err
	}
	return s.edit(c, m, formatted{m.Text, m.Entities}, m.HTML, req)
}

func (s *Server) edit(c *chat, m *Message, text formatted, html string, req request) (any, *apiError) {
	buttons, err := readButtons(req)
	if err != nil {
		return nil, err
	}
	same := text.plain == m.Text && slices.Equal(text.entities, m.Entities) && reflect.DeepEqual(buttons, m.Buttons)
	if same {
		return nil, bad(notModified)
	}
	if err := s.limits.take(c, false, s.cfg.Now()); err != nil {
		return nil, err
	}
	m.History = append(m.History, m.Text)
	m.Text, m.HTML, m.Entities, m.Buttons = text.plain, html, text.entities, buttons
	m.Edits++
	m.edited = s.cfg.Now()
	return s.messageJSON(c, m), nil
}

func (s *Server) deleteMessage(req request) (any, *apiError) {
	c, err := s.target(req)
	if err != nil {
		return nil, err
	}
	m := c.find(int(req.number("message_id")))
	if m == nil {
		return nil, bad("message to delete not found")
	}
	admin := !c.private() && c.may("can_delete_messages")
	if m.FromID != s.cfg.BotID && !c.private() && !admin {
		return nil, bad("message can't be deleted")
	}
	if s.cfg.Now().Sub(m.Date) > deleteWithin && !(admin && c.supergroup()) {
		return nil, bad("message can't be deleted for everyone")
	}
	m.Deleted = true
	return true, nil
}

func (s *Server) pinChatMessage(req request) (any, *apiError) {
	c, m, err := s.pinnable(req)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, bad("message to pin not found")
	}
	if !m.Pinned {
		m.Pinned = true
		s.tellPinned(c, s.self(), m)
	}
	return true, nil
}

// unpinChatMessage without a message_id unpins the newest pin.
func (s *Server) unpinChatMessage(req request) (any, *apiError) {
	c, m, err := s.pinnable(req)
	if err != nil {
		return nil, err
	}
	if req.text("message_id") == "" {
		for _, old := range slices.Backward(c.messages) {
			if old.Pinned && !old.Deleted {
				m = old
				break
			}
		}
	}
	if m == nil {
		return nil, bad("message to unpin not found")
	}
	m.Pinned = false
	return true, nil
}

func (s *Server) pinnable(req request) (*chat, *Message, *apiError) {
	c, err := s.writable(req, "text messages")
	if err != nil {
		return nil, nil, err
	}
	if !c.may("can_pin_messages") {
		return nil, nil, bad("not enough rights to manage pinned messages in the chat")
	}
	return c, c.find(int(req.number("message_id"))), nil
}

// setMessageReaction sets one emoji of the common ones, or none.
func (s *Server) setMessageReaction(req request) (any, *apiError) {
	c, err := s.writable(req, "text messages")
	if err != nil {
		return nil, err
	}
	m := c.find(int(req.number("message_id")))
	if m == nil {
		return nil, bad("message to react not found")
	}
	var list []struct{ Type, Emoji string }
	if raw := req.text("reaction"); raw != "" && json.Unmarshal([]byte(raw), &list) != nil {
		return nil, bad("can't parse reaction types JSON object") // wording is a guess
	}
	m.Reaction = ""
	for _, r := range list {
		if len(list) > 1 || r.Type != "emoji" || !slices.Contains([]string{
			"👍", "👎", "❤", "🔥", "👏", "😁", "🤔", "🎉", "🙏", "👌", "👀", "💯", "⚡", "🏆", "🤝", "✍", "🫡", "🆒",
		}, r.Emoji) {
			return nil, bad("REACTION_INVALID")
		}
		m.Reaction = r.Emoji
	}
	return true, nil
}
