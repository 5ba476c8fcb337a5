package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is when something happens. The zero Schedule is never; else one of Cron and Civil is there.
type Schedule struct {
	Text  string
	Cron  cron.Schedule
	Civil *Civil
}

// Civil is a schedule in the words of a calendar: the first Tuesday of a quarter, at 10:00.
type Civil struct {
	Nth    int // 1 to 4
	Day    time.Weekday
	Months []time.Month
	At     Clock
}

// Drill is a practice that comes again and again.
type Drill struct {
	Name     string
	Schedule Schedule
	Type     string // code, database or emergency
	Target   time.Duration
	Remind   []time.Duration // before it, the longest first
	Owners   []string        // names of people
	EnvFile  string          // absolute; empty: a code drill starts nothing
	Runbook  string
}

var drillTypes = []string{"code", "database", "emergency"}

func (n *node) drills() []Drill {
	var all []Drill
	for _, e := range n.fields() {
		if !wordName.MatchString(e.key) {
			e.value.wrong(fmt.Sprintf("%q is not a word of small letters, digits and _", e.key), "")
			continue
		}
		d := e.value.section().drill()
		d.Name = e.key
		all = append(all, d)
	}
	n.laterMany(len(all), "drill", "drills", "hold")
	return all
}

var wordName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

func (n *node) drill() Drill {
	defer n.close()
	d := Drill{
		Schedule: n.need("schedule", `when it is: "second tue of month 10:00"`).schedule(),
		Type:     n.need("type", "code, database or emergency").oneOf("", drillTypes...),
		Target:   n.need("target", "how long it should take").duration(0),
		EnvFile:  n.get("env_file").optionalFile(),
		Runbook:  n.get("runbook").str(""),
	}
	for _, item := range n.get("remind").list() {
		d.Remind = append(d.Remind, item.duration(0))
	}
	slices.SortFunc(d.Remind, func(a, b time.Duration) int { return cmp.Compare(b, a) })
	owners := n.need("owners", "who prepares it: [name]")
	for _, item := range owners.list() {
		d.Owners = append(d.Owners, string(item.person()))
	}
	if owners.kind == list && len(owners.items) == 0 {
		owners.wrong("is empty: nobody would prepare it", "write the name of somebody in people")
	}
	return d
}

// optionalFile reads a path; an empty text is none.
func (n *node) optionalFile() string {
	s := n.str("")
	if s == "" {
		return ""
	}
	return n.doc.absolute(s)
}

// schedule reads the words of a calendar, or five fields of cron.
func (n *node) schedule() Schedule {
	s := n.filled("")
	if !n.present() {
		return Schedule{}
	}
	if !strings.Contains(s, " of ") {
		return n.cron()
	}
	c, err := parseCivil(s)
	if err != nil {
		n.wrong(err.Error(), `write it as "second tue of month 10:00", "first tue of quarter 10:00" or "third tue of january 10:00"`)
		return Schedule{}
	}
	return Schedule{Text: s, Civil: &c}
}

// cron reads five fields; an empty text is never.
func (n *node) cron() Schedule {
	s := n.str("")
	if s == "" || !n.present() {
		return Schedule{}
	}
	c, err := parseCron(s)
	if err != nil {
		n.wrong(err.Error(), `write five fields, minute hour day month weekday, such as "0 4 * * *"`)
		return Schedule{}
	}
	n.warnOfClockChange(c)
	return Schedule{Text: s, Cron: c}
}

var civil = regexp.MustCompile(`^([a-z]+) +([a-z]+) +of +([a-z]+) +([0-9:]+)$`)

func parseCivil(s string) (Civil, error) {
	m := civil.FindStringSubmatch(strings.ToLower(strings.TrimSpace(s)))
	if m == nil {
		return Civil{}, fmt.Errorf("%q is not a schedule", s)
	}
	nth := slices.Index([]string{"first", "second", "third", "fourth"}, m[1]) + 1
	if nth == 0 {
		return Civil{}, fmt.Errorf("%q is not first, second, third or fourth: not every month has more", m[1])
	}
	day := slices.IndexFunc(weekdays(), func(d time.Weekday) bool { return short(d.String(), m[2]) })
	if day < 0 {
		return Civil{}, fmt.Errorf("%q is not a day of the week", m[2])
	}
	months := monthsOf(m[3])
	if months == nil {
		return Civil{}, fmt.Errorf("%q is not month, quarter or the name of a month", m[3])
	}
	at, err := parseClock(m[4])
	if err != nil {
		return Civil{}, err
	}
	return Civil{Nth: nth, Day: time.Weekday(day), Months: months, At: at}, nil
}

func weekdays() []time.Weekday {
	return []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}
}

// short says whether word is the name or its first three letters.
func short(name, word string) bool {
	name = strings.ToLower(name)
	return word == name || word == name[:3]
}

func monthsOf(word string) []time.Month {
	var every, one []time.Month
	for m := time.January; m <= time.December; m++ {
		every = append(every, m)
		if short(m.String(), word) {
			one = append(one, m)
		}
	}
	switch word {
	case "month":
		return every
	case "quarter":
		return []time.Month{time.January, time.April, time.July, time.October}
	}
	return one
}

// starBit marks a field of cron.SpecSchedule that was written as a star (cron v3.0.1, spec.go).
const starBit = 1 << 63

// parseCron reads standard cron, without what of robfig/cron v3.0.1 surprises: a zone in front (it panics on a bad one),
// @every (it begins anew at each restart), a day of the month and a day of the week together (either would do, not
// both), and what never fires.
func parseCron(s string) (spec *cron.SpecSchedule, err error) {
	if strings.ContainsAny(s, "=@") {
		return nil, fmt.Errorf("%q has a zone or a word with @, which are not used here", s)
	}
	defer func() {
		if p := recover(); p != nil {
			spec, err = nil, fmt.Errorf("%q is not a schedule", s)
		}
	}()
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not a schedule: %w", s, err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	switch {
	case !ok:
		return nil, fmt.Errorf("%q is not a schedule", s)
	case spec.Dom&starBit == 0 && spec.Dow&starBit == 0:
		return nil, errors.New("has a day of the month and a day of the week, and cron would take either")
	case spec.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero():
		return nil, fmt.Errorf("%q never comes", s)
	}
	return spec, nil
}

// warnOfClockChange: cron leaves out the hour that a change of clocks skips, and fires twice in the one it repeats.
func (n *node) warnOfClockChange(spec *cron.SpecSchedule) {
	const night = 0b1111 // the hours 0 to 3, in which every zone changes its clocks
	zone := n.doc.config.Zone
	_, winter := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Zone()
	_, summer := time.Date(2026, 7, 1, 0, 0, 0, 0, zone).Zone()
	if winter != summer && spec.Hour&starBit == 0 && spec.Hour&night != 0 {
		n.warn(fmt.Sprintf("is between 0 and 4 o'clock, when clocks in %s change: one night it may be left out, another one come twice", zone),
			"from 4 o'clock on it is safe")
	}
}
