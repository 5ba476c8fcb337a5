package delivery_test

import (
	"testing"
	"time"

	"twokey/bot/broadcast/delivery"
)

// TestOneAfterTheOther: the stream keeps a limit of 30 a second at 29, nobody is left out, nobody gets it twice, and those who
// cannot be written to are remembered.
func TestOneAfterTheOther(t *testing.T) {
	bubble(t, func(w *world) {
		const all, blocked, gone = 1500, 75, 30
		people := w.people(all)
		for id := range int64(blocked) {
			w.fake.Block(20*id + 1)
		}
		for id := range int64(gone) {
			w.fake.Deactivate(50*id + 10)
		}
		began := time.Now()
		w.must(w.send(w.job(1, people)))
		if took := time.Since(began); took > 53*time.Second || took < 1499*time.Second/30 {
			t.Errorf("it took %s", took)
		}
		w.wants("the first", w.totals(1), delivery.Totals{Total: all, Sent: all - blocked - gone, Blocked: blocked, Gone: gone, Prepared: true})
		w.once(1)
		began = time.Now()
		w.must(w.send(w.job(2, people)))
		if took := time.Since(began); took > 49*time.Second {
			t.Errorf("the second took %s", took)
		}
		w.wants("the second", w.totals(2), delivery.Totals{Total: all, Sent: all - blocked - gone, Skipped: blocked + gone, Prepared: true})
		w.wants("rate limits met", w.refused(), 0)
	})
}
