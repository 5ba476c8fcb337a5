package calendar

import (
	"sort"
	"time"
)

// A wall is what a clock on the wall shows, written as a time in UTC, where no hour is missing and none comes twice.

// wallOf is what the wall shows at an instant.
func wallOf(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instant is when the wall first shows this time, or first shows a later one. A later wall is never an earlier instant.
//
// time.Date would also give an instant, but which one, of a time that does not exist or exists twice, it does not promise; and
// Time.ZoneBounds ends a year after 365 days.
func instant(wall time.Time, zone *time.Location) time.Time {
	// No zone is a day from UTC, and none changes its clocks twice in two days.
	before, after := offset(wall.Add(-24*time.Hour), zone), offset(wall.Add(24*time.Hour), zone)
	old, later := wall.Add(-before), wall.Add(-after)
	switch {
	case offset(old, zone) == before:
		return old.In(zone)
	case offset(later, zone) == after:
		return later.In(zone)
	}
	// The clocks go over it, from later, which is still too early, to old, which is too late: the first second with the new offset.
	n := sort.Search(int(old.Sub(later)/time.Second), func(i int) bool {
		return offset(later.Add(time.Duration(i)*time.Second), zone) == after
	})
	return later.Add(time.Duration(n) * time.Second).In(zone)
}

// offset is how far the wall is ahead of UTC at an instant.
func offset(t time.Time, zone *time.Location) time.Duration {
	_, seconds := t.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}
