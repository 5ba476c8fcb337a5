package text

import (
	"time"

	"twokey/actions"
	"twokey/actions/step"
)

// panicked is the card of a panic, in whatever state it is: who, since when, what is down, what was left, and what is not
// known yet.
func (c *sheet) panicked() {
	mark := html("🔒")
	if c.r.Lifted != 0 {
		mark = "✅"
	}
	c.add(join(" · ", join(" ", mark, c.say("%s pressed panic %s", name(c.r.Asked.Person), c.since(c.r.AskedAt, c.r.AskedAt))), c.halting()))
	c.add(join(" · ", c.state(c.r.Status), c.wrong()))
	c.late()
	if who := c.people(c.could(), "", c.mention); who != "" && !c.r.Status.Final() {
		c.add(c.say("%s: please look.", who))
	}
	c.gap()
	c.halt()
	c.gap()
	c.add(c.lock(), c.usersKnow())
	c.affected()
	c.questions()
	c.notes()
	c.reviews()
	c.pleaseReview()
	c.entry()
	c.panicButtons()
}

// halting is the number that decides: is it down?
func (c *sheet) halting() html {
	switch {
	case c.r.Lifted != 0:
		return c.say("lifted by %s", numbered(c.r.Lifted))
	case !c.r.Status.Final():
		return c.say("stopping it")
	}
	return c.short(c.r.Service)
}

func (c *sheet) wrong() html {
	reason := c.r.Asked.Reason
	if said := c.r.Said(actions.NoteWrong); said != "" {
		reason = said
	}
	if reason == "" {
		return ""
	}
	return c.say("%s", quiet(reason, maxReason))
}

// halt says what was stopped, what was not, and what failed.
func (c *sheet) halt() {
	if !c.r.Status.Final() {
		if p := c.v.Progress; p.Text != "" {
			c.add(c.say("Now: %s", quiet(p.Text, maxTitle)))
		}
		return
	}
	switch {
	case c.r.StartedAt.IsZero():
		c.add(c.unstopped())
	case c.r.Cut != nil:
		c.add(c.cause(c.r.Cut))
		c.add(c.found(c.r.Cut)...)
	case c.r.Why != "":
		c.add(c.say("Failed: %s", sentence(c.r.Why, maxWhy)), sentence(c.r.Hint, maxWhy))
	default:
		c.add(c.say("Failed: nothing"))
	}
	if h := c.halted(); h != nil {
		c.add(c.stopped(h), c.left(h))
		if h.Forced != "" {
			c.add(c.say("⚠️ %s", sentence(h.Forced, maxWhy)))
		}
	}
	if c.r.Status != actions.Succeeded {
		c.add(c.say("Press panic again, or end it on the host."))
	}
}

// unstopped says why a panic stopped nothing: the lockdown stays all the same.
func (c *sheet) unstopped() html {
	switch c.r.Status {
	case actions.Cancelled, actions.Denied:
		return c.say("Nothing was stopped: %s took the stop back %s. The lockdown stays.", name(c.r.EndedBy), c.at(c.r.EndedAt, c.day()))
	case actions.Expired:
		return c.say("Nothing was stopped: the bot was away from %s until %s.", c.at(c.r.AskedAt, c.day()), c.at(c.r.EndedAt, c.day()))
	}
	return c.say("Nothing was stopped.")
}

// halted is what the step that stopped came to.
func (c *sheet) halted() *step.Halt {
	for _, run := range c.r.Runs {
		if run.Halt != nil {
			return run.Halt
		}
	}
	return nil
}

func (c *sheet) stopped(h *step.Halt) html {
	var list []html
	for _, s := range h.Stopped[:min(len(h.Stopped), maxNames)] {
		if s.Took == 0 {
			list = append(list, c.say("%s (was down)", quiet(s.Name, maxName)))
			continue
		}
		list = append(list, c.say("%s (%s)", quiet(s.Name, maxName), s.Took.Round(100*time.Millisecond)))
	}
	if len(list) == 0 {
		return ""
	}
	return c.say("Stopped: %s", join(", ", list...))
}

func (c *sheet) left(h *step.Halt) html {
	var list []html
	for _, l := range h.Left {
		list = append(list, quiet(l, maxName))
	}
	if len(list) == 0 {
		return c.say("Left running: nothing we know of")
	}
	return c.say("Left running: %s", join(", ", list...))
}

// lock says whether something may start.
func (c *sheet) lock() html {
	if c.r.Locks {
		return c.say("Nothing can start until two people %s.", typed("/unlock"))
	}
	return ""
}

func (c *sheet) affected() {
	if said := c.r.Said(actions.NoteAffected); said != "" {
		c.add(c.say("Affected: %s", quiet(said, maxReason)))
	}
}

// questions asks for what nobody has said yet; the answers are replies to the card.
func (c *sheet) questions() {
	if !c.r.Status.Final() || !c.r.Locks {
		return
	}
	asker := c.mention(c.r.Asked.Person)
	switch {
	case c.wrong() == "":
		c.add(c.say("%s: what is wrong? Reply to this message.", asker))
	case c.r.Said(actions.NoteAffected) == "":
		c.add(c.say("%s: who is affected? Tap, or reply to this message.", asker))
	}
}

// shownNotes is how many notes a card shows; the journal has all.
const shownNotes = 5

func (c *sheet) notes() {
	var lines []html
	for _, n := range c.r.Notes {
		if n.About == actions.NoteOther {
			lines = append(lines, c.say("%s, %s: %s", name(n.Person), c.at(n.At, c.day()), quiet(n.Text, maxReason)))
		}
	}
	c.list(ifFacts, lines[max0(len(lines)-shownNotes):]...)
}

func (c *sheet) panicButtons() {
	id := uint64(c.r.ID)
	if c.r.Status.Final() && c.r.Locks && c.wrong() != "" && c.r.Said(actions.NoteAffected) == "" {
		c.row(press(c.say("Everybody"), id, AffectsAll, ""), press(c.say("Some"), id, AffectsSome, ""), press(c.say("Not known yet"), id, AffectsUnknown, ""))
	}
	var row []Button
	if c.r.Unreviewed() > 0 {
		row = append(row, press(c.say("Review"), id, Review, ""))
	}
	c.row(append(row, press(c.say("Incident"), id, Incident, ""))...)
	if c.r.Status.Final() && c.r.Status != actions.Succeeded {
		c.row(do(c.say("How it is"), "/status"))
	}
	c.row(c.tellUsers())
}

// PanicButton answers a bare /panic: one tap does it, for as long as until says.
func (w Words) PanicButton(until time.Time) Card {
	p := page{words: w}
	p.add(w.say("🔒 Stop %s at once and lock it?", w.service()))
	p.add(w.say("Nothing starts again until two people unlock it. The button works until %s; %s acts without asking.",
		w.at(until, until), typed("/panic what is wrong")))
	p.row(w.panicNow(w.say("🔒 PANIC: stop everything"), until))
	return p.card()
}

// PanicOver is what becomes of the button when its time is over.
func (w Words) PanicOver() Card {
	p := page{words: w}
	p.add(w.say("The panic button was not pressed. Type %s when you need it.", typed("/panic")))
	return p.card()
}

// StalePanic answers a panic that comes late: it may be over, or worse.
func (w Words) StalePanic(age time.Duration, reason string, until time.Time) Card {
	p := page{words: w}
	p.add(w.say("⚠️ %s was sent %s ago, while I was away: nothing was stopped.", typed("/panic"), age.Round(ageStep(age))))
	if reason != "" {
		p.add(w.say("It said: \"%s\"", quiet(reason, maxReason)))
	}
	p.add(w.say("The button works until %s.", w.at(until, until)))
	p.row(w.panicNow(w.say("🔒 Panic now"), until))
	return p.card()
}

// panicNow is the button; its number is the second its time ends.
func (w Words) panicNow(label html, until time.Time) Button {
	return press(label, uint64(max(0, until.Unix())), PanicNow, danger)
}

// PanicTooLate answers a press of a button whose time is over.
func (w Words) PanicTooLate() string {
	return plain(w.say("This button's time is over. Nothing was stopped. Type /panic."))
}

// PanicNowLine answers the press.
func (w Words) PanicNowLine() string {
	return plain(w.say("Stopping %s. Nothing starts until two people unlock it.", w.service()))
}

// UnlockHint is how a lockdown is lifted, for whoever is refused a start.
func (w Words) lockedOut(since time.Time, who html) html {
	return w.say("Locked since %s (%s, %s). Two people can lift it: %s", w.since(since, time.Time{}), who, typed("/panic"), typed("/unlock"))
}
