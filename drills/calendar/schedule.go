package calendar

import (
	"errors"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

const (
	// firstYear and lastYear bound what is looked at: JSON knows no later year, and nobody plans for an earlier one.
	firstYear, lastYear = 1900, 9000
	// cronSees is how many years ahead cron looks for something that comes (v3.0.1, spec.go).
	cronSees = 5
	// seen is how many years ahead we do: from 1896 to 1904, and from 2096 to 2104, there is no 29 February.
	seen = 12
	// mostAgain is more minutes than a wall ever shows again.
	mostAgain = 2 * 24 * 60
)

// Schedule is when something comes again, in one zone. It does not change, and is cron's Schedule, too.
type Schedule struct {
	text     string
	zone     *time.Location
	every    Every
	walls    cron.Schedule // of walls: see zone.go
	holidays Holidays
}

var _ cron.Schedule = (*Schedule)(nil)

// Time is one time that something comes.
type Time struct {
	Nominal time.Time // as the schedule says
	At      time.Time // when it is: another day when that one is a holiday
	wall    time.Time // what the wall should show then
}

// Parse reads a schedule: five fields of cron, or the words of a calendar. What never comes is refused.
func Parse(text string, zone *time.Location, holidays Holidays) (*Schedule, error) {
	if zone == nil || zone == time.Local {
		return nil, errors.New("a schedule without a zone: two machines may have two")
	}
	s := &Schedule{text: strings.Join(strings.Fields(text), " "), zone: zone, holidays: holidays}
	var err error
	if strings.Contains(s.text, " of ") {
		s.walls, s.every, err = parseWords(s.text, holidays)
	} else {
		s.walls, s.every, err = parseCron(s.text)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// String is the text it was read from, with single blanks.
func (s *Schedule) String() string { return s.text }

// Zone is where its wall is.
func (s *Schedule) Zone() *time.Location { return s.zone }

// Every is the period in which it comes at most once.
func (s *Schedule) Every() Every { return s.every }

// Period is the one that a nominal time belongs to.
func (s *Schedule) Period(nominal time.Time) Period {
	start := s.every.start(wallOf(nominal, s.zone))
	return Period{Name: s.every.name(start), From: instant(start, s.zone), Until: instant(s.every.next(start), s.zone)}
}

// Next is the first time after the one given; zero when there is none within twelve years. It is never the time given.
func (s *Schedule) Next(after time.Time) time.Time { return s.After(after).At }

// After is Next with what was meant. Of two that are moved to one time, it is the earlier.
func (s *Schedule) After(after time.Time) Time {
	if after.Year() > lastYear {
		return Time{}
	}
	if after.Year() < firstYear {
		after = time.Date(firstYear, 1, 1, 0, 0, 0, 0, s.zone)
	}
	wall := wallOf(after, s.zone)
	if len(s.holidays.days) == 0 {
		return s.unmoved(wall, after)
	}
	// Nothing is moved out of its month, so the first one of the first month that has one is the first of all. What the wall shows
	// again is over, which a day of minutes may be.
	month := Month.start(wall)
	for range mostAgain {
		t, there := s.within(month, wall)
		switch {
		case there && t.At.After(after):
			return t
		case there:
			wall = t.wall
			continue
		}
		next := s.following(Month.next(month).Add(-time.Nanosecond))
		if next.IsZero() {
			break
		}
		month = Month.start(next)
	}
	return Time{}
}

// unmoved is After without holidays. While the wall shows hours again, what it showed is over: for a day at most.
func (s *Schedule) unmoved(wall, after time.Time) Time {
	for range mostAgain {
		wall = s.following(wall)
		if wall.IsZero() {
			break
		}
		if at := instant(wall, s.zone); at.After(after) {
			return Time{at, at, wall}
		}
	}
	return Time{}
}

// within is the first time of a month that is after a wall. What falls on a business day stays there, and nothing is moved over one;
// so what is before the last one before the wall is over, and what is behind the next one after the first found is later.
func (s *Schedule) within(month, after time.Time) (first Time, there bool) {
	var nominal time.Time
	for w := s.following(s.holidays.settled(month, after).Add(-time.Nanosecond)); Month.start(w).Equal(month); w = s.following(w) {
		if there && first.wall.Day() < w.Day() && s.holidays.Business(w) {
			break
		}
		moved := s.holidays.moved(w)
		if moved.After(after) && (!there || moved.Before(first.wall)) {
			nominal, first.wall, there = w, moved, true
		}
	}
	if there {
		first.Nominal, first.At = instant(nominal, s.zone), instant(first.wall, s.zone)
	}
	return first, there
}

// following is the next wall that the schedule names.
func (s *Schedule) following(wall time.Time) time.Time {
	for until := wall.Year() + seen; wall.Year() <= until; {
		if next := s.walls.Next(wall); !next.IsZero() {
			return next
		}
		wall = time.Date(wall.Year()+cronSees+1, 1, 1, 0, 0, 0, -1, time.UTC)
	}
	return time.Time{}
}
