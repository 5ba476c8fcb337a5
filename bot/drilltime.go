package bot

import (
	"strings"
	"time"
)

// parseDrillTime reads when an exercise is instead of at: a day and a time, a day at the same time of day, or a time of the same
// day. What follows is given back.
func parseDrillTime(words []string, at time.Time, zone *time.Location) (to time.Time, rest []string, ok bool) {
	if len(words) > 0 && strings.EqualFold(words[0], "to") {
		words = words[1:]
	}
	if len(words) == 0 {
		return to, words, false
	}
	first, local := strings.TrimPrefix(words[0], "to="), at.In(zone)
	if t, err := time.ParseInLocation("2006-01-02T15:04", first, zone); err == nil {
		return t.UTC(), words[1:], true
	}
	if day, err := time.Parse(time.DateOnly, first); err == nil {
		clock, rest := local, words[1:]
		if len(rest) > 0 {
			if c, err := time.Parse("15:04", rest[0]); err == nil {
				clock, rest = c, rest[1:]
			}
		}
		return onDay(day, clock, zone), rest, true
	}
	if clock, err := time.Parse("15:04", first); err == nil {
		return onDay(local, clock, zone), words[1:], true
	}
	return to, words, false
}

// onDay is a time of day on a day.
func onDay(day, clock time.Time, zone *time.Location) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, clock.Hour(), clock.Minute(), 0, 0, zone).UTC()
}

// parseDay reads a day, and gives its first instant.
func parseDay(typed string, now time.Time, zone *time.Location) (time.Time, bool) {
	y, m, d := now.In(zone).Date()
	switch strings.ToLower(typed) {
	case "today":
		return time.Date(y, m, d, 0, 0, 0, 0, zone), true
	case "tomorrow":
		return time.Date(y, m, d+1, 0, 0, 0, 0, zone), true
	}
	day, err := time.ParseInLocation(time.DateOnly, typed, zone)
	return day, err == nil
}

// dayAfter is the first instant of the next day.
func dayAfter(day time.Time) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, day.Location())
}

// nextDates are three times to offer instead of the one of an exercise: the next days on which people work, at the same time of
// day. Holidays are the config's to know: see Bot.Dates.
func nextDates(at, now time.Time, zone *time.Location) (list []time.Time) {
	day := at.In(zone)
	if now.After(at) {
		day = now.In(zone)
	}
	for i := 1; len(list) < 3; i++ {
		y, m, d := day.Date()
		t := time.Date(y, m, d+i, at.In(zone).Hour(), at.In(zone).Minute(), 0, 0, zone)
		if wd := t.Weekday(); wd != time.Saturday && wd != time.Sunday {
			list = append(list, t)
		}
	}
	return list
}
