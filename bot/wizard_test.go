package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"twokey/bot/telegram/fakebot"
	"twokey/internal/journal"
)

// A whole notice by buttons: nothing is asked before the last one, and then it is what would have been typed.
func TestANoticeByButtons(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		head := n.log.Head().Seq
		n.Say(11, adminChat, "/broadcast")
		n.pass(2 * time.Second)
		n.want(adminChat, "What do you want to tell the users?", 1)
		n.press(11, adminChat, "maintenance")
		n.want(adminChat, "maintenance: which notice?", 1)
		n.press(11, adminChat, "starting")
		n.want(adminChat, "maintenance starting: from?", 1)
		n.press(11, adminChat, "now")
		n.want(adminChat, "maintenance starting: for?", 1)
		n.press(11, adminChat, "15 min")
		n.want(adminChat, "Not asked yet: maintenance starting", 1)
		n.want(adminChat, "To about 48\u00a0210 users", 1)
		var order []string
		for _, m := range n.shows(adminChat, "🔧") {
			order = append(order, m.HTML[:len("🔧 <b>ru")])
		}
		if got := strings.Join(order, " "); got != "🔧 <b>ru 🔧 <b>en" {
			t.Errorf("the texts came as %q, want the default language first", got)
		}
		if n.log.Head().Seq != head {
			t.Fatalf("%d entries before the last button", n.log.Head().Seq-head)
		}
		if got := n.press(11, adminChat, "Ask to send to 48 210"); !strings.HasPrefix(got, "Asked: #") {
			t.Errorf("answered %q", got)
		}
		r := n.only()
		if r.Asked.Args["template"] != "maintenance.starting" || !strings.HasPrefix(r.Asked.Args["values"], `for="15m0s" from="20`) || r.Asked.Args["matter"] != "none" {
			t.Errorf("asked for %v", r.Asked.Args)
		}
		n.want(adminChat, "maintenance starting: asked", 1)
		n.want(adminChat, "Not asked yet", 0)
	})
}

// A thumb taps twice: the second tap answers the same question, not the next one.
func TestASecondTapAnswersNothingElse(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast")
		n.pass(2 * time.Second)
		n.press(11, adminChat, "maintenance")
		n.press(11, adminChat, "starting")
		m := n.shows(adminChat, "from?")[0]
		data := m.Buttons[0][0].Data
		n.Press(11, adminChat, m.ID, data)
		n.Press(11, adminChat, m.ID, data)
		n.pass(2 * time.Second)
		n.want(adminChat, "maintenance starting: for?", 1)
		n.want(adminChat, "is no duration", 0)
	})
}

func TestAVariableIsTypedAsAReply(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast service_update")
		n.pass(2 * time.Second)
		ask := n.shows(adminChat, "service update: impact?")[0]
		n.Say(12, adminChat, "bob talks", fakebot.ReplyTo(ask.ID))
		other := n.Say(12, adminChat, "lunch?")
		n.Say(11, adminChat, "ann talks", fakebot.ReplyTo(other))
		n.pass(2 * time.Second)
		n.want(adminChat, "Not asked yet", 0)
		n.Say(11, adminChat, "ann forwards", fakebot.ReplyTo(ask.ID), fakebot.Forwarded())
		n.Say(11, adminChat, "see https://evil.example", fakebot.ReplyTo(ask.ID))
		n.pass(2 * time.Second)
		n.want(adminChat, "has a link", 1)
		again := n.shows(adminChat, "service update: impact?")
		if len(again) != 1 || again[0].ID == ask.ID {
			t.Fatalf("the question stands in %d messages, the newest of them %v; want one below what was typed", len(again), again)
		}
		n.Say(11, adminChat, "Payments were <late>", fakebot.ReplyTo(again[0].ID))
		n.pass(2 * time.Second)
		n.want(adminChat, "Not asked yet: service update", 1)
		n.want(adminChat, "impact: Payments were <late>", 1)
		n.press(11, adminChat, "Ask to send to 48 210")
		if got := n.only().Asked.Args["values"]; !strings.Contains(got, `impact="Payments were <late>"`) {
			t.Errorf("asked with %q", got)
		}
	})
}

// What cannot be used is said at once, not when all else is filled in.
func TestAWrongValueIsAskedForAgainAtOnce(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast")
		n.pass(2 * time.Second)
		n.press(11, adminChat, "service update")
		n.Say(11, adminChat, "soon", fakebot.ReplyTo(n.shows(adminChat, "service update: from?")[0].ID))
		n.pass(2 * time.Second)
		n.want(adminChat, "service update: from?", 1)
		n.want(adminChat, `"soon" is no time`, 1)
	})
}

func TestADraftIsItsOwners(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast maintenance.starting")
		n.pass(2 * time.Second)
		if got := n.press(12, adminChat, "15 min"); !strings.Contains(got, "This is ann's draft") {
			t.Errorf("bob was answered %q", got)
		}
		n.want(adminChat, "Not asked yet", 0)
		n.press(11, adminChat, "15 min")
		if got := n.press(12, adminChat, "Send test to me"); !strings.Contains(got, "not kept") {
			t.Errorf("bob was answered %q", got)
		}
		if got := n.press(12, adminChat, "Ask to send to 48 210"); !strings.Contains(got, "This is ann's draft") {
			t.Errorf("bob was answered %q", got)
		}
		if open := n.cards.Open(); len(open) != 0 {
			t.Errorf("bob asked for %v with ann's draft", open)
		}
	})
}

func TestALostDraftSaysSoAndBeginsAgain(t *testing.T) {
	with := shift{notices: &phrases{}}
	for why, lose := range map[string]func(*night){
		"a restart":    func(n *night) { n.again(with) },
		"half an hour": func(n *night) { n.pass(31 * time.Minute) },
	} {
		t.Run(why, func(t *testing.T) {
			spend(t, with, func(n *night) {
				n.Say(11, adminChat, "/broadcast maintenance.starting")
				n.pass(2 * time.Second)
				lose(n)
				if got := n.press(11, adminChat, "15 min"); !strings.Contains(got, "not kept any more") {
					t.Errorf("answered %q", got)
				}
				n.want(adminChat, "What do you want to tell the users?", 1)
				n.want(adminChat, "Not asked yet", 0)
			})
		})
	}
}

func TestANewDraftReplacesTheOld(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast")
		n.pass(2 * time.Second)
		n.Say(11, adminChat, "/broadcast maintenance.starting")
		n.pass(2 * time.Second)
		n.want(adminChat, "given up for a newer one", 1)
		n.press(11, adminChat, "Drop it")
		n.want(adminChat, "Dropped. Nothing was sent", 1)
		if open := n.cards.Open(); len(open) != 0 {
			t.Errorf("%v was asked", open)
		}
	})
}

func TestChangingADraft(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast maintenance.starting")
		n.pass(2 * time.Second)
		n.press(11, adminChat, "15 min")
		texts := len(n.shows(adminChat, "🔧"))
		n.press(11, adminChat, "Change")
		n.want(adminChat, "maintenance starting: what is to change?", 1)
		n.press(11, adminChat, "for")
		n.want(adminChat, "maintenance starting: for?", 1)
		n.press(11, adminChat, "an hour")
		if got := len(n.shows(adminChat, "🔧")); got != texts+2 {
			t.Errorf("%d texts after a change, had %d: they are not those that would be sent", got, texts)
		}
		n.press(11, adminChat, "Ask to send to 48 210")
		if got := n.only().Asked.Args["values"]; !strings.HasPrefix(got, `for="1h0m0s"`) {
			t.Errorf("asked with %q", got)
		}
	})
}

// Users who were told of something are offered; what closes a matter goes to nobody else.
func TestWhatItIsAbout(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast maintenance.finished")
		n.pass(2 * time.Second)
		n.want(adminChat, "there is nothing open", 1)
		n.broadcast("")
		n.Say(11, adminChat, "/broadcast maintenance.finished")
		n.pass(2 * time.Second)
		n.want(adminChat, "maintenance finished: what is over?", 1)
		n.press(11, adminChat, "run 7 · 48 210 told")
		n.want(adminChat, "To the 48\u00a0210 users who were told of it.", 1)
		n.press(11, adminChat, "Ask to send to 48 210")
		if got := n.only().Asked.Args["matter"]; got != "run 7" {
			t.Errorf("it is about %q", got)
		}
	})
}

// The end card of what took the service down offers to tell the users, with the run's times.
func TestTellingTheUsersOfARun(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		id := n.ask("/halt")
		down := time.Now()
		n.run(id)
		n.pass(5 * time.Second)
		n.press(11, adminChat, "Tell the users")
		n.press(11, adminChat, "maintenance")
		n.press(11, adminChat, "starting")
		n.press(11, adminChat, down.UTC().Format("15:04")+", went down")
		n.press(11, adminChat, "15 min")
		n.want(adminChat, fmt.Sprintf("About: run %d", id), 1)
		n.press(11, adminChat, "Ask to send to 48 210")
		want := `for="15m0s" from="` + down.UTC().Truncate(time.Minute).Format(time.RFC3339) + `"`
		if got := n.only().Asked.Args; got["values"] != want || got["matter"] != fmt.Sprintf("run %d", id) {
			t.Errorf("asked for %v, want %s about the run", got, want)
		}
	})
	spend(t, shift{notices: &phrases{}}, func(n *night) { // nobody was told that it is down
		n.run(n.ask("/halt"))
		n.pass(5 * time.Second)
		n.press(11, adminChat, "Tell the users")
		n.press(11, adminChat, "maintenance")
		n.press(11, adminChat, "finished")
		n.want(adminChat, "there is nothing open", 1)
	})
	spend(t, shift{}, func(n *night) {
		id := n.ask("/halt")
		n.run(id)
		n.pass(5 * time.Second)
		if m := n.shows(adminChat, "succeeded /halt"); len(m) != 1 || hasButton(m[0], "Tell the users") {
			t.Errorf("users cannot be told, and the card offers it: %v", m)
		}
	})
}

// A test of a draft goes out before anything is asked.
func TestATestOfADraft(t *testing.T) {
	p := &phrases{}
	spend(t, shift{notices: p}, func(n *night) {
		n.Say(11, 11, "/broadcast maintenance.starting")
		n.pass(2 * time.Second)
		n.press(11, 11, "15 min")
		if got := n.press(11, 11, "Send test to me"); !strings.Contains(got, "Sent to you") {
			t.Errorf("answered %q", got)
		}
		if sent := p.testsTo(11); len(sent) != 1 || len(sent[0].Texts) != 2 {
			t.Errorf("sent %v", sent)
		}
	})
}

// What is corrected begins with what users were told.
func TestCorrectingByButtons(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		id := n.broadcast(`for=15m0s from=2026-11-24T11:00:00Z`)
		n.Say(11, adminChat, fmt.Sprintf("/broadcast_edit %d", id))
		n.pass(2 * time.Second)
		n.want(adminChat, fmt.Sprintf("correcting #%d: what is to change?", id), 1)
		n.want(adminChat, "for: 15m0s", 1)
		n.press(11, adminChat, "for")
		n.press(11, adminChat, "an hour")
		n.press(11, adminChat, "Ask to correct it")
		r := n.only()
		if r.Action().Name != "broadcast_edit" || r.Asked.Args["values"] != `for="1h0m0s" from="2026-11-24T11:00:00Z"` {
			t.Errorf("asked for %s %v", r.Action().Name, r.Asked.Args)
		}
	})
}

// A refused draft is kept: what was put together is not lost because somebody else asked first.
func TestARefusedDraftIsKept(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast maintenance.starting")
		n.pass(2 * time.Second)
		n.press(11, adminChat, "15 min")
		n.Say(12, adminChat, "/broadcast maintenance.starting for=15m")
		n.pass(2 * time.Second)
		if got := n.press(11, adminChat, "Ask to send to 48 210"); !strings.Contains(got, "bob asked for this already") {
			t.Errorf("answered %q", got)
		}
		n.want(adminChat, "Not asked yet", 1)
		n.log.View(func(journal.Now) {
			if live := n.state.Live(); len(live) != 1 {
				t.Errorf("%d requests are live", len(live))
			}
		})
	})
}
