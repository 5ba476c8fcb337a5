package drills

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/drills/calendar"
)

func TestCheck(t *testing.T) {
	plan := func(name Name, text string, target time.Duration, remind ...time.Duration) Plan {
		return Plan{Name: name, Schedule: schedule(t, text, "Europe/Helsinki", calendar.Date{Year: 2026, Month: 12, Day: 24}), Target: target, Remind: remind}
	}
	cases := []struct {
		why   string
		plans []Plan
		want  []string
	}{
		{"the example config is good", []Plan{
			plan("code_rollback", "second tue of month 10:00", 5*time.Minute, days(7), days(1), time.Hour),
			plan("database_rollback", "first tue of quarter 10:00", 30*time.Minute, days(14), days(3), days(1), time.Hour),
			plan("full_emergency", "third tue of january 10:00", 45*time.Minute, days(30), days(7), days(1))}, nil},
		{"every day", []Plan{plan("a", "0 10 * * *", time.Hour)}, []string{"refused: a comes more than once a week: nobody can hold that many"}},
		{"every week", []Plan{plan("a", "0 10 * * 2", time.Hour, days(1))}, nil},
		{"reminders before the one before", []Plan{plan("a", "0 10 * * 2", time.Hour, days(7))},
			[]string{"a is reminded of 7 days before, when the one before is not held: they are as near as 7 days"}},
		{"two on one day", []Plan{plan("a", "first tue of month 10:00", time.Hour), plan("b", "first tue of quarter 16:00", time.Hour)},
			[]string{"b is on the day of a, 2027-01-05, at 10:00 and 16:00"}},
		{"two at one time, once, because a holiday moves one", []Plan{plan("a", "0 10 24 12 *", time.Hour), plan("b", "0 10 25 12 *", time.Hour)},
			[]string{"b is on the day of a, 2026-12-25, at 10:00 and 10:00"}},
		{"one that is not over at midnight", []Plan{plan("a", "0 23 1 6 *", 2*time.Hour), plan("b", "30 0 2 6 *", time.Hour)},
			[]string{"b is on the day of a, 2027-06-01, at 23:00 and 00:30"}},
		{"a month without one", []Plan{plan("a", "fifth tue of month 10:00", time.Hour)},
			[]string{"a it does not come every month: 50 times in 12 years, from 63 to 119 days apart"}},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			var got []string
			for _, f := range CheckPlans(c.plans, began) {
				text := fmt.Sprintf("%s %s", f.Drill, f.Text)
				if f.Refused {
					text = "refused: " + text
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
