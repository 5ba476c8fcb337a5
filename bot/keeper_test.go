package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"twokey/actions"
	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/bot/text"
	"twokey/internal/journal"
	"twokey/internal/secret"
)

const witnessChat = -1009999999999

// wall is every chat of a keeper, in fake time.
type wall struct {
	mu     sync.Mutex
	next   int
	sent   []telegram.Out
	edits  map[int][]time.Time
	texts  map[int]string
	pinned map[int64][]int
	fail   map[int64]telegram.Class
	bad    bool // errors are expected
}

func newWall() *wall {
	return &wall{edits: map[int][]time.Time{}, texts: map[int]string{}, pinned: map[int64][]int{}, fail: map[int64]telegram.Class{}}
}

func (w *wall) refuses(chat int64) error {
	if c := w.fail[chat]; c != "" {
		return &telegram.Error{Method: "any", Class: c}
	}
	return nil
}

func (w *wall) Send(_ context.Context, o telegram.Out) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refuses(o.ChatID); err != nil {
		return 0, err
	}
	w.next++
	w.sent = append(w.sent, o)
	w.texts[w.next] = o.HTML
	return w.next, nil
}

func (w *wall) Edit(_ context.Context, chat int64, id int, o telegram.Out) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refuses(chat); err != nil {
		return err
	}
	w.edits[id] = append(w.edits[id], time.Now())
	w.texts[id] = o.HTML
	return nil
}

func (w *wall) Pin(_ context.Context, chat int64, id int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pinned[chat] = append(w.pinned[chat], id)
	return nil
}

// seen is what the wall was at one moment.
func (w *wall) seen() *wall {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &wall{sent: slices.Clone(w.sent), edits: maps.Clone(w.edits), texts: maps.Clone(w.texts), pinned: maps.Clone(w.pinned)}
}

// refuse makes a chat refuse everything from now on; with no class it takes it again.
func (w *wall) refuse(chat int64, c telegram.Class) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fail[chat] = c
}

// to counts the messages sent to a chat.
func (w *wall) to(chat int64) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, o := range w.sent {
		if o.ChatID == chat {
			n++
		}
	}
	return n
}

// house is a keeper over a store; closing it is a restart.
type house struct {
	*wall
	log   *journal.Log
	state *actions.State
	k     *bot.Keeper
	end   func()
}

// signs stands for the key: what it gives is as long as a note, and names the head.
func signs(h journal.Head, at time.Time) (string, error) {
	return fmt.Sprintf("twokey/test\n%d\n%s\n%s\n\n— test x\n", h.Seq, h.Hash, at.UTC().Format(time.RFC3339)), nil
}

func open(t *testing.T, store journal.Store, w *wall) *house {
	t.Helper()
	h := &house{wall: w, state: actions.NewState()}
	cards, heads := bot.NewCards(), bot.NewHeads()
	log, err := journal.Open(t.Context(), store, time.Now, h.state, cards, heads)
	if err != nil {
		t.Fatal(err)
	}
	h.log = log
	decide(t, log, func(journal.Now) (journal.Draft, error) { return h.state.Policy("r1", people), nil })
	compared := make(chan struct{})
	close(compared)
	up := actions.Service{Known: true, Up: true}
	h.k = &bot.Keeper{Log: log, State: h.state, Heads: heads, Cards: cards, Sign: signs, Words: text.Words{Service: "shop"}, Chat: w, Lanes: atOnce{},
		Status: func(context.Context) text.StatusView { return text.StatusView{Service: up, Live: h.state.Live()} },
		Place:  bot.Place{AdminChat: -100, Topic: 7}, Witness: witnessChat, Quiet: bot.Quiet{From: 22 * 60, To: 8 * 60}, Compared: compared,
		Report: func(err error) {
			if w.mu.Lock(); !w.bad {
				t.Errorf("reported: %v", err)
			}
			w.mu.Unlock()
		}}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = h.k.Run(ctx) })
	h.end = func() { stop(); done.Wait() }
	return h
}

// runs has ann's request approved by bob and done.
func (h *house) runs(t *testing.T) {
	t.Helper()
	id := asked(t, h.log, h.state)
	planned(t, h.log, h.state, id)
	running(t, h.log, h.state, id)
	decide(t, h.log, func(journal.Now) (journal.Draft, error) { return h.state.Finish(id, 0, actions.Result{}), nil })
	synctest.Wait()
}

func pass(d time.Duration) {
	time.Sleep(d) // fake time
	synctest.Wait()
}

// signedDays are the days that the journal says were told.
func signedDays(t *testing.T, store journal.Store) (days []string) {
	t.Helper()
	for e, err := range store.Read(t.Context(), 0) {
		var b bot.HeadSigned
		if err == nil && e.Kind == bot.KindHeadSigned {
			err = json.Unmarshal(e.Body, &b)
			days = append(days, b.Day)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return days
}

// A bubble of fake time begins on 1 January 2000 at midnight, UTC.
func TestEveryMorningIsToldOnceWithASignedHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, w := journal.NewMemory(), newWall()
		h := open(t, store, w)
		pass(7 * time.Hour)
		if len(w.seen().sent) != 0 {
			t.Fatalf("told before the morning: %+v", w.seen().sent)
		}
		pass(time.Hour + time.Minute)
		if w.to(-100) != 1 || w.to(witnessChat) != 1 {
			t.Fatalf("in the morning %d cards and %d notes, want one each", w.to(-100), w.to(witnessChat))
		}
		card, note := w.seen().sent[0], w.seen().sent[1]
		if !strings.Contains(card.HTML, "☀️ Sat 1 Jan · all quiet") || !strings.Contains(card.HTML, "twokey/test") || !card.Silent || !card.Protect || card.ThreadID != 7 {
			t.Errorf("the card: %+v", card)
		}
		if !strings.HasPrefix(note.HTML, "<code>twokey/test") || !note.Silent || note.Protect || note.ThreadID != 0 {
			t.Errorf("the witness's note: %+v", note)
		}
		h.end()
		h = open(t, store, w)
		pass(10 * time.Hour)
		if w.to(-100) != 1 {
			t.Errorf("told %d times after a restart, want once", w.to(-100))
		}
		h.end()
		time.Sleep(7*24*time.Hour + 3*time.Hour) // away for a week, in fake time
		h = open(t, store, w)
		pass(time.Minute)
		if w.to(-100) != 2 {
			t.Errorf("told %d times after a week away, want once more", w.to(-100))
		}
		pass(24 * time.Hour)
		h.end()
		if got := signedDays(t, store); !slices.Equal(got, []string{"2000-01-01", "2000-01-08", "2000-01-09"}) {
			t.Errorf("days told: %v", got)
		}
	})
}

// The entry follows the sending: a crash between the two tells a morning twice, and not a third time.
func TestAMorningIsNeverLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, w := journal.NewMemory(), newWall()
		h := open(t, store, w)
		pass(9 * time.Hour)
		h.end()
		told := uint64(0)
		for e, err := range store.Read(t.Context(), 0) {
			if err == nil && e.Kind == bot.KindHeadSigned {
				told = e.Seq
			}
		}
		again := store.Prefix(told - 1)
		for range 2 {
			h = open(t, again, w)
			pass(time.Minute)
			h.end()
		}
		if w.to(-100) != 2 {
			t.Errorf("told %d times, want twice", w.to(-100))
		}
	})
}

func TestWhatIsPinnedIsOneMessageEditedInPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, w := journal.NewMemory(), newWall()
		w.refuse(13, telegram.ClassChatGone) // cid never started the bot
		h := open(t, store, w)
		pass(time.Minute)
		if len(w.seen().sent) != 0 {
			t.Fatalf("an empty journal was pinned: %+v", w.seen().sent)
		}
		h.runs(t)
		if w.to(11) != 1 || w.to(12) != 1 || w.to(13) != 0 || w.to(14) != 0 || !w.seen().sent[0].Silent || w.seen().sent[0].Protect {
			t.Fatalf("pinned: %+v", w.seen().sent)
		}
		ann := w.seen().pinned[11][0]
		for range 10 { // ten requests in ten seconds
			h.runs(t)
			pass(time.Second)
		}
		if n := len(w.seen().edits[ann]); n != 0 {
			t.Errorf("edited %d times within the minute", n)
		}
		pass(time.Minute)
		if n := len(w.seen().edits[ann]); n != 1 {
			t.Errorf("edited %d times after the minute, want once", n)
		}
		h.end()
		h.k.Last(t.Context())
		head := h.log.Head()
		if !strings.Contains(w.seen().texts[ann], head.Hash.String()) {
			t.Errorf("after the end ann's pin shows %q, want head %s", w.seen().texts[ann], head)
		}

		w.refuse(13, "")
		h = open(t, store, w)
		pass(time.Hour)
		if w.to(11) != 1 || w.to(12) != 1 || w.to(13) != 1 || len(w.seen().pinned[11]) != 1 {
			t.Errorf("after a restart there are %d, %d and %d messages, and %v pinned", w.to(11), w.to(12), w.to(13), w.seen().pinned)
		}
		h.end()
	})
}

func TestAPinThatIsGoneIsPostedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, w := journal.NewMemory(), newWall()
		h := open(t, store, w)
		h.runs(t)
		lost := &losing{wall: w, message: w.seen().pinned[11][0]}
		h.end()
		h = open(t, store, w)
		pass(time.Second)
		h.runs(t)
		h.end()
		h.k.Chat = lost
		h.k.Last(t.Context())
		if w.to(11) != 2 || len(w.seen().pinned[11]) != 2 || w.to(12) != 1 {
			t.Errorf("%d messages to ann, %d to bob, pinned %v; want a second one for ann only", w.to(11), w.to(12), w.seen().pinned)
		}
	})
}

// losing is a wall where one message was deleted.
type losing struct {
	*wall
	message int
}

func (l *losing) Edit(ctx context.Context, chat int64, id int, o telegram.Out) error {
	if id == l.message {
		return &telegram.Error{Method: "editMessageText", Class: telegram.ClassGone}
	}
	return l.wall.Edit(ctx, chat, id, o)
}

// What is pinned proves the fork: it must not be painted over.
func TestWhileForkedThePinsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, w := journal.NewMemory(), newWall()
		h := open(t, store, w)
		h.runs(t)
		before := w.seen().texts[w.seen().pinned[11][0]]
		decide(t, h.log, func(journal.Now) (journal.Draft, error) {
			return h.state.Forked(h.log.Head(), []actions.Pin{{Person: "ann", Seq: 99}}), nil
		})
		pass(48 * time.Hour)
		h.end()
		h.k.Last(t.Context())
		if got := w.seen().texts[w.seen().pinned[11][0]]; got != before || w.to(11) != 1 {
			t.Errorf("ann's pin is %q, was %q, of %d", got, before, w.to(11))
		}
		if w.to(-100) != 2 {
			t.Errorf("%d mornings were told, want both", w.to(-100))
		}
		decide(t, h.log, func(journal.Now) (journal.Draft, error) { return h.state.AcceptFork(h.state.Fork().ID), nil })
		h.k.Last(t.Context())
		if got := w.seen().texts[w.seen().pinned[11][0]]; got == before {
			t.Error("accepted, but ann's pin is what it was")
		}
	})
}

func TestWithoutTheJournalAMorningIsToldOnceAndOwed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, w := &fragile{Memory: journal.NewMemory()}, newWall()
		w.bad = true
		h := open(t, store, w)
		pass(7 * time.Hour)
		store.fail(true)
		pass(3 * time.Hour)
		if w.to(-100) != 1 || h.log.Owed() != 1 {
			t.Errorf("told %d times and %d entries owed, want one each", w.to(-100), h.log.Owed())
		}
		store.fail(false)
		h.log.Repay(t.Context())
		h.end()
		if got := signedDays(t, store); len(got) != 1 {
			t.Errorf("days told: %v", got)
		}
	})
}

func TestQuiet(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Europe/Helsinki", "America/New_York", "Pacific/Auckland"}).Draw(rt, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		q := bot.Quiet{From: rapid.IntRange(0, 1439).Draw(rt, "from"), To: rapid.IntRange(0, 1439).Draw(rt, "to"), Zone: zone}
		now := time.Unix(rapid.Int64Range(1.7e9, 1.9e9).Draw(rt, "now"), 0)
		last, next := q.Morning(now), q.Next(now)
		if last.After(now) || !next.After(now) || next.Sub(last) > 26*time.Hour || next.Sub(last) < 22*time.Hour {
			rt.Fatalf("at %s the mornings around are %s and %s", now, last, next)
		}
		if q.Holds(last) {
			rt.Fatalf("it is quiet at %s, when it ends", last)
		}
		local := now.In(zone)
		minute := local.Hour()*60 + local.Minute()
		span, since := (q.To-q.From+1440)%1440, (minute-q.From+1440)%1440
		if q.Holds(now) != (since < span) {
			rt.Fatalf("%d to %d: at %d it is quiet: %v", q.From, q.To, minute, q.Holds(now))
		}
	})
}

// The real client against the Bot API server: what it would refuse is a failure here.
func TestHeadsInRealChats(t *testing.T) {
	s := fakebot.Start(fakebot.Config{Token: token, BotID: 7001, BotUsername: "ops_bot"})
	defer s.Close()
	for _, id := range []int64{11, 12} {
		s.AddUser(fakebot.User{ID: id, FirstName: "A", Started: true})
	}
	s.AddUser(fakebot.User{ID: 13, FirstName: "Cid"})
	s.AddGroup(fakebot.Group{ID: adminChat, Title: "Ops", BotStatus: "administrator"}, 11, 12)
	s.AddGroup(fakebot.Group{ID: witnessChat, Title: "Auditors", BotStatus: "administrator"}, 11)
	client, err := telegram.New(telegram.Config{Token: secret.New(token), API: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	state, cards, heads := actions.NewState(), bot.NewCards(), bot.NewHeads()
	log, err := journal.Open(t.Context(), journal.NewMemory(), func() time.Time { return clock }, state, cards, heads)
	if err != nil {
		t.Fatal(err)
	}
	decide(t, log, func(journal.Now) (journal.Draft, error) { return state.Policy("r1", people), nil })
	clock = clock.Add(2 * time.Hour)
	compared := make(chan struct{})
	close(compared)
	k := &bot.Keeper{Log: log, State: state, Heads: heads, Cards: cards, Sign: signs, Chat: client, Lanes: telegram.NewLanes(client, nil),
		Status: func(context.Context) text.StatusView { return text.StatusView{} }, Place: bot.Place{AdminChat: adminChat}, Witness: witnessChat,
		Quiet: bot.Quiet{To: 480, From: 480}, Compared: compared, Report: func(err error) { t.Errorf("reported: %v", err) }}
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { _ = k.Run(ctx) })
	for _, chat := range []int64{adminChat, witnessChat, 11, 12} {
		within, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		m, err := s.WaitMessage(within, chat, func(m fakebot.Message) bool {
			return strings.Contains(m.Text, "twokey/test\n") && (chat < 0 || m.Pinned)
		})
		cancel()
		if err != nil {
			t.Fatalf("chat %d: %v", chat, err)
		}
		if got, err := client.Pinned(t.Context(), chat); err != nil || chat > 0 && (got.Message != m.ID || got.From != client.BotID() || got.Text != m.Text) {
			t.Errorf("pinned in chat %d: %+v, %v, want message %d", chat, got, err, m.ID)
		}
	}
	stop()
	done.Wait()
	if n := len(s.Messages(13)); n != 0 {
		t.Errorf("cid never started the bot, and got %d messages", n)
	}
}
