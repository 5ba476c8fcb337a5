package bot_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"twokey/actions"
	"twokey/bot"
	"twokey/bot/telegram"
	"twokey/bot/telegram/fakebot"
	"twokey/bot/text"
	"twokey/internal/journal"
)

func TestACardThatWasDeletedIsPostedAgain(t *testing.T) {
	p := settle(t)
	p.Say(11, adminChat, "/touch")
	first := p.told(adminChat, "pending")
	// Telegram's words for a message that an administrator deleted.
	p.Fail(fakebot.Fault{Method: "editMessageText", Kind: fakebot.JSONError, Code: 400, Description: "Bad Request: message to edit not found",
		Match: func(c fakebot.Call) bool { return c.Params["chat_id"] == strconv.Itoa(adminChat) }})
	p.press(12, first, "Approve")
	again := p.told(adminChat, "succeeded")
	if again.ID == first.ID {
		t.Errorf("the card is still message %d", first.ID)
	}
}

func TestASendWithUnknownOutcomeIsRepeatedForCards(t *testing.T) {
	p := settle(t)
	p.Fail(fakebot.Fault{Method: "sendMessage", Kind: fakebot.CutAfter})
	p.Say(11, adminChat, "/touch")
	p.told(adminChat, "pending")
	p.handled()
	// The first send was done although its answer was cut off: a button on either card works.
	p.press(12, p.told(adminChat, "pending"), "Approve")
	p.told(adminChat, "succeeded")
	if n := p.ran(); n != 1 {
		t.Errorf("ran %d times, want once", n)
	}
}

func TestCommandsReachUsAfterTheGroupBecameASupergroup(t *testing.T) {
	const after = -1009876543210
	p := settle(t)
	p.Say(11, adminChat, "/touch")
	p.told(adminChat, "pending")
	p.Upgrade(adminChat, after)
	p.press(12, p.told(after, "pending"), "Approve")
	p.told(after, "succeeded")
	p.Say(11, after, "/note hello")
	p.told(after, "/note")
}

// stage is a presenter over a fake chat whose every message is remembered, in fake time.
type stage struct {
	mu    sync.Mutex
	sends []string
	edits []time.Time
	texts map[int]string
	fail  error
	// What goes to people in private.
	private map[int64][]telegram.Out
	deaf    map[int64]error // chats that nothing reaches
	outs    []telegram.Out  // all that is sent to the admin chat
	pins    []int           // negative: taken off
	errs    []error

	*bot.Presenter
}

func (s *stage) report(err error) { s.mu.Lock(); defer s.mu.Unlock(); s.errs = append(s.errs, err) }

func (s *stage) Send(_ context.Context, o telegram.Out) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.fail, s.deaf[o.ChatID]); err != nil {
		return 0, err
	}
	if o.ChatID > 0 {
		s.private[o.ChatID] = append(s.private[o.ChatID], o)
		return 1000 + len(s.private[o.ChatID]), nil
	}
	s.outs = append(s.outs, o)
	s.sends = append(s.sends, o.HTML)
	s.texts[len(s.sends)] = o.HTML
	return len(s.sends), nil
}

func (s *stage) Edit(_ context.Context, chat int64, id int, o telegram.Out) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.fail, s.deaf[chat]); err != nil {
		return err
	}
	if chat > 0 {
		s.private[chat][id-1001] = o
		return nil
	}
	s.edits = append(s.edits, time.Now())
	s.texts[id] = o.HTML
	return nil
}

func (s *stage) Pin(_ context.Context, _ int64, message int) error   { return s.pin(message) }
func (s *stage) Unpin(_ context.Context, _ int64, message int) error { return s.pin(-message) }

func (s *stage) pin(message int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pins = append(s.pins, message)
	return s.fail
}

// show runs a presenter over a journal in which ann asked for something, in a bubble of fake time.
func show(t *testing.T, f func(s *stage, log *journal.Log, state *actions.State, board *actions.Board)) {
	synctest.Test(t, func(t *testing.T) {
		state, cards, board := actions.NewState(), bot.NewCards(), actions.NewBoard()
		log, err := journal.Open(t.Context(), journal.NewMemory(), time.Now, state, cards)
		if err != nil {
			t.Fatal(err)
		}
		s := &stage{texts: map[int]string{}, private: map[int64][]telegram.Out{}, deaf: map[int64]error{}}
		s.Presenter = &bot.Presenter{Log: log, State: state, Cards: cards, Board: board, Seen: bot.NewSeen(), Traffic: bot.NewTraffic(),
			Words: text.Words{Service: "shop"}, Chat: s, Lanes: atOnce{}, Place: bot.Place{AdminChat: -100}, Report: s.report}
		p := s.Presenter
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { _ = p.Run(ctx) })
		f(s, log, state, board)
		stop()
		done.Wait()
	})
}

func decide(t *testing.T, log *journal.Log, f func(now journal.Now) (journal.Draft, error)) journal.Entry {
	t.Helper()
	e, err := log.Update(context.Background(), "", f)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func asked(t *testing.T, log *journal.Log, state *actions.State) actions.ID {
	t.Helper()
	decide(t, log, func(journal.Now) (journal.Draft, error) { return state.Policy("r1", people), nil })
	a := actions.Action{Name: "touch", Summary: "Touch", Effect: actions.Change, Touches: []actions.Touch{actions.App}, Rule: rule,
		Steps: []actions.Step{{Kind: actions.Decision, Title: "touch", Effect: actions.Change, Body: []byte("{}")}}}
	e := decide(t, log, func(now journal.Now) (journal.Draft, error) {
		return state.Ask(now, actions.Asked{Action: a, Person: "ann", Revision: "r1"})
	})
	return actions.ID(e.Seq)
}

func planned(t *testing.T, log *journal.Log, state *actions.State, id actions.ID) {
	t.Helper()
	decide(t, log, func(now journal.Now) (journal.Draft, error) {
		r, _ := state.Request(id)
		return state.Planned(now, id, actions.Plan{Steps: r.Action().Steps}), nil
	})
}

func running(t *testing.T, log *journal.Log, state *actions.State, id actions.ID) {
	t.Helper()
	decide(t, log, func(now journal.Now) (journal.Draft, error) { return state.Vote(now, id, "bob", 12, true) })
	decide(t, log, func(now journal.Now) (journal.Draft, error) { return state.Start(now, id, nil), nil })
}

// A new card waits a moment for its plan, so that it rings and mentions people once, with the buttons to decide.
func TestANewCardComesWithItsPlan(t *testing.T) {
	show(t, func(s *stage, log *journal.Log, state *actions.State, _ *actions.Board) {
		id := asked(t, log, state)
		synctest.Wait()
		if len(s.sends) != 0 {
			t.Fatalf("sent before the plan: %q", s.sends)
		}
		planned(t, log, state, id)
		synctest.Wait()
		if len(s.sends) != 1 || len(s.edits) != 0 || !strings.Contains(s.sends[0], "pending") {
			t.Errorf("sent %q and edited %d times, want one pending card", s.sends, len(s.edits))
		}
	})
}

func TestAPlanThatTakesLongIsShownAsPlanning(t *testing.T) {
	show(t, func(s *stage, log *journal.Log, state *actions.State, _ *actions.Board) {
		id := asked(t, log, state)
		time.Sleep(2 * time.Second) // fake time
		synctest.Wait()
		if len(s.sends) != 1 || !strings.Contains(s.sends[0], "planning") {
			t.Fatalf("sent %q, want a planning card", s.sends)
		}
		planned(t, log, state, id)
		synctest.Wait()
		// The edit does not ring, so a line of its own calls the people who must look.
		if !strings.Contains(s.texts[1], "pending") || len(s.sends) != 2 {
			t.Errorf("card %q, and %d messages; want it pending and a call", s.texts[1], len(s.sends))
		}
	})
}

func TestProgressIsShownAtMostEveryFiveSeconds(t *testing.T) {
	show(t, func(s *stage, log *journal.Log, state *actions.State, board *actions.Board) {
		id := asked(t, log, state)
		planned(t, log, state, id)
		running(t, log, state, id)
		synctest.Wait()
		before := len(s.edits)
		begun := time.Now()
		for i := range 60 {
			board.Post(id, actions.Progress{Text: "line " + strings.Repeat("x", i)})
			time.Sleep(500 * time.Millisecond) // fake time: half a minute in all
			synctest.Wait()
		}
		edits := s.edits[before:]
		if n := len(edits); n < 4 || n > 7 {
			t.Errorf("%d edits in %s, want about one in five seconds", n, time.Since(begun))
		}
		for i := 1; i < len(edits); i++ {
			if d := edits[i].Sub(edits[i-1]); d < 5*time.Second {
				t.Errorf("two edits %s apart", d)
			}
		}
	})
}

// A chat that nothing reaches must not keep the presenter from going on, nor be tried for ever.
func TestAChatThatIsGoneIsLeftAlone(t *testing.T) {
	show(t, func(s *stage, log *journal.Log, state *actions.State, _ *actions.Board) {
		s.fail = &telegram.Error{Method: "sendMessage", Code: 403, Class: telegram.ClassChatGone}
		id := asked(t, log, state)
		planned(t, log, state, id)
		decide(t, log, func(journal.Now) (journal.Draft, error) { return state.Cancel(id, "ann") })
		time.Sleep(time.Minute) // fake time
		synctest.Wait()
		s.mu.Lock()
		s.fail = nil
		s.mu.Unlock()
		second := asked(t, log, state)
		planned(t, log, state, second)
		synctest.Wait()
		if len(s.sends) != 1 {
			t.Errorf("%d messages, want the second request's card", len(s.sends))
		}
	})
}

func TestAfterAwayOneCardNotForty(t *testing.T) {
	show(t, func(s *stage, log *journal.Log, state *actions.State, board *actions.Board) {
		s.fail = errors.New("telegram is away")
		id := asked(t, log, state)
		planned(t, log, state, id)
		running(t, log, state, id)
		for range 40 {
			board.Post(id, actions.Progress{Text: "on"})
			time.Sleep(time.Second) // fake time
		}
		decide(t, log, func(journal.Now) (journal.Draft, error) { return state.Finish(id, 0, actions.Result{}), nil })
		s.mu.Lock()
		s.fail = nil
		s.mu.Unlock()
		time.Sleep(time.Minute) // fake time
		synctest.Wait()
		if len(s.sends) > 2 || len(s.edits) > 1 || !strings.Contains(s.texts[1], "succeeded") {
			t.Errorf("%d messages and %d edits after Telegram was away; the card says %q", len(s.sends), len(s.edits), s.texts[1])
		}
	})
}
