package telegram_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/bot/telegram"
)

// seen is a request as the server saw it.
type seen struct {
	Method string
	Params map[string]string
}

// record answers everything with result and keeps what was asked.
func record(t *testing.T, result string) (*telegram.Client, *[]seen) {
	var calls []seen
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil && err != http.ErrNotMultipart {
			t.Errorf("form: %v", err)
		}
		s := seen{path.Base(r.URL.Path), map[string]string{}}
		for k := range r.Form {
			s.Params[k] = r.Form.Get(k)
		}
		if r.MultipartForm != nil {
			for k, fs := range r.MultipartForm.File {
				f, _ := fs[0].Open()
				b, _ := io.ReadAll(f)
				s.Params[k] = fs[0].Filename + ": " + string(b)
			}
		}
		calls = append(calls, s)
		fmt.Fprintf(w, `{"ok":true,"result":%s}`, result)
	})
	return c, &calls
}

func TestWhatIsSent(t *testing.T) {
	full := telegram.Out{
		ChatID: -1001, ThreadID: 5, HTML: "<b>x</b> & y", ReplyTo: 9, Silent: true, Protect: true,
		Buttons: [][]telegram.Button{
			{{Text: "Approve restore", Data: "v1:7:a", Style: telegram.StyleSuccess}},
			{},
			{{Text: "Deny", Data: "v1:7:d"}, {Text: "Runbook", URL: "https://x.example/?a=1&b=2"}},
		},
	}
	const keys = `{"inline_keyboard":[[{"text":"Approve restore","callback_data":"v1:7:a","style":"success"}],` +
		`[{"text":"Deny","callback_data":"v1:7:d"},{"text":"Runbook","url":"https://x.example/?a=1\u0026b=2"}]]}`
	const noPreview = `{"is_disabled":true}`
	const replyTo = `{"message_id":9,"allow_sending_without_reply":true}`
	tests := []struct {
		about  string
		result string
		call   func(*telegram.Client) (any, error)
		want   seen
		got    any
	}{
		{"a card with everything", `{"message_id":42}`, func(c *telegram.Client) (any, error) { return c.Send(t.Context(), full) },
			seen{"sendMessage", map[string]string{"chat_id": "-1001", "message_thread_id": "5", "text": "<b>x</b> & y", "parse_mode": "HTML",
				"reply_parameters": replyTo, "disable_notification": "true", "protect_content": "true",
				"link_preview_options": noPreview, "reply_markup": keys}}, 42},
		{"the least; the General topic is sent to by naming none", `{"message_id":43}`, func(c *telegram.Client) (any, error) {
			return c.Send(t.Context(), telegram.Out{ChatID: 5, HTML: "x", ThreadID: 1})
		}, seen{"sendMessage", map[string]string{"chat_id": "5", "text": "x", "parse_mode": "HTML", "link_preview_options": noPreview}}, 43},
		{"an edit; no buttons takes those away", `{"message_id":42}`, func(c *telegram.Client) (any, error) {
			return nil, c.Edit(t.Context(), -1001, 42, telegram.Out{HTML: "done", Silent: true, ReplyTo: 3})
		}, seen{"editMessageText", map[string]string{"chat_id": "-1001", "message_id": "42", "text": "done", "parse_mode": "HTML",
			"link_preview_options": noPreview}}, nil},
		{"a document", `{"message_id":44}`, func(c *telegram.Client) (any, error) {
			return c.Document(t.Context(), telegram.Out{ChatID: 5, HTML: "the log", ReplyTo: 9, Protect: true}, "log.txt", []byte("line 1\nline 2"))
		}, seen{"sendDocument", map[string]string{"chat_id": "5", "caption": "the log", "parse_mode": "HTML", "protect_content": "true",
			"reply_parameters": replyTo, "disable_content_type_detection": "true", "document": "log.txt: line 1\nline 2"}}, 44},
		{"a picture, uploaded; the largest size names it", `{"message_id":45,"photo":[{"file_id":"small"},{"file_id":"large"}]}`,
			func(c *telegram.Client) (any, error) {
				return c.Photo(t.Context(), telegram.Out{ChatID: 5, HTML: "<b>x</b>", Silent: true}, telegram.Picture{Name: "x.png", Bytes: []byte("png")})
			}, seen{"sendPhoto", map[string]string{"chat_id": "5", "caption": "<b>x</b>", "parse_mode": "HTML", "disable_notification": "true",
				"photo": "x.png: png"}}, telegram.Posted{MessageID: 45, FileID: "large"}},
		{"a picture sent before, by its name", `{"message_id":46}`, func(c *telegram.Client) (any, error) {
			return c.Photo(t.Context(), telegram.Out{ChatID: 5}, telegram.Picture{Name: "x.png", Bytes: []byte("png"), FileID: "large"})
		}, seen{"sendPhoto", map[string]string{"chat_id": "5", "photo": "large"}}, telegram.Posted{MessageID: 46}},
		{"the text under a picture", `{"message_id":45}`, func(c *telegram.Client) (any, error) {
			return nil, c.Caption(t.Context(), 5, 45, telegram.Out{HTML: "done"})
		}, seen{"editMessageCaption", map[string]string{"chat_id": "5", "message_id": "45", "caption": "done", "parse_mode": "HTML"}}, nil},
		{"an answer as an alert, cut to 200 characters", `true`, func(c *telegram.Client) (any, error) {
			return nil, c.Answer(t.Context(), "77", strings.Repeat("ö", 201), true)
		}, seen{"answerCallbackQuery", map[string]string{"callback_query_id": "77", "text": strings.Repeat("ö", 199) + "…", "show_alert": "true"}}, nil},
		{"a silent answer only ends the spinner", `true`, func(c *telegram.Client) (any, error) {
			return nil, c.Answer(t.Context(), "77", "", false)
		}, seen{"answerCallbackQuery", map[string]string{"callback_query_id": "77"}}, nil},
		{"pin without a sound", `true`, func(c *telegram.Client) (any, error) { return nil, c.Pin(t.Context(), 5, 6) },
			seen{"pinChatMessage", map[string]string{"chat_id": "5", "message_id": "6", "disable_notification": "true"}}, nil},
		{"unpin", `true`, func(c *telegram.Client) (any, error) { return nil, c.Unpin(t.Context(), 5, 6) },
			seen{"unpinChatMessage", map[string]string{"chat_id": "5", "message_id": "6"}}, nil},
		{"delete", `true`, func(c *telegram.Client) (any, error) { return nil, c.Delete(t.Context(), 5, 6) },
			seen{"deleteMessage", map[string]string{"chat_id": "5", "message_id": "6"}}, nil},
		{"commands of one chat", `true`, func(c *telegram.Client) (any, error) {
			return nil, c.SetCommands(t.Context(), telegram.ScopeChat(-5), []telegram.Command{{Name: "stop", Text: "stop the service"}})
		}, seen{"setMyCommands", map[string]string{"scope": `{"type":"chat","chat_id":-5}`, "commands": `[{"command":"stop","description":"stop the service"}]`}}, nil},
		{"no commands for everybody", `true`, func(c *telegram.Client) (any, error) { return nil, c.SetCommands(t.Context(), telegram.Scope{}, nil) },
			seen{"deleteMyCommands", map[string]string{"scope": `{"type":"default"}`}}, nil},
		{"commands of one person", `true`, func(c *telegram.Client) (any, error) {
			return nil, c.SetCommands(t.Context(), telegram.ScopeMember(-5, 7), nil)
		}, seen{"deleteMyCommands", map[string]string{"scope": `{"type":"chat_member","chat_id":-5,"user_id":7}`}}, nil},
		{"who I am", `{"id":1,"username":"ops_bot","first_name":"Ops","can_read_all_group_messages":true}`,
			func(c *telegram.Client) (any, error) { return c.Me(t.Context()) }, seen{"getMe", map[string]string{}},
			telegram.Me{ID: 1, Username: "ops_bot", Name: "Ops", ReadsAll: true}},
		{"a chat", `{"id":-5,"type":"supergroup","title":"Ops","is_forum":true}`,
			func(c *telegram.Client) (any, error) { return c.Chat(t.Context(), -5) }, seen{"getChat", map[string]string{"chat_id": "-5"}},
			telegram.Chat{ID: -5, Type: telegram.ChatSupergroup, Title: "Ops", IsForum: true}},
		{"a member", `{"status":"administrator","user":{"id":7},"can_pin_messages":true}`,
			func(c *telegram.Client) (any, error) { return c.ChatMember(t.Context(), -5, 7) },
			seen{"getChatMember", map[string]string{"chat_id": "-5", "user_id": "7"}},
			telegram.Member{User: telegram.User{ID: 7}, Status: "administrator", CanPin: true}},
		{"the webhook goes, the updates stay", `true`, func(c *telegram.Client) (any, error) { return nil, c.DeleteWebhook(t.Context()) },
			seen{"deleteWebhook", map[string]string{"drop_pending_updates": "false"}}, nil},
		{"updates name all kinds each time; 50 s is the longest wait", `[{"update_id":8,"message":{}},"not an update",{"update_id":"9"},{"update_id":10}]`,
			func(c *telegram.Client) (any, error) { return c.Updates(t.Context(), 8, time.Hour) },
			seen{"getUpdates", map[string]string{"offset": "8", "timeout": "50", "limit": "100",
				"allowed_updates": `["message","callback_query","my_chat_member","chat_member"]`}},
			[]telegram.Raw{{ID: 8, JSON: []byte(`{"update_id":8,"message":{}}`)}, {JSON: []byte(`"not an update"`)},
				{JSON: []byte(`{"update_id":"9"}`)}, {ID: 10, JSON: []byte(`{"update_id":10}`)}}},
		{"a negative offset would lose updates", `[]`, func(c *telegram.Client) (any, error) { return c.Updates(t.Context(), -1, 0) },
			seen{"getUpdates", map[string]string{"limit": "100", "allowed_updates": `["message","callback_query","my_chat_member","chat_member"]`}},
			[]telegram.Raw{}},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			c, calls := record(t, tt.result)
			got, err := tt.call(c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]seen{tt.want}, *calls); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.got, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCountsAsSuccess(t *testing.T) {
	tests := []struct {
		about, description string
		call               func(*telegram.Client) error
		ok                 bool
	}{
		{"an edit to what it already is", "Bad Request: message is not modified: x", func(c *telegram.Client) error { return c.Edit(t.Context(), 1, 2, hi) }, true},
		{"a caption that already is so", "Bad Request: message is not modified: x", func(c *telegram.Client) error { return c.Caption(t.Context(), 1, 2, hi) }, true},
		{"an edit of what is gone", "Bad Request: message to edit not found", func(c *telegram.Client) error { return c.Edit(t.Context(), 1, 2, hi) }, false},
		{"an answer that is too late", "Bad Request: query is too old and response timeout expired", func(c *telegram.Client) error { return c.Answer(t.Context(), "1", "", false) }, true},
		{"deleting what is gone", "Bad Request: message to delete not found", func(c *telegram.Client) error { return c.Delete(t.Context(), 1, 2) }, true},
		{"deleting what is too old", "Bad Request: message can't be deleted", func(c *telegram.Client) error { return c.Delete(t.Context(), 1, 2) }, false},
		{"unpinning what is gone", "Bad Request: message to unpin not found", func(c *telegram.Client) error { return c.Unpin(t.Context(), 1, 2) }, true},
		{"pinning what is gone", "Bad Request: message to pin not found", func(c *telegram.Client) error { return c.Pin(t.Context(), 1, 2) }, false},
	}
	for _, tt := range tests {
		if err := tt.call(serve(t, refusal(400, tt.description, ""))); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.about, err)
		}
	}
}

func TestButtonDataIsCheckedBeforeSending(t *testing.T) {
	c, calls := record(t, `{"message_id":1}`)
	o := hi
	o.Buttons = [][]telegram.Button{{{Text: "x", Data: strings.Repeat("ö", 33)}}}
	_, sendErr := c.Send(t.Context(), o)
	_, docErr := c.Document(t.Context(), o, "x", nil)
	_, photoErr := c.Photo(t.Context(), o, telegram.Picture{FileID: "x"})
	for _, err := range []error{sendErr, docErr, photoErr, c.Edit(t.Context(), 1, 2, o), c.Caption(t.Context(), 1, 2, o)} {
		if telegram.ClassOf(err) != telegram.ClassBug {
			t.Errorf("66 bytes of data: %v", err)
		}
	}
	if len(*calls) != 0 {
		t.Errorf("%d calls were made", len(*calls))
	}
}

func TestAgeIsTelegramsOwn(t *testing.T) {
	server := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	local := server.Add(-3 * time.Hour) // the host is three hours slow
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", server.Format(http.TimeFormat))
		if strings.HasSuffix(r.URL.Path, "/getMe") {
			fmt.Fprint(w, `{"ok":true,"result":{}}`)
			return
		}
		w.Header().Set("Date", server.Add(time.Hour).Format(http.TimeFormat))
		fmt.Fprint(w, `<html>portal</html>`)
	}))
	t.Cleanup(s.Close)
	c := client(t, telegram.Config{API: s.URL, Now: func() time.Time { return local }})

	sentAt := server.Add(-20 * time.Second)
	if got := c.Age(sentAt); got != 20*time.Second-3*time.Hour || c.Skew() != 0 {
		t.Errorf("before any answer: Age = %v, Skew = %v; want the host's clock", got, c.Skew())
	}
	if err := c.DeleteWebhook(t.Context()); err == nil {
		t.Error("a portal is not Telegram")
	}
	if c.Skew() != 0 {
		t.Errorf("Skew = %v: the time is a portal's", c.Skew())
	}
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.Age(sentAt); got != 20*time.Second || c.Skew() != 3*time.Hour {
		t.Errorf("after an answer: Age = %v, Skew = %v; want 20s, 3h", got, c.Skew())
	}
	local = local.Add(5 * time.Second)
	if got := c.Age(sentAt); got != 25*time.Second {
		t.Errorf("five seconds later: Age = %v, want 25s", got)
	}
	if got := c.Age(time.Time{}); got < 100*365*24*time.Hour {
		t.Errorf("Age of no time = %v, want very old", got)
	}
}
