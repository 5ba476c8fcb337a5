package text

import (
	"twokey/actions"
	"twokey/auth"
	"twokey/drills"
)

// planning: the card of the first moments. Nothing has run, and it can be stopped already.
func (c *sheet) planning() {
	c.add(join(" · ", c.say("⏳ %s asks %s", name(c.r.Asked.Person), command(c.r)), c.state(actions.Planning)))
	c.add(c.say("Finding out what it would do. Nothing has run."))
	c.gap()
	c.reason()
	c.gap()
	if !c.r.AskUntil.IsZero() {
		c.add(c.say("Expires %s if nobody approves.", c.until(c.r.AskUntil, c.r.AskedAt)))
	}
	c.add(c.numbers())
	c.buttons()
}

// pending: the plan, for the people who decide.
func (c *sheet) pending() {
	c.add(join(" · ", c.asks(""), c.decisive()))
	c.add(join(" · ", c.state(actions.Pending), c.consequence()))
	c.usersTold()
	c.add(c.current())
	c.purpose()
	c.wouldLose()
	c.expected()
	c.proof()
	c.add(c.lastProven())
	c.gap()
	c.add(c.undo())
	c.gap()
	c.add(c.needs())
	if !c.r.Asked.At.IsZero() {
		c.add(c.say("It starts %s, not before.", c.until(c.r.Asked.At, c.r.AskedAt)))
	}
	c.add(c.say("Approve before %s", c.until(c.r.AskUntil, c.r.AskedAt)))
	c.list(ifFacts, c.looked(), c.phones())
	c.add(c.numbers())
	c.buttons()
}

// lastProven is "last proven restore 11 Nov, 4 min 31 s".
func (c *sheet) lastProven() html {
	p := c.v.Proven
	switch {
	case p == nil || p.At.IsZero():
		return ""
	case p.Result != "" && p.Result != drills.Pass:
		return c.say("⚠️ The last rehearsal %s, %s", c.result(p.Result), c.shortDay(p.At, c.r.AskedAt))
	case p.Took <= 0:
		return c.say("Last proven restore %s", c.shortDay(p.At, c.r.AskedAt))
	}
	return c.say("Last proven restore %s, %s", c.shortDay(p.At, c.r.AskedAt), p.Took)
}

// asks is "⏳ bob, cid: ann asks /stop", for whoever can still agree.
func (c *sheet) asks(number html) html {
	ask := join(" ", c.say("%s asks %s", name(c.r.Asked.Person), command(c.r)), number)
	if whom := c.people(c.could(), "", c.mention); whom != "" {
		ask = whom + ": " + ask
	}
	return "⏳ " + ask
}

// could is who can still agree.
func (c *sheet) could() []auth.Name {
	if len(c.v.Verdict.Could) > 0 {
		return c.v.Verdict.Could
	}
	return c.v.Could
}

// approved: it starts now, or waits where everybody sees it.
func (c *sheet) approved() {
	next := c.say("starts now")
	if !c.r.Asked.At.IsZero() && !c.r.Due {
		next = c.say("starts %s", c.until(c.r.Asked.At, c.r.AskedAt))
	} else if c.r.Preparing() {
		next = c.say("starts when it is prepared")
	} else if len(c.v.Waits) > 0 {
		next = c.say("waits for %s", numbered(c.v.Waits[0].ID))
	}
	c.add(join(" · ", join(" ", "▶️", c.state(actions.Approved), command(c.r)), next))
	c.add(c.agreed())
	for _, o := range c.v.Waits[:min(len(c.v.Waits), maxNames)] {
		c.add(c.say("It waits for %s of %s (%s) to end.", called(o), name(o.Asked.Person), c.state(o.Status)))
	}
	c.add(c.current())
	c.purpose()
	c.expected()
	c.gap()
	c.add(c.undo())
	c.gap()
	if !c.r.Preparing() { // its start clock counts from the end of what is prepared
		c.add(c.say("Expires %s if it has not started.", c.until(c.r.StartUntil, c.r.AskedAt)))
	}
	c.add(c.numbers())
	c.buttons()
}

// agreed names the people behind it.
func (c *sheet) agreed() html {
	asker := name(c.r.Asked.Person)
	switch {
	case len(c.r.ApprovedBy) > 0:
		return c.say("%s asked, %s approved %s.", asker, c.all(c.r.ApprovedBy), c.at(c.r.ApprovedAt, c.r.AskedAt))
	case c.r.ApprovedAt.IsZero():
		return c.say("%s asked %s.", asker, c.at(c.r.AskedAt, c.day()))
	}
	return c.say("%s asked %s; one person may do it.", asker, c.at(c.r.AskedAt, c.day()))
}

// buttons are those of a request that has not started: the requester's own copy can only take it back.
func (c *sheet) buttons() {
	id := uint64(c.r.ID)
	details := press(c.say("Details"), id, Details, "")
	if c.v.Viewer != "" && c.v.Viewer == c.r.Asked.Person {
		c.row(press(c.say("Cancel"), id, Cancel, ""), details)
		c.textButtons()
		return
	}
	if c.r.Status == actions.Pending {
		c.row(press(c.say("Approve %s", c.deed()), id, Approve, c.weight()))
	}
	c.row(press(c.say("Deny"), id, Deny, ""), details)
	c.textButtons()
}

// deed is what is approved, on its button.
func (c *sheet) deed() html {
	switch c.a.Name {
	case tellAction:
		return c.say("sending")
	case editAction:
		return c.say("correcting")
	case recallAction:
		return c.say("taking back")
	case goOnAction:
		return c.say("going on")
	case standingAction:
		return c.say("letting it go out")
	case endingAction:
		return c.say("ending it")
	}
	return quiet(string(c.a.Name), maxName)
}

// weight colours Approve: what destroys is not green.
func (c *sheet) weight() string {
	if c.a.Destructive {
		return danger
	}
	return good
}
