package text

import (
	"time"

	"twokey/auth"
	"twokey/drills"
)

// DrillAsks asks for the words to a press, of whoever pressed. They reply to it; its last line says what it asks for.
func (w Words) DrillAsks(v DrillView, who auth.Name, d DrillChoice) Card {
	c := w.drillSheet(v)
	c.add(c.say("🧪 %s: %s", c.mention(who), c.question(d)))
	c.add(c.say("Reply to this message."))
	c.add(html("#" + unspaced(c.x.ID) + ":" + d.String()))
	return c.card()
}

// question is what is to be answered.
func (c *drillSheet) question(d DrillChoice) html {
	switch d.What {
	case DrillFailed:
		return c.say("why did step %s of the %s fail: %s?", int(d.N)+1, c.drill(), c.stepTitle(d.N))
	case DrillOmit:
		return c.say("why is step %s of the %s left out: %s?", int(d.N)+1, c.drill(), c.stepTitle(d.N))
	case DrillNote:
		return c.say("what is to be noted about the %s? A photo is a note, too.", c.drill())
	case DrillAbort:
		return c.say("why is the %s given up?", c.drill())
	case DrillSkip:
		return c.say("why is the %s of %s not held? Two people decide.", c.drill(), c.on(c.x.At))
	case DrillMove:
		return c.say("when is the %s held instead, and why? Such as %s", c.drill(), typed(c.example()+" because …"))
	case DrillMoveTo:
		return c.say("why is the %s held %s instead?", c.drill(), c.on(time.Unix(int64(d.N), 0)))
	case DrillFinding:
		return c.say("what is to be followed up after the %s? Who and until when may be added: %s", c.drill(), typed("owner=NAME until=2026-12-20"))
	case DrillAnyway:
		return c.say("why is the %s to start although not all is well? Two people decide.", c.drill())
	}
	return c.say("what?")
}

func (c *drillSheet) stepTitle(n uint64) html {
	if n >= uint64(len(c.x.Script)) {
		return c.say("unknown")
	}
	return quietWords(c.x.Script[n].Title, maxTitle)
}

// example is a time as it is typed.
func (c *drillSheet) example() string {
	return c.x.At.In(c.zone()).AddDate(0, 0, 1).Format("2006-01-02T15:04")
}

// DrillDates offers other times as buttons; another one is a reply.
func (w Words) DrillDates(v DrillView, who auth.Name, dates []time.Time) Card {
	c := w.drillSheet(v)
	d := DrillChoice{What: DrillMove}
	c.add(c.say("🧪 %s: when is the %s held instead of %s?", c.mention(who), c.drill(), c.on(c.x.At)))
	c.add(c.say("Tap a time, or reply to this message, such as %s", typed(c.example()+" because …")))
	c.add(html("#" + unspaced(c.x.ID) + ":" + d.String()))
	for _, at := range dates[:min(len(dates), maxDates)] {
		label := html(escape(at.In(c.zone()).Format("Mon 2 Jan 15:04")))
		c.row(drillPress(label, c.x.ID, DrillMoveTo, uint64(max(0, at.Unix())), ""))
	}
	return c.card()
}

// maxDates is how many other times are offered.
const maxDates = 3

// DrillRed says that an exercise does not start, because of what was seen when looking both ways.
func (w Words) DrillRed(v DrillView, red []drills.Look) Card {
	c := w.drillSheet(v)
	c.add(c.say("🧪 %s does not start yet", c.drill()))
	for _, l := range red {
		c.list(ifFacts, c.say("✗ %s: %s", quiet(l.Name, maxName), sentence(l.Text, maxTitle)), sentence(l.Hint, maxTitle))
	}
	c.gap()
	c.add(c.say("Two people can let it start all the same."), tag(c.x.ID))
	c.row(drillPress(c.say("Look again"), c.x.ID, DrillStart, 0, good), drillPress(c.say("Reschedule"), c.x.ID, DrillMove, 0, ""))
	c.row(drillPress(c.say("Ask to start anyway"), c.x.ID, DrillAnyway, 0, danger))
	return c.card()
}

// DrillAnswer answers a press about a drill that worked, in at most 200 characters of plain text.
func (w Words) DrillAnswer(what byte) string {
	switch what {
	case DrillAccept:
		return plain(w.say("It is yours."))
	case DrillStart:
		return plain(w.say("Looking both ways…"))
	case DrillDone:
		return plain(w.say("Done."))
	case DrillSign:
		return plain(w.say("Signed."))
	case DrillHere:
		return plain(w.say("You are reached. Thank you."))
	case DrillReport:
		return plain(w.say("The report is on its way."))
	case DrillTrend:
		return plain(w.say("The picture is on its way."))
	case DrillFailed, DrillOmit, DrillNote, DrillAbort, DrillSkip, DrillMove, DrillMoveTo, DrillFinding, DrillAnyway:
		return plain(w.say("Reply to the question below."))
	}
	return ""
}
