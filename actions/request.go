package actions

import (
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/auth"
)

// ID is a request's number: the sequence number of its first entry.
type ID uint64

// Status is where a request stands. The words are on the cards.
type Status string

const (
	// Planning: asked, and the runner is finding out what it would do. Becomes Pending, Approved (alone) or Refused.
	Planning Status = "planning"
	// Pending: the plan is on the card and waits for votes until AskUntil.
	Pending Status = "pending"
	// Approved: enough others agreed; the runner starts it when holds and locks allow, until StartUntil.
	Approved Status = "approved"
	// Running: the first step was started.
	Running Status = "running"
	// Succeeded: every step ended well.
	Succeeded Status = "succeeded"
	// Failed: a step ended badly; the ones after it were not started.
	Failed Status = "failed"
	// Interrupted: stopped between steps, or in a step whose outcome nobody knows. Keeps its locks until it is settled.
	Interrupted Status = "interrupted"
	// Refused: the plan could not be made, and says why.
	Refused Status = "refused"
	// Denied: somebody who may approve said no.
	Denied Status = "denied"
	// Expired: not approved, or not started, in time.
	Expired Status = "expired"
	// Cancelled: the requester took it back before the first step.
	Cancelled Status = "cancelled"
	// Void: the rules or a fact changed after it was asked.
	Void Status = "void"
)

// next is the whole machine: from each state, the states an entry may lead to.
var next = map[Status][]Status{
	Planning: {Pending, Approved, Refused, Denied, Cancelled, Expired, Void},
	Pending:  {Approved, Denied, Expired, Cancelled, Void},
	Approved: {Running, Denied, Expired, Cancelled, Void},
	Running:  {Succeeded, Failed, Interrupted},
}

// Final says whether nothing follows.
func (s Status) Final() bool { return len(next[s]) == 0 }

// Open says whether it waits for people or for its start.
func (s Status) Open() bool { return s == Planning || s == Pending || s == Approved }

// StepRun is one step of a run as it went.
type StepRun struct {
	Started  time.Time
	Finished time.Time // zero while it runs, or when nobody knows
	Error    string
	Hint     string
	Tail     string
	Lines    int
	Checks   []step.Finding
	Halt     *step.Halt
	Data     *step.Data
}

// Request is one person's wish, and its run.
type Request struct {
	ID     ID
	Asked  Asked
	Status Status

	AskedAt    time.Time
	AskUntil   time.Time
	ApprovedAt time.Time
	ApprovedBy []auth.Name
	approved   uint64 // seq of the entry that approved it
	StartUntil time.Time
	Due        bool // the time it was asked to start at has come
	Nudges     int  // how many of Asked.Nudge have passed while it was pending
	NudgedAt   time.Time
	StartedAt  time.Time
	started    uint64 // seq of the first step.started
	EndedAt    time.Time

	Digest string
	Steps  []Step
	Facts  []step.Fact
	Votes  []auth.Vote
	Runs   []StepRun
	Halted auth.Name

	// Why it ended, where the state alone does not say: at most one of them is set.
	EndedBy auth.Name // denied, cancelled
	Why     string    // refused, failed: a sentence for people
	Hint    string
	red     []string
	Voided  *Voided
	Cut     *Interruption
	Late    bool
	// Dropped: what ran ahead was thrown away; DropError says why it could not be.
	Dropped   bool
	DropError string
	resumed   bool // another run went on from here

	// What came after its end.
	Reviews      []Review
	Wanted       int // how many reviews are wanted
	Notes        []Noted
	Confirmed    *Confirmed
	ConfirmedAt  time.Time
	ConfirmUntil time.Time
	Lapsed       bool // nobody confirmed it in time
	Locks        bool // the lockdown it set is not lifted
	Lifted       ID   // the request that lifted it
	// Before is the findings that were confirmed last when this one looked, by which request and when.
	Before   []step.Finding
	BeforeID ID
	BeforeAt time.Time

	Service   Service // at its end
	Settled   ID      // the request that resumed, undid or left it
	settledAt uint64  // seq of the entry that says so
	First     uint64  // its entries lie between these, both included
	Last      uint64
	Hash      string // short hash of the last one
	Brief     bool   // only the headline is left in memory; the store has the rest
}

// Action is what it does.
func (r *Request) Action() Action { return r.Asked.Action }

// Ballot is what its rule counts.
func (r *Request) Ballot() auth.Ballot {
	return auth.Ballot{Requester: r.Asked.Person, Digest: r.Digest, Until: r.AskUntil, Votes: r.Votes}
}

// Unfinished is the index of a step that was started and not finished, and whether there is one.
func (r *Request) Unfinished() (int, bool) {
	n := len(r.Runs)
	return n - 1, n > 0 && r.Runs[n-1].Finished.IsZero()
}

// Done is how many steps ended well.
func (r *Request) Done() int {
	n := 0
	for _, s := range r.Runs {
		if !s.Finished.IsZero() && s.Error == "" {
			n++
		}
	}
	return n
}

// Unsettled says whether it was interrupted and still keeps its locks.
func (r *Request) Unsettled() bool { return r.Status == Interrupted && r.Settled == 0 }

// startsFrom says whether a step from i on would start the service.
func (r *Request) startsFrom(i int) bool {
	return slices.ContainsFunc(r.Steps[min(i, len(r.Steps)):], func(s Step) bool { return s.Starts })
}

// starts says whether it would start the service, planned or not.
func (r *Request) starts() bool { return r.Action().StartsWith(r.Asked.Args) || r.startsFrom(0) }

// end moves it into a final state.
func (r *Request) end(s Status, at time.Time) { r.Status, r.EndedAt = s, at }

// Clone is a copy that later entries do not reach.
func (r *Request) Clone() *Request {
	c := *r
	c.Runs, c.Votes = slices.Clone(r.Runs), slices.Clone(r.Votes)
	c.Reviews, c.Notes = slices.Clone(r.Reviews), slices.Clone(r.Notes)
	for i, run := range c.Runs {
		c.Runs[i].Checks = slices.Clone(run.Checks)
	}
	return &c
}
