package delivery

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestAHaltHoldsBackWhatWaits for its moment: it was claimed, and does not leave.
func TestAHaltHoldsBackWhatWaits(t *testing.T) {
	for _, row := range []struct {
		say    string
		happen func(r *run)
		held   bool
	}{
		{"nothing happens", func(*run) {}, false},
		{"a halt that lasts", func(r *run) { r.pace.halt(r.now(), time.Second) }, true},
		{"a halt that is over", func(r *run) { r.pace.halt(r.now(), time.Millisecond) }, false},
		{"a pause", func(r *run) { r.stop(context.Canceled) }, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRun(&Sender{}, Job{}, facts{}, nil)
			r.leaving, r.stop = context.WithCancelCause(t.Context())
			time.AfterFunc(10*time.Millisecond, func() { row.happen(r) })
			if _, held := r.await(time.Now().Add(50 * time.Millisecond)); held != row.held {
				t.Errorf("%s: held = %v", row.say, held)
			}
			r.stop(nil)
		})
	}
}

// TestTrouble: what fails together is one failure; each further one doubles the pause; an answer ends it.
func TestTrouble(t *testing.T) {
	var tr trouble
	now := time.Now()
	at := func(ms int) time.Time { return now.Add(time.Duration(ms) * time.Millisecond) }
	wants := func(say string, look bool, until time.Time) {
		t.Helper()
		if tr.look != look || !tr.until.Equal(until) {
			t.Errorf("%s: look %v until %s; want %v, %s", say, tr.look, tr.until.Sub(now), look, until.Sub(now))
		}
	}
	tr.failed(at(0), at(100), "cut")
	wants("the first", true, at(350))
	for i := range 20 {
		tr.failed(at(i), at(101+i), "cut")
	}
	wants("what was under way with it", true, at(350))
	tr.passed(at(50))
	tr.failed(at(360), at(400), "cut")
	wants("the second, after an answer to something older", true, at(900))
	tr.failed(at(910), at(1000), "cut")
	wants("the third", true, at(2000))
	tr.passed(at(2100))
	tr.failed(at(2200), at(2300), "cut")
	wants("the first after an answer", true, at(2550))
	if d := pauseAfter(99); d != maxPause {
		t.Errorf("after 99 failures it pauses %s", d)
	}
}
