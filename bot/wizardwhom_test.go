package bot_test

import (
	"strings"
	"testing"
	"time"

	"twokey/actions"
	"twokey/bot/telegram/fakebot"
	"twokey/internal/journal"
)

// drafted has ann put a notice together up to where only asking is left.
func (n *night) drafted() {
	n.t.Helper()
	n.Say(11, adminChat, "/broadcast maintenance.starting")
	n.pass(2 * time.Second)
	n.press(11, adminChat, "15 min")
	n.want(adminChat, "Not asked yet: maintenance starting", 1)
}

// What can be typed can be tapped, and is asked for as if it had been typed.
func TestWhomAndWhenByButtons(t *testing.T) {
	for _, tt := range []struct {
		why   string
		taps  []string
		want  actions.Args
		after time.Duration // when it goes out, from when it is asked, about; 0: at once
	}{
		{"nobody who wants the ordinary taps more", nil, actions.Args{"to": "none", "affected": "none", "audience": "check"}, 0},
		{"only a segment", []string{"To: everybody", "with_deposits"}, actions.Args{"to": "with_deposits", "affected": "none"}, 0},
		{"only who lost rows", []string{"To: everybody", "Hit by run 12"}, actions.Args{"to": "none", "affected": "12"}, 0},
		{"who is of both", []string{"To: everybody", "with_deposits", "To: with_deposits", "Hit by run 12"}, actions.Args{"to": "with_deposits", "affected": "12"}, 0},
		{"a tap on what is chosen takes it back", []string{"To: everybody", "with_deposits", "To: with_deposits", "✓ with_deposits"}, actions.Args{"to": "none"}, 0},
		{"everybody after all", []string{"To: everybody", "with_deposits", "To: with_deposits", "Hit by run 12", "To: with_deposits, run 12", "Everybody"},
			actions.Args{"to": "none", "affected": "none"}, 0},
		{"it may be left as it was", []string{"To: everybody", "with_deposits", "To: with_deposits", "Leave it as it is"}, actions.Args{"to": "with_deposits"}, 0},
		{"a list that is unlike the last one", []string{"To: everybody", "Take a list unlike the last"}, actions.Args{"audience": "accept", "to": "none"}, 0},
		{"later", []string{"When: once agreed", "in 1 h"}, actions.Args{"to": "none"}, time.Hour},
		{"at once after all", []string{"When: once agreed", "in 1 h", "When: ", "Once agreed"}, actions.Args{"to": "none"}, 0},
		{"later, and only to some", []string{"When: once agreed", "in 15 min", "To: everybody", "with_deposits"}, actions.Args{"to": "with_deposits"}, 15 * time.Minute},
	} {
		t.Run(tt.why, func(t *testing.T) {
			spend(t, shift{notices: &phrases{}}, func(n *night) {
				n.drafted()
				n.pressAll(tt.taps)
				begun := time.Now()
				n.press(11, adminChat, n.labelled("Ask to send"))
				r := n.only()
				for name, want := range tt.want {
					if got := r.Asked.Args[name]; got != want {
						t.Errorf("%s is %q, want %q", name, got, want)
					}
				}
				if at := r.Asked.At; at.IsZero() != (tt.after == 0) || tt.after != 0 && (at.Sub(begun) > tt.after+time.Minute || at.Sub(begun) < tt.after-time.Minute) {
					t.Errorf("asked at %s to go out at %s, want %s later", begun, at, tt.after)
				}
			})
		})
	}
}

// pressAll presses one after the other; a label that ends with a space is how one begins.
func (n *night) pressAll(labels []string) {
	n.t.Helper()
	for _, l := range labels {
		if strings.HasSuffix(l, " ") {
			l = n.labelled(l)
		}
		n.press(11, adminChat, l)
	}
}

func (n *night) labelled(begin string) string {
	for _, m := range n.shows(adminChat, "Not asked yet") {
		for _, row := range m.Buttons {
			for _, b := range row {
				if strings.HasPrefix(b.Text, begin) {
					return b.Text
				}
			}
		}
	}
	return begin
}

// Who looks at the choice and leaves it sees the texts no second time; who chooses a time, with the times of that time.
func TestTheTextsAreShownAnewOnlyWhenTheyAreOthers(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.drafted()
		texts := len(n.shows(adminChat, "🔧"))
		n.pass(3 * time.Minute)
		n.press(11, adminChat, "To: everybody")
		n.press(11, adminChat, "with_deposits")
		n.press(11, adminChat, "When: once agreed")
		n.press(11, adminChat, "Leave it as it is")
		if got := len(n.shows(adminChat, "🔧")); got != texts {
			t.Errorf("there are %d texts, want the %d of before", got, texts)
		}
		n.press(11, adminChat, "When: once agreed")
		n.press(11, adminChat, "in 1 h")
		if got := len(n.shows(adminChat, "🔧")); got != 2*texts {
			t.Errorf("there are %d texts, want %d: they say another time", got, 2*texts)
		}
		n.press(11, adminChat, n.labelled("Ask to send"))
		r := n.only()
		if want := `from="` + r.Asked.At.Format(time.RFC3339) + `"`; !strings.Contains(r.Asked.Args["values"], want) {
			t.Errorf("users read %s, want %s", r.Asked.Args["values"], want)
		}
	})
}

func TestATimeIsTypedAsAReply(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.drafted()
		n.press(11, adminChat, "When: once agreed")
		for typed, want := range map[string]string{"soon": `"soon" is no time to come`, "2036-11-25T03:00": "more than 7 days ahead"} {
			n.Say(11, adminChat, typed, fakebot.ReplyTo(n.shows(adminChat, "starting: when?")[0].ID))
			n.pass(2 * time.Second)
			n.want(adminChat, want, 1)
		}
		n.Say(12, adminChat, "in 2h", fakebot.ReplyTo(n.shows(adminChat, "starting: when?")[0].ID)) // it is not bob's
		n.pass(2 * time.Second)
		n.want(adminChat, "starting: when?", 1)
		n.Say(11, adminChat, "in 2h", fakebot.ReplyTo(n.shows(adminChat, "starting: when?")[0].ID))
		n.pass(2 * time.Second)
		n.want(adminChat, "Not asked yet", 1)
		n.want(adminChat, "It goes out", 1)
		n.press(11, adminChat, "Ask to send to 48 210")
		if d := time.Until(n.only().Asked.At); d < 119*time.Minute || d > 2*time.Hour+time.Minute {
			t.Errorf("it goes out in %s", d)
		}
	})
}

// A draft may lie around until its time is over: it is asked for again, and not asked for a time that was.
func TestTheTimeOfADraftMayBeOver(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.drafted()
		n.press(11, adminChat, "When: once agreed")
		n.press(11, adminChat, "in 15 min")
		n.pass(20 * time.Minute)
		n.press(11, adminChat, "Ask to send to 48 210")
		n.want(adminChat, "the time that was chosen is over", 1)
		if open := n.cards.Open(); len(open) != 0 {
			t.Errorf("%v was asked", open)
		}
		n.press(11, adminChat, "✓ Once agreed")
		n.press(11, adminChat, "Ask to send to 48 210")
		if r := n.only(); !r.Asked.At.IsZero() {
			t.Errorf("it goes out at %s", r.Asked.At)
		}
	})
}

// A thumb taps twice: what was chosen stays chosen.
func TestASecondTapTakesNothingBack(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.drafted()
		n.press(11, adminChat, "To: everybody")
		m := n.shows(adminChat, "to whom?")[0]
		data := ""
		for _, row := range m.Buttons {
			if row[0].Text == "with_deposits" {
				data = row[0].Data
			}
		}
		n.Press(11, adminChat, m.ID, data)
		n.Press(11, adminChat, m.ID, data)
		n.pass(2 * time.Second)
		n.want(adminChat, "Only to: with_deposits", 1)
	})
}

// What is typed of whom and when stands on the draft that asks for the rest.
func TestWhatIsTypedStandsOnTheDraft(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast maintenance.starting to=with_deposits affected_by=12 audience=accept at=02:00")
		n.pass(2 * time.Second)
		for _, want := range []string{"Only to: with_deposits", "whose rows run 12 lost", "very unlike the last one is taken", "It goes out"} {
			n.want(adminChat, want, 1)
		}
	})
}

// What closes a matter goes to those who were told of it, and to nobody else.
func TestWhatClosesAMatterIsForNobodyElse(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.broadcast("")
		n.Say(11, adminChat, `/broadcast maintenance.finished to=with_deposits matter="run 7"`)
		n.pass(2 * time.Second)
		n.want(adminChat, "goes to exactly those who were told of its matter", 1)
		n.Say(11, adminChat, "/broadcast maintenance.starting")
		n.pass(2 * time.Second)
		n.pressAll([]string{"15 min", "Something new", "To: everybody", "with_deposits", "Change", "Another notice", "maintenance", "finished", "run 7 · 48 210 told"})
		n.want(adminChat, "Not asked yet: maintenance finished", 1)
		n.want(adminChat, "Only to", 0)
		if m := n.shows(adminChat, "Not asked yet")[0]; hasButton(m, "To: everybody") || !hasButton(m, "When: once agreed") {
			t.Errorf("it has the buttons %v", m.Buttons)
		}
		n.press(11, adminChat, "Ask to send to 48 210")
		if got := n.only().Asked.Args["to"]; got != "none" {
			t.Errorf("it is only for %q", got)
		}
	})
}

// "Now" is when users read it, also of what is typed.
func TestNowIsWhenItGoesOut(t *testing.T) {
	for _, typed := range []string{"", " from=now", " from=Now"} {
		spend(t, shift{notices: &phrases{}}, func(n *night) {
			n.Say(11, adminChat, "/broadcast maintenance.starting for=15m at=02:00"+typed)
			n.pass(time.Second)
			r := n.only()
			if want := `for="15m0s" from="` + r.Asked.At.Format(time.RFC3339) + `"`; r.Asked.Args["values"] != want || r.Asked.At.Hour() != 2 {
				t.Errorf("%q: users read %s at %s, want %s", typed, r.Asked.Args["values"], r.Asked.At, want)
			}
		})
	}
}

// A notice at a time waits for it once it is agreed to, and not longer: then it begins, also in another life.
func TestANoticeWaitsForItsTime(t *testing.T) {
	with := shift{notices: &phrases{}}
	spend(t, with, func(n *night) {
		at := time.Now().UTC().Add(3 * time.Hour).Truncate(time.Minute)
		n.Say(11, adminChat, "/broadcast maintenance.starting for=15m to=with_deposits at="+at.Format("15:04"))
		n.pass(300 * time.Millisecond)
		id := n.only().ID
		n.planTold(id)
		n.want(adminChat, "It starts", 1)
		n.press(12, adminChat, "Approve sending")
		n.want(adminChat, "approved /broadcast · starts", 1)
		n.want(adminChat, "only to: with_deposits", 1)
		due := func() (yes bool) {
			n.log.View(func(journal.Now) {
				r, _ := n.state.Request(id)
				yes = r.Due && r.Status == actions.Approved
			})
			return yes
		}
		n.again(with)
		n.pass(time.Until(at) - 2*time.Second)
		if due() {
			t.Error("it is due before its time")
		}
		n.pass(4 * time.Second)
		if !due() {
			t.Error("it is not due at its time")
		}
	})
}
