package text

import (
	"time"

	"twokey/auth"
)

// DrillAway answers /away: until which day somebody is away, and on which they are back, so that nobody takes the one for the
// other. until is the first instant they are back.
func (w Words) DrillAway(who auth.Name, until time.Time) Card {
	p := page{words: w}
	last := until.Add(-time.Second)
	p.add(w.say("%s is away until %s, back on %s.", name(who), w.weekday(last), w.weekday(until)))
	p.add(w.say("Drills go to somebody else meanwhile. Back before: %s", typed("/back")))
	return p.card()
}

// weekday is "Sun 20 Dec".
func (w Words) weekday(t time.Time) html { return html(t.In(w.zone()).Format("Mon 2 Jan")) }

// DrillBack answers /back.
func (w Words) DrillBack(who auth.Name) Card {
	p := page{words: w}
	p.add(w.say("%s is there again, for drills, too.", name(who)))
	return p.card()
}

// DrillAwayNo says why /away or /back cannot be understood, or is not one's to say.
type DrillAwayNo struct {
	Command string // away, back
	Unknown string // a name that is nobody's
	Admins  []auth.Name
	Names   []auth.Name
	Away    []auth.Name // who is away now
	Example time.Time   // a day to come
}

// DrillAwayRefusal is the no to /away and /back, with what to type.
func (w Words) DrillAwayRefusal(n DrillAwayNo) Card {
	p := page{words: w}
	how := "/away until=" + n.Example.In(w.zone()).Format(time.DateOnly)
	switch {
	case n.Unknown != "":
		p.add(w.say("\"%s\" is nobody here. There is: %s.", quiet(n.Unknown, maxName), w.people(n.Names, "", name)))
	case len(n.Admins) > 0 && n.Command == "back":
		p.add(w.say("For somebody else, %s can say it. For yourself: %s", w.any(n.Admins), typed("/back")))
		return p.card()
	case len(n.Admins) > 0:
		p.add(w.say("For somebody else, %s can say it. For yourself: %s", w.any(n.Admins), typed(how)))
		return p.card()
	case n.Command == "back":
		p.add(w.say("Type %s, or, an admin, %s", typed("/back"), typed("/back NAME")))
		return p.card()
	default:
		p.add(w.say("Until which day are you away? Name the last one, to come and within a year: %s", typed(how)))
	}
	if len(n.Away) > 0 {
		p.add(w.say("Away now: %s.", w.people(n.Away, "", name)))
	}
	return p.card()
}
