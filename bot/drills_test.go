package bot_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot"
	"twokey/bot/telegram/fakebot"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/drills/calendar"
	"twokey/internal/journal"
)

// tell says something in the admin chat and gives what is answered, as one line.
func (n *night) tell(user int64, words string, opts ...fakebot.SayOption) string {
	n.t.Helper()
	before := map[int]bool{}
	for _, m := range n.shows(adminChat, "") {
		before[m.ID] = true
	}
	n.Say(user, adminChat, words, opts...)
	n.pass(5 * time.Second)
	var all []string
	for _, m := range n.shows(adminChat, "") {
		if !before[m.ID] {
			all = append(all, strings.ReplaceAll(m.Text, "\n", " "))
		}
	}
	return strings.Join(all, " --- ")
}

func (n *night) tells(user int64, words, want string, opts ...fakebot.SayOption) {
	n.t.Helper()
	if got := n.tell(user, words, opts...); !strings.Contains(got, want) || want == "" && got != "" {
		n.t.Errorf("%s is answered with %q, want %q; reported %v", words, got, want, n.reports())
	}
}

// What is not in the config says so, and what is needed.
func TestDrillsThatAreOffSaySo(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		for _, c := range []string{"drills", "drill", "away", "back"} {
			n.tells(11, "/"+c, "/"+c+" is off")
		}
		m := n.shows(adminChat, "")[0].ID
		callback := n.Press(12, adminChat, m, text.Press{Seq: 7, Choice: "za"}.Data())
		n.pass(2 * time.Second)
		if a, _ := n.AnswerTo(callback); !strings.Contains(a.Text, "from another time") {
			t.Errorf("answered %q", a.Text)
		}
		n.Say(11, adminChat, "hello", fakebot.ReplyTo(m))
		n.pass(2 * time.Second)
	})
}

func TestTheListOfDrills(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		n.tells(11, "/drills", "🧪 0 of 2 drills proven  database · Tue 4 Jan 10:00 never held")
		x := n.ended(p)
		n.tells(11, "/drills", fmt.Sprintf("database · Tue 4 Apr 10:00 passed 1 Jan, 15 s of 30 min The runbook changed since the last drill. not signed: #%d", x.ID))
		n.tells(11, "/drills", "🧪 1 of 2 drills proven")
		n.tells(11, "/drill", "🧪 1 of 2 drills proven")
	})
}

// What is overdue, how many passed in a row and what is proven follow from the exercises, not from what was once noted.
func TestHowADrillStands(t *testing.T) {
	p := newPractice()
	quarter := func(i int) calendar.Period {
		from := time.Date(2000, time.Month(1+3*i), 1, 0, 0, 0, 0, time.UTC)
		return calendar.Period{Name: fmt.Sprintf("2000-Q%d", i+1), From: from, Until: from.AddDate(0, 3, 0)}
	}
	// Each letter is an exercise of a quarter: pass, partial, fail, skipped, missed, open.
	for _, tt := range []struct {
		why, story string
		streak     int
		overdue    int // days, on 1 January 2001
		proven     bool
	}{
		{"never held", "", 0, 0, false},
		{"held and passed", "p", 1, 0, true},
		{"three in a row", "fppp", 3, 0, true},
		{"the last one failed: an old success hides nothing", "ppf", 0, 0, false},
		{"in part is less", "ppa", 0, 0, false},
		{"skipped ends the row", "ppsp", 1, 0, true},
		{"missed, and overdue since the end of its period", "ppm", 2, 92, false},
		{"missed twice, overdue since the first", "pmm", 1, 184, false},
		{"missed, and made good in the next", "pmp", 1, 0, true},
		{"not held yet, its period over", "ppo", 2, 92, false},
	} {
		s := drills.NewState()
		for i, what := range tt.story {
			play(s, uint64(100*(i+1)), quarter(i), what)
		}
		now := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
		l := bot.DrillLines(s, p.world(), now, map[drills.Name]string{"database": "aa"})[0]
		if tt.story == "ppm" || tt.story == "ppo" || tt.story == "pmm" {
			if got := int(l.Overdue / (24 * time.Hour)); got != tt.overdue {
				t.Errorf("%s: overdue for %d days, want %d", tt.why, got, tt.overdue)
			}
		} else if l.Overdue != 0 {
			t.Errorf("%s: overdue for %s", tt.why, l.Overdue)
		}
		if streak := tt.streak; tt.story != "ppm" && tt.story != "pmm" && tt.story != "ppo" && l.Streak != streak || l.Proven != tt.proven || l.Changed {
			t.Errorf("%s: %d in a row, proven %v, changed %v", tt.why, l.Streak, l.Proven, l.Changed)
		}
	}
}

// play folds an exercise of a period, which came to that.
func play(s *drills.State, id uint64, p calendar.Period, what rune) {
	at := p.From.Add(72 * time.Hour)
	put := func(seq uint64, body any) { s.Apply(journal.Entry{Seq: seq, Time: at}, body) }
	put(id, &drills.Planned{Drill: "database", Type: drills.Database, Nominal: at, At: at, Period: p, Remind: []time.Duration{0}})
	result := map[rune]drills.Result{'p': drills.Pass, 'a': drills.Partial, 'f': drills.Fail}[what]
	switch what {
	case 'p', 'a', 'f':
		put(id+1, &drills.Started{Exercise: id, Person: "ann", Opening: drills.Opening{Runbook: &drills.Document{SHA256: "aa"}}})
		put(id+2, &drills.Ended{Exercise: id, Person: "ann", Result: result, Reason: "x"})
	case 's':
		put(id+1, &drills.Skipped{Exercise: id, Person: "ann", Reason: "x", Agreed: 2})
	case 'm':
		put(id+1, &drills.Missed{Exercise: id, Drill: "database"})
	}
}

func TestDrillRefusalsInTheChat(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		n.tells(11, "/drill start nosuch", `There is no drill "nosuch". There is: database, approvers. Type /drill start NAME`)
		n.tells(11, "/drill start", "Type: /drill start NAME")
		n.tells(11, "/drill dance", "There is no /drill dance. There is:")
		n.tells(11, "/drill trend nosuch", "There is no drill")
		n.tells(11, "/drill trend", "Type: /drill trend NAME")
		n.tells(11, "/drill trend approvers", "too few results")
		n.tells(11, "/drill report", "No drill is meant")
		n.tells(11, "/drill report 99", "There is no drill #99")
		n.tells(11, "/drill abort", "No drill is meant")
		n.tells(11, "/drill abort 99 because x", "There is no drill #99")
		x := n.known(p)
		n.tells(11, fmt.Sprintf("/drill abort %d because x", x.ID), "does not go on: it is planned")
		n.tells(11, fmt.Sprintf("/drill note %d slow", x.ID), "does not go on")
		n.tells(11, fmt.Sprintf("/drill note #%d", x.ID+1000), "There is no drill")
		n.tells(11, "/drill move database", "Type: /drill move")
		n.tells(11, "/drill move database sometime", "Type: /drill move")
		n.tells(11, "/drill move database 2000-01-03", "Say why")
		n.tells(11, "/drill move database 2010-01-03 because x", "It can be any other time from now until")
		n.tells(11, "/drill skip database", "Say why")
		n.tells(11, "/drill skip database now because x", "Type: /drill skip")
		n.tells(11, "/drill finding 1000 x", "No drill is meant")
		n.tells(11, "/drill close 1 because x", "No drill is meant")
		n.tells(11, "/drill start database", "/drill was sent 1 h ago", fakebot.SentAt(time.Now().Add(-time.Hour)))
		if n.exercise(0).Status != drills.Open {
			t.Error("an old message started it")
		}
		n.Say(12, adminChat, "/drill start database") // anybody may, while nobody accepted
		n.pass(10 * time.Second)
		n.tells(11, "/drill start approvers", "and one drill does at a time: bob holds it")
		n.tells(11, "/drill close database 1 because x", "has no finding that is open")
		n.tells(11, "/drill finding x owner=nobody", `"nobody" is nobody here`)
		n.tells(11, "/drill finding x until=soon", "That is no time to come")
		n.tells(11, "/drill finding x until=1999-01-01", "That is no time to come")
		n.tells(11, "/drill finding", "Type: /drill finding")
		if got := len(n.exercise(0).Findings); got != 0 {
			t.Errorf("%d findings", got)
		}
	})
}

// Who accepts is the owner; the second phone is told so. Strangers press nothing.
func TestTwoPhonesAcceptAtOnce(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		n.AddUser(fakebot.User{ID: 66, FirstName: "Mallory", Started: true})
		x := n.known(p)
		card := n.card(x.ID).ID
		data := text.Press{Seq: x.ID, Choice: "za"}.Data()
		stranger := n.Press(66, adminChat, card, data)
		n.pass(2 * time.Second)
		if a, _ := n.AnswerTo(stranger); a.Text != "" || n.exercise(x.ID).Status != drills.Open {
			t.Errorf("a stranger was answered %q", a.Text)
		}
		bob, cid := n.Press(12, adminChat, card, data), n.Press(13, adminChat, card, data)
		n.pass(5 * time.Second)
		a, _ := n.AnswerTo(bob)
		b, _ := n.AnswerTo(cid)
		if a.Text != "It is yours." || !strings.HasPrefix(b.Text, fmt.Sprintf("bob accepted #%d already.", x.ID)) || n.exercise(x.ID).Owner != "bob" {
			t.Errorf("answered %q and %q", a.Text, b.Text)
		}
		if got := n.tap(13, x.ID, "Start"); !strings.HasPrefix(got, "bob accepted") || !strings.Contains(got, "/drill skip") {
			t.Errorf("cid was answered %q", got)
		}
	})
}

func TestAStepIsFinishedOnceAndByWhoHoldsIt(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.holding(p)
		card := n.card(x.ID).ID
		if got := n.tap(12, x.ID, "Done"); !strings.HasPrefix(got, "ann holds") {
			t.Errorf("bob was answered %q", got)
		}
		done := text.Press{Seq: x.ID, Choice: "zd1"}.Data()
		one, two := n.Press(11, adminChat, card, done), n.Press(11, adminChat, card, done)
		n.pass(5 * time.Second)
		a, _ := n.AnswerTo(one)
		b, _ := n.AnswerTo(two)
		if a.Text != "Done." || !strings.Contains(b.Text, "has moved on") || n.exercise(x.ID).Current() != 2 {
			t.Errorf("answered %q and %q, it is step %d's turn", a.Text, b.Text, n.exercise(x.ID).Current())
		}
	})
}

// What needs words is asked for, and the answer is understood in another life.
func TestWordsAreAskedForAndSurviveARestart(t *testing.T) {
	p := newPractice()
	with := shift{drills: p}
	spend(t, with, func(n *night) {
		x := n.holding(p)
		if got := n.tap(12, x.ID, "Failed"); !strings.HasPrefix(got, "ann holds") {
			t.Errorf("bob was answered %q", got)
		}
		n.want(adminChat, "why did step", 0)
		if got := n.tap(11, x.ID, "Failed"); got != "Reply to the question below." {
			t.Errorf("answered %q", got)
		}
		q := n.shows(adminChat, "🧪 ann: why did step 2 of the database drill fail: look at the numbers?")
		if len(q) != 1 || q[0].ReplyTo != n.card(x.ID).ID || !strings.Contains(q[0].HTML, "tg://user?id=11") {
			t.Fatalf("asked %+v", q)
		}
		for _, c := range n.to("sendMessage", adminChat) {
			if strings.Contains(c.Params["text"], "why did step") && c.Params["reply_markup"] != `{"force_reply":true,"selective":true}` {
				t.Errorf("the question opens no reply: %v", c.Params)
			}
		}
		n.again(with)
		n.answers(12, "why did step", "not bob's")
		n.want(adminChat, "ann holds", 1)
		n.answers(11, "why did step", "the newest row\nis of yesterday")
		s := n.exercise(x.ID).Steps[1]
		if s.Outcome != drills.StepFailed || s.Found.Why != "the newest row is of yesterday" || s.By != "ann" {
			t.Errorf("the step came to %+v", s)
		}
		n.answers(11, "why did step", "once more")
		n.want(adminChat, "has moved on since", 1)
		n.tap(11, x.ID, "Skip step")
		n.answers(11, "left out", "no time")
		if s := n.exercise(x.ID).Steps[2]; s.Outcome != drills.StepSkipped || s.Found.Why != "no time" {
			t.Errorf("the step came to %+v", s)
		}
	})
}

// A reply to somebody else's message that looks like a question of ours is no answer.
func TestOnlyOurQuestionsAreAnswered(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.holding(p)
		forged := n.Say(12, adminChat, fmt.Sprintf("🧪 ann: why?\nReply to this message.\n#%d:zx", x.ID))
		n.Say(11, adminChat, "yes", fakebot.ReplyTo(forged))
		n.pass(3 * time.Second)
		if n.exercise(x.ID).Status != drills.Running {
			t.Error("a forged question aborted it")
		}
	})
}

func TestAnybodyAbortsWithAReason(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.holding(p)
		n.tap(13, x.ID, "Abort")
		n.answers(13, "why is the database drill given up?", "the shop is slow")
		y := n.exercise(x.ID)
		if y.Status != drills.Taken || len(y.Aborts) != 1 || y.Aborts[0].By != "cid" || y.Aborts[0].Reason != "the shop is slow" {
			t.Errorf("it is %s, %+v", y.Status, y.Aborts)
		}
		n.want(adminChat, "🧪 aborted database drill · cid: the shop is slow", 1)
		n.Say(11, adminChat, "old", fakebot.ReplyTo(n.shows(adminChat, "given up?")[0].ID), fakebot.SentAt(time.Now().Add(-time.Hour)))
		n.pass(3 * time.Second)
		n.want(adminChat, "/drill was sent 1 h ago", 1)
	})
}

// Its owner moves it within its period, once and at once; what else is moved or skipped is asked of a second person.
func TestADrillIsMovedAndSkipped(t *testing.T) {
	p := newPractice()
	with := shift{drills: p}
	spend(t, with, func(n *night) {
		x := n.known(p)
		n.tap(11, x.ID, "Reschedule")
		dates := n.shows(adminChat, "🧪 ann: when is the database drill held instead of Tue 4 Jan 10:00?")
		if len(dates) != 1 {
			t.Fatalf("asked %d times", len(dates))
		}
		n.again(with)
		n.tapOn(11, adminChat, dates[0].ID, "Thu 6 Jan 10:00")
		n.answers(11, "why is the database drill held Thu 6 Jan 10:00 instead?", "the dentist")
		if at := n.exercise(x.ID).At; !at.Equal(time.Date(2000, 1, 6, 10, 0, 0, 0, time.UTC)) {
			t.Fatalf("it is %s", at)
		}
		n.want(adminChat, "🧪 database drill is Thu 6 Jan 10:00 now · ann: the dentist", 1)
		n.tell(11, fmt.Sprintf(`/drill move %d 2000-01-07 11:30 because it's the "dentist" again`, x.ID))
		r := n.last()
		if r.Action().Name != "drill_move" || r.Asked.Args["exercise"] != fmt.Sprint(x.ID) || r.Asked.Args["to"] != "2000-01-07T11:30:00Z" ||
			r.Asked.Reason != `it's the "dentist" again` || r.Asked.Person != "ann" {
			t.Errorf("asked for %s %v because %q", r.Action().Name, r.Asked.Args, r.Asked.Reason)
		}
		if m := n.card(x.ID); !strings.Contains(m.Text, fmt.Sprintf("ann asks #%d /drill_move", r.ID)) {
			t.Errorf("the card says %q", m.Text)
		}
		n.tap(12, x.ID, "Reschedule")
		n.answers(12, "🧪 bob: when is", "12:00 I am away")
		if r := n.last(); r.Asked.Person != "bob" || r.Asked.Args["to"] != "2000-01-06T12:00:00Z" || r.Asked.Reason != "I am away" {
			t.Errorf("%s asked for %v because %q", r.Asked.Person, r.Asked.Args, r.Asked.Reason)
		}
		n.tap(13, x.ID, "Skip")
		n.answers(13, "why is the database drill of Thu 6 Jan 10:00 not held?", "the database moves")
		if r := n.last(); r.Action().Name != "drill_skip" || r.Asked.Person != "cid" || r.Asked.Args["exercise"] != fmt.Sprint(x.ID) || r.Asked.Reason != "the database moves" {
			t.Errorf("%s asked for %s %v", r.Asked.Person, r.Action().Name, r.Asked.Args)
		}
		if n.exercise(x.ID).Status != drills.Open {
			t.Error("one person skipped it")
		}
	})
}

// When not all is well it does not start; two people can let it.
func TestADrillThatIsRedDoesNotStart(t *testing.T) {
	p := newPractice()
	with := shift{drills: p}
	spend(t, with, func(n *night) {
		x := n.known(p)
		n.tap(11, x.ID, "Accept")
		p.set(func() {
			p.looks = []drills.Look{{Name: "disk", State: drills.Red, Text: "3 GB are free", Hint: "make room"}, {Name: "backup", State: drills.Green, Text: "9 h old"}}
		})
		n.tap(11, x.ID, "Start")
		red := n.shows(adminChat, "🧪 database drill does not start yet")
		if len(red) != 1 || !strings.Contains(red[0].Text, "✗ disk: 3 GB are free.") || strings.Contains(red[0].Text, "backup") {
			t.Fatalf("the chat has %s", n.everything(adminChat))
		}
		n.tapOn(11, adminChat, red[0].ID, "Look again")
		n.want(adminChat, "does not start yet", 2)
		n.again(with)
		n.tapOn(11, adminChat, red[0].ID, "Ask to start anyway")
		n.answers(11, "although not all is well?", "the disk is being cleaned")
		r := n.only()
		if r.Action().Name != "drill_anyway" || r.Asked.Args["exercise"] != fmt.Sprint(x.ID) || r.Asked.Reason != "the disk is being cleaned" {
			t.Fatalf("asked for %s %v", r.Action().Name, r.Asked.Args)
		}
		n.agree(drills.Agreed{Do: drills.AgreedAnyway, Exercise: x.ID, Person: "ann", Reason: "x", People: 2, Red: []string{"another"}})
		n.tap(11, x.ID, "Start")
		n.want(adminChat, "does not start yet", 3)
		n.agree(drills.Agreed{Do: drills.AgreedAnyway, Exercise: x.ID, Person: "ann", Reason: "x", People: 2, Red: []string{"disk"}})
		n.tap(11, x.ID, "Start")
		if n.exercise(x.ID).Status != drills.Running {
			t.Errorf("two people agreed, and it is %s", n.exercise(x.ID).Status)
		}
		n.want(adminChat, "Two people let it start although red: disk", 1)
	})
}

// last is the newest request.
func (n *night) last() *actions.Request {
	n.t.Helper()
	for r := range n.newest() {
		return r
	}
	n.t.Fatal("nothing was asked")
	return nil
}

// agree puts what two people decided into the journal, as the step of the action does.
func (n *night) agree(a drills.Agreed) {
	n.t.Helper()
	decide(n.t, n.log, func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: actions.KindStepDone, Actor: "twokey", Body: map[string]any{"request": 99999, "data": map[string]any{"drill": a}}}, nil
	})
	n.pass(2 * time.Second)
}

func TestWhatTwoPeopleAgreeOnIsTold(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.known(p)
		n.agree(drills.Agreed{Do: drills.AgreedMove, Exercise: x.ID, Person: "bob", Reason: "too early", People: 2, To: time.Date(2000, 1, 5, 10, 0, 0, 0, time.UTC)})
		n.want(adminChat, "🧪 database drill is Wed 5 Jan 10:00 now · bob: too early", 1)
		n.agree(drills.Agreed{Do: drills.AgreedSkip, Exercise: x.ID, Person: "bob", Reason: "it moves", People: 2})
		n.pass(10 * time.Second)
		n.want(adminChat, "🧪 skipped database drill · bob: it moves", 1)
		n.want(adminChat, "🧪 skipped database drill · not performed", 1)
		if !n.exercise(x.ID).Closed {
			t.Error("its card is open")
		}
	})
}

func TestWhatCannotBeSeenDoesNotStart(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		n.known(p)
		p.set(func() { p.blind = errors.New("no route to host") })
		n.tells(11, "/drill start database", "🧪 that did not work: it could not be seen whether the drill can start")
		if n.exercise(0).Status != drills.Open || n.reported("no route to host") != 1 {
			t.Errorf("it is %s, reported %v", n.exercise(0).Status, n.reports())
		}
	})
}

// A drill that nobody planned is started by name.
func TestADrillIsStartedByName(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		n.Say(12, adminChat, "/drill start database")
		n.pass(10 * time.Second)
		x := n.exercise(0)
		if x.Trigger != drills.Manual || x.Status != drills.Running || x.By != "bob" {
			t.Fatalf("it is %s, %s by %s", x.Trigger, x.Status, x.By)
		}
		n.tells(11, "/drill", "🧪 running database drill · step 1 of 3")
	})
}

// A reply to the card of a drill that goes on is a note: words, or a photo. Replies to anything else are people talking.
func TestRepliesAreNotes(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		n.AddUser(fakebot.User{ID: 66, FirstName: "Mallory", Started: true})
		x := n.known(p)
		n.Say(12, adminChat, "see you there", fakebot.ReplyTo(n.card(x.ID).ID)) // it does not go on
		x = n.ended(p)
		x = n.exercise(x.ID)
		card := fakebot.ReplyTo(n.card(x.ID).ID)
		n.Say(12, adminChat, "the load\nwas slow", card)
		n.Say(13, adminChat, "the graph", card, fakebot.WithPhoto("graph.png", shot(t)))
		n.Say(13, adminChat, "", card, fakebot.WithPhoto("graph2.png", shot(t)))
		n.Say(12, adminChat, "as a file", card, fakebot.WithDocument("big.png", shot(t)))
		n.Say(66, adminChat, "I am nobody", card)
		n.Say(12, adminChat, "not a note")
		n.Say(12, adminChat, "forwarded", card, fakebot.Forwarded())
		n.Say(12, adminChat, "late", card, fakebot.SentAt(time.Now().Add(-time.Hour)))
		n.pass(10 * time.Second)
		var got []string
		for _, note := range n.exercise(x.ID).Notes {
			line := string(note.Person) + ": " + note.Text
			if note.Photo != nil {
				line += fmt.Sprintf(" + %d bytes", note.Photo.Bytes)
				if data := p.kept[fmt.Sprintf("%d/%s", x.ID, note.Photo.Name)]; string(data) != string(shot(t)) || !strings.HasSuffix(note.Photo.Name, ".png") {
					t.Errorf("%s was kept as %d bytes", note.Photo.Name, len(data))
				}
			}
			got = append(got, line)
		}
		bytes := fmt.Sprintf(" + %d bytes", len(shot(t)))
		want := map[string]bool{"bob: as a file" + bytes: true, "bob: the load was slow": true, "bob: late": true, "cid: the graph" + bytes: true, "cid: " + bytes: true}
		if len(got) != len(want) {
			t.Errorf("noted %q", got)
		}
		for _, line := range got {
			if !want[line] {
				t.Errorf("noted %q", line)
			}
		}
		n.want(adminChat, "9 of 9", 0)
		n.want(adminChat, ", 5 notes", 1)
		n.tells(11, "/drill note it was hot because of summer", fmt.Sprintf("🧪 noted for #%d.", x.ID))
		notes := n.exercise(x.ID).Notes
		if last := notes[len(notes)-1]; last.Text != "it was hot because of summer" {
			t.Errorf("noted %q", last.Text)
		}
	})
}

func TestAPhotoThatCannotBeKeptIsNoNote(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.holding(p)
		card := fakebot.ReplyTo(n.card(x.ID).ID)
		n.Fail(fakebot.Fault{Method: "getFile", Kind: fakebot.JSONError, Code: 400, Description: "Bad Request: file is too big"})
		n.tells(12, "look", "🧪 that did not work: the photo could not be fetched, and the note was not taken", card, fakebot.WithPhoto("a.png", shot(t)))
		n.tells(12, "look", "at most 10 MB", card, fakebot.Raw(func(m map[string]any) {
			m["photo"] = []map[string]any{{"file_id": "x", "width": 9000, "height": 900, "file_size": 11 << 20}}
		}))
		n.tells(12, "the report", "that is no picture: send a photo, or a JPEG or PNG as a file", card, fakebot.WithDocument("a.png", []byte("%PDF-1.7")))
		if notes := n.exercise(x.ID).Notes; len(notes) != 0 || len(p.kept) != 0 {
			t.Errorf("noted %v", notes)
		}
		for _, line := range n.reports() {
			if strings.Contains(line, token[10:]) {
				t.Errorf("a report holds the token: %s", line)
			}
		}
	})
}

// Its record comes as files where it was asked for, and cannot be forwarded.
func TestTheRecordAndThePicture(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.ended(p)
		n.Say(12, adminChat, "/drill report")
		asked := n.Say(12, adminChat, fmt.Sprintf("/drill report #%d", x.ID))
		n.pass(3 * time.Second)
		n.tap(13, x.ID, "Report")
		n.tap(13, x.ID, "Trend")
		n.Say(12, 12, "/drill trend database")
		n.pass(3 * time.Second)
		names := map[string]int{}
		for _, m := range n.Messages(adminChat) {
			if m.Document == nil {
				continue
			}
			names[m.Document.Name]++
			if !m.Protected || !m.Silent || m.ReplyTo == 0 {
				t.Errorf("%s: protected %v, silent %v, a reply to %d", m.Document.Name, m.Protected, m.Silent, m.ReplyTo)
			}
			if strings.HasSuffix(m.Document.Name, ".md") && !strings.HasPrefix(m.Text, fmt.Sprintf("🧪 evidence of #%d, database drill: passed", x.ID)) {
				t.Errorf("its caption is %q", m.Text)
			}
		}
		if md := fmt.Sprintf("drill-%d.md", x.ID); names[md] != 3 || names[strings.Replace(md, ".md", ".json", 1)] != 3 || names["trend-database.png"] != 1 {
			t.Errorf("the chat has %v; asked in %d", names, asked)
		}
		p.set(func() { p.blind = errors.New("disk") })
		n.tells(12, "/drill report", "🧪 that did not work: the record could not be made")
		n.tells(12, "/drill trend database", "🧪 that did not work: the picture could not be made")
	})
}

// A year goes in one file to whoever asks, in private, and can be handed on: that is what it is for.
func TestAYearInOneFile(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		for _, words := range []string{"/drill pack 2999", "/drill pack last", "/drill pack 0", "/drill pack 2000 1999"} {
			n.tells(12, words, "Type: /drill pack 2026")
		}
		n.tells(12, "/drill pack 1998", "🧪 the drills of 1998 are 49 MB, more than a chat takes.")
		n.Say(12, adminChat, "/drill pack")
		n.Say(13, 13, "/drill pack 1999")
		n.pass(3 * time.Second)
		got := map[int64][]string{}
		for _, chat := range []int64{adminChat, 11, 12, 13} {
			for _, m := range n.Messages(chat) {
				if m.Document != nil {
					got[chat] = append(got[chat], m.Document.Name)
				}
				if m.Document != nil && (m.Protected || !strings.Contains(m.Text, "begin with index.html")) {
					t.Errorf("%s: protected %v, %q", m.Document.Name, m.Protected, m.Text)
				}
			}
		}
		if diff := cmp.Diff(map[int64][]string{12: {"drills-2000.zip"}, 13: {"drills-1999.zip"}}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		n.Block(12)
		n.Say(12, adminChat, "/drill pack")
		n.pass(3 * time.Second)
		n.want(adminChat, "I cannot write to you in private", 1)
		p.set(func() { p.blind = errors.New("disk") })
		n.tells(13, "/drill pack", "🧪 that did not work: the year could not be packed")
	})
}

// Who held it does not sign it, nor does anybody who has not seen the newest finding.
func TestASecondPersonSigns(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		x := n.ended(p)
		card := n.card(x.ID).ID
		if got := n.tap(11, x.ID, "Sign off: no findings"); got != fmt.Sprintf("You held it: bob or cid must sign. You can add what you found: /drill finding %d …", x.ID) {
			t.Errorf("ann was answered %q", got)
		}
		n.tells(11, "/drill finding the runbook is stale", "🧪 written down")
		old := n.Press(12, adminChat, card, text.Press{Seq: x.ID, Choice: "zg0"}.Data())
		n.pass(3 * time.Second)
		if a, _ := n.AnswerTo(old); !strings.Contains(a.Text, "has moved on") {
			t.Errorf("bob was answered %q", a.Text)
		}
		n.tap(12, x.ID, "Sign off: 1 finding")
		y := n.exercise(x.ID)
		if y.SignedBy != "bob" || y.Findings[0].Owner != "ann" || y.Findings[0].Due.Sub(y.Findings[0].At) < 13*24*time.Hour {
			t.Errorf("signed by %q, %+v", y.SignedBy, y.Findings)
		}
		n.tells(12, "/drill note "+fmt.Sprint(x.ID)+" one more", "bob signed")
	})
}

func TestAwayAndBack(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		is := func(who string) (away bool) {
			n.log.View(func(now journal.Now) { away = n.held.Absent("ann", now.Time, p.world()) })
			return away
		}
		n.tells(11, "/away", "Until which day are you away? Name the last one, to come and within a year: /away until=2000-01-08")
		n.tells(11, "/away until=1999-12-31", "Until which day")
		n.tells(11, "/away until=2003-01-01", "Until which day")
		n.tells(11, "/away until=soon", "Until which day")
		n.tells(11, "/away nobody until=2000-01-20", `"nobody" is nobody here. There is: ann, bob, cid.`)
		n.tells(11, "/away bob cid until=2000-01-20", "Until which day")
		if is("ann") {
			t.Error("ann is away")
		}
		n.tells(11, "/away until=2000-01-05", "ann is away until Wed 5 Jan, back on Thu 6 Jan. Drills go to somebody else meanwhile. Back before: /back")
		if !is("ann") {
			t.Error("ann is not away")
		}
		x := n.known(p)
		if x.Owner != "bob" {
			t.Errorf("it is %s's", x.Owner)
		}
		n.tells(12, "/away 2000-01-09", "bob is away until Sun 9 Jan, back on Mon 10 Jan")
		n.goOn(p, 1)
		n.want(adminChat, "🧪 cid: database drill, Tue 4 Jan 10:00, is yours: bob is away · please accept", 1)
		n.tells(11, "/away", "Away now: ann, bob.")
		n.tells(11, "/drills", "Away: ann, bob.")
		n.tells(11, "/back", "ann is there again")
		if is("ann") {
			t.Error("ann is away")
		}
		n.tells(11, "/back bob", "bob is there again") // an admin says it of others
		n.tells(11, "/back bob cid", "Type /back, or, an admin, /back NAME")
		n.tells(11, "/away cid today", "cid is away until Sat 1 Jan, back on Sun 2 Jan")
		n.tells(11, "/away until=2000-02-01", "/away was sent 1 h ago", fakebot.SentAt(time.Now().Add(-time.Hour)))
	})
}

// Of others only an admin says that they are away; who holds no role says it of themselves.
func TestWhoMaySaySoOfOthers(t *testing.T) {
	p := newPractice()
	some := []auth.Person{people[0], people[1], {Name: "cid", Accounts: people[2].Accounts, Roles: []auth.Role{"viewer"}}}
	spend(t, shift{drills: p, people: some}, func(n *night) {
		n.tells(13, "/away bob until=2000-01-20", "For somebody else, ann or bob can say it. For yourself: /away until=2000-01-08")
		n.tells(13, "/back bob", "For somebody else, ann or bob can say it. For yourself: /back")
		n.tells(13, "/away until=2000-01-20", "cid is away until Thu 20 Jan")
		n.tells(11, "/back cid", "cid is there again")
	})
}

// Commands work in private as well, and what is decided there is seen in the admin chat.
func TestDrillsInPrivate(t *testing.T) {
	p := newPractice()
	spend(t, shift{drills: p}, func(n *night) {
		n.Say(12, 12, "/drill start database")
		n.pass(10 * time.Second)
		x := n.exercise(0)
		n.want(adminChat, "🧪 running database drill · step 1 of 3", 1)
		n.Say(12, 12, "/drill")
		n.pass(3 * time.Second)
		mine := n.shows(12, "running database drill")
		if len(mine) != 1 {
			t.Fatalf("bob has %s", n.everything(12))
		}
		n.automatic(x.ID)
		if _, err := n.PressButton(12, 12, mine[0].ID, "Abort"); err != nil {
			t.Fatal(err)
		}
		n.pass(3 * time.Second)
		if q := n.shows(12, "given up?"); len(q) != 1 {
			t.Errorf("bob has %s", n.everything(12))
		}
		if got := n.exercise(x.ID).Cards[12]; got != 0 {
			t.Errorf("bob's copy became a card: %d", got)
		}
	})
}
