package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/bot/broadcast"
	"twokey/internal/journal"
)

// panicked has ann press panic, and the service stop.
func (n *night) panicked() actions.ID {
	n.t.Helper()
	n.Say(11, adminChat, "/panic double payments")
	n.pass(2 * time.Second)
	id := n.only().ID
	n.run(id)
	n.pass(5 * time.Second)
	return id
}

// begins puts a notice into the journal, as package broadcast does.
func (n *night) begins(t step.Telling) uint64 {
	n.t.Helper()
	e := decide(n.t, n.log, func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: broadcast.KindBegun, Actor: "twokey", Body: broadcast.Begun{Telling: t}}, nil
	})
	n.pass(5 * time.Second)
	return e.Seq
}

func (n *night) entry(kind string, body any) {
	n.t.Helper()
	decide(n.t, n.log, func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: kind, Actor: "twokey", Body: body}, nil
	})
	n.pass(5 * time.Second)
}

// The card of a panic says what users know of it, whatever becomes of that, in every chat it stands in.
func TestAPanicSaysWhatUsersKnow(t *testing.T) {
	with := shift{notices: &phrases{}}
	spend(t, with, func(n *night) {
		n.begins(step.Telling{Do: step.NoticeTell, Template: "service_update", Users: 7}) // before it
		n.panicked()
		users := func(want string) {
			t.Helper()
			for _, chat := range []int64{adminChat, 12} {
				if m := n.shows(chat, "pressed panic"); len(m) != 1 || !strings.Contains(m[0].Text, "Users: "+want) || strings.Count(m[0].Text, "Users:") != 1 {
					t.Errorf("chat %d has %v, want Users: %s", chat, m, want)
				}
			}
		}
		users("not told\n")
		id := n.begins(step.Telling{Do: step.NoticeTell, Template: "maintenance.starting", Users: 1290})
		users("being told since ")
		n.entry(broadcast.KindPaused, broadcast.Paused{Broadcast: id, Person: "bob"})
		users("maintenance starting, begun ")
		n.entry(broadcast.KindResumed, broadcast.Resumed{Broadcast: id, Person: "bob"})
		n.entry(broadcast.KindEnded, broadcast.Ended{Broadcast: id, Counts: broadcast.Counts{Sent: 1204, Total: 1290}})
		users("told ")
		if m := n.shows(adminChat, "pressed panic")[0]; !strings.Contains(m.Text, "maintenance starting, 1\u00a0204 reached") {
			t.Errorf("the card is %q", m.Text)
		}
		n.again(with)
		users("told ")
		n.begins(step.Telling{Do: step.NoticeRecall, Of: id})
		if m := n.shows(adminChat, "pressed panic")[0]; !strings.Contains(m.Text, "taken back") {
			t.Errorf("the card is %q", m.Text)
		}
	})
	spend(t, shift{}, func(n *night) { // nobody can be told
		n.panicked()
		if m := n.shows(adminChat, "pressed panic"); len(m) != 1 || strings.Contains(m[0].Text, "Users:") || hasButton(m[0], "Tell the users") {
			t.Errorf("the card is %v", m)
		}
	})
}

// The card of a panic begins the right notice; when users know already, a person chooses.
func TestTellingTheUsersOfAPanic(t *testing.T) {
	spend(t, shift{notices: &phrases{}}, func(n *night) {
		id := n.panicked()
		n.press(12, adminChat, "Tell the users")
		n.want(adminChat, "maintenance starting: from?", 1)
		n.want(adminChat, fmt.Sprintf("About: run %d", id), 1)
		n.press(12, adminChat, "Another notice") // it was chosen for them
		n.want(adminChat, "What do you want to tell the users?", 1)
		n.press(12, adminChat, "Drop it")
		n.begins(step.Telling{Do: step.NoticeTell, Template: "maintenance.starting", Users: 1290})
		n.press(12, adminChat, "Tell the users")
		n.want(adminChat, "What do you want to tell the users?", 1)
	})
	spend(t, shift{notices: &phrases{own: true}}, func(n *night) { // no such template
		n.panicked()
		n.press(12, adminChat, "Tell the users")
		n.want(adminChat, "What do you want to tell the users?", 1)
		n.press(12, adminChat, "service update")
		if m := n.shows(adminChat, "service update: from?"); len(m) != 1 || hasButton(m[0], "Another notice") {
			t.Errorf("bob chose it himself, and is asked %v", m)
		}
	})
}
