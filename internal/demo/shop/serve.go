package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"twokey/internal/proc"
)

// tellWithin is how long its bot may take to tell a user of an order.
const tellWithin = 2 * time.Second

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

// cashier sells.
type cashier struct {
	dir      Dir
	settings Settings
	log      io.Writer
	till     till
}

func (c *cashier) run(ctx context.Context) {
	again := time.NewTicker(c.settings.Every)
	defer again.Stop()
	for n := uint64(0); ; n++ {
		select {
		case <-again.C:
		case <-ctx.Done():
			if c.till != nil {
				c.till.close()
			}
			return
		}
		if err := c.sell(ctx, n); err != nil && ctx.Err() == nil {
			c.note("error: %v", err)
		}
	}
}

// sell does what happens at a moment. It looks random, and is the same in every life.
func (c *cashier) sell(ctx context.Context, n uint64) error {
	if c.dir.is(Hanging) {
		c.note("warning: no order since %d s: the queue does not answer", n)
		return nil
	}
	if c.till == nil {
		var err error
		if c.till, err = c.dir.till(); err != nil {
			return err
		}
	}
	s := next(n)
	s.twice = c.dir.is(Broken)
	order, err := c.till.sell(ctx, s)
	if err != nil {
		c.till.close()
		return errors.New("the till does not answer") // its words may hold an address
	}
	if s.signUp {
		c.note("a user signed up")
		return nil
	}
	c.note("order %d of user %d paid: %d EUR", order, s.user, s.amount)
	if s.twice {
		c.note("order %d of user %d paid: %d EUR", order, s.user, s.amount)
	}
	return c.tell(ctx, order, s)
}

// next is what happens at a moment. Users up to 1 are there from the beginning.
func next(n uint64) sale {
	r := rand.New(rand.NewPCG(4, n))
	if r.IntN(4) == 0 {
		return sale{signUp: true}
	}
	return sale{user: 1, amount: int64(5 + r.IntN(90))}
}

// tell tells the user of the demo about every fifth of the orders.
func (c *cashier) tell(ctx context.Context, order int64, s sale) error {
	if c.settings.BotAPI == "" || order%5 != 0 {
		return nil
	}
	token, err := os.ReadFile(c.settings.BotToken)
	if err != nil {
		return errors.New("its bot has no token")
	}
	ctx, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	body, _ := json.Marshal(map[string]any{"chat_id": c.settings.User, "text": c.words(order, s)})
	address := c.settings.BotAPI + "/bot" + strings.TrimSpace(string(token)) + "/sendMessage"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("its bot cannot speak")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return errors.New("its bot could not tell the user") // the cause has the token
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

func (c *cashier) words(order int64, s sale) string {
	if s.twice {
		return fmt.Sprintf("Order #%d is paid: %d €. And again: %d €.", order, s.amount, s.amount)
	}
	return fmt.Sprintf("Order #%d is paid: %d €.", order, s.amount)
}

func (c *cashier) note(format string, args ...any) {
	fmt.Fprintf(c.log, time.Now().UTC().Format(time.RFC3339)+" "+format+"\n", args...)
}
