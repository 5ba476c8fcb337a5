package calendar

import (
	"fmt"
	"time"
)

// Every is how often something comes: at most once in each.
type Every string

// The periods.
const (
	Day     Every = "day"
	Week    Every = "week" // from Monday
	Month   Every = "month"
	Quarter Every = "quarter"
	Year    Every = "year"
)

// Period is the span in which something has to happen once. Until is the first instant that does not belong to it.
type Period struct {
	Name  string    `json:"name"` // 2027, 2027-Q1, 2027-01, 2027-W05 or 2027-01-31
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Holds says whether an instant belongs to it.
func (p Period) Holds(t time.Time) bool { return !t.Before(p.From) && t.Before(p.Until) }

// start is the first day of the period of a wall.
func (e Every) start(wall time.Time) time.Time {
	y, m, d := wall.Date()
	switch e {
	case Year:
		m, d = time.January, 1
	case Quarter:
		m, d = (m-1)/3*3+1, 1
	case Month:
		d = 1
	case Week:
		d -= (int(wall.Weekday()) + 6) % 7
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// next is the first day of the period after the one that starts there.
func (e Every) next(start time.Time) time.Time {
	switch e {
	case Year:
		return start.AddDate(1, 0, 0)
	case Quarter:
		return start.AddDate(0, 3, 0)
	case Month:
		return start.AddDate(0, 1, 0)
	case Week:
		return start.AddDate(0, 0, 7)
	}
	return start.AddDate(0, 0, 1)
}

func (e Every) name(start time.Time) string {
	switch e {
	case Year:
		return start.Format("2006")
	case Quarter:
		return fmt.Sprintf("%04d-Q%d", start.Year(), (start.Month()-1)/3+1)
	case Month:
		return start.Format("2006-01")
	case Week:
		y, w := start.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", y, w)
	}
	return start.Format(time.DateOnly)
}
