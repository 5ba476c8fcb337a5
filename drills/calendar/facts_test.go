package calendar

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/robfig/cron/v3"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func parse(t testing.TB, text, in string, holidays ...Date) *Schedule {
	t.Helper()
	s, err := Parse(text, zone(t, in), NewHolidays(holidays))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// times are the next ones, as the wall of the zone shows them.
func times(s *Schedule, from string, n int) []string {
	at, err := time.Parse(time.RFC3339, from)
	if err != nil {
		panic(err)
	}
	var all []string
	for range n {
		if at = s.Next(at); at.IsZero() {
			return append(all, "never")
		}
		all = append(all, at.Format("2006-01-02 15:04 -07:00"))
	}
	return all
}

// TestFactsOfNext: what was found about robfig/cron v3.0.1, row by row, and what we give instead.
func TestFactsOfNext(t *testing.T) {
	cases := []struct {
		fact, text, zone, from string
		want                   []string
	}{
		{"1: what the spring gap goes over comes after it", "30 2 * * *", "Europe/Berlin", "2027-03-27T00:00:00Z",
			[]string{"2027-03-27 02:30 +01:00", "2027-03-28 03:00 +02:00", "2027-03-29 02:30 +02:00"}},
		{"1: nor is a whole month left out", "30 2 28 * *", "Europe/Berlin", "2027-03-01T00:00:00Z",
			[]string{"2027-03-28 03:00 +02:00", "2027-04-28 02:30 +02:00"}},
		{"2: what autumn repeats comes once, the first time", "30 2 * * *", "Europe/Berlin", "2027-10-30T12:00:00Z",
			[]string{"2027-10-31 02:30 +02:00", "2027-11-01 02:30 +01:00"}},
		{"2: nor does it come while the wall shows it again", "30 2 * * *", "Europe/Berlin", "2027-10-31T01:10:00Z",
			[]string{"2027-11-01 02:30 +01:00"}},
		{"2: nor every minute of it", "* 2 * * *", "Europe/Berlin", "2027-10-31T00:58:00Z",
			[]string{"2027-10-31 02:59 +02:00", "2027-11-01 02:00 +01:00"}},
		{"3: a midnight that is not there, daily, Santiago", "0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z",
			[]string{"2026-09-06 01:00 -03:00", "2026-09-07 00:00 -03:00"}},
		{"3: one that is there twice, Santiago", "30 23 * * *", "America/Santiago", "2027-04-03T12:00:00Z",
			[]string{"2027-04-03 23:30 -03:00", "2027-04-04 23:30 -04:00"}},
		{"3: a yearly one is not a year late, Santiago", "0 0 6 9 *", "America/Santiago", "2026-01-01T00:00:00Z",
			[]string{"2026-09-06 01:00 -03:00", "2027-09-06 00:00 -03:00"}},
		{"3: Cairo", "0 0 * * *", "Africa/Cairo", "2027-04-29T12:00:00Z",
			[]string{"2027-04-30 01:00 +03:00", "2027-05-01 00:00 +03:00"}},
		{"3: Beirut", "0 0 * * *", "Asia/Beirut", "2027-03-27T12:00:00Z",
			[]string{"2027-03-28 01:00 +03:00", "2027-03-29 00:00 +03:00"}},
		{"3: Havana", "0 0 * * *", "America/Havana", "2027-03-13T12:00:00Z",
			[]string{"2027-03-14 01:00 -04:00", "2027-03-15 00:00 -04:00"}},
		{"3: a month is not lost, Asunción", "0 0 1 * *", "America/Asuncion", "2023-09-15T00:00:00Z",
			[]string{"2023-10-01 01:00 -03:00", "2023-11-01 00:00 -03:00"}},
		{"4: half an hour, at ten, Lord Howe", "0 10 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
			[]string{"2026-10-04 10:00 +11:00", "2026-10-05 10:00 +11:00"}},
		{"4: half an hour, daily, Lord Howe", "0 0 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
			[]string{"2026-10-04 00:00 +10:30", "2026-10-05 00:00 +11:00", "2026-10-06 00:00 +11:00"}},
		{"4: in the half hour that is not there", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
			[]string{"2026-10-04 02:30 +11:00", "2026-10-05 02:15 +11:00"}},
		{"4: in the half hour that is there twice", "45 1 * * *", "Australia/Lord_Howe", "2027-04-03T12:00:00Z",
			[]string{"2027-04-04 01:45 +11:00", "2027-04-05 01:45 +10:30"}},
		{"5: with a star in one of them, both must be", "0 10 * * 2", "UTC", "2027-01-01T00:00:00Z", []string{"2027-01-05 10:00 +00:00", "2027-01-12 10:00 +00:00"}},
		{"5: what was meant, in words", "first tue of month 10:00", "UTC", "2027-01-01T00:00:00Z",
			[]string{"2027-01-05 10:00 +00:00", "2027-02-02 10:00 +00:00", "2027-03-02 10:00 +00:00"}},
		{"9: a month without a 31st has none", "0 10 31 * *", "UTC", "2027-01-01T00:00:00Z", []string{"2027-01-31 10:00 +00:00", "2027-03-31 10:00 +00:00"}},
		{"9: every third month", "0 10 1 */3 *", "UTC", "2027-01-02T00:00:00Z", []string{"2027-04-01 10:00 +00:00", "2027-07-01 10:00 +00:00", "2027-10-01 10:00 +00:00", "2028-01-01 10:00 +00:00"}},
		{"9: every fifth is uneven", "0 10 1 */5 *", "UTC", "2027-01-02T00:00:00Z", []string{"2027-06-01 10:00 +00:00", "2027-11-01 10:00 +00:00", "2028-01-01 10:00 +00:00"}},
		{"10: from 2096 to 2104", "0 10 29 2 *", "UTC", "2096-03-01T00:00:00Z", []string{"2104-02-29 10:00 +00:00", "2108-02-29 10:00 +00:00"}},
		{"13: the zone is the schedule's, whatever the time's is", "0 10 * * *", "Asia/Tokyo", "2027-01-01T00:00:00-05:00", []string{"2027-01-02 10:00 +09:00"}},
		{"24: no time of the gap is shifted by its length", "45 2 * * *", "Europe/Berlin", "2027-03-28T00:00:00Z", []string{"2027-03-28 03:00 +02:00"}},
		{"24: two times in one gap are one", "15,45 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", []string{"2027-03-28 03:00 +02:00", "2027-03-29 02:15 +02:00"}},
		{"24: a day that was not there, Apia", "0 10 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", []string{"2011-12-31 00:00 +14:00", "2012-12-30 10:00 +14:00"}},
		{"2.2: last business days", "last business day of month 09:30", "UTC", "2026-11-15T00:00:00Z",
			[]string{"2026-11-30 09:30 +00:00", "2026-12-31 09:30 +00:00", "2027-01-29 09:30 +00:00", "2027-02-26 09:30 +00:00"}},
		{"2.2: first Tuesdays", "first tue of quarter 10:00", "UTC", "2026-11-15T00:00:00Z",
			[]string{"2027-01-05 10:00 +00:00", "2027-04-06 10:00 +00:00", "2027-07-06 10:00 +00:00", "2027-10-05 10:00 +00:00"}},
	}
	for _, c := range cases {
		t.Run(c.fact, func(t *testing.T) {
			if diff := cmp.Diff(c.want, times(parse(t, c.text, c.zone), c.from, len(c.want))); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", c.text, c.zone, diff)
			}
		})
	}
}

// TestFactsOfParse: what robfig/cron v3.0.1 takes, and should not.
func TestFactsOfParse(t *testing.T) {
	cases := []struct{ fact, text, want string }{
		{"5: a day of the month and one of the week", "0 10 1-7 * 2", "cron would take either"},
		{"6: a step is no star", "0 10 */2 * 1", "cron would take either"},
		{"6: nor are all days", "0 10 1 * 0-6", "cron would take either"},
		{"6: a step of one is", "0 10 */1 * 1", ""},
		{"7: Sunday is not 7", "0 10 * * 7", "is not a schedule"},
		{"7: but 0", "0 10 * * 0", ""},
		{"7: or sun", "0 10 * * sun", ""},
		{"8: no L", "0 10 L * *", "is not a schedule"},
		{"8: no W", "0 10 15W * *", "is not a schedule"},
		{"8: no #", "0 10 * * 2#1", "is not a schedule"},
		{"8: no @quarterly", "@quarterly", "a word with @"},
		{"8: no @every", "@every 720h", "a word with @"},
		{"8: no @monthly either", "@monthly", "a word with @"},
		{"10: a day that never is", "0 0 30 2 *", "never comes"},
		{"10: an empty list", "0 0 , * *", "never comes"},
		{"11: a zone without a blank panics", "CRON_TZ=X", "a zone"},
		{"11: TZ=", "TZ=", "a zone"},
		{"12: an empty zone", "TZ= 0 10 * * *", "a zone"},
		{"12: Local", "CRON_TZ=Local 0 10 * * *", "a zone"},
		{"12: a blank in front", " 0 10 * * *", ""},
		{"12: a tab between", "0\t10 * * *", ""},
		{"15: a star with an end", "0 10 *-5 * *", "a star with an end"},
		{"nothing", "", "is not a schedule"},
		{"four fields", "0 10 * *", "is not a schedule"},
		{"six fields", "0 0 10 * * *", "is not a schedule"},
	}
	for _, c := range cases {
		t.Run(c.fact, func(t *testing.T) {
			_, err := Parse(c.text, time.UTC, Holidays{})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("Parse(%q) = %v, want %q", c.text, err, c.want)
			}
		})
	}
}

// TestFact14: a schedule without a zone is refused where it is made, and does not panic where it is asked.
func TestFact14(t *testing.T) {
	for _, z := range []*time.Location{nil, time.Local} {
		if _, err := Parse("0 10 * * *", z, Holidays{}); err == nil {
			t.Errorf("zone %v is taken", z)
		}
	}
}

// TestFacts16To22: none of them can happen where robfig/cron runs nothing.
func TestFacts16To22(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		src, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(f.Name(), "_test.go") && (strings.Contains(string(src), "cron.New(") || strings.Contains(string(src), "ParseStandard")) {
			t.Errorf("%s runs cron", f.Name())
		}
	}
}

// TestRobfigIsWhatItIs: were one of these fixed, the way round it could go.
func TestRobfigIsWhatItIs(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	spec, err := cron.ParseStandard("30 2 28 * *")
	if err != nil {
		t.Fatal(err)
	}
	if got := spec.Next(time.Date(2027, 3, 1, 0, 0, 0, 0, berlin)); got.Month() != time.April {
		t.Errorf("1: the month is not left out any more: %s", got)
	}
	daily, err := cron.ParseStandard("30 2 * * *")
	if err != nil {
		t.Fatal(err)
	}
	first := daily.Next(time.Date(2027, 10, 30, 12, 0, 0, 0, berlin))
	if second := daily.Next(first); second.Sub(first) != time.Hour {
		t.Errorf("2: it does not come twice any more: %s, %s", first, second)
	}
}
