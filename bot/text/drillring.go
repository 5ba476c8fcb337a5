package text

import (
	"time"

	"twokey/auth"
	"twokey/drills"
)

// maxMentions is how many people one message rings.
const maxMentions = 12

// DrillRing is the one-line reply, HTML, to an exercise's card about something that people must hear of; empty when nobody must.
// everybody are all people, whom the call for help of that level mentions.
func (w Words) DrillRing(v DrillView, n drills.News, everybody []auth.Name) string {
	c := w.drillSheet(v)
	var line html
	switch b := n.Body.(type) {
	case *drills.Reminded:
		line = c.reminded(b)
	case *drills.Assigned:
		line = c.assigned(b)
	case *drills.Escalated:
		line = c.escalated(b, everybody)
	case *drills.Rescheduled:
		line = c.moved(b.To, b.Person, b.Reason)
	case *drills.Agreed:
		line = c.agreed(b)
	case *drills.Skipped:
		line = c.say("skipped %s · %s: %s", c.drill(), name(b.Person), quietWords(b.Reason, maxTitle))
	case *drills.Missed:
		line = c.say("missed %s of %s · not performed", c.drill(), c.on(c.x.At))
	case *drills.Ended:
		line = c.endedNow(b)
	case *drills.Interrupted:
		line = c.say("%s: I ended meanwhile. What it made is cleaned up, and the automatic steps begin anew", c.drill())
	case *drills.StepFinished:
		line = c.handedOver()
	case *drills.FollowUp:
		line = c.followUp(b.Finding)
	}
	if line == "" {
		return ""
	}
	return string(drillMark + " " + line)
}

// DrillUrge is the line that asks once more for a second person's name.
func (w Words) DrillUrge(v DrillView) string {
	c := w.drillSheet(v)
	return string(c.say("🧪 %s: %s of %s is not signed yet", c.signers(), c.drill(), c.on(c.x.Started)))
}

// its is "ann: database drill", whom it rings first.
func (c *drillSheet) its(owner auth.Name) html {
	if owner == "" {
		return c.drill()
	}
	return c.say("%s: %s", c.mention(owner), c.drill())
}

func (c *drillSheet) reminded(b *drills.Reminded) html {
	ask := c.say("please accept")
	if c.x.Status == drills.Taken {
		ask = c.say("accepted")
	}
	switch {
	case b.Before > 0:
		return c.say("%s in %s, %s · %s", c.its(c.x.Owner), b.Before, c.on(b.At), ask)
	case c.v.Now.Sub(b.At) > 10*time.Minute:
		return c.say("%s was due %s · press Start", c.its(c.x.Owner), c.on(b.At))
	}
	return c.say("%s, it is time · press Start", c.its(c.x.Owner))
}

func (c *drillSheet) assigned(b *drills.Assigned) html {
	line := c.say("%s, %s", c.its(b.Owner), c.on(c.x.At))
	if b.Away == "" {
		return c.say("%s, is yours · please accept", line)
	}
	return c.say("%s, is yours: %s is away · please accept", line, name(b.Away))
}

// escalated calls for help: what is lacking, and who is asked.
func (c *drillSheet) escalated(b *drills.Escalated, everybody []auth.Name) html {
	what := c.say("nobody accepted the %s of %s", c.drill(), c.on(c.x.At))
	ask := c.say("can you?")
	if b.Lack == drills.NotStarted {
		what = c.say("nobody started the %s of %s", c.drill(), c.on(c.x.At))
	}
	var whom html
	switch {
	case b.Level == drills.Second && b.Person != "":
		whom = c.mention(b.Person)
	case b.Level == drills.Second && c.x.Owner != "":
		whom = c.mention(c.x.Owner)
	default:
		whom = c.ringing(everybody)
		ask = c.say("who can? Missed if it is not held before %s", c.until(c.x.Deadline(), c.x.At))
	}
	if whom != "" {
		what = c.say("%s: %s", whom, what)
	}
	return c.say("%s · %s", what, ask)
}

// ringing are many people.
func (c *drillSheet) ringing(all []auth.Name) html {
	var list []html
	for _, n := range all[:min(len(all), maxMentions)] {
		list = append(list, c.mention(n))
	}
	return join(", ", list...)
}

func (c *drillSheet) moved(to time.Time, who auth.Name, why string) html {
	return c.say("%s is %s now · %s: %s", c.drill(), c.on(to), name(who), quietWords(why, maxTitle))
}

func (c *drillSheet) agreed(b *drills.Agreed) html {
	switch b.Do {
	case drills.AgreedMove:
		return c.moved(b.To, b.Person, b.Reason)
	case drills.AgreedSkip:
		return c.say("skipped %s · %s: %s", c.drill(), name(b.Person), quietWords(b.Reason, maxTitle))
	}
	return ""
}

func (c *drillSheet) endedNow(b *drills.Ended) html {
	head := c.say("%s %s", c.result(b.Result), c.drill())
	switch {
	case b.Result == drills.Aborted:
		return c.say("%s · %s: %s", head, name(b.Person), quietWords(b.Reason, maxTitle))
	case c.x.Status != drills.Done || c.x.SignedBy != "":
		return join(" · ", head, c.ofTarget())
	}
	return join(" · ", head, c.ofTarget(), c.say("%s: please sign", c.signers()))
}

// handedOver says that the program's steps are over, and whose turn it is.
func (c *drillSheet) handedOver() html {
	i := c.x.Current()
	if i < 0 {
		return ""
	}
	return c.say("%s, your turn · step %s: %s", c.its(c.x.By), i+1, quietWords(c.x.Script[i].Title, maxTitle))
}

func (c *drillSheet) followUp(n int) html {
	if n < 1 || n > len(c.x.Findings) {
		return ""
	}
	f := c.x.Findings[n-1]
	how := typed("/drill close " + unspaced(c.x.ID) + " " + unspaced(uint64(n)) + " because …")
	return c.say("%s: finding %s of the %s of %s is due: %s · %s", c.mention(f.Owner), n, c.drill(), c.on(c.x.Started), quietWords(f.Text, maxTitle), how)
}

// DrillNeeds says whether a piece of news needs somebody now: the rest is quiet at night.
func DrillNeeds(x *drills.Exercise, n drills.News) bool {
	switch b := n.Body.(type) {
	case *drills.Reminded:
		return b.Before == 0 || x.Status == drills.Open
	case *drills.Assigned, *drills.Escalated, *drills.StepFinished:
		return true
	}
	return false
}

// DrillStill says whether a piece of news is still so.
func DrillStill(x *drills.Exercise, n drills.News) bool {
	waits := x.Status == drills.Open || x.Status == drills.Taken
	switch b := n.Body.(type) {
	case *drills.Reminded:
		return waits && x.NearestSeq == n.Seq && b.At.Equal(x.At)
	case *drills.Assigned:
		return x.Status == drills.Open && x.Owner == b.Owner
	case *drills.Escalated:
		last := x.Called[len(x.Called)-1].Seq == n.Seq
		return last && waits && (b.Lack != drills.NotAccepted || x.Status == drills.Open)
	case *drills.Rescheduled:
		return waits && b.To.Equal(x.At)
	case *drills.Agreed:
		return b.Do != drills.AgreedMove || waits && b.To.Equal(x.At)
	case *drills.Interrupted:
		return x.Status == drills.Running
	case *drills.StepFinished:
		i := x.Current()
		return x.Status == drills.Running && i >= 0 && !x.Script[i].Auto
	case *drills.FollowUp:
		return b.Finding >= 1 && b.Finding <= len(x.Findings) && x.Findings[b.Finding-1].Closed.IsZero()
	}
	return true
}

// DrillCall asks an approver whether they are there; when they were reached, or it is over, it says so.
func (w Words) DrillCall(v DrillView, who auth.Name) Card {
	c := w.drillSheet(v)
	at, did := c.x.Answers[who]
	i := c.x.Current()
	waits := c.x.Status == drills.Running && i >= 0 && c.x.Script[i].Key == drills.AnswersKey
	switch {
	case did:
		c.add(c.say("🧪 %s, you were reached after %s", name(who), at.Sub(c.x.Started)))
		c.add(c.say("Thank you: the drill is about that only."))
	case !waits:
		c.add(c.say("🧪 %s, you were not reached in time", name(who)))
		c.add(c.say("The %s of %s is over. Nothing is to be done.", c.drill(), c.on(c.x.Started)))
	default:
		c.add(c.say("🧪 %s, are you there?", name(who)))
		c.add(c.say("%s: %s began it %s to see who of those that approve is reached before %s. One tap is all.", c.drill(), name(c.x.By),
			c.since(c.x.Started, c.x.At), c.until(c.x.Started.Add(c.x.Target), c.x.Started)))
		c.add(c.say("No production is touched."))
		c.row(drillPress(c.say("I am here"), c.x.ID, DrillHere, 0, good))
	}
	c.gap()
	c.add(tag(c.x.ID))
	return c.card()
}
