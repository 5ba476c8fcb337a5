package drills

import (
	"fmt"
	"time"

	"twokey/drills/calendar"
)

// Flaw is something about a plan that is refused, or that somebody should know.
type Flaw struct {
	Drill   Name
	Refused bool
	Text    string // follows the drill's name: "comes more than once a week"
	Hint    string
}

const (
	checkYears = 3
	// checkMost is how many of one drill are looked at: three years of weekly ones.
	checkMost = 160
)

// CheckPlans looks at all plans, in the three years from a day on. Only what is wrong whenever it is looked at is refused: what may
// happen once, in two years, must not keep the program from starting then.
func CheckPlans(plans []Plan, from time.Time) []Flaw {
	var all []Flaw
	taken := make([][]calendar.Time, len(plans))
	for i, p := range plans {
		taken[i] = ahead(p, from)
		all = append(all, checkOne(p, taken[i], from)...)
	}
	for i := range plans {
		for j := range i {
			all = append(all, collide(plans[j], plans[i], taken[j], taken[i])...)
		}
	}
	return all
}

func ahead(p Plan, from time.Time) (all []calendar.Time) {
	until := from.AddDate(checkYears, 0, 0)
	for t := p.Schedule.After(from); !t.At.IsZero() && t.At.Before(until) && len(all) < checkMost; t = p.Schedule.After(t.At) {
		all = append(all, t)
	}
	return all
}

func checkOne(p Plan, taken []calendar.Time, from time.Time) []Flaw {
	var all []Flaw
	if p.Schedule.Every() == calendar.Day {
		return []Flaw{{p.Name, true, "comes more than once a week: nobody can hold that many", `write "first tue of month 10:00"`}}
	}
	for _, odd := range p.Schedule.Odd(from) {
		all = append(all, Flaw{Drill: p.Name, Text: odd})
	}
	shortest := time.Duration(0)
	for i := 1; i < len(taken); i++ {
		if apart := taken[i].At.Sub(taken[i-1].At); shortest == 0 || apart < shortest {
			shortest = apart
		}
	}
	if lead := reminders(p)[0]; shortest > 0 && lead >= shortest {
		all = append(all, Flaw{p.Name, false, fmt.Sprintf("is reminded of %s before, when the one before is not held: they are as near as %s",
			inDays(lead), inDays(shortest)), "remind later"})
	}
	return all
}

// collide finds the first day on which both are, and the first time at which one is when the other is not over.
func collide(a, b Plan, as, bs []calendar.Time) []Flaw {
	for _, x := range as {
		for _, y := range bs {
			day := calendar.DateOf(x.At)
			if !overlap(x.At, a.Target, y.At, b.Target) && day != calendar.DateOf(y.At.In(x.At.Location())) {
				continue
			}
			return []Flaw{{b.Name, false, fmt.Sprintf("is on the day of %s, %s, at %s and %s", a.Name, day, x.At.Format("15:04"),
				y.At.In(x.At.Location()).Format("15:04")), "give one another day"}}
		}
	}
	return nil
}

func overlap(a time.Time, as time.Duration, b time.Time, bs time.Duration) bool {
	return a.Before(b.Add(bs)) && b.Before(a.Add(as))
}

func inDays(d time.Duration) string {
	if d < 48*time.Hour {
		return d.String()
	}
	return fmt.Sprintf("%d days", int((d+12*time.Hour)/(24*time.Hour)))
}
