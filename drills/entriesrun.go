package drills

import (
	"time"

	"twokey/auth"
)

// The kinds of entries about an exercise that is held.
const (
	KindStepStarted  = "drill.step_started"
	KindStepFinished = "drill.step_finished"
	KindInterrupted  = "drill.interrupted"
	KindCleaned      = "drill.cleaned"
	KindNoted        = "drill.noted"
	KindFound        = "drill.found"
	KindFollowed     = "drill.followed"
	KindFollowUp     = "drill.follow_up"
	KindAnswered     = "drill.answered"
	KindSigned       = "drill.signed"
	KindPosted       = "drill.posted"
	KindClosed       = "drill.closed"
)

// kindStepDone is the entry of the end of a run's step, which package actions writes: two people may decide about an exercise there.
const kindStepDone = "step.finished"

type stepDone struct {
	Request uint64 `json:"request"`
	Error   string `json:"error"`
	Data    *struct {
		Drill *Agreed `json:"drill"`
	} `json:"data"`
}

// What two people agree on.
const (
	AgreedSkip   = "skip"   // it is not done
	AgreedMove   = "move"   // it is another time
	AgreedAnyway = "anyway" // it may start although not all is well
)

// Agreed is what two people decided about an exercise.
type Agreed struct {
	Do       string      `json:"do"`
	Exercise uint64      `json:"exercise"`
	To       time.Time   `json:"to,omitzero"` // move
	Person   auth.Name   `json:"person"`      // who asked for it
	Reason   string      `json:"reason"`
	People   int         `json:"people"`
	With     []auth.Name `json:"with,omitempty"` // who agreed
	Red      []string    `json:"red,omitempty"`  // anyway: the looks that they saw red
}

// Opening is what an exercise starts with: what it consists of, fixed before it is known how it goes.
type Opening struct {
	Script    []Step    `json:"script,omitempty"`
	Scenario  string    `json:"scenario,omitempty"`
	Objective string    `json:"objective,omitempty"`
	Criteria  []string  `json:"criteria,omitempty"` // what is a success
	Scope     []Fact    `json:"scope,omitempty"`
	Looks     []Look    `json:"looks,omitempty"`
	Revision  string    `json:"revision,omitempty"` // of the catalogue and the people
	Runbook   *Document `json:"runbook,omitempty"`
}

// Document is a file as it was.
type Document struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// StepStarted says that a step goes on.
type StepStarted struct {
	Exercise uint64 `json:"exercise"`
	Step     int    `json:"step"` // from 0
}

// StepFinished says what came of it. When an automatic step fails, those after it are not done.
type StepFinished struct {
	Exercise uint64    `json:"exercise"`
	Step     int       `json:"step"`
	Outcome  Outcome   `json:"outcome"`
	Person   auth.Name `json:"person,omitempty"`
	Found    Found     `json:"found"`
}

// Interrupted says that the program ended while an automatic step went on: all of them begin anew, when what they made is gone.
type Interrupted struct {
	Exercise uint64 `json:"exercise"`
}

// Cleaned says that what an exercise made is gone.
type Cleaned struct {
	Exercise uint64 `json:"exercise"`
	Proof    string `json:"proof"`
}

// Noted is what somebody wrote or photographed while it went on.
type Noted struct {
	Exercise uint64    `json:"exercise"`
	Step     int       `json:"step"`
	Person   auth.Name `json:"person"`
	Text     string    `json:"text,omitempty"`
	Photo    *Photo    `json:"photo,omitempty"`
}

// Photo is a picture that is evidence.
type Photo struct {
	Name   string `json:"name"` // of its file, in the folder of the exercise
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
}

// FoundOut is something that somebody has to follow up.
type FoundOut struct {
	Exercise uint64    `json:"exercise"`
	Text     string    `json:"text"`
	Owner    auth.Name `json:"owner"`
	Due      time.Time `json:"due"`
	Person   auth.Name `json:"person"`
}

// Followed says that a finding is settled.
type Followed struct {
	Exercise uint64    `json:"exercise"`
	Finding  int       `json:"finding"` // from 1
	Person   auth.Name `json:"person"`
	How      string    `json:"how"`
}

// FollowUp reminds of a finding whose day has come.
type FollowUp struct {
	Exercise uint64 `json:"exercise"`
	Finding  int    `json:"finding"`
}

// Answered is an approver who was reached.
type Answered struct {
	Exercise uint64    `json:"exercise"`
	Person   auth.Name `json:"person"`
}

// Signed is a second person's name under what came of it.
type Signed struct {
	Exercise uint64    `json:"exercise"`
	Person   auth.Name `json:"person"`
	Findings int       `json:"findings"` // how many they saw; 0: they agree that there is none
}

// Posted says where the card of an exercise stands; message 0: it is gone. Private cards have their person's chat.
type Posted struct {
	Exercise uint64 `json:"exercise"`
	Chat     int64  `json:"chat"`
	Message  int    `json:"message"`
	// Rung says that the chat was told of everything up to this entry, by a message that rings.
	Rung uint64 `json:"rung,omitempty"`
	// Urged says that it was told by such a message that nobody has signed.
	Urged bool `json:"urged,omitempty"`
}

// CardClosed says that the card will not change any more.
type CardClosed struct {
	Exercise uint64 `json:"exercise"`
}
