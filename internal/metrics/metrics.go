// Package metrics tells monitoring how the bot and its service are: /metrics for Prometheus, /healthz for whoever restarts a
// process that is not well, /readyz for whoever wants to know whether it is of use now.
//
// It is told everything by a Snapshot, and what it prints are numbers: the words in labels come from the catalogue and from
// this package, never from what people type.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Snapshot is how things stand at a moment. What is not known is not printed.
type Snapshot struct {
	Requests    map[string]int     // not over, by status
	Ended       map[Outcome]uint64 // over, since the first entry of the journal
	Seq         uint64             // of the newest entry
	Owed        int                // entries that could not be written yet
	Closed      bool               // the journal was changed by somebody else
	TelegramUp  bool
	Contact     time.Duration // since Telegram last answered; below zero: it never did
	OpenReviews int
	Lockdown    bool
	BadChecks   *int // of the last run of the checks; nil: they never ran
	Drills      []Drill
	// Service says whether every part of the service runs, nil when it cannot be told. It is asked for /metrics only, because
	// it takes a while.
	Service func(context.Context) *bool
}

// Drill is how a drill stands.
type Drill struct {
	Name     string         // as the config has it
	Passed   time.Time      // when it passed last; zero: never
	Took     time.Duration  // until what was lost was proven back, that time
	Lost     *time.Duration // from the newest row that came back, that time; nil: not measured
	Overdue  bool           // a period ended without a result
	Findings int            // that nobody settled
}

// Outcome is what an action's requests came to.
type Outcome struct{ Action, Status string }

// How long a client may take. Scrapes come every few seconds from one or two places; whoever is slower is none of them.
const (
	readWithin  = 5 * time.Second
	writeWithin = 15 * time.Second
	lookWithin  = 10 * time.Second
	endWithin   = time.Second
)

// maxHeader is far more than a scraper sends, in bytes.
const maxHeader = 8 << 10

// Server answers on an address. Listen makes one.
type Server struct {
	listener net.Listener
	handler  http.Handler
}

// Listen takes the address at once, so that one which is taken is known before anything else begins. look is asked once per
// answer and must not take longer than its context lives.
func Listen(address, version string, look func(context.Context) Snapshot) (*Server, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, refused(address, err)
	}
	return &Server{listener: l, handler: handler(version, look)}, nil
}

// refused says what is wrong with an address, and what to do.
func refused(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("listen %s: another program has this address; name another one, or \"\" for none", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("listen %s: this machine does not have that address", address)
	}
	return fmt.Errorf("listen %s: %w", address, err)
}

// Addr is where it answers.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Run answers until ctx ends, and lets those that are being answered have a second.
func (s *Server) Run(ctx context.Context) error {
	server := http.Server{Handler: s.handler, ReadTimeout: readWithin, WriteTimeout: writeWithin, IdleTimeout: time.Minute, MaxHeaderBytes: maxHeader,
		ErrorLog: log.New(discard{}, "", 0)} // what strangers send is none of the operator's log
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
		defer cancel()
		if server.Shutdown(within) != nil {
			server.Close()
		}
	})
	err := server.Serve(s.listener)
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("listen %s: %w", s.listener.Addr(), err)
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func handler(version string, look func(context.Context) Snapshot) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", exposition(version, look))
	mux.HandleFunc("GET /healthz", answer(look, Snapshot.unhealthy))
	mux.HandleFunc("GET /readyz", answer(look, Snapshot.unready))
	return mux
}

// answer says ok, or in one line why not.
func answer(look func(context.Context) Snapshot, why func(Snapshot) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		ctx, cancel := context.WithTimeout(r.Context(), lookWithin)
		defer cancel()
		if reason := why(look(ctx)); reason != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, reason)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

// unhealthy is what a restart might help against.
func (s Snapshot) unhealthy() string {
	switch {
	case s.Closed:
		return "the journal was changed by somebody else"
	case s.Owed > 0:
		return "the journal cannot be written"
	}
	return ""
}

// unready is why nobody can work with the bot now.
func (s Snapshot) unready() string {
	if why := s.unhealthy(); why != "" {
		return why
	}
	if !s.TelegramUp {
		return "telegram is not connected"
	}
	return ""
}
