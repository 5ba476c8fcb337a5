package text

import (
	"time"

	"twokey/actions"
)

// worthALook is how long a run takes before its good end rings: whoever asked has put the phone away by then.
const worthALook = time.Minute

// Ring is the one-line reply, HTML, to a card whose edit somebody must notice: edits do not ring. Empty when nobody must.
func (w Words) Ring(v RequestView) string {
	c := w.sheet(v)
	rest := c.news()
	if rest == "" {
		return ""
	}
	if c.r.Status == actions.Pending {
		// The plan took so long that the card was sent without it: the edit that brought the buttons did not ring.
		return string(join(" · ", c.asks(numbered(c.r.ID)), rest))
	}
	line := join(" ", mark(c.r.Status), c.mention(c.r.Asked.Person)+":", command(c.r), numbered(c.r.ID), c.state(c.r.Status))
	return string(join(" · ", line, rest))
}

// news is why somebody must look; empty when nobody must.
func (c *sheet) news() html {
	switch c.r.Status {
	case actions.Pending:
		return c.say("please look")
	case actions.Approved:
		return c.goes()
	case actions.Succeeded, actions.Failed, actions.Interrupted:
		if c.a.Locking == actions.LockSet {
			return join(" · ", c.short(c.r.Service), c.say("what is wrong, and who is affected? Reply to the card."))
		}
	}
	switch c.r.Status {
	case actions.Failed:
		return c.short(c.r.Service)
	case actions.Interrupted:
		return join(" · ", c.short(c.r.Service), c.say("Resume, Undo or Leave?"))
	case actions.Denied:
		return c.say("by %s", name(c.r.EndedBy))
	case actions.Expired, actions.Void:
		return c.say("nothing was done")
	case actions.Succeeded:
		if took := c.r.EndedAt.Sub(c.r.StartedAt); took > worthALook {
			return join(" · ", c.short(c.r.Service), c.say("took %s", took))
		}
	}
	return ""
}

// goes says whether an approved request starts or waits. One person's own request rings nobody.
func (c *sheet) goes() html {
	switch {
	case !c.r.Asked.At.IsZero() && !c.r.Due:
		return c.say("starts %s", c.until(c.r.Asked.At, c.r.AskedAt))
	case c.r.Preparing():
		return c.say("starts when it is prepared")
	case len(c.v.Waits) > 0:
		return c.say("waits for %s of %s", called(c.v.Waits[0]), name(c.v.Waits[0].Asked.Person))
	case len(c.r.ApprovedBy) == 0:
		return ""
	}
	return c.say("by %s, starts now", c.all(c.r.ApprovedBy))
}

// Alert answers a press that worked, in at most 200 characters of plain text. v is the request as it is after the press;
// for Resume, Undo, Leave and Again it is the new one.
func (w Words) Alert(v RequestView, choice string) string { return plain(w.sheet(v).alert(choice)) }

func (c *sheet) alert(choice string) html {
	switch choice {
	case Approve:
		return c.agreedNow()
	case Deny:
		return c.say("Denied. %s will not run.", command(c.r))
	case Cancel:
		return c.say("Taken back. %s will not run.", command(c.r))
	case Halt:
		return c.say("%s stops when the step under way has ended.", command(c.r))
	case Resume, Undo, Leave, Again:
		return c.askedNow()
	case Details:
		return c.say("The whole plan is below.")
	case Log:
		return c.say("The log is on its way.")
	}
	return c.afterwards(choice)
}

// Sure answers the first of two taps on Approve, for actions that destroy: what will be lost, in at most 200 characters of
// plain text.
func (w Words) Sure(v RequestView) string {
	c := w.sheet(v)
	loss := c.consequence()
	if bound := c.bound(); bound != "" {
		loss = bound + "; " + loss
	}
	return plain(c.say("Tap again within 30 s to approve %s: %s", command(c.r), loss))
}

func (c *sheet) agreedNow() html {
	v := c.v.Verdict
	switch {
	case c.r.Status == actions.Pending && v.Missing == 1:
		return c.say("%s of %s: %s must approve too.", len(v.By), len(v.By)+v.Missing, c.any(c.could()))
	case c.r.Status == actions.Pending:
		return c.say("%s of %s: still asked are %s.", len(v.By), len(v.By)+v.Missing, c.all(c.could()))
	case c.r.Status == actions.Approved && !c.r.Asked.At.IsZero() && !c.r.Due:
		return c.say("Approved. %s starts %s.", command(c.r), c.until(c.r.Asked.At, c.r.AskedAt))
	case c.r.Status == actions.Approved && c.r.Preparing():
		return c.say("Approved. %s starts when it is prepared.", command(c.r))
	case c.r.Status == actions.Approved && len(c.v.Waits) > 0:
		return c.say("Approved. %s waits for %s.", command(c.r), called(c.v.Waits[0]))
	case c.r.Status == actions.Approved:
		return c.say("Approved. %s starts now.", command(c.r))
	}
	return c.say("Approved. %s is %s.", command(c.r), c.state(c.r.Status))
}

func (c *sheet) askedNow() html {
	if could := c.could(); len(could) > 0 {
		return c.say("Asked: %s. %s must approve.", called(c.r), c.any(could))
	}
	return c.say("Asked: %s.", called(c.r))
}
