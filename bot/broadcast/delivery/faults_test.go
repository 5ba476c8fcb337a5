package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"twokey/bot/broadcast/delivery"
	"twokey/bot/telegram/fakebot"
)

// every is a fault's Match: every nth message.
func every(n int) func(fakebot.Call) bool {
	i := 0
	return func(c fakebot.Call) bool {
		if c.Method != "sendMessage" {
			return false
		}
		i++
		return i%n == 0
	}
}

// TestARateLimitHaltsAllOfIt: nothing arrives between hearing of a limit and its end, and of two limits the last one counts.
func TestARateLimitHaltsAllOfIt(t *testing.T) {
	paces(t, func(t *testing.T, w *world) {
		people := w.people(200)
		w.fake.Fail(fakebot.Fault{Match: every(50), Kind: fakebot.JSONError, Code: 429, RetryAfter: 7, Description: "Too Many Requests: retry after 7"})
		w.fake.Fail(fakebot.Fault{Match: every(51), Kind: fakebot.JSONError, Code: 429, RetryAfter: 3, Description: "Too Many Requests: retry after 3"})
		w.must(w.send(w.job(1, people)))
		w.once(1)
		w.wants("sent", w.totals(1).Sent, 200)
		var first time.Time
		for _, c := range w.fake.CallsOf("sendMessage") {
			if c.Code == 429 && first.IsZero() {
				first = c.At
			}
			if d := c.At.Sub(first); !first.IsZero() && d > time.Second/2 && d < 7*time.Second+100*time.Millisecond {
				t.Errorf("a message arrived %s after a limit of 7 s", d)
			}
		}
		w.wants("limits", w.refused(), 2)
		if !slices.ContainsFunc(w.told, func(p delivery.Progress) bool { return !p.HaltedUntil.IsZero() && p.Trouble == "" }) {
			t.Errorf("no progress told of the halt: %+v", w.told)
		}
	})
}

// TestStorms: whatever the answers, everybody's delivery ends, and nobody gets it twice.
func TestStorms(t *testing.T) {
	for _, row := range []struct {
		say   string
		fault fakebot.Fault
		want  delivery.Totals
	}{
		{"rate limits", fakebot.Fault{Match: every(7), N: 12, Kind: fakebot.JSONError, Code: 429, RetryAfter: 2}, delivery.Totals{Sent: 200}},
		{"error pages, nothing done", fakebot.Fault{Match: every(7), N: 12, Kind: fakebot.HTML502}, delivery.Totals{Sent: 188, Unknown: 12}},
		{"error pages for what was done", fakebot.Fault{Match: every(7), N: 12, Kind: fakebot.HTML502, Processed: true}, delivery.Totals{Sent: 188, Unknown: 12}},
		{"cut before", fakebot.Fault{Match: every(7), N: 12, Kind: fakebot.CutBefore}, delivery.Totals{Sent: 188, Unknown: 12}},
		{"cut after delivery", fakebot.Fault{Match: every(7), N: 12, Kind: fakebot.CutAfter}, delivery.Totals{Sent: 188, Unknown: 12}},
		{"cut in the answer", fakebot.Fault{Match: every(7), N: 12, Kind: fakebot.CutBody}, delivery.Totals{Sent: 188, Unknown: 12}},
		{"hangs that end after all", fakebot.Fault{Match: every(7), N: 12, Kind: fakebot.Hang, Delay: 20 * time.Second}, delivery.Totals{Sent: 200}},
		{"hangs longer than anybody waits", fakebot.Fault{Match: every(7), N: 12, Kind: fakebot.Hang, Delay: time.Minute, Processed: true},
			delivery.Totals{Sent: 188, Unknown: 12}},
		{"discarded at once", fakebot.Fault{Match: every(7), N: 12, Kind: fakebot.JSONError, Code: 500,
			Description: "Internal Server Error: sent message was immediately deleted and can't be returned"}, delivery.Totals{Sent: 188, Failed: 12}},
		{"refused for reasons of their own", fakebot.Fault{Match: every(7), N: 12, Kind: fakebot.JSONError, Code: 400,
			Description: "Bad Request: USER_IS_STRANGE"}, delivery.Totals{Sent: 188, Failed: 12}},
	} {
		t.Run(row.say, func(t *testing.T) {
			bubble(t, func(w *world) {
				people := w.people(200)
				w.fake.Fail(row.fault)
				w.must(w.send(w.job(1, people)))
				row.want.Total, row.want.Prepared = 200, true
				w.wants("totals", w.totals(1), row.want)
				w.once(1)
				for _, l := range w.list(1) {
					if l.state == "unknown" && l.why == "" || l.state == "failed" && !strings.Contains(l.why, row.fault.Description) {
						t.Errorf("the list does not say why: %+v", l)
					}
				}
			})
		})
	}
}

// TestAnOutageCostsWhatWasInFlight: while Telegram's front end answers nothing but error pages, it is asked who we are, and
// no recipient is tried on it.
func TestAnOutageCostsWhatWasInFlight(t *testing.T) {
	bubble(t, func(w *world) {
		people := w.people(300)
		time.AfterFunc(4*time.Second, func() {
			release := w.fake.Fail(fakebot.Fault{N: -1, Kind: fakebot.HTML502})
			time.AfterFunc(30*time.Minute, release)
		})
		w.must(w.send(w.job(1, people)))
		w.once(1)
		got := w.totals(1)
		if got.Unknown > 4 || got.Sent+got.Unknown != 300 {
			t.Errorf("half an hour of error pages, 29 messages a second that take 0.12 s at most: %+v", got)
		}
		troubled := 0
		for _, p := range w.told {
			if strings.Contains(p.Trouble, "Telegram does not answer") && p.Queued > 0 {
				troubled++
			}
		}
		if troubled < 1000 {
			t.Errorf("progress named the trouble %d times in half an hour", troubled)
		}
	})
}

// TestWithoutANetworkNothingIsLost: what was certainly not sent is sent later.
func TestWithoutANetworkNothingIsLost(t *testing.T) {
	bubble(t, func(w *world) {
		people := w.people(300)
		for i := range 5 {
			time.AfterFunc(time.Duration(2*i+1)*time.Second, func() { w.net.cut(true) })
			time.AfterFunc(time.Duration(2*i+1)*time.Second+700*time.Millisecond, func() { w.net.cut(false) })
		}
		w.must(w.send(w.job(1, people)))
		w.wants("totals", w.totals(1), delivery.Totals{Total: 300, Sent: 300, Prepared: true})
		w.once(1)
	})
}

// TestItBeginsWhileTelegramIsAway: it waits, says so, and goes on by itself.
func TestItBeginsWhileTelegramIsAway(t *testing.T) {
	bubble(t, func(w *world) {
		w.net.cut(true)
		time.AfterFunc(time.Hour, func() { w.net.cut(false) })
		w.must(w.send(w.job(1, w.people(3))))
		w.wants("sent", w.totals(1).Sent, 3)
		if p := w.told[9]; !strings.Contains(p.Trouble, "connection refused") || p.HaltedUntil.IsZero() || !p.Done.IsZero() {
			t.Errorf("without a network, progress was %+v", p)
		}
	})
}

// TestResend: a template may choose rather twice than not at all, and twice it is at most.
func TestResend(t *testing.T) {
	bubble(t, func(w *world) {
		j := w.job(1, w.people(20))
		j.Resend = true
		to := func(user string) func(fakebot.Call) bool {
			return func(c fakebot.Call) bool { return c.Method == "sendMessage" && c.Params["chat_id"] == user }
		}
		w.fake.Fail(fakebot.Fault{Match: to("5"), Kind: fakebot.CutAfter})
		w.fake.Fail(fakebot.Fault{Match: to("6"), Kind: fakebot.CutAfter, N: -1})
		w.must(w.send(j))
		w.wants("totals", w.totals(1), delivery.Totals{Total: 20, Sent: 19, Unknown: 1, Prepared: true})
		w.wants("messages of who was in doubt once", len(w.fake.Messages(5)), 2)
		w.wants("messages of who always was", len(w.fake.Messages(6)), 3)

		// What a crash left is unknown, too.
		j.ID = 2
		w.prepare(j)
		w.change(`UPDATE recipient SET state = 'sending' WHERE job = 2 AND user < 4`)
		w.reopen()
		w.wants("after a crash", w.totals(2).Unknown, 3)
		w.fake.Fail(fakebot.Fault{Match: to("3"), Kind: fakebot.CutAfter, N: -1})
		w.must(w.send(j))
		w.wants("totals then", w.totals(2), delivery.Totals{Total: 20, Sent: 18, Unknown: 2, Prepared: true})
		w.wants("messages of who is in doubt since the crash", len(w.fake.Messages(3)), 1+2)
	})
}

// TestWhateverHappens: in any mixture of faults, pauses and restarts nobody gets it twice and everybody is accounted for.
func TestWhateverHappens(t *testing.T) {
	kinds := []fakebot.Kind{fakebot.HTML502, fakebot.Empty504, fakebot.Hang, fakebot.CutBefore, fakebot.CutAfter, fakebot.CutBody,
		fakebot.SlowBody, fakebot.JSONError}
	rapid.Check(t, func(rt *rapid.T) {
		faults := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) fakebot.Fault {
			f := fakebot.Fault{
				Kind: rapid.SampledFrom(kinds).Draw(rt, "kind"), N: rapid.IntRange(1, 5).Draw(rt, "n"),
				Match: every(rapid.IntRange(1, 40).Draw(rt, "every")), Processed: rapid.Bool().Draw(rt, "done"),
				Delay: time.Duration(rapid.IntRange(1, 60).Draw(rt, "delay")) * time.Second,
				Code:  429, Description: "Too Many Requests", RetryAfter: rapid.IntRange(0, 9).Draw(rt, "retry after"),
			}
			f.Processed = f.Processed && f.Kind != fakebot.JSONError // what Telegram says it did not do, it did not
			return f
		}), 0, 4).Draw(rt, "faults")
		pauses := rapid.SliceOfN(rapid.IntRange(1, 5000), 0, 3).Draw(rt, "pauses, ms")
		workers := rapid.IntRange(1, 50).Draw(rt, "workers")
		var wrong []string
		bubble(t, func(w *world) {
			w.sender.Workers = workers
			people := w.people(60)
			w.fake.Block(7)
			for _, f := range faults {
				w.fake.Fail(f)
			}
			j := w.job(1, people)
			w.prepare(j)
			for _, ms := range pauses {
				ctx, cancel := context.WithTimeout(w.t.Context(), time.Duration(ms)*time.Millisecond)
				err := w.sender.Send(ctx, j, nil)
				cancel()
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					wrong = append(wrong, fmt.Sprintf("paused after %d ms: %v", ms, err))
				}
				if n := w.totals(1).Sending; n != 0 {
					wrong = append(wrong, fmt.Sprintf("%d were left under way by a pause", n))
				}
				w.reopen()
			}
			w.must(w.send(j))
			wrong = append(wrong, w.twice(1)...)
			if got := w.totals(1); !got.Over() || got.Blocked > 1 || got.Sent+got.Unknown+got.Blocked != 60 {
				wrong = append(wrong, fmt.Sprintf("at the end: %+v", got))
			}
		})
		if len(wrong) > 0 { // outside of the bubble, where rapid may make it smaller
			rt.Error(strings.Join(wrong, "\n"))
		}
	})
}
