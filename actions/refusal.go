package actions

import (
	"fmt"
	"time"

	"twokey/auth"
)

// Reason is why something was refused. It is for the code that makes the sentence, not for people.
type Reason string

// The reasons.
const (
	UnknownAction    Reason = "unknown action"
	UnknownParam     Reason = "unknown parameter"  // Param, Values: what it takes
	MissingParam     Reason = "missing parameter"  // Param, Values: what it may be
	BadParam         Reason = "bad parameter"      // Param, Detail
	NotAsker         Reason = "may not ask"        // Who may
	NotApprover      Reason = "may not approve"    // Who may
	OwnRequest       Reason = "own request"        // Who may
	NotYours         Reason = "not your request"   // Who may cancel
	Unreachable      Reason = "not enough others"  // Who may approve
	Joined           Reason = "already asked"      // Request, Who asked
	TooManyYours     Reason = "too many of yours"  // Values: the open ones
	TooManyOpen      Reason = "too many open"      // Values: the open ones
	NoSuchRequest    Reason = "no such request"    // Request
	AlreadyDecided   Reason = "already decided"    // Request, State, Who, Until: when
	AlreadyVoted     Reason = "already voted"      // Request
	StillPlanning    Reason = "still planning"     // Request
	TooLate          Reason = "too late"           // Request, Until: when it ended
	ClockBehind      Reason = "clock behind"       // Detail: by how much
	NotInterrupted   Reason = "not interrupted"    // Request, State
	NothingOpen      Reason = "nothing open"       // Action: what has nothing to act on
	NothingToUndo    Reason = "nothing to undo"    // Request
	NothingToResume  Reason = "nothing to resume"  // Request
	JournalForked    Reason = "journal forked"     // Who keeps the head that is not on it
	JournalDown      Reason = "journal down"       // nothing starts but stopping
	NotAlone         Reason = "needs two, journal" // a stop that is not alone's, while the journal is down
	MissingReason    Reason = "missing reason"     // Action
	Locked           Reason = "locked"             // Request: the panic, Who pressed it, Until: since when
	NotLocked        Reason = "not locked"         // nothing to lift
	OwnReview        Reason = "own review"         // Request, Who may
	NotReviewer      Reason = "may not review"     // Who may
	ReviewedAlready  Reason = "already reviewed"   // Request
	NothingToReview  Reason = "nothing to review"  // Request
	NoSuchCheck      Reason = "no such check"      // Request, Param: its name
	ChecksOpen       Reason = "checks open"        // Request, Values: what a person has to look at
	ConfirmedAlready Reason = "already confirmed"  // Request, Who, Until: when
	NotNoted         Reason = "not noted"          // Request: nobody listens to notes about it any more
)

// Refusal is a decision's no: a reason with the data its sentence needs. It is an error so that decisions can return it
// and callers can tell it from a failure with errors.As.
type Refusal struct {
	Reason  Reason
	Action  Name
	Request ID
	State   Status
	Param   string
	Values  []string
	Args    Args
	Who     []auth.Name
	Until   time.Time
	Detail  string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("refused: %s (action %q, request %d, parameter %q) %s", r.Reason, r.Action, r.Request, r.Param, r.Detail)
}
