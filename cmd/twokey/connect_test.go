package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// connected is a running emulator, its terminal, and a bot that knows only what the terminal says.
type connected struct {
	t      *testing.T
	typed  chan string
	shown  *bufio.Scanner
	url    string
	token  string
	client *http.Client
}

func newConnected(t *testing.T, e emulator) (c *connected, stop func()) {
	out, in := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	c = &connected{t: t, typed: make(chan string), shown: bufio.NewScanner(out), client: &http.Client{Transport: &http.Transport{}}}
	late := time.AfterFunc(30*time.Second, func() { _ = out.Close() })
	e.lines = c.typed
	ended := make(chan error, 1)
	go func() { ended <- e.run(ctx, in) }()
	c.url, _ = strings.CutPrefix(c.see("Bot API"), "Bot API  ")
	c.token, _ = strings.CutPrefix(c.see("token"), "token    ")
	return c, func() {
		late.Stop()
		c.client.CloseIdleConnections()
		cancel()
		_ = out.Close() // nobody reads what is still said
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// see reads on until a line begins so.
func (c *connected) see(prefix string) string {
	c.t.Helper()
	for c.shown.Scan() {
		if strings.HasPrefix(c.shown.Text(), prefix) {
			return c.shown.Text()
		}
	}
	c.t.Fatalf("the terminal never said %q", prefix)
	return ""
}

func (c *connected) call(method string, params url.Values) (result json.RawMessage) {
	c.t.Helper()
	resp, err := c.client.PostForm(c.url+"/bot"+c.token+"/"+method, params)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	var r struct{ Result json.RawMessage }
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		c.t.Fatal(err)
	}
	return r.Result
}

func TestConnectIsABotAPIWithATerminal(t *testing.T) {
	c, stop := newConnected(t, emulator{})
	defer stop()
	for _, library := range []string{"grammY", "Telegraf", "node-telegram-bot-api", "go-telegram-bot-api", "python-telegram-bot"} {
		if line := c.see(library); !strings.Contains(line, c.url) {
			t.Errorf("no address in %q", line)
		}
	}
	c.typed <- "ann> /start"
	var updates []struct {
		Message  struct{ Text string }
		Callback struct{ ID, Data string } `json:"callback_query"`
	}
	read := func(offset string) {
		updates = nil
		if err := json.Unmarshal(c.call("getUpdates", url.Values{"timeout": {"20"}, "offset": {offset}}), &updates); err != nil || len(updates) == 0 {
			t.Fatal(updates, err)
		}
	}
	if read("0"); updates[0].Message.Text != "/start" {
		t.Errorf("%+v", updates)
	}
	c.call("sendMessage", url.Values{"chat_id": {"11"}, "text": {"Tea?\n\x1b[31m<b>now</b>"}, "parse_mode": {"HTML"},
		"reply_markup": {`{"inline_keyboard":[[{"text":"Yes","callback_data":"y"},{"text":"No","callback_data":"n"}]]}`}})
	c.see("ann #2 bot: Tea?")
	if c.shown.Scan(); strings.Contains(c.shown.Text(), "\x1b") || !strings.HasSuffix(c.shown.Text(), "now") {
		t.Errorf("%q", c.shown.Text())
	}
	c.see("    [ Yes ] [ No ]")
	c.typed <- "/press No"
	if read("1001"); updates[0].Callback.Data != "n" {
		t.Errorf("%+v", updates)
	}
	c.call("answerCallbackQuery", url.Values{"callback_query_id": {updates[0].Callback.ID}, "text": {"noted"}})
	c.see("press answered: noted")
	c.call("editMessageText", url.Values{"chat_id": {"11"}, "message_id": {"2"}, "text": {"No tea"}})
	c.see("ann #2 bot, edited: No tea")
	c.call("sendVideo", nil)
	c.see("! not imitated: sendVideo")
	c.call("sendMessage", url.Values{"chat_id": {"99"}, "text": {"x"}})
	c.see("! refused: sendMessage: Bad Request: chat not found")
	c.typed <- "bob@group> hello"
	c.typed <- "/press Tea"
	c.see("! no message here has a button")
	c.typed <- "zoe> hello"
	c.see(`! nobody is called "zoe"`)
}

func TestConnectListensOnThisMachineUntilItEnds(t *testing.T) {
	c, stop := newConnected(t, emulator{token: "123:secret"})
	if !strings.HasPrefix(c.url, "http://127.0.0.1:") || strings.Contains(c.token, "secret") {
		t.Errorf("%s, %s", c.url, c.token)
	}
	stop()
	addr := strings.TrimPrefix(c.url, "http://")
	if conn, err := net.Dial("tcp", addr); err == nil {
		_ = conn.Close()
		t.Errorf("%s still listens", addr)
	}
}

// TestConnectSaysThatThePortIsTaken: no other one is taken in its place, as a library was told which.
func TestConnectSaysThatThePortIsTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	var out bytes.Buffer
	err = connect(t.Context(), output{&out, &out}, ln.Addr().(*net.TCPAddr).Port)
	if err == nil || !strings.Contains(err.Error(), "address already in use") || out.Len() > 0 {
		t.Errorf("%v, said %q", err, &out)
	}
}

func TestWhatIsTyped(t *testing.T) {
	before := wish{who: "bob", group: true}
	for line, want := range map[string]wish{
		"ann> hello":           {who: "ann", text: "hello"},
		"Ann@group > /start":   {who: "ann", group: true, text: "/start"},
		"cid> /press Yes, now": {who: "cid", press: "Yes, now"},
		"/press Yes":           {who: "bob", group: true, press: "Yes"},
		"hello":                {who: "bob", group: true, text: "hello"},
		"is a > b":             {who: "bob", group: true, text: "is a > b"},
		"/set x>1":             {who: "bob", group: true, text: "/set x>1"},
		"ann> 1 > 0":           {who: "ann", text: "1 > 0"},
		"":                     {who: "bob", group: true},
	} {
		got, err := readWish(line, before)
		if d := cmp.Diff(want, got, cmp.AllowUnexported(wish{})); d != "" || err != nil {
			t.Errorf("%q: %v %s", line, err, d)
		}
	}
	if _, err := readWish("ann@home> hello", before); err == nil || !strings.Contains(err.Error(), "hint: ann, bob, cid") {
		t.Error(err)
	}
}
