package text

import (
	"strconv"
	"strings"
	"time"

	"twokey/actions"
	"twokey/auth"
)

// What a broadcast does.
const (
	OpSend   = "send"
	OpEdit   = "edit"
	OpRecall = "recall"
)

// How a broadcast stands. The words are on its card.
const (
	BroadcastRunning   = "running"
	BroadcastPaused    = "paused"
	BroadcastCancelled = "cancelled"
	BroadcastDone      = "done"
	BroadcastFailed    = "failed"
)

// BroadcastView is all a card about a notice on its way is made from.
type BroadcastView struct {
	ID       uint64
	Op       string // OpSend, OpEdit, OpRecall
	Template string
	Matter   string
	Of       uint64 // the broadcast that is corrected or taken back

	// Who let it go out: a request, a standing approval of a tie, or the broadcast it follows.
	Asked      auth.Name
	ApprovedBy []auth.Name
	Request    actions.ID
	Tie        string
	Standing   uint64
	Follows    uint64

	Status              string
	Begun, Ended        time.Time
	PausedBy, StoppedBy auth.Name
	Why                 string // why it paused by itself, or failed

	Total, Queued, Sending, Sent, Blocked, Gone, Failed, Unknown, Cancelled, Skipped int

	Preparing   bool
	PerSecond   float64
	Done        time.Time // when it is expected to be
	HaltedUntil time.Time // Telegram wants a pause
	Trouble     string
	Resend      bool // those who may have it already are sent to again

	ListAt time.Time
	Next   []FollowView // what is still to come of the same approval
	Up     *bool        // the service now; nil: not known
}

// over says whether nothing of it is to come, what follows it aside.
func (v BroadcastView) over() bool {
	return v.Status == BroadcastCancelled || v.Status == BroadcastDone || v.Status == BroadcastFailed
}

// Broadcast is the card of a notice on its way, and its report at the end.
func (w Words) Broadcast(v BroadcastView) Card {
	p := page{words: w}
	p.add(w.broadcastHead(v))
	if v.over() {
		w.report(&p, v)
	} else {
		w.onItsWay(&p, v)
	}
	p.gap()
	p.add(w.let(v), w.about(v), w.follows(v.Next, v.Begun))
	if v.Up != nil {
		p.add(w.say("%s.", w.upNow(*v.Up)))
	}
	p.add(tag(v.ID))
	w.broadcastButtons(&p, v)
	return p.card()
}

// broadcastHead is the first line: mark, state, which notice, and how far, or how many have it.
func (w Words) broadcastHead(v BroadcastView) html {
	return join(" · ", join(" ", broadcastMark(v.Status), w.broadcastState(v.Status), w.what(v)), w.howFar(v))
}

func broadcastMark(status string) html {
	switch status {
	case BroadcastPaused:
		return "⚠️"
	case BroadcastCancelled:
		return "⛔"
	case BroadcastDone:
		return "✅"
	case BroadcastFailed:
		return "❌"
	}
	return "📢"
}

func (w Words) broadcastState(status string) html {
	switch status {
	case BroadcastRunning:
		return w.say("running")
	case BroadcastPaused:
		return w.say("paused")
	case BroadcastCancelled:
		return w.say("cancelled")
	case BroadcastDone:
		return w.say("done")
	case BroadcastFailed:
		return w.say("failed")
	}
	return w.say("%s", status)
}

// what names the notice, or what is done to it.
func (w Words) what(v BroadcastView) html {
	switch v.Op {
	case OpEdit:
		return w.say("correcting %s", tag(v.Of))
	case OpRecall:
		return w.say("taking back %s", tag(v.Of))
	}
	return w.notice(v.Template)
}

func (w Words) howFar(v BroadcastView) html {
	switch {
	case v.over():
		return w.reached(v)
	case v.Preparing, v.Total == 0:
		return w.say("preparing")
	}
	return html(strconv.Itoa((v.Total-v.Queued-v.Sending)*100/v.Total) + " %")
}

// reached is how many it was done for, in the words of what it does.
func (w Words) reached(v BroadcastView) html {
	switch v.Op {
	case OpEdit:
		return w.say("%s corrected", v.Sent)
	case OpRecall:
		return w.say("%s taken back", v.Sent)
	}
	return w.say("%s sent", v.Sent)
}

// onItsWay is how far it is, how fast, and what keeps it back.
func (w Words) onItsWay(p *page, v BroadcastView) {
	switch {
	case v.Status == BroadcastPaused && v.PausedBy != "":
		p.add(w.say("%s paused it. %s can let it go on; anybody else needs a second person.", name(v.PausedBy), name(v.PausedBy)))
	case v.Status == BroadcastPaused:
		p.add(w.say("It paused by itself: %s", sentence(v.Why, maxWhy)))
	}
	if v.Preparing || v.Total == 0 {
		p.add(w.say("The recipients are being written down: %s so far.", v.Total))
	} else {
		p.add(w.counted(v), w.say("%s of %s are left", v.Queued+v.Sending, v.Total))
	}
	if v.Status == BroadcastRunning {
		p.add(w.pace(v))
	}
	if v.Trouble != "" {
		p.add("⚠️ " + sentence(v.Trouble, maxWhy))
	}
}

// counted is what became of those it was tried for.
func (w Words) counted(v BroadcastView) html {
	parts := []html{w.reached(v)}
	for _, c := range []struct {
		n    int
		said string
	}{{v.Blocked, "%s blocked"}, {v.Gone, "%s gone"}, {v.Failed, "%s failed"}, {v.Unknown, "%s unknown"}, {v.Skipped, "%s skipped"}} {
		if c.n > 0 {
			parts = append(parts, w.say(c.said, c.n))
		}
	}
	return join(", ", parts...)
}

func (w Words) pace(v BroadcastView) html {
	if !v.HaltedUntil.IsZero() {
		return w.say("Telegram wants a pause: all of it waits until %s.", w.at(v.HaltedUntil, v.Begun))
	}
	var speed, done html
	if v.PerSecond > 0 {
		speed = w.say("%s a second", strings.TrimSuffix(strconv.FormatFloat(v.PerSecond, 'f', 1, 64), ".0"))
	}
	if !v.Done.IsZero() {
		done = w.say("done about %s", w.since(v.Done, v.Begun))
	}
	return join(", ", speed, done)
}
