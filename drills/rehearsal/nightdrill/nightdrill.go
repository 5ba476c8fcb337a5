// Package nightdrill rehearses the whole emergency procedure, once a year: a tabletop, where somebody reads out what happens and
// people say what they would press; and the real thing, on the stage of the demo: its shop is broken, stopped, restored,
// unlocked, started and looked at by the program itself.
//
// The stage is this program, run as a child with nothing of ours: no config, no secret, no variable of our environment, and a folder
// of its own for everything that it writes. So there is nothing in it that leads to production or to a user: its database, its chat
// and its users are made for it, and end with it.
package nightdrill

import (
	"context"
	"fmt"
	"strings"
	"time"

	"twokey/drills"
	"twokey/drills/rehearsal"
)

// story is what is played on the stage, by its name in the demo.
const story = "full-emergency"

// stageWithin is how long the stage may take. It takes half a minute on a machine that has nothing else to do.
const stageWithin = 10 * time.Minute

// Config is what an emergency drill works with.
type Config struct {
	Program string // this program, absolute
	Dir     string // where the stage's folder is made, absolute. It is made when it is needed; what root gives has to let others through
	// Postgres finds the folder of PostgreSQL's programs (postgres.Programs). An error: there is none, and the stage is left out.
	Postgres func() (string, error)
	Scenario string        // a file, absolute; empty: one of those that are built in
	Turn     int           // which of those: a number that goes up by one from year to year
	Within   time.Duration // how long the stage may take; 0: stageWithin
}

// Drill is a rehearsal.Kind. It remembers nothing between steps but in its folder.
type Drill struct {
	Config
}

var _ rehearsal.Kind = (*Drill)(nil)

// The keys of steps that are always there; an event's is keyEvent and its number, from 1.
const (
	keyStage   = "stage"
	keyTable   = "table"
	keyEvent   = "event"
	keyHotwash = "hotwash"
)

// tableAfter is how much later than in the scenario its events happen: the stage comes first. It takes less than that.
const tableAfter = 2 * time.Minute

// Script is the stage, the tabletop, and a look back. The stage comes first because it is what is timed: the RTO of an exercise is
// from its start until the step that proves, and people talk for an hour.
func (d *Drill) Script(context.Context) ([]drills.Step, error) {
	s, err := d.scenario()
	if err != nil {
		return nil, err
	}
	steps := []drills.Step{
		{Key: keyStage, Title: "the whole procedure on the demo's shop", Auto: true, Within: d.within(), Proves: true},
		{Key: keyTable, Title: s.Name, Ask: s.brief()},
	}
	for i, e := range s.Events {
		step := drills.Step{Key: fmt.Sprintf("%s%d", keyEvent, i+1), Title: e.Title, Ask: e.Ask, Answer: e.Answer}
		if e.After > 0 {
			step.After = e.After + tableAfter
		}
		steps = append(steps, step)
	}
	return append(steps, drills.Step{Key: keyHotwash, Title: "hotwash",
		Ask: "What surprised you? What in the runbook was wrong?\nWrite it down with /drill finding."}), nil
}

func (d *Drill) within() time.Duration {
	if d.Within > 0 {
		return d.Within
	}
	return stageWithin
}

func (d *Drill) scenario() (Scenario, error) {
	if d.Scenario != "" {
		return Load(d.Scenario)
	}
	return BuiltIn(d.Turn)
}

// brief is what people hear before it begins: at most three lines.
func (s Scenario) brief() string {
	rules := "One of you reads out what happens, the others say what they would do."
	if s.Without != "" {
		rules += " Without " + s.Without + ": they watch, and say nothing."
	}
	return strings.Join([]string{s.Objective, "It went well when " + strings.Join(s.Success, "; ") + ".", rules}, "\n")
}
