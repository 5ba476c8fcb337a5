package text

import (
	"twokey/drills"
)

// maxFindings is how many findings a card lists.
const maxFindings = 6

// over is the card of an exercise that is over, and its report in short.
func (c *drillSheet) over() {
	switch c.x.Status {
	case drills.Off:
		c.add(c.say("🧪 skipped %s · not performed", c.drill()))
		c.add(c.say("It was to be %s. %s did not want it: %s", c.on(c.x.At), name(c.x.By), sentence(c.x.Reason, maxWhy)))
	case drills.Lost:
		c.add(c.say("🧪 missed %s · not performed", c.drill()))
		c.add(c.say("It was to be %s, and nobody held it.", c.on(c.x.At)))
	case drills.Dropped:
		c.add(c.say("🧪 dropped %s · not performed", c.drill()))
		c.add(c.say("It was to be %s. The config does not have it any more.", c.on(c.x.At)))
	default:
		c.done()
	}
	c.gap()
	c.add(c.numbers())
	c.overButtons()
}

// done is what came of one that was held.
func (c *drillSheet) done() {
	c.add(join(" · ", c.say("🧪 %s %s", c.result(c.x.Result), c.drill()), c.ofTarget()))
	c.add(sentence(c.x.Reason, maxWhy))
	if !c.x.RTO.Known {
		c.add(c.say("It was not proven that what was lost is back."))
	}
	if c.x.RPO.Known {
		c.add(c.say("The newest row that came back was %s old.", c.x.RPO.Took))
	}
	c.add(c.say("%s held it, %s to %s.", name(c.x.By), c.on(c.x.Started), c.since(c.x.Ended, c.x.Started)))
	c.add(c.outcomes())
	c.reds()
	c.startedRed()
	c.add(c.cleaned())
	c.gap()
	c.findings()
	c.add(c.signature())
}

// ofTarget is the number that decides: how long it took, of how long it may take.
func (c *drillSheet) ofTarget() html {
	if !c.x.RTO.Known {
		return ""
	}
	if c.x.Target <= 0 {
		return c.span(c.x.RTO.Took)
	}
	return c.say("%s of %s", c.x.RTO.Took, c.x.Target)
}

// outcomes counts the steps by how they ended, and the notes.
func (c *drillSheet) outcomes() html {
	by := map[drills.Outcome]int{}
	for _, p := range c.x.Steps {
		by[p.Outcome]++
	}
	var parts []html
	if n := len(c.x.Steps); n > 0 {
		parts = append(parts, c.say("%s of %s steps done", by[drills.StepDone], n))
	}
	if n := by[drills.StepFailed]; n > 0 {
		parts = append(parts, c.say("%s failed", n))
	}
	if n := by[drills.StepSkipped]; n > 0 {
		parts = append(parts, c.say("%s left out", n))
	}
	if n := len(c.x.Notes); n > 0 {
		parts = append(parts, c.count(n, "%s note", "%s notes"))
	}
	return join(", ", parts...)
}

// findings lists what is to be followed up, or was.
func (c *drillSheet) findings() {
	if len(c.x.Findings) == 0 {
		c.add(c.say("No findings so far."))
		return
	}
	var lines []html
	for i, f := range c.x.Findings {
		if len(lines) == maxFindings {
			lines = append(lines, c.say("and %s more", len(c.x.Findings)-maxFindings))
			break
		}
		what := quietWords(f.Text, maxTitle)
		if f.Closed.IsZero() {
			lines = append(lines, c.say("%s. %s · %s, until %s", i+1, what, name(f.Owner), c.shortDay(f.Due, c.v.Now)))
			continue
		}
		lines = append(lines, c.say("✓ %s. %s · %s: %s", i+1, what, name(f.ClosedBy), quietWords(f.How, maxTitle)))
	}
	c.list(ifFacts, lines...)
}

// signature is the second person's name, or who is asked for it.
func (c *drillSheet) signature() html {
	if c.x.SignedBy != "" {
		return c.say("Signed by %s %s.", name(c.x.SignedBy), c.on(c.x.SignedAt))
	}
	return c.say("%s: please sign.", c.signers())
}

// signers are those who can sign.
func (c *drillSheet) signers() html {
	if len(c.v.Others) == 0 {
		return c.say("Somebody else than %s", name(c.x.By))
	}
	return c.people(c.v.Others, c.say("or"), c.mention)
}

func (c *drillSheet) numbers() html {
	if c.x.Last == 0 || c.x.Last == c.x.ID {
		return tag(c.x.ID)
	}
	return join(" · ", tag(c.x.ID), c.say("journal %s", tag(c.x.Last)))
}

func (c *drillSheet) overButtons() {
	if c.x.Status != drills.Done {
		if c.x.Status == drills.Lost {
			c.row(do(c.say("Hold it now"), "/drill start "+string(c.x.Drill)))
		}
		return
	}
	if c.x.SignedBy == "" {
		n := len(c.x.Findings)
		label := c.say("Sign off: no findings")
		if n > 0 {
			label = c.count(n, "Sign off: %s finding", "Sign off: %s findings")
		}
		c.row(drillPress(label, c.x.ID, DrillSign, uint64(n), good))
		c.row(drillPress(c.say("Add a finding"), c.x.ID, DrillFinding, 0, ""))
	}
	c.row(drillPress(c.say("Report"), c.x.ID, DrillReport, 0, ""), drillPress(c.say("Trend"), c.x.ID, DrillTrend, 0, ""))
}
