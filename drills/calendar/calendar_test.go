package calendar

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	cases := []struct {
		text string
		want []string
	}{
		{"second tue of month 10:00", []string{"2026-12-08 10:00 +02:00", "2027-01-12 10:00 +02:00", "2027-02-09 10:00 +02:00"}},
		{"third tue of january 10:00", []string{"2027-01-19 10:00 +02:00", "2028-01-18 10:00 +02:00"}},
		{"Third  Tuesday of JAN 10:00", []string{"2027-01-19 10:00 +02:00"}},
		{"last fri of month 16:00", []string{"2026-11-27 16:00 +02:00", "2026-12-25 16:00 +02:00"}},
		{"fourth mon of month 08:05", []string{"2026-12-28 08:05 +02:00", "2027-01-25 08:05 +02:00"}},
		{"fifth tue of month 10:00", []string{"2026-12-29 10:00 +02:00", "2027-03-30 10:00 +03:00", "2027-06-29 10:00 +03:00"}},
		{"fifth tue of quarter 10:00", []string{"2027-02-02 10:00 +02:00", "2027-05-04 10:00 +03:00"}},
		{"last day of quarter 10:00", []string{"2026-12-31 10:00 +02:00", "2027-03-31 10:00 +03:00"}},
		{"first day of month 00:00", []string{"2026-12-01 00:00 +02:00", "2027-01-01 00:00 +02:00"}},
		{"first business day of year 10:00", []string{"2027-01-01 10:00 +02:00", "2028-01-03 10:00 +02:00"}},
		{"last sun of year 23:59", []string{"2026-12-27 23:59 +02:00", "2027-12-26 23:59 +02:00"}},
		{"last thu of february 12:00", []string{"2027-02-25 12:00 +02:00", "2028-02-24 12:00 +02:00"}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, times(parse(t, c.text, "Europe/Helsinki"), "2026-11-25T12:00:00Z", len(c.want))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestWordsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"sixth tue of month 10:00":       `"sixth" is not first`,
		"zeroth tue of month 10:00":      `"zeroth" is not first`,
		"first xyz of month 10:00":       `"xyz" is not a day`,
		"first tues of month 10:00":      `"tues" is not a day`,
		"first tue of week 10:00":        `"week" is not month`,
		"first tue of month 25:00":       `"25:00" is not a time of day`,
		"first tue of month 9:30":        `"9:30" is not a time of day`,
		"first tue of month":             "is not a schedule",
		"first tue and wed of month 1:0": "is not a schedule",
		" of ":                           "is not a schedule",
	} {
		if _, err := Parse(text, time.UTC, Holidays{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, want %q", text, err, want)
		}
	}
}

func TestHolidays(t *testing.T) {
	christmas := []Date{{2026, 12, 24}, {2026, 12, 25}}
	cases := []struct {
		why, text string
		holidays  []Date
		want      []string
	}{
		{"it moves to the next business day", "0 10 24 12 *", christmas, []string{"2026-12-28 10:00 +00:00", "2027-12-24 10:00 +00:00"}},
		{"but not out of its month", "last thu of month 10:00", []Date{{2026, 12, 31}}, []string{"2026-11-26 10:00 +00:00", "2026-12-30 10:00 +00:00", "2027-01-28 10:00 +00:00"}},
		{"back over a weekend", "0 10 31 5 *", []Date{{2027, 5, 31}}, []string{"2027-05-28 10:00 +00:00"}},
		{"a business day is none", "last business day of month 09:30", []Date{{2026, 12, 31}, {2026, 12, 30}}, []string{"2026-11-30 09:30 +00:00", "2026-12-29 09:30 +00:00"}},
		{"a Saturday that was chosen stays", "first sat of month 10:00", christmas, []string{"2026-12-05 10:00 +00:00"}},
		{"two that meet are one", "0 10 23-28 12 *", christmas, []string{"2026-12-23 10:00 +00:00", "2026-12-26 10:00 +00:00", "2026-12-27 10:00 +00:00", "2026-12-28 10:00 +00:00", "2027-12-23 10:00 +00:00"}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, times(parse(t, c.text, "UTC", c.holidays...), "2026-11-25T12:00:00Z", len(c.want))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
	}
	for _, from := range []string{"2026-12-24T12:00:00Z", "2026-12-26T12:00:00Z", "2026-12-27T23:59:00Z", "2026-12-28T09:59:00Z"} {
		if got := times(parse(t, "0 10 24 12 *", "UTC", christmas...), from, 1); got[0] != "2026-12-28 10:00 +00:00" {
			t.Errorf("from %s, what fell on the 24th comes %s", from, got)
		}
	}
	moved := parse(t, "0 10 24 12 *", "UTC", christmas...).After(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	if moved.Nominal.Day() != 24 || moved.At.Day() != 28 {
		t.Errorf("what was meant is not kept: %s, %s", moved.Nominal, moved.At)
	}
}

func TestAMonthOfHolidays(t *testing.T) {
	var all []Date
	for d := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC); d.Month() == time.February; d = d.AddDate(0, 0, 1) {
		all = append(all, DateOf(d))
	}
	want := []string{"2027-01-12 10:00 +00:00", "2027-02-09 10:00 +00:00", "2027-03-09 10:00 +00:00"}
	if diff := cmp.Diff(want, times(parse(t, "second tue of month 10:00", "UTC", all...), "2027-01-01T00:00:00Z", 3)); diff != "" {
		t.Errorf("it stays (-want +got):\n%s", diff)
	}
	want = []string{"2027-01-01 10:00 +00:00", "2027-03-01 10:00 +00:00"}
	if diff := cmp.Diff(want, times(parse(t, "first business day of month 10:00", "UTC", all...), "2026-12-15T00:00:00Z", 2)); diff != "" {
		t.Errorf("there is none (-want +got):\n%s", diff)
	}
}

func TestPeriods(t *testing.T) {
	for text, want := range map[string]Every{
		"second tue of month 10:00":  Month,
		"first tue of quarter 10:00": Quarter,
		"third tue of january 10:00": Year,
		"0 10 1 * *":                 Month,
		"0 10 1 1,7 *":               Quarter,
		"0 10 1 6 *":                 Year,
		"0 10 29 2 *":                Year,
		"0 10 1 */2 *":               Month,
		"0 10 * * 2":                 Week,
		"0 10 * * 1,2":               Day,
		"0 10 * * *":                 Day,
		"* * * * *":                  Day,
	} {
		if got := parse(t, text, "UTC").Every(); got != want {
			t.Errorf("%s comes at most once a %s, want %s", text, got, want)
		}
	}
	s := parse(t, "first tue of quarter 10:00", "America/Santiago")
	p := s.Period(s.Next(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)))
	want := Period{"2026-Q4", time.Date(2026, 10, 1, 3, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 3, 0, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
}

func TestFarTimes(t *testing.T) {
	for _, text := range []string{"first tue of quarter 10:00", "29 10 29 2 *", "* * * * *"} {
		s := parse(t, text, "America/Santiago", Date{2027, 1, 1})
		for _, at := range []time.Time{time.Unix(math.MaxInt64/2, 0), time.Date(9001, 1, 1, 0, 0, 0, 0, time.UTC)} {
			if got := s.Next(at); !got.IsZero() {
				t.Errorf("%s after the year %d comes at %s", text, at.Year(), got)
			}
		}
		for _, at := range []time.Time{{}, time.Unix(math.MinInt64/2, 0)} {
			if got := s.Next(at); got.Year() < 1900 || got.Year() > 1904 {
				t.Errorf("%s after the year %d comes at %s", text, at.Year(), got)
			}
		}
	}
}

func TestOdd(t *testing.T) {
	from := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	cases := []struct {
		text string
		want []string
	}{
		{"second tue of month 10:00", nil},
		{"first tue of quarter 10:00", nil},
		{"third tue of january 10:00", nil},
		{"last business day of month 09:30", nil},
		{"0 10 31 * *", []string{"it does not come every month: 84 times in 12 years, from 31 to 61 days apart"}},
		{"0 10 1 */5 *", []string{"it does not come every quarter: 36 times in 12 years, from 61 to 153 days apart"}},
		{"fifth tue of month 10:00", []string{"it does not come every month: 50 times in 12 years, from 63 to 119 days apart"}},
		{"0 10 29 2 *", []string{"it does not come every year: 3 times in 12 years, from 1461 to 1461 days apart"}},
		{"last sun of month 02:30", []string{"on 2027-03-28 the clocks go over 02:30: it comes at 03:00", "on 2027-10-31 the clocks show 02:30 twice: it comes the first time"}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, parse(t, c.text, "Europe/Berlin").Odd(from)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}
