package calendar

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// words are a schedule of walls in the words of a calendar. Days are counted in the whole period: the fifth Tuesday of a
// quarter is four weeks after its first. A month without a fifth one has none.
type words struct {
	nth      int // from 1; 0 is the last
	is       func(day time.Time) bool
	every    Every
	month    time.Month // the only one of each year; 0: the whole period
	at       Clock
	holidays Holidays
}

var (
	phrase   = regexp.MustCompile(`^([a-z]+) (business day|[a-z]+) of ([a-z]+) ([0-9:]+)$`)
	ordinals = []string{"last", "first", "second", "third", "fourth", "fifth"}
)

func parseWords(text string, holidays Holidays) (cron.Schedule, Every, error) {
	m := phrase.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return nil, "", fmt.Errorf("%q is not a schedule", text)
	}
	w := words{nth: slices.Index(ordinals, m[1]), holidays: holidays}
	if w.nth < 0 {
		return nil, "", fmt.Errorf("%q is not first, second, third, fourth, fifth or last", m[1])
	}
	if w.is = w.day(m[2]); w.is == nil {
		return nil, "", fmt.Errorf("%q is not a day of the week, day or business day", m[2])
	}
	if w.every, w.month = period(m[3]); w.every == "" {
		return nil, "", fmt.Errorf("%q is not month, quarter, year or the name of a month", m[3])
	}
	at, err := time.Parse("15:04", m[4])
	if err != nil || len(m[4]) != len("15:04") {
		return nil, "", fmt.Errorf("%q is not a time of day", m[4])
	}
	w.at = Clock{at.Hour(), at.Minute()}
	if w.Next(example).IsZero() {
		return nil, "", fmt.Errorf("%q never comes", text)
	}
	return w, w.every, nil
}

// day says which days are counted; nil when the word is none.
func (w words) day(word string) func(time.Time) bool {
	switch word {
	case "day":
		return func(time.Time) bool { return true }
	case "business day":
		return w.holidays.Business
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if short(d.String(), word) {
			return func(day time.Time) bool { return day.Weekday() == d }
		}
	}
	return nil
}

func period(word string) (Every, time.Month) {
	if e := Every(word); slices.Contains([]Every{Month, Quarter, Year}, e) {
		return e, 0
	}
	for m := time.January; m <= time.December; m++ {
		if short(m.String(), word) {
			return Year, m
		}
	}
	return "", 0
}

// short says whether word is the name or its first three letters.
func short(name, word string) bool {
	name = strings.ToLower(name)
	return word == name || word == name[:3]
}

// Next is cron's.
func (w words) Next(after time.Time) time.Time {
	for p := w.every.start(after); p.Year() <= after.Year()+seen; p = w.every.next(p) {
		day, there := w.pick(w.span(p))
		if at := w.at.on(day); there && at.After(after) {
			return at
		}
	}
	return time.Time{}
}

// span is in which days of a period it counts.
func (w words) span(start time.Time) (from, until time.Time) {
	if w.month == 0 {
		return start, w.every.next(start)
	}
	from = time.Date(start.Year(), w.month, 1, 0, 0, 0, 0, time.UTC)
	return from, Month.next(from)
}

func (w words) pick(from, until time.Time) (day time.Time, there bool) {
	n := 0
	for d := from; d.Before(until); d = d.AddDate(0, 0, 1) {
		if !w.is(d) {
			continue
		}
		if n++; n == w.nth {
			return d, true
		}
		day, there = d, w.nth == 0
	}
	return day, there
}
