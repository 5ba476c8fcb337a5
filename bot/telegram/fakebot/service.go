package fakebot

import "time"

// Service is what a service message tells: something happened in the chat, and nobody wrote it.
type Service struct {
	Kind    string // the field's name: pinned_message, new_chat_members, left_chat_member, migrate_to_chat_id, …
	Message int    // the pinned one
	User    int64  // who came or left
	Chat    int64  // the other one of an upgrade
}

// show puts a service message into a chat. value is the JSON of the field that Kind names. The caller holds mu.
func (s *Server) show(c *chat, from object, told Service, value any) object {
	id := s.newID(c)
	raw := s.header(c, id, from)
	raw[told.Kind] = value
	by, _ := from["id"].(int64)
	c.messages = append(c.messages, &Message{
		ID: id, ChatID: c.id, FromID: by, Date: time.Unix(s.cfg.Now().Unix(), 0), Service: &told, raw: raw,
	})
	return raw
}

// tellPinned says who pinned a message. A bot is told of its own pins, too: Client.cpp, need_skip_update_message.
func (s *Server) tellPinned(c *chat, from object, m *Message) {
	s.push("message", s.show(c, from, Service{Kind: "pinned_message", Message: m.ID}, s.messageJSON(c, m)))
}

// showMember says that somebody came or left; other changes of what they are make no message. The bot hears of it with
// chat_member and my_chat_member alone: see the package comment.
func (s *Server) showMember(c *chat, by, who object, before, after string) {
	id, _ := who["id"].(int64)
	switch was, is := present(before), present(after); {
	case !was && is:
		s.show(c, by, Service{Kind: "new_chat_members", User: id}, []object{who})
	case was && !is:
		s.show(c, by, Service{Kind: "left_chat_member", User: id}, who)
	}
}

func present(status string) bool { return status != "left" && status != "kicked" && status != "" }

// tellUpgraded says in one of an upgrade's two chats which the other one is.
func (s *Server) tellUpgraded(c *chat, kind string, other int64) {
	raw := s.show(c, anonymousAdmin(), Service{Kind: kind, Chat: other}, other)
	raw["sender_chat"] = s.chatJSON(c)
	s.push("message", raw)
}
