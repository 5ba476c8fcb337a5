package text

import (
	"time"

	"twokey/auth"
	"twokey/drills"
)

// DrillLine is a drill in a list.
type DrillLine struct {
	Name     drills.Name
	Next     time.Time        // when it is next; zero: never
	Owner    auth.Name        // of the next one, when it is known
	Open     *drills.Exercise // the one that is not over; nil: none is known
	Last     *drills.Exercise // the last that was held to its end; nil: none was
	Overdue  time.Duration    // since when a period is over without a result; 0: none is
	Streak   int              // how many passed one after the other, to the last
	Findings int              // that nobody settled
	Unsigned []uint64         // exercises without a second person's name
	Changed  bool             // its runbook is not what it was at the last drill
	Proven   bool             // the last one passed, and none is overdue
}

// DrillsView is what /drills answers.
type DrillsView struct {
	Lines []DrillLine
	Away  []auth.Name
	Now   time.Time
}

// maxDrills is how many drills a list tells.
const maxDrills = 10

// Drills is the answer to /drills: how much is proven, what needs somebody, and each drill.
func (w Words) Drills(v DrillsView) Card {
	p := page{words: w}
	proven := 0
	for _, l := range v.Lines {
		if l.Proven {
			proven++
		}
	}
	p.add(w.say("🧪 %s of %s drills proven", proven, len(v.Lines)))
	if len(v.Lines) == 0 {
		p.add(w.say("The config has no drill."))
	}
	for _, l := range v.Lines[:min(len(v.Lines), maxDrills)] {
		w.drillLine(&p, l, v.Now)
	}
	if len(v.Away) > 0 {
		p.gap()
		p.add(w.say("Away: %s.", w.people(v.Away, "", name)))
	}
	return p.card()
}

// drillLine is a drill: when it is next, how it went, what needs somebody.
func (w Words) drillLine(p *page, l DrillLine, now time.Time) {
	p.gap()
	p.add(w.say("<b>%s</b> · %s", html(Show(string(l.Name), maxName)), w.nextDrill(l)))
	p.list(ifFacts, w.lastResult(l, now))
	if l.Overdue > 0 {
		p.add(w.say("⚠️ overdue for %s", w.span(l.Overdue.Round(time.Hour))))
	}
	if l.Changed {
		p.list(ifFacts, w.say("The runbook changed since the last drill."))
	}
	var open []html
	if l.Findings > 0 {
		open = append(open, w.count(l.Findings, "%s finding is open", "%s findings are open"))
	}
	if n := len(l.Unsigned); n > 0 {
		open = append(open, w.say("not signed: %s", w.tags(l.Unsigned)))
	}
	p.list(ifFacts, join("; ", open...))
	p.row(w.drillStart(l, now), do(w.say("Trend %s", string(l.Name)), "/drill trend "+string(l.Name)))
}

// drillStart is the button of what is due.
func (w Words) drillStart(l DrillLine, now time.Time) Button {
	if x := l.Open; x != nil && x.Status != drills.Running && !now.Before(x.At) {
		return drillPress(w.say("Start %s", string(l.Name)), x.ID, DrillStart, 0, good)
	}
	return Button{}
}

// nextDrill is when it is next, and whose, or that it goes on.
func (w Words) nextDrill(l DrillLine) html {
	switch {
	case l.Open != nil && l.Open.Status == drills.Running:
		return w.say("running since %s, %s (%s)", w.on(l.Open.Started), name(l.Open.By), tag(l.Open.ID))
	case l.Next.IsZero():
		return w.say("no date")
	case l.Owner == "":
		return w.on(l.Next)
	case l.Open != nil && l.Open.Status == drills.Taken:
		return w.say("%s, accepted by %s (%s)", w.on(l.Next), name(l.Owner), tag(l.Open.ID))
	}
	return w.say("%s, %s", w.on(l.Next), name(l.Owner))
}

// lastResult is how the last one went, against its target.
func (w Words) lastResult(l DrillLine, now time.Time) html {
	x := l.Last
	if x == nil {
		return w.say("never held")
	}
	took := w.took(x)
	if took != "" && x.Target > 0 {
		took = w.say("%s of %s", took, x.Target)
	}
	line := join(", ", w.say("%s %s", w.result(x.Result), w.shortDay(x.Started, now)), took)
	if l.Streak > 1 {
		line = w.say("%s; %s in a row", line, l.Streak)
	}
	return line
}

func (w Words) tags(ids []uint64) html {
	var list []html
	for _, id := range ids[:min(len(ids), maxNames)] {
		list = append(list, tag(id))
	}
	if more := len(ids) - maxNames; more > 0 {
		list = append(list, w.say("%s more", more))
	}
	return join(", ", list...)
}

// TrendCaption stands below the picture of a drill's last results.
func (w Words) TrendCaption(n drills.Name) string {
	return string(w.say("🧪 how the %s went, the last twelve times", w.drill(n)))
}

// ProvenView is the last time that a whole way back was practised, or proven by a restore beside.
type ProvenView struct {
	At     time.Time
	Took   time.Duration
	Result drills.Result // empty is a pass
}

// proven is "last full proof 11 Nov, 4 min 31 s".
func (w Words) proven(v *ProvenView, now time.Time) html {
	switch {
	case v == nil || v.At.IsZero():
		return ""
	case v.Result != "" && v.Result != drills.Pass:
		return w.say("⚠️ The last full proof %s, %s", w.result(v.Result), w.shortDay(v.At, now))
	case v.Took <= 0:
		return w.say("Last full proof %s", w.shortDay(v.At, now))
	}
	return w.say("Last full proof %s, %s", w.shortDay(v.At, now), v.Took)
}

// nextIs is "Next drill: code, Tue 8 Dec 10:00".
func (w Words) nextIs(l *DrillLine) html {
	if l == nil || l.Next.IsZero() {
		return ""
	}
	return w.say("Next drill: %s, %s", string(l.Name), w.on(l.Next))
}

// nextIn is "Next drill in 2 weeks", for a morning.
func (w Words) nextIn(l *DrillLine, now time.Time) html {
	if l == nil || l.Next.IsZero() {
		return ""
	}
	y, m, d := now.In(w.zone()).Date()
	ny, nm, nd := l.Next.In(w.zone()).Date()
	days := int(time.Date(ny, nm, nd, 0, 0, 0, 0, time.UTC).Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
	switch {
	case days < 0:
		return w.say("A drill is due: %s.", string(l.Name))
	case days == 0:
		return w.say("Next drill today: %s, %s.", string(l.Name), w.since(l.Next, now))
	case days == 1:
		return w.say("Next drill tomorrow: %s, %s.", string(l.Name), w.on(l.Next))
	case days < 14:
		return w.say("Next drill in %s days: %s.", days, string(l.Name))
	}
	return w.count(days/7, "Next drill in %s week: %[2]s.", "Next drill in %s weeks: %[2]s.", string(l.Name))
}
