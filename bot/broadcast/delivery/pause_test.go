package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"twokey/bot/broadcast/delivery"
	"twokey/bot/telegram/fakebot"
)

// TestPause: nothing leaves after it, nothing is left under way, and it goes on where it was.
func TestPause(t *testing.T) {
	paces(t, func(t *testing.T, w *world) {
		j := w.job(1, w.people(300))
		w.prepare(j)
		for i := range 5 {
			ctx, pause := context.WithCancelCause(w.t.Context())
			why := fmt.Errorf("pause %d", i)
			var at time.Time
			time.AfterFunc(1234*time.Millisecond, func() {
				at = time.Now()
				pause(why)
			})
			if err := w.sender.Send(ctx, j, nil); err != why {
				t.Errorf("paused: %v, want %v itself", err, why)
			}
			calls := w.fake.CallsOf("sendMessage")
			if last := calls[len(calls)-1]; last.At.After(at) {
				t.Errorf("a message left %s after the pause", last.At.Sub(at))
			}
			if got := w.totals(1); got.Sending != 0 || got.Unknown != 0 || got.Sent != len(calls) {
				t.Errorf("after pause %d and %d calls: %+v", i, len(calls), got)
			}
			time.Sleep(time.Hour)
		}
		w.must(w.send(j))
		w.wants("totals", w.totals(1), delivery.Totals{Total: 300, Sent: 300, Prepared: true})
		w.once(1)
	})
}

// TestAPauseIsBounded: a call that hangs is given up after a while, and unknown.
func TestAPauseIsBounded(t *testing.T) {
	bubble(t, func(w *world) {
		j := w.job(1, w.people(20))
		w.prepare(j)
		w.fake.Fail(fakebot.Fault{Match: every(9), Kind: fakebot.Hang, Processed: true})
		ctx, pause := context.WithCancel(w.t.Context())
		var at time.Time
		time.AfterFunc(500*time.Millisecond, func() {
			at = time.Now()
			pause()
		})
		err := w.sender.Send(ctx, j, nil)
		if d := time.Since(at); !errors.Is(err, context.Canceled) || d > 16*time.Second {
			t.Errorf("paused in %s: %v", d, err)
		}
		if got := w.totals(1); got.Unknown != 1 || got.Sending != 0 {
			t.Errorf("after the pause: %+v", got)
		}
		w.once(1)
	})
}

// TestCancel: what is still queued is taken back, counted and listed; nobody gets it any more.
func TestCancel(t *testing.T) {
	bubble(t, func(w *world) {
		j := w.job(1, w.people(300))
		w.prepare(j)
		ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Second)
		defer cancel()
		if err := w.sender.Send(ctx, j, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send = %v", err)
		}
		sent := w.totals(1).Sent
		w.must(w.ledger.Drop(w.t.Context(), 1))
		w.must(w.send(j))
		w.wants("totals", w.totals(1), delivery.Totals{Total: 300, Sent: sent, Cancelled: 300 - sent, Prepared: true})
		w.once(1)
	})
}

// TestTheWrongBot: with another bot's token nothing is sent, and it says so.
func TestTheWrongBot(t *testing.T) {
	bubble(t, func(w *world) {
		j := w.job(1, w.people(3))
		j.Bot++
		err := w.send(j)
		var blocked *delivery.Blocked
		if !errors.As(err, &blocked) || blocked.Reason != delivery.ReasonWrongBot || blocked.Is != w.fake.BotID() || blocked.Want != j.Bot {
			t.Errorf("Send = %v", err)
		}
		w.wants("messages", len(w.fake.CallsOf("sendMessage")), 0)
		w.wants("totals", w.totals(1), delivery.Totals{Total: 3, Queued: 3, Prepared: true})
	})
}

// TestARevokedToken stops the job; with a good one it goes on.
func TestARevokedToken(t *testing.T) {
	bubble(t, func(w *world) {
		j := w.job(1, w.people(100))
		again := make(chan func(), 1)
		time.AfterFunc(2*time.Second, func() {
			again <- w.fake.Fail(fakebot.Fault{N: -1, Kind: fakebot.JSONError, Code: 401, Description: "Unauthorized"})
		})
		for range 2 { // in the middle, and when asked who it is
			var blocked *delivery.Blocked
			if err := w.send(j); !errors.As(err, &blocked) || blocked.Reason != delivery.ReasonRevoked || blocked.Hint() == "" {
				t.Errorf("Send = %v", err)
			}
		}
		if got := w.totals(1); got.Sent == 0 || got.Sent+got.Queued != 100 {
			t.Errorf("with a revoked token: %+v", got)
		}
		(<-again)()
		w.must(w.send(j))
		w.wants("totals", w.totals(1), delivery.Totals{Total: 100, Sent: 100, Prepared: true})
		w.once(1)
	})
}

// TestATextThatTelegramRefuses stops all of it at the first; nothing more is sent.
func TestATextThatTelegramRefuses(t *testing.T) {
	for _, row := range []struct {
		say, lang, html string
		before          int // who got it before that
	}{
		{"a tag that is not closed, in the first language", "en", "<b>Maintenance", 1},
		{"a tag that is not closed, in another language", "ru", "<b>Работы", 9},
		{"too long, at the very first", "pt", strings.Repeat("x", 5000), 0},
	} {
		t.Run(row.say, func(t *testing.T) {
			bubble(t, func(w *world) {
				j := w.job(1, w.people(40))
				j.Texts[row.lang] = row.html
				var refused *delivery.Refused
				if err := w.send(j); !errors.As(err, &refused) || refused.Lang != row.lang {
					t.Errorf("Send = %v", err)
				}
				got, left := w.totals(1), 0
				var heard time.Time
				for _, c := range w.fake.CallsOf("sendMessage") {
					if c.Code == 400 && heard.IsZero() {
						heard = c.At.Add(120 * time.Millisecond) // at the latest
					} else if !heard.IsZero() && c.Code == 200 {
						left++
					}
					if !heard.IsZero() && c.At.After(heard) {
						t.Errorf("a message left %s after the refusal was heard", c.At.Sub(heard))
					}
				}
				if got.Failed != 1 || got.Sent != row.before+left || got.Sent+got.Failed+got.Queued != 40 {
					t.Errorf("totals: %+v, want %d sent, %d that had left already, and one failed", got, row.before, left)
				}
				w.once(1)
			})
		})
	}
}

// TestJobsShareTheStream: two at once are as fast as one.
func TestJobsShareTheStream(t *testing.T) {
	bubble(t, func(w *world) {
		people := w.people(150)
		began, ended := time.Now(), make(chan error)
		for id := range uint64(3) {
			j := w.job(id+1, people)
			w.prepare(j)
			go func() { ended <- w.sender.Send(w.t.Context(), j, nil) }()
		}
		for range 3 {
			w.must(<-ended)
		}
		if took := time.Since(began); took < 15*time.Second || took > 17*time.Second {
			t.Errorf("450 messages took %s", took)
		}
		w.wants("rate limits", w.refused(), 0)
		if err := w.sender.Send(w.t.Context(), w.job(9, people), nil); err == nil {
			t.Error("a job that nobody prepared was sent")
		}
	})
}

// TestRateIsAskedAnew: the service comes up and takes its share.
func TestRateIsAskedAnew(t *testing.T) {
	bubble(t, func(w *world) {
		began := time.Now()
		w.sender.Rate = func() float64 {
			if time.Since(began) < 5*time.Second {
				return 20
			}
			return 5
		}
		w.must(w.send(w.job(1, w.people(150))))
		if took := time.Since(began); took < 14*time.Second || took > 17*time.Second {
			t.Errorf("100 in 5 s and 50 at 5 a second took %s", took)
		}
		samples, err := w.ledger.Rates(w.t.Context(), 1)
		w.must(err)
		if fast, slow := samples[2].PerSecond, samples[9].PerSecond; fast < 18 || fast > 22 || slow < 4 || slow > 6 || len(samples) > 17 {
			t.Errorf("rates: %v, %v, %d samples", fast, slow, len(samples))
		}
	})
}
