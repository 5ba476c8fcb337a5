package drills

import (
	"time"

	"twokey/auth"
	"twokey/drills/calendar"
)

// The kinds of entries this package writes.
const (
	KindLoaded      = "drills.loaded"
	KindPlanned     = "drill.planned"
	KindReminded    = "drill.reminded"
	KindAssigned    = "drill.assigned"
	KindEscalated   = "drill.escalated"
	KindAccepted    = "drill.accepted"
	KindRescheduled = "drill.rescheduled"
	KindStarted     = "drill.started"
	KindEnded       = "drill.ended"
	KindSkipped     = "drill.skipped"
	KindMissed      = "drill.missed"
	KindAway        = "person.away"
	KindBack        = "person.back"
)

// AllLoaded is all drills there are from now on. One that is not in it any more ends with what of it was to come.
type AllLoaded struct {
	Drills []Loaded `json:"drills"`
}

// Loaded is one of them. When its schedule or zone changes, it counts from that entry on.
type Loaded struct {
	Drill    Name   `json:"drill"`
	Schedule string `json:"schedule"`
	Zone     string `json:"zone"`
}

// Planned is an exercise that has become known, and its first reminder.
type Planned struct {
	Drill   Name            `json:"drill"`
	Type    string          `json:"type"`
	Nominal time.Time       `json:"nominal"` // as the schedule says
	At      time.Time       `json:"at"`      // no holiday
	Period  calendar.Period `json:"period"`
	Target  time.Duration   `json:"target"`
	RPO     time.Duration   `json:"rpo,omitempty"`
	Remind  []time.Duration `json:"remind"` // the longest first; the last is 0
	Owner   auth.Name       `json:"owner,omitempty"`
	Owners  []auth.Name     `json:"owners"`
	Before  time.Duration   `json:"before"`           // which reminder this is
	Covers  []time.Duration `json:"covers,omitempty"` // those whose time was over, too
	Trigger string          `json:"trigger,omitempty"`
}

// Manual is the trigger of an exercise that somebody wanted.
const Manual = "manual"

// Reminded is a later reminder. Before 0: it is time, or was while the program was down.
type Reminded struct {
	Exercise uint64          `json:"exercise"`
	At       time.Time       `json:"at"` // what of
	Before   time.Duration   `json:"before"`
	Covers   []time.Duration `json:"covers,omitempty"`
}

// Assigned is another owner: the one before is away.
type Assigned struct {
	Exercise uint64    `json:"exercise"`
	Owner    auth.Name `json:"owner"`
	Away     auth.Name `json:"away,omitempty"`
}

// Level is whom an escalation calls.
type Level string

// The levels, the lowest first.
const (
	Second Level = "second" // who would be next
	Chat   Level = "chat"   // everybody
	Admins Level = "admins" // each of them, in private
)

// Lack is what has not happened.
type Lack string

// What can be lacking.
const (
	NotAccepted Lack = "not accepted"
	NotStarted  Lack = "not started"
)

// Escalated calls for help.
type Escalated struct {
	Exercise uint64    `json:"exercise"`
	Rung     int       `json:"rung"` // of Rungs; those below it are covered
	Level    Level     `json:"level"`
	Lack     Lack      `json:"lack"`
	Person   auth.Name `json:"person,omitempty"` // of Second
}

// Accepted says who does it.
type Accepted struct {
	Exercise uint64    `json:"exercise"`
	Person   auth.Name `json:"person"`
}

// Rescheduled is another time.
type Rescheduled struct {
	Exercise uint64      `json:"exercise"`
	Person   auth.Name   `json:"person"`
	From     time.Time   `json:"from"`
	To       time.Time   `json:"to"`
	Reason   string      `json:"reason"`
	Agreed   int         `json:"agreed"` // people, the one who asked among them
	Outside  bool        `json:"outside,omitempty"`
	With     []auth.Name `json:"with,omitempty"` // who agreed, when it took two
	When     time.Time   `json:"-"`              // of the entry; set by the fold
}

// Started says that it goes on, and of what it consists.
type Started struct {
	Exercise uint64    `json:"exercise"`
	Person   auth.Name `json:"person"`
	Opening
}

// Result is what came of an exercise.
type Result string

// The results. An aborted exercise is none: it can be started again.
const (
	Pass    Result = "pass"
	Partial Result = "partial"
	Fail    Result = "fail"
	Aborted Result = "aborted"
)

// Ended is the end of what was started.
type Ended struct {
	Exercise uint64    `json:"exercise"`
	Person   auth.Name `json:"person"`
	Result   Result    `json:"result"`
	Reason   string    `json:"reason,omitempty"`
	RTO      Measured  `json:"rto,omitzero"` // the start until what was lost was proven to be back
	RPO      Measured  `json:"rpo,omitzero"` // the newest row that came back until the start
}

// Skipped says that it is not done.
type Skipped struct {
	Exercise uint64    `json:"exercise"`
	Person   auth.Name `json:"person"`
	Reason   string    `json:"reason"`
	Agreed   int       `json:"agreed"`
}

// Missed says that nobody did it in time. Exercise 0: it was never known, because the program was down; then the rest says what
// it was. Covers are the reminders that nobody was given.
type Missed struct {
	Exercise uint64          `json:"exercise,omitempty"`
	Drill    Name            `json:"drill"`
	Type     string          `json:"type"`
	Nominal  time.Time       `json:"nominal"`
	At       time.Time       `json:"at"`
	Period   calendar.Period `json:"period"`
	Covers   []time.Duration `json:"covers,omitempty"`
}

// Away says that somebody is not there. The last one of a person counts.
type Away struct {
	Person auth.Name `json:"person"`
	Until  time.Time `json:"until"`
}

// Back says that somebody is there again.
type Back struct {
	Person auth.Name `json:"person"`
}

func (b *Reminded) about() uint64    { return b.Exercise }
func (b *Assigned) about() uint64    { return b.Exercise }
func (b *Escalated) about() uint64   { return b.Exercise }
func (b *Accepted) about() uint64    { return b.Exercise }
func (b *Rescheduled) about() uint64 { return b.Exercise }
func (b *Started) about() uint64     { return b.Exercise }
func (b *Ended) about() uint64       { return b.Exercise }
func (b *Skipped) about() uint64     { return b.Exercise }
func (b *Missed) about() uint64      { return b.Exercise }
