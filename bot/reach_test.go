package bot_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/journal"
)

// Whoever was not reached while it was pending is not told afterwards; the others' copies tell the end.
func TestACopyThatWasNeverSentIsNotSentAfterwards(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		release := n.Fail(fakebot.Fault{Method: "sendMessage", Kind: fakebot.JSONError, Code: 429, RetryAfter: 30, Match: in(13)})
		defer release()
		id := n.ask("/touch")
		n.want(12, "pending", 1)
		n.approve(id)
		n.pass(time.Second)
		n.run(id)
		n.pass(time.Minute)
		n.want(adminChat, "succeeded", 1)
		n.want(12, "succeeded", 1)
		if m := n.Messages(13); len(m) != 0 {
			t.Errorf("cid was told of what was decided: %q", m[0].Text)
		}
		if open := n.cards.Open(); len(open) != 0 {
			t.Errorf("cards of %v are open", open)
		}
	})
}

// What one person does alone asks nobody, and makes no sound.
func TestAloneAsksNobodyAndMakesNoSound(t *testing.T) {
	spend(t, shift{nudge: []time.Duration{time.Minute}}, func(n *night) {
		n.Say(11, adminChat, "/halt")
		n.pass(300 * time.Millisecond)
		planned(t, n.log, n.state, 2)
		n.pass(2 * time.Second)
		n.run(2)
		n.pass(2 * time.Minute)
		n.want(adminChat, "succeeded", 1)
		for _, chat := range []int64{11, 12, 13, 14} {
			n.want(chat, "", 0)
		}
		for _, m := range n.shows(adminChat, "") {
			if !m.Silent || m.Pinned {
				t.Errorf("it made a sound or was pinned: %q", m.Text)
			}
		}
		if calls := len(n.CallsOf("pinChatMessage")) + len(n.CallsOf("unpinChatMessage")); calls != 0 {
			t.Errorf("%d pins for what waited for nobody", calls)
		}
	})
}

// Everything that goes to people is protected, whatever it is; what needs somebody rings, the rest does not.
func TestSoundAndProtection(t *testing.T) {
	at := func(hour int) func(time.Time) bool { return func(time.Time) bool { return hour == 3 } }
	for _, quiet := range []bool{false, true} {
		hour := map[bool]int{false: 12, true: 3}[quiet]
		t.Run(fmt.Sprint("quiet ", quiet), func(t *testing.T) {
			spend(t, shift{quiet: at(hour)}, func(n *night) {
				id := n.ask("/touch")
				n.Say(11, adminChat, "/pending")
				n.Say(11, adminChat, "/no_such_thing")
				n.pass(3 * time.Second)
				n.approve(id)
				n.pass(2 * time.Second)
				decide(t, n.log, func(now journal.Now) (journal.Draft, error) { return n.state.Start(now, id, nil), nil })
				n.pass(2 * time.Minute)
				n.finish(id)
				n.pass(10 * time.Second)
				for words, silent := range map[string]bool{
					"succeeded /touch": false, // the card, which rang when it was pending
					"is open":          true,  // the answers
					"There is no":      true,
					"starts now":       false,
					"· took 2 min":     quiet, // news
				} {
					list := n.shows(adminChat, words)
					if len(list) == 0 || list[0].Silent != silent {
						t.Errorf("%q: %d messages, want one, silent %v", words, len(list), silent)
					}
				}
				if card := n.shows(12, "succeeded"); len(card) != 1 || card[0].Silent {
					t.Errorf("bob's card did not ring: %+v", card)
				}
				for _, chat := range []int64{adminChat, 12, 13} {
					for _, m := range n.shows(chat, "") {
						if !m.Protected {
							t.Errorf("this can be forwarded: %q", m.Text)
						}
					}
				}
			})
		})
	}
}

// A plan that takes long comes as a card without a sound; its buttons ring, once.
func TestAPlanThatTakesLongRingsOnce(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		n.Say(11, adminChat, "/touch")
		n.pass(3 * time.Second)
		n.want(adminChat, "planning", 1)
		planned(t, n.log, n.state, 2)
		n.pass(5 * time.Second)
		var rang []string
		for _, m := range n.shows(adminChat, "") {
			if !m.Silent {
				rang = append(rang, m.Text)
			}
		}
		if len(rang) != 1 || !strings.Contains(rang[0], "please look") {
			t.Errorf("what made a sound: %q, want the call alone", rang)
		}
	})
}

func TestNudgesAndTheCallToSomebodyElse(t *testing.T) {
	three := []time.Duration{time.Minute, 3 * time.Minute, 6 * time.Minute}
	spend(t, shift{nudge: three, escalate: errors.New("it answered 503")}, func(n *night) {
		id := n.ask("/touch because of \"x\"")
		n.pass(50 * time.Second)
		n.want(adminChat, "left", 0)
		n.pass(20 * time.Second)
		n.want(adminChat, "nobody has voted · 9 min left", 1)
		n.want(12, "ann waits for you: /touch #2 · 9 min left", 1)
		n.want(13, "waits for you", 1)
		n.want(11, "waits", 0)
		n.pass(2 * time.Minute)
		n.want(adminChat, "· 7 min left", 1)
		if len(n.calls()) != 0 {
			t.Errorf("called before the last nudge: %+v", n.calls())
		}
		n.pass(3 * time.Minute)
		n.want(adminChat, "· 4 min left", 1)
		n.want(adminChat, "nobody else could be called: it answered 503", 1)
		if len(n.calls()) != 1 || n.calls()[0].Request != id || n.calls()[0].Person != "ann" || n.calls()[0].Service != "shop" {
			t.Errorf("called %+v, want once for request %d", n.calls(), id)
		}
		card := n.shows(adminChat, "pending")[0]
		for _, m := range n.shows(adminChat, "left") {
			if m.ReplyTo != card.ID || m.Silent || !strings.Contains(m.HTML, "tg://user?id=12") {
				t.Errorf("%q: a reply to %d, silent %v; want a reply to the card that rings bob", m.HTML, m.ReplyTo, m.Silent)
			}
		}
		n.pass(5 * time.Minute)
		n.want(adminChat, "expired", 2) // the card and its call
	})
}

// Telegram may be what keeps people from answering: somebody else is called all the same, at the right time.
func TestSomebodyElseIsCalledWhileTelegramIsAway(t *testing.T) {
	spend(t, shift{nudge: []time.Duration{time.Minute}}, func(n *night) {
		n.ask("/touch")
		n.away.Store(true)
		n.pass(70 * time.Second)
		if len(n.calls()) != 1 {
			t.Errorf("called %d times, want once", len(n.calls()))
		}
	})
}

// Two must agree, and bob has: only cid is called.
func TestWhoHasVotedIsNotCalled(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		n.ask("/touch")
		twice := n.askByHand(t, func(a *actions.Asked) {
			a.Action.Rule.Approvals, a.Action.Name, a.Nudge = 2, "twice", []time.Duration{time.Minute}
		})
		planned(t, n.log, n.state, twice)
		n.pass(10 * time.Second)
		n.approve(twice)
		n.pass(time.Minute)
		n.want(12, "waits for you", 0)
		n.want(13, "waits for you", 1)
		n.want(adminChat, "cid: ann asks /twice #7 · 1 of 2 agreed", 1)
		if len(n.calls()) != 0 {
			t.Errorf("called %+v although bob answered", n.calls())
		}
	})
}

func TestSeenKeepsTheFirstLook(t *testing.T) {
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	s := bot.NewSeen()
	s.Note(7, "bob", noon)
	moved := s.Moved()
	s.Note(7, "bob", noon.Add(time.Minute))
	select {
	case <-moved:
		t.Error("the second look of one person is news")
	default:
	}
	if got := s.Read(7)["bob"]; !got.Equal(noon) {
		t.Errorf("bob looked %s, want the first time", got)
	}
	if s.Clear(7); len(s.Read(7)) != 0 {
		t.Error("a request that is over is still remembered")
	}
}

// Whoever has voted is not called any more, and nobody is once it is decided.
func TestNudgesEndWithTheVote(t *testing.T) {
	spend(t, shift{nudge: []time.Duration{time.Minute, 3 * time.Minute}}, func(n *night) {
		id := n.ask("/touch")
		n.pass(70 * time.Second)
		n.want(12, "waits for you", 1)
		n.approve(id)
		n.pass(3 * time.Minute)
		n.want(12, "waits for you", 1)
		n.want(adminChat, "left", 1)
		if len(n.calls()) != 0 {
			t.Errorf("called: %+v", n.calls())
		}
	})
}

func TestWhoHasLookedIsOnTheCard(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		n.ask("/touch")
		n.pass(10 * time.Second)
		edits := len(n.to("editMessageText", adminChat))
		if _, err := n.PressButton(12, 12, n.shows(12, "pending")[0].ID, "Details"); err != nil {
			t.Fatal(err)
		}
		n.pass(10 * time.Second)
		n.want(adminChat, "bob has looked", 1)
		n.want(13, "cid not yet", 1)
		if got := len(n.to("editMessageText", adminChat)) - edits; got != 1 {
			t.Errorf("%d edits for one look", got)
		}
	})
}

func TestPhonesAreOnPendingCardsOnly(t *testing.T) {
	show(t, func(s *stage, log *journal.Log, state *actions.State, _ *actions.Board) {
		s.Phones = map[auth.Name]string{"bob": "+358 40 1", "ann": "+358 40 2"}
		id := asked(t, log, state)
		planned(t, log, state, id)
		synctest.Wait()
		if card := s.texts[1]; !strings.Contains(card, "bob +358 40 1") || strings.Contains(card, "+358 40 2") {
			t.Errorf("the card has not the number of bob, who can approve, alone:\n%s", card)
		}
		running(t, log, state, id)
		synctest.Wait()
		if strings.Contains(s.texts[1], "+358") {
			t.Errorf("a running card has a number:\n%s", s.texts[1])
		}
	})
}

func TestABuriedCardIsSentAgainBelow(t *testing.T) {
	spend(t, shift{topic: 7}, func(n *night) {
		id := n.askIn(11, "/touch") // in private: the card is in the configured topic
		first := n.shows(adminChat, "pending")[0]
		talk := func(count, topic int) {
			for i := range count {
				n.Say(12, adminChat, fmt.Sprint("talk ", i), fakebot.Topic(topic))
			}
			n.pass(10 * time.Second)
		}
		talk(12, 9)
		n.want(adminChat, "moved below", 0) // another topic hides nothing
		talk(9, 7)
		n.want(adminChat, "moved below", 0)
		talk(1, 7)
		n.want(adminChat, "moved below", 1)
		cards := n.shows(adminChat, "Approve before")
		if len(cards) != 1 || cards[0].ReplyTo != first.ID || cards[0].ThreadID != 7 || !cards[0].Silent || !cards[0].Pinned {
			t.Fatalf("%+v; want one card, silent, pinned, in topic 7, a reply to %d", cards, first.ID)
		}
		old, _ := n.Message(adminChat, first.ID)
		if len(old.Buttons) != 0 || old.Pinned {
			t.Errorf("the old card has buttons %v, pinned %v", old.Buttons, old.Pinned)
		}
		n.goesOn(id, 12, adminChat)
		if m, _ := n.Message(adminChat, cards[0].ID); m.Pinned || !strings.Contains(m.Text, "succeeded") {
			t.Errorf("at the end it is pinned %v and says %q", m.Pinned, m.Text)
		}
	})
}

// The new card cannot be sent: the old one becomes whole again, and can be tapped.
func TestACardThatCannotBeSentAgainStays(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		id := n.ask("/touch")
		for i := range 12 {
			n.Say(12, adminChat, fmt.Sprint("talk ", i))
		}
		n.Fail(fakebot.Fault{Method: "sendMessage", Kind: fakebot.HTML502, N: 6, Match: in(adminChat)})
		n.pass(15 * time.Second)
		if len(n.shows(adminChat, "Approve before")) == 0 {
			n.pass(2 * time.Minute)
		}
		n.pass(2 * time.Minute)
		if len(n.shows(adminChat, "Approve before")) != 1 {
			t.Errorf("%d cards can be tapped", len(n.shows(adminChat, "Approve before")))
		}
		n.goesOn(id, 12, adminChat)
	})
}

func TestTwoTaps(t *testing.T) {
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	type tap struct {
		who, digest, cause string
		after              time.Duration
		second             bool
	}
	for _, tt := range []struct {
		why  string
		taps []tap
	}{
		{"two within 30 s", []tap{{"bob", "d1", "u1", 0, false}, {"bob", "d1", "u2", 30 * time.Second, true}}},
		{"the second comes too late", []tap{{"bob", "d1", "u1", 0, false}, {"bob", "d1", "u2", 31 * time.Second, false}, {"bob", "d1", "u3", 32 * time.Second, true}}},
		{"the same update again is no second tap", []tap{{"bob", "d1", "u1", 0, false}, {"bob", "d1", "u1", time.Second, false}, {"bob", "d1", "u2", 2 * time.Second, true}}},
		{"another person's is no second tap", []tap{{"bob", "d1", "u1", 0, false}, {"cid", "d1", "u2", time.Second, false}}},
		{"another plan starts over", []tap{{"bob", "d1", "u1", 0, false}, {"bob", "d2", "u2", time.Second, false}, {"bob", "d2", "u3", 2 * time.Second, true}}},
		{"a clock that went back makes no second tap", []tap{{"bob", "d1", "u1", time.Minute, false}, {"bob", "d1", "u2", 0, false}}},
		{"a used one is used", []tap{{"bob", "d1", "u1", 0, false}, {"bob", "d1", "u2", 1, true}, {"bob", "d1", "u3", 2, false}}},
	} {
		taps := bot.NewTaps()
		for i, x := range tt.taps {
			if got := taps.Second(7, auth.Name(x.who), x.digest, x.cause, noon.Add(x.after)); got != x.second {
				t.Errorf("%s: tap %d counts as the second: %v", tt.why, i+1, got)
			}
		}
	}
	var none *bot.Taps
	if none.Second(7, "bob", "d", "u1", noon) || none.Second(7, "bob", "d", "u2", noon) {
		t.Error("without a memory a tap counts as the second")
	}
}

// An hour without Telegram, with one request that ran on and one that expired: afterwards each has one card that tells its
// end, and one message sums up. Nothing is told edit by edit, and nobody is called about what is over.
func TestAnHourAwayIsOneCardEach(t *testing.T) {
	spend(t, shift{nudge: []time.Duration{time.Minute, 3 * time.Minute, 6 * time.Minute}}, func(n *night) {
		first, second := n.ask("/touch"), n.ask("/note hello")
		n.pass(5 * time.Second)
		n.away.Store(true)
		n.Say(12, 12, "/help") // the poll under way ends, and the next finds nobody
		n.pass(10 * time.Second)
		sends, edits := len(n.to("sendMessage", adminChat)), len(n.to("editMessageText", adminChat))
		n.approve(first)
		n.pass(time.Second)
		decide(t, n.log, func(now journal.Now) (journal.Draft, error) { return n.state.Start(now, first, nil), nil })
		n.pass(20 * time.Minute)
		n.finish(first)
		third := n.askByHand(t, func(*actions.Asked) {})
		decide(t, n.log, func(journal.Now) (journal.Draft, error) { return n.state.Cancel(third, "ann") })
		n.pass(40 * time.Minute)
		n.away.Store(false)
		n.pass(5 * time.Minute)
		n.want(adminChat, "succeeded /touch · service", 1)
		n.want(adminChat, "expired /note", 1)
		n.want(adminChat, "cancelled /touch", 1)
		n.want(adminChat, "I was away from Telegram from", 1)
		away := n.shows(adminChat, "I was away")[0].Text
		for _, id := range []actions.ID{first, second, third} {
			if !strings.Contains(away, fmt.Sprintf("#%d /", id)) {
				t.Errorf("the summary says nothing of #%d: %s", id, away)
			}
		}
		n.want(adminChat, "left", 0)
		if got := len(n.to("editMessageText", adminChat)) - edits; got != 2 {
			t.Errorf("%d edits after an hour away, want one of each card", got)
		}
		// The card of what was asked meanwhile, the summary, and the calls for what ended.
		if got := len(n.to("sendMessage", adminChat)) - sends; got > 4 {
			t.Errorf("%d messages after an hour away", got)
		}
		n.want(12, "cancelled", 0)
	})
}

// askByHand has ann's wish reach the journal by another way than Telegram.
func (n *night) askByHand(t *testing.T, change func(*actions.Asked)) actions.ID {
	t.Helper()
	a := actions.Asked{Person: "ann", Account: 11, Revision: "r1"}
	for r := range n.newest() {
		if r.Action().Name == "touch" {
			a.Action = r.Action()
		}
	}
	change(&a)
	e := decide(t, n.log, func(now journal.Now) (journal.Draft, error) { return n.state.Ask(now, a) })
	return actions.ID(e.Seq)
}

func TestMenusInOrder(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		names := func(scope string) (list []string) {
			for _, c := range n.Commands(scope) {
				list = append(list, c.Command)
			}
			return list
		}
		admin := names(fmt.Sprint("chat:", adminChat))
		if !slices.Contains(admin, "start") || slices.Contains(admin, "start_service") || admin[len(admin)-1] != "pending" {
			t.Errorf("the admin chat's menu: %v", admin)
		}
		if i := slices.IndexFunc(admin, func(s string) bool { return strings.HasPrefix(s, "p") && s != "panic" }); i < len(admin)-2 {
			t.Errorf("%q is near /panic: %v", admin[i], admin)
		}
		private := names("chat:13")
		if slices.Contains(private, "start") || !slices.Contains(private, "start_service") {
			t.Errorf("a person's menu: %v", private)
		}
		if got := names("default"); !slices.Equal(got, []string{"start", "help", "id"}) {
			t.Errorf("a stranger's menu: %v", got)
		}
	})
}

// A copy is on its way when it is decided: it arrives, and must tell the end all the same.
func TestACopyOnItsWayTellsTheEnd(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		release := n.Fail(fakebot.Fault{Method: "sendMessage", Kind: fakebot.SlowBody, Match: in(13)}) // sent, and its answer is late
		id := n.ask("/touch")
		decide(t, n.log, func(journal.Now) (journal.Draft, error) { return n.state.Cancel(id, "ann") })
		n.pass(5 * time.Second)
		release()
		n.pass(5 * time.Second)
		n.want(adminChat, "cancelled", 1)
		n.want(13, "cancelled", 1)
		n.want(13, "pending", 0)
		if open := n.cards.Open(); len(open) != 0 {
			t.Errorf("cards of %v are open", open)
		}
	})
}
