// Package fakebot is a Telegram Bot API server in one process, for tests, benchmarks and demos.
//
// It is a judge, so it shares no code and no types with the bot it judges: the bot speaks HTTP to [Server.URL], people
// act through methods such as [Server.Say] and [Server.Press], and a test looks at what the chats show with
// [Server.Messages]. It refuses what Telegram refuses, in Telegram's words, and breaks on request ([Server.Fail],
// [Server.Down]). Behaviour follows core.telegram.org/bots/api and the sources of tdlib/telegram-bot-api and tdlib/td;
// a comment says where a text or number is a guess.
//
// Any library can talk to it: parameters come as JSON, as a form, as multipart or in the address. It imitates
//
//	the bot       getMe, getUpdates (long polls, offsets, allowed_updates, conflicts), logOut and close (answered, no more)
//	chats         getChat, getChatMember, getChatAdministrators, getChatMemberCount; private, groups, supergroups with topics
//	sending       sendMessage, sendDocument, sendPhoto (uploads and file_ids), sendChatAction; replies, ephemeral messages
//	texts         HTML, MarkdownV2, Markdown, entities and caption_entities, the limits of length
//	buttons       inline keyboards: callback_data, url, copy_text, styles; answerCallbackQuery within its time
//	changes       editMessageText, editMessageCaption, editMessageReplyMarkup, deleteMessage, pinChatMessage,
//	              unpinChatMessage, setMessageReaction
//	files         getFile and /file/bot<token>/<file_path>
//	menus         setMyCommands, getMyCommands, deleteMyCommands, with scopes and languages
//	webhooks      setWebhook, deleteWebhook, getWebhookInfo: setting one ends polling, nothing is delivered to it
//	limits        429 with retry_after ([Server.Limits]), 403 and 400 for those who may not be written to, group upgrades
//
// It refuses every other method with 404, as Telegram does with names it does not know; [Server.NotImitated] has those a
// bot called. Not imitated are also: other bots, channels, inline mode, payments, polls, albums, media other than photos
// and documents, files from addresses (nothing leaves the machine), usernames as chat_id, edits of inline messages, other
// kinds of buttons (refused in words of our own), other keyboards than inline ones (taken, not shown), smaller copies of
// photos (each size downloads the original; WebP is not recognised), mentions and addresses found in plain texts,
// new_chat_members and left_chat_member as updates (the chat shows them, the bot hears chat_member), and the server's
// delay of repeated conflicts.
//
// Methods that act for people panic when the test itself is wrong (an unknown chat, say), as httptest does.
package fakebot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ErrClosed is what waiting calls return after [Server.Close].
var ErrClosed = errors.New("fakebot: server is closed")

// Config describes the one bot a server knows. The zero value is usable.
type Config struct {
	Addr        string           // where it listens; default a free port of 127.0.0.1
	Token       string           // default: BotID and 35 letters
	BotID       int64            // default the number in Token, else 424242
	BotUsername string           // without @; default "fake_bot"
	Now         func() time.Time // default time.Now; rules, dates and the Date header follow it, poll timeouts do not
	PrivacyOff  bool             // the bot reads all group messages even if it is no administrator (@BotFather /setprivacy)
	MaxDocument int64            // bytes; default 50 MB as at Telegram
}

const (
	defaultBotID = 424242
	firstUpdate  = 1000 // Telegram's first is random; a fixed one keeps transcripts stable
)

// Server is the fake. All methods may be called from any goroutine.
type Server struct {
	cfg     Config
	methods map[string]method
	done    chan struct{} // closed by Close
	calling sync.WaitGroup

	mu         sync.Mutex
	closed     bool
	changed    chan struct{} // closed and replaced at every change
	revision   uint64
	users      map[int64]*user
	chats      map[int64]*chat
	lastID     int // message ids of private chats and basic groups come from one counter, as at Telegram
	lastFileID int
	files      map[string]stored // by file_id
	queue      updateQueue
	poll       *poll
	webhook    string
	callbacks  map[string]*callback
	lastQuery  int
	answers    []Answer
	commands   map[string][]Command
	calls      []*Call
	faults     []*armed
	limits     *limiter

	lifeMu sync.Mutex // guards the listener's life; never taken together with mu
	addr   string
	http   *http.Server
	serves sync.WaitGroup
	conns  sync.WaitGroup
}

// New makes a server that does not listen yet: use it through [Server.Handler], or call [Server.Up].
func New(cfg Config) *Server {
	s := &Server{
		cfg: withDefaults(cfg), addr: cmp.Or(cfg.Addr, "127.0.0.1:0"), done: make(chan struct{}), changed: make(chan struct{}),
		users: map[int64]*user{}, chats: map[int64]*chat{}, files: map[string]stored{},
		callbacks: map[string]*callback{}, commands: map[string][]Command{},
		queue: updateQueue{next: firstUpdate, sent: map[int64]*update{}},
	}
	s.methods = s.methodTable()
	return s
}

func withDefaults(cfg Config) Config {
	if id, _, ok := strings.Cut(cfg.Token, ":"); ok && cfg.BotID == 0 { // a token begins with its bot's id
		cfg.BotID, _ = strconv.ParseInt(id, 10, 64)
	}
	if cfg.BotID == 0 {
		cfg.BotID = defaultBotID
	}
	if cfg.Token == "" {
		cfg.Token = fmt.Sprintf("%d:%s", cfg.BotID, strings.Repeat("A", 35))
	}
	if cfg.BotUsername == "" {
		cfg.BotUsername = "fake_bot"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxDocument == 0 {
		cfg.MaxDocument = maxDocument
	}
	return cfg
}

// Start makes a server that listens. It panics if it cannot; where that may happen, use New and [Server.Up].
func Start(cfg Config) *Server {
	s := New(cfg)
	if err := s.Up(); err != nil {
		panic(err)
	}
	return s
}

// URL is the base URL of the API, e.g. http://127.0.0.1:4711; methods are below /bot<token>/.
func (s *Server) URL() string {
	s.lifeMu.Lock()
	defer s.lifeMu.Unlock()
	return "http://" + s.addr
}

// Token is the token the bot must use.
func (s *Server) Token() string { return s.cfg.Token }

// Handler serves the API without a listener of its own.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }

// Up listens, and again, on the same port, after [Server.Down]. It does nothing when already up.
func (s *Server) Up() error {
	s.lifeMu.Lock()
	defer s.lifeMu.Unlock()
	if s.http != nil {
		return nil
	}
	ln, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("fakebot: %w", err)
	}
	s.addr = ln.Addr().String()
	srv := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: time.Minute, ConnState: s.count}
	s.http = srv
	s.serves.Go(func() { _ = srv.Serve(ln) })
	return nil
}

// count follows connections: http.Server.Close does not wait for their goroutines, and Close promises to.
func (s *Server) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

// Down closes the listener and every connection: calls are refused until [Server.Up]. What people do meanwhile waits.
func (s *Server) Down() {
	s.lifeMu.Lock()
	defer s.lifeMu.Unlock()
	if s.http == nil {
		return
	}
	_ = s.http.Close()
	s.http = nil
	s.serves.Wait()
	s.conns.Wait()
}

// Close ends the server, every call in flight and every Wait; it returns when all are gone. A second Close does nothing.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	s.mu.Unlock()
	s.Down()
	s.calling.Wait()
}

// enter counts a call in, so that Close can wait for it; false after Close.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.calling.Add(1)
	return true
}

// wake tells everybody who waits that something changed. The caller holds mu.
func (s *Server) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait blocks until cond holds. cond runs without locks, once at the start and again after every change in the server.
// The error is ctx's cause or [ErrClosed].
func (s *Server) Wait(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.done:
			return ErrClosed
		}
	}
}
