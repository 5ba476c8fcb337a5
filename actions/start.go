package actions

import (
	"slices"

	"twokey/actions/step"
	"twokey/auth"
	"twokey/internal/journal"
)

// Start decides, for an approved request with its facts measured again, whether its first step begins. It gives the first
// step's start, or the void that says why not, or nothing when it has to wait, was late, or has moved on.
func (s *State) Start(now journal.Now, id ID, facts []step.Fact) journal.Draft {
	r, ok := s.Request(id)
	if !ok || r.Status != Approved || !now.Before(r.StartUntil) || now.Before(r.Asked.At) || s.clockWrong(now, r.Action()) {
		return journal.Draft{}
	}
	if v := s.voids(now, r, facts); v != nil {
		return journal.Draft{Kind: KindVoided, Actor: "twokey", Body: *v}
	}
	if r.Preparing() || len(s.Blockers(r)) > 0 {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindStepStarted, Actor: "twokey", Body: StepStarted{Request: id, Step: len(r.Runs)}}
}

// voids finds what makes an approval worthless: votes that do not count any more, a stop that came after it, a fact that
// changed.
func (s *State) voids(now journal.Now, r *Request, facts []step.Fact) *Voided {
	if v := r.Action().Rule.Tally(s.People, r.Ballot(), now.Time); v.Outcome != auth.Approved {
		return &Voided{Request: r.ID, Cause: VoidVotes}
	}
	if by, held := s.held(r, r.startsFrom(0)); held {
		return &Voided{Request: r.ID, Cause: VoidStopped, By: by}
	}
	if r.Action().Locking == LockLift && !s.lifts(r) {
		return s.stale(r)
	}
	if named, ok := s.Request(r.Asked.Names); ok && named.Status == Interrupted && named.Settled != 0 && (named.Brief || named.settledAt > uint64(r.ID)) {
		return &Voided{Request: r.ID, Cause: VoidDrift, Name: label(named), Was: "not settled", Is: "settled by " + s.called(named.Settled)}
	}
	if name, was, is, changed := drift(r.Facts, facts); changed {
		return &Voided{Request: r.ID, Cause: VoidDrift, Name: name, Was: was, Is: is}
	}
	return nil
}

// held says whether a stop came after the approval of a run that would now start the service, or a lockdown is set.
func (s *State) held(r *Request, starts bool) (ID, bool) {
	h, stopped := s.holds[App]
	if s.lockdown != nil && starts {
		return s.lockdown.By, true
	}
	return h.By, starts && stopped && h.By != r.ID && h.Seq > r.approved
}

// Held says whether the step that runs now would start what a stop, newer than its approval, wants down.
func (s *State) Held(r *Request) (ID, bool) {
	i, running := r.Unfinished()
	if !running || r.Status != Running {
		return 0, false
	}
	return s.held(r, r.Steps[i].Starts)
}

// Blockers are the requests an approved one waits for: those that run, or were interrupted and not settled, or were
// approved earlier, and touch the same. A stop waits for nobody. A run that settles another does not wait for that one, nor
// in the line behind it: who waits there waits for the settlement.
func (s *State) Blockers(r *Request) []*Request {
	if r.Action().Effect == Stop {
		return nil
	}
	about := s.chain(r)
	return slices.DeleteFunc(s.Live(), func(o *Request) bool {
		keeps := o.Status == Running || o.Unsettled() || o.Status == Approved && o.approved < r.approved && r.Asked.Names == 0
		return o.ID == r.ID || !keeps || !o.Action().Locks(r.Action()) || slices.Contains(about, o.ID)
	})
}

// chain is the interrupted runs a request is about, the named one first.
func (s *State) chain(r *Request) []ID {
	var ids []ID
	for id := r.Asked.Names; id != 0; {
		ids = append(ids, id)
		named, ok := s.Request(id)
		if !ok {
			break
		}
		id = named.Asked.Names
	}
	return ids
}

// Continue decides what a run without a step under way does next: its next step, or an interruption because a stop holds,
// a person halted it, or (away) we were not there for longer than an approval lives.
func (s *State) Continue(id ID, away bool, service Service) journal.Draft {
	r, ok := s.Request(id)
	if _, busy := r.unfinished(); !ok || busy || r.Status != Running || len(r.Runs) >= len(r.Steps) {
		return journal.Draft{}
	}
	i := len(r.Runs)
	cut := Cut{}
	switch by, held := s.held(r, r.Steps[i].Starts); {
	case held:
		cut.Cause, cut.By = CutHold, by
	case r.Halted != "":
		cut.Cause, cut.Who = CutHalted, r.Halted
	case away:
		cut.Cause = CutAway
	default:
		return journal.Draft{Kind: KindStepStarted, Actor: "twokey", Body: StepStarted{Request: id, Step: i}}
	}
	return journal.Draft{Kind: KindInterrupted, Actor: "twokey", Body: Interruption{Request: id, Step: i, Service: service, Cut: cut}}
}

// Result is a step's end as the runner saw it.
type Result struct {
	Error, Hint string
	Tail        string
	Lines       int
	Service     Service
	Cut         *Cut
	Checks      []step.Finding
	Halt        *step.Halt
	Data        *step.Data
}

// Finish decides what a step's end makes of the run. Nothing when the step is not under way.
func (s *State) Finish(id ID, i int, res Result) journal.Draft {
	r, ok := s.Request(id)
	at, busy := r.unfinished()
	if !ok || !busy || at != i {
		return journal.Draft{}
	}
	if r.ranAhead(i) {
		return journal.Draft{Kind: KindStepDone, Actor: "twokey", Body: finishAhead(r, i, res)}
	}
	if r.Status != Running {
		return journal.Draft{}
	}
	d := finished(r, i, res)
	if b, ok := d.Body.(StepFinished); ok && b.Outcome == Succeeded && s.lifts(r) {
		b.Lifted = true
		d.Body = b
	}
	return d
}

// stale is why an approved unlock lifts nothing: the lockdown is gone, or another panic came.
func (s *State) stale(r *Request) *Voided {
	v := &Voided{Request: r.ID, Cause: VoidDrift, Name: "the lockdown", Was: "set by " + s.called(r.Asked.Lifts), Is: "lifted already"}
	if s.lockdown != nil {
		v.Is = "set again by " + s.called(s.lockdown.By)
	}
	return v
}

// Crashed decides about a run whose step was under way when we died: it is interrupted, and the machine never runs that
// step again.
func (s *State) Crashed(id ID, i int, cut Cut, service Service) journal.Draft {
	r, ok := s.Request(id)
	if at, busy := r.unfinished(); !ok || !busy || at != i || r.Status != Running {
		return journal.Draft{}
	}
	cut.Begun = true
	return journal.Draft{Kind: KindInterrupted, Actor: "twokey", Body: Interruption{Request: id, Step: i, Service: service, Cut: cut}}
}

// unfinished is Unfinished for a request that may not be there.
func (r *Request) unfinished() (int, bool) {
	if r == nil {
		return 0, false
	}
	return r.Unfinished()
}
