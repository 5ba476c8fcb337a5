// Package drills practises what has to work when it is needed, again and again, and remembers how it went.
//
// A Plan is a drill as the config has it; an Exercise is one occurrence of it. State is the fold of the journal about them, and
// its decisions are pure: what is due is a function of the journal, the plans and now. So nothing is lost while the program was
// down, and nothing happens twice: what happened is an entry, and what is an entry is not due.
//
//	drills.loaded        the plans, as a start of the program found them changed
//	drill.planned        an exercise is known from its first reminder on, has an owner, and is that reminder
//	drill.reminded       a later one; the last, 0 before, says that it is time
//	drill.assigned       somebody else has to do it: who should is away
//	drill.escalated      nobody accepted, or nobody started
//	drill.accepted       somebody does it
//	drill.rescheduled    it is another time: within its period by who does it, else by two people
//	drill.started, ended it was done, and what came of it
//	drill.step_started   a step of it goes on; the automatic ones are package rehearsal's
//	drill.step_finished  what came of the step
//	drill.interrupted    the program ended meanwhile: the automatic steps begin anew, when
//	drill.cleaned        what they made is proven gone
//	drill.noted          what somebody wrote or photographed
//	drill.found          what somebody has to follow up; drill.follow_up reminds, drill.followed settles it
//	drill.answered       an approver was reached
//	drill.signed         a second person's name under what came of it
//	drill.skipped        it is not done, as two people agreed
//	drill.missed         its time is over and nobody did it, or nobody was told because the program was down
//
// Of what became due while the program was down, one entry says all that is of one sort: the nearest reminder covers those before
// it, the highest call for help covers those below, and an exercise whose whole time went by is missed once.
package drills

import (
	"time"

	"twokey/auth"
	"twokey/drills/calendar"
)

// Name is a drill's name in the config.
type Name string

// Plan is a drill as the config has it.
type Plan struct {
	Name     Name
	Type     string // one of Types
	Schedule *calendar.Schedule
	Target   time.Duration
	RPO      time.Duration   // how old the newest row that comes back may be; 0: any age
	Remind   []time.Duration // before it, in any order
	Owners   []auth.Name     // in turn
}

// Absence is when somebody is not there.
type Absence struct {
	Person auth.Name
	From   time.Time
	Until  time.Time // the first instant they are back
}

// World is what the config says.
type World struct {
	Plans []Plan
	Away  []Absence // more are in the journal
	// Approvers are the people who may approve something; Thin says which rules those of them who were reached could not keep, in a
	// sentence each; nil: nothing is known of rules.
	Approvers []auth.Name
	Thin      func(reached []auth.Name) []string
}

// loaded is what the journal keeps of the plans.
func (w World) loaded() []Loaded {
	all := []Loaded{}
	for _, p := range w.Plans {
		all = append(all, Loaded{Drill: p.Name, Schedule: p.Schedule.String(), Zone: p.Schedule.Zone().String()})
	}
	return all
}

const (
	// behind is how far the clock may be before the last entry: what is due by a clock that went back is not known.
	behind = 30 * time.Second
	// usualLead is how long before it an exercise without reminders is known.
	usualLead = 7 * 24 * time.Hour
	// longestGrace is how long after its time an exercise may still be held when its period is over.
	longestGrace = 7 * 24 * time.Hour
	// settles is how long people have for what they were just told before somebody else is called.
	settles = time.Hour
)
