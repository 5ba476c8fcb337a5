package text

import (
	"time"

	"twokey/actions"
)

// running: which step of how many, what each took, and how to stop safely.
func (c *sheet) running() {
	begun, total := len(c.r.Runs), len(c.r.Steps)
	at := begun
	if _, under := c.r.Unfinished(); !under {
		at++
	}
	c.add(join(" · ", join(" ", "▶️", c.state(actions.Running), command(c.r)), c.say("step %s of %s", min(at, total), total)))
	c.add(c.agreed())
	c.add(c.current())
	c.purpose()
	c.steps()
	c.gap()
	switch {
	case c.r.Halted != "":
		c.add(c.say("%s asked to stop safely: the step under way ends, no other starts.", name(c.r.Halted)))
	case begun < total:
		c.row(press(c.say("Stop safely"), uint64(c.r.ID), Halt, danger))
	}
	c.add(c.numbers())
}

// steps lists them as they went: done with its time, under way with its progress, not started.
func (c *sheet) steps() {
	if c.tells() {
		return // one, and it only decides
	}
	var lines []html
	for i, s := range c.r.Steps {
		lines = append(lines, c.step(i, c.say("%s. %s", i+1, quiet(s.Title, maxTitle)), s))
	}
	c.gap()
	c.list(ifSteps, lines...)
}

func (c *sheet) step(i int, line html, s actions.Step) html {
	if i >= len(c.r.Runs) {
		switch {
		case c.r.Status.Final():
			return c.say("%s: not started", line)
		case s.Expect > 0:
			return c.say("%s, %s", line, s.Expect)
		}
		return line
	}
	run := c.r.Runs[i]
	took := run.Finished.Sub(run.Started)
	switch {
	case run.Finished.IsZero() && !c.r.Status.Final():
		return c.underWay(i, line, run.Started, s.Expect)
	case run.Finished.IsZero() || c.r.Cut != nil && c.r.Cut.Begun && c.r.Cut.Step == i:
		return c.say("%s: begun %s, outcome unknown", line, c.at(run.Started, c.day()))
	case run.Error != "":
		return c.say("%s ✗ after %s", line, took)
	}
	return c.say("%s ✓ %s", line, took)
}

func (c *sheet) underWay(i int, line html, since time.Time, expect time.Duration) html {
	if p := c.v.Progress; p.Step == i && p.Text != "" {
		return c.say("%s: %s", line, quiet(p.Text, maxTitle))
	}
	if expect > 0 {
		return c.say("%s: since %s, about %s", line, c.at(since, c.day()), expect)
	}
	return c.say("%s: since %s", line, c.at(since, c.day()))
}

// took is how long the run took, and the people behind it.
func (c *sheet) took() html {
	who := c.say("%s asked.", name(c.r.Asked.Person))
	switch {
	case c.r.Late:
		who = ""
	case len(c.r.ApprovedBy) > 0:
		who = c.say("%s asked, %s approved.", name(c.r.Asked.Person), c.all(c.r.ApprovedBy))
	case c.a.Rule.Alone:
		who = c.say("%s asked; one person may do it.", name(c.r.Asked.Person))
	}
	if c.r.StartedAt.IsZero() || c.r.EndedAt.IsZero() {
		return who
	}
	began := c.r.StartedAt
	if c.a.Rule.Alone && len(c.r.Runs) > 0 && !c.r.Runs[0].Started.IsZero() { // nobody was waited for between what ran ahead and the rest
		began = c.r.Runs[0].Started
	}
	took := c.r.EndedAt.Sub(began)
	if c.r.Status == actions.Succeeded {
		return join(" ", who, c.say("It took %s.", took))
	}
	return join(" ", who, c.say("It ran for %s.", took))
}

// output quotes the end of what the last step printed.
func (c *sheet) output() {
	if len(c.r.Runs) == 0 {
		return
	}
	last := c.r.Runs[len(c.r.Runs)-1]
	lines := block(last.Tail, quoted, maxTitle)
	c.gap()
	if last.Lines > len(lines) && len(lines) > 0 {
		c.add(c.say("Output, the last %s of %s lines:", len(lines), last.Lines))
	}
	c.quote(lines)
}

// quoted is how many lines of output a card shows.
const quoted = 20

// logged says whether there is output to send.
func (c *sheet) logged() bool {
	for _, s := range c.r.Runs {
		if s.Lines > 0 {
			return true
		}
	}
	return false
}

// log is the button for the output; without data when there is none.
func (c *sheet) log() Button {
	if !c.logged() {
		return Button{}
	}
	return press(c.say("Log"), uint64(c.r.ID), Log, "")
}
