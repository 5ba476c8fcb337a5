package calendar

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// starBit marks a field of cron.SpecSchedule that was written as a star (v3.0.1, spec.go).
const starBit = 1 << 63

// parseCron reads standard cron, without what of robfig/cron v3.0.1 surprises: a zone in front (it panics on a bad one, and
// takes an empty one for UTC), @every (it begins anew at each restart), a day of the month and a day of the week together
// (either would do, not both), a star with an end (which is ignored), and what never comes.
func parseCron(text string) (spec *cron.SpecSchedule, every Every, err error) {
	if strings.ContainsAny(text, "=@") {
		return nil, "", fmt.Errorf("%q has a zone or a word with @, which are not used here", text)
	}
	if strings.Contains(text, "*-") || strings.Contains(text, "?-") {
		return nil, "", fmt.Errorf("%q has a star with an end, which cron ignores", text)
	}
	defer func() {
		if p := recover(); p != nil {
			spec, err = nil, fmt.Errorf("%q is not a schedule", text)
		}
	}()
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(text)
	if err != nil {
		return nil, "", fmt.Errorf("%q is not a schedule: %w", text, err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, "", fmt.Errorf("%q is not a schedule", text)
	}
	if spec.Dom&starBit == 0 && spec.Dow&starBit == 0 {
		return nil, "", errors.New(`has a day of the month and a day of the week, and cron would take either: write "first tue of month 10:00"`)
	}
	spec.Location = time.UTC // it walks walls
	if (&Schedule{walls: spec}).following(example).IsZero() {
		return nil, "", fmt.Errorf("%q never comes", text)
	}
	return spec, rhythm(spec), nil
}

// example is where a look at what a schedule does in general begins.
var example = time.Date(2000, 1, 1, 0, 0, 0, -1, time.UTC)

// rhythm is the longest period in which it comes at most once.
func rhythm(walls cron.Schedule) Every {
	all := firstOnes(walls)
	for _, e := range []Every{Year, Quarter, Month, Week} {
		if !twice(all, e) {
			return e
		}
	}
	return Day
}

// enough is how many show how often something comes: a year of daily ones.
const enough = 400

// firstOnes are those of twelve years, if they are not too many.
func firstOnes(walls cron.Schedule) []time.Time {
	var all []time.Time
	for w := walls.Next(example); !w.IsZero() && w.Year() < 2000+seen && len(all) < enough; w = walls.Next(w) {
		all = append(all, w)
	}
	return all
}

func twice(all []time.Time, e Every) bool {
	for i := 1; i < len(all); i++ {
		if e.start(all[i]).Equal(e.start(all[i-1])) {
			return true
		}
	}
	return false
}
