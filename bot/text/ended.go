package text

import (
	"time"

	"twokey/actions"
)

// title is an end card's first line.
func (c *sheet) title(number html) {
	c.add(join(" · ", join(" ", mark(c.r.Status), c.state(c.r.Status), command(c.r)), number))
}

func (c *sheet) succeeded() {
	c.title(c.headline())
	c.late()
	c.add(c.does(c.r.Service))
	c.happened()
	c.purpose()
	c.steps()
	c.checked()
	c.gap()
	c.add(c.took())
	c.settled()
	c.reviews()
	c.pleaseReview()
	c.entry()
	c.mergeButtons()
	c.row(c.reviewButton(), c.startService(), c.takeBack(), c.log())
	c.row(c.tellUsers())
}

// reviewButton is for what was done alone and somebody has to look at.
func (c *sheet) reviewButton() Button {
	if c.r.Unreviewed() == 0 {
		return Button{}
	}
	return press(c.say("Review"), uint64(c.r.ID), Review, "")
}

func (c *sheet) failed() {
	c.title(c.short(c.r.Service))
	c.late()
	c.add(c.broke())
	c.add(sentence(c.r.Hint, maxWhy))
	c.add(c.does(c.r.Service))
	c.happened()
	c.dropped()
	c.purpose()
	c.steps()
	c.checked()
	c.output()
	c.gap()
	c.add(c.took())
	c.settled()
	c.reviews()
	c.pleaseReview()
	c.entry()
	c.row(c.startService(), c.again())
	c.row(c.otherBackup())
	c.row(c.reviewButton(), c.takeBack(), c.log())
	c.row(c.tellUsers())
}

// broke says which step failed, and why.
func (c *sheet) broke() html {
	why := sentence(c.r.Why, maxWhy)
	i := len(c.r.Runs) - 1
	if i < 0 || i >= len(c.r.Steps) {
		return why
	}
	return join(" ", c.say("Step %s, %s, failed.", i+1, quiet(c.r.Steps[i].Title, maxTitle)), why)
}

// late marks what was done while the journal could not be written.
func (c *sheet) late() {
	if c.r.Late {
		c.add(c.say("late · done by %s alone at %s, while the journal could not be written.",
			name(c.r.Asked.Person), c.at(c.r.StartedAt, c.day())))
	}
}

// settled says which request ended its story.
func (c *sheet) settled() {
	if c.r.Settled != 0 {
		c.add(c.say("Settled by %s.", numbered(c.r.Settled)))
	}
}

// dead is every end before the first step: nothing was done, and it can be asked again.
func (c *sheet) dead() {
	c.title(c.say("nothing was done"))
	c.ending()
	c.dropped()
	c.add(c.current())
	c.gap()
	c.add(c.asked())
	c.details()
	c.entry()
	c.row(c.again(), c.otherBackup(), c.unlocking())
}

func (c *sheet) asked() html {
	if len(c.r.ApprovedBy) > 0 {
		return c.say("%s asked, %s had approved.", name(c.r.Asked.Person), c.all(c.r.ApprovedBy))
	}
	return c.say("%s asked %s.", name(c.r.Asked.Person), c.at(c.r.AskedAt, c.day()))
}

// ending says why nothing was done.
func (c *sheet) ending() {
	switch c.r.Status {
	case actions.Refused:
		c.add(sentence(c.r.Why, maxWhy), sentence(c.r.Hint, maxWhy))
	case actions.Denied:
		c.add(c.say("%s denied it %s.", name(c.r.EndedBy), c.at(c.r.EndedAt, c.r.AskedAt)))
	case actions.Cancelled:
		c.add(c.say("%s took it back %s.", name(c.r.EndedBy), c.at(c.r.EndedAt, c.r.AskedAt)))
	case actions.Expired:
		c.expired()
	case actions.Void:
		c.voided()
	}
}

func (c *sheet) expired() {
	if c.r.ApprovedAt.IsZero() {
		c.add(c.say("Nobody had decided by %s.", c.until(c.deadline(c.r.AskUntil), c.r.AskedAt)))
		return
	}
	c.add(c.say("It was approved, but had not started by %s.", c.until(c.deadline(c.r.StartUntil), c.r.AskedAt)))
}

// deadline is when its time ended; old requests keep only when that was noticed.
func (c *sheet) deadline(t time.Time) time.Time {
	if t.IsZero() {
		return c.r.EndedAt
	}
	return t
}

func (c *sheet) voided() {
	v := c.r.Voided
	if v == nil {
		return
	}
	switch v.Cause {
	case actions.VoidPolicy:
		c.add(c.say("The config was loaded anew: people, rules or actions are not what they were when it was asked."))
	case actions.VoidStopped:
		c.add(c.say("%s came after the approval, and this would start the service again.", c.stop(v.By)))
	case actions.VoidVotes:
		c.add(c.say("The approval does not count any more: an approver lost the role, the account or the vote."))
	case actions.VoidAhead:
		c.add(c.say("Preparing it failed in %s: %s", quiet(v.Name, maxTitle), sentence(v.Is, maxWhy)))
	case actions.VoidFork:
		c.add(c.say("The journal is not the one that people's pins know, so what it says was open cannot be relied on: see %s.", typed("/status")))
	case actions.VoidDrift:
		c.drifted(v)
	}
}

// dropped says what became of what was made before the start.
func (c *sheet) dropped() {
	switch {
	case c.r.OwesDrop():
		c.add(c.say("What was prepared is being thrown away."))
	case c.r.Dropped && c.r.DropError != "":
		c.add(c.say("⚠️ What was prepared could not be thrown away: %s Look at the host.", sentence(c.r.DropError, maxWhy)))
	case c.r.Dropped:
		c.add(c.say("What was prepared was thrown away."))
	}
}

// stop names a stop, with its asker when we know more than its number.
func (c *sheet) stop(id actions.ID) html {
	if h := c.v.Holder; h != nil {
		return c.say("%s of %s", called(h), name(h.Asked.Person))
	}
	return numbered(id)
}

func (c *sheet) drifted(v *actions.Voided) {
	switch {
	case len(c.r.ApprovedBy) > 0:
		c.add(c.say("Changed since %s approved: %s.", c.all(c.r.ApprovedBy), quiet(v.Name, maxTitle)))
	default:
		c.add(c.say("Changed since it was planned: %s.", quiet(v.Name, maxTitle)))
	}
	if v.Was != "" {
		c.add(c.say("It was: %s", quiet(brief(v.Was), maxArg)))
	}
	if v.Is != "" {
		c.add(c.say("It is now: %s", quiet(brief(v.Is), maxArg)))
	}
}

func (c *sheet) again() Button { return press(c.say("Ask again"), uint64(c.r.ID), Again, "") }

// startService is the next step where the service is down; without data where it is not, or this would be asking again.
func (c *sheet) startService() Button {
	if !c.r.Service.Known || c.r.Service.Up || c.a.Name == start {
		return Button{}
	}
	return do(c.say("Start service"), "/"+string(start))
}

// start is the built-in action that starts the service.
const start actions.Name = "start"

// takeBack undoes what was done; without data when nothing does, it was done already, or starting the service is the same.
func (c *sheet) takeBack() Button {
	if c.a.Undo == switchBack && c.switched() == nil && !c.r.Brief {
		return Button{} // nothing was switched
	}
	if c.a.Undo == "" || c.r.Settled != 0 || c.r.Done() == 0 && !c.r.Brief || c.a.Undo == start && c.startService().Data != "" {
		return Button{}
	}
	return press(c.say("Undo %s", string(c.a.Name)), uint64(c.r.ID), Undo, "")
}
