package actions

import (
	"iter"
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/auth"
	"twokey/internal/journal"
)

// keepWhole is how many ended requests stay whole in memory; older ones keep their headline and their range of entries.
const keepWhole = 200

// State is the fold of the journal: who the people are, and every request. It is read and decided on only under the
// journal's lock (journal.Log.View and Update). It never reads config, clock or disk.
type State struct {
	People   auth.Directory
	Revision string

	requests map[ID]*Request // whole
	briefs   map[ID]*brief   // of those that are long over
	order    []ID            // all, by first entry
	whole    []ID            // ended ones that are still whole, oldest first
	live     []ID            // those that are not final, and the interrupted ones that are not settled
	holds    map[Touch]Hold  // the newest stop of each touch
	last     time.Time       // of the newest entry
	genesis  string          // short hash of the first entry: which journal this is

	lockdown  *Lockdown
	locked    []ID           // the panics that set it
	baseline  ID             // the request whose findings were confirmed last
	confirmed []step.Finding // those findings
	since     time.Time      // when they were confirmed
	agreed    uint64         // seq of the newest entry that ended what others had approved
	fork      *Fork          // not settled; nil when there is none
	lost      []Pin          // heads of forks that were accepted
	outcomes  map[Outcome]uint64
	proofs    map[string]Proof // by folder and name
	fullest   Proof            // the newest full one
	kept      []Kept
	wouldLose map[string]int64 // what going back to a backup would have lost, by its hash
	lastCopy  time.Duration    // what the last copy of a backup took
	copies    []Kept
	base      string // which database is the service's
	outage    Outage
	looked    Looked
}

// Hold is a stop: no run that was approved before it may start what it stopped.
type Hold struct {
	By  ID
	Seq uint64
}

// NewState is the state before the first entry.
func NewState() *State {
	return &State{requests: map[ID]*Request{}, briefs: map[ID]*brief{}, holds: map[Touch]Hold{}, outcomes: map[Outcome]uint64{},
		proofs: map[string]Proof{}, wouldLose: map[string]int64{}}
}

// Request finds one by its number; of one that is long over only the headline.
func (s *State) Request(id ID) (*Request, bool) {
	if r, ok := s.requests[id]; ok {
		return r, true
	}
	if b, ok := s.briefs[id]; ok {
		return b.headline(), true
	}
	return nil, false
}

// Live lists, oldest first, what is not over: open, running, and interrupted but not settled.
func (s *State) Live() []*Request {
	list := make([]*Request, len(s.live))
	for i, id := range s.live {
		list[i] = s.requests[id]
	}
	return list
}

// Newest yields the requests, newest first.
func (s *State) Newest() iter.Seq[*Request] {
	return func(yield func(*Request) bool) {
		for _, id := range slices.Backward(s.order) {
			if r, ok := s.Request(id); ok && !yield(r) {
				return
			}
		}
	}
}

// Last is the time of the newest entry.
func (s *State) Last() time.Time { return s.last }

// Genesis is the short hash of the first entry: which journal this is.
func (s *State) Genesis() string { return s.genesis }

// Agreed is the seq of the newest entry that ended something which others had approved; 0 when there is none.
func (s *State) Agreed() uint64 { return s.agreed }

// bodies makes an empty body of each kind the state reads.
var bodies = map[string]func() any{
	KindPolicy:      func() any { return new(PolicyLoaded) },
	KindAsked:       func() any { return new(Asked) },
	KindPlanned:     func() any { return new(Planned) },
	KindVoted:       func() any { return new(Voted) },
	KindCancelled:   func() any { return new(TakenBack) },
	KindVoided:      func() any { return new(Voided) },
	KindStepStarted: func() any { return new(StepStarted) },
	KindStepDone:    func() any { return new(StepFinished) },
	KindInterrupted: func() any { return new(Interruption) },
	KindHalted:      func() any { return new(Halted) },
	KindLate:        func() any { return new(Late) },
	KindClock:       func() any { return new(ClockPassed) },
	KindDropped:     func() any { return new(Dropped) },
	KindProbed:      func() any { return new(Probed) },
	KindPanic:       func() any { return new(Pressed) },
	KindReviewed:    func() any { return new(Review) },
	KindAnswered:    func() any { return new(Answered) },
	KindConfirmed:   func() any { return new(Confirmed) },
	KindNoted:       func() any { return new(Noted) },
	KindForked:      func() any { return new(Forked) },
	KindForkSettled: func() any { return new(ForkSettled) },
}

// New makes an empty body of the kind, nil for kinds of other packages.
func (s *State) New(kind string) any {
	if make := bodies[kind]; make != nil {
		return make()
	}
	return nil
}

// Apply folds one entry. Decisions made sure that it fits; an entry that names a request we do not know changes nothing.
func (s *State) Apply(e journal.Entry, body any) {
	s.last = e.Time
	if e.Seq == 1 {
		s.genesis = e.Hash.Short()
	}
	switch b := body.(type) {
	case *PolicyLoaded:
		s.applyPolicy(e, b)
	case *ClockPassed:
		s.each(e, b.Expired, func(r *Request) { r.end(Expired, e.Time) })
		s.each(e, b.Due, func(r *Request) { r.Due = true })
		for _, n := range b.Nudged {
			s.one(e, n.Request, func(r *Request) { r.Nudges, r.NudgedAt = n.Count, e.Time })
		}
		s.each(e, b.Lapsed, func(r *Request) { r.Lapsed = true })
	case *Asked:
		s.applyAsked(e, b)
	case *Late:
		s.applyLate(e, b)
	case *Planned:
		s.one(e, b.Request, func(r *Request) { s.applyPlanned(e, r, b) })
	case *Voted:
		s.one(e, b.Request, func(r *Request) { s.applyVoted(e, r, b) })
	case *TakenBack:
		s.one(e, b.Request, func(r *Request) { r.EndedBy = b.Person; r.end(Cancelled, e.Time) })
	case *Voided:
		s.one(e, b.Request, func(r *Request) { r.Voided = b; r.end(Void, e.Time) })
	case *StepStarted:
		s.one(e, b.Request, func(r *Request) { applyStarted(e, r) })
	case *StepFinished:
		s.one(e, b.Request, func(r *Request) { s.applyFinished(e, r, b) })
	case *Interruption:
		s.one(e, b.Request, func(r *Request) {
			r.Cut, r.Service = b, b.Service
			r.end(Interrupted, e.Time)
			s.seen(r.ID, b.Service, e.Time)
		})
	case *Halted:
		s.one(e, b.Request, func(r *Request) { r.Halted = b.Person })
	case *Pressed:
		s.applyPanic(e, b)
	case *Review:
		s.one(e, b.Request, func(r *Request) { b.At = e.Time; r.Reviews = append(r.Reviews, *b) })
	case *Answered:
		s.one(e, b.Request, func(r *Request) { s.applyAnswered(r, b) })
	case *Confirmed:
		s.one(e, b.Request, func(r *Request) { s.applyConfirmed(e, r, b) })
	case *Noted:
		s.one(e, b.Request, func(r *Request) { b.At = e.Time; r.Notes = append(r.Notes, *b) })
	case *Forked:
		s.applyForked(e, b)
	case *ForkSettled:
		s.applyForkSettled(b)
	case *Probed:
		s.one(e, b.Request, func(r *Request) { applyProbed(r, b) })
	case *Dropped:
		s.one(e, b.Request, func(r *Request) { r.Dropped, r.DropError = true, b.Error })
		if b.Error == "" {
			s.forgetCopy(b.Request)
		}
	}
}

// one applies a change to a request and keeps its range, its hash and the lists up to date.
func (s *State) one(e journal.Entry, id ID, change func(*Request)) {
	r, ok := s.requests[id]
	if !ok {
		return
	}
	was := r.Status
	change(r)
	s.tally(r, was.Final())
	r.Last, r.Hash = e.Seq, e.Hash.Short()
	if r.Status.Final() {
		if !was.Final() && len(r.ApprovedBy) > 0 {
			s.agreed = e.Seq
		}
		s.ended(r)
	}
}

func (s *State) each(e journal.Entry, ids []ID, change func(*Request)) {
	for _, id := range ids {
		s.one(e, id, change)
	}
}

func (s *State) applyPolicy(e journal.Entry, b *PolicyLoaded) {
	// What cannot be indexed was refused before it was written; an unreadable directory knows nobody.
	s.People, _ = auth.NewDirectory(b.People)
	s.Revision = b.Revision
	for _, r := range s.Live() {
		if r.Wanted = s.wanted(r); r.Status.Final() {
			s.ended(r) // who was to look at it may be gone
		}
	}
	s.each(e, b.Voids, func(r *Request) {
		r.Voided = &Voided{Request: r.ID, Cause: VoidPolicy}
		r.end(Void, e.Time)
	})
}

func (s *State) applyAsked(e journal.Entry, b *Asked) {
	r := &Request{ID: ID(e.Seq), Asked: *b, Status: Planning, AskedAt: e.Time, AskUntil: e.Time.Add(b.Action.Rule.AskWithin),
		First: e.Seq, Last: e.Seq, Hash: e.Hash.Short()}
	s.add(r)
	if b.Action.Rule.Alone {
		s.hold(e, r)
	}
}

// add takes in a new request.
func (s *State) add(r *Request) {
	s.requests[r.ID] = r
	s.order = append(s.order, r.ID)
	s.live = append(s.live, r.ID)
	r.Wanted = s.wanted(r)
}

func (s *State) applyPlanned(e journal.Entry, r *Request, b *Planned) {
	r.Digest, r.Steps, r.Facts, r.Why, r.Hint, r.red = b.Digest, b.Steps, b.Facts, b.Why, b.Hint, b.Red
	switch b.Outcome {
	case Approved:
		s.approve(e, r, nil)
	case Refused:
		r.end(Refused, e.Time)
	default:
		r.Status = Pending
	}
}

func (s *State) applyVoted(e journal.Entry, r *Request, b *Voted) {
	r.Votes = append(r.Votes, auth.Vote{Person: b.Person, Account: b.Account, Approve: b.Approve, Digest: b.Digest, At: e.Time})
	switch b.Outcome {
	case Approved:
		verdict := r.Action().Rule.Tally(s.People, r.Ballot(), e.Time)
		s.approve(e, r, verdict.By)
	case Denied:
		r.EndedBy = b.Person
		r.end(Denied, e.Time)
	}
}

func (s *State) approve(e journal.Entry, r *Request, by []auth.Name) {
	r.Status, r.ApprovedAt, r.ApprovedBy, r.approved = Approved, e.Time, by, e.Seq
	r.StartUntil = later(e.Time, r.Asked.At).Add(r.Action().Rule.StartWithin)
	s.hold(e, r)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// hold notes a stop: from here on nothing that was approved earlier may start what it stops.
func (s *State) hold(e journal.Entry, r *Request) {
	s.lock(r, r.ApprovedAt)
	if r.Action().Effect != Stop {
		return
	}
	for _, t := range r.Action().Touches {
		s.holds[t] = Hold{By: r.ID, Seq: e.Seq}
	}
}

func applyStarted(e journal.Entry, r *Request) {
	if r.Status == Approved && len(r.Runs) >= leadingAhead(r.Steps) {
		r.Status, r.StartedAt, r.started = Running, e.Time, e.Seq
	}
	r.Runs = append(r.Runs, StepRun{Started: e.Time})
}

func (s *State) applyFinished(e journal.Entry, r *Request, b *StepFinished) {
	if i, ok := r.Unfinished(); ok {
		run := &r.Runs[i]
		run.Finished, run.Error, run.Hint, run.Tail, run.Lines = e.Time, b.Error, b.Hint, b.Tail, b.Lines
		run.Checks, run.Halt, run.Data = b.Checks, b.Halt, b.Data
		s.applyData(e, r, b)
		s.watch(e, r, b)
		if st := r.Steps[min(i, len(r.Steps)-1)]; st.Ahead && st.Kind == copyKind && st.Effect == Protect && b.Error == "" {
			s.lastCopy = e.Time.Sub(run.Started)
		}
		if len(b.Checks) > 0 {
			r.Before, r.BeforeID, r.BeforeAt = s.confirmed, s.baseline, s.since
		}
	}
	if r.ranAhead(b.Step) {
		s.applyAhead(e, r, b)
		return
	}
	if b.Outcome == "" {
		return
	}
	r.Why, r.Hint, r.Service = b.Error, b.Hint, b.Service
	if b.Stop != nil {
		r.Cut = &Interruption{Request: r.ID, Step: b.Step, Service: b.Service, Cut: *b.Stop}
	}
	r.end(b.Outcome, e.Time)
	r.ConfirmUntil = e.Time.Add(r.Action().Rule.AskWithin)
	if b.Outcome == Succeeded {
		s.settle(e, r)
	}
	if b.Lifted {
		s.unlock(r.ID)
	}
}

func (s *State) applyLate(e journal.Entry, b *Late) {
	r := &Request{ID: ID(e.Seq), Asked: b.Asked, AskedAt: b.Started, ApprovedAt: b.Started, StartedAt: b.Started, Why: b.Error,
		Service: b.Service, Late: true, First: e.Seq, Last: e.Seq, Hash: e.Hash.Short()}
	if b.Halt != nil {
		r.Runs = []StepRun{{Started: b.Started, Finished: b.Finished, Error: b.Error, Halt: b.Halt}}
	}
	r.end(b.Outcome, b.Finished)
	s.add(r)
	s.tally(r, false)
	s.hold(e, r)
	s.seen(r.ID, b.Service, b.Finished)
	s.ended(r)
}

// settle frees what an interrupted run kept, and what that one was itself about, once the run that names it succeeded.
func (s *State) settle(e journal.Entry, by *Request) {
	for id := by.Asked.Names; id != 0; {
		r, ok := s.requests[id]
		if !ok || r.Settled != 0 {
			return
		}
		r.Settled, r.settledAt, r.resumed = by.ID, e.Seq, by.Action().Name == Resume
		s.ended(r)
		id = r.Asked.Names
	}
}

// ended takes a request off the live list, unless it keeps its locks, and shortens the oldest of those kept whole.
func (s *State) ended(r *Request) {
	if !r.Over() {
		return
	}
	s.live = slices.DeleteFunc(s.live, func(id ID) bool { return id == r.ID })
	if slices.Contains(s.whole, r.ID) {
		return
	}
	if s.whole = append(s.whole, r.ID); len(s.whole) > keepWhole {
		oldest := s.whole[0]
		b := s.requests[oldest].briefly()
		s.briefs[oldest] = &b
		delete(s.requests, oldest)
		s.whole = slices.Delete(s.whole, 0, 1)
	}
}
