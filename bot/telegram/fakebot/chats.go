package fakebot

import (
	"cmp"
	"slices"
	"strconv"
)

// target finds the chat a call is about, without asking whether the bot may write there.
func (s *Server) target(req request) (*chat, *apiError) {
	id := req.text("chat_id")
	if id == "" {
		return nil, bad("chat_id is empty")
	}
	n, err := strconv.ParseInt(id, 10, 64)
	c := s.chats[n]
	if err != nil || c == nil {
		return nil, bad("chat not found")
	}
	return c, c.gone()
}

// gone says why the bot is not in a group any more.
func (c *chat) gone() *apiError {
	switch {
	case c.migrated != 0:
		return migrated(c.migrated)
	case c.botStatus == "kicked":
		return fail(403, "bot was kicked from the %s chat", c.kind())
	case c.botStatus == "left":
		return fail(403, "bot is not a member of the %s chat", c.kind())
	}
	return nil
}

// writable finds the chat a call wants to write to, and refuses as Telegram does if the bot may not.
func (s *Server) writable(req request, what string) (*chat, *apiError) {
	c, err := s.target(req)
	if err != nil {
		return nil, err
	}
	if !c.private() {
		if c.botStatus == "restricted" {
			return nil, bad("not enough rights to send %s to the chat", what)
		}
		return c, nil
	}
	switch u := s.users[c.id]; {
	case u.Bot:
		return nil, fail(403, "the bot can't send messages to the bot")
	case u.deactivated:
		return nil, fail(403, "user is deactivated")
	case u.blocked:
		return nil, fail(403, "bot was blocked by the user")
	case !u.Started:
		return nil, fail(403, "bot can't initiate conversation with a user")
	}
	return c, nil
}

func (s *Server) getMe(request) (any, *apiError) {
	me := s.self()
	me["can_join_groups"], me["supports_inline_queries"] = true, false
	me["can_read_all_group_messages"] = s.cfg.PrivacyOff
	me["can_connect_to_business"], me["has_main_web_app"], me["has_topics_enabled"] = false, false, false
	return me, nil
}

func (s *Server) getChat(req request) (any, *apiError) {
	c, err := s.target(req)
	if err != nil {
		return nil, err
	}
	o := s.chatJSON(c)
	o["accent_color_id"], o["max_reaction_count"] = 0, 11
	for _, m := range slices.Backward(c.messages) {
		if m.Pinned && !m.Deleted {
			o["pinned_message"] = s.messageJSON(c, m)
			break
		}
	}
	return o, nil
}

func (s *Server) getChatMember(req request) (any, *apiError) {
	c, err := s.target(req)
	if err != nil {
		return nil, err
	}
	id := req.number("user_id")
	if id == s.cfg.BotID {
		return s.botMember(c), nil
	}
	u := s.users[id]
	if u == nil {
		return nil, bad("user not found")
	}
	if c.private() {
		return object{"user": s.userJSON(u), "status": "member"}, nil
	}
	return object{"user": s.userJSON(u), "status": c.status(id)}, nil
}

func (s *Server) botMember(c *chat) object {
	o := object{"user": s.self(), "status": cmp.Or(c.botStatus, "member")}
	if c.botStatus == "administrator" {
		for _, right := range []string{
			"can_manage_chat", "can_delete_messages", "can_restrict_members", "can_pin_messages", "can_manage_topics",
		} {
			o[right] = c.may(right)
		}
		o["can_be_edited"], o["is_anonymous"] = false, false
	}
	return o
}

func (s *Server) getChatAdministrators(req request) (any, *apiError) {
	c, err := s.target(req)
	if err != nil {
		return nil, err
	}
	if c.private() {
		return nil, bad("there are no administrators in the private chat")
	}
	out := []object{}
	for _, id := range c.memberIDs() {
		if u := s.users[id]; !u.Bot && (c.members[id] == "creator" || c.members[id] == "administrator") {
			out = append(out, object{"user": s.userJSON(u), "status": c.members[id], "is_anonymous": false})
		}
	}
	if c.botStatus == "administrator" {
		out = append(out, s.botMember(c))
	}
	return out, nil
}

func (s *Server) getChatMemberCount(req request) (any, *apiError) {
	c, err := s.target(req)
	if err != nil {
		return nil, err
	}
	if c.private() {
		return 2, nil
	}
	n := 1 // the bot: it would not be answered otherwise
	for _, status := range c.members {
		if status != "left" && status != "kicked" {
			n++
		}
	}
	return n, nil
}

func (c *chat) memberIDs() []int64 {
	var ids []int64
	for id := range c.members {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
