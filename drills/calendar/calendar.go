// Package calendar says when something comes again: in five fields of cron, which robfig/cron parses and walks, or in the
// words of a calendar, "first tue of quarter 10:00".
//
// A schedule is about the clock on the wall of one zone. Days and times are found on that wall, where no hour is missing and
// none comes twice, and only then made an instant:
//
//   - a time that does not exist, because the clocks go over it, is the first instant after;
//   - a time that exists twice is the first of the two;
//   - two times that become one instant are one.
//
// So what falls into the night of a change comes, and comes once. robfig/cron, walking instants, leaves it out in spring (a
// month's only day, too) and gives it twice in autumn.
//
// Holidays move and never skip: what falls on one is on the next business day (Monday to Friday, no holiday) of the same month,
// or, when the month has none left, on the last one before. A quarter whose drill was skipped is a quarter without proof, and a
// drill moved into the next one is late. What was meant is kept beside it, see Time. A day that was chosen by name stays, also
// on a weekend; only holidays move it.
package calendar

import (
	"fmt"
	"time"
)

// Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day of a time, where that time is.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Clock is a time of day.
type Clock struct{ Hour, Minute int }

// on is that time of a day, on the wall.
func (c Clock) on(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), c.Hour, c.Minute, 0, 0, time.UTC)
}

// Holidays are the days on which nothing is practised. It does not change; the zero Holidays is none.
type Holidays struct{ days map[Date]bool }

// NewHolidays makes them of days.
func NewHolidays(days []Date) Holidays {
	h := Holidays{days: make(map[Date]bool, len(days))}
	for _, d := range days {
		h.days[d] = true
	}
	return h
}

// On says whether a day is one.
func (h Holidays) On(t time.Time) bool { return h.days[DateOf(t)] }

// Business says whether people are at work.
func (h Holidays) Business(day time.Time) bool {
	wd := day.Weekday()
	return wd != time.Saturday && wd != time.Sunday && !h.On(day)
}

// settled is the day from which on something may still come after a wall, in a month.
func (h Holidays) settled(month, after time.Time) time.Time {
	day := time.Date(after.Year(), after.Month(), after.Day(), 0, 0, 0, 0, after.Location())
	for day.After(month) {
		if day = day.AddDate(0, 0, -1); h.Business(day) {
			return day.AddDate(0, 0, 1)
		}
	}
	return month
}

// moved is where what falls on a holiday goes. Nothing leaves its month.
func (h Holidays) moved(wall time.Time) time.Time {
	if !h.On(wall) {
		return wall
	}
	for _, step := range []int{1, -1} {
		for d := wall.AddDate(0, 0, step); d.Month() == wall.Month(); d = d.AddDate(0, 0, step) {
			if h.Business(d) {
				return d
			}
		}
	}
	return wall // a month of holidays
}
