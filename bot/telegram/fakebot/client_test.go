package fakebot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ann   = 11
	bob   = 12
	eve   = 13 // never wrote to the bot
	admin = -1001000000001
	basic = -2001
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is a server with a few people, its clock, and a bot's HTTP client.
type world struct {
	*Server
	*clock
	http *http.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := &clock{t: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	s := Start(Config{Now: c.now})
	client := s.client(t)
	s.AddUser(User{ID: ann, FirstName: "Ann", Username: "ann", Started: true})
	s.AddUser(User{ID: bob, FirstName: "Bob", Started: true})
	s.AddUser(User{ID: eve, FirstName: "Eve"})
	s.AddGroup(Group{ID: admin, Title: "Ops", Forum: true, BotStatus: "administrator"}, ann, bob)
	s.AddGroup(Group{ID: basic, Title: "Old", BotStatus: "administrator"}, ann)
	return &world{s, c, client}
}

// client is an HTTP client that leaves nothing behind; it also closes the server at the end.
func (s *Server) client(t *testing.T) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); s.Close() })
	return &http.Client{Transport: transport}
}

func ctx(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// reply is an answer of the API.
type reply struct {
	OK          bool
	Code        int `json:"error_code"`
	Description string
	Result      json.RawMessage
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`
		MigrateTo  int64 `json:"migrate_to_chat_id"`
	}
	status int
	header http.Header
}

// params are pairs of names and values.
func form(params ...any) url.Values {
	v := url.Values{}
	for i := 0; i < len(params); i += 2 {
		v.Set(params[i].(string), fmt.Sprint(params[i+1]))
	}
	return v
}

func (w *world) post(ctx context.Context, token, name, kind string, body io.Reader) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, "POST", w.URL()+"/bot"+token+"/"+name, body)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", kind)
	resp, err := w.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode, header: resp.Header}
	return r, json.NewDecoder(resp.Body).Decode(&r)
}

const formKind = "application/x-www-form-urlencoded"

func (w *world) try(ctx context.Context, name string, params ...any) (reply, error) {
	return w.post(ctx, w.Token(), name, formKind, bytes.NewBufferString(form(params...).Encode()))
}

func (w *world) call(t *testing.T, name string, params ...any) reply {
	t.Helper()
	r, err := w.try(ctx(t), name, params...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// must is call, for what has to succeed; result is decoded into into unless that is nil.
func (w *world) must(t *testing.T, into any, name string, params ...any) {
	t.Helper()
	r := w.call(t, name, params...)
	if !r.OK || r.status != 200 {
		t.Fatalf("%s%v: %d %s", name, params, r.status, r.Description)
	}
	if into != nil {
		decode(t, r.Result, into)
	}
}

func decode(t *testing.T, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
}

// send sends a text and returns its message id.
func (w *world) send(t *testing.T, chat int64, text string, params ...any) int {
	t.Helper()
	var m struct {
		ID int `json:"message_id"`
	}
	w.must(t, &m, "sendMessage", append([]any{"chat_id", chat, "text", text}, params...)...)
	return m.ID
}

func buttons(text, data string) string {
	return string(mustJSON(object{"inline_keyboard": [][]Button{{{Text: text, Data: data}}}}))
}

// upload is a multipart body with one file.
func upload(t *testing.T, file string, data []byte, params url.Values) (kind string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	for k := range params {
		_ = m.WriteField(k, params.Get(k))
	}
	part, err := m.CreateFormFile("document", file)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(data)
	_ = m.Close()
	return m.FormDataContentType(), body
}

// got is an update, as far as tests look.
type got struct {
	ID       int64           `json:"update_id"`
	Message  map[string]any  `json:"message"`
	Edited   map[string]any  `json:"edited_message"`
	Member   json.RawMessage `json:"chat_member"`
	My       json.RawMessage `json:"my_chat_member"`
	Callback *struct {
		ID      string
		Data    string
		From    struct{ ID int64 }
		Message map[string]any
	} `json:"callback_query"`
}

func (w *world) updates(t *testing.T, params ...any) []got {
	t.Helper()
	var us []got
	w.must(t, &us, "getUpdates", params...)
	return us
}

// last is the only update there is, which it confirms.
func (w *world) last(t *testing.T) got {
	t.Helper()
	us := w.updates(t)
	if len(us) != 1 {
		t.Fatalf("%d updates, not one", len(us))
	}
	w.updates(t, "offset", us[0].ID+1)
	return us[0]
}

func ids(us []got) string {
	out := ""
	for _, u := range us {
		out += strconv.FormatInt(u.ID, 10) + " "
	}
	return out
}
