package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot/broadcast"
	"twokey/bot/telegram/fakebot"
	"twokey/bot/text"
	"twokey/internal/journal"
)

func TestANoticeTypedWholeIsBoundWhenItIsAsked(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		asked := time.Now().UTC().Truncate(time.Minute).Format(time.RFC3339)
		n.Say(11, adminChat, `/broadcast maintenance.starting for=15m matter="the database moves" to=with_deposits affected_by=12 audience=accept because “it is full”`)
		n.pass(5 * time.Minute)
		r := n.only()
		want := actions.Args{"template": "maintenance.starting", "values": `for="15m0s" from="` + asked + `"`, "to": "with_deposits", "affected": "12",
			"matter": "the database moves", "audience": "accept"}
		for name, value := range want {
			if r.Asked.Args[name] != value {
				t.Errorf("%s is %q, want %q", name, r.Asked.Args[name], value)
			}
		}
		if r.Asked.Reason != "“it is full”" || r.Asked.Person != "ann" {
			t.Errorf("%s asked for %q", r.Asked.Person, r.Asked.Reason)
		}
	})
}

func TestANoticeAtATime(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast maintenance.starting for=15m at=02:00")
		n.pass(time.Second)
		if at := n.only().Asked.At; at.Hour() != 2 || !at.After(time.Now()) {
			t.Errorf("it starts at %s", at)
		}
	})
}

// What cannot be said is refused in a sentence, and nothing is asked.
func TestWhatCannotBeSaidIsNotAsked(t *testing.T) {
	for typed, want := range map[string]string{
		"/broadcast maintenance.start for=15m":                        `There is no notice "maintenance.start"`,
		"/broadcast maintenance.starting for=soon":                    `for: "soon" is no duration. type 15m.`,
		"/broadcast maintenance.starting for=15m until=x":             "until: maintenance.starting has no such variable",
		"/broadcast maintenance.starting for=15m for=20m":             "for: is given twice",
		"/broadcast maintenance.starting for=15m impact=two words":    `"words" belongs to nothing`,
		`/broadcast service_update impact="see https://evil.example"`: "impact: has a link",
		"/broadcast maintenance.starting for=15m audience=everybody":  "is one of check, accept",
		"/broadcast maintenance.starting for=15m at=sometime":         "at is a time",
		"/broadcast_edit":            "broadcast is its number",
		"/broadcast_edit 99 for=15m": "There is no broadcast #99",
		"/broadcast_edit x":          "broadcast is its number",
		"/broadcast template=maintenance.starting template=x for=15m": "template: is given twice",
		"/broadcast maintenance.starting for=15m matter=a matter=b":   "matter: is given twice",
		"/broadcast maintenance.finished for=15m matter=a":            "has no such variable",
	} {
		spend(t, shift{notices: &phrases{}}, func(n *night) {
			head := n.log.Head().Seq
			n.Say(11, adminChat, typed)
			n.pass(2 * time.Second)
			var said []string
			for _, m := range n.shows(adminChat, "") {
				said = append(said, strings.ReplaceAll(m.Text, "\n", " "))
			}
			if all := strings.Join(said, "\n"); !strings.Contains(all, want) || n.log.Head().Seq != head {
				t.Errorf("%s: the chat has\n%s\nand %d entries came; want %q", typed, all, n.log.Head().Seq-head, want)
			}
		})
	}
}

// Without a service's bot in the config, users cannot be told: the commands say so.
func TestNoticesThatAreOffSaySo(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		n.Say(11, adminChat, "/notices")
		n.pass(2 * time.Second)
		n.want(adminChat, "/notices is off", 1)
		if defs, err := actions.BuiltIn(); err == nil && len(defs["broadcast"].Steps) > 0 {
			n.Say(11, adminChat, "/broadcast")
			n.pass(2 * time.Second)
			n.want(adminChat, "/broadcast is off", 1)
		}
	})
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/notices")
		n.Say(11, adminChat, "/notics")
		n.pass(2 * time.Second)
		n.want(adminChat, "48\u00a0210 users · list is", 1)
		n.want(adminChat, "Did you mean", 1)
		n.want(adminChat, "/notices", 1)
	})
}

// planTold plans a request as the plan of a broadcast is: with the texts, which nothing else on the card shows.
func (n *night) planTold(id actions.ID) {
	n.t.Helper()
	decide(n.t, n.log, func(now journal.Now) (journal.Draft, error) {
		r, _ := n.state.Request(id)
		return n.state.Planned(now, id, actions.Plan{Steps: r.Action().Steps, Facts: []step.Fact{
			{Name: "users", Kind: step.Bounded, Number: 48210, Limit: 50000, Unit: "users"},
			{Name: "languages", Kind: step.Shown, Value: "en 31002, ru 17208"},
			{Name: "text en", Kind: step.Pinned, Value: english}, {Name: "text ru", Kind: step.Pinned, Value: russian}}}), nil
	})
	n.pass(5 * time.Second)
}

const (
	english = `🔧 <b>Maintenance</b> from <tg-time unix="1795518720" format="t">11:12 UTC</tg-time>, see <a href="https://status.example.com">status</a>`
	russian = `🔧 <b>Работы</b> &amp; <i>пауза</i>`
)

// askToTell has ann ask to tell the users, as it is planned.
func (n *night) askToTell() actions.ID {
	n.t.Helper()
	n.Say(11, adminChat, "/broadcast maintenance.starting for=15m")
	n.pass(300 * time.Millisecond)
	id := n.only().ID
	n.planTold(id)
	return id
}

// previews are the messages of a chat that are exactly a text.
func (n *night) previews(chat int64, html string) (list []fakebot.Message) {
	for _, m := range n.shows(chat, "") {
		if m.HTML == html {
			list = append(list, m)
		}
	}
	return list
}

func TestEachTextFollowsTheCardExactlyAsUsersSeeIt(t *testing.T) {
	with := shift{notices: &phrases{}}
	spend(t, with, func(n *night) {
		n.askToTell()
		for _, chat := range []int64{adminChat, 12, 13} {
			n.want(chat, "ann wants to tell 48\u00a0210 users", 1)
			card := n.shows(chat, "ann wants to tell")[0]
			for _, html := range []string{english, russian} {
				list := n.previews(chat, html)
				if len(list) != 1 {
					t.Fatalf("chat %d has %d messages that are %q", chat, len(list), html)
				}
				if m := list[0]; m.ReplyTo != card.ID || m.ID < card.ID || !m.Silent || !m.PreviewOff || !m.Protected || len(m.Buttons) != 0 {
					t.Errorf("chat %d: %+v, want a silent reply to %d without buttons or a link's preview", chat, m, card.ID)
				}
			}
		}
		n.again(with)
		n.pass(time.Minute)
		for _, chat := range []int64{adminChat, 12, 13} {
			if got := len(n.previews(chat, english)); got != 1 {
				t.Errorf("after a restart chat %d has the text %d times", chat, got)
			}
		}
		if got := n.press(12, 12, "Texts"); got != "The texts follow below." {
			t.Errorf("answered %q", got)
		}
		for chat, want := range map[int64]int{12: 2, adminChat: 1, 13: 1} {
			if got := len(n.previews(chat, russian)); got != want {
				t.Errorf("bob wanted to see the texts: chat %d has them %d times, want %d", chat, got, want)
			}
		}
	})
}

// What was decided before a text's turn came is not asked about any more.
func TestTextsOfWhatIsDecidedDoNotFollow(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/broadcast maintenance.starting for=15m")
		n.pass(300 * time.Millisecond)
		release := n.Fail(fakebot.Fault{Method: "sendMessage", Kind: fakebot.Hang, Match: func(c fakebot.Call) bool { return in(13)(c) && c.Params["text"] == english }})
		id := n.only().ID
		n.planTold(id)
		decide(t, n.log, func(journal.Now) (journal.Draft, error) { return n.state.Cancel(id, "ann") })
		release()
		n.pass(time.Minute)
		n.want(13, "cancelled", 1)
		if en, ru := len(n.previews(13, english)), len(n.previews(13, russian)); en != 1 || ru != 0 {
			t.Errorf("cid has %d and %d texts, want the one that was on its way when it was taken back", en, ru)
		}
	})
}

func TestATestGoesToWhoeverPressesAndNobodyElse(t *testing.T) {
	p := &phrases{}
	spend(t, shift{notices: p}, func(n *night) {
		n.askToTell()
		if got := n.press(12, adminChat, "Send test to me"); !strings.Contains(got, "Sent to you") {
			t.Errorf("bob was answered %q", got)
		}
		if sent := p.testsTo(12); len(sent) != 1 || sent[0].Texts["en"] != english || sent[0].Texts["ru"] != russian || len(p.testsTo(11))+len(p.testsTo(13)) != 0 {
			t.Errorf("tests went to %v", p.tests)
		}
		p.unstarted = true
		if got := n.press(13, 13, "Send test to me"); !strings.Contains(got, "open it, press Start") {
			t.Errorf("cid was answered %q", got)
		}
	})
}

// Values of a template may be longer than what people type for a parameter: asking again must not lose them.
func TestALongNoticeCanBeAskedAgain(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, `/broadcast service_update impact="`+strings.Repeat("payments were late, ", 30)+`"`)
		n.pass(300 * time.Millisecond)
		first := n.only()
		n.planTold(first.ID)
		decide(t, n.log, func(journal.Now) (journal.Draft, error) { return n.state.Cancel(first.ID, "ann") })
		n.pass(2 * time.Second)
		n.press(11, adminChat, "Ask again")
		if again := n.only(); again.Asked.Args["values"] != first.Asked.Args["values"] || len(again.Asked.Args["values"]) < 500 {
			t.Errorf("asked again for %q", again.Asked.Args)
		}
	})
}

// begin puts a broadcast into the journal, as package broadcast does, and its card into the admin chat.
func (n *night) broadcast(values string) uint64 {
	n.t.Helper()
	e := decide(n.t, n.log, func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: broadcast.KindBegun, Actor: "twokey", Body: broadcast.Begun{Telling: step.Telling{Do: step.NoticeTell, Template: "maintenance.starting", Values: values, Matter: "run 7", Users: 48210}}}, nil
	})
	n.pass(time.Second)
	return e.Seq
}

// on presses what a button of a broadcast's card says, on a message of our own that any client could make up.
func (n *night) on(user, chat int64, id uint64, choice string) string {
	n.t.Helper()
	message := n.shows(chat, "")[0].ID
	callback := n.Press(user, chat, message, text.Press{Seq: id, Choice: choice}.Data())
	n.pass(2 * time.Second)
	a, _ := n.AnswerTo(callback)
	return a.Text
}

func (n *night) status(id uint64) (s broadcast.Status) {
	n.log.View(func(journal.Now) {
		if b, ok := n.told.Get(id); ok {
			s = b.Status
		}
	})
	return s
}

func TestStoppingANoticeIsAnybodysAndGoingOnIsNot(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/pending")
		n.pass(2 * time.Second)
		n.AddUser(fakebot.User{ID: 66, FirstName: "Mallory", Started: true})
		id := n.broadcast("")
		for _, c := range []struct {
			user   int64
			choice string
			answer string
			is     broadcast.Status
		}{
			{12, text.BroadcastPause, "Paused.", broadcast.PausedNow},
			{13, text.BroadcastPause, fmt.Sprintf("#%d is paused already, by bob.", id), broadcast.PausedNow},
			{12, text.BroadcastGoOn, "It goes on.", broadcast.Running},
			{12, text.BroadcastGoOn, fmt.Sprintf("#%d is not paused: it is running.", id), broadcast.Running},
			{12, text.BroadcastPause, "Paused.", broadcast.PausedNow},
			{13, text.BroadcastGoOn, "bob paused it: bob can let it go on, or two people", broadcast.PausedNow},
			{66, text.BroadcastCancel, "", broadcast.PausedNow}, // a stranger
			{11, text.BroadcastCancel, "Cancelled.", broadcast.Gone},
			{11, text.BroadcastPause, fmt.Sprintf("#%d is over: ann cancelled it.", id), broadcast.Gone},
		} {
			if got := n.on(c.user, adminChat, id, c.choice); !strings.HasPrefix(got, c.answer) || c.answer == "" && got != "" || n.status(id) != c.is {
				t.Errorf("%d pressed %s: answered %q, it is %s; want %q, %s", c.user, c.choice, got, n.status(id), c.answer, c.is)
			}
		}
		// What cid could not do alone was asked for.
		if r := n.only(); r.Action().Name != "broadcast_resume" || r.Asked.Person != "cid" || r.Asked.Args["broadcast"] != fmt.Sprint(id) {
			t.Errorf("%s asked for %s %v", r.Asked.Person, r.Action().Name, r.Asked.Args)
		}
	})
}

// The message with a button of a broadcast whose card we do not know is its card: a crash made us forget it.
func TestAPressAdoptsABroadcastsCard(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/pending")
		n.pass(2 * time.Second)
		id := n.broadcast("")
		n.on(12, adminChat, id, text.BroadcastPause)
		var card int
		n.log.View(func(journal.Now) {
			if b, ok := n.told.Get(id); ok {
				card = b.Card[adminChat]
			}
		})
		if want := n.shows(adminChat, "")[0].ID; card != want {
			t.Errorf("its card is message %d, want %d", card, want)
		}
	})
}

func TestTheListOfRecipientsGoesToOnePersonOnly(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		n.Say(11, adminChat, "/pending")
		n.pass(2 * time.Second)
		id := n.broadcast("")
		if got := n.on(12, adminChat, id, text.BroadcastList); !strings.Contains(got, "to you alone") {
			t.Errorf("answered %q", got)
		}
		n.on(12, adminChat, id, text.BroadcastRate)
		for chat, want := range map[int64]string{12: fmt.Sprintf("broadcast-%d.csv", id), adminChat: fmt.Sprintf("rate-%d.png", id), 11: "", 13: ""} {
			var names []string
			for _, m := range n.Messages(chat) {
				if m.Document != nil {
					names = append(names, m.Document.Name)
					if !m.Protected {
						t.Errorf("%s can be forwarded", m.Document.Name)
					}
				}
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("chat %d has the files %q, want %q", chat, got, want)
			}
		}
		if got := n.on(12, adminChat, id+100, text.BroadcastList); !strings.Contains(got, "There is no broadcast") {
			t.Errorf("of one that is not there: %q", got)
		}
	})
}

func TestACorrectionKeepsWhatItDoesNotName(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		id := n.broadcast(`for=15m0s from=2026-11-24T11:00:00Z`)
		n.Say(11, adminChat, fmt.Sprintf("/broadcast_edit %d for=1h", id))
		n.pass(time.Second)
		r := n.only()
		if r.Action().Name != "broadcast_edit" || r.Asked.Args["broadcast"] != fmt.Sprint(id) || r.Asked.Args["values"] != `for="1h0m0s" from="2026-11-24T11:00:00Z"` {
			t.Errorf("asked for %s %v", r.Action().Name, r.Asked.Args)
		}
	})
}

// Every no of package broadcast has its sentence: text cannot see them and names them itself.
func TestRefusalsOfBroadcastsHaveSentences(t *testing.T) {
	w := text.Words{}
	for _, reason := range []broadcast.Reason{broadcast.NoSuchBroadcast, broadcast.AlreadyOver, broadcast.AlreadyPaused, broadcast.NotPaused, broadcast.NotYourPause} {
		if got := w.BroadcastRefusalLine(text.BroadcastNo{Reason: string(reason), ID: 7, Status: "done", Who: "bob"}); strings.Contains(got, "cannot be done") {
			t.Errorf("%s: %q", reason, got)
		}
	}
	for _, kind := range []string{broadcast.KindBegun, broadcast.KindPaused, broadcast.KindResumed, broadcast.KindCancelled, broadcast.KindEnded, broadcast.KindHeld, broadcast.KindPosted, broadcast.KindClosed} {
		if !text.Told(kind) {
			t.Errorf("%s has no sentence", kind)
		}
	}
	for a, b := range map[string]string{text.HeldRed: broadcast.HeldRed, text.HeldLimit: broadcast.HeldLimit, text.HeldChanged: broadcast.HeldChanged, text.HeldLate: broadcast.HeldLate,
		text.HeldLapsed: broadcast.HeldLapsed, text.HeldCannot: broadcast.HeldCannot, text.BroadcastRunning: string(broadcast.Running), text.BroadcastPaused: string(broadcast.PausedNow),
		text.BroadcastCancelled: string(broadcast.Gone), text.BroadcastDone: string(broadcast.Done), text.BroadcastFailed: string(broadcast.Failed)} {
		if a != b {
			t.Errorf("text says %q for %q", a, b)
		}
	}
}
