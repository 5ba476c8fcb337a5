package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"twokey/drills"
	"twokey/internal/picture"
	"twokey/internal/showable"
)

// trendMost is how many exercises a trend shows: those of a year, when they come each month.
const trendMost = 12

// Trend is a picture of the last exercises of a drill: how long each took until the proof, beside its target, and what came of it.
// There is none while fewer than two have a result.
func Trend(name string, all []*drills.Exercise, zone *time.Location) (png []byte, err error) {
	var of []*drills.Exercise
	for _, x := range all {
		if string(x.Drill) == name && x.Status == drills.Done {
			of = append(of, x)
		}
	}
	slices.SortStableFunc(of, func(a, b *drills.Exercise) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
	if of = of[max(0, len(of)-trendMost):]; len(of) < 2 {
		return nil, nil
	}
	m := maker{a: About{Zone: zone}}
	var bars []picture.Bar
	for _, x := range of {
		bars = append(bars, m.bar(x))
	}
	return picture.Bars(fmt.Sprintf("%s: the last %d", showable.Line(name, 40), len(of)), wanted(of), bars)
}

// wanted says what the limit is.
func wanted(of []*drills.Exercise) string {
	for _, x := range of {
		if x.Target != of[0].Target || x.Target <= 0 {
			return "target, from start to proof"
		}
	}
	return "target " + span(of[0].Target) + ", from start to proof"
}

func (m maker) bar(x *drills.Exercise) picture.Bar {
	day := x.Started.In(m.a.zone())
	b := picture.Bar{Limit: x.Target.Seconds(), Below: []string{day.Format("2 Jan"), day.Format("2006"), string(x.Result)}, Colour: shade(x.Result)}
	if b.Top = "no time"; x.RTO.Known {
		b.Value, b.Known, b.Top = x.RTO.Took.Seconds(), true, brief(x.RTO.Took)
	}
	return b
}

// shade is the colour of a result.
func shade(r drills.Result) string {
	switch r {
	case drills.Pass:
		return Green.fill()
	case drills.Partial:
		return Amber.fill()
	}
	return Red.fill()
}

// brief is a duration in few letters.
func brief(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d:%02d h", int(d.Hours()), int(d.Minutes())%60)
}
