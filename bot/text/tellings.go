package text

import "twokey/actions"

// because puts a reason behind a sentence, when there is one.
func (t teller) because(line html, why string) html {
	if w := quiet(why, maxTitle); w != "" {
		return t.say("%s: %s", line, w)
	}
	return line
}

func (t teller) policy(b actions.PolicyLoaded) html {
	people := t.count(len(b.People), "%s person", "%s people")
	line := t.say("the config counts from here on: %s, catalogue %s", people, html(Show(b.Revision[:min(8, len(b.Revision))], 8)))
	if len(b.Voids) > 0 {
		line = t.say("%s; void: %s", line, t.requests(b.Voids))
	}
	return line
}

func (t teller) asked(b actions.Asked) html {
	r := &actions.Request{Asked: b}
	return t.because(t.say("%s asked %s (%s)", name(b.Person), command(r), tag(t.e.Seq)), b.Reason)
}

func (t teller) planned(b actions.Planned) html {
	switch b.Outcome {
	case actions.Refused:
		return t.because(t.say("%s was refused", t.request(b.Request)), b.Why)
	case actions.Approved:
		return t.say("%s was planned; one person may do it", t.request(b.Request))
	}
	return t.say("%s was planned and waits for others", t.request(b.Request))
}

func (t teller) voted(b actions.Voted) html {
	who, id := name(b.Person), t.request(b.Request)
	switch {
	case !b.Approve:
		return t.say("%s denied %s", who, id)
	case b.Outcome == "":
		return t.say("%s approved %s; others must, too", who, id)
	}
	return t.say("%s approved %s", who, id)
}

func (t teller) cancelled(b actions.TakenBack) html {
	return t.say("%s took %s back", name(b.Person), t.request(b.Request))
}

func (t teller) voided(b actions.Voided) html {
	id := t.request(b.Request)
	switch b.Cause {
	case actions.VoidStopped:
		return t.say("%s is void: %s stopped it", id, t.request(b.By))
	case actions.VoidPolicy:
		return t.say("%s is void: the config changed", id)
	case actions.VoidVotes:
		return t.say("%s is void: its votes do not count any more", id)
	}
	return t.because(t.say("%s is void, something changed", id), b.Name)
}

func (t teller) started(b actions.StepStarted) html {
	return t.say("%s began %s", t.request(b.Request), t.step(b.Request, b.Step))
}

func (t teller) finished(b actions.StepFinished) html {
	line := t.say("%s ended %s", t.request(b.Request), t.step(b.Request, b.Step))
	if b.Error != "" {
		line = t.because(t.say("%s failed in %s", t.request(b.Request), t.step(b.Request, b.Step)), b.Error)
	}
	if b.Outcome == "" {
		return line
	}
	return t.say("%s; it %s, %s", line, t.became(b.Outcome), t.short(b.Service))
}

// became is a final state as what a request did.
func (t teller) became(s actions.Status) html {
	switch s {
	case actions.Succeeded, actions.Failed:
		return t.state(s)
	}
	return t.say("is %s", t.state(s))
}

func (t teller) interrupted(b actions.Interruption) html {
	line := t.say("%s was interrupted before %s", t.request(b.Request), t.step(b.Request, b.Step))
	if b.Begun {
		line = t.say("%s was interrupted in %s, whose outcome is unknown", t.request(b.Request), t.step(b.Request, b.Step))
	}
	switch b.Cause {
	case actions.CutCrash:
		return t.say("%s: the bot was killed", line)
	case actions.CutUnknown:
		return t.say("%s: its answer did not come", line)
	case actions.CutShutdown:
		return t.say("%s: the bot was told to end", line)
	case actions.CutHold:
		return t.say("%s: %s stopped it", line, t.request(b.By))
	case actions.CutHalted:
		return t.say("%s: %s asked for it", line, name(b.Who))
	case actions.CutAway:
		return t.say("%s: the bot was away for too long", line)
	}
	return line
}

func (t teller) halted(b actions.Halted) html {
	return t.say("%s asked to stop %s safely", name(b.Person), t.request(b.Request))
}

func (t teller) late(b actions.Late) html {
	line := t.say("%s did %s (%s) while the journal could not be written; it %s", name(b.Asked.Person), command(&actions.Request{Asked: b.Asked}),
		tag(t.e.Seq), t.became(b.Outcome))
	return t.because(line, b.Error)
}

func (t teller) clock(b actions.ClockPassed) html {
	var parts []html
	if len(b.Expired) > 0 {
		parts = append(parts, t.say("expired: %s", t.requests(b.Expired)))
	}
	if len(b.Due) > 0 {
		parts = append(parts, t.say("due: %s", t.requests(b.Due)))
	}
	return join("; ", parts...)
}

func (t teller) probed(b actions.Probed) html {
	return t.because(t.say("it was found out what %s has left", t.request(b.Request)), b.Probe)
}

func (t teller) dropped(b actions.Dropped) html {
	line := t.say("what %s had prepared was thrown away", t.request(b.Request))
	if b.Error != "" {
		line = t.because(t.say("what %s had prepared could not be thrown away", t.request(b.Request)), b.Error)
	}
	return line
}

// onCard is what the entries about cards have that people care for. Their whole bodies are the bot's own.
type onCard struct {
	Request actions.ID
	Message int
}

func (t teller) cardPosted(b onCard) html {
	if b.Message == 0 {
		return t.say("the card of %s cannot be posted there", t.request(b.Request))
	}
	return t.say("the card of %s was posted", t.request(b.Request))
}

func (t teller) cardClosed(b onCard) html {
	return t.say("the card of %s is final", t.request(b.Request))
}
