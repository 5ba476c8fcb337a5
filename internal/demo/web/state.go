package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"reflect"
	"time"
)

const (
	pollFor  = 20 * time.Second      // a poll that finds nothing new ends then
	together = 15 * time.Millisecond // a burst of changes is one answer
	lookFor  = time.Second           // what tells nobody that it changed (a shop's counters) is looked at so often
)

// view is everything the page shows.
type view struct {
	Title   string   `json:"title"`
	Service string   `json:"service"`
	Phones  []phone  `json:"phones"`
	Shop    *Shop    `json:"shop"`
	Stories []Story  `json:"stories"`
	Off     []string `json:"off"`
	Can     can      `json:"can"`
	Resets  int      `json:"resets"` // after another one the page forgets what it saw
}

// can is which buttons do something.
type can struct {
	Reset bool `json:"reset"`
	Act   bool `json:"act"`
	Begin bool `json:"begin"`
}

func (s *server) view(ctx context.Context, cfg Config) view {
	v := view{Title: cfg.Title, Service: cfg.Service, Phones: []phone{}, Stories: []Story{}, Off: cfg.Off, Resets: cfg.Resets}
	for _, p := range cfg.Phones {
		v.Phones = append(v.Phones, s.phone(p))
	}
	if cfg.Shop != nil {
		shop := cfg.Shop(ctx)
		v.Shop = &shop
	}
	if cfg.Stories != nil {
		v.Stories = append(v.Stories, cfg.Stories()...)
	}
	v.Can = can{cfg.Reset != nil, cfg.Act != nil, cfg.Begin != nil}
	return v
}

// state answers with the view once its revision is not the one the page has, or with 204 after a while.
func (s *server) state(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pollFor)
	defer cancel()
	after := r.URL.Query().Get("after")
	for {
		cfg := s.current()
		changes := s.changes(cfg) // before the look, so that nothing falls between the two
		body, rev := revision(s.view(ctx, cfg))
		if rev != after {
			w.Header().Set("X-Revision", rev)
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = w.Write(body)
			return
		}
		if !wait(ctx, changes) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
}

// revision is the view as JSON and its digest. A digest, not a count: it means the same to a page that was left open while
// everything began anew.
func revision(v view) (body []byte, rev string) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // the view is made of plain values
	}
	sum := sha256.Sum256(body)
	return body, hex.EncodeToString(sum[:8])
}

// changes is every channel that says that something changed.
func (s *server) changes(cfg Config) []<-chan struct{} {
	s.mu.Lock()
	out := []<-chan struct{}{s.changed}
	s.mu.Unlock()
	for _, p := range cfg.Phones {
		out = append(out, p.Server.Changed())
	}
	if cfg.Changed != nil {
		out = append(out, cfg.Changed())
	}
	return out
}

// wait returns true when there may be something new to see, false when ctx has ended.
func wait(ctx context.Context, changes []<-chan struct{}) bool {
	look := time.NewTimer(lookFor)
	defer look.Stop()
	cases := []reflect.SelectCase{receive(ctx.Done()), receive(look.C)}
	for _, c := range changes {
		cases = append(cases, receive(c))
	}
	chosen, _, _ := reflect.Select(cases)
	if chosen < 2 {
		return chosen == 1
	}
	rest := time.NewTimer(together)
	defer rest.Stop()
	select {
	case <-rest.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func receive(c any) reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}
}
