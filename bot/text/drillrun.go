package text

import (
	"strings"
	"time"

	"twokey/drills"
)

const (
	// shownBefore and shownAfter are how many steps before and after the one whose turn it is stand on the card.
	shownBefore = 4
	shownAfter  = 4
	// maxRed is how many checks that are red do.
	maxRed = 4
	// maxAsk is the lines of what a person does in a step.
	maxAsk = 3
)

// goingOn is the card of an exercise that runs: it walks through the steps.
func (c *drillSheet) goingOn() {
	i := c.x.Current()
	where := c.say("step %s of %s", i+1, len(c.x.Script))
	if i < 0 {
		where = c.say("its steps are over")
	}
	c.add(c.say("🧪 running %s · %s", c.drill(), where))
	c.add(c.clock())
	c.steps(i)
	c.reds()
	c.gap()
	c.startedRed()
	if c.x.Crashes > 0 {
		c.add(c.count(c.x.Crashes, "I ended %s time meanwhile; the automatic steps began anew.", "I ended %s times meanwhile; the automatic steps began anew."))
	}
	c.add(c.cleaned(), c.counts(), tag(c.x.ID))
	c.runButtons(i)
}

// clock is who began when, and until when it is in time, as times of the clock: a countdown would be an edit a minute.
func (c *drillSheet) clock() html {
	line := c.say("%s started %s", name(c.x.By), c.since(c.x.Started, c.x.At))
	until := c.x.Started.Add(c.x.Target)
	switch {
	case c.x.Target <= 0:
		return line
	case c.v.Now.Before(until):
		return c.say("%s, target until %s", line, c.since(until, c.x.Started))
	}
	return c.say("%s · late since %s", line, c.since(until, c.x.Started))
}

// steps are those around the one whose turn it is; the others are counted.
func (c *drillSheet) steps(current int) {
	n := len(c.x.Script)
	at := current
	if at < 0 {
		at = n
	}
	from, to := max(0, at-shownBefore), min(n, at+1+shownAfter)
	c.stepsBefore(from)
	for i := from; i < to; i++ {
		c.list(ifSteps, c.stepLine(i, i == current))
		c.list(ifSteps, c.stepMore(i, i == current, i == at-1)...)
	}
	if to < n {
		c.list(ifSteps, c.count(n-to, "%s step after", "%s steps after"))
	}
}

// stepsBefore counts the steps that are not on the card any more. What failed stays: it is why the rest is as it is.
func (c *drillSheet) stepsBefore(from int) {
	hidden := 0
	for i, p := range c.x.Steps[:from] {
		if p.Outcome != drills.StepFailed {
			hidden++
			continue
		}
		c.list(ifSteps, c.stepLine(i, false))
		c.list(ifSteps, c.stepMore(i, false, false)...)
	}
	if hidden > 0 {
		c.list(ifSteps, c.count(hidden, "%s step before", "%s steps before"))
	}
}

// stepLine is a step with its mark, and how long it took or may take.
func (c *drillSheet) stepLine(i int, current bool) html {
	s, p := c.x.Script[i], c.x.Steps[i]
	line := c.say("%s. %s", i+1, quietWords(s.Title, maxTitle))
	switch {
	case p.Over():
		return join(" ", outcomeMark(p.Outcome), join(", ", line, c.stepTook(i)))
	case !current:
		return line
	case c.tooEarly(i):
		return c.say("▸ %s, from %s", line, c.since(c.x.Started.Add(s.After), c.x.Started))
	}
	return c.say("▸ %s", join(", ", line, c.stepUntil(i)))
}

func outcomeMark(o drills.Outcome) html {
	switch o {
	case drills.StepDone:
		return "✓"
	case drills.StepFailed:
		return "✗"
	}
	return "–"
}

// begun is when a step began: where nobody said so, when the one before ended.
func (c *drillSheet) begun(i int) time.Time {
	begun := c.x.Started
	for _, p := range c.x.Steps[:i] {
		if p.Ended.After(begun) {
			begun = p.Ended
		}
	}
	if p := c.x.Steps[i]; !p.Begun.IsZero() {
		begun = p.Begun
	}
	return begun
}

func (c *drillSheet) stepTook(i int) html {
	if c.x.Steps[i].Outcome == drills.StepSkipped {
		return c.say("left out")
	}
	return c.span(c.x.Steps[i].Ended.Sub(c.begun(i)))
}

// stepUntil is until when a step is in time.
func (c *drillSheet) stepUntil(i int) html {
	s := c.x.Script[i]
	if s.Within <= 0 {
		return ""
	}
	begun := c.begun(i)
	if event := c.x.Started.Add(s.After); s.After > 0 && event.After(begun) {
		begun = event
	}
	until := begun.Add(s.Within)
	if c.v.Now.Before(until) {
		return c.say("until %s", c.since(until, c.x.Started))
	}
	return c.say("late since %s", c.since(until, c.x.Started))
}

// tooEarly says whether an event of a tabletop has not happened yet.
func (c *drillSheet) tooEarly(i int) bool {
	s := c.x.Script[i]
	return s.After > 0 && c.v.Now.Before(c.x.Started.Add(s.After))
}

// stepMore is what stands below a step: why it failed, what it came to, how far it is, what a person does.
func (c *drillSheet) stepMore(i int, current, newest bool) []html {
	s, p := c.x.Script[i], c.x.Steps[i]
	switch {
	case p.Outcome == drills.StepSkipped && s.Auto && c.failedBefore(i): // whose reason stands above
		return nil
	case p.Over() && newest && s.Answer != "":
		return append([]html{c.say("The runbook says:")}, c.ask(s.Answer)...)
	case p.Over() && p.Outcome != drills.StepDone:
		return dotted(sentence(p.Found.Why, maxTitle), sentence(p.Found.Hint, maxTitle))
	case p.Over() && newest:
		return dotted(quietWords(p.Found.Line, maxTitle))
	case !current:
		return nil
	case s.Key == drills.AnswersKey:
		return dotted(c.reached(), c.waitsFor())
	case s.Auto:
		return dotted(quietWords(c.v.Board, maxTitle))
	case c.tooEarly(i):
		return dotted(c.say("Wait: nothing is to be done before."))
	}
	return c.ask(s.Ask)
}

// dotted sets what belongs to the line above apart from the steps.
func dotted(lines ...html) (all []html) {
	for _, l := range lines {
		if l != "" {
			all = append(all, "· "+l)
		}
	}
	return all
}

// failedBefore says whether an automatic step before it failed, so that it was not done.
func (c *drillSheet) failedBefore(i int) bool {
	for j, p := range c.x.Steps[:i] {
		if c.x.Script[j].Auto && p.Outcome == drills.StepFailed {
			return true
		}
	}
	return false
}

func (c *drillSheet) reached() html {
	return c.count(len(c.x.Answers), "%s was reached", "%s were reached")
}

func (c *drillSheet) waitsFor() html {
	if len(c.v.Silent) == 0 {
		return ""
	}
	return c.say("no answer yet: %s", c.people(c.v.Silent, "", name))
}

// ask is what a person does, line by line. What stands between backticks is code, to be copied.
func (c *drillSheet) ask(s string) (lines []html) {
	for line := range strings.Lines(s) {
		var all html
		for i, part := range strings.Split(strings.TrimSpace(line), "`") {
			if i%2 == 1 {
				all += code(clean(part, maxArg))
				continue
			}
			all += spaced(part)
		}
		if len(lines) < maxAsk {
			lines = append(lines, all)
		}
	}
	return lines
}

// spaced is quietWords of a piece of a sentence, the space at its ends kept.
func spaced(part string) html {
	h := quietWords(part, maxArg)
	if h == "" {
		return ""
	}
	if strings.HasPrefix(part, " ") {
		h = " " + h
	}
	if strings.HasSuffix(part, " ") {
		h += " "
	}
	return h
}

// reds are the checks that are not as they should be.
func (c *drillSheet) reds() {
	var lines []html
	more := 0
	for _, p := range c.x.Steps {
		for _, k := range p.Found.Checks {
			switch {
			case k.State != drills.Red:
			case len(lines) == maxRed:
				more++
			default:
				lines = append(lines, c.say("✗ %s", checkLine(k)))
			}
		}
	}
	if more > 0 {
		lines = append(lines, c.say("and %s more", more))
	}
	c.list(ifFacts, lines...)
}

func checkLine(k drills.Check) html {
	return join(": ", quiet(k.Name, maxName), join(", ", quiet(k.Value, maxName), quietWords(k.Why, maxTitle)))
}

// startedRed is what was red when it started, because two people agreed.
func (c *drillSheet) startedRed() {
	var red []string
	for _, l := range drills.Looks(c.x.Looks) {
		red = append(red, l.Name)
	}
	if len(red) > 0 {
		c.add(c.say("Two people let it start although red: %s.", c.listed(red)))
	}
}

// counts is what was noted and found.
func (c *drillSheet) counts() html {
	var parts []html
	if n := len(c.x.Notes); n > 0 {
		parts = append(parts, c.count(n, "%s note", "%s notes"))
	}
	if n := len(c.x.Findings); n > 0 {
		parts = append(parts, c.count(n, "%s finding", "%s findings"))
	}
	if len(parts) == 0 {
		return c.say("A reply to this, also a photo, is a note.")
	}
	return c.say("%s; a reply to this, also a photo, is one more.", join(", ", parts...))
}

// runButtons are those of the step whose turn it is. Anybody may note, and abort.
func (c *drillSheet) runButtons(i int) {
	note, abort := drillPress(c.say("Note"), c.x.ID, DrillNote, 0, ""), drillPress(c.say("Abort"), c.x.ID, DrillAbort, 0, danger)
	if i < 0 {
		c.row(note)
		return
	}
	s, n := c.x.Script[i], uint64(i)
	if s.Auto || s.Key == drills.AnswersKey || c.tooEarly(i) {
		c.row(note, abort)
		return
	}
	c.row(drillPress(c.say("Done"), c.x.ID, DrillDone, n, good), drillPress(c.say("Failed"), c.x.ID, DrillFailed, n, ""))
	c.row(drillPress(c.say("Skip step"), c.x.ID, DrillOmit, n, ""), note)
	c.row(abort)
}
