package fakebot

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestOffsetConfirms(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.Say(ann, ann, "hi")
	}
	steps := []struct {
		why  string
		with []any
		want string
	}{
		{"all that waits", nil, "1000 1001 1002 "},
		{"again, for nothing was confirmed", []any{"offset", 1000}, "1000 1001 1002 "},
		{"no more than asked for", []any{"limit", 2}, "1000 1001 "},
		{"what is below the offset is confirmed", []any{"offset", 1001}, "1001 1002 "},
		{"and stays so", []any{"offset", 0}, "1001 1002 "},
		{"a negative offset forgets all before it", []any{"offset", -1}, "1002 "},
		{"for good", nil, "1002 "},
		{"the end", []any{"offset", 1003}, ""},
	}
	for _, s := range steps {
		if got := ids(w.updates(t, s.with...)); got != s.want {
			t.Errorf("%s: got %q, want %q", s.why, got, s.want)
		}
	}
	if w.Offset() != 1003 || w.Pending() != 0 {
		t.Errorf("offset %d, %d pending", w.Offset(), w.Pending())
	}
}

func TestBatchIsAtMost100(t *testing.T) {
	w := newWorld(t)
	for range 101 {
		w.Say(ann, ann, "hi")
	}
	if n := len(w.updates(t, "limit", 1000)); n != 100 {
		t.Errorf("%d updates", n)
	}
}

func TestRedelivery(t *testing.T) {
	w := newWorld(t)
	w.Say(ann, ann, "once")
	u := w.last(t)
	w.Redeliver(u.ID)
	if got := w.updates(t, "offset", u.ID+1); len(got) != 1 || got[0].ID != u.ID {
		t.Errorf("redelivered: %v", got)
	}
	if got := w.updates(t, "offset", u.ID+1); len(got) != 0 {
		t.Errorf("redelivered twice: %v", got)
	}
}

func TestIDsMayStartAnew(t *testing.T) {
	w := newWorld(t)
	w.Say(ann, ann, "before")
	u := w.last(t)
	w.SetNextUpdateID(7)
	w.Say(ann, ann, "a week later")
	if got := ids(w.updates(t, "offset", u.ID+1)); got != "7 " {
		t.Errorf("got %q", got)
	}
	if got := ids(w.updates(t, "offset", 8)); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestInject(t *testing.T) {
	w := newWorld(t)
	if id := w.Inject(`{"poll":{"id":7}}`); id != firstUpdate {
		t.Errorf("id %d", id)
	}
	if id := w.Inject(`{"update_id":5000,"message":"not an object"}`); id != 5000 {
		t.Errorf("id %d", id)
	}
	w.Inject(`[]`)
	r := w.call(t, "getUpdates")
	want := `[{"poll":{"id":7},"update_id":1000},{"update_id":5000,"message":"not an object"},[]]`
	if string(r.Result) != want {
		t.Errorf("got %s\nwant %s", r.Result, want)
	}
	w.Inject(`{"broken`)
	if _, err := w.try(ctx(t), "getUpdates"); err == nil {
		t.Error("a broken update came through whole")
	}
}

func TestUpdatesExpire(t *testing.T) {
	w := newWorld(t)
	id := w.send(t, ann, "sure?", "reply_markup", buttons("Yes", "y"))
	w.Say(ann, ann, "typed")
	w.Press(ann, ann, id, "y")
	for _, step := range []struct {
		pass time.Duration
		want int
	}{{callbackLife - time.Second, 2}, {time.Second, 1}, {updateLife - callbackLife - time.Second, 1}, {time.Second, 0}} {
		w.pass(step.pass)
		if n := len(w.updates(t)); n != step.want {
			t.Errorf("after %v more: %d updates, want %d", step.pass, n, step.want)
		}
	}
}

func TestAllowedUpdates(t *testing.T) {
	joins := func(w *world) { w.SetMember(admin, bob, "left") }
	says := func(w *world) { w.Say(ann, ann, "hi") }
	cases := []struct {
		why  string
		list []string // in this order
		does func(*world)
		want int
	}{
		{"messages by default", nil, says, 1},
		{"chat_member not by default", nil, joins, 0},
		{"chat_member if asked for", []string{`["chat_member"]`}, joins, 1},
		{"nothing else then", []string{`["chat_member"]`}, says, 0},
		{"null keeps the list", []string{`["chat_member"]`, `null`}, joins, 1},
		{"an empty list is the default", []string{`["chat_member"]`, `[]`}, joins, 0},
		{"unknown names only are the default", []string{`["chat_member"]`, `["pigeon"]`}, says, 1},
	}
	for _, c := range cases {
		w := newWorld(t)
		for _, list := range c.list {
			w.updates(t, "allowed_updates", list)
		}
		c.does(w)
		if n := len(w.updates(t)); n != c.want {
			t.Errorf("%s: %d updates, want %d", c.why, n, c.want)
		}
	}
	w := newWorld(t)
	joins(w)
	if n := len(w.updates(t, "allowed_updates", `["chat_member"]`)); n != 0 {
		t.Error("the filter worked at delivery, not at creation")
	}
}

type pollResult struct {
	r   reply
	err error
}

// poll starts a long poll and waits until it hangs.
func (w *world) poll(t *testing.T, ctx context.Context, seconds int) <-chan pollResult {
	t.Helper()
	done := make(chan pollResult, 1)
	seen := len(w.CallsOf("getUpdates"))
	go func() {
		r, err := w.try(ctx, "getUpdates", "timeout", seconds)
		done <- pollResult{r, err}
	}()
	if err := w.Wait(ctx, func() bool { return len(w.CallsOf("getUpdates")) > seen && w.Polling() }); err != nil {
		t.Fatal(err)
	}
	return done
}

func TestLongPollWakesUp(t *testing.T) {
	w := newWorld(t)
	done := w.poll(t, ctx(t), 50)
	w.Say(ann, ann, "hi")
	if p := <-done; p.err != nil || !strings.Contains(string(p.r.Result), `"text":"hi"`) {
		t.Errorf("got %s, %v", p.r.Result, p.err)
	}
}

func TestLongPollEndsEmpty(t *testing.T) {
	w := newWorld(t)
	if us := w.updates(t, "timeout", 1); len(us) != 0 {
		t.Errorf("got %v", us)
	}
}

func TestOlderPollGetsTheConflict(t *testing.T) {
	w := newWorld(t)
	older := w.poll(t, ctx(t), 50)
	newer := make(chan pollResult, 1)
	go func() {
		r, err := w.try(ctx(t), "getUpdates", "timeout", 50)
		newer <- pollResult{r, err}
	}()
	p := <-older
	const want = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
	if p.err != nil || p.r.Code != 409 || p.r.Description != want {
		t.Fatalf("older: %+v", p)
	}
	w.Say(ann, ann, "hi")
	if p := <-newer; p.err != nil || !strings.Contains(string(p.r.Result), `"text":"hi"`) {
		t.Errorf("newer: %+v", p)
	}
}

func TestWebhookEndsPolling(t *testing.T) {
	w := newWorld(t)
	polling := w.poll(t, ctx(t), 50)
	w.must(t, nil, "setWebhook", "url", "https://bot.example/hook")
	if p := <-polling; p.r.Description != "Conflict: terminated by setWebhook request" {
		t.Errorf("polling: %+v", p)
	}
	r := w.call(t, "getUpdates")
	if r.Code != 409 || r.Description != "Conflict: "+conflictWebhook {
		t.Errorf("getUpdates: %+v", r)
	}
	w.Say(ann, ann, "kept")
	w.must(t, nil, "deleteWebhook", "drop_pending_updates", "false")
	if us := w.updates(t); len(us) != 1 {
		t.Errorf("%d updates kept", len(us))
	}
	w.must(t, nil, "deleteWebhook", "drop_pending_updates", "true")
	if us := w.updates(t); len(us) != 0 {
		t.Errorf("%d updates not dropped", len(us))
	}
}

func TestPollThatWentAwayTakesNothing(t *testing.T) {
	w := newWorld(t)
	gone, cancel := context.WithCancel(ctx(t))
	done := w.poll(t, gone, 50)
	cancel()
	<-done
	if err := w.Wait(ctx(t), func() bool { return !w.Polling() }); err != nil {
		t.Fatal(err)
	}
	w.Say(ann, ann, "hi")
	w.last(t)
}

func TestDateIsTheServers(t *testing.T) {
	w := newWorld(t)
	w.pass(365 * 24 * time.Hour)
	r := w.call(t, "getMe")
	got, err := http.ParseTime(r.header.Get("Date"))
	if err != nil || !got.Equal(w.now()) {
		t.Errorf("Date is %v, %v", got, err)
	}
}
