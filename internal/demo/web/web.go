// Package web shows the demo in a browser.
package web

import (
	"context"
	"net/http"

	"twokey/bot/telegram/fakebot"
)

// Phone is one person's phone.
type Phone struct {
	ID, Name string
	Account  int64
	Server   *fakebot.Server
	Chats    []int64
	User     bool // of the service
}

// Step is one step of a story, as people read it and as it is done.
type Step struct {
	Text                           string
	Done                           bool
	Who, In, Say, Tap, Reply, Shop string // In: "admin" or "private"
}

// Story is a story of the tour.
type Story struct {
	Name, Title, Intro string
	Steps              []Step
	Current, Done      bool
}

// Shop is what the service does now.
type Shop struct {
	Up                       bool
	Health                   string
	Release                  string
	Broken                   bool
	SignUps, Orders, Revenue int64
	Doubled                  int64
	Log                      []string
	Database                 string
	Locked                   bool
	Note                     string
}

// Config is what the page shows and does.
type Config struct {
	Phones         []Phone
	Shop           func(context.Context) Shop
	Act            func(context.Context, string) error
	Stories        func() []Story
	Begin          func(string) error
	Reset          func(context.Context) error
	Off            []string
	Changed        func() <-chan struct{}
	Title, Service string
}

// New serves the page.
func New(current func() Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the page is not there yet", http.StatusNotImplemented)
	})
}
