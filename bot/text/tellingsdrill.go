package text

import (
	"twokey/drills"
)

// drillTellings has a line for each kind of entry about drills.
var drillTellings = map[string]telling{
	drills.KindLoaded:       {tell: of(teller.drillsLoaded)},
	drills.KindPlanned:      {tell: of(teller.drillPlanned)},
	drills.KindReminded:     {tell: of(teller.drillReminded), minor: true},
	drills.KindAssigned:     {tell: of(teller.drillAssigned)},
	drills.KindEscalated:    {tell: of(teller.drillEscalated)},
	drills.KindAccepted:     {tell: of(teller.drillAccepted)},
	drills.KindRescheduled:  {tell: of(teller.drillMoved)},
	drills.KindStarted:      {tell: of(teller.drillStarted)},
	drills.KindEnded:        {tell: of(teller.drillEnded)},
	drills.KindSkipped:      {tell: of(teller.drillSkipped)},
	drills.KindMissed:       {tell: of(teller.drillMissed)},
	drills.KindAway:         {tell: of(teller.wentAway)},
	drills.KindBack:         {tell: of(teller.cameBack)},
	drills.KindStepStarted:  {tell: of(teller.drillStepStarted), minor: true},
	drills.KindStepFinished: {tell: of(teller.drillStepFinished)},
	drills.KindInterrupted:  {tell: of(teller.drillInterrupted)},
	drills.KindCleaned:      {tell: of(teller.drillCleaned)},
	drills.KindNoted:        {tell: of(teller.drillNoted)},
	drills.KindFound:        {tell: of(teller.drillFound)},
	drills.KindFollowed:     {tell: of(teller.drillFollowed)},
	drills.KindFollowUp:     {tell: of(teller.drillFollowUp)},
	drills.KindAnswered:     {tell: of(teller.drillAnswered)},
	drills.KindSigned:       {tell: of(teller.drillSigned)},
	drills.KindPosted:       {tell: of(teller.drillPosted), minor: true},
	drills.KindClosed:       {tell: of(teller.drillClosed), minor: true},
}

func (t teller) drillsLoaded(b drills.AllLoaded) html {
	return t.count(len(b.Drills), "the config has %s drill from here on", "the config has %s drills from here on")
}

func (t teller) drillPlanned(b drills.Planned) html {
	line := t.say("%s is planned for %s (%s)", t.drill(b.Drill), t.on(b.At), tag(t.e.Seq))
	switch {
	case b.Trigger == drills.Manual:
		return t.say("%s wants the %s (%s)", name(b.Owner), t.drill(b.Drill), tag(t.e.Seq))
	case b.Owner == "":
		return line
	}
	return t.say("%s, %s's", line, name(b.Owner))
}

func (t teller) drillReminded(b drills.Reminded) html {
	if b.Before == 0 {
		return t.say("it is time for drill %s", tag(b.Exercise))
	}
	return t.say("drill %s is in %s", tag(b.Exercise), b.Before)
}

func (t teller) drillAssigned(b drills.Assigned) html {
	if b.Away == "" {
		return t.say("drill %s is %s's now", tag(b.Exercise), name(b.Owner))
	}
	return t.say("drill %s is %s's now: %s is away", tag(b.Exercise), name(b.Owner), name(b.Away))
}

func (t teller) drillEscalated(b drills.Escalated) html {
	line := t.say("drill %s is %s: help was called", tag(b.Exercise), string(b.Lack))
	if b.Person != "" {
		return t.say("%s, from %s", line, name(b.Person))
	}
	return line
}

func (t teller) drillAccepted(b drills.Accepted) html {
	return t.say("%s accepted drill %s", name(b.Person), tag(b.Exercise))
}

func (t teller) drillMoved(b drills.Rescheduled) html {
	return t.because(t.say("%s moved drill %s to %s", name(b.Person), tag(b.Exercise), t.on(b.To)), b.Reason)
}

func (t teller) drillStarted(b drills.Started) html {
	return t.say("%s started drill %s", name(b.Person), tag(b.Exercise))
}

func (t teller) drillEnded(b drills.Ended) html {
	if b.Result == drills.Aborted {
		return t.because(t.say("%s gave drill %s up", name(b.Person), tag(b.Exercise)), b.Reason)
	}
	return t.because(t.say("drill %s %s", tag(b.Exercise), t.result(b.Result)), b.Reason)
}

func (t teller) drillSkipped(b drills.Skipped) html {
	return t.because(t.say("%s skipped drill %s", name(b.Person), tag(b.Exercise)), b.Reason)
}

func (t teller) drillMissed(b drills.Missed) html {
	return t.say("the %s of %s was missed", t.drill(b.Drill), t.on(b.At))
}

func (t teller) wentAway(b drills.Away) html {
	return t.say("%s is away, back on %s", name(b.Person), t.weekday(b.Until))
}

func (t teller) cameBack(b drills.Back) html { return t.say("%s is back", name(b.Person)) }

func (t teller) drillStepStarted(b drills.StepStarted) html {
	return t.say("drill %s began step %s", tag(b.Exercise), b.Step+1)
}

func (t teller) drillStepFinished(b drills.StepFinished) html {
	line := t.say("drill %s: step %s %s", tag(b.Exercise), b.Step+1, t.outcome(b.Outcome))
	if b.Found.Why != "" {
		return t.because(line, b.Found.Why)
	}
	return t.because(line, b.Found.Line)
}

func (t teller) outcome(o drills.Outcome) html {
	switch o {
	case drills.StepDone:
		return t.say("done")
	case drills.StepFailed:
		return t.say("failed")
	case drills.StepSkipped:
		return t.say("left out")
	}
	return t.say("%s", string(o))
}

func (t teller) drillInterrupted(b drills.Interrupted) html {
	return t.say("drill %s was cut off, its automatic steps begin anew", tag(b.Exercise))
}

func (t teller) drillCleaned(b drills.Cleaned) html {
	return t.because(t.say("what drill %s made is gone", tag(b.Exercise)), b.Proof)
}

func (t teller) drillNoted(b drills.Noted) html {
	line := t.say("%s noted for drill %s", name(b.Person), tag(b.Exercise))
	if b.Photo != nil {
		line = t.say("%s, with a photo", line)
	}
	return t.because(line, b.Text)
}

func (t teller) drillFound(b drills.FoundOut) html {
	return t.because(t.say("drill %s found something for %s", tag(b.Exercise), name(b.Owner)), b.Text)
}

func (t teller) drillFollowed(b drills.Followed) html {
	return t.because(t.say("%s settled finding %s of drill %s", name(b.Person), b.Finding, tag(b.Exercise)), b.How)
}

func (t teller) drillFollowUp(b drills.FollowUp) html {
	return t.say("finding %s of drill %s is due", b.Finding, tag(b.Exercise))
}

func (t teller) drillAnswered(b drills.Answered) html {
	return t.say("%s was reached for drill %s", name(b.Person), tag(b.Exercise))
}

func (t teller) drillSigned(b drills.Signed) html {
	return t.say("%s signed drill %s", name(b.Person), tag(b.Exercise))
}

func (t teller) drillPosted(b drills.Posted) html {
	switch {
	case b.Rung != 0 && b.Message == 0:
		return t.say("the chat was told of drill %s", tag(b.Exercise))
	case b.Urged:
		return t.say("the chat was asked to sign drill %s", tag(b.Exercise))
	case b.Message == 0:
		return t.say("the card of drill %s is gone", tag(b.Exercise))
	}
	return t.say("the card of drill %s was posted", tag(b.Exercise))
}

func (t teller) drillClosed(b drills.CardClosed) html {
	return t.say("the card of drill %s is final", tag(b.Exercise))
}
