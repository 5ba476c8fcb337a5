// Package web is the page of `twokey demo` and the HTTP server behind it: a fakebot with a face. It shows what the phones of
// two admins and of a user show, and the service they look after; what is typed and tapped there goes to the fake as a
// person's message or press, and nowhere else.
//
// The page may be open on a machine with a browser full of other pages, so the server answers only to its own loopback name
// (against DNS rebinding), takes changes only from its own page, and lets the browser load nothing but the files of
// this package. Text of bots and people goes to the page as text; the page builds nodes from it, never HTML.
//
// A state has a revision, the digest of what is shown: GET /api/state?after=REV answers as soon as there is something else.
package web

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"sync"

	"twokey/bot/telegram/fakebot"
)

// Phone is one phone on the page. Its account writes in its chats, the group and the private chat with the server's bot.
type Phone struct {
	ID, Name string
	Account  int64
	Server   *fakebot.Server
	Chats    []int64
	User     bool // the phone of a user of the service, with the service's own bot
}

// Step is one step of a story: what a person is to do, or to see.
type Step struct {
	Text  string `json:"text"`
	Done  bool   `json:"done"`
	Who   string `json:"who,omitempty"`   // the phone's ID
	In    string `json:"in,omitempty"`    // admin or private
	Say   string `json:"say,omitempty"`   // to write
	Tap   string `json:"tap,omitempty"`   // the button, or a part of its label
	Reply string `json:"reply,omitempty"` // to write as a reply to the bot's newest message
	To    string `json:"to,omitempty"`    // a part of that message's text; empty: whichever is newest
	Shop  string `json:"shop,omitempty"`  // the button of the shop, as Config.Act calls it
}

// Story is one part of the guided tour.
type Story struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Intro   string `json:"intro"`
	Steps   []Step `json:"steps"`
	Current bool   `json:"current"`
	Done    bool   `json:"done"`
}

// Shop is the service, as its own page shows it.
type Shop struct {
	Up       bool     `json:"up"`
	Health   string   `json:"health"`
	Release  string   `json:"release"`
	Broken   bool     `json:"broken"`
	SignUps  int64    `json:"signups"`
	Orders   int64    `json:"orders"`
	Revenue  int64    `json:"revenue"` // in cents
	Doubled  int64    `json:"doubled"` // payments taken twice
	Zeroed   int64    `json:"zeroed"`  // orders of 0
	Banner   string   `json:"banner"`  // what its front page says on top
	Deep     bool     `json:"deep"`    // it has a database, which can be wrong in ways of its own
	Log      []string `json:"log"`
	Database string   `json:"database"`
	Locked   bool     `json:"locked"`
	Note     string   `json:"note"`
}

// Config is what the page is about. Functions may be nil, except Shop and Stories of a page that shows them.
type Config struct {
	Phones  []Phone
	Shop    func(ctx context.Context) Shop               // quick; a snapshot
	Act     func(ctx context.Context, what string) error // what: one of the page's buttons
	Stories func() []Story
	Begin   func(ctx context.Context, name string) error // begin a story, with a reset before it when something was played
	Reset   func(ctx context.Context) error              // everything from the beginning; the configuration is asked for again
	Resets  int                                          // how often everything began anew
	Off     []string                                     // what is off on this machine, in sentences
	Changed func() <-chan struct{}                       // closed when shop or stories changed
	Title   string
	Service string
}

//go:embed page
var files embed.FS

// server is the handler. The configuration is asked for anew at each request, because a reset makes another one.
type server struct {
	current func() Config

	mu      sync.Mutex
	presses []press // newest last
	changed chan struct{}
}

// New is the handler of the page; where it listens is the caller's choice, but it answers to loopback names only.
func New(current func() Config) http.Handler {
	s := &server{current: current, changed: make(chan struct{})}
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the name of an embedded folder is wrong
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(page))
	mux.HandleFunc("GET /api/state", s.state)
	mux.HandleFunc("GET /api/document", s.document)
	mux.HandleFunc("GET /api/photo", s.photo)
	mux.HandleFunc("POST /api/say", s.say)
	mux.HandleFunc("POST /api/press", s.press)
	mux.HandleFunc("POST /api/shop", s.shop)
	mux.HandleFunc("POST /api/story", s.story)
	mux.HandleFunc("POST /api/reset", s.reset)
	return guard(mux)
}

// wake tells the polls that the server itself knows something new.
func (s *server) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}
