package web

import "twokey/bot/telegram/fakebot"

// photoOf is a message's picture, nil when it has none.
func photoOf(m fakebot.Message) []byte {
	if m.Photo == nil {
		return nil
	}
	return m.Photo.Bytes
}

// serviceOf is the sentence of a line that Telegram itself writes into a chat; "" for what somebody wrote.
func serviceOf(p Phone, m fakebot.Message, byID map[int]fakebot.Message) string {
	if m.Service == nil {
		return ""
	}
	switch m.Service.Kind {
	case "pinned_message":
		return p.Server.Name(m.FromID) + " pinned “" + shortened(byID[m.Service.Message]) + "”"
	case "new_chat_members":
		return p.Server.Name(m.Service.User) + " joined the group"
	case "left_chat_member":
		return p.Server.Name(m.Service.User) + " left the group"
	}
	return "Telegram: " + m.Service.Kind
}
