package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"twokey/bot/telegram/fakebot"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
)

// rung are the messages that ring about a drill, in order: the card is not among them.
func (n *night) rung(chat int64, card int) (all []string) {
	for _, m := range n.shows(chat, "🧪") {
		if m.ID != card && m.ReplyTo == card {
			all = append(all, m.Text)
		}
	}
	return all
}

// The whole way of a drill that nobody does: its card, each reminder and each call once, whatever ends in between.
func TestWhatADrillRings(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		t.Run(fmt.Sprint("restarts ", restarts), func(t *testing.T) {
			p := newPractice()
			with := shift{drills: p}
			spend(t, with, func(n *night) {
				n.known(p)
				x := n.exercise(0)
				card := n.card(x.ID)
				if !strings.HasPrefix(card.Text, "🧪 ann: database drill, Tue 4 Jan 10:00") || card.Silent || !card.Protected {
					t.Errorf("the card is %q, silent %v", card.Text, card.Silent)
				}
				for range 24 {
					if restarts {
						n.again(with)
					}
					n.goOn(p, 5)
				}
				want := []string{
					"🧪 ann: database drill in 1 d, Tue 4 Jan 10:00 · please accept",
					"🧪 bob: nobody accepted the database drill of Tue 4 Jan 10:00 · can you?",
					"🧪 ann: database drill in 1 h, Tue 4 Jan 10:00 · please accept",
					"🧪 ann: database drill, it is time · press Start",
					"🧪 ann, bob, cid: nobody started the database drill of Tue 4 Jan 10:00 · who can?",
					"🧪 ann, bob, cid: nobody started the database drill of Tue 4 Jan 10:00 · who can?",
				}
				got := n.rung(adminChat, card.ID)
				for i, line := range got {
					if i >= len(want) || !strings.HasPrefix(line, want[i]) {
						t.Errorf("rung %d: %q", i, line)
					}
				}
				if len(got) != len(want) {
					t.Errorf("rang %d times, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
				}
				for _, chat := range []int64{11, 12, 13} {
					n.want(chat, "nobody started the database drill", 1)
				}
				if cards := n.shows(adminChat, "planned · target"); len(cards) != 1 {
					t.Errorf("there are %d cards", len(cards))
				}
			})
		})
	}
}

func TestNewsWaitsAtNightAndWhatNeedsSomebodyDoesNot(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p, quiet: func(time.Time) bool { return true }}, func(n *night) {
		x := n.known(p)
		n.goOn(p, 48)
		n.tap(11, x.ID, "Accept")
		n.goOn(p, 24)
		for words, silent := range map[string]bool{"in 1 d": false, "in 1 h": true, "it is time": false} {
			list := n.shows(adminChat, words)
			if len(list) != 1 || list[0].Silent != silent {
				t.Errorf("%q: %d messages, want one, silent %v", words, len(list), silent)
			}
		}
	})
}

func TestADrillRunsOnItsCard(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.known(p)
		if got := n.tap(11, x.ID, "Accept"); got != "It is yours." {
			t.Errorf("answered %q", got)
		}
		if got := n.tap(11, x.ID, "Start"); got != "Looking both ways…" {
			t.Errorf("answered %q", got)
		}
		edits := len(n.to("editMessageText", adminChat))
		decide(t, n.log, func(journal.Now) (journal.Draft, error) { return n.held.BeginStep(x.ID, 0, "") })
		n.pass(time.Second)
		for i := range 100 {
			p.progress(fmt.Sprintf("%d %%", i))
			n.pass(200 * time.Millisecond)
		}
		n.pass(6 * time.Second)
		if got := len(n.to("editMessageText", adminChat)) - edits; got < 4 || got > 7 {
			t.Errorf("%d edits in 27 s of progress", got)
		}
		if m := n.card(x.ID); !strings.Contains(m.Text, "▸ 1. load the backup") || !strings.Contains(m.Text, "· 99 %") {
			t.Errorf("the card says %q", m.Text)
		}
		n.automatic(x.ID)
		n.want(adminChat, "ann: database drill, your turn · step 2: look at the numbers", 1)
		n.pass(31 * time.Minute) // without an entry
		if m := n.card(x.ID); !strings.Contains(m.Text, "late since 11:30") {
			t.Errorf("the card says %q", m.Text)
		}
		n.tap(11, x.ID, "Done")
		n.tap(11, x.ID, "Done")
		n.due(p)
		n.pass(10 * time.Second)
		n.want(adminChat, "🧪 partly passed database drill · 31 min", 2) // the card, and its ring
		n.want(adminChat, "bob or cid: please sign", 2)
		if !n.exercise(x.ID).Closed {
			t.Error("its card is open")
		}
	})
}

func TestACardThatIsGoneIsPostedAgainWithoutASound(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.known(p)
		first := n.card(x.ID).ID
		n.Fail(fakebot.Fault{Method: "editMessageText", Kind: fakebot.JSONError, Code: 400, Description: "Bad Request: message to edit not found", Match: in(adminChat)})
		decide(t, n.log, func(now journal.Now) (journal.Draft, error) { return n.held.Accept(now, x.ID, "bob") })
		n.pass(10 * time.Second)
		again := n.card(x.ID)
		if again.ID == first || !again.Silent || !strings.Contains(again.Text, "by bob") {
			t.Errorf("message %d, silent %v: %q", again.ID, again.Silent, again.Text)
		}
	})
}

// It dies after a message was sent and before that was written down. The second card is all it costs, and a press on the first one
// still counts.
func TestACrashBetweenASendAndItsEntry(t *testing.T) {
	p := newPractice()
	with := shift{drills: p}
	spend(t, with, func(n *night) {
		p.set(func() { p.noEntry = func(kind string) bool { return kind == drills.KindPosted } })
		n.goOn(p, 11)
		x := n.exercise(0)
		if got := n.shows(adminChat, "database drill"); len(got) != 1 {
			t.Fatalf("while nothing could be noted, %d cards came", len(got))
		}
		n.goOn(p, 48) // a reminder, and a call: told once each in this life
		n.want(adminChat, "in 1 d", 1)
		n.want(adminChat, "can you?", 0) // it waits behind what cannot be noted
		p.set(func() { p.noEntry = nil })
		n.again(with)
		n.pass(10 * time.Second)
		n.want(adminChat, "planned · target", 2)
		n.want(adminChat, "can you?", 1)
		if got := len(n.shows(adminChat, "in 1 d")); got > 2 {
			t.Errorf("told %d times", got)
		}
		if got := n.tapOn(12, adminChat, n.shows(adminChat, "planned · target")[0].ID, "Accept"); got != "It is yours." || n.exercise(x.ID).Owner != "bob" {
			t.Errorf("answered %q", got)
		}
	})
}

// The message with a button of a drill whose card we do not know is its card.
func TestAPressAdoptsADrillsCard(t *testing.T) {
	p := newPractice()
	p.unseen = true
	spend(t, shift{drills: p}, func(n *night) {
		n.Say(11, adminChat, "/drills")
		n.pass(2 * time.Second)
		n.goOn(p, 11)
		x := n.exercise(0)
		message := n.shows(adminChat, "")[0].ID
		press := func(chat int64, c text.DrillChoice) {
			n.Press(12, chat, message, text.Press{Seq: x.ID, Choice: c.String()}.Data())
			n.pass(2 * time.Second)
		}
		press(adminChat, text.DrillChoice{What: text.DrillMoveTo, N: 1}) // other messages have such a button
		if got := n.exercise(x.ID).Cards; len(got) != 0 {
			t.Errorf("cards are %v", got)
		}
		press(adminChat, text.DrillChoice{What: text.DrillAccept})
		if got := n.exercise(x.ID).Cards[adminChat]; got != message {
			t.Errorf("its card is message %d, want %d", got, message)
		}
	})
}

// A message that waits until it is not true any more is not sent.
func TestACallThatIsNotTrueAnyMoreIsNotMade(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.known(p)
		n.away.Store(true)
		n.goOn(p, 50)
		decide(t, n.log, func(now journal.Now) (journal.Draft, error) { return n.held.Accept(now, x.ID, "bob") })
		n.away.Store(false)
		n.pass(2 * time.Minute)
		n.want(adminChat, "can you?", 0)
		n.want(adminChat, "in 1 d", 1)
		if left := n.exercise(x.ID).News; len(left) != 0 {
			t.Errorf("%d pieces of news are left", len(left))
		}
	})
}

func TestWhoDoesNotSignIsAskedOnceMore(t *testing.T) {
	p := newPractice()
	with := shift{drills: p}
	spend(t, with, func(n *night) {
		x := n.ended(p)
		n.goOn(p, 20)
		n.want(adminChat, "is not signed yet", 0)
		n.goOn(p, 10)
		n.again(with)
		n.goOn(p, 24*6)
		n.want(adminChat, "🧪 bob or cid: database drill of Sat 1 Jan 11:00 is not signed yet", 1)
		n.goOn(p, 48)
		n.want(adminChat, "is not signed yet", 2)
		if got := n.tap(12, x.ID, "Sign off: no findings"); got != "Signed." {
			t.Errorf("answered %q", got)
		}
		n.goOn(p, 24*9)
		n.want(adminChat, "is not signed yet", 2)
		n.want(adminChat, "Signed by bob", 1)
	})
}

func TestAFindingIsFollowedUp(t *testing.T) {
	p := newPractice()
	with := shift{drills: p}
	spend(t, with, func(n *night) {
		x := n.ended(p)
		n.tap(12, x.ID, "Add a finding")
		n.answers(12, "what is to be followed up", "the runbook names the old host owner=cid until=2000-01-05")
		f := n.exercise(x.ID).Findings
		if len(f) != 1 || f[0].Owner != "cid" || f[0].Person != "bob" || f[0].Text != "the runbook names the old host" || !f[0].Due.Equal(time.Date(2000, 1, 5, 9, 0, 0, 0, time.UTC)) {
			t.Fatalf("found %+v", f)
		}
		if got := n.tapOn(13, adminChat, n.card(x.ID).ID, "Sign off: 1 finding"); got != "Signed." {
			t.Errorf("answered %q", got)
		}
		n.goOn(p, 24*4)
		n.again(with)
		n.want(adminChat, "cid: finding 1 of the database drill of Sat 1 Jan 11:00 is due: the runbook names the old host · /drill close", 1)
		n.Say(13, adminChat, fmt.Sprintf("/drill close %d 1 because the name is right now", x.ID))
		n.pass(10 * time.Second)
		n.want(adminChat, "✓ 1. the runbook names the old host · cid: the name is right now", 1)
		n.goOn(p, 24*8)
		n.want(adminChat, "is due: the runbook", 1)
	})
}

// Each of those who approve is asked in private, once, and the card counts who answered.
func TestAnApproversDrill(t *testing.T) {
	p := newPractice()
	p.away = []drills.Absence{{Person: "ann", From: time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)}}
	with := shift{drills: p}
	spend(t, with, func(n *night) {
		n.AddUser(fakebot.User{ID: 66, FirstName: "Mallory", Started: true})
		n.Say(11, adminChat, "/drill start approvers")
		n.pass(10 * time.Second)
		x := n.exercise(0)
		n.want(12, "🧪 bob, are you there?", 1)
		n.want(13, "🧪 cid, are you there?", 1)
		n.want(11, "", 0) // ann is away
		n.again(with)
		n.want(12, "🧪 bob, are you there?", 1)
		call := n.shows(12, "are you there")[0]
		if call.Silent || call.ID == 0 {
			t.Error("the call made no sound")
		}
		if got := n.tapOn(12, 12, call.ID, "I am here"); got != "You are reached. Thank you." {
			t.Errorf("answered %q", got)
		}
		n.want(12, "🧪 bob, you were reached after", 1)
		if m := n.card(x.ID); !strings.Contains(m.Text, "1 was reached") || !strings.Contains(m.Text, "no answer yet: cid") {
			t.Errorf("the card says %q", m.Text)
		}
		n.pass(16 * time.Minute)
		n.due(p)
		n.due(p)
		n.pass(10 * time.Second)
		n.want(13, "🧪 cid, you were not reached in time", 1)
		n.want(adminChat, "🧪 failed approvers drill", 2)
		// Another try calls anew: an edit would not ring.
		n.Say(11, adminChat, "/drill start approvers")
		n.pass(10 * time.Second)
		n.want(13, "🧪 cid, are you there?", 1)
		n.want(13, "🧪 cid, you were not reached in time", 1)
		if y := n.exercise(0); y.ID == x.ID {
			t.Error("it is the same exercise")
		}
	})
}

// A second try of the same exercise calls those who approve by new messages, too.
func TestAnotherTryCallsAnew(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		n.Say(11, adminChat, "/drill start approvers")
		n.pass(10 * time.Second)
		x := n.exercise(0)
		n.Say(12, adminChat, "/drill abort because of lunch")
		n.pass(10 * time.Second)
		n.want(13, "not reached in time", 1)
		n.tap(11, x.ID, "Start")
		n.pass(10 * time.Second)
		if calls := n.shows(13, "cid"); len(calls) != 2 || !strings.Contains(calls[1].Text, "are you there") {
			t.Errorf("cid has\n%s", n.everything(13))
		}
	})
}

// Whoever cannot be written to keeps no other back.
func TestAnApproverWhoCannotBeWrittenTo(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		n.Fail(fakebot.Fault{Method: "sendMessage", Kind: fakebot.JSONError, Code: 403, Description: "Forbidden: bot was blocked by the user", N: -1, Match: in(12)})
		n.Say(11, adminChat, "/drill start approvers")
		n.pass(20 * time.Second)
		n.want(13, "are you there?", 1)
		n.want(adminChat, "no answer yet: ann, bob, cid", 1)
		if got := n.reported("in chat 12"); got != 1 {
			t.Errorf("reported %d times", got)
		}
		// cid's second account is asked when the first cannot be written to.
		if got := len(n.to("sendMessage", 14)); got != 0 {
			t.Errorf("%d messages to cid's other account", got)
		}
	})
}

// The chat has another number since it became a supergroup: the card is posted there.
func TestADrillFollowsItsChat(t *testing.T) {
	const after = -1009876543210
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.known(p)
		n.Upgrade(adminChat, after)
		decide(t, n.log, func(now journal.Now) (journal.Draft, error) { return n.held.Accept(now, x.ID, "bob") })
		n.pass(10 * time.Second)
		n.want(after, "accepted database drill", 1)
	})
}
