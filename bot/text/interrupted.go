package text

import "twokey/actions"

// interrupted: what is known, what is not, and the three ways on.
func (c *sheet) interrupted() {
	c.title(c.short(c.r.Service))
	if c.r.Cut != nil {
		c.add(c.cause(c.r.Cut))
		c.add(c.found(c.r.Cut)...)
	}
	c.add(c.does(c.r.Service))
	c.purpose()
	c.steps()
	if c.r.Cut != nil && c.r.Cut.Begun {
		c.output()
	}
	c.gap()
	c.add(c.took())
	if c.r.Unsettled() {
		c.ways()
	}
	c.settled()
	c.entry()
	c.row(c.log(), press(c.say("Details"), uint64(c.r.ID), Details, ""))
	c.row(c.tellUsers())
}

// cause says what came between, in which step, and what that step did.
func (c *sheet) cause(cut *actions.Interruption) html {
	at := c.place(cut.Step)
	switch cut.Cause {
	case actions.CutCrash:
		return c.say("The bot was killed in %s. Nobody knows what that step did.", at)
	case actions.CutHold:
		if cut.Begun {
			return c.say("%s holds the service: %s, was ended midway. Nobody knows how far it came.", c.stop(cut.By), at)
		}
		return c.say("%s holds the service: %s, was not started.", c.stop(cut.By), at)
	case actions.CutShutdown:
		if cut.Begun {
			return c.say("The bot was shut down, and %s, did not finish in its time: it was ended midway. Nobody knows how far it came.", at)
		}
		return c.say("The bot was shut down: %s, was not started.", at)
	case actions.CutUnknown:
		return c.say("The answer to %s, did not come. Nobody knows what that step did.", at)
	case actions.CutHalted:
		return c.say("%s asked to stop safely: %s, was not started.", name(cut.Who), at)
	case actions.CutFork:
		if cut.Begun {
			return c.say("The journal is not the one that people's pins know. Nobody knows what %s, did.", at)
		}
		return c.say("The journal is not the one that people's pins know: whether %s, was started, nobody knows.", at)
	case actions.CutAway:
		return c.say("The bot was away for longer than an approval lives: %s, was not started.", at)
	}
	return c.say("It was interrupted (%s) at %s.", cut.Cause, at)
}

// place is "step 2, start the service".
func (c *sheet) place(i int) html {
	if i < 0 || i >= len(c.r.Steps) {
		return c.say("step %s", i+1)
	}
	return c.say("step %s, %s", i+1, quiet(c.r.Steps[i].Title, maxTitle))
}

// found says what the step left, and what a look showed.
func (c *sheet) found(cut *actions.Interruption) []html {
	var lines []html
	if cut.Ended > 0 {
		lines = append(lines, c.count(cut.Ended, "%s process it had left running was ended.", "%s processes it had left running were ended."))
	}
	if n := len(cut.Left); n > 0 {
		var left []html
		for _, l := range cut.Left[:min(n, maxNames)] {
			left = append(left, quiet(l, anyText))
		}
		if n > maxNames {
			left = append(left, c.say("%s more", n-maxNames))
		}
		lines = append(lines, c.say("Still running, and could not be ended: %s.", join(", ", left...)))
	}
	if cut.Probe != "" {
		lines = append(lines, c.say("Found: %s", sentence(cut.Probe, maxArg)))
	}
	if cut.Unasked {
		lines = append(lines, c.say("What is there is asked again until there is an answer."))
	}
	return lines
}

// ways offers Resume, Undo and Leave, says what each would do, and how many people each takes.
func (c *sheet) ways() {
	id, done, total := uint64(c.r.ID), c.r.Done(), len(c.r.Steps)
	var row []Button
	c.gap()
	if done < total {
		c.add(c.resuming(done+1, total))
		row = append(row, press(c.say("Resume"), id, Resume, ""))
	}
	if c.a.Undo != "" {
		c.add(c.say("Undo: %s.", typed("/"+string(c.a.Undo))))
		row = append(row, press(c.say("Undo"), id, Undo, ""))
	} else if c.merges() {
		c.add(c.undo())
	} else {
		c.add(c.say("It cannot be undone."))
	}
	c.add(c.say("Leave: it stays as it is."))
	c.row(append(row, press(c.say("Leave"), id, Leave, ""))...)
	people := 1 + max(1, c.a.Rule.Approvals)
	if people == 2 {
		c.add(c.say("Each takes two people; until then it keeps its locks."))
		return
	}
	c.add(c.say("Each takes %s people; until then it keeps its locks.", people))
}

func (c *sheet) resuming(from, to int) html {
	if from == to {
		return c.say("Resume: step %s.", from)
	}
	return c.say("Resume: steps %s to %s.", from, to)
}
