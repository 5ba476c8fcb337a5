package evidence

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"twokey/drills"
)

// slack is how long after its time an exercise starts without anybody calling that late.
const slack = time.Hour

// deviations are where it did not go as it was planned, in a sentence each.
func (m maker) deviations() (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	x := m.x
	for _, v := range x.Moved {
		where := "within its period"
		if v.Outside {
			where = "out of its period"
		}
		say("it was moved %s, from %s to %s", where, m.day(v.From), m.day(v.To))
	}
	if x.Started.IsZero() {
		return all
	}
	if after := x.Started.Sub(x.At); after >= slack {
		say("it started %s after its time", span(after))
	} else if -after >= slack {
		say("it started %s before its time", span(-after))
	}
	if !x.Period.Holds(x.Started) {
		say("it was held out of its period, %s", x.Period.Name)
	}
	if len(x.Owners) > 0 && !slices.Contains(x.Owners, x.By) {
		say("%s held it, who is not one of its owners", x.By)
	}
	if red := m.red(); red != "" && m.agreed() {
		say("it started although not all was well, as %d people had agreed: %s", x.Anyway.People, red)
	} else if red != "" {
		say("it started although not all was well, and nobody's agreement to that is on record: %s", red)
	}
	return append(all, m.stepDeviations()...)
}

func (m maker) day(t time.Time) string { return t.In(m.a.zone()).Format("2 Jan 2006 15:04") }

// red are the looks that were red at the start.
func (m maker) red() string {
	var names []string
	for _, l := range drills.Looks(m.x.Looks) {
		names = append(names, l.Name)
	}
	return strings.Join(names, ", ")
}

func (m maker) stepDeviations() (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	x := m.x
	for i, p := range x.Steps {
		s := x.Script[i]
		switch took := p.Ended.Sub(p.Begun); {
		case p.Outcome == drills.StepSkipped:
			say("step %d, %s, was left out: %s", i+1, s.Title, or(p.Found.Why, "nobody said why"))
		case p.Outcome == drills.StepFailed:
			say("step %d, %s, failed: %s", i+1, s.Title, or(p.Found.Why, "nobody said why"))
		case p.Over() && !p.Begun.IsZero() && s.Within > 0 && took > s.Within:
			say("step %d, %s, took %s, %s more than it may", i+1, s.Title, span(took), span(took-s.Within))
		}
	}
	for _, a := range x.Aborts {
		say("a try was aborted by %s: %s", a.By, a.Reason)
	}
	if x.Crashes > 0 {
		say("the program ended %d times meanwhile, and the automatic steps began anew", x.Crashes)
	}
	return all
}
