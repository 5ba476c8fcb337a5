package fakebot

import (
	"testing"
	"time"
)

func TestMenuIsTheNarrowestListThereIs(t *testing.T) {
	w := newWorld(t)
	w.AddUser(User{ID: bob, FirstName: "Bob", Started: true, Language: "fi"})
	w.SetMember(admin, ann, "administrator")
	for _, c := range []struct {
		scope, lang, name string
		want              string // what the menus of ann and bob in the group, and of ann in private, have after this
	}{
		{`{"type":"default"}`, "", "a", "aaa"},
		{`{"type":"default"}`, "fi", "b", "aba"},
		{`{"type":"all_private_chats"}`, "", "c", "abc"},
		{`{"type":"all_group_chats"}`, "", "d", "ddc"},
		{`{"type":"all_chat_administrators"}`, "", "e", "edc"},
		{`{"type":"chat","chat_id":-1001000000001}`, "", "f", "ffc"},
		{`{"type":"chat_administrators","chat_id":-1001000000001}`, "", "g", "gfc"},
		{`{"type":"chat_member","chat_id":-1001000000001,"user_id":12}`, "", "h", "ghc"},
		{`{"type":"chat","chat_id":11}`, "", "i", "ghi"},
	} {
		w.must(t, nil, "setMyCommands", "scope", c.scope, "language_code", c.lang, "commands", `[{"command":"`+c.name+`","description":"x"}]`)
		got := w.Menu(ann, admin)[0].Command + w.Menu(bob, admin)[0].Command + w.Menu(ann, ann)[0].Command
		if got != c.want {
			t.Errorf("after %s: menus %s, want %s", c.scope, got, c.want)
		}
	}
	if got := w.Menu(ann, 999); got != nil {
		t.Errorf("menu of no chat: %v", got)
	}
}

func TestTypingEndsWithAMessageOrAfterFiveSeconds(t *testing.T) {
	w := newWorld(t)
	typing := func() string { action, _ := w.Typing(ann); return action }
	act := func() { w.must(t, nil, "sendChatAction", "chat_id", ann, "action", "typing") }
	act()
	if action, until := w.Typing(ann); action != "typing" || !until.Equal(w.now().Add(5*time.Second)) {
		t.Errorf("typing %q until %s", action, until)
	}
	if action, _ := w.Typing(bob); action != "" {
		t.Error("it types in another chat, too")
	}
	w.send(t, ann, "done")
	if typing() != "" {
		t.Error("the message did not end it")
	}
	act()
	w.pass(5 * time.Second)
	if typing() != "" {
		t.Error("five seconds did not end it")
	}
}

func TestProfileNameAndChanged(t *testing.T) {
	w := newWorld(t)
	if p, ok := w.Profile(admin); !ok || p != (Profile{Title: "Ops", Kind: "supergroup", Members: 3}) {
		t.Errorf("profile %+v, %t", p, ok)
	}
	if _, ok := w.Profile(-200); ok {
		t.Error("a chat that is not there has a profile")
	}
	if got := w.Name(ann) + " " + w.Name(w.BotID()) + " " + w.Name(5); got != "Ann fake_bot 5" {
		t.Errorf("names %q", got)
	}
	changed := w.Changed()
	w.Say(ann, ann, "hi")
	select {
	case <-changed:
	default:
		t.Error("a message changed nothing")
	}
}
