package telegram_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/bot/telegram"
)

func at(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

func TestDecodeUpdate(t *testing.T) {
	ann := telegram.User{ID: 11, FirstName: "Ann", Username: "ann", Language: "fi"}
	group := telegram.Chat{ID: -1001, Type: telegram.ChatSupergroup, Title: "Ops", IsForum: true}
	const annJSON = `{"id":11,"is_bot":false,"first_name":"Ann","username":"ann","language_code":"fi"}`
	const groupJSON = `{"id":-1001,"type":"supergroup","title":"Ops","is_forum":true}`
	tests := []struct {
		about, json string
		want        telegram.Update
	}{
		{"a command in a topic; what answers the topic's first message answers nothing",
			`{"update_id":5,"message":{"message_id":7,"date":1700000000,"chat":` + groupJSON + `,"from":` + annJSON +
				`,"text":"/stop","message_thread_id":3,"is_topic_message":true,"reply_to_message":{"message_id":3},"new_field":{"x":[1]}}}`,
			telegram.Update{ID: 5, Message: &telegram.Message{ID: 7, Date: at(1700000000), Chat: group, From: &ann, Text: "/stop", ThreadID: 3, IsTopic: true}}},
		{"a reply in a thread that is no topic",
			`{"update_id":5,"message":{"message_id":7,"date":1700000000,"chat":` + groupJSON + `,"message_thread_id":3,"reply_to_message":{"message_id":3}}}`,
			telegram.Update{ID: 5, Message: &telegram.Message{ID: 7, Date: at(1700000000), Chat: group, ThreadID: 3, ReplyTo: 3}}},
		{"a press",
			`{"update_id":6,"callback_query":{"id":"99","from":` + annJSON + `,"data":"v1:7:a","message":{"message_id":8,"date":1700000001,"chat":` + groupJSON + `,"message_thread_id":3,"is_topic_message":true}}}`,
			telegram.Update{ID: 6, Callback: &telegram.Callback{ID: "99", From: ann, Data: "v1:7:a", HasMessage: true, Chat: group, ChatID: -1001,
				MessageID: 8, MessageDate: at(1700000001), ThreadID: 3}}},
		{"a press on a message too old to be given out",
			`{"update_id":6,"callback_query":{"id":"99","from":` + annJSON + `,"data":"x","message":{"message_id":8,"date":0,"chat":` + groupJSON + `}}}`,
			telegram.Update{ID: 6, Callback: &telegram.Callback{ID: "99", From: ann, Data: "x", HasMessage: true, Chat: group, ChatID: -1001, MessageID: 8}}},
		{"a press on an inline message",
			`{"update_id":6,"callback_query":{"id":"99","from":` + annJSON + `,"data":"x","inline_message_id":"abc"}}`,
			telegram.Update{ID: 6, Callback: &telegram.Callback{ID: "99", From: ann, Data: "x"}}},
		{"somebody left",
			`{"update_id":7,"chat_member":{"chat":` + groupJSON + `,"from":` + annJSON + `,"date":1700000002,"old_chat_member":{"status":"member","user":` + annJSON + `},"new_chat_member":{"status":"left","user":` + annJSON + `}}}`,
			telegram.Update{ID: 7, Member: &telegram.MemberChange{Chat: group, By: ann, Date: at(1700000002),
				Old: telegram.Member{User: ann, Status: "member"}, New: telegram.Member{User: ann, Status: "left"}}}},
		{"the bot became an administrator",
			`{"update_id":7,"my_chat_member":{"chat":` + groupJSON + `,"from":` + annJSON + `,"date":1,"new_chat_member":{"status":"administrator","user":{"id":1,"is_bot":true},"can_pin_messages":true,"can_delete_messages":true}}}`,
			telegram.Update{ID: 7, Self: &telegram.MemberChange{Chat: group, By: ann, Date: at(1),
				New: telegram.Member{User: telegram.User{ID: 1, IsBot: true}, Status: "administrator", CanPin: true, CanDelete: true}}}},
		{"the group became a supergroup",
			`{"update_id":8,"message":{"message_id":9,"date":1,"chat":{"id":-5,"type":"group"},"migrate_to_chat_id":-1005}}`,
			telegram.Update{ID: 8, Message: &telegram.Message{ID: 9, Date: at(1), Chat: telegram.Chat{ID: -5, Type: telegram.ChatGroup}, MigrateTo: -1005}}},
		{"people came and went",
			`{"update_id":8,"message":{"message_id":9,"date":1,"chat":{"id":-5,"type":"group"},"new_chat_members":[{"id":1},{"id":2}],"left_chat_member":{"id":3},"migrate_from_chat_id":-4}}`,
			telegram.Update{ID: 8, Message: &telegram.Message{ID: 9, Date: at(1), Chat: telegram.Chat{ID: -5, Type: telegram.ChatGroup}, MigrateFrom: -4,
				Joined: []telegram.User{{ID: 1}, {ID: 2}}, Left: &telegram.User{ID: 3}}}},
		{"a kind of next year", `{"update_id":9,"telepathy":{"from":{"id":"x"}}}`, telegram.Update{ID: 9}},
	}
	for _, tt := range tests {
		got, err := telegram.DecodeUpdate(json.RawMessage(tt.json))
		if err != nil {
			t.Errorf("%s: %v", tt.about, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.about, diff)
		}
	}
	for _, bad := range []string{``, `[]`, `7`, `"x"`, `{"update_id":"7"}`, `{"message":{"chat":{"id":"x"}}}`, `{"message":[]}`, `{`} {
		if u, err := telegram.DecodeUpdate(json.RawMessage(bad)); err == nil {
			t.Errorf("DecodeUpdate(%s) = %+v, want an error", bad, u)
		}
	}
}

// message is an update with an ordinary message of a person in a group, plus
// extra fields, as an update of a kind.
func message(kind, extra string) string {
	fields := `"message_id":7,"date":1700000000,"chat":{"id":-1001,"type":"supergroup"},"text":"/stop","from":{"id":11}`
	if extra != "" {
		fields += "," + extra // of two equal names the second counts
	}
	return `{"update_id":5,"` + kind + `":{` + fields + `}}`
}

func TestSuspicious(t *testing.T) {
	tests := []struct {
		about, json string
		want        telegram.Reason
	}{
		{"a person's own words", message("message", ""), telegram.ReasonNone},
		{"an edit", message("edited_message", ""), telegram.ReasonEdited},
		{"a message that was edited before it came", message("message", `"edit_date":1700000009`), telegram.ReasonEdited},
		{"a post of a channel", message("channel_post", ""), telegram.ReasonChannelPost},
		{"a message in a channel", message("message", `"chat":{"id":-1002,"type":"channel"}`), telegram.ReasonChannelPost},
		{"an edited post", message("edited_channel_post", ""), telegram.ReasonEdited},
		{"to a business account", message("business_message", ""), telegram.ReasonBusiness},
		{"through a business connection", message("message", `"business_connection_id":"b"`), telegram.ReasonBusiness},
		{"by a business account's bot", message("message", `"sender_business_bot":{"id":4,"is_bot":true}`), telegram.ReasonBusiness},
		{"as a guest", message("guest_message", ""), telegram.ReasonGuest},
		{"with a guest query", message("message", `"guest_query_id":"g"`), telegram.ReasonGuest},
		{"seen by one only", message("message", `"ephemeral_message_id":17`), telegram.ReasonEphemeral},
		{"copied from the linked channel", message("message", `"is_automatic_forward":true,"forward_date":1`), telegram.ReasonAutomaticForward},
		{"forwarded", message("message", `"forward_origin":{"type":"user"}`), telegram.ReasonForwarded},
		{"forwarded, in a form of next year", message("message", `"forward_origin":"user"`), telegram.ReasonForwarded},
		{"forwarded, by the old API", message("message", `"forward_date":1600000000`), telegram.ReasonForwarded},
		{"forwarded from a hidden account", message("message", `"forward_sender_name":"x"`), telegram.ReasonForwarded},
		{"through an inline bot", message("message", `"via_bot":{"id":4}`), telegram.ReasonViaBot},
		{"scheduled", message("message", `"is_from_offline":true`), telegram.ReasonOffline},
		{"by an anonymous administrator", message("message", `"sender_chat":{"id":-1001},"from":{"id":1087968824,"is_bot":true}`), telegram.ReasonAnonymous},
		{"by one, told by the account only", message("message", `"from":{"id":1087968824,"is_bot":true}`), telegram.ReasonAnonymous},
		{"in the name of a channel", message("message", `"sender_chat":{"id":-1002},"from":{"id":136817688,"is_bot":true}`), telegram.ReasonSenderChat},
		{"by Telegram", message("message", `"from":{"id":777000}`), telegram.ReasonSenderChat},
		{"by a bot", message("message", `"from":{"id":12,"is_bot":true}`), telegram.ReasonBot},
		{"by nobody", message("message", `"from":null`), telegram.ReasonNoSender},
		{"marks that say no", message("message", `"is_from_offline":false,"via_bot":null,"edit_date":0,"guest_query_id":""`), telegram.ReasonNone},
	}
	for _, tt := range tests {
		u, err := telegram.DecodeUpdate(json.RawMessage(tt.json))
		if err != nil || u.Message == nil {
			t.Errorf("%s: %v", tt.about, err)
			continue
		}
		if got := telegram.Suspicious(*u.Message); got != tt.want {
			t.Errorf("%s: Suspicious = %q, want %q", tt.about, got, tt.want)
		}
	}
	if got := telegram.Suspicious(telegram.Message{}); got == telegram.ReasonNone {
		t.Error("an empty message is obeyed")
	}
}

func TestSuspiciousPress(t *testing.T) {
	good := telegram.Callback{From: telegram.User{ID: 11}, HasMessage: true, ChatID: -1, MessageID: 2}
	tests := []struct {
		about string
		with  func(*telegram.Callback)
		want  telegram.Reason
	}{
		{"a person", func(*telegram.Callback) {}, telegram.ReasonNone},
		{"a bot", func(c *telegram.Callback) { c.From.IsBot = true }, telegram.ReasonBot},
		{"an inline message", func(c *telegram.Callback) { c.HasMessage = false }, telegram.ReasonNoMessage},
		{"no chat", func(c *telegram.Callback) { c.ChatID = 0 }, telegram.ReasonNoMessage},
		{"nobody", func(c *telegram.Callback) { c.From.ID = 0 }, telegram.ReasonNoSender},
		{"the anonymous account", func(c *telegram.Callback) { c.From.ID = 1087968824 }, telegram.ReasonAnonymous},
	}
	for _, tt := range tests {
		c := good
		tt.with(&c)
		if got := telegram.SuspiciousPress(c); got != tt.want {
			t.Errorf("%s: SuspiciousPress = %q, want %q", tt.about, got, tt.want)
		}
	}
}

func TestMemberPresent(t *testing.T) {
	for status, want := range map[string]bool{"creator": true, "administrator": true, "member": true, "restricted": false, "left": false, "kicked": false, "": false} {
		if got := (telegram.Member{Status: status}).Present(); got != want {
			t.Errorf("Present of %q = %v", status, got)
		}
	}
	if !(telegram.Member{Status: "restricted", IsMember: true}).Present() {
		t.Error("a restricted member is there")
	}
}

func FuzzDecodeUpdate(f *testing.F) {
	for _, kind := range []string{"message", "edited_message", "channel_post", "business_message", "guest_message"} {
		f.Add([]byte(message(kind, `"forward_origin":{},"reply_to_message":{"message_id":1}`)))
	}
	f.Add([]byte(`{"update_id":6,"callback_query":{"id":"9","from":{"id":1},"message":{"message_id":8,"date":0,"chat":{"id":-1}}}}`))
	f.Add([]byte(`{"update_id":7,"chat_member":{"new_chat_member":{"status":"left"}},"my_chat_member":null}`))
	f.Add([]byte(`{"update_id":9223372036854775808}`))
	f.Add([]byte(strings.Repeat("[", 20000)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		u, err := telegram.DecodeUpdate(raw)
		if err != nil {
			return
		}
		if u.Message != nil {
			_ = u.Message.Thread()
			if r := telegram.Suspicious(*u.Message); r == telegram.ReasonNone && (u.Message.From == nil || u.Message.Forwarded || u.Message.Edited) {
				t.Errorf("%s is obeyed", raw)
			}
		}
		if u.Callback != nil {
			telegram.SuspiciousPress(*u.Callback)
		}
		if u.Member != nil && u.Member.New.Present() && u.Member.New.Status == "left" {
			t.Errorf("%s: left and present", raw)
		}
	})
}
