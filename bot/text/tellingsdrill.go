package text

import (
	"time"

	"twokey/drills"
)

// drillTellings has a line for each kind that is about drills.
var drillTellings = map[string]telling{
	drills.KindLoaded:       {tell: func(t teller) html { return t.say("🧪 the drills of the config count from here on") }},
	drills.KindPlanned:      {tell: of(teller.drillPlanned)},
	drills.KindReminded:     {tell: func(t teller) html { return t.say("🧪 somebody was reminded of a drill") }, minor: true},
	drills.KindAssigned:     {tell: of(teller.drillAssigned)},
	drills.KindEscalated:    {tell: of(teller.drillEscalated)},
	drills.KindAccepted:     {tell: of(teller.drillAccepted)},
	drills.KindRescheduled:  {tell: of(teller.drillMoved)},
	drills.KindStarted:      {tell: of(teller.drillStarted)},
	drills.KindEnded:        {tell: of(teller.drillEnded)},
	drills.KindSkipped:      {tell: of(teller.drillSkipped)},
	drills.KindMissed:       {tell: of(teller.drillMissed)},
	drills.KindStepStarted:  {tell: func(t teller) html { return t.say("🧪 a step of a drill began") }, minor: true},
	drills.KindStepFinished: {tell: of(teller.drillStep)},
	drills.KindInterrupted:  {tell: of(teller.drillInterrupted)},
	drills.KindCleaned:      {tell: of(teller.drillCleaned)},
	drills.KindNoted:        {tell: of(teller.drillNoted)},
	drills.KindFound:        {tell: of(teller.drillFound)},
	drills.KindFollowed:     {tell: of(teller.drillFollowed)},
	drills.KindFollowUp:     {tell: func(t teller) html { return t.say("🧪 somebody was reminded of what a drill found") }, minor: true},
	drills.KindAnswered:     {tell: of(teller.drillAnswered)},
	drills.KindSigned:       {tell: of(teller.drillSigned)},
	drills.KindPosted:       {tell: func(t teller) html { return t.say("🧪 the card of a drill was posted") }, minor: true},
	drills.KindClosed:       {tell: func(t teller) html { return t.say("🧪 the card of a drill is final") }, minor: true},
	drills.KindAway:         {tell: of(teller.away)},
	drills.KindBack:         {tell: of(teller.back)},
}

func (t teller) drillPlanned(b drills.Planned) html {
	line := t.say("🧪 drill %s is %s", quiet(string(b.Drill), maxName), t.until(b.At, t.e.Time))
	if b.Owner != "" {
		line = t.say("%s, %s's turn", line, name(b.Owner))
	}
	return t.say("%s (%s)", line, tag(t.e.Seq))
}

func (t teller) drillAssigned(b drills.Assigned) html {
	if b.Away == "" {
		return t.say("🧪 drill %s is %s's", tag(b.Exercise), name(b.Owner))
	}
	return t.say("🧪 drill %s is %s's now: %s is away", tag(b.Exercise), name(b.Owner), name(b.Away))
}

func (t teller) drillEscalated(b drills.Escalated) html {
	lack := t.say("nobody started it")
	if b.Lack == drills.NotAccepted {
		lack = t.say("nobody accepted it")
	}
	return t.say("🧪 drill %s: %s, and others were called", tag(b.Exercise), lack)
}

func (t teller) drillAccepted(b drills.Accepted) html {
	return t.say("🧪 %s accepted drill %s", name(b.Person), tag(b.Exercise))
}

func (t teller) drillMoved(b drills.Rescheduled) html {
	return t.because(t.say("🧪 %s moved drill %s to %s", name(b.Person), tag(b.Exercise), t.until(b.To, t.e.Time)), b.Reason)
}

func (t teller) drillStarted(b drills.Started) html {
	return t.say("🧪 %s started drill %s", name(b.Person), tag(b.Exercise))
}

func (t teller) drillEnded(b drills.Ended) html {
	line := t.say("🧪 drill %s ended: %s", tag(b.Exercise), quiet(string(b.Result), maxName))
	if b.RTO.Known {
		line = t.say("%s in %s", line, b.RTO.Took.Round(time.Second))
	}
	return t.because(line, b.Reason)
}

func (t teller) drillSkipped(b drills.Skipped) html {
	return t.because(t.say("🧪 %s skipped drill %s", name(b.Person), tag(b.Exercise)), b.Reason)
}

func (t teller) drillMissed(b drills.Missed) html {
	return t.say("🧪 drill %s was missed", quiet(string(b.Drill), maxName))
}

func (t teller) drillStep(b drills.StepFinished) html {
	line := t.say("🧪 step %s of drill %s: %s", b.Step+1, tag(b.Exercise), quiet(string(b.Outcome), maxName))
	if b.Person != "" {
		line = t.say("%s, %s", line, name(b.Person))
	}
	return t.because(line, b.Found.Why)
}

func (t teller) drillInterrupted(b drills.Interrupted) html {
	return t.say("🧪 drill %s was interrupted: its automatic steps begin anew", tag(b.Exercise))
}

func (t teller) drillCleaned(b drills.Cleaned) html {
	return t.because(t.say("🧪 what drill %s made is gone", tag(b.Exercise)), b.Proof)
}

func (t teller) drillNoted(b drills.Noted) html {
	if b.Photo != nil {
		return t.because(t.say("🧪 %s kept a photo of drill %s", name(b.Person), tag(b.Exercise)), b.Text)
	}
	return t.because(t.say("🧪 %s noted of drill %s", name(b.Person), tag(b.Exercise)), b.Text)
}

func (t teller) drillFound(b drills.FoundOut) html {
	return t.because(t.say("🧪 drill %s found something for %s", tag(b.Exercise), name(b.Owner)), b.Text)
}

func (t teller) drillFollowed(b drills.Followed) html {
	return t.because(t.say("🧪 %s settled finding %s of drill %s", name(b.Person), b.Finding, tag(b.Exercise)), b.How)
}

func (t teller) drillAnswered(b drills.Answered) html {
	return t.say("🧪 %s was reached for drill %s", name(b.Person), tag(b.Exercise))
}

func (t teller) drillSigned(b drills.Signed) html {
	return t.say("🧪 %s signed drill %s", name(b.Person), tag(b.Exercise))
}

func (t teller) away(b drills.Away) html {
	return t.say("%s is away until %s", name(b.Person), t.until(b.Until, t.e.Time))
}

func (t teller) back(b drills.Back) html { return t.say("%s is back", name(b.Person)) }
