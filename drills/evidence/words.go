package evidence

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"twokey/drills"
)

// What stands where nothing was measured or set. It is never 0.
const (
	notMeasured = "not measured"
	noneSet     = "none was set"
	nobody      = "nobody"
	theProgram  = "the program"
)

func (m maker) moment(t time.Time) *Moment {
	if t.IsZero() {
		return nil
	}
	zone := m.a.zone()
	l := t.In(zone)
	return &Moment{t.UTC().Format(time.RFC3339Nano), l.Format("Mon 2 Jan 2006 15:04:05") + " (" + zone.String() + ", UTC" + l.Format("-07:00") + ")"}
}

// known is a duration that was measured.
func known(d time.Duration) Span {
	s := math.Round(d.Seconds()*1000) / 1000
	return Span{&s, span(d)}
}

func unknown(words string) Span { return Span{Words: words} }

func measured(m drills.Measured) Span {
	if !m.Known {
		return unknown(notMeasured)
	}
	return known(m.Took)
}

// target is a duration that was set.
func target(d time.Duration) Span {
	if d <= 0 {
		return unknown(noneSet)
	}
	return known(d)
}

// between is known when both are.
func between(from, to time.Time) Span {
	if from.IsZero() || to.IsZero() {
		return unknown(notMeasured)
	}
	return known(to.Sub(from))
}

// span writes a duration with the two largest units that say something.
func span(d time.Duration) string {
	if d = max(0, d); d > 10*time.Second {
		d = d.Round(time.Second)
	}
	switch {
	case d < 10*time.Second:
		return strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0") + " s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return units(d, time.Minute, "min", time.Second, "s")
	case d.Round(time.Minute) < 24*time.Hour:
		return units(d.Round(time.Minute), time.Hour, "h", time.Minute, "min")
	default:
		return units(d.Round(time.Hour), 24*time.Hour, "d", time.Hour, "h")
	}
}

func units(d, big time.Duration, inBig string, small time.Duration, inSmall string) string {
	s := fmt.Sprintf("%d %s", d/big, inBig)
	if rest := d % big / small; rest > 0 {
		s += fmt.Sprintf(" %d %s", rest, inSmall)
	}
	return s
}

// ago is how long since, as roughly as people want it.
func ago(d time.Duration) string {
	switch {
	case d < time.Hour:
		return "just now"
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d/time.Hour))
	}
	return fmt.Sprintf("%d days ago", int(d/(24*time.Hour)))
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

// list keeps null out of the JSON.
func list[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// some are the first of a list, and how many more there are.
func some[T any](all []T, most int) (shown []T, more int) {
	if len(all) <= most {
		return all, 0
	}
	return all[:most], len(all) - most
}
