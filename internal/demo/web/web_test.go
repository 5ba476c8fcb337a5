package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/demo/web"
)

const (
	ann   = 11
	group = -1001234567890
	host  = "127.0.0.1:8765"
)

// bench is a page with one phone.
type bench struct {
	t    *testing.T
	bot  *fakebot.Server
	page http.Handler
	cfg  web.Config
}

func newBench(t *testing.T) *bench {
	return benchOf(t, fakebot.New(fakebot.Config{BotUsername: "ops_bot"}))
}

func benchOf(t *testing.T, s *fakebot.Server) *bench {
	t.Cleanup(s.Close)
	s.AddUser(fakebot.User{ID: ann, FirstName: "Ann", Started: true})
	s.AddGroup(fakebot.Group{ID: group, Title: "Ops", BotStatus: "administrator"}, ann)
	b := &bench{t: t, bot: s, cfg: web.Config{
		Title: "demo", Phones: []web.Phone{{ID: "ann", Name: "Ann", Account: ann, Server: s, Chats: []int64{group, ann}}},
	}}
	b.page = web.New(func() web.Config { return b.cfg })
	return b
}

// api is a call of the bot.
func (b *bench) api(method string, params map[string]any) []byte {
	b.t.Helper()
	body, err := json.Marshal(params)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.upload(method, "application/json", body)
}

func (b *bench) upload(method, kind string, body []byte) []byte {
	b.t.Helper()
	r := httptest.NewRequest("POST", "/bot"+b.bot.Token()+"/"+method, bytes.NewReader(body))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	b.bot.Handler().ServeHTTP(w, r)
	if w.Code != 200 {
		b.t.Fatalf("%s: %d %s", method, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func (b *bench) get(path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "http://"+host+path, nil)
	w := httptest.NewRecorder()
	b.page.ServeHTTP(w, r)
	return w
}

func (b *bench) post(path string, body any, change ...func(*http.Request)) *httptest.ResponseRecorder {
	raw, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "http://"+host+path, bytes.NewReader(raw))
	r.Header.Set("X-Demo", "1")
	r.Header.Set("Origin", "http://"+host)
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	b.page.ServeHTTP(w, r)
	return w
}

type state struct {
	Phones []struct {
		ID    string
		Chats []struct {
			ID       int64
			Title    string
			Members  int
			Pinned   []int
			Typing   int64
			Commands []fakebot.Command
			Messages []struct {
				ID       int
				From     string
				Mine     bool
				Text     string
				Entities []fakebot.Entity
				Reply    *struct{ ID int }
				Edited   bool
			}
		}
		Answers []struct {
			ID, Text    string
			Alert, Done bool
		}
	}
	Shop    map[string]any
	Stories []map[string]any
	Off     []string
	Resets  int
}

func (b *bench) state() (state, string) {
	b.t.Helper()
	w := b.get("/api/state")
	var s state
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
		b.t.Fatalf("state: %d %s: %v", w.Code, w.Body, err)
	}
	return s, w.Header().Get("X-Revision")
}

func TestEverythingIsServedUnderAStrictPolicy(t *testing.T) {
	b := newBench(t)
	for path, kind := range map[string]string{
		"/": "text/html", "/app.js": "text/javascript", "/app.css": "text/css", "/phone.js": "text/javascript",
		"/api/state": "application/json",
	} {
		h := b.get(path).Header()
		if got := h.Get("Content-Type"); !strings.HasPrefix(got, kind) {
			t.Errorf("%s: Content-Type %q, want %s", path, got, kind)
		}
		want := "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
		if got := h.Get("Content-Security-Policy"); got != want {
			t.Errorf("%s: policy %q", path, got)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
}

// TestPageNeedsNothingElse: what the policy forbids would fail in the browser only.
func TestPageNeedsNothingElse(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/", "/app.js", "/phone.js", "/chat.js", "/rich.js", "/side.js", "/dom.js", "/app.css", "/phone.css", "/icon.svg"} {
		w := b.get(path)
		if w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
		text := strings.ReplaceAll(w.Body.String(), "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", "http://", "//cdn", "@import", "url("} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %q", path, bad)
			}
		}
	}
}

func TestForeignRequestsAreRefused(t *testing.T) {
	b := newBench(t)
	say := map[string]any{"phone": "ann", "chat": group, "text": "hi"}
	for name, change := range map[string]func(*http.Request){
		"a name that was rebound": func(r *http.Request) {
			r.Host = "evil.example:8765"
			r.Header.Set("Origin", "http://evil.example:8765")
		},
		"a name that begins alike":  func(r *http.Request) { r.Host = "127.0.0.1.evil.example:8765" },
		"no port":                   func(r *http.Request) { r.Host = "localhost"; r.Header.Set("Origin", "http://localhost") },
		"no header":                 func(r *http.Request) { r.Header.Del("X-Demo") },
		"no origin":                 func(r *http.Request) { r.Header.Del("Origin") },
		"another origin":            func(r *http.Request) { r.Header.Set("Origin", "http://localhost:3000") },
		"another port of this name": func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:9") },
		"a hidden origin":           func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		if w := b.post("/api/say", say, change); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", name, w.Code)
		}
	}
	r := httptest.NewRequest("GET", "http://evil.example:8765/api/state", nil)
	w := httptest.NewRecorder()
	b.page.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("reading under another name: %d, want 403", w.Code)
	}
	if n := len(b.bot.Chat(group)); n != 0 {
		t.Errorf("%d messages were said", n)
	}
	for _, own := range []string{host, "localhost:80", "[::1]:8765"} {
		w := b.post("/api/say", say, func(r *http.Request) { r.Host = own; r.Header.Set("Origin", "http://"+own) })
		if w.Code != 200 {
			t.Errorf("%s: %d, want 200", own, w.Code)
		}
	}
}

func TestSayReachesTheFake(t *testing.T) {
	b := newBench(t)
	b.api("sendMessage", map[string]any{"chat_id": group, "text": "question"})
	asked := b.bot.Messages(group)[0].ID
	b.post("/api/say", map[string]any{"phone": "ann", "chat": group, "text": " /status\n", "reply": asked})
	all := b.bot.Chat(group)
	if len(all) != 2 || all[1].Text != "/status" || all[1].FromID != ann || all[1].ReplyTo != asked {
		t.Fatalf("chat: %+v", all)
	}
	s, _ := b.state()
	m := s.Phones[0].Chats[0].Messages[1]
	if !m.Mine || m.From != "Ann" || m.Reply == nil || m.Reply.ID != asked {
		t.Errorf("state: %+v", m)
	}
	for name, bad := range map[string]map[string]any{
		"an unknown phone": {"phone": "eve", "chat": group, "text": "x"},
		"a foreign chat":   {"phone": "ann", "chat": 12, "text": "x"},
		"no text":          {"phone": "ann", "chat": group, "text": " \n"},
		"too much text":    {"phone": "ann", "chat": group, "text": strings.Repeat("é", 4097)},
		"a reply to air":   {"phone": "ann", "chat": group, "text": "x", "reply": 99},
		"an unknown field": {"phone": "ann", "chat": group, "text": "x", "as": 12},
	} {
		if w := b.post("/api/say", bad); !strings.Contains(w.Body.String(), `"error"`) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if n := len(b.bot.Chat(group)); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

func TestPressReachesTheFakeAndItsAnswerThePhone(t *testing.T) {
	b := newBench(t)
	b.api("sendMessage", map[string]any{"chat_id": group, "text": "Stop?", "reply_markup": map[string]any{
		"inline_keyboard": [][]map[string]string{{{"text": "Stop", "callback_data": "v1:1:a", "style": "danger"}}}}})
	id := b.bot.Messages(group)[0].ID
	if w := b.post("/api/press", map[string]any{"phone": "ann", "chat": group, "message": id, "data": "v1:2:a"}); !strings.Contains(w.Body.String(), "gone") {
		t.Errorf("a button that is not there: %s", w.Body)
	}
	var pressed struct{ Callback string }
	w := b.post("/api/press", map[string]any{"phone": "ann", "chat": group, "message": id, "data": "v1:1:a"})
	if err := json.Unmarshal(w.Body.Bytes(), &pressed); err != nil || pressed.Callback == "" || b.bot.Pending() != 1 {
		t.Fatalf("press: %s, %d updates", w.Body, b.bot.Pending())
	}
	b.api("answerCallbackQuery", map[string]any{"callback_query_id": pressed.Callback, "text": "Tap <b>again</b>", "show_alert": true})
	s, _ := b.state()
	if a := s.Phones[0].Answers; len(a) != 1 || a[0].ID != pressed.Callback || a[0].Text != "Tap <b>again</b>" || !a[0].Alert || !a[0].Done {
		t.Errorf("answers: %+v", a)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	b := newBench(t)
	const evil = `<script>alert(1)</script>😀 </textarea><img src=x onerror=alert(1)>`
	b.post("/api/say", map[string]any{"phone": "ann", "chat": group, "text": evil})
	b.api("sendMessage", map[string]any{"chat_id": group, "text": "😀 <b>bold</b> &lt;i&gt;", "parse_mode": "HTML"})
	if body := b.get("/api/state").Body.String(); strings.Contains(body, "<script") || strings.Contains(body, "<img") {
		t.Error("markup stands bare in the state")
	}
	s, _ := b.state()
	m := s.Phones[0].Chats[0].Messages
	if m[0].Text != evil || m[0].Entities != nil {
		t.Errorf("said: %+v", m[0])
	}
	if e := m[1].Entities; m[1].Text != "😀 bold <i>" || len(e) != 1 || e[0].Type != "bold" || e[0].Offset != 3 || e[0].Length != 4 {
		t.Errorf("sent: %+v", m[1]) // offsets count UTF-16 units: the emoji is two
	}
}

func (b *bench) document(name string, content []byte) int {
	b.t.Helper()
	return b.file("sendDocument", "document", name, content)
}

func (b *bench) file(method, field, name string, content []byte) int {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("chat_id", fmt.Sprint(group))
	part, err := form.CreatePart(map[string][]string{"Content-Disposition": {mime.FormatMediaType("form-data", map[string]string{"name": field, "filename": name})}})
	if err != nil {
		b.t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = form.Close()
	b.upload(method, form.FormDataContentType(), body.Bytes())
	all := b.bot.Messages(group)
	return all[len(all)-1].ID
}

func TestDocumentsAreDownloadsWithSafeNames(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name, content, kind, want string
	}{
		{"run-12.log", "line\n", "text/plain; charset=utf-8", "run-12.log"},
		{"x.html", "<script>", "text/plain; charset=utf-8", "x.html"},
		{"dump.bin", "\x00\xff", "application/octet-stream", "dump.bin"},
		{"a\"; filename=\"evil.exe", "x", "text/plain; charset=utf-8", "a__ filename=_evil.exe"},
		{"a\r\nSet-Cookie: x=1", "x", "text/plain; charset=utf-8", "a__Set-Cookie_ x=1"},
		{"Протокол.txt", "x", "text/plain; charset=utf-8", "Протокол.txt"},
		{"gpj.\u202eexe", "x", "text/plain; charset=utf-8", "gpj._exe"},
		{"...", "x", "text/plain; charset=utf-8", "document"},
	} {
		id := b.document(c.name, []byte(c.content))
		w := b.get(fmt.Sprintf("/api/document?phone=ann&chat=%d&message=%d", group, id))
		h := w.Header()
		how, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
		if err != nil || how != "attachment" || params["filename"] != c.want || len(params) != 1 {
			t.Errorf("%q: %q is %s %v, %v", c.name, h.Get("Content-Disposition"), how, params, err)
		}
		if h.Get("Content-Type") != c.kind || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%q: headers %v", c.name, h)
		}
		if w.Body.String() != c.content {
			t.Errorf("%q: content %q", c.name, w.Body)
		}
	}
	for _, q := range []string{"phone=ann&chat=12&message=1", "phone=eve&chat=-1001234567890&message=1", "phone=ann&chat=-1001234567890&message=99", ""} {
		if w := b.get("/api/document?" + q); w.Code != http.StatusNotFound {
			t.Errorf("document?%s: %d, want 404", q, w.Code)
		}
	}
}

func TestRevisionIsWhatIsShown(t *testing.T) {
	b := newBench(t)
	_, first := b.state()
	if _, again := b.state(); again != first {
		t.Errorf("nothing changed, and revision %s became %s", first, again)
	}
	b.api("getMe", nil)
	if _, still := b.state(); still != first {
		t.Error("a call that shows nothing changed the revision")
	}
	b.api("sendMessage", map[string]any{"chat_id": group, "text": "one"})
	_, second := b.state()
	b.api("editMessageText", map[string]any{"chat_id": group, "message_id": b.bot.Messages(group)[0].ID, "text": "two"})
	s, third := b.state()
	if second == first || third == second || !s.Phones[0].Chats[0].Messages[0].Edited {
		t.Errorf("revisions %s, %s, %s; %+v", first, second, third, s.Phones[0].Chats[0].Messages)
	}
}

// poll asks for another revision than the one there is, and says how long it took in the bubble's time.
func (b *bench) poll(change func()) (code int, took time.Duration) {
	_, rev := b.state()
	start, got := time.Now(), make(chan int)
	go func() { got <- b.get("/api/state?after=" + url.QueryEscape(rev)).Code }()
	synctest.Wait()
	change()
	return <-got, time.Since(start)
}

func TestPollWakesOnAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		changed := make(chan struct{})
		b.cfg.Changed = func() <-chan struct{} { return changed }
		b.cfg.Shop = func(context.Context) web.Shop {
			select {
			case <-changed:
				return web.Shop{}
			default:
				return web.Shop{Up: true}
			}
		}
		if code, took := b.poll(func() { b.bot.Say(ann, group, "hi") }); code != 200 || took >= time.Second {
			t.Errorf("a message: %d after %s, want 200 at once", code, took)
		}
		if code, took := b.poll(func() { close(changed) }); code != 200 || took >= time.Second {
			t.Errorf("the shop: %d after %s, want 200 at once", code, took)
		}
		b.cfg.Changed = nil
		if code, took := b.poll(func() {}); code != http.StatusNoContent || took != 20*time.Second {
			t.Errorf("nothing: %d after %s, want 204 after 20s", code, took)
		}
		var orders atomic.Int64
		b.cfg.Shop = func(context.Context) web.Shop { return web.Shop{Orders: orders.Load()} }
		if code, took := b.poll(func() { orders.Add(1) }); code != 200 || took > time.Second {
			t.Errorf("a shop that tells nobody: %d after %s, want 200 within 1s", code, took)
		}
	})
}

func TestButtonsOfThePage(t *testing.T) {
	b := newBench(t)
	var did []string
	b.cfg.Shop = func(context.Context) web.Shop { return web.Shop{Up: true, Doubled: 3} }
	b.cfg.Stories = func() []web.Story {
		return []web.Story{{Name: "panic", Steps: []web.Step{{Text: "t", Who: "ann", In: "admin", Say: "/panic"}}, Current: true}}
	}
	b.cfg.Off = []string{"PostgreSQL is not installed."}
	b.cfg.Act = func(_ context.Context, what string) error { did = append(did, what); return errors.New("locked") }
	b.cfg.Begin = func(_ context.Context, name string) error { did = append(did, name); return nil }
	b.cfg.Reset = func(context.Context) error { did, b.cfg.Resets = append(did, "reset"), 1; return nil }
	if w := b.post("/api/shop", map[string]any{"what": "break"}); w.Code != 200 || !strings.Contains(w.Body.String(), `"error":"locked"`) {
		t.Errorf("a refusal of the shop: %d %s", w.Code, w.Body)
	}
	if w := b.post("/api/shop", map[string]any{"what": "sell"}); w.Code != http.StatusNotFound {
		t.Errorf("an unknown button: %d", w.Code)
	}
	b.post("/api/story", map[string]any{"name": "panic"})
	b.post("/api/reset", map[string]any{})
	if got := strings.Join(did, " "); got != "break panic reset" {
		t.Errorf("did %q", got)
	}
	s, _ := b.state()
	steps, _ := s.Stories[0]["steps"].([]any)
	if s.Shop["doubled"] != 3.0 || len(steps) != 1 || steps[0].(map[string]any)["say"] != "/panic" || s.Off[0] != "PostgreSQL is not installed." || s.Resets != 1 {
		t.Errorf("state: %+v", s)
	}
}
