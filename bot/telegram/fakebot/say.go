package fakebot

import (
	"maps"
	"regexp"
	"time"
	"unicode"
	"unicode/utf8"
)

// Say makes a user write into a chat: the bot's private chat with them (chatID = userID) or a group, which they join
// if need be. The bot gets an update unless its filter or privacy mode is against it. The message's id is returned.
func (s *Server) Say(userID, chatID int64, text string, opts ...SayOption) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c := s.mustUser(userID), s.mustChat(chatID)
	if c.private() {
		u.Started, u.blocked = true, false // writing lifts a block
	} else if c.members[userID] == "" {
		c.members[userID] = "member"
	}
	id := s.newID(c)
	p := &saying{msg: s.header(c, id, s.userJSON(u)), chat: s.chatJSON(c), kind: "message"}
	for _, opt := range opts {
		opt(p)
	}
	s.place(c, p)
	s.attach(p)
	p.setText(text)
	m := &Message{
		ID: id, ChatID: chatID, FromID: userID, Text: text, Date: time.Unix(p.date(), 0), ThreadID: p.topic,
		ReplyTo: p.replyTo, Photo: p.photo, Document: p.doc, raw: p.msg,
	}
	c.messages = append(c.messages, m)
	to := c.find(p.replyTo)
	if s.reads(c, text, to != nil && to.FromID == s.cfg.BotID) {
		s.push(p.kind, p.msg)
	}
	s.touch()
	return id
}

// date is the message's; Raw may have put anything there.
func (p *saying) date() int64 {
	t, _ := p.msg["date"].(int64)
	return t
}

// place sets where in the chat the message stands: its topic and what it replies to.
func (s *Server) place(c *chat, p *saying) {
	if p.topic != 0 {
		if open, known := c.topics[p.topic]; known && !open {
			panic("fakebot: the topic is deleted")
		}
		c.topics[p.topic] = true
		p.msg["message_thread_id"], p.msg["is_topic_message"] = p.topic, true
	}
	if p.replyTo == 0 {
		return
	}
	to := c.find(p.replyTo)
	if to == nil {
		panic("fakebot: no such message to reply to")
	}
	reply := maps.Clone(s.messageJSON(c, to))
	delete(reply, "reply_to_message")
	p.msg["reply_to_message"] = reply
	if c.supergroup() && p.topic == 0 { // a reply thread has an id too, though it is no topic
		p.msg["message_thread_id"] = p.replyTo
	}
}

// attach stores what comes with the message, so that the bot can download it.
func (s *Server) attach(p *saying) {
	switch {
	case p.photo != nil:
		s.keepPhoto(p.photo)
		p.msg["photo"] = p.photo.json()
	case p.doc != nil:
		s.keepDocument(p.doc)
		p.msg["document"] = p.doc.json()
	case p.caption:
		p.msg["photo"] = []object{{"file_id": "photo", "file_unique_id": "p", "width": 90, "height": 90}}
	}
}

func (p *saying) setText(text string) {
	name, entities := "text", "entities"
	if p.caption {
		name, entities = "caption", "caption_entities"
	}
	if _, set := p.msg[name]; !set && (text != "" || !p.caption) {
		p.msg[name] = text
	}
	delete(p.msg, entities)
	if found := commandsIn(text); len(found) > 0 {
		p.msg[entities] = found
	}
}

// Pin makes a person pin a message of a chat, anybody's: the first member, or whose private chat it is.
func (s *Server) Pin(chatID int64, messageID int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.mustChat(chatID)
	m := c.find(messageID)
	if m == nil {
		panic("fakebot: no such message to pin")
	}
	m.Pinned = true
	s.tellPinned(c, s.pinner(c), m)
	s.touch()
}

func (s *Server) pinner(c *chat) object {
	if c.private() {
		return s.userJSON(s.users[c.id])
	}
	if ids := c.memberIDs(); len(ids) > 0 {
		return s.userJSON(s.users[ids[0]])
	}
	return anonymousAdmin()
}

// Edit changes a message somebody wrote; the bot gets edited_message if it asked for it and reads the chat.
func (s *Server) Edit(chatID int64, messageID int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.mustChat(chatID)
	m := c.find(messageID)
	if m == nil || m.raw == nil {
		panic("fakebot: no such message of a person")
	}
	p := &saying{msg: maps.Clone(m.raw)}
	_, photo := m.raw["photo"]
	p.caption = photo || m.file()
	delete(p.msg, "text")
	delete(p.msg, "caption")
	p.setText(text)
	p.msg["edit_date"] = s.cfg.Now().Unix()
	m.History, m.Text, m.raw = append(m.History, m.Text), text, p.msg
	m.Edits++
	if s.reads(c, text, false) {
		s.push("edited_message", p.msg)
	}
	s.touch()
}

// command finds what the server marks as bot_command. What stands before and after decides too: see commandsIn.
var command = regexp.MustCompile(`/[a-zA-Z0-9_]{1,64}(@[a-zA-Z0-9_]{3,32})?`)

// commandsIn marks commands as the server does: not inside words or paths. Offsets count UTF-16 units.
func commandsIn(text string) []Entity {
	var out []Entity
	for _, at := range command.FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:at[0]])
		after, _ := utf8.DecodeRuneInString(text[at[1]:])
		if at[0] > 0 && joins(before) || at[1] < len(text) && joins(after) {
			continue
		}
		out = append(out, Entity{
			Type: "bot_command", Offset: utf16Len(text[:at[0]]), Length: utf16Len(text[at[0]:at[1]]),
		})
	}
	return out
}

func joins(r rune) bool {
	return r == '/' || r == '<' || r == '>' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}
