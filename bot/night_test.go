package bot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot"
	"twokey/bot/broadcast"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
	"twokey/internal/secret"
)

// night is the running Bot and Presenter, with the real client, lanes and poller, against the Bot API server that judges
// them, in a bubble of fake time: an hour costs nothing. Only runs are played by hand.
type night struct {
	*fakebot.Server
	t      *testing.T
	store  *journal.Memory
	log    *journal.Log
	state  *actions.State
	cards  *bot.Cards
	away   atomic.Bool // Telegram cannot be reached
	mu     sync.Mutex
	errs   []string
	links  []telegram.Link
	called []bot.Call
	told   *broadcast.State
	held   *drills.State
	end    func() // of the life under way
}

// RoundTrip is the way to the server: no network, so that the bubble knows when all wait.
func (n *night) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if n.away.Load() {
		return nil, errors.New("connection refused")
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		trace.GotConn(httptrace.GotConnInfo{})
		trace.WroteHeaders()
	}
	defer func() {
		if recover() != nil { // the connection was cut
			resp, err = nil, io.ErrUnexpectedEOF
		}
	}()
	w := httptest.NewRecorder()
	n.Handler().ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func (n *night) report(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.errs = append(n.errs, err.Error())
}

// reported says how often something was reported.
func (n *night) reported(part string) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.errs {
		if strings.Contains(e, part) {
			count++
		}
	}
	return count
}

// shift is what is different in one night.
type shift struct {
	topic    int
	nudge    []time.Duration
	quiet    func(time.Time) bool
	escalate error
	notices  *phrases      // what users can be told; nil: they cannot
	drills   *practice     // nil: the config has none
	people   []auth.Person // nil: the usual ones, all of them admins
}

// spend lives through a night.
func spend(t *testing.T, with shift, f func(n *night)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := &night{t: t, store: journal.NewMemory()}
		n.Server = fakebot.New(fakebot.Config{Token: token, BotUsername: "ops_bot"})
		for id, name := range map[int64]string{11: "Ann", 12: "Bob", 13: "Cid", 14: "Cid two"} {
			n.AddUser(fakebot.User{ID: id, FirstName: name, Started: true})
		}
		n.AddGroup(fakebot.Group{ID: adminChat, Title: "Ops", BotStatus: "administrator", Forum: true}, 11, 12, 13, 14)
		if with.topic != 0 {
			n.AddTopic(adminChat, with.topic)
		}
		n.end = n.begin(with)
		n.pass(time.Second)
		f(n)
		n.end()
		n.Close()
	})
}

// again ends this life, wherever it is, and begins the next one over the same journal and the same chats.
func (n *night) again(with shift) {
	n.end()
	n.pass(time.Second)
	n.end = n.begin(with)
	n.pass(10 * time.Second)
}

func (n *night) begin(with shift) (stop func()) {
	n.t.Helper()
	n.state, n.cards, n.told, n.held = actions.NewState(), bot.NewCards(), broadcast.NewState(), drills.NewState()
	store := journal.Store(n.store)
	if with.drills != nil {
		store = frail{n.store, with.drills}
	}
	log, err := journal.Open(n.t.Context(), store, time.Now, n.state, n.cards, n.told, n.held)
	if err != nil {
		n.t.Fatal(err)
	}
	n.log = log
	everybody := people
	if with.people != nil {
		everybody = with.people
	}
	decide(n.t, log, func(journal.Now) (journal.Draft, error) { return n.state.Policy("r1", everybody), nil })
	client, err := telegram.New(telegram.Config{Token: secret.New(token), API: "http://bot.test", HTTP: &http.Client{Transport: n}})
	if err != nil {
		n.t.Fatal(err)
	}
	board, seen, traffic := actions.NewBoard(), bot.NewSeen(), bot.NewTraffic()
	words := text.Words{Zone: time.UTC, Service: "shop", Tells: with.notices != nil}
	where := bot.Place{AdminChat: adminChat, Topic: with.topic, StaleAfter: time.Minute}
	aside, urgent := bot.NewLane(100, 2, time.Minute, func() {}), bot.NewLane(100, 2, time.Minute, func() {})
	b := &bot.Bot{Log: log, State: n.state, Cards: n.cards, Catalogue: load(n.t, catalogue, noService), Revision: "r1", Words: words,
		Chat: bot.Room{Messenger: client, Traffic: traffic}, Seen: seen, Traffic: traffic, Taps: bot.NewTaps(), Nudge: with.nudge, Quiet: with.quiet, Aside: aside, Urgent: urgent,
		Place: where, BotID: client.BotID(), Name: func() string { return "ops_bot" },
		Redact: func(s string) string { return s }, Report: n.report,
		Look: bot.Look{Status: func(context.Context) text.StatusView { return text.StatusView{} }}}
	if with.notices != nil {
		with.notices.wire(n, b)
	}
	lanes := telegram.NewLanes(client, func(from, to int64) {
		urgent.Do(func(ctx context.Context) { b.Migrated(ctx, from, to) })
	})
	presenter := &bot.Presenter{Log: log, State: n.state, Cards: n.cards, Board: board, Seen: seen, Traffic: traffic, Words: words, Chat: client,
		Lanes: lanes, Place: where, Quiet: with.quiet, Report: n.report, Escalate: func(_ context.Context, c bot.Call) error {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.called = append(n.called, c)
			return with.escalate
		}}
	if with.notices != nil {
		presenter.Broadcasts = n.told
	}
	menus := &bot.Menus{Log: log, State: n.state, Cards: n.cards, Catalogue: b.Catalogue, Words: words, Chat: client, Place: where, Report: n.report}
	back := &bot.Away{Tell: b.Summary}
	poller := &telegram.Poller{Client: client, Handle: b.Handle, OnState: func(s telegram.State) { n.link(s); back.Link(s) }}
	clock := &actions.Clock{Log: log, State: n.state, Report: n.report}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	runs := []func(context.Context) error{clock.Run, presenter.Run, poller.Run, aside.Run, urgent.Run, menus.Run}
	if with.drills != nil {
		proctor := with.drills.wire(n, b, client, lanes)
		proctor.Quiet = with.quiet
		if !with.drills.unseen {
			runs = append(runs, proctor.Run)
		}
	}
	for _, run := range runs {
		all.Go(func() { _ = run(ctx) })
	}
	return func() { cancel(); all.Wait() }
}

func (n *night) link(s telegram.State) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links = append(n.links, s.Link)
}

// calls are those to somebody else.
func (n *night) calls() []bot.Call {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.called)
}

// reports is all that was reported.
func (n *night) reports() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.errs)
}

// was says whether we ever stood so with Telegram.
func (n *night) was(l telegram.Link) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Contains(n.links, l)
}

// pass lets time go by until all that follows from it is done.
func (n *night) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// ask has ann ask for something, and plans it.
func (n *night) ask(command string) actions.ID {
	n.t.Helper()
	return n.askIn(adminChat, command)
}

func (n *night) askIn(chat int64, command string) actions.ID {
	n.t.Helper()
	before := n.log.Head().Seq
	n.Say(11, chat, command)
	n.pass(300 * time.Millisecond)
	for r := range n.newest() {
		if uint64(r.ID) > before {
			planned(n.t, n.log, n.state, r.ID)
			n.pass(3 * time.Second)
			return r.ID
		}
	}
	n.t.Fatalf("%s made no request", command)
	return 0
}

func (n *night) newest() func(func(*actions.Request) bool) {
	var list []*actions.Request
	n.log.View(func(journal.Now) {
		for r := range n.state.Newest() {
			list = append(list, r.Clone())
		}
	})
	return slices.Values(list)
}

// run plays the run of an approved request to its good end.
func (n *night) run(id actions.ID) {
	n.t.Helper()
	decide(n.t, n.log, func(now journal.Now) (journal.Draft, error) { return n.state.Start(now, id, nil), nil })
	n.pass(time.Second)
	n.finish(id)
}

// finish plays the steps that are left, the one under way first.
func (n *night) finish(id actions.ID) {
	n.t.Helper()
	var steps int
	n.log.View(func(journal.Now) {
		if r, ok := n.state.Request(id); ok {
			steps = len(r.Steps)
		}
	})
	for i := range steps {
		decide(n.t, n.log, func(journal.Now) (journal.Draft, error) { return n.state.Finish(id, i, actions.Result{}), nil })
		decide(n.t, n.log, func(journal.Now) (journal.Draft, error) { return n.state.Continue(id, false, actions.Service{}), nil })
	}
}

func (n *night) approve(id actions.ID) {
	n.t.Helper()
	decide(n.t, n.log, func(now journal.Now) (journal.Draft, error) { return n.state.Vote(now, id, "bob", 12, true) })
}

// shows are our messages in a chat that say so now.
func (n *night) shows(chat int64, words string) (list []fakebot.Message) {
	for _, m := range n.Messages(chat) {
		if m.FromID != 11 && m.FromID != 12 && !m.Deleted && strings.Contains(m.Text, words) {
			list = append(list, m)
		}
	}
	return list
}

// want holds how many messages of a chat say something.
func (n *night) want(chat int64, words string, count int) {
	n.t.Helper()
	if got := n.shows(chat, words); len(got) != count {
		var all []string
		for _, m := range n.Messages(chat) {
			all = append(all, m.Text)
		}
		n.t.Errorf("%d messages say %q, want %d; chat %d has:\n%s\nreported: %v", len(got), words, count, chat, strings.Join(all, "\n---\n"), n.reports())
	}
}

// to are the calls of a method to a chat.
func (n *night) to(method string, chat int64) (list []fakebot.Call) {
	for _, c := range n.CallsOf(method) {
		if c.Params["chat_id"] == fmt.Sprint(chat) {
			list = append(list, c)
		}
	}
	return list
}

// in matches the calls to a chat.
func in(chat int64) func(fakebot.Call) bool {
	return func(c fakebot.Call) bool { return c.Params["chat_id"] == fmt.Sprint(chat) }
}

func TestANight(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		id := n.ask("/touch")
		n.want(adminChat, "pending", 1)
		n.want(12, "pending", 1)
		n.want(13, "pending", 1)
		n.want(11, "pending", 0)
		if _, err := n.PressButton(12, 12, n.shows(12, "pending")[0].ID, "Approve"); err != nil {
			t.Fatal(err)
		}
		n.pass(time.Second)
		n.run(id)
		n.pass(10 * time.Second)
		for _, chat := range []int64{adminChat, 12, 13} {
			n.want(chat, "succeeded", 1)
		}
		if open := n.cards.Open(); len(open) != 0 {
			t.Errorf("cards of %v are open", open)
		}
	})
}
