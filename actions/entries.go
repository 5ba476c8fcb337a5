package actions

import (
	"time"

	"twokey/actions/step"
	"twokey/auth"
)

// The kinds of entries this package writes. One decision is one entry; its body carries the consequences.
const (
	KindPolicy      = "policy.loaded"
	KindAsked       = "request.asked"
	KindPlanned     = "request.planned"
	KindVoted       = "request.voted"
	KindCancelled   = "request.cancelled"
	KindVoided      = "request.voided"
	KindStepStarted = "step.started"
	KindStepDone    = "step.finished"
	KindInterrupted = "run.interrupted"
	KindHalted      = "run.halted"
	KindLate        = "request.late"
	KindClock       = "clock.passed"
)

// PolicyLoaded says who the people are and which catalogue holds from now on. Voids are the requests that were open or
// approved under the old one.
type PolicyLoaded struct {
	Revision string        `json:"revision"`
	People   []auth.Person `json:"people"`
	Voids    []ID          `json:"voids,omitempty"`
}

// Origin is where a request came from: a chat and the message in it.
type Origin struct {
	Chat    int64 `json:"chat,omitempty"`
	Topic   int   `json:"topic,omitempty"`
	Message int   `json:"message,omitempty"`
}

// Asked is one person's wish. It holds the action and its rule as they were, so that the fold needs no config.
type Asked struct {
	Action  Action       `json:"action"`
	Args    Args         `json:"args,omitempty"`
	Person  auth.Name    `json:"person"`
	Account auth.Account `json:"account,omitempty"`
	Origin  Origin       `json:"origin"`
	Reason  string       `json:"reason,omitempty"`
	// Names is the interrupted run that this one resumes, undoes or leaves.
	Names ID `json:"names,omitempty"`
	// Lifts is the panic whose lockdown this one lifts.
	Lifts ID `json:"lifts,omitempty"`
	// At is when an approved request starts, not before; the zero time is at once. The start clock counts from it.
	At time.Time `json:"at,omitzero"`
	// Nudge is when those who have not voted are called again, counted from the asking. The last of them is also when somebody
	// else is called, if nobody has voted.
	Nudge []time.Duration `json:"nudge,omitempty"`
	// Revision is the catalogue's, a pinned fact of every request.
	Revision string `json:"revision"`
}

// Planned is what a request would do, found out read-only. Outcome is Pending, Approved (alone) or Refused.
type Planned struct {
	Request ID          `json:"request"`
	Outcome Status      `json:"outcome"`
	Digest  string      `json:"digest,omitempty"`
	Steps   []Step      `json:"steps,omitempty"`
	Facts   []step.Fact `json:"facts,omitempty"`
	Why     string      `json:"why,omitempty"`
	Hint    string      `json:"hint,omitempty"`
	Red     []string    `json:"red,omitempty"` // the keys of red checks that could be accepted by name
}

// Voted is another person's yes or no. Outcome is empty while more are needed, else Approved or Denied.
type Voted struct {
	Request ID           `json:"request"`
	Person  auth.Name    `json:"person"`
	Account auth.Account `json:"account,omitempty"`
	Approve bool         `json:"approve"`
	Digest  string       `json:"digest"`
	Outcome Status       `json:"outcome,omitempty"`
}

// TakenBack is the requester's change of mind before the first step.
type TakenBack struct {
	Request ID        `json:"request"`
	Person  auth.Name `json:"person"`
}

// Voided ends a request because what was approved is no longer what would be done. Name, Was and Is are the fact; for a
// stop since the approval, By is the request that stopped.
type Voided struct {
	Request ID     `json:"request"`
	Cause   string `json:"cause"`
	Name    string `json:"name,omitempty"`
	Was     string `json:"was,omitempty"`
	Is      string `json:"is,omitempty"`
	By      ID     `json:"by,omitempty"`
}

// The causes of Voided.
const (
	VoidDrift   = "drift"
	VoidStopped = "stopped"
	VoidPolicy  = "policy"
	VoidVotes   = "votes"
)

// StepStarted is durable before the step's work. The first one turns an approved request into a run.
type StepStarted struct {
	Request ID  `json:"request"`
	Step    int `json:"step"` // from 0
}

// StepFinished is a step's end. Outcome is empty while more steps follow, else Succeeded, Failed or Interrupted.
type StepFinished struct {
	Request ID      `json:"request"`
	Step    int     `json:"step"`
	Outcome Status  `json:"outcome,omitempty"`
	Error   string  `json:"error,omitempty"` // a sentence for people
	Hint    string  `json:"hint,omitempty"`
	Tail    string  `json:"tail,omitempty"` // the last lines of the output, redacted
	Lines   int     `json:"lines,omitempty"`
	Service Service `json:"service"`
	Stop    *Cut    `json:"stop,omitempty"` // why, when Interrupted
	// Checks is what the checks came to, of a step that looks at them.
	Checks []step.Finding `json:"checks,omitempty"`
	// Halt is what a step that stops the service by all means stopped and left running.
	Halt *step.Halt `json:"halt,omitempty"`
	// Data is what a step about the database or its backups did and found.
	Data *step.Data `json:"data,omitempty"`
	// Lifted: the run's end lifts the lockdown.
	Lifted bool `json:"lifted,omitempty"`
}

// Cut is why a run was interrupted.
type Cut struct {
	Cause string    `json:"cause"`
	By    ID        `json:"by,omitempty"`    // the stop that holds
	Who   auth.Name `json:"who,omitempty"`   // who halted it
	Left  []string  `json:"left,omitempty"`  // processes that could not be ended
	Ended int       `json:"ended,omitempty"` // survivors that were found and ended
	Probe string    `json:"probe,omitempty"` // what is, as far as could be found out
	Begun bool      `json:"begun,omitempty"` // the step named had been started: what it did is unknown
	// Unasked: what is could not be found out yet; Probe says why. It is asked again.
	Unasked bool `json:"unasked,omitempty"`
}

// The causes of Cut.
const (
	CutCrash    = "crash"    // we were killed while a step ran
	CutHold     = "hold"     // a stop came before a step that would start the service
	CutShutdown = "shutdown" // we were told to end and the step did not finish in its time
	CutHalted   = "halted"   // a person asked to stop safely
	CutUnknown  = "unknown"  // the step ended and does not know what it did
	CutAway     = "away"     // we were away between two steps for longer than an approval lives
)

// Interruption ends a run between steps, or names the step that was begun and whose outcome nobody knows.
type Interruption struct {
	Request ID      `json:"request"`
	Step    int     `json:"step"`
	Service Service `json:"service"`
	Cut
}

// Halted asks a run to stop before its next step.
type Halted struct {
	Request ID        `json:"request"`
	Person  auth.Name `json:"person"`
}

// Late is a stop that was done alone while the journal could not be written, appended when it is back.
type Late struct {
	Asked    Asked     `json:"asked"`
	Late     bool      `json:"late"` // always true: marks the entry for whoever reads the journal
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Outcome  Status    `json:"outcome"`
	Error    string    `json:"error,omitempty"`
	Service  Service   `json:"service"`

	Halt *step.Halt `json:"halt,omitempty"`
}

// ClockPassed lists the requests whose time ended, those whose time to start has come, those that people are to be called
// about once more, and those whose findings nobody confirmed in time.
type ClockPassed struct {
	Expired []ID    `json:"expired,omitempty"`
	Due     []ID    `json:"due,omitempty"`
	Nudged  []Nudge `json:"nudged,omitempty"`
	Lapsed  []ID    `json:"lapsed,omitempty"`
}

// Nudge says that so many of a request's calls were due by now. Those that a long sleep passed over are one call.
type Nudge struct {
	Request ID  `json:"request"`
	Count   int `json:"count"`
}

// Service is what the service did at a moment, as far as it could be told.
type Service struct {
	Known bool      `json:"known,omitempty"`
	Up    bool      `json:"up,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Note  string    `json:"note,omitempty"`
}
