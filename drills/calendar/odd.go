package calendar

import (
	"fmt"
	"time"
)

// looksAhead is how many years a look for what is odd goes.
const looksAhead = 3

// Odd says what somebody who wrote this schedule may not have thought of, in the three years from a day on: a sentence each.
func (s *Schedule) Odd(from time.Time) []string {
	var odd []string
	if sentence := s.leavesOut(); sentence != "" {
		odd = append(odd, sentence)
	}
	said := map[string]bool{}
	until := from.AddDate(looksAhead, 0, 0)
	n := 0
	for t := s.After(from); !t.At.IsZero() && t.At.Before(until) && n < enough; t = s.After(t.At) {
		n++
		if what, sentence := s.oddTime(t); what != "" && !said[what] {
			said[what] = true
			odd = append(odd, sentence)
		}
	}
	return odd
}

// oddTime says what is odd about one time: of which sort, and in a sentence.
func (s *Schedule) oddTime(t Time) (what, sentence string) {
	day, clock := DateOf(t.wall), t.wall.Format("15:04")
	switch {
	case s.holidays.On(t.wall):
		return "holiday", fmt.Sprintf("on %s it falls on a holiday, and the month has no business day", day)
	case !wallOf(t.At, s.zone).Equal(t.wall):
		return "gap", fmt.Sprintf("on %s the clocks go over %s: it comes at %s", day, clock, t.At.Format("15:04"))
	case s.shownAgain(t):
		return "overlap", fmt.Sprintf("on %s the clocks show %s twice: it comes the first time", day, clock)
	}
	return "", ""
}

func (s *Schedule) shownAgain(t Time) bool {
	after := offset(t.At.Add(24*time.Hour), s.zone)
	again := t.wall.Add(-after)
	return again.After(t.At) && offset(again, s.zone) == after
}

// leavesOut says that not every period has one, and how uneven that is.
func (s *Schedule) leavesOut() string {
	all := firstOnes(s.walls)
	if len(all) < 2 || len(all) == enough || s.every == Week || s.every == Day {
		return ""
	}
	shortest, longest := all[1].Sub(all[0]), all[1].Sub(all[0])
	for i := 2; i < len(all); i++ {
		apart := all[i].Sub(all[i-1])
		shortest, longest = min(shortest, apart), max(longest, apart)
	}
	most := seen * map[Every]int{Month: 12, Quarter: 4, Year: 1}[s.every]
	if len(all) == most {
		return ""
	}
	return fmt.Sprintf("it does not come every %s: %d times in %d years, from %d to %d days apart", s.every, len(all), seen, days(shortest), days(longest))
}

func days(d time.Duration) int { return int((d + 12*time.Hour) / (24 * time.Hour)) }
