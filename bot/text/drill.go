package text

import (
	"slices"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/drills"
)

// DrillView is all that a card about an exercise is made from. Only X must be there.
type DrillView struct {
	X    *drills.Exercise
	Now  time.Time
	Last *drills.Exercise // the one of the same drill that was held before; nil: none was
	// Others are those who could sign it.
	Others  []auth.Name
	Account map[auth.Name]auth.Account // where people can be mentioned; who is not in it is only named
	Board   string                     // the newest word about the automatic step that goes on
	Asked   []*actions.Request         // what two people are asked about it
	Silent  []auth.Name                // whom an approvers drill waits for
}

// drillSheet is a card about an exercise while it is being written.
type drillSheet struct {
	Words
	page
	v DrillView
	x *drills.Exercise
}

func (w Words) drillSheet(v DrillView) *drillSheet {
	return &drillSheet{Words: w, page: page{words: w}, v: v, x: v.X}
}

// Drill is the card of an exercise in whatever state it is.
func (w Words) Drill(v DrillView) Card {
	c := w.drillSheet(v)
	switch c.x.Status {
	case drills.Open, drills.Taken:
		c.toCome()
	case drills.Running:
		c.goingOn()
	default:
		c.over()
	}
	return c.card()
}

// drill is "database drill".
func (w Words) drill(n drills.Name) html { return w.say("%s drill", quiet(string(n), maxName)) }

func (c *drillSheet) drill() html { return c.Words.drill(c.x.Drill) }

func (c *drillSheet) mention(n auth.Name) html { return mentioned(c.v.Account, n) }

// drillState is the state's own word.
func (w Words) drillState(s drills.Status) html {
	switch s {
	case drills.Open:
		return w.say("planned")
	case drills.Taken:
		return w.say("accepted")
	case drills.Running:
		return w.say("running")
	case drills.Done:
		return w.say("done")
	case drills.Off:
		return w.say("skipped")
	case drills.Lost:
		return w.say("missed")
	case drills.Dropped:
		return w.say("dropped")
	}
	return w.say("%s", string(s))
}

// result is what came of it, as what the drill did.
func (w Words) result(r drills.Result) html {
	switch r {
	case drills.Pass:
		return w.say("passed")
	case drills.Partial:
		return w.say("partly passed")
	case drills.Fail:
		return w.say("failed")
	case drills.Aborted:
		return w.say("aborted")
	}
	return w.say("%s", string(r))
}

// toCome is the card of an exercise that is planned or accepted.
func (c *drillSheet) toCome() {
	c.add(c.dueHead())
	c.add(join(" · ", c.owned(), c.target()))
	c.add(join(" ", c.lastTime(), c.say("No production is touched.")))
	if c.isDue() && c.x.Trigger == "" {
		c.add(c.say("It is time."))
	}
	c.changes()
	c.agreedAnyway()
	c.asked()
	c.gap()
	c.add(c.say("Missed if it is not held before %s.", c.until(c.x.Deadline(), c.x.At)))
	c.add(tag(c.x.ID))
	start := drillPress(c.say("Start"), c.x.ID, DrillStart, 0, good)
	rest := []Button{drillPress(c.say("Reschedule"), c.x.ID, DrillMove, 0, ""), drillPress(c.say("Skip"), c.x.ID, DrillSkip, 0, "")}
	switch {
	case c.x.Status == drills.Taken:
		c.row(slices.Insert(rest, 0, start)...)
		return
	case c.isDue():
		c.row(start)
	}
	c.row(slices.Insert(rest, 0, drillPress(c.say("Accept"), c.x.ID, DrillAccept, 0, good))...)
}

func (c *drillSheet) isDue() bool { return !c.v.Now.Before(c.x.At) }

// dueHead is the first line: whom it is for, which drill, and when.
func (c *drillSheet) dueHead() html {
	line := c.say("%s, %s", c.drill(), c.on(c.x.At))
	switch {
	case c.x.Status == drills.Taken:
		return c.say("🧪 accepted %s", line)
	case c.x.Owner == "":
		return c.say("🧪 nobody is there for it: %s", line)
	}
	return c.say("🧪 %s: %s", c.mention(c.x.Owner), line)
}

// owned is the second line's beginning: the state's word, where the first has it not, or whose it is.
func (c *drillSheet) owned() html {
	if c.x.Status != drills.Taken {
		return c.drillState(c.x.Status)
	}
	return c.say("by %s", name(c.x.Owner))
}

func (c *drillSheet) target() html {
	if c.x.Target <= 0 {
		return ""
	}
	return c.say("target %s", c.x.Target)
}

// lastTime is how it went before.
func (c *drillSheet) lastTime() html {
	l := c.v.Last
	if l == nil {
		return c.say("It was never held.")
	}
	return c.say("Last time %s.", join(", ", c.took(l), c.result(l.Result), c.shortDay(l.Started, c.v.Now), name(l.By)))
}

// took is the time until what was lost was proven to be back.
func (w Words) took(x *drills.Exercise) html {
	if !x.RTO.Known {
		return ""
	}
	return w.span(x.RTO.Took)
}

// shortDay is "6 Oct", with the year when that is another one than of near.
func (w Words) shortDay(t, near time.Time) html {
	layout := "2 Jan"
	if t.In(w.zone()).Year() != near.In(w.zone()).Year() {
		layout = "2 Jan 2006"
	}
	return html(t.In(w.zone()).Format(layout))
}

// changes is why it is not what the schedule says, and what became of tries.
func (c *drillSheet) changes() {
	if c.x.Trigger == drills.Manual {
		c.add(c.say("Somebody wanted it; no schedule did."))
	}
	if n := len(c.x.Moved); n > 0 {
		m := c.x.Moved[n-1]
		c.add(c.say("%s moved it from %s: %s", name(m.Person), c.on(m.From), sentence(m.Reason, maxTitle)))
	}
	if n := len(c.x.Aborts); n > 0 {
		a := c.x.Aborts[n-1]
		c.add(c.say("%s gave it up %s: %s", name(a.By), c.on(a.At), sentence(a.Reason, maxTitle)))
	}
	c.add(c.cleaned())
}

// cleaned says whether what it made is gone.
func (c *drillSheet) cleaned() html {
	switch {
	case c.x.Dirty && c.x.Current() < 0, c.x.Dirty && c.x.Status != drills.Running:
		return c.say("Cleaning up: what it made is not proven gone yet.")
	case c.x.Proof != "" && !c.x.Dirty:
		return c.say("Gone: %s", sentence(c.x.Proof, maxTitle))
	}
	return ""
}

// agreedAnyway is that two people let it start although something is red.
func (c *drillSheet) agreedAnyway() {
	if a := c.x.Anyway; a != nil {
		c.add(c.say("It may start although red: %s. %s asked, %s agreed.", c.listed(a.Red), name(a.Person), c.count(a.People, "%s person", "%s people")))
	}
}

// asked is what waits for two people.
func (c *drillSheet) asked() {
	for _, r := range c.v.Asked[:min(len(c.v.Asked), maxNames)] {
		c.add(c.say("%s asks %s: %s", name(r.Asked.Person), called(r), c.state(r.Status)))
	}
}
