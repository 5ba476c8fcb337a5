package text

import (
	"strconv"
	"strings"
	"time"
)

// Why a notice that should go out by itself does not, as the journal calls it.
const (
	HeldRed     = "red"
	HeldLimit   = "limit"
	HeldChanged = "changed"
	HeldLate    = "late"
	HeldLapsed  = "lapsed"
	HeldCannot  = "cannot"
)

// HeldView is a notice that should go out by itself and does not.
type HeldView struct {
	Cause    string
	Matter   string
	Template string
	Tie      string // the tie it is of, as the config writes it; empty when it follows Of
	Number   int    // of the tie, as /notices counts; 0: not known
	Of       uint64 // the broadcast it follows
	Why      string
	Due      time.Time
	Now      time.Time
	Again    time.Duration // when this is said again; 0: it is not
	Limit    int           // so many a day
}

// BroadcastHeld says that a notice is held back, why, and what to do about it.
func (w Words) BroadcastHeld(h HeldView) Card {
	p := page{words: w}
	short, long := w.heldWhy(h)
	p.add(join(" · ", join(" ", "📢", w.say("held"), w.notice(h.Template)), short))
	p.add(long, sentence(h.Why, maxWhy))
	p.gap()
	if h.Tie != "" {
		p.add(w.say("By itself: %s.", w.tie(h.Tie)))
	}
	if h.Of != 0 {
		p.add(w.say("It would follow %s.", tag(h.Of)))
	}
	if m := quiet(h.Matter, anyText); m != "" {
		p.add(w.say("About: %s", m))
	}
	if !h.Due.IsZero() {
		p.add(w.say("It was due %s.", w.until(h.Due, h.Now)))
	}
	w.heldButtons(&p, h)
	return p.card()
}

// heldWhy is the cause, for a lock screen and in full.
func (w Words) heldWhy(h HeldView) (short, long html) {
	again := html("")
	if h.Again > 0 {
		again = w.say("I ask again in %s.", h.Again)
	}
	switch h.Cause {
	case HeldRed:
		return w.say("checks are not green"), join(" ", w.say("It says that the service is well, so it waits until somebody has looked and all is green."), again)
	case HeldLimit:
		return w.say("the day's limit"), w.count(h.Limit, "%s notice has gone out by itself today, and no more may. Send it by hand.", "%s notices have gone out by themselves today, and no more may. Send it by hand.")
	case HeldChanged:
		return w.say("not what was agreed"), w.say("Its text is not the one that two people agreed to. Agree to it as it is now, or send it by hand.")
	case HeldLate:
		return w.say("too late"), w.say("Its time is long over, so it is not sent any more.")
	case HeldLapsed:
		return w.say("the agreement lapsed"), w.say("What two people had agreed to has run out. Agree again, or send it by hand.")
	case HeldCannot:
		return w.say("it cannot be made"), html("")
	}
	return quiet(h.Cause, maxName), html("")
}

func (w Words) heldButtons(p *page, h HeldView) {
	hand := do(w.say("Send it by hand"), "/broadcast "+h.Template+` matter="`+h.Matter+`"`)
	if hand.Data == "" || strings.ContainsAny(h.Matter, `"“”`) || h.Matter == "" {
		hand = do(w.say("Send it by hand"), "/broadcast "+h.Template)
	}
	switch {
	case h.Cause == HeldRed:
		p.row(do(w.say("Look at the checks"), "/verify"))
	case h.Cause == HeldChanged || h.Cause == HeldLapsed:
		var agree Button
		if h.Number > 0 {
			agree = do(w.say("Agree again"), "/notice_auto "+strconv.Itoa(h.Number))
		}
		p.row(agree, hand)
	default:
		p.row(hand, do(w.say("All notices"), "/notices"))
	}
}

// BroadcastNo is a refusal about a broadcast, as values.
type BroadcastNo struct {
	Reason string
	ID     uint64
	Status string
	Who    string // who paused or cancelled it
}

// BroadcastRefusal is the refusal as a card.
func (w Words) BroadcastRefusal(n BroadcastNo) Card {
	p := page{words: w}
	p.add(w.broadcastNo(n))
	return p.card()
}

// BroadcastRefusalLine is the refusal as the answer to a press.
func (w Words) BroadcastRefusalLine(n BroadcastNo) string { return plain(w.broadcastNo(n)) }

func (w Words) broadcastNo(n BroadcastNo) html {
	who := quiet(n.Who, maxName)
	switch {
	case n.Reason == "no such broadcast":
		return w.say("There is no broadcast %s. See %s.", tag(n.ID), typed("/notices"))
	case n.Reason == "already over" && n.Status == BroadcastCancelled && who != "":
		return w.say("%s is over: %s cancelled it.", tag(n.ID), who)
	case n.Reason == "already over":
		return w.say("%s is over: it is %s.", tag(n.ID), w.broadcastState(n.Status))
	case n.Reason == "already paused" && who != "":
		return w.say("%s is paused already, by %s.", tag(n.ID), who)
	case n.Reason == "already paused":
		return w.say("%s is paused already.", tag(n.ID))
	case n.Reason == "not paused":
		return w.say("%s is not paused: it is %s.", tag(n.ID), w.broadcastState(n.Status))
	case n.Reason == "not your pause":
		return w.say("%s paused it: %s can let it go on, or two people: %s", who, who, typed("/broadcast_resume "+unspaced(n.ID)))
	}
	return w.say("This cannot be done (%s).", n.Reason)
}
