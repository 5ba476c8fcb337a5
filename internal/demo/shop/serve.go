package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"twokey/internal/proc"
)

// Serve is the shop itself: it sells and shows its pages until ctx is done, or its owner has ended.
func Serve(ctx context.Context, d Dir) error {
	s, err := d.settings()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
	if err != nil {
		return err
	}
	log, err := d.log()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer log.Close()
	if err := d.known(); err != nil {
		return errors.Join(err, l.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	srv := &http.Server{Handler: pages(d), ReadHeaderTimeout: 5 * time.Second}
	var group sync.WaitGroup
	group.Go(func() { defer cancel(); _ = srv.Serve(l) })
	group.Go(func() { defer cancel(); _ = proc.Wait(ctx, s.Owner) })
	group.Go(func() { defer cancel(); c := cashier{dir: d, settings: s, log: log}; c.run(ctx) })
	<-ctx.Done()
	err = srv.Close()
	group.Wait()
	return err
}

func (d Dir) log() (*os.File, error) {
	return os.OpenFile(d.path("logs", "shop.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// known writes which process it is; from then on it is up.
func (d Dir) known() error {
	me, _ := proc.Find(os.Getpid())
	b, err := json.Marshal(me)
	return errors.Join(err, os.WriteFile(d.path("pid.new"), b, 0o600), os.Rename(d.path("pid.new"), d.path("pid")))
}

// pages are what others may ask it.
func pages(d Dir) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if d.is(Hanging) {
			http.Error(w, "orders hang", http.StatusServiceUnavailable)
			return
		}
		if d.is(Failing) {
			http.Error(w, "orders fail", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /state.json", func(w http.ResponseWriter, r *http.Request) {
		s, err := d.Look(r.Context())
		if err != nil {
			http.Error(w, "the figures cannot be read", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s)
	})
	return mux
}
