package fakebot

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func (w *world) only(t *testing.T, chat int64) Message {
	t.Helper()
	ms := w.Messages(chat)
	if len(ms) != 1 {
		t.Fatalf("%d messages in %d, not one", len(ms), chat)
	}
	return ms[0]
}

func TestMessageAsPeopleSeeIt(t *testing.T) {
	w := newWorld(t)
	w.AddTopic(admin, 5)
	asked := w.Say(ann, admin, "/restore", Topic(5))
	raw := `⏳ <b>bob</b>: ann asks /restore`
	w.send(t, admin, raw, "parse_mode", "HTML", "message_thread_id", 5, "disable_notification", true,
		"protect_content", true, "link_preview_options", `{"is_disabled":true}`,
		"reply_parameters", string(mustJSON(object{"message_id": asked})), "reply_markup",
		`{"inline_keyboard":[[{"text":"Approve","callback_data":"a","style":"success"}],[{"text":"ID","copy_text":{"text":"r7"}}]]}`)
	want := Message{
		ID: asked + 1, ChatID: admin, FromID: defaultBotID, Date: w.now(), Text: "⏳ bob: ann asks /restore", HTML: raw,
		Entities: []Entity{{Type: "bold", Offset: 2, Length: 3}},
		Buttons: [][]Button{
			{{Text: "Approve", Data: "a", Style: "success"}}, {{Text: "ID", CopyText: &CopyText{Text: "r7"}}},
		},
		ReplyTo: asked, ThreadID: 5, Silent: true, Protected: true, PreviewOff: true,
	}
	if d := cmp.Diff(want, w.only(t, admin), cmpopts.IgnoreUnexported(Message{}), cmpopts.EquateApproxTime(0)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestEditing(t *testing.T) {
	w := newWorld(t)
	kb := buttons("Approve", "a")
	id := w.send(t, ann, "<b>one</b>", "parse_mode", "HTML", "reply_markup", kb)
	edit := func(text string, more ...any) string {
		return w.call(t, "editMessageText", append([]any{"chat_id", ann, "message_id", id, "text", text}, more...)...).Description
	}
	same := "Bad Request: " + notModified
	steps := []struct {
		why, got, want string
	}{
		{"the same text, markup and buttons", edit("<b>one</b>", "parse_mode", "HTML", "reply_markup", kb), same},
		{"the same, spelled otherwise", edit(" <strong>one</strong>", "parse_mode", "HTML", "reply_markup", kb), same},
		{"another text", edit("<b>two</b>", "parse_mode", "HTML", "reply_markup", kb), ""},
		{"other markup", edit("two", "reply_markup", kb), ""},
		{"too long", edit(strings.Repeat("x", 4097), "reply_markup", kb), "Bad Request: MESSAGE_TOO_LONG"},
		{"no buttons takes them away", edit("two"), ""},
		{"an empty keyboard is no change then", edit("two", "reply_markup", `{"inline_keyboard":[]}`), same},
	}
	for _, s := range steps {
		if s.got != s.want {
			t.Errorf("%s: got %q, want %q", s.why, s.got, s.want)
		}
	}
	w.must(t, nil, "editMessageReplyMarkup", "chat_id", ann, "message_id", id, "reply_markup", kb)
	m := w.only(t, ann)
	if d := cmp.Diff([]string{"one", "two", "two", "two"}, m.History); d != "" || m.Edits != 4 || len(m.Buttons) != 1 {
		t.Errorf("%+v\n%s", m, d)
	}
}

func TestDocumentsHaveCaptions(t *testing.T) {
	w := newWorld(t)
	kind, body := upload(t, "log.txt", []byte("log"), form("chat_id", ann, "caption", "one"))
	if r, err := w.post(ctx(t), w.Token(), "sendDocument", kind, body); err != nil || !r.OK {
		t.Fatal(r, err)
	}
	id := w.only(t, ann).ID
	w.must(t, nil, "editMessageCaption", "chat_id", ann, "message_id", id, "caption", "two")
	r := w.call(t, "editMessageText", "chat_id", ann, "message_id", id, "text", "three")
	if r.Description != "Bad Request: there is no text in the message to edit" {
		t.Error(r.Description)
	}
	r = w.call(t, "editMessageCaption", "chat_id", ann, "message_id", id, "caption", strings.Repeat("x", 1025))
	if r.Description != "Bad Request: MEDIA_CAPTION_TOO_LONG" || w.only(t, ann).Text != "two" {
		t.Error(r.Description, w.only(t, ann))
	}
}

func TestPinReactDelete(t *testing.T) {
	w := newWorld(t)
	id := w.send(t, admin, "card")
	at := []any{"chat_id", admin, "message_id", id}
	w.must(t, nil, "pinChatMessage", at...)
	w.must(t, nil, "setMessageReaction", append(at, "reaction", `[{"type":"emoji","emoji":"👀"}]`)...)
	if m := w.only(t, admin); !m.Pinned || m.Reaction != "👀" {
		t.Errorf("%+v", m)
	}
	var c struct {
		Pinned struct {
			ID int `json:"message_id"`
		} `json:"pinned_message"`
	}
	if w.must(t, &c, "getChat", "chat_id", admin); c.Pinned.ID != id {
		t.Errorf("pinned: %+v", c)
	}
	w.must(t, nil, "unpinChatMessage", "chat_id", admin)
	w.must(t, nil, "deleteMessage", at...)
	if m := w.only(t, admin); m.Pinned || !m.Deleted {
		t.Errorf("%+v", m)
	}
	if r := w.call(t, "editMessageText", append(at, "text", "x")...); r.Description != "Bad Request: message to edit not found" {
		t.Error(r.Description)
	}
}

func TestReplyMayGoWithout(t *testing.T) {
	w := newWorld(t)
	w.send(t, ann, "x", "reply_parameters", `{"message_id":404,"allow_sending_without_reply":true}`)
	if m := w.only(t, ann); m.ReplyTo != 0 {
		t.Errorf("%+v", m)
	}
}

func TestEphemeral(t *testing.T) {
	w := newWorld(t)
	w.AddGroup(Group{ID: -1003, Title: "Others"}, ann)
	to := func(chat int64, p string) bool {
		return w.call(t, "sendMessage", "chat_id", chat, "text", "psst", "ephemeral_message_parameters", p).OK
	}
	if !to(admin, `{"receiver_user_id":11}`) || w.only(t, admin).EphemeralTo != ann || w.only(t, admin).ID != 0 {
		t.Error("an administrator may always")
	}
	if to(-1003, `{"receiver_user_id":11}`) {
		t.Error("others may not without a press")
	}
	press := w.Press(ann, -1003, 1, "x")
	p := string(mustJSON(object{"receiver_user_id": ann, "callback_query_id": press}))
	w.pass(ephemeralWithin)
	if !to(-1003, p) {
		t.Error("others may just after a press")
	}
	w.pass(time.Second)
	if to(-1003, p) {
		t.Error("others may not long after it")
	}
}

func TestMenus(t *testing.T) {
	w := newWorld(t)
	set := `[{"command":"stop","description":"stop the service"}]`
	w.must(t, nil, "setMyCommands", "commands", set, "scope", `{"type":"chat","chat_id":-1001000000001}`)
	w.must(t, nil, "setMyCommands", "commands", "[]", "scope", `{"type":"all_private_chats"}`, "language_code", "ru")
	var list []Command
	w.must(t, &list, "getMyCommands", "scope", `{"type":"chat","chat_id":-1001000000001}`)
	if d := cmp.Diff([]Command{{Command: "stop", Description: "stop the service"}}, list); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(list, w.Commands("chat:-1001000000001")); d != "" {
		t.Error(d)
	}
	w.must(t, nil, "deleteMyCommands", "scope", `{"type":"chat","chat_id":-1001000000001}`)
	if len(w.Commands("chat:-1001000000001")) != 0 {
		t.Error("still there")
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t)
	for range 40 {
		w.send(t, ann, "off at first")
	}
	w.Limits(true)
	w.pass(time.Minute)
	send := func(chat int64) int {
		return w.call(t, "sendMessage", "chat_id", chat, "text", "x").Parameters.RetryAfter
	}
	for i := range chatBurst {
		if wait := send(ann); wait != 0 {
			t.Errorf("message %d: wait %d s", i, wait)
		}
	}
	if wait := send(ann); wait != 3 {
		t.Errorf("after the burst: wait %d s", wait)
	}
	if wait := send(bob); wait != 0 {
		t.Errorf("another chat: wait %d s", wait)
	}
	n := len(w.Messages(ann))
	w.pass(3 * time.Second)
	if wait := send(ann); wait != 0 || len(w.Messages(ann)) != n+1 {
		t.Errorf("after the wait: wait %d s", wait)
	}
	id := w.send(t, admin, "card")
	for i := range groupMinute - 1 {
		w.pass(time.Second)
		w.must(t, nil, "editMessageText", "chat_id", admin, "message_id", id, "text", strings.Repeat("x", i+1))
	}
	w.pass(time.Second)
	r := w.call(t, "editMessageText", "chat_id", admin, "message_id", id, "text", "one more")
	if r.status != 429 || r.Description != "Too Many Requests: retry after 40" || r.Parameters.RetryAfter != 40 {
		t.Errorf("the 21st in a minute: %+v", r)
	}
}

func TestLimitOverall(t *testing.T) {
	w := newWorld(t)
	w.Limits(true)
	for i := range allSecond {
		w.AddUser(User{ID: 1000 + int64(i), Started: true})
		w.send(t, 1000+int64(i), "x")
	}
	if r := w.call(t, "sendMessage", "chat_id", ann, "text", "x"); r.Code != 429 {
		t.Errorf("%+v", r)
	}
	w.pass(time.Second)
	w.send(t, ann, "x")
}
