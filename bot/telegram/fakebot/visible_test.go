package fakebot

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRevisionChangesWithWhatPeopleSee(t *testing.T) {
	w := newWorld(t)
	id := w.send(t, admin, "card", "reply_markup", buttons("Yes", "y"))
	at := []any{"chat_id", admin, "message_id", id}
	press := ""
	for _, c := range []struct {
		what    string
		do      func()
		visible bool
	}{
		{"a poll", func() { w.updates(t) }, false},
		{"a look", func() { w.must(t, nil, "getChat", "chat_id", admin) }, false},
		{"a refusal", func() { w.call(t, "sendMessage", "chat_id", 99, "text", "x") }, false},
		{"a message", func() { w.send(t, admin, "x") }, true},
		{"an edit", func() { w.must(t, nil, "editMessageText", append(at, "text", "y")...) }, true},
		{"a pin", func() { w.must(t, nil, "pinChatMessage", at...) }, true},
		{"typing", func() { w.must(t, nil, "sendChatAction", "chat_id", admin, "action", "typing") }, true},
		{"somebody's words", func() { w.Say(ann, admin, "x") }, true},
		{"a press", func() { press = w.Press(ann, admin, id, "y") }, true},
		{"its answer", func() { w.must(t, nil, "answerCallbackQuery", "callback_query_id", press) }, true},
		{"a menu", func() { w.must(t, nil, "setMyCommands", "commands", "[]") }, true},
		{"somebody who left", func() { w.SetMember(admin, bob, "left") }, true},
		{"a topic", func() { w.AddTopic(admin, 7) }, true},
		{"a deletion", func() { w.must(t, nil, "deleteMessage", at...) }, true},
	} {
		before := w.Revision()
		if c.do(); (w.Revision() > before) != c.visible {
			t.Errorf("%s: revision %d, then %d", c.what, before, w.Revision())
		}
	}
}

func TestTyping(t *testing.T) {
	w := newWorld(t)
	w.must(t, nil, "sendChatAction", "chat_id", ann, "action", "Upload_Photo")
	if action, until := w.Typing(ann); action != "upload_photo" || !until.Equal(w.now().Add(typingLasts)) {
		t.Error(action, until)
	}
	if action, _ := w.Typing(bob); action != "" {
		t.Error("in another chat:", action)
	}
	w.pass(typingLasts)
	if action, _ := w.Typing(ann); action != "" {
		t.Error("after five seconds:", action)
	}
	w.must(t, nil, "sendChatAction", "chat_id", ann, "action", "typing")
	w.send(t, ann, "done")
	if action, _ := w.Typing(ann); action != "" {
		t.Error("after the message:", action)
	}
}

func TestServiceMessages(t *testing.T) {
	w := newWorld(t)
	card := w.send(t, basic, "card")
	w.must(t, nil, "pinChatMessage", "chat_id", basic, "message_id", card)
	w.must(t, nil, "pinChatMessage", "chat_id", basic, "message_id", card) // is pinned already
	if pinned := w.last(t).Message["pinned_message"].(map[string]any); pinned["text"] != "card" {
		t.Errorf("%v", pinned)
	}
	w.Pin(basic, card)
	w.SetMember(basic, bob, "member")
	w.SetMember(basic, bob, "administrator")
	w.SetMember(basic, bob, "kicked")
	w.Upgrade(basic, -1002000000000)
	type told struct {
		From int64
		Service
	}
	read := func(chat int64) (out []told) {
		for _, m := range w.Chat(chat) {
			if m.Service != nil {
				out = append(out, told{m.FromID, *m.Service})
			}
		}
		return out
	}
	want := []told{
		{defaultBotID, Service{Kind: "pinned_message", Message: card}}, {ann, Service{Kind: "pinned_message", Message: card}},
		{bob, Service{Kind: "new_chat_members", User: bob}}, {bob, Service{Kind: "left_chat_member", User: bob}},
		{anonymousAdminID, Service{Kind: "migrate_to_chat_id", Chat: -1002000000000}},
	}
	if d := cmp.Diff(want, read(basic)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	want = []told{{anonymousAdminID, Service{Kind: "migrate_from_chat_id", Chat: basic}}}
	if d := cmp.Diff(want, read(-1002000000000)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if m := w.only(t, basic); m.ID != card {
		t.Errorf("%+v", m)
	}
}

func TestTheBotsPinCannotBeEdited(t *testing.T) {
	w := newWorld(t)
	card := w.send(t, admin, "card")
	w.must(t, nil, "pinChatMessage", "chat_id", admin, "message_id", card)
	r := w.call(t, "editMessageText", "chat_id", admin, "message_id", card+1, "text", "x")
	if r.Description != "Bad Request: message can't be edited" {
		t.Error(r.Description)
	}
	w.must(t, nil, "deleteMessage", "chat_id", admin, "message_id", card+1)
}
