package fakebot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"runtime"
	"syscall"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	cases := []struct {
		why    string
		fault  Fault
		arrive int  // messages in the chat
		broken bool // no JSON answer
		status int  // HTTP, if there was one
	}{
		{"a proxy's page", Fault{Kind: HTML502}, 0, true, 502},
		{"a proxy's page after the work", Fault{Kind: HTML502, Processed: true}, 1, true, 502},
		{"a gateway that gave up", Fault{Kind: Empty504}, 0, true, 504},
		{"cut off before", Fault{Kind: CutBefore}, 0, true, 0},
		{"cut off after the work", Fault{Kind: CutAfter}, 1, true, 0},
		{"cut off within the answer", Fault{Kind: CutBody}, 1, true, 200},
		{"late, but whole", Fault{Kind: Hang, Delay: time.Millisecond}, 1, false, 200},
		{"slow, but whole", Fault{Kind: SlowBody, Delay: time.Millisecond}, 1, false, 200},
		{"a refusal", Fault{Kind: JSONError, Code: 500, Description: "Internal Server Error: restart"}, 0, false, 500},
		{"another method", Fault{Method: "getMe", Kind: CutBefore}, 1, false, 200},
		{"another chat", Fault{Match: func(c Call) bool { return c.Params["chat_id"] == "12" }, Kind: CutBefore}, 1, false, 200},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t)
			w.Fail(c.fault)
			r, err := w.try(ctx(t), "sendMessage", "chat_id", ann, "text", "x")
			if (err != nil) != c.broken || r.status != c.status {
				t.Errorf("got HTTP %d, %v", r.status, err)
			}
			if n := len(w.Messages(ann)); n != c.arrive {
				t.Errorf("%d messages arrived, want %d", n, c.arrive)
			}
			if call := w.Calls()[0]; call.Done != (c.arrive > 0) {
				t.Errorf("log: %+v", call)
			}
			if c.fault.Method == "" && c.fault.Match == nil {
				w.send(t, ann, "only once")
			}
		})
	}
}

func TestFaultsCount(t *testing.T) {
	w := newWorld(t)
	w.Fail(Fault{Method: "SENDMESSAGE", N: 2, Kind: JSONError, Code: 429, Description: "Too Many Requests: retry after 7", RetryAfter: 7})
	release := w.Fail(Fault{N: -1, Kind: JSONError, Code: 401, Description: "Unauthorized"})
	want := []int{429, 429, 401, 401, 401}
	for i, code := range want {
		r := w.call(t, "sendMessage", "chat_id", ann, "text", "x")
		if r.Code != code || (r.Parameters.RetryAfter == 7) != (code == 429) {
			t.Errorf("call %d: %+v", i, r)
		}
	}
	release()
	release()
	w.send(t, ann, "x")
}

func TestHangUntilReleased(t *testing.T) {
	for _, kind := range []Kind{Hang, SlowBody} {
		w := newWorld(t)
		release := w.Fail(Fault{Kind: kind})
		done := make(chan pollResult, 1)
		go func() {
			r, err := w.try(ctx(t), "sendMessage", "chat_id", ann, "text", "x")
			done <- pollResult{r, err}
		}()
		if err := w.Wait(ctx(t), func() bool { return len(w.Calls()) == 1 }); err != nil {
			t.Fatal(err)
		}
		select {
		case p := <-done:
			t.Errorf("%s: answered at once: %+v", kind, p)
		default:
		}
		release()
		if p := <-done; p.err != nil || !p.r.OK {
			t.Errorf("%s: %+v", kind, p)
		}
	}
}

func TestHangEndsWithTheCaller(t *testing.T) {
	w := newWorld(t)
	w.Fail(Fault{Kind: Hang})
	hung, cancel := context.WithCancel(ctx(t))
	done := make(chan error, 1)
	go func() {
		_, err := w.try(hung, "sendMessage", "chat_id", ann, "text", "x")
		done <- err
	}()
	if err := w.Wait(ctx(t), func() bool { return len(w.Calls()) == 1 }); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	w.Close()
	if n := len(w.Messages(ann)); n != 0 {
		t.Errorf("%d messages of a caller that was gone", n)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	w := newWorld(t)
	w.Fail(Fault{Kind: Hang, Method: "getMe"})
	polling := w.poll(t, ctx(t), 50)
	hung, waits := make(chan error, 1), make(chan error, 1)
	go func() { _, err := w.try(ctx(t), "getMe"); hung <- err }()
	go func() { _, err := w.WaitMessage(ctx(t), ann, func(Message) bool { return false }); waits <- err }()
	if err := w.Wait(ctx(t), func() bool { return len(w.CallsOf("getMe")) == 1 }); err != nil {
		t.Fatal(err)
	}
	w.Close()
	w.Close()
	<-polling
	if err := <-hung; err == nil {
		t.Error("a hanging call was answered")
	}
	if err := <-waits; !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestDownAndUp(t *testing.T) {
	w := newWorld(t)
	url := w.URL()
	polling := w.poll(t, ctx(t), 50)
	w.Down()
	if p := <-polling; p.err == nil {
		t.Errorf("a poll survived: %+v", p)
	}
	_, err := w.try(ctx(t), "getMe")
	var op *net.OpError
	if !errors.As(err, &op) || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v", err)
	}
	w.Say(ann, ann, "anybody there?")
	if err := w.Up(); err != nil || w.URL() != url {
		t.Fatal(err, w.URL())
	}
	w.last(t)
}

func TestWaitMessageSeesLaterChanges(t *testing.T) {
	w := newWorld(t)
	found := make(chan Message, 1)
	go func() {
		m, _ := w.WaitMessage(ctx(t), ann, func(m Message) bool { return m.Text == "done" })
		found <- m
	}()
	id := w.send(t, ann, "running")
	w.must(t, nil, "editMessageText", "chat_id", ann, "message_id", id, "text", "done")
	if m := <-found; m.ID != id || m.Edits != 1 {
		t.Errorf("%+v", m)
	}
	over, cancel := context.WithCancel(ctx(t))
	cancel()
	if _, err := w.WaitMessage(over, ann, func(Message) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCallsAreLogged(t *testing.T) {
	w := newWorld(t)
	w.send(t, ann, "x")
	w.call(t, "sendMessage", "chat_id", 99, "text", "y")
	w.Fail(Fault{Kind: CutAfter})
	_, _ = w.try(ctx(t), "sendMessage", "chat_id", ann, "text", "z")
	calls := w.CallsOf("sendmessage")
	if len(calls) != 3 {
		t.Fatalf("%+v", calls)
	}
	a, b, c := calls[0], calls[1], calls[2]
	if !a.Done || a.Code != 200 || a.Params["text"] != "x" || !a.At.Equal(w.now()) {
		t.Errorf("%+v", a)
	}
	if b.Done || b.Code != 400 || b.Description != "Bad Request: chat not found" {
		t.Errorf("%+v", b)
	}
	if !c.Done || c.Code != 0 || c.Fault != CutAfter {
		t.Errorf("%+v", c)
	}
}

func TestHandlerWithoutListener(t *testing.T) {
	s := New(Config{Token: "any:thing"})
	defer s.Close()
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/botany:thing/getMe", nil))
	var r reply
	body, _ := io.ReadAll(rec.Body)
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&r); err != nil || !r.OK {
		t.Errorf("%s, %v", body, err)
	}
}

// After a body that is too large net/http keeps the connection half open for half a second, after Server.Close too.
func TestCloseWaitsForConnections(t *testing.T) {
	w := newWorld(t)
	w.cfg.MaxDocument = 1
	kind, body := upload(t, "big", bytes.Repeat([]byte("x"), maxOverhead+2), form("chat_id", ann))
	_, _ = w.post(ctx(t), w.Token(), "sendDocument", kind, body)
	w.Close()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	if bytes.Contains(stacks, []byte("closeWriteAndWait")) {
		t.Error("a connection outlived Close")
	}
}
