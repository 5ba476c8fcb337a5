package telegram_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"twokey/bot/telegram"
	"twokey/internal/secret"
)

const (
	token    = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw_-xyz"
	tokenKey = "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw_-xyz"
)

func client(t *testing.T, cfg telegram.Config) *telegram.Client {
	t.Helper()
	if cfg.Token.IsZero() {
		cfg.Token = secret.New(token)
	}
	c, err := telegram.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve is a Bot API server that answers everything with h.
func serve(t *testing.T, h http.HandlerFunc) *telegram.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return client(t, telegram.Config{API: s.URL, HTTP: s.Client()})
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func refusal(code int, description, parameters string) http.HandlerFunc {
	d, _ := json.Marshal(description)
	return answer(code, fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%s,"parameters":{%s}}`, code, d, parameters))
}

var hi = telegram.Out{ChatID: -7, HTML: "hi"}

func TestClasses(t *testing.T) {
	tests := []struct {
		code        int
		description string
		parameters  string
		want        telegram.Class
	}{
		{403, "Forbidden: bot was blocked by the user", "", telegram.ClassChatGone},
		{403, "Forbidden: user is deactivated", "", telegram.ClassChatGone},
		{403, "Forbidden: bot can't initiate conversation with a user", "", telegram.ClassChatGone},
		{403, "Forbidden: the bot can't send messages to the bot", "", telegram.ClassChatGone},
		{403, "Forbidden: bot was kicked from the supergroup chat", "", telegram.ClassChatGone},
		{403, "Forbidden: bot is not a member of the group chat", "", telegram.ClassChatGone},
		{403, "Forbidden: the group chat was deleted", "", telegram.ClassChatGone},
		{403, "Forbidden: something of next year", "", telegram.ClassRights},
		{400, "Bad Request: chat not found", "", telegram.ClassChatGone},
		{400, "Bad Request: PEER_ID_INVALID", "", telegram.ClassChatGone},
		{400, "Bad Request: user not found", "", telegram.ClassChatGone},
		{400, "Bad Request: group chat was upgraded to a supergroup chat", `"migrate_to_chat_id":-1001234567890`, telegram.ClassMigrated},
		{400, "Bad Request: not enough rights to send text messages to the chat", "", telegram.ClassRights},
		{400, "Bad Request: have no write access to the chat", "", telegram.ClassRights},
		{400, "Bad Request: need administrator rights in the channel chat", "", telegram.ClassRights},
		{400, "Bad Request: CHAT_WRITE_FORBIDDEN", "", telegram.ClassRights},
		{400, "Bad Request: TOPIC_CLOSED", "", telegram.ClassRights},
		{400, "Bad Request: message thread not found", "", telegram.ClassThreadGone},
		{400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same", "", telegram.ClassNotModified},
		{400, "Bad Request: message to edit not found", "", telegram.ClassGone},
		{400, "Bad Request: message can't be edited", "", telegram.ClassGone},
		{400, "Bad Request: message can't be deleted for everyone", "", telegram.ClassGone},
		{400, "Bad Request: message to be replied not found", "", telegram.ClassGone},
		{400, "Bad Request: message to pin not found", "", telegram.ClassGone},
		{400, "Bad Request: query is too old and response timeout expired or query ID is invalid", "", telegram.ClassTooOld},
		{400, "Bad Request: QUERY IS TOO OLD", "", telegram.ClassTooOld},
		{400, `Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`, "", telegram.ClassParse},
		{400, "Bad Request: message text is empty", "", telegram.ClassBug},
		{400, "Bad Request: BUTTON_DATA_INVALID", "", telegram.ClassBug},
		{400, `Bad Request: field "inline_keyboard" must be of type Array`, "", telegram.ClassBug},
		{413, "Request Entity Too Large", "", telegram.ClassBug},
		{401, "Unauthorized", "", telegram.ClassUnauthorized},
		{401, "Unauthorized: invalid token specified", "", telegram.ClassUnauthorized},
		{404, "Not Found", "", telegram.ClassUnauthorized},
		{404, "Not Found: method not found", "", telegram.ClassBug},
		{421, "Misdirected Request: unallowed token specified", "", telegram.ClassUnauthorized},
		{409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running", "", telegram.ClassConflict},
		{409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first", "", telegram.ClassConflictWebhook},
		{409, "Conflict: terminated by setWebhook request", "", telegram.ClassConflictWebhook},
		{429, "Too Many Requests: retry after 7", `"retry_after":7`, telegram.ClassRateLimited},
		{429, "Too Many Requests", "", telegram.ClassRateLimited},
		{500, "Internal Server Error: restart", "", telegram.ClassUnknown},
		{500, "Internal Server Error: sent message was immediately deleted and can't be returned", "", telegram.ClassDiscarded},
		{200, "a refusal with a code that is none", "", telegram.ClassUnknown},
	}
	for _, tt := range tests {
		c := serve(t, refusal(tt.code, tt.description, tt.parameters))
		_, sendErr := c.Send(t.Context(), hi)
		_, uploadErr := c.Document(t.Context(), hi, "log.txt", []byte("x")) // another path in the library
		for _, err := range []error{sendErr, uploadErr} {
			var e *telegram.Error
			if !errors.As(err, &e) {
				t.Fatalf("%d %s: error = %#v", tt.code, tt.description, err)
			}
			if e.Class != tt.want || e.Code != tt.code || e.Description != tt.description {
				t.Errorf("%s %d %q: class %q, code %d, %q; want class %q", e.Method, tt.code, tt.description, e.Class, e.Code, e.Description, tt.want)
			}
			if tt.want == telegram.ClassMigrated && e.MigrateTo != -1001234567890 {
				t.Errorf("MigrateTo = %d", e.MigrateTo)
			}
			if strings.Contains(tt.parameters, "retry_after") && e.RetryAfter != 7*time.Second {
				t.Errorf("%s: RetryAfter = %v", e.Method, e.RetryAfter)
			}
		}
	}
}

func TestClassOf(t *testing.T) {
	wrapped := fmt.Errorf("card 7: %w", &telegram.Error{Class: telegram.ClassGone})
	for _, tt := range []struct {
		err  error
		want telegram.Class
	}{{nil, ""}, {wrapped, telegram.ClassGone}, {io.EOF, telegram.ClassUnknown}} {
		if got := telegram.ClassOf(tt.err); got != tt.want {
			t.Errorf("ClassOf(%v) = %q, want %q", tt.err, got, tt.want)
		}
	}
}

// failure is a way for a call to fail without an answer of the Bot API.
type failure struct {
	about string
	call  func(t *testing.T) error
	want  telegram.Class
	is    error // errors.Is, if not nil
}

func send(c *telegram.Client, ctx context.Context) error {
	_, err := c.Send(ctx, hi)
	return err
}

func via(h http.HandlerFunc) func(*testing.T) error {
	return func(t *testing.T) error { return send(serve(t, h), t.Context()) }
}

// onWire is a server that reads the request and then does what f does.
func onWire(f func(net.Conn)) func(*testing.T) error {
	return via(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		f(conn)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func failures() []failure {
	echo := func(w http.ResponseWriter, r *http.Request) { // an error page that quotes the URL
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"ok":false,"error_code":400,"description":"Bad Request: no such page http://%s%s"}`, r.Host, r.URL.Path)
	}
	return []failure{
		{"nobody listens", func(t *testing.T) error {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			l.Close()
			return send(client(t, telegram.Config{API: "http://" + l.Addr().String()}), t.Context())
		}, telegram.ClassRefused, nil},
		{"no such host", func(t *testing.T) error {
			return send(client(t, telegram.Config{API: "http://twokey.invalid"}), t.Context())
		}, telegram.ClassRefused, nil},
		{"not a certificate we trust", func(t *testing.T) error {
			s := httptest.NewUnstartedServer(answer(200, "{}"))
			s.TLS = &tls.Config{}
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.StartTLS()
			t.Cleanup(s.Close)
			return send(client(t, telegram.Config{API: s.URL}), t.Context())
		}, telegram.ClassRefused, nil},
		{"given up before it began", func(t *testing.T) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return send(serve(t, answer(200, "{}")), ctx)
		}, telegram.ClassRefused, context.Canceled},
		{"an answer that does not come", func(t *testing.T) error {
			ctx, cancel := context.WithCancel(t.Context())
			c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				cancel()
				<-r.Context().Done()
			})
			return send(c, ctx)
		}, telegram.ClassUnknown, context.Canceled},
		{"a deadline that passes while waiting", func(t *testing.T) error {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			return send(serve(t, func(_ http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			}), ctx)
		}, telegram.ClassUnknown, context.DeadlineExceeded},
		{"a cut connection", onWire(func(net.Conn) {}), telegram.ClassUnknown, nil},
		{"half an answer", onWire(func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true,\"result\":{\"mess")
		}), telegram.ClassUnknown, nil},
		{"no HTTP", onWire(func(c net.Conn) { io.WriteString(c, "SSH-2.0-x\r\n\r\n") }), telegram.ClassUnknown, nil},
		{"a page of a gateway", via(answer(502, "<html>Bad Gateway</html>")), telegram.ClassUnknown, nil},
		{"an empty page", via(answer(504, "")), telegram.ClassUnknown, nil},
		{"a page of a portal", via(answer(404, "<html>Please log in</html>")), telegram.ClassUnknown, nil},
		{"JSON of something else", via(answer(200, `{"error":"log in"}`)), telegram.ClassUnknown, nil},
		{"JSON null", via(answer(200, `null`)), telegram.ClassUnknown, nil},
		{"ok with a result that is not a message", via(answer(200, `{"ok":true,"result":"yes"}`)), telegram.ClassUnknown, nil},
		{"ok without a result", via(answer(200, `{"ok":true}`)), telegram.ClassUnknown, nil},
		{"an answer without end", via(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"ok":true,"description":"`)
			filler := bytes.Repeat([]byte("x"), 1<<20)
			for range 17 {
				w.Write(filler)
			}
			io.WriteString(w, `","result":{"message_id":1}}`)
		}), telegram.ClassUnknown, nil},
		{"given up with a connection, while the request may be on its way", func(t *testing.T) error {
			ctx, cancel := context.WithCancel(t.Context())
			h := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
				cancel()
				return nil, r.Context().Err()
			})}
			return send(client(t, telegram.Config{HTTP: h}), ctx)
		}, telegram.ClassUnknown, context.Canceled},
		{"a redirect, which would carry the token away", via(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://twokey.invalid"+r.URL.Path, http.StatusTemporaryRedirect)
		}), telegram.ClassUnknown, nil},
		{"a refusal that quotes our URL", via(echo), telegram.ClassBug, nil},
		{"an error below that quotes our URL", func(t *testing.T) error {
			h := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				return nil, fmt.Errorf("proxy: cannot reach %s: %w", r.URL, context.DeadlineExceeded)
			})}
			return send(client(t, telegram.Config{HTTP: h}), t.Context())
		}, telegram.ClassRefused, context.DeadlineExceeded},
	}
}

func TestFailuresHaveAClassAndNoToken(t *testing.T) {
	for _, f := range failures() {
		t.Run(f.about, func(t *testing.T) {
			err := f.call(t)
			if got := telegram.ClassOf(err); err == nil || got != f.want {
				t.Fatalf("error = %v, class %q; want class %q", err, got, f.want)
			}
			if f.is != nil && !errors.Is(err, f.is) {
				t.Errorf("%v is not %v", err, f.is)
			}
			noToken(t, err)
			for inner := err; inner != nil; inner = errors.Unwrap(inner) {
				noToken(t, inner)
			}
		})
	}
}

func noToken(t *testing.T, err error) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if s := fmt.Sprintf(verb, err); strings.Contains(s, tokenKey) {
			t.Errorf("%s of %T holds the token: %s", verb, err, s)
		}
	}
	if j, _ := json.Marshal(err); bytes.Contains(j, []byte(tokenKey)) {
		t.Errorf("the JSON of %T holds the token", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	asked := make(chan string, 10)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	t.Cleanup(elsewhere.Close)
	err := via(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})(t)
	if telegram.ClassOf(err) != telegram.ClassUnknown || len(asked) != 0 {
		t.Errorf("error = %v; %d requests went elsewhere with the token", err, len(asked))
	}
}

func TestNetErrorIsKept(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	err = send(client(t, telegram.Config{API: "http://" + l.Addr().String()}), t.Context())
	var ne net.Error
	if !errors.As(err, &ne) {
		t.Errorf("%v holds no net.Error", err)
	}
}

func TestNewChecksItsConfig(t *testing.T) {
	tests := []struct {
		about, token, api string
		ok                bool
	}{
		{"a token as given by BotFather", token, "", true},
		{"another server", token, "http://127.0.0.1:8081/", true},
		{"a server below a path", token, "https://proxy.example/tg", true},
		{"no token", "", "", false},
		{"a newline would leak it in an error about the URL", token + "\n", "", false},
		{"a newline within", token[:20] + "\n" + token[20:], "", false},
		{"a slash would be a path", "123:" + strings.Repeat("a/", 20), "", false},
		{"no number", ":" + tokenKey, "", false},
		{"a leading zero", "0" + token, "", false},
		{"too short to be one", "123456:abc", "", false},
		{"a server without scheme", token, "api.telegram.org", false},
		{"a server of another kind", token, "ftp://api.telegram.org", false},
		{"a verb of the library's format", token, "https://api.telegram.org/%s", false},
		{"a password in the address", token, "https://u:p@api.telegram.org", false},
	}
	for _, tt := range tests {
		c, err := telegram.New(telegram.Config{Token: secret.New(tt.token), API: tt.api})
		if (err == nil) != tt.ok {
			t.Errorf("%s: New = %v", tt.about, err)
		}
		if err != nil && tt.token != "" && strings.Contains(err.Error(), strings.TrimSpace(tt.token)) {
			t.Errorf("%s: the error holds the token", tt.about)
		}
		if err == nil {
			for _, verb := range []string{"%v", "%+v", "%#v"} {
				if strings.Contains(fmt.Sprintf(verb, c), tokenKey) {
					t.Errorf("%s: %s of the Client holds the token", tt.about, verb)
				}
			}
			if c.BotID() != 123456789 {
				t.Errorf("BotID = %d", c.BotID())
			}
		}
	}
}
