package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"twokey/drills"
	"twokey/drills/calendar"
	"twokey/internal/config"
)

type drillsCommand struct {
	Next   drillsNextCommand   `cmd:"" help:"Print when each drill is, and when its team hears of it."`
	Report drillsReportCommand `cmd:"" help:"Write the record of an exercise: Markdown, JSON, a page to print, and a signature."`
	Verify drillsVerifyCommand `cmd:"" help:"Say whether a record is the one that was signed."`
	Pack   drillsPackCommand   `cmd:"" help:"Write all records of a year into one zip file."`
	Badge  drillsBadgeCommand  `cmd:"" help:"Print an SVG that says when a restore was proven last."`
}

type drillsNextCommand struct {
	Config string `short:"c" default:"twokey.yaml" help:"The config." type:"path"`
	Count  int    `short:"n" default:"5" help:"How many of each."`
	From   string `placeholder:"DATE" help:"From that day on, such as 2027-01-01; today otherwise."`
}

// Run prints the dates.
func (c drillsNextCommand) Run(_ context.Context, o output) error {
	cfg, err := load(c.Config, o.err)
	if err != nil {
		return err
	}
	from := time.Now()
	if c.From != "" {
		if from, err = time.ParseInLocation(time.DateOnly, c.From, cfg.Zone); err != nil {
			return fmt.Errorf("--from %s: is not a day such as 2027-01-01", c.From)
		}
		from = from.Add(-time.Nanosecond) // midnight counts
	}
	if len(cfg.Drills) == 0 {
		fmt.Fprintln(o.out, "There are no drills: see drills in the config.")
	}
	for _, d := range cfg.Drills {
		dates(o.out, d, from, c.Count)
	}
	return nil
}

// dates prints one drill's.
func dates(out io.Writer, d config.Drill, from time.Time, n int) {
	fmt.Fprintf(out, "%s (%s, %s, target %s)\n", d.Name, d.Type, d.Schedule, short(d.Target))
	for t := d.Schedule.After(from); n > 0 && !t.At.IsZero(); t = d.Schedule.After(t.At) {
		n--
		line := "  " + t.At.In(d.Schedule.Zone()).Format("Mon 2 Jan 2006 15:04 MST")
		if !t.At.Equal(t.Nominal) {
			line += fmt.Sprintf(", not %s, which is a holiday", calendar.DateOf(t.Nominal.In(d.Schedule.Zone())))
		}
		fmt.Fprintf(out, "%s, %s; heard of %s before\n", line, d.Schedule.Period(t.Nominal).Name, before(d))
	}
}

// before are the times at which a team hears of a drill.
func before(d config.Drill) string {
	var all []string
	for _, r := range drills.Reminders(d.Plan) {
		if r > 0 {
			all = append(all, short(r))
		}
	}
	return strings.Join(all, ", ")
}

// short is a duration without its zeros.
func short(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return fmt.Sprintf("%d d", d/day)
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return d.String()
}
