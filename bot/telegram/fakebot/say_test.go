package fakebot

import (
	"fmt"
	"testing"
	"time"
)

func TestSay(t *testing.T) {
	at := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	cases := []struct {
		why  string
		opts []SayOption
		want string // fields of the message, as fmt prints them
	}{
		{"plainly", nil, "map[text:/stop now]"},
		{"hours ago", []SayOption{SentAt(at)}, "map[date:1.7955036e+09 text:/stop now]"},
		{"forwarded", []SayOption{Forwarded()}, "map[forward_date:+ forward_origin:+ text:/stop now]"},
		{"forwarded, newest fields only", []SayOption{ForwardedOrigin()}, "map[forward_origin:+ text:/stop now]"},
		{"forwarded, old fields only", []SayOption{ForwardedLegacy()}, "map[forward_date:+ text:/stop now]"},
		{"through an inline bot", []SayOption{ViaBot()}, "map[text:/stop now via_bot:+]"},
		{"anonymously", []SayOption{AnonymousAdmin()}, "map[from:1.087968824e+09 sender_chat:+ text:/stop now]"},
		{"as a channel", []SayOption{AsChannel()}, "map[from:1.36817688e+08 sender_chat:+ text:/stop now]"},
		{"from the linked channel", []SayOption{AutomaticForward()},
			"map[from:777000 is_automatic_forward:true sender_chat:+ text:/stop now]"},
		{"by a bot", []SayOption{FromBot()}, "map[bot:true text:/stop now]"},
		{"in a topic", []SayOption{Topic(7)}, "map[is_topic_message:true message_thread_id:7 text:/stop now]"},
		{"scheduled", []SayOption{Scheduled()}, "map[is_from_offline:true text:/stop now]"},
		{"under a photo", []SayOption{Caption()}, "map[caption:/stop now photo:+]"},
		{"for the bot's eyes only", []SayOption{Ephemeral()}, "map[ephemeral_message_id:1 text:/stop now]"},
		{"with a field of a test", []SayOption{Raw(func(m map[string]any) { m["guest_query_id"] = "1" })},
			"map[guest_query_id:1 text:/stop now]"},
	}
	for _, c := range cases {
		w := newWorld(t)
		id := w.Say(ann, admin, "/stop now", c.opts...)
		m := w.last(t).Message
		if m["message_id"] != float64(id) {
			t.Errorf("%s: message_id %v", c.why, m["message_id"])
		}
		if got := fmt.Sprint(odd(w, m)); got != c.want {
			t.Errorf("%s: got %s\nwant %s", c.why, got, c.want)
		}
	}
}

// odd is what is not as in every message of ann; objects are shortened to +.
func odd(w *world, m map[string]any) map[string]any {
	from := m["from"].(map[string]any)
	out := map[string]any{}
	for k, v := range m {
		switch v.(type) {
		case map[string]any, []any:
			v = "+"
		}
		out[k] = v
	}
	for _, k := range []string{"from", "chat", "message_id", "entities", "caption_entities", "forward_from"} {
		delete(out, k)
	}
	if m["forward_date"] != nil {
		out["forward_date"] = "+"
	}
	if m["date"] == float64(w.now().Unix()) {
		delete(out, "date")
	}
	if from["id"] != float64(ann) {
		out["from"] = from["id"]
	} else if from["is_bot"] == true {
		out["bot"] = true
	}
	return out
}

func TestEdits(t *testing.T) {
	w := newWorld(t)
	w.Say(ann, admin, "/stop", Edited())
	if u := w.last(t); u.Message != nil || u.Edited["text"] != "/stop" || u.Edited["edit_date"] == nil {
		t.Errorf("said as an edit: %+v", u)
	}
	id := w.Say(ann, admin, "/status")
	w.last(t)
	w.Edit(admin, id, "/stop")
	if u := w.last(t); u.Edited["message_id"] != float64(id) || u.Edited["text"] != "/stop" {
		t.Errorf("edited: %+v", u)
	}
}

func TestReplies(t *testing.T) {
	w := newWorld(t)
	card := w.send(t, admin, "card")
	w.Say(ann, admin, "why?", ReplyTo(card))
	m := w.last(t).Message
	to, _ := m["reply_to_message"].(map[string]any)
	if to["text"] != "card" || m["message_thread_id"] != float64(card) || m["is_topic_message"] != nil {
		t.Errorf("reply: %v", m)
	}
}

func TestCommandsAreMarked(t *testing.T) {
	cases := []struct{ text, want string }{
		{"/stop", "[{bot_command 0 5}]"},
		{"/stop@fake_bot now", "[{bot_command 0 14}]"},
		{"🧪 /stop", "[{bot_command 3 5}]"},
		{"/stopпривет", "[]"},
		{"a/stop", "[]"},
		{"/usr/bin", "[]"},
		{"stop", "[]"},
	}
	for _, c := range cases {
		got := []string{}
		for _, e := range commandsIn(c.text) {
			got = append(got, fmt.Sprintf("{%s %d %d}", e.Type, e.Offset, e.Length))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%q: got %v, want %s", c.text, got, c.want)
		}
	}
}

func TestPrivacyMode(t *testing.T) {
	cases := []struct {
		why   string
		spoke bool
		text  string
		reply bool
		want  int
	}{
		{"small talk is not for the bot", true, "hi", false, 0},
		{"a command with its name is", false, "/stop@Fake_Bot now", false, 1},
		{"a command with another's is not", true, "/stop@other_bot", false, 0},
		{"a bare one is, if the bot spoke last", true, "/stop", false, 1},
		{"a bare one is not otherwise", false, "/stop", false, 0},
		{"an answer to it is", true, "why?", true, 1},
	}
	for _, c := range cases {
		w := newWorld(t)
		w.AddGroup(Group{ID: -1003, Title: "Private"}, ann)
		var opts []SayOption
		if c.spoke {
			id := w.send(t, -1003, "card")
			if c.reply {
				opts = append(opts, ReplyTo(id))
			}
		}
		w.Say(ann, -1003, c.text, opts...)
		if n := len(w.updates(t)); n != c.want {
			t.Errorf("%s: %d updates, want %d", c.why, n, c.want)
		}
	}
}

func TestMembership(t *testing.T) {
	w := newWorld(t)
	status := func(user int64) string {
		var m struct{ Status string }
		w.must(t, &m, "getChatMember", "chat_id", admin, "user_id", user)
		return m.Status
	}
	w.SetMember(admin, ann, "creator")
	w.SetMember(admin, bob, "left")
	w.SetBotStatus(admin, "administrator", ann, "can_pin_messages")
	if status(ann) != "creator" || status(bob) != "left" || status(w.cfg.BotID) != "administrator" {
		t.Error(status(ann), status(bob), status(w.cfg.BotID))
	}
	var admins []struct {
		User struct{ ID int64 }
		Pin  bool `json:"can_pin_messages"`
	}
	w.must(t, &admins, "getChatAdministrators", "chat_id", admin)
	if len(admins) != 2 || admins[0].User.ID != ann || admins[1].Pin {
		t.Errorf("administrators: %+v", admins)
	}
	var n int
	if w.must(t, &n, "getChatMemberCount", "chat_id", admin); n != 2 {
		t.Errorf("%d members", n)
	}
	if us := w.updates(t); len(us) != 1 || us[0].My == nil {
		t.Errorf("updates: %+v", us)
	}
}

func TestBlockAndUnblock(t *testing.T) {
	w := newWorld(t)
	w.Block(ann)
	w.Unblock(ann)
	us := w.updates(t)
	if len(us) != 2 || us[0].My == nil || us[1].My == nil {
		t.Errorf("updates: %+v", us)
	}
	w.send(t, ann, "welcome back")
	w.Say(eve, eve, "/start")
	w.send(t, eve, "welcome")
}
