package telegram

import (
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// The pace. Telegram publishes no exact limits; these are its FAQ's and, for
// edits, what others measured (grammy.dev/advanced/flood).
const (
	globalRate  = 30 // a second, to all chats; also the burst
	chatRate    = 1  // a second, to one chat
	chatBurst   = 3
	groupBudget = 20 // to one group in any groupWindow, edits included
	groupWindow = time.Minute

	pruneFrom = 512 // lanes
)

// What must stay free for the more urgent when a message of a priority goes.
var (
	globalReserve = [priorities]int{PriorityFinal: 1, PriorityInterrupted: 2, PriorityProgress: 5}
	chatReserve   = [priorities]int{PriorityProgress: 1}
	groupReserve  = [priorities]int{PriorityFinal: 2, PriorityInterrupted: 4, PriorityProgress: 8}
)

// lane is the queue of one chat and what it may still send.
type lane struct {
	jobs   []*job // waiting and running
	pace   *rate.Limiter
	group  bool
	sent   []time.Time // to a group, within groupWindow
	paused time.Time   // Telegram said not to send before
}

func newLane(chat int64) *lane {
	return &lane{pace: rate.NewLimiter(chatRate, chatBurst), group: chat < 0}
}

// supersede takes out the waiting edit of the same message, whose place and
// urgency j gets.
func (ln *lane) supersede(j *job) {
	if j.Message == 0 {
		return
	}
	ln.jobs = slices.DeleteFunc(ln.jobs, func(o *job) bool {
		if o.Message != j.Message || o.running {
			return false
		}
		o.superseded = true
		j.seq, j.Priority = min(j.seq, o.seq), min(j.Priority, o.Priority)
		return true
	})
}

// newer reports whether another edit of j's message waits, which came later.
func (ln *lane) newer(j *job) bool {
	return j.Message != 0 && slices.ContainsFunc(ln.jobs, func(o *job) bool {
		return o != j && o.Message == j.Message
	})
}

// first returns the job whose turn is next: the most urgent, then the oldest,
// of those that need not wait for a pause of their own or for an edit of the
// same message.
func (ln *lane) first(now time.Time) *job {
	var best *job
	for _, j := range ln.jobs {
		if j.running || j.notBefore.After(now) || ln.newer(j) {
			continue
		}
		if best == nil || j.Priority < best.Priority || (j.Priority == best.Priority && j.seq < best.seq) {
			best = j
		}
	}
	return best
}

// pause returns how long t must wait.
func (ln *lane) pause(t Turn, now time.Time) time.Duration {
	if t.Mute {
		return ln.paused.Sub(now)
	}
	p := t.Priority
	d := max(ln.paused.Sub(now), until(ln.pace, chatReserve[p], now))
	if !ln.group {
		return d
	}
	ln.forget(now)
	if most := groupBudget - groupReserve[p]; len(ln.sent) >= most {
		d = max(d, ln.sent[len(ln.sent)-most].Add(groupWindow).Sub(now))
	}
	return d
}

func (ln *lane) spend(t Turn, now time.Time) {
	if t.Mute {
		return
	}
	ln.pace.AllowN(now, 1)
	if ln.group {
		ln.sent = append(ln.sent, now)
	}
}

func (ln *lane) forget(now time.Time) {
	ln.sent = slices.DeleteFunc(ln.sent, func(t time.Time) bool { return now.Sub(t) >= groupWindow })
}

func (ln *lane) idle(now time.Time) bool {
	ln.forget(now)
	return len(ln.jobs) == 0 && len(ln.sent) == 0 && !ln.paused.After(now) && ln.pace.TokensAt(now) >= chatBurst
}

// until returns how long it takes until lim has a token and spare ones more.
func until(lim *rate.Limiter, spare int, now time.Time) time.Duration {
	missing := float64(1+spare) - lim.TokensAt(now)
	if missing <= 1e-9 {
		return 0
	}
	return time.Duration(missing/float64(lim.Limit())*float64(time.Second)) + time.Millisecond
}

// flood is what rate limits of single chats mean for all. Nobody can know for
// whom a limit holds (tdlib/td issues 715, 1062): after the first, all goes at
// half the rate until it ends; after one of another chat meanwhile, nothing
// goes until both end.
type flood struct {
	chat int64
	slow time.Time // half the rate until then
	all  time.Time // nothing until then
}

func (f *flood) hit(lim *rate.Limiter, chat int64, end, now time.Time) {
	if f.slow.After(now) && f.chat != chat {
		f.all = later(f.all, later(f.slow, end))
	}
	f.chat, f.slow = chat, later(f.slow, end)
	lim.SetLimitAt(now, globalRate/2)
}

func (f *flood) settle(lim *rate.Limiter, now time.Time) {
	if !f.slow.After(now) && lim.Limit() != globalRate {
		lim.SetLimitAt(now, globalRate)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
