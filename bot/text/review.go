package text

// reviews says who looked at it afterwards, and whom it still waits for.
func (c *sheet) reviews() {
	var lines []html
	for _, v := range c.r.Reviews {
		word := c.say("%s reviewed it %s: it was right", name(v.Person), c.at(v.At, c.day()))
		if !v.Right {
			word = c.say("%s reviewed it %s: it was not right", name(v.Person), c.at(v.At, c.day()))
		}
		if v.Text != "" {
			word = c.say("%s, \"%s\"", word, quiet(v.Text, maxReason))
		}
		lines = append(lines, word+".")
	}
	c.add(lines...)
}

// pleaseReview calls those whom a review still waits for.
func (c *sheet) pleaseReview() {
	who := c.people(c.v.Reviewers, "", c.mention)
	switch n := c.r.Unreviewed(); {
	case n == 0 || who == "":
	case n < len(c.v.Reviewers):
		c.add(c.count(n, "%[2]s: one of you, please review this.", "%[2]s: please review this, %[1]s of you.", who))
	default:
		c.add(c.say("%s: please review this.", who))
	}
}

// ReviewSheet is what somebody who reviews looks at: what was done alone, and the two ways to see it.
func (w Words) ReviewSheet(v RequestView, entries Events) Card {
	c := w.sheet(v)
	c.add(join(" · ", c.say("Review %s of %s", called(c.r), name(c.r.Asked.Person)), c.state(c.r.Status)))
	c.add(c.say("%s did this alone %s.", name(c.r.Asked.Person), c.on(c.r.AskedAt)))
	c.reason()
	c.gap()
	c.add(c.does(c.r.Service))
	c.reviews()
	if lines := w.told(entries, c.r.AskedAt); len(lines) > 0 {
		c.gap()
		c.quote(lines)
	}
	c.gap()
	c.add(c.say("Was it right to do? A word with it: %s", typed("/review "+unspaced(uint64(c.r.ID))+" wrong because …")))
	id := uint64(c.r.ID)
	c.row(press(c.say("It was right"), id, ReviewRight, good), press(c.say("It was not"), id, ReviewWrong, ""))
	return c.card()
}

// OpenReviews is the answer to /review when several things, or none, wait for one.
func (w Words) OpenReviews(list []RequestView) Card {
	p := page{words: w}
	if len(list) == 0 {
		p.add(w.say("✅ Nothing waits for a review."))
		return p.card()
	}
	p.add(w.count(len(list), "%s thing done alone waits for a review", "%s things done alone wait for a review"))
	for _, v := range list {
		p.list(ifSteps, w.line(v.Request, v.Request.AskedAt))
		p.row(press(w.say("Review %s", called(v.Request)), uint64(v.Request.ID), Review, ""))
	}
	return p.card()
}

// afterwards answers presses about what came after a request's end.
func (c *sheet) afterwards(choice string) html {
	switch choice {
	case Confirm:
		return c.say("Confirmed. It counts.")
	case ReviewRight, ReviewWrong:
		if n := c.r.Unreviewed(); n > 0 {
			return c.count(n, "Thank you. One more has to look.", "Thank you. %s more have to look.")
		}
		return c.say("Thank you. That was the last review it needed.")
	case AffectsAll, AffectsSome, AffectsUnknown:
		return c.say("Noted.")
	case Accept:
		return c.askedNow()
	case Rows:
		return c.say("The rows are on their way to you, in private.")
	case Incident:
		return c.say("What happened so far is below.")
	}
	if _, done, ok := ParseCheck(choice); ok && done {
		return c.say("Noted: done.")
	} else if ok {
		return c.say("Noted: failed. Reply to the card to say how.")
	}
	return ""
}

// IncidentSheet tells what happened since a panic, one entry a line.
func (w Words) IncidentSheet(v RequestView, entries Events) Card {
	c := w.sheet(v)
	c.add(join(" · ", c.say("Incident %s", numbered(c.r.ID)), c.lockWord()))
	c.add(c.say("%s pressed panic %s.", name(c.r.Asked.Person), c.on(c.r.AskedAt)))
	if wrong := c.wrong(); wrong != "" {
		c.add(c.say("What is wrong: %s", wrong))
	}
	c.affected()
	c.notes()
	if lines := w.told(entries, c.r.AskedAt); len(lines) > 0 {
		c.gap()
		c.add(c.say("Since then:"))
		c.quote(lines)
	}
	return c.card()
}

func (c *sheet) lockWord() html {
	if c.r.Locks {
		return c.say("open")
	}
	return c.say("resolved")
}

// pendingWord is whom or what a request waits for after its end.
func (c *sheet) pendingWord() html {
	switch {
	case c.r.Unconfirmed():
		return c.say("It waits for somebody to confirm what it found.")
	case c.r.Unreviewed() > 0:
		return c.say("It waits for a review by %s.", c.any(c.v.Reviewers))
	case c.r.Locks:
		return c.say("Its lockdown is set. Two people can lift it: %s", typed("/unlock"))
	}
	return ""
}

// Affects is the words that the buttons about who is affected stand for.
func (w Words) Affects(choice string) string {
	switch choice {
	case AffectsAll:
		return plain(w.say("everybody"))
	case AffectsSome:
		return plain(w.say("some users"))
	}
	return plain(w.say("not known yet"))
}
