package delivery

import (
	"time"

	"twokey/bot/telegram"
)

// hear takes an answer: what it means for its recipient is noted, what it means for the rest is done.
func (r *run) hear(a answer) {
	r.flying--
	switch {
	case a.look:
		r.looked(a)
		return
	case a.held:
		r.note(outcome{claimed: a.claimed, state: StateQueued})
		return
	}
	v := judge(r.job.Op, r.job.resends(), a.doubts, a.err)
	if v.text && r.refuses == a.lang && r.leaving.Err() != nil {
		v = verdict{state: StateQueued} // it had left already; one is enough to say so
	}
	o := outcome{claimed: a.claimed, state: v.state, again: v.again, doubt: v.doubt}
	if v.state != StateSent {
		o.why = said(a.err)
	} else if o.sent = int64(a.sent.MessageID); a.sent.FileID != "" && r.file == "" {
		r.file, r.named = a.sent.FileID, true
	}
	if v.away {
		o.away = r.away(v)
	}
	r.note(o)
	r.heed(a, v)
}

// note keeps an outcome until the ledger has it.
func (r *run) note(o outcome) {
	r.done = append(r.done, o)
	r.dry = r.dry && o.state != StateQueued
}

func (r *run) away(v verdict) away {
	if v.never {
		return away{known: true}
	}
	look := r.now().Add(lookAfter).UnixMicro()
	return away{known: true, look: &look}
}

// heed does what an answer means for everybody who comes after.
func (r *run) heed(a answer, v verdict) {
	now := r.now()
	switch {
	case v.shaky:
		r.trouble.failed(a.left, now, "Telegram does not answer: "+said(a.err))
	case v.revoked:
		r.stop(&Blocked{Reason: ReasonRevoked, Err: a.err})
	case v.text && r.refused(a, v):
		r.refuses = a.lang
		r.stop(&Refused{Lang: a.lang, Err: a.err})
	default:
		r.trouble.passed(a.left)
	}
	if v.halt > 0 {
		r.pace.halt(now, v.halt)
	}
	if v.state == StateSent {
		r.proven[a.lang] = true
	}
}

// maxStrikes is how many requests in a row Telegram may refuse in one language before it is taken to be the text's fault.
const maxStrikes = 3

// refused says whether it is the text that Telegram refuses, and not something about this one recipient: what it has taken
// before it would take again.
func (r *run) refused(a answer, v verdict) bool {
	if r.proven[a.lang] {
		return false
	}
	taken, err := r.Ledger.reached(r.calls, r.job.ID, a.claimed.lang)
	if err != nil {
		r.report(err)
	}
	r.strikes[a.lang]++
	return !taken && (v.parse || len(r.proven) == 0 || r.strikes[a.lang] >= maxStrikes)
}

// looked hears who we are.
func (r *run) looked(a answer) {
	r.trouble.looking = false
	now := r.now()
	class := telegram.ClassOf(a.err)
	switch {
	case class == telegram.ClassUnauthorized:
		r.stop(&Blocked{Reason: ReasonRevoked, Err: a.err})
	case class == telegram.ClassRateLimited:
		r.pace.halt(now, haltFor(a.err))
	case a.err != nil:
		r.trouble.failed(a.left, now, "Telegram does not answer: "+said(a.err))
	case a.me.ID != r.job.Bot:
		r.stop(&Blocked{Reason: ReasonWrongBot, Want: r.job.Bot, Is: a.me.ID})
	default:
		r.trouble.look = false
	}
}

// haltedUntil is when the next message may leave, if that is not now.
func (r *run) haltedUntil(now time.Time) time.Time {
	until := r.pace.until(now)
	if r.trouble.look && r.trouble.until.After(until) && r.trouble.until.After(now) {
		until = r.trouble.until
	}
	return until
}
