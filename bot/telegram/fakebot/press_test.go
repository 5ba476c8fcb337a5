package fakebot

import (
	"strings"
	"testing"
	"time"
)

func TestPressAndAnswer(t *testing.T) {
	w := newWorld(t)
	id := w.send(t, admin, "restore?", "reply_markup", buttons("Approve restore", "nonce"))
	press, err := w.PressButton(bob, admin, id, "Approve")
	if err != nil {
		t.Fatal(err)
	}
	cb := w.last(t).Callback
	if cb.ID != press || cb.Data != "nonce" || cb.From.ID != bob || cb.Message["text"] != "restore?" {
		t.Errorf("callback: %+v", cb)
	}
	w.must(t, nil, "answerCallbackQuery", "callback_query_id", press, "text", "Loses 54 rows", "show_alert", true)
	a, err := w.WaitAnswer(ctx(t), press)
	if err != nil || a.Text != "Loses 54 rows" || !a.ShowAlert {
		t.Errorf("answer: %+v, %v", a, err)
	}
	if _, err := w.PressButton(bob, admin, id, "Deny"); err == nil {
		t.Error("pressed a button that is not there")
	}
}

func TestAnswersThatFail(t *testing.T) {
	const old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
	cases := []struct {
		why    string
		before func(w *world, press string)
		text   string
		want   string
	}{
		{"in the last moment", func(w *world, _ string) { w.pass(answerWithin) }, "", ""},
		{"too late", func(w *world, _ string) { w.pass(answerWithin + time.Second) }, "", old},
		{"twice", func(w *world, p string) { w.must(t, nil, "answerCallbackQuery", "callback_query_id", p) }, "", old},
		{"200 characters", nil, strings.Repeat("ы", 200), ""},
		{"201 characters", nil, strings.Repeat("ы", 201), "Bad Request: MESSAGE_TOO_LONG"},
	}
	for _, c := range cases {
		w := newWorld(t)
		press := w.Press(ann, admin, w.send(t, admin, "x"), "anything")
		if c.before != nil {
			c.before(w, press)
		}
		r := w.call(t, "answerCallbackQuery", "callback_query_id", press, "text", c.text)
		if r.Description != c.want {
			t.Errorf("%s: got %q, want %q", c.why, r.Description, c.want)
		}
	}
}

func TestOddPresses(t *testing.T) {
	w := newWorld(t)
	shown := w.send(t, admin, "no buttons at all")
	gone := w.send(t, admin, "deleted")
	w.must(t, nil, "deleteMessage", "chat_id", admin, "message_id", gone)
	cases := []struct {
		why  string
		do   func()
		text any
		date any
	}{
		{"data that no button holds", func() { w.Press(ann, admin, shown, "forged") }, "no buttons at all", nil},
		{"a deleted message", func() { w.Press(ann, admin, gone, "x") }, nil, 0.0},
		{"an inaccessible message", func() { w.PressInaccessible(ann, admin, shown, "x") }, nil, 0.0},
	}
	for _, c := range cases {
		c.do()
		m := w.last(t).Callback.Message
		if m["text"] != c.text || c.date != nil && m["date"] != c.date {
			t.Errorf("%s: %v", c.why, m)
		}
	}
	w.PressInline(ann, "x")
	if cb := w.last(t).Callback; cb.Message != nil {
		t.Errorf("inline: %+v", cb)
	}
}
