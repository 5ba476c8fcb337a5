package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"twokey/bot/broadcast/delivery"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/secret"
)

// How many users are told: those of baselines.md, and those of a large service.
const (
	told, blocked, gone = 1500, 75, 30
	toldUnlimited       = 20_000
	million             = 1_000_000
)

// broadcasts are the measurements of telling the users.
func (b bench) broadcasts() []measurement {
	return []measurement{
		{fmt.Sprintf("%d users at 29 a second, twice, and a pause", told), b.smooth},
		{fmt.Sprintf("%d users without limits", toldUnlimited), b.unlimited},
		{fmt.Sprintf("%d users, the process alone", million), b.million},
		{fmt.Sprintf("%d users copied, and commands beside a broadcast", million), b.whole},
	}
}

// crowd is a Bot API server with users, a ledger and a sender.
type crowd struct {
	dir    string
	fake   *fakebot.Server
	ledger *delivery.Ledger
	sender *delivery.Sender
	people string
}

func (b bench) crowd(name string, users int64) (*crowd, error) {
	c := &crowd{dir: filepath.Join(b.dir, name), fake: fakebot.Start(fakebot.Config{})}
	c.people = filepath.Join(c.dir, "audience.db")
	for id := range users {
		c.fake.AddUser(fakebot.User{ID: id + 1, Started: true})
	}
	err := errors.Join(os.MkdirAll(c.dir, 0o700), writeAudience(c.people, users))
	if err == nil {
		c.ledger, err = delivery.Open(filepath.Join(c.dir, "notices.db"))
	}
	if err == nil {
		c.sender, err = newSender(c.ledger, c.fake.URL(), c.fake.Token())
	}
	return c, err
}

func (c *crowd) close() {
	if c.ledger != nil {
		_ = c.ledger.Close()
	}
	c.fake.Close()
}

func newSender(l *delivery.Ledger, api, token string) (*delivery.Sender, error) {
	client, err := telegram.New(telegram.Config{Token: secret.New(token), API: api})
	return &delivery.Sender{Ledger: l, Client: client}, err
}

func writeAudience(path string, users int64) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = db.Exec(`CREATE TABLE person (id INTEGER PRIMARY KEY, lang TEXT NOT NULL);
		WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ?)
		INSERT INTO person SELECT id, iif(id % 3, 'en', 'ru') FROM n`, users)
	return errors.Join(err, db.Close())
}

func notice(id uint64, audience string, bot int64) delivery.Job {
	return delivery.Job{ID: id, Op: delivery.OpSend, Audience: audience, Bot: bot, Default: "en",
		Texts: map[string]string{"en": "<b>Maintenance</b> from 02:00 for about 30 min", "ru": "<b>Работы</b> с 02:00, около 30 минут"}}
}

// send prepares and sends a job, and says how long the sending took.
func (c *crowd) send(ctx context.Context, id uint64) (time.Duration, error) {
	j := notice(id, c.people, c.fake.BotID())
	if _, err := c.ledger.Prepare(ctx, j); err != nil {
		return 0, err
	}
	began := time.Now()
	err := c.sender.Send(ctx, j, nil)
	return time.Since(began), err
}

// smooth is a limit of 30 a second, kept at 29.
func (b bench) smooth(ctx context.Context) ([]figure, error) {
	c, err := b.crowd("smooth", told)
	defer c.close()
	if err != nil {
		return nil, err
	}
	c.fake.Limits(true)
	for id := range int64(blocked) {
		c.fake.Block(20*id + 1)
	}
	for id := range int64(gone) {
		c.fake.Deactivate(50*id + 10)
	}
	first, err := c.send(ctx, 1)
	if err != nil {
		return nil, err
	}
	second, err := c.send(ctx, 2)
	if err != nil {
		return nil, err
	}
	limits := 0
	for _, call := range c.fake.CallsOf("sendMessage") {
		if call.Code == http.StatusTooManyRequests {
			limits++
		}
	}
	last, err := c.paused(ctx, 3)
	return []figure{
		{what: "rate at 29 against a limit of 30", got: told / first.Seconds(), unit: "/s", aim: 28.5, least: true},
		{what: "rate limits met (429)", got: float64(limits), aim: 0, beside: "grammY with auto-retry: 43 to 1436; a plain loop: 1364"},
		{what: fmt.Sprintf("%d users, %d blocked, %d gone", told, blocked, gone), got: first.Seconds(), unit: "s", aim: 53,
			beside: "the floor is 45.5 s; grammY with auto-retry and throttler: 52, or 137 to 139 in 7 of 12 starts"},
		{what: "the second time", got: second.Seconds(), unit: "s", aim: 49, beside: "those who cannot be written to are remembered"},
		{what: "pause to last message", got: last.Seconds(), unit: "s", aim: 1},
	}, err
}

// paused says how long after a pause the last message arrived.
func (c *crowd) paused(ctx context.Context, id uint64) (time.Duration, error) {
	ctx, pause := context.WithCancel(ctx)
	defer pause()
	before := len(c.fake.Calls())
	at := make(chan time.Time, 1)
	go func() {
		_ = c.fake.Wait(ctx, func() bool { return len(c.fake.CallsAfter(before+100)) > 0 })
		pause()
		at <- time.Now()
	}()
	if _, err := c.send(ctx, id); !errors.Is(err, context.Canceled) {
		return 0, fmt.Errorf("it was not paused: %w", err)
	}
	calls := c.fake.Calls()
	return max(0, calls[len(calls)-1].At.Sub(<-at)), nil
}

// unlimited is what the ledger costs: every message is on the disk before and after.
func (b bench) unlimited(ctx context.Context) ([]figure, error) {
	c, err := b.crowd("unlimited", toldUnlimited)
	defer c.close()
	if err != nil {
		return nil, err
	}
	c.sender.Rate = func() float64 { return 0 }
	took, err := c.send(ctx, 1)
	return []figure{{what: "durable, without limits", got: toldUnlimited / took.Seconds(), unit: "/s", aim: 2000, least: true,
		beside: "with the server in this process; go-telegram-bot-api alone, 32 at once and nothing on the disk: 8466 /s"}}, err
}

// lone is what a process of its own says of a million deliveries.
type lone struct {
	Prepare, Send time.Duration
	Sent          int
	Most          float64 // memory, MB
}

// million has a process of its own prepare and send, to a server that remembers nothing.
func (b bench) million(ctx context.Context) ([]figure, error) {
	var last atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if filepath.Base(r.URL.Path) == "getMe" {
			fmt.Fprint(w, `{"ok":true,"result":{"id":424242}}`)
			return
		}
		fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%d}}`, last.Add(1))
	}))
	defer server.Close()
	people := filepath.Join(b.dir, "million.db")
	if err := writeAudience(people, million); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "deliver", filepath.Join(b.dir, "lone.db"), people, server.URL)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var l lone
	if err := json.Unmarshal(out, &l); err != nil || l.Sent != million {
		return nil, fmt.Errorf("it said %q (%w)", out, err)
	}
	return []figure{{what: "memory of a process that tells a million users, most ever", got: l.Most, unit: "MB", aim: 80,
		beside: fmt.Sprintf("prepared in %s s, sent in %s s: %s /s, all on the disk", number(l.Prepare.Seconds()), number(l.Send.Seconds()),
			number(million/l.Send.Seconds()))}}, nil
}

// deliverAlone is that process: ledger, audience, server.
func deliverAlone(args []string) int {
	l, err := deliver(context.Background(), args[0], args[1], args[2])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(l)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		return 1
	}
	return 0
}

func deliver(ctx context.Context, path, people, api string) (l lone, err error) {
	ledger, err := delivery.Open(path)
	if err != nil {
		return l, err
	}
	defer ledger.Close()
	s, err := newSender(ledger, api, "424242:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	if err != nil {
		return l, err
	}
	s.Rate = func() float64 { return 0 }
	j := notice(1, people, 424242)
	began := time.Now()
	if _, err := ledger.Prepare(ctx, j); err != nil {
		return l, err
	}
	l.Prepare = time.Since(began)
	began = time.Now()
	err = s.Send(ctx, j, func(p delivery.Progress) { l.Sent = p.Sent })
	l.Send = time.Since(began)
	if err != nil {
		return l, err
	}
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return l, err
	}
	l.Most, err = status(string(data), "VmHWM")
	return l, err
}
