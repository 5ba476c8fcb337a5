package calendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// meant is a schedule as the properties understand it: not by reading its text, and day by day.
type meant struct {
	text     string
	holidays []Date
	day      func(Date) bool // days, before holidays
	clock    func(hour, minute int) bool
}

var (
	dayNames  = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	zoneNames = []string{"UTC", "Europe/Berlin", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Beirut", "America/Havana", "Pacific/Apia", "Africa/Casablanca"}
)

func (d Date) at() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func (m meant) business(d Date) bool {
	wd := d.at().Weekday()
	return wd >= time.Monday && wd <= time.Friday && !slices.Contains(m.holidays, d)
}

// on says whether something comes on a day, holidays moved: it looks which days of the month end there.
func (m meant) on(d Date) bool {
	for n := time.Date(d.Year, d.Month, 1, 0, 0, 0, 0, time.UTC); n.Month() == d.Month; n = n.AddDate(0, 0, 1) {
		if m.day(DateOf(n)) && m.moved(DateOf(n)) == d {
			return true
		}
	}
	return false
}

func (m meant) moved(d Date) Date {
	if !slices.Contains(m.holidays, d) {
		return d
	}
	var before, after []Date
	for n := time.Date(d.Year, d.Month, 1, 0, 0, 0, 0, time.UTC); n.Month() == d.Month; n = n.AddDate(0, 0, 1) {
		switch x := DateOf(n); {
		case !m.business(x):
		case x.Day < d.Day:
			before = append(before, x)
		default:
			after = append(after, x)
		}
	}
	if len(after) > 0 {
		return after[0]
	}
	if len(before) > 0 {
		return before[len(before)-1]
	}
	return d
}

// most is how many times are compared.
const most = 150

// brute walks every minute. Something comes in the minute in which the wall shows for the first time what is meant, or something
// later than it.
func (m meant) brute(from, until time.Time, in *time.Location) []time.Time {
	var all []time.Time
	days := map[Date]bool{}
	nominal := map[Date]bool{}
	is := m.day
	m.day = func(d Date) bool {
		if _, known := nominal[d]; !known {
			nominal[d] = is(d)
		}
		return nominal[d]
	}
	highest := wallOf(from.Add(-48*time.Hour), in)
	for t := from.Add(-48*time.Hour + time.Minute); t.Before(until); t = t.Add(time.Minute) {
		shown := wallOf(t, in)
		comes := false
		for ; highest.Before(shown); highest = highest.Add(time.Minute) {
			w := highest.Add(time.Minute)
			if !m.clock(w.Hour(), w.Minute()) {
				continue
			}
			d := DateOf(w)
			if _, known := days[d]; !known {
				days[d] = m.on(d)
			}
			comes = comes || days[d]
		}
		if comes && t.After(from) {
			if all = append(all, t); len(all) == most {
				break
			}
		}
	}
	return all
}

func anyWords(t *rapid.T, holidays []Date) meant {
	nth := rapid.IntRange(0, 5).Draw(t, "nth")
	wd := rapid.IntRange(0, 7).Draw(t, "weekday")
	per := rapid.SampledFrom([]string{"month", "quarter", "year", "march", "oct"}).Draw(t, "period")
	hour := rapid.SampledFrom([]int{0, 1, 2, 3, 10, 23}).Draw(t, "hour")
	minute := rapid.SampledFrom([]int{0, 15, 30, 59}).Draw(t, "minute")
	name := "business day"
	if wd < 7 {
		name = dayNames[wd]
	}
	m := meant{holidays: holidays, text: fmt.Sprintf("%s %s of %s %02d:%02d", ordinals[nth], name, per, hour, minute)}
	m.clock = func(h, n int) bool { return h == hour && n == minute }
	is := func(d Date) bool {
		if wd == 7 {
			return m.business(d)
		}
		return int(d.at().Weekday()) == wd
	}
	m.day = func(d Date) bool {
		first, last := map[string][2]time.Month{"month": {d.Month, d.Month}, "quarter": {(d.Month-1)/3*3 + 1, (d.Month-1)/3*3 + 3}, "year": {1, 12}, "march": {3, 3}, "oct": {10, 10}}[per][0],
			map[string]time.Month{"month": d.Month, "quarter": (d.Month-1)/3*3 + 3, "year": 12, "march": 3, "oct": 10}[per]
		if d.Month < first || d.Month > last || !is(d) {
			return false
		}
		n, later := 0, 0
		for x := time.Date(d.Year, first, 1, 0, 0, 0, 0, time.UTC); x.Month() <= last && x.Year() == d.Year; x = x.AddDate(0, 0, 1) {
			switch {
			case !is(DateOf(x)):
			case x.After(d.at()):
				later++
			default:
				n++
			}
		}
		return nth == 0 && later == 0 || n == nth
	}
	return m
}

func anyCron(t *rapid.T, holidays []Date) meant {
	minute := rapid.SampledFrom([]int{0, 15, 30, 59, -1}).Draw(t, "minute")
	hour := rapid.SampledFrom([]int{0, 1, 2, 3, 10, 23, -1}).Draw(t, "hour")
	if minute < 0 && hour < 0 {
		hour = 2
	}
	dom := rapid.SampledFrom([]int{-1, 1, 6, 15, 28, 31}).Draw(t, "dom")
	dow := -1
	if dom < 0 {
		dow = rapid.IntRange(-1, 6).Draw(t, "dow")
	}
	field := func(n int) string {
		if n < 0 {
			return "*"
		}
		return fmt.Sprint(n)
	}
	return meant{holidays: holidays, text: strings.Join([]string{field(minute), field(hour), field(dom), "*", field(dow)}, " "),
		clock: func(h, n int) bool { return (hour < 0 || h == hour) && (minute < 0 || n == minute) },
		day: func(d Date) bool {
			return (dom < 0 || d.Day == dom) && (dow < 0 || int(d.at().Weekday()) == dow)
		}}
}

// anyMeant has holidays in the weeks from a day on.
func anyMeant(t *rapid.T, from time.Time) meant {
	var holidays []Date
	for range rapid.IntRange(0, 8).Draw(t, "holidays") {
		holidays = append(holidays, DateOf(from.AddDate(0, 0, rapid.IntRange(-2, 40).Draw(t, "holiday"))))
	}
	if rapid.Bool().Draw(t, "words") {
		return anyWords(t, holidays)
	}
	return anyCron(t, holidays)
}

// anyFrom is some time, or one within three hours of a change of the clock.
func anyFrom(t *rapid.T, in *time.Location) time.Time {
	year := rapid.IntRange(2026, 2028).Draw(t, "year")
	from := time.Date(year, 1, 1, rapid.IntRange(0, 365*24).Draw(t, "hour"), 0, 0, 0, time.UTC)
	if rapid.Bool().Draw(t, "any") {
		return from
	}
	for change := from; change.Before(from.AddDate(1, 0, 0)); change = change.Add(30 * time.Minute) {
		if offset(change, in) != offset(change.Add(30*time.Minute), in) {
			return change.Add(30*time.Minute + time.Duration(rapid.IntRange(-180, 180).Draw(t, "minutes"))*time.Minute)
		}
	}
	return from
}

// TestNextIsWhatAWalkFinds: Next, again and again, gives what walking every minute of forty days gives, whatever the zone
// does to its clocks and whichever days are holidays.
func TestNextIsWhatAWalkFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, err := time.LoadLocation(rapid.SampledFrom(zoneNames).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		from := anyFrom(t, in)
		m := anyMeant(t, from)
		s, err := Parse(m.text, in, NewHolidays(m.holidays))
		if err != nil {
			t.Fatal(err)
		}
		until := from.AddDate(0, 0, 40)
		want := m.brute(from, until, in)
		var got []time.Time
		for at := s.Next(from); !at.IsZero() && at.Before(until) && len(got) < most; at = s.Next(at) {
			if len(got) > 0 && !at.After(got[len(got)-1]) {
				t.Fatalf("%s: %s after %s", m.text, at, got[len(got)-1])
			}
			got = append(got, at)
		}
		if !slices.EqualFunc(want, got, time.Time.Equal) {
			t.Fatalf("%s in %s from %s, holidays %v:\nwant %v\ngot  %v", m.text, in, from, m.holidays, want, got)
		}
	})
}

// TestWordsKeepTheirPeriod: over decades, each period has exactly one, on the wanted weekday, and Period says which.
func TestWordsKeepTheirPeriod(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wd := rapid.IntRange(0, 6).Draw(t, "weekday")
		nth := rapid.SampledFrom([]string{"first", "second", "third", "fourth", "last"}).Draw(t, "nth")
		per := rapid.SampledFrom([]string{"month", "quarter", "year", "january", "september"}).Draw(t, "period")
		in, err := time.LoadLocation(rapid.SampledFrom(zoneNames).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(fmt.Sprintf("%s %s of %s %02d:30", nth, dayNames[wd], per, rapid.IntRange(0, 23).Draw(t, "hour")), in, Holidays{})
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(1_700_000_000, 4_000_000_000).Draw(t, "from"), 0)
		var last Period
		for range 30 {
			next := s.After(at)
			p := s.Period(next.Nominal)
			switch {
			case !next.At.After(at):
				t.Fatalf("%s: %s is not after %s", s, next.At, at)
			case int(next.At.Weekday()) != wd:
				t.Fatalf("%s: %s is a %s", s, next.At, next.At.Weekday())
			case !p.Holds(next.At):
				t.Fatalf("%s: %s is not in %v", s, next.At, p)
			case last.Name != "" && !last.Until.Equal(p.From):
				t.Fatalf("%s: after %v comes %v", s, last, p)
			case !s.Next(next.At.Add(-time.Nanosecond)).Equal(next.At):
				t.Fatalf("%s: a moment before %s comes %s", s, next.At, s.Next(next.At.Add(-time.Nanosecond)))
			}
			at, last = next.At, p
		}
	})
}

// TestAnyTextIsSafe: no text makes Parse panic, or Next loop or go back.
func TestAnyTextIsSafe(t *testing.T) {
	words := []string{"first", "last", "fifth", "tue", "business", "day", "of", "month", "quarter", "10:00", "*", "0", "31", "*/2", "1-7", ",", "TZ=", "CRON_TZ=X", "@every", "L", "2#1", "*-5", "?"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 7).Draw(t, "words"), rapid.SampledFrom([]string{" ", "", "\t"}).Draw(t, "between"))
		if rapid.Bool().Draw(t, "junk") {
			text = rapid.String().Draw(t, "text")
		}
		s, err := Parse(text, time.UTC, Holidays{})
		if err != nil {
			return
		}
		at := time.Unix(rapid.Int64().Draw(t, "at"), 0)
		for range 5 {
			next := s.Next(at)
			if next.IsZero() {
				return
			}
			if !next.After(at) {
				t.Fatalf("%q: %s is not after %s", text, next, at)
			}
			at = next
		}
	})
}
