package text

import (
	"time"

	"twokey/auth"
)

// Lockdown is why nothing may start the service; the zero Lockdown is none.
type Lockdown struct {
	Since  time.Time
	By     auth.Name
	Reason string
}

// On says whether there is one.
func (l Lockdown) On() bool { return !l.Since.IsZero() }

// Reach is how many of the approvers the bot can write to; the zero Reach is not known.
type Reach struct{ Can, Of int }

// Verified is a run of the checks whose result a second person confirmed; the zero Verified is none.
type Verified struct {
	At         time.Time
	By         auth.Name // who confirmed it
	Good, Bad  int       // checks
	Unanswered int       // questions to people
}

// locked is the line about a lockdown; empty when there is none.
func (w Words) locked(l Lockdown, now time.Time) html {
	if !l.On() {
		return ""
	}
	line := w.say("🔒 lockdown since %s by %s: nothing may start until two people %s", w.since(l.Since, now), name(l.By), typed("/unlock"))
	if r := quiet(l.Reason, maxTitle); r != "" {
		return w.say("%s. Reason: %s", line, r)
	}
	return line
}

func (w Words) reviews(n int) html {
	if n == 0 {
		return ""
	}
	return w.count(n, "%s review is open", "%s reviews are open")
}

func (w Words) reach(r Reach) html {
	if r.Of == 0 {
		return ""
	}
	line := w.say("Approvers reachable: %s of %s", r.Can, r.Of)
	if r.Can < r.Of {
		return "⚠️ " + line
	}
	return line
}

func (w Words) verified(v Verified, now time.Time) html {
	if v.At.IsZero() {
		return ""
	}
	line := w.say("Verified %s, confirmed by %s: %s of %s checks good", w.since(v.At, now), name(v.By), v.Good, v.Good+v.Bad+v.Unanswered)
	if v.Bad > 0 {
		return "⚠️ " + line
	}
	return line
}
