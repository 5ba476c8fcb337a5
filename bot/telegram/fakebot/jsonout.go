package fakebot

// The JSON forms of what the server knows.

func (s *Server) self() object {
	return object{"id": s.cfg.BotID, "is_bot": true, "first_name": s.cfg.BotUsername, "username": s.cfg.BotUsername}
}

func (s *Server) userJSON(u *user) object {
	o := object{"id": u.ID, "is_bot": u.Bot, "first_name": u.FirstName}
	if u.Username != "" {
		o["username"] = u.Username
	}
	if u.Language != "" {
		o["language_code"] = u.Language
	}
	return o
}

func (s *Server) chatJSON(c *chat) object {
	o := object{"id": c.id, "type": c.kind()}
	if c.private() {
		u := s.users[c.id]
		o["first_name"] = u.FirstName
		if u.Username != "" {
			o["username"] = u.Username
		}
		return o
	}
	o["title"] = c.title
	if c.forum {
		o["is_forum"] = true
	}
	return o
}

// header is what every message has.
func (s *Server) header(c *chat, id int, from object) object {
	return object{"message_id": id, "from": from, "chat": s.chatJSON(c), "date": s.cfg.Now().Unix()}
}

func (s *Server) memberChange(c *chat, by *user, who object, before, after string) object {
	return object{
		"chat": s.chatJSON(c), "from": s.userJSON(by), "date": s.cfg.Now().Unix(),
		"old_chat_member": object{"user": who, "status": before},
		"new_chat_member": object{"user": who, "status": after},
	}
}

// messageJSON is a message of the bot; people's messages keep the JSON they were sent with.
func (s *Server) messageJSON(c *chat, m *Message) object {
	if m.raw != nil {
		return m.raw
	}
	o := s.header(c, m.ID, s.self())
	o["date"] = m.Date.Unix()
	if m.EphemeralTo != 0 {
		o["ephemeral_message_id"] = m.ephemeralID
	}
	if m.Edits > 0 {
		o["edit_date"] = m.edited.Unix()
	}
	if m.ThreadID != 0 {
		o["message_thread_id"], o["is_topic_message"] = m.ThreadID, true
	}
	if to := c.find(m.ReplyTo); to != nil {
		reply := object{}
		for k, v := range s.messageJSON(c, to) {
			if k != "reply_to_message" { // Telegram goes one level deep
				reply[k] = v
			}
		}
		o["reply_to_message"] = reply
	}
	if m.Protected {
		o["has_protected_content"] = true
	}
	s.addContent(o, m)
	return o
}

func (s *Server) addContent(o object, m *Message) {
	text, entities := "text", "entities"
	if m.file() {
		text, entities = "caption", "caption_entities"
	}
	if m.Document != nil {
		o["document"] = m.Document.json()
	}
	if m.Photo != nil {
		o["photo"] = m.Photo.json()
	}
	if m.Text != "" {
		o[text] = m.Text
	}
	if len(m.Entities) > 0 {
		o[entities] = m.Entities
	}
	if len(m.Buttons) > 0 {
		o["reply_markup"] = object{"inline_keyboard": m.Buttons}
	}
}

func (d *Document) json() object {
	return object{"file_id": d.id, "file_unique_id": "u" + d.id, "file_name": d.Name, "file_size": len(d.Bytes)}
}

func inaccessible(s *Server, c *chat, id int) object {
	return object{"chat": s.chatJSON(c), "message_id": id, "date": 0}
}
