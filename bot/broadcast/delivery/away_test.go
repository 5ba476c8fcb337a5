package delivery_test

import (
	"context"
	"testing"
	"time"

	"twokey/bot/broadcast/delivery"
)

// TestBlockedUsersAreLookedAfter: one a second, each once a week, by something nobody notices, and only while nothing is sent.
func TestBlockedUsersAreLookedAfter(t *testing.T) {
	bubble(t, func(w *world) {
		people := w.people(50)
		for id := range int64(10) {
			w.fake.Block(id + 1)
		}
		w.fake.Deactivate(11)
		w.must(w.send(w.job(1, people)))
		ctx, stop := context.WithCancel(w.t.Context())
		ended := make(chan error)
		go func() { ended <- w.sender.Probe(ctx) }()
		w.fake.Unblock(4)
		time.Sleep(6 * 24 * time.Hour)
		w.wants("looks within the week", len(w.fake.CallsOf("sendChatAction")), 0)
		time.Sleep(9 * 24 * time.Hour)
		calls := w.fake.CallsOf("sendChatAction")
		w.wants("looks in two weeks", len(calls), 10+9) // nobody looks for a deleted account, or for who is back
		for i, c := range calls[1:] {
			if d := c.At.Sub(calls[i].At); d < time.Second {
				t.Errorf("two looks within %s", d)
			}
		}
		stop()
		w.must(<-ended)
		w.must(w.send(w.job(2, people)))
		w.wants("the next time", w.totals(2), delivery.Totals{Total: 50, Sent: 40, Skipped: 10, Prepared: true})
		w.wants("who is back", w.list(2)[4].state, "sent")
	})
}

// TestNobodyIsLookedAfterWhileAJobIsSent: the stream is the job's.
func TestNobodyIsLookedAfterWhileAJobIsSent(t *testing.T) {
	bubble(t, func(w *world) {
		people := w.people(100)
		w.fake.Block(1)
		w.must(w.send(w.job(1, people)))
		time.Sleep(8 * 24 * time.Hour)
		ctx, stop := context.WithCancel(w.t.Context())
		ended := make(chan error)
		j := w.job(2, w.audience(2, 100))
		w.prepare(j)
		go func() { ended <- w.sender.Send(w.t.Context(), j, nil) }()
		go func() { ended <- w.sender.Probe(ctx) }()
		w.must(<-ended)
		w.wants("looks", len(w.fake.CallsOf("sendChatAction")), 0)
		time.Sleep(2 * time.Second)
		w.wants("looks afterwards", len(w.fake.CallsOf("sendChatAction")), 1)
		stop()
		w.must(<-ended)
	})
}

// TestWhoReturnsToTheAudienceIsWelcome: having left and come back, or when the service says so.
func TestWhoReturnsToTheAudienceIsWelcome(t *testing.T) {
	bubble(t, func(w *world) {
		people := w.people(50)
		for id := range int64(10) {
			w.fake.Block(id + 1)
		}
		w.must(w.send(w.job(1, people)))
		skips := func(audience string) int {
			n, err := w.ledger.Skips(w.t.Context(), audience)
			w.must(err)
			return n
		}
		returned := func(audience string) int {
			n, err := w.ledger.Returned(w.t.Context(), audience)
			w.must(err)
			return n
		}
		w.wants("skipped", []int{skips(people), skips(w.audience(6, 50)), skips(w.audience(11, 50))}, []int{10, 5, 0})
		w.wants("back while they never left", returned(people), 0)
		w.wants("back when 1 to 5 leave", returned(w.audience(6, 50)), 0)
		w.wants("back when they come again", returned(people), 5)
		w.wants("skipped then", skips(people), 5)
		w.must(w.ledger.Back(w.t.Context(), 6, 7))
		w.wants("skipped at last", skips(people), 3)
	})
}
