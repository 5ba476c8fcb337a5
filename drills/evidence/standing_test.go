package evidence_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"twokey/drills"
	"twokey/drills/calendar"
	"twokey/drills/evidence"
)

// quarter is the exercise of a quarter of 2027, at its begin.
func quarter(q int, name drills.Name, status drills.Status, result drills.Result, rto time.Duration) *drills.Exercise {
	from := time.Date(2027, time.Month(3*q-2), 1, 0, 0, 0, 0, time.UTC)
	on := from.AddDate(0, 0, 4).Add(10 * time.Hour)
	x := &drills.Exercise{ID: uint64(10 * q), Drill: name, Type: drills.Database, Nominal: on, At: on, Status: status, Result: result,
		Target: 30 * time.Minute, Period: calendar.Period{Name: from.Format("2006") + "-Q" + string(rune('0'+q)), From: from, Until: from.AddDate(0, 3, 0)}}
	if status != drills.Done {
		if status.Over() {
			x.Ended = on
		}
		return x
	}
	x.Started, x.Ended = on, on.Add(rto+time.Minute)
	x.Held.Opening = drills.Opening{Script: []drills.Step{{Key: "checks", Proves: true}}}
	x.Steps = []drills.Progress{{Begun: on, Ended: on.Add(rto), Outcome: drills.StepDone}}
	x.RTO = drills.Measured{Known: true, Took: rto}
	if result == drills.Fail {
		x.Steps[0].Outcome, x.RTO = drills.StepFailed, drills.Measured{}
	}
	return x
}

type standing struct {
	why      string
	standing evidence.Standing
	proven   bool
	colour   evidence.Colour
	words    string
}

func standings(t testing.TB) []standing {
	t.Helper()
	day := func(text string) time.Time { return at(text + " 12:00:00") }
	took := 4*time.Minute + 31*time.Second
	pass := func(q int) *drills.Exercise { return quarter(q, "database", drills.Done, drills.Pass, took) }
	fail := func(q int) *drills.Exercise { return quarter(q, "database", drills.Done, drills.Fail, 0) }
	lost := func(q int) *drills.Exercise { return quarter(q, "database", drills.Lost, "", 0) }
	manual := pass(2)
	manual.Trigger, manual.ID = drills.Manual, 25
	manual.Period = calendar.Period{Name: "wanted", From: manual.At, Until: manual.At.Add(24 * time.Hour)}
	wanted := quarter(2, "database", drills.Lost, "", 0)
	wanted.Trigger, wanted.Period = drills.Manual, manual.Period
	try := quarter(2, "database", drills.Taken, drills.Aborted, 0)
	try.Aborts = []drills.Abort{{At: try.At, By: "cid", Reason: "an incident"}}
	gone := quarter(1, "old", drills.Done, drills.Fail, 0)
	evil := pass(1)
	evil.Type = hostile

	var all []standing
	for _, tt := range []struct {
		why    string
		of     []*drills.Exercise
		typ    string
		now    string
		proven bool
		colour evidence.Colour
		words  string
	}{
		{"nothing is known", nil, drills.Database, "2027-01-17", false, evidence.Grey,
			"restore not proven yet"},
		{"another type's", []*drills.Exercise{pass(1)}, drills.Code, "2027-01-17", false, evidence.Grey,
			"code rollback not proven yet"},
		{"to come", []*drills.Exercise{quarter(1, "database", drills.Open, "", 0)}, drills.Database, "2027-01-04", false, evidence.Grey,
			"restore not proven yet"},
		{"proven", []*drills.Exercise{pass(1)}, drills.Database, "2027-01-17", true, evidence.Green,
			"restore proven · 12 days ago · 4 min 31 s"},
		{"proven, and the next is known", []*drills.Exercise{pass(1), quarter(2, "database", drills.Open, "", 0)}, drills.Database, "2027-04-02",
			true, evidence.Green,
			"restore proven · 87 days ago · 4 min 31 s"},
		{"too slow", []*drills.Exercise{quarter(1, "database", drills.Done, drills.Partial, 41*time.Minute)}, drills.Database, "2027-01-05", true,
			evidence.Amber,
			"restore proven · 1 h ago · 41 min · partly passed"},
		{"a fail after a success", []*drills.Exercise{pass(1), fail(2)}, drills.Database, "2027-04-07", true, evidence.Red,
			"restore proven · 92 days ago · 4 min 31 s · last result: fail"},
		{"a success after a fail", []*drills.Exercise{fail(1), pass(2)}, drills.Database, "2027-04-07", true, evidence.Green,
			"restore proven · 2 days ago · 4 min 31 s"},
		{"never proven, and failed", []*drills.Exercise{fail(1)}, drills.Database, "2027-01-17", false, evidence.Red,
			"restore not proven yet · last result: fail"},
		{"a quarter without a result", []*drills.Exercise{pass(1), lost(2)}, drills.Database, "2027-07-03", true, evidence.Amber,
			"restore proven · 179 days ago · 4 min 31 s · overdue"},
		{"the period is over, and it can still be held", []*drills.Exercise{pass(1), quarter(2, "database", drills.Taken, "", 0)},
			drills.Database, "2027-07-01", true, evidence.Amber,
			"restore proven · 177 days ago · 4 min 31 s · overdue"},
		{"overdue for a whole period", []*drills.Exercise{pass(1), lost(2), lost(3)}, drills.Database, "2027-10-02", true, evidence.Red,
			"restore proven · 270 days ago · 4 min 31 s · overdue"},
		{"missed, then proven", []*drills.Exercise{lost(1), pass(2)}, drills.Database, "2027-04-17", true, evidence.Green,
			"restore proven · 12 days ago · 4 min 31 s"},
		{"missed, and never proven", []*drills.Exercise{lost(1)}, drills.Database, "2027-04-17", false, evidence.Red,
			"restore not proven yet · overdue"},
		{"somebody wanted one meanwhile", []*drills.Exercise{quarter(1, "database", drills.Lost, "", 0), manual}, drills.Database, "2027-04-17",
			true, evidence.Green,
			"restore proven · 12 days ago · 4 min 31 s"},
		{"somebody wanted one, and nobody held it", []*drills.Exercise{pass(1), wanted}, drills.Database, "2027-04-17", true, evidence.Green,
			"restore proven · 102 days ago · 4 min 31 s"},
		{"two people skipped it", []*drills.Exercise{pass(1), quarter(2, "database", drills.Off, "", 0)}, drills.Database, "2027-04-17", true,
			evidence.Amber,
			"restore proven · 102 days ago · 4 min 31 s · last one not performed"},
		{"aborted, and not held again yet", []*drills.Exercise{pass(1), try}, drills.Database, "2027-04-17", true, evidence.Amber,
			"restore proven · 102 days ago · 4 min 31 s · last one aborted"},
		{"no exercise came any more", []*drills.Exercise{pass(1)}, drills.Database, "2027-07-02", true, evidence.Amber,
			"restore proven · 178 days ago · 4 min 31 s · overdue"},
		{"nor for two years", []*drills.Exercise{pass(1)}, drills.Database, "2029-07-02", true, evidence.Red,
			"restore proven · 909 days ago · 4 min 31 s · overdue"},
		{"one of two fails, and the other hides it not", []*drills.Exercise{quarter(1, "other", drills.Done, drills.Fail, 0), pass(1)},
			drills.Database, "2027-01-17", true, evidence.Red,
			"restore proven · 12 days ago · 4 min 31 s · last result: fail"},
		{"a drill that is no more keeps nothing red", []*drills.Exercise{gone, pass(2), pass(3)}, drills.Database, "2027-07-17", true, evidence.Green,
			"restore proven · 12 days ago · 4 min 31 s"},
		{"a type that is not ours", []*drills.Exercise{evil}, hostile, "2027-01-17", true, evidence.Green,
			""},
	} {
		s, proven := evidence.Last(tt.of, tt.typ, day(tt.now))
		all = append(all, standing{tt.why, s, proven, tt.colour, tt.words})
		if proven != tt.proven {
			t.Errorf("%s: proven is %v", tt.why, proven)
		}
	}
	return all
}

func TestStanding(t *testing.T) {
	for _, s := range standings(t) {
		if got := s.standing.Colour(); got != s.colour {
			t.Errorf("%s: it is %s, want %s", s.why, got, s.colour)
		}
		if got := s.standing.Words(); got != s.words && s.words != "" {
			t.Errorf("%s: %q, want %q", s.why, got, s.words)
		}
	}
}

// TestBadgeIsXML of its own words: one title, and nothing that asks for anything.
func TestBadgeIsXML(t *testing.T) {
	for _, s := range standings(t) {
		svg := evidence.Badge(s.standing)
		d := xml.NewDecoder(strings.NewReader(string(svg)))
		var inside []string
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", s.why, err, svg)
			}
			if e, is := token.(xml.StartElement); is {
				inside = append(inside, e.Name.Local)
				for _, a := range e.Attr {
					if a.Name.Local == "href" || strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "url(") {
						t.Errorf("%s: attribute %s=%q", s.why, a.Name.Local, a.Value)
					}
				}
			}
		}
		if got := strings.Join(inside, " "); got != "svg title rect path path g text text" {
			t.Errorf("%s: it consists of %s", s.why, got)
		}
		if !strings.Contains(string(svg), s.colourWord()) || s.words != "" && !strings.Contains(string(svg), s.words) {
			t.Errorf("%s: no words in\n%s", s.why, svg)
		}
	}
}

func (s standing) colourWord() string { return "(" + string(s.colour) + ")" }
