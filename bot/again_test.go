package bot_test

import (
	"fmt"
	"testing"
	"time"

	"twokey/bot/telegram/fakebot"
)

// What was posted, said and done in one life is not posted, said or done again in the next.
func TestTheNextLifeRepeatsNothing(t *testing.T) {
	with := shift{nudge: []time.Duration{time.Minute, 3 * time.Minute}}
	spend(t, with, func(n *night) {
		id := n.ask("/touch")
		n.pass(3*time.Minute + 10*time.Second)
		n.want(adminChat, "left", 2)
		sends := len(n.CallsOf("sendMessage"))
		n.again(with)
		n.pass(time.Minute)
		if got := len(n.CallsOf("sendMessage")); got != sends || len(n.calls()) != 1 {
			t.Errorf("the next life sent %d messages, and somebody else was called %d times in all", got-sends, len(n.calls()))
		}
		n.goesOn(id, 12, 12)
		n.want(adminChat, "succeeded", 1)
		n.want(13, "succeeded", 1)
	})
}

// It dies after the old card became one line and before the new one was sent: the next life makes the old one whole.
func TestACrashWhileACardMovesBelow(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		id := n.ask("/touch")
		first := n.shows(adminChat, "pending")[0]
		for i := range 12 {
			n.Say(12, adminChat, fmt.Sprint("talk ", i))
		}
		release := n.Fail(fakebot.Fault{Method: "sendMessage", Kind: fakebot.Hang, N: -1, Match: in(adminChat)})
		n.pass(10 * time.Second)
		if m, _ := n.Message(adminChat, first.ID); len(m.Buttons) != 0 {
			t.Fatalf("the old card was not edited first: %q", m.Text)
		}
		n.end()
		release()
		n.again(shift{})
		if m, _ := n.Message(adminChat, first.ID); len(m.Buttons) == 0 || !m.Pinned {
			t.Errorf("it has buttons %v, pinned %v, and says %q", m.Buttons, m.Pinned, m.Text)
		}
		n.goesOn(id, 12, adminChat)
	})
}

// It dies when all is told and the pin is still there: the card is not closed, so the next life takes it off.
func TestACrashLeavesNothingPinned(t *testing.T) {
	spend(t, shift{}, func(n *night) {
		id := n.ask("/touch")
		release := n.Fail(fakebot.Fault{Method: "unpinChatMessage", Kind: fakebot.Hang, N: -1})
		n.approve(id)
		n.run(id)
		n.pass(10 * time.Second)
		m := n.shows(adminChat, "succeeded")[0]
		if !m.Pinned || len(n.cards.Open()) != 1 {
			t.Fatalf("pinned %v, %d cards open: the story is another one", m.Pinned, len(n.cards.Open()))
		}
		n.end()
		release()
		n.again(shift{})
		if m, _ := n.Message(adminChat, m.ID); m.Pinned || len(n.cards.Open()) != 0 {
			t.Errorf("pinned %v, cards of %v open", m.Pinned, n.cards.Open())
		}
		for _, c := range n.CallsOf("pinChatMessage") {
			if c.Params["disable_notification"] != "true" || !in(adminChat)(c) {
				t.Errorf("pinned with a sound, or in private: %v", c.Params)
			}
		}
	})
}
