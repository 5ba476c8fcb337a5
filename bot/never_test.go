package bot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/bot/text"
	"twokey/internal/journal"
	"twokey/internal/secret"
)

const (
	adminChat = -1001234567890
	token     = "7001:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
)

// fragile is a store that can be made to fail, as a full disk does: nothing is written.
type fragile struct {
	*journal.Memory
	mu   sync.Mutex
	full bool
	from string // the kind of entry at which it gets full
	no   int    // how often it refused
}

func (f *fragile) refused() int { f.mu.Lock(); defer f.mu.Unlock(); return f.no }

func (f *fragile) failFrom(kind string) { f.mu.Lock(); defer f.mu.Unlock(); f.from = kind }

func (f *fragile) fail(yes bool) { f.mu.Lock(); defer f.mu.Unlock(); f.full = yes }

func (f *fragile) Append(ctx context.Context, after journal.Head, e journal.Entry) error {
	f.mu.Lock()
	if f.from == e.Kind {
		f.full, f.from = true, ""
	}
	full := f.full
	if full {
		f.no++
	}
	f.mu.Unlock()
	if full {
		return errors.New("no space left on device")
	}
	return f.Memory.Append(ctx, after, e)
}

// place is the bot with real parts in one process, against a Bot API server that judges it.
type place struct {
	*fakebot.Server
	t     *testing.T
	log   *journal.Log
	state *actions.State
	cards *bot.Cards
	store *fragile
	file  string // what the actions write to
	mu    sync.Mutex
	errs  []error
}

// catalogue: touch writes to the file and asks for another person, halt does and stops alone, note has a parameter.
const catalogue = `
touch: {summary: Touch, steps: [exec: {run: [dd, "if=WORD", "of=FILE", oflag=append, conv=notrunc, status=none]}], touches: [app]}
halt: {summary: Halt, effect: stop, steps: [exec: {run: [dd, "if=WORD", "of=FILE", oflag=append, conv=notrunc, status=none], effect: stop}], touches: [app]}
note: {summary: Note, params: {words: {type: text}}, steps: [exec: {run: [/bin/echo, "{words}"]}], touches: [code]}
`

func settle(t *testing.T, process ...step.Site) *place {
	t.Helper()
	dir := t.TempDir()
	p := &place{t: t, store: &fragile{Memory: journal.NewMemory()}, file: filepath.Join(dir, "effects"), state: actions.NewState(), cards: bot.NewCards()}
	write(t, filepath.Join(dir, "word"), "ran\n")
	write(t, p.file, "")
	p.Server = fakebot.Start(fakebot.Config{Token: token, BotUsername: "ops_bot"})
	t.Cleanup(p.Server.Close)
	for id, name := range map[int64]string{11: "Ann", 12: "Bob", 13: "Cid", 14: "Cid two", 66: "Mallory"} {
		p.AddUser(fakebot.User{ID: id, FirstName: name, Started: true})
	}
	p.AddGroup(fakebot.Group{ID: adminChat, Title: "Ops", BotStatus: "administrator"}, 11, 12, 13, 14, 66)
	yml := strings.NewReplacer("WORD", filepath.Join(dir, "word"), "FILE", p.file).Replace(catalogue)
	p.wire(load(t, yml, append(process, noService)[0]))
	return p
}

// noService is a custom service of programs that are on every machine, and always down.
var noService = step.Site{Dir: "/", Process: step.ProcessConfig{Manager: step.ManagerCustom, Name: "shop",
	Custom: step.CustomConfig{Start: []string{"true"}, Stop: []string{"true"}, Status: []string{"true"}}}}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// load makes a catalogue of YAML for a service.
func load(t *testing.T, yml string, site step.Site) actions.Catalogue {
	t.Helper()
	own := definitions(t, yml)
	dir, err := auth.NewDirectory(people)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	c, err := actions.NewCatalogue(actions.Source{Own: own, Default: rule, People: dir,
		Rules: map[actions.Name]auth.Partial{"halt": {Alone: &yes}},
		Site:  site})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (p *place) report(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errs = append(p.errs, err)
}

// wire starts everything, and stops it at the end of the test.
func (p *place) wire(catalogue actions.Catalogue) {
	p.t.Helper()
	log, err := journal.Open(p.t.Context(), p.store, time.Now, p.state, p.cards)
	if err != nil {
		p.t.Fatal(err)
	}
	p.log = log
	if _, err := log.Update(p.t.Context(), "", func(journal.Now) (journal.Draft, error) { return p.state.Policy("r1", people), nil }); err != nil {
		p.t.Fatal(err)
	}
	client, err := telegram.New(telegram.Config{Token: secret.New(token), API: p.URL()})
	if err != nil {
		p.t.Fatal(err)
	}
	board, seen, traffic := actions.NewBoard(), bot.NewSeen(), bot.NewTraffic()
	words := text.Words{Zone: time.UTC, Service: "shop"}
	where := bot.Place{AdminChat: adminChat, StaleAfter: time.Minute}
	aside, urgent := bot.NewLane(100, 2, time.Minute, func() {}), bot.NewLane(100, 2, time.Minute, func() {})
	runner := &actions.Runner{Log: log, State: p.state, Board: board, World: testWorld(), Grace: time.Minute, Report: p.report}
	b := &bot.Bot{Log: log, State: p.state, Cards: p.cards, Catalogue: catalogue, Revision: "r1", Words: words, Chat: bot.Room{Messenger: client, Traffic: traffic}, Aside: aside, Urgent: urgent,
		Seen: seen, Traffic: traffic, Taps: bot.NewTaps(), Place: where, BotID: client.BotID(), Name: func() string { return "ops_bot" }, Emergency: runner.Emergency,
		Redact: func(s string) string { return strings.ReplaceAll(s, "hunter22", secret.Mark) }, Report: p.report,
		Look: bot.Look{Status: func(context.Context) text.StatusView { return text.StatusView{} }}}
	presenter := &bot.Presenter{Log: log, State: p.state, Cards: p.cards, Board: board, Seen: seen, Traffic: traffic, Words: words, Chat: client,
		Lanes: atOnce{}, Place: where, Report: p.report}
	clock := &actions.Clock{Log: log, State: p.state, Report: p.report}
	poller := &telegram.Poller{Client: client, Handle: b.Handle}
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, run := range []func(context.Context) error{runner.Run, clock.Run, presenter.Run, poller.Run, aside.Run, urgent.Run} {
		all.Go(func() { _ = run(ctx) })
	}
	p.t.Cleanup(func() { stop(); all.Wait() })
}

// told waits until a message in the chat contains the words, and gives it.
func (p *place) told(chat int64, words string) fakebot.Message {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	m, err := p.WaitMessage(ctx, chat, func(m fakebot.Message) bool { return strings.Contains(m.Text, words) })
	if err != nil {
		var all []string
		for _, m := range p.Messages(chat) {
			all = append(all, m.Text)
		}
		p.t.Fatalf("waiting for %q: %v; the chat has:\n%s", words, err, strings.Join(all, "\n---\n"))
	}
	return m
}

// handled waits until every update so far is confirmed: handled, whatever came of it.
func (p *place) handled() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	if err := p.Wait(ctx, func() bool { return p.Pending() == 0 }); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) requests() (list []*actions.Request) {
	p.log.View(func(journal.Now) {
		for r := range p.state.Newest() {
			list = append(list, r.Clone())
		}
	})
	return list
}

func (p *place) ran() int {
	p.t.Helper()
	data, err := os.ReadFile(p.file)
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.Count(string(data), "ran")
}

func (p *place) press(user int64, m fakebot.Message, label string) string {
	p.t.Helper()
	id, err := p.PressButton(user, m.ChatID, m.ID, label)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

func (p *place) answer(id string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	a, err := p.WaitAnswer(ctx, id)
	if err != nil {
		p.t.Fatal(err)
	}
	return a.Text
}

func TestNever1ASecondPersonOrNothing(t *testing.T) {
	p := settle(t)
	p.Say(13, adminChat, "/touch")
	card := p.told(adminChat, "pending")
	if got := p.answer(p.press(14, card, "Approve")); !strings.Contains(got, "You asked for this") {
		t.Errorf("cid's second account was told %q", got)
	}
	p.answer(p.press(66, card, "Approve"))
	if n := p.ran(); n != 0 {
		t.Fatalf("it ran %d times, approved by nobody else", n)
	}
	p.answer(p.press(11, card, "Approve"))
	p.told(adminChat, "succeeded")
	if n := p.ran(); n != 1 {
		t.Errorf("it ran %d times, want once", n)
	}
}

func TestNever2OnlyWhatAPersonTypedJustNowAndHere(t *testing.T) {
	for _, tt := range []struct {
		why   string
		chat  int64
		user  int64
		as    []fakebot.SayOption
		heard string // what the chat is told; empty: silence
	}{
		{"forwarded", adminChat, 11, []fakebot.SayOption{fakebot.Forwarded()}, "forward"},
		{"forwarded, as only newer servers say it", adminChat, 11, []fakebot.SayOption{fakebot.ForwardedOrigin()}, "forward"},
		{"forwarded, as older servers say it", adminChat, 11, []fakebot.SayOption{fakebot.ForwardedLegacy()}, "forward"},
		{"via another bot", adminChat, 11, []fakebot.SayOption{fakebot.ViaBot()}, "bot"},
		{"by an anonymous administrator", adminChat, 11, []fakebot.SayOption{fakebot.AnonymousAdmin()}, "nobody"},
		{"in the name of a channel", adminChat, 11, []fakebot.SayOption{fakebot.AsChannel()}, ""},
		{"scheduled", adminChat, 11, []fakebot.SayOption{fakebot.Scheduled()}, "scheduled"},
		{"by a bot", adminChat, 11, []fakebot.SayOption{fakebot.FromBot()}, ""},
		{"an hour old", adminChat, 11, []fakebot.SayOption{fakebot.SentAt(time.Now().Add(-time.Hour))}, "ago"},
		{"as a caption", adminChat, 11, []fakebot.SayOption{fakebot.Caption()}, ""},
		{"by a stranger in the admin chat", adminChat, 66, nil, ""},
		{"by a stranger in private", 66, 66, nil, ""},
		{"in another group", -1009999999999, 11, nil, ""},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			p := settle(t)
			p.AddGroup(fakebot.Group{ID: -1009999999999, Title: "Elsewhere", BotStatus: "administrator"}, 11, 12)
			p.Say(tt.user, tt.chat, "/halt", tt.as...) // one person's to do, so that only the message is judged
			p.handled()
			if tt.heard != "" {
				p.told(tt.chat, "")
			}
			if list := p.requests(); len(list) != 0 {
				t.Fatalf("a request was made: %+v", list[0].Asked)
			}
			if n := p.ran(); n != 0 {
				t.Fatalf("it ran %d times", n)
			}
			if got := len(p.Messages(tt.chat)); tt.heard == "" && tt.why != "in the name of a channel" && got != 0 {
				t.Errorf("a stranger or bot was answered with %d messages", got)
			}
		})
	}
}

func TestNever2NotAnEditedMessage(t *testing.T) {
	p := settle(t)
	id := p.Say(11, adminChat, "good morning")
	p.Edit(adminChat, id, "/halt")
	p.handled()
	if list := p.requests(); len(list) != 0 {
		t.Errorf("an edited message made a request: %+v", list[0].Asked)
	}
}

func TestNever3ParametersAreArguments(t *testing.T) {
	p := settle(t)
	trap := filepath.Join(t.TempDir(), "trap")
	p.Say(11, adminChat, "/note $(touch${IFS}"+trap+");touch${IFS}"+trap)
	p.press(12, p.told(adminChat, "pending"), "Approve")
	p.told(adminChat, "succeeded")
	if _, err := os.Stat(trap); !os.IsNotExist(err) {
		t.Errorf("a parameter was read by a shell: %v", err)
	}
	p.Say(11, adminChat, "/note hello force=yes")
	p.told(adminChat, "force")
	p.handled()
	if n := len(p.requests()); n != 1 {
		t.Errorf("%d requests, want the first only: unknown parameters are errors", n)
	}
}

func TestNever4NoSecretInTheJournalOrTheChat(t *testing.T) {
	p := settle(t)
	p.Say(11, adminChat, "/touch because the password is hunter22")
	p.press(12, p.told(adminChat, "pending"), "Approve")
	p.told(adminChat, "succeeded")
	var all bytes.Buffer
	if err := journal.Export(t.Context(), p.store, &all); err != nil {
		t.Fatal(err)
	}
	for e, err := range p.store.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		all.Write(e.Body)
	}
	shown, err := json.Marshal(p.Messages(adminChat))
	if err != nil {
		t.Fatal(err)
	}
	all.Write(shown)
	for _, s := range []string{"hunter22", token, strings.SplitN(token, ":", 2)[1]} {
		if bytes.Contains(all.Bytes(), []byte(s)) {
			t.Errorf("%q is in the journal or the chat", s)
		}
	}
}

func TestNever8NothingStartsWithoutAJournalExceptStopping(t *testing.T) {
	p := settle(t)
	p.Say(11, adminChat, "/touch")
	card := p.told(adminChat, "pending")
	p.store.fail(true)
	if got := p.answer(p.press(12, card, "Approve")); !strings.Contains(got, "journal") {
		t.Errorf("the approver was told %q", got)
	}
	p.Say(11, adminChat, "/note hello")
	p.told(adminChat, "/note does not start")
	if n := p.ran(); n != 0 {
		t.Fatalf("it ran %d times without a journal", n)
	}
	p.Say(11, adminChat, "/halt")
	p.told(adminChat, "halt")
	if n := p.ran(); n != 1 {
		t.Fatalf("stopping alone without a journal ran %d times, want once", n)
	}
	p.store.fail(false)
	p.Say(12, adminChat, "/note back")
	p.told(adminChat, "/note")
	p.handled()
	kinds := map[string]int{}
	var order []string
	for e, err := range p.store.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		kinds[e.Kind]++
		order = append(order, e.Kind)
	}
	if kinds[actions.KindLate] != 1 || slices.Index(order, actions.KindLate) > slices.Index(order[4:], actions.KindAsked)+4 {
		t.Errorf("the stop is to be appended first, marked late; the journal has %v", order)
	}
}

func TestTheSameUpdateAgainIsQuiet(t *testing.T) {
	p := settle(t)
	p.Say(11, adminChat, "/touch")
	p.told(adminChat, "pending")
	for range 2 {
		p.Redeliver(p.LastUpdateID())
		p.handled()
	}
	if n := len(p.requests()); n != 1 {
		t.Errorf("%d requests of one update", n)
	}
}

func TestAPressOnAForgottenCardAdoptsIt(t *testing.T) {
	p := settle(t)
	p.Say(11, adminChat, "/touch")
	card := p.told(adminChat, "pending")
	id := p.requests()[0].ID
	// As after a crash between the send and its entry: the journal does not know the message.
	if _, err := p.log.Update(t.Context(), "", func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: bot.KindCardPosted, Body: bot.CardPosted{Request: id, Chat: adminChat}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	p.press(12, card, "Approve")
	p.told(adminChat, "succeeded")
	if n := p.ran(); n != 1 {
		t.Errorf("ran %d times, want once", n)
	}
}

// A bot that does not know its own name obeys no command that names one: it may be another bot's.
func TestACommandForAnotherBot(t *testing.T) {
	p := settle(t)
	p.Say(11, adminChat, "/halt@other_bot")
	p.handled()
	if n := len(p.requests()); n != 0 {
		t.Errorf("another bot's command made %d requests", n)
	}
	p.Say(11, adminChat, "/halt@OPS_bot")
	p.told(adminChat, "halt")
	if n := len(p.requests()); n != 1 {
		t.Errorf("our own made %d requests", n)
	}
}

// The journal goes away in the middle of a stop that one person may do: it is done all the same, once, and written down
// when the journal is back.
func TestAStopAloneGoesOnWhenTheJournalGoesAway(t *testing.T) {
	for _, kind := range []string{actions.KindPlanned, actions.KindStepStarted, actions.KindStepDone} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := settle(t)
			p.store.failFrom(kind)
			p.Say(11, adminChat, "/halt")
			tick, late := time.NewTicker(5*time.Millisecond), time.After(20*time.Second)
			defer tick.Stop()
			for p.log.Owed() == 0 || p.ran() == 0 || p.store.refused() < 6 { // some more looks at what is to do
				select {
				case <-tick.C:
				case <-late:
					t.Fatalf("owed %d entries, ran %d times", p.log.Owed(), p.ran())
				}
			}
			p.store.fail(false)
			p.Say(12, adminChat, "/note back")
			p.told(adminChat, "succeeded")
			if list := p.requests(); list[len(list)-1].Status != actions.Succeeded || p.ran() != 1 {
				t.Errorf("the stop is %s and ran %d times; want succeeded, once", list[len(list)-1].Status, p.ran())
			}
			if _, err := journal.Verify(t.Context(), p.store); err != nil {
				t.Error(err)
			}
		})
	}
}
