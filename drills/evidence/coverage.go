package evidence

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"twokey/drills"
	"twokey/drills/calendar"
)

// What stands in the coverage where there is no result.
const (
	Skipped    = "skipped"
	Missed     = "missed"
	StillOpen  = "still to come"
	Late       = "overdue" // its period is over, and it can still be held
	GoesOn     = "running"
	TakenOut   = "taken out of the config"
	NotPlanned = "not planned" // the drill was not there yet, or is not any more
	Unknown    = "nothing is known"
)

// Cell is what is known of a drill in one of its periods.
type Cell struct {
	Drill    string `json:"drill"`
	Type     string `json:"type"`
	Period   string `json:"period"`
	State    string `json:"state"` // pass, partial, fail, or what there is instead
	Exercise uint64 `json:"exercise,omitempty"`
	Took     Span   `json:"rto"`
	Scenario string `json:"scenario"`
	Record   string `json:"record,omitempty"` // its file, without the ending
}

// cadences are the periods, the shortest first, by how their names look.
var cadences = []struct {
	every calendar.Every
	like  *regexp.Regexp
}{
	{calendar.Week, regexp.MustCompile(`^\d{4}-W\d\d$`)},
	{calendar.Month, regexp.MustCompile(`^\d{4}-\d\d$`)},
	{calendar.Quarter, regexp.MustCompile(`^\d{4}-Q\d$`)},
	{calendar.Year, regexp.MustCompile(`^\d{4}$`)},
}

// every is how often a drill with such a period comes; "" for one that somebody wanted.
func every(x *drills.Exercise) calendar.Every {
	for _, c := range cadences {
		if c.like.MatchString(x.Period.Name) {
			return c.every
		}
	}
	return ""
}

// yearOf is the year that an exercise counts for: its period's, also when it was held in another.
func yearOf(x *drills.Exercise, zone *time.Location) int {
	if every(x) == "" {
		return x.Nominal.In(zone).Year()
	}
	y, _ := strconv.Atoi(x.Period.Name[:4])
	return y
}

// stretch is a period of a year.
type stretch struct {
	name        string
	from, until time.Time
}

// periods are those of a year.
func periods(e calendar.Every, year int, zone *time.Location) (all []stretch) {
	day := func(m time.Month, d int) time.Time { return time.Date(year, m, d, 0, 0, 0, 0, zone) }
	switch e {
	case calendar.Year:
		return []stretch{{strconv.Itoa(year), day(1, 1), day(13, 1)}}
	case calendar.Quarter:
		for q := range 4 {
			all = append(all, stretch{fmt.Sprintf("%d-Q%d", year, q+1), day(time.Month(3*q+1), 1), day(time.Month(3*q+4), 1)})
		}
	case calendar.Month:
		for m := range 12 {
			all = append(all, stretch{fmt.Sprintf("%d-%02d", year, m+1), day(time.Month(m+1), 1), day(time.Month(m+2), 1)})
		}
	case calendar.Week:
		monday := 4 - (int(day(1, 4).Weekday())+6)%7 // the first week is the one with 4 January
		for w := 0; ; w++ {
			from := day(1, monday+7*w)
			if y, n := from.ISOWeek(); y != year || n != w+1 {
				break
			}
			all = append(all, stretch{fmt.Sprintf("%d-W%02d", year, w+1), from, day(1, monday+7*w+7)})
		}
	}
	return all
}

// Coverage is what is known of every drill in each of its periods of a year, the drills in alphabetical order. Those that somebody
// wanted besides are not in it: they cover no period.
func Coverage(year int, all []*drills.Exercise, a About) (cells []Cell) {
	of := map[drills.Name][]*drills.Exercise{}
	for _, x := range all {
		if every(x) != "" {
			of[x.Drill] = append(of[x.Drill], x)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		for _, c := range cadences {
			for _, p := range periods(c.every, year, a.zone()) {
				if cell, is := a.cell(of[name], c.every, year, p); is {
					cells = append(cells, cell)
				}
			}
		}
	}
	return cells
}

// cell is one of them; there is none when the drill did not come that often about that year.
func (a About) cell(of []*drills.Exercise, e calendar.Every, year int, p stretch) (Cell, bool) {
	changed := every(of[len(of)-1]) != e // it comes in other periods now
	of = slices.DeleteFunc(slices.Clone(of), func(x *drills.Exercise) bool { return every(x) != e || yearOf(x, a.zone()) > year })
	if len(of) == 0 || yearOf(of[len(of)-1], a.zone()) < year-1 {
		return Cell{}, false
	}
	last := of[len(of)-1]
	cell := Cell{Drill: string(last.Drill), Type: last.Type, Period: p.name, State: a.lacking(of, p), Took: unknown(notMeasured)}
	for _, x := range of {
		if x.Period.Name == p.name && (cell.Exercise == 0 || weight(x) >= weight(found(of, cell.Exercise))) {
			cell.State, cell.Exercise, cell.Took, cell.Scenario, cell.Record = a.state(x), x.ID, measured(x.RTO), x.Scenario, a.file(x)
		}
	}
	return cell, !changed || cell.Exercise != 0
}

func found(of []*drills.Exercise, id uint64) *drills.Exercise {
	return of[slices.IndexFunc(of, func(x *drills.Exercise) bool { return x.ID == id })]
}

// weight is what counts of two of one period.
func weight(x *drills.Exercise) int {
	switch {
	case x.Status == drills.Done:
		return 3
	case !x.Status.Over():
		return 2
	case x.Status != drills.Dropped:
		return 1
	}
	return 0
}

// lacking is what a period without an exercise is.
func (a About) lacking(of []*drills.Exercise, p stretch) string {
	switch first, last := of[0], of[len(of)-1]; {
	case last.Status == drills.Dropped && p.from.After(last.Period.From), first.Period.From.After(p.from):
		return NotPlanned
	case a.Made.Before(p.until):
		return StillOpen
	}
	return Unknown
}

// state is what an exercise came to, in a word or three.
func (a About) state(x *drills.Exercise) string {
	switch x.Status {
	case drills.Done:
		return string(x.Result)
	case drills.Off:
		return Skipped
	case drills.Lost:
		return Missed
	case drills.Dropped:
		return TakenOut
	case drills.Running:
		return GoesOn
	}
	if x.Overdue(a.Made) {
		return Late
	}
	return StillOpen
}

// ofYear are the exercises that count for a year, in the order in which they were to be held.
func ofYear(year int, all []*drills.Exercise, zone *time.Location) (of []*drills.Exercise) {
	for _, x := range all {
		if yearOf(x, zone) == year {
			of = append(of, x)
		}
	}
	slices.SortStableFunc(of, func(a, b *drills.Exercise) int { return cmp.Or(a.Nominal.Compare(b.Nominal), cmp.Compare(a.ID, b.ID)) })
	return of
}
