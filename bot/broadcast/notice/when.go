package notice

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	firstYear, lastYear = 2000, 2100
	nightFrom, nightTo  = 17, 8 // hours that may be called tonight
	clockLayout         = "15:04"
)

var (
	clockForm = regexp.MustCompile(`^(?:(today|tonight|tomorrow|yesterday) )?(\d{1,2}):(\d{2})$`)
	dateForm  = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})[t ](\d{1,2}):(\d{2})$`)
)

// readTime gives the canonical form of a time. Every time is to the minute but now, which keeps its seconds, and RFC 3339,
// because that is what now became.
func readTime(s string, now time.Time, zone *time.Location, past bool) (string, error) {
	at, err := moment(strings.ToLower(strings.Join(strings.Fields(s), " ")), now.In(zone), past)
	if err != nil {
		return "", err
	}
	if y := at.UTC().Year(); y < firstYear || y > lastYear {
		return "", &Error{Sentence: fmt.Sprintf("is %s, in the year %d", quote(s), y)}
	}
	return at.UTC().Format(time.RFC3339), nil
}

// parseTime reads the canonical form.
func parseTime(s string) time.Time {
	at, _ := time.Parse(time.RFC3339, s)
	return at.UTC()
}

func moment(s string, now time.Time, past bool) (time.Time, error) {
	if s == "now" {
		return now, nil
	}
	if span, is := strings.CutPrefix(s, "in "); is {
		d, err := parseDuration(span)
		return now.Add(d).Truncate(time.Minute), err
	}
	if span, is := strings.CutSuffix(s, " ago"); is {
		d, err := parseDuration(span)
		return now.Add(-d).Truncate(time.Minute), err
	}
	if m := clockForm.FindStringSubmatch(s); m != nil {
		return byClock(m[1], number(m[2]), number(m[3]), now, past)
	}
	if m := dateForm.FindStringSubmatch(s); m != nil {
		return onDate(date{number(m[1]), time.Month(number(m[2])), number(m[3])}, number(m[4]), number(m[5]), now.Location())
	}
	at, err := time.Parse(time.RFC3339, strings.ToUpper(s))
	if err != nil {
		return at, &Error{Sentence: fmt.Sprintf("is %s, which is not a time", quote(s))}
	}
	return at, nil
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // a few digits, by the form
	return n
}

type date struct {
	y int
	m time.Month
	d int
}

func dateOf(t time.Time, days int) date {
	y, m, d := t.Date()
	y, m, d = time.Date(y, m, d+days, 12, 0, 0, 0, time.UTC).Date()
	return date{y, m, d}
}

// byClock is a clock time on a day that is named, or on the next, or last, day on which it comes.
func byClock(day string, h, m int, now time.Time, past bool) (time.Time, error) {
	switch day {
	case "today":
		return onDate(dateOf(now, 0), h, m, now.Location())
	case "tomorrow":
		return onDate(dateOf(now, 1), h, m, now.Location())
	case "yesterday":
		return onDate(dateOf(now, -1), h, m, now.Location())
	case "tonight":
		if h < nightFrom && h >= nightTo {
			return now, &Error{
				Sentence: fmt.Sprintf("is tonight %02d:%02d, which is not at night", h, m),
				Hint:     fmt.Sprintf("write today %02d:%02d or tomorrow %02[1]d:%02[2]d", h, m),
			}
		}
		past = false
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), h, m, 0, 0, now.Location())
	switch {
	case past && today.After(now):
		return onDate(dateOf(now, -1), h, m, now.Location())
	case !past && today.Before(now):
		return onDate(dateOf(now, 1), h, m, now.Location())
	}
	return onDate(dateOf(now, 0), h, m, now.Location())
}

// onDate refuses what is not on the calendar, and the hours that a change of the clocks leaves out or brings twice.
func onDate(on date, h, m int, zone *time.Location) (time.Time, error) {
	at := time.Date(on.y, on.m, on.d, h, m, 0, 0, zone)
	want := fmt.Sprintf("%04d-%02d-%02d %02d:%02d", on.y, int(on.m), on.d, h, m)
	written := func(t time.Time) string { return t.In(zone).Format("2006-01-02 " + clockLayout) }
	if written(at) != want {
		hint := ""
		if h < 24 && m < 60 && time.Date(on.y, on.m, on.d, 12, 0, 0, 0, zone).Day() == on.d {
			hint = "the clocks are changed then: write another time"
		}
		return at, &Error{Sentence: fmt.Sprintf("is %s, which does not exist in %s", want, zone), Hint: hint}
	}
	for _, shift := range []time.Duration{-2 * time.Hour, -time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour} {
		if other := at.Add(shift); written(other) == want {
			return at, &Error{
				Sentence: fmt.Sprintf("is %s, which comes twice in %s: the clocks are changed then", want, zone),
				Hint:     fmt.Sprintf("write %s or %s", at.Format(time.RFC3339), other.Format(time.RFC3339)),
			}
		}
	}
	return at, nil
}
