package actions

import (
	"context"
	"errors"
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// What runs ahead: the first steps of an action may be done while its request is pending or approved, because they only
// add beside production. They have entries of their own, like any step. An end other than success drops what they made,
// and until that is done the request stays live.

// KindDropped is the entry that says that what ran ahead is gone.
const KindDropped = "ahead.dropped"

// VoidAhead is the cause of a request that ended because a step that ran ahead did not end well.
const VoidAhead = "ahead"

// Dropped says that what the steps that ran ahead made was thrown away, or that it could not be.
type Dropped struct {
	Request ID     `json:"request"`
	Error   string `json:"error,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// errOver ends a step that runs ahead because its request has ended.
var errOver = errors.New("the request has ended")

// aheadFirst says whether the steps that run ahead come before all others; what depends on arguments may come before them.
func (a Action) aheadFirst() bool {
	always := slices.DeleteFunc(slices.Clone(a.Steps), func(s Step) bool { return len(s.When) > 0 })
	return leadingAhead(always) == countAhead(always)
}

func leadingAhead(steps []Step) int {
	if i := slices.IndexFunc(steps, func(s Step) bool { return !s.Ahead }); i >= 0 {
		return i
	}
	return len(steps)
}

// ranAhead says whether a step may run before the request is approved.
func (r *Request) ranAhead(i int) bool { return i < leadingAhead(r.Steps) }

// made are the steps, of those that were begun, whose action says that what they make is thrown away unless all ends well: also
// where arguments put another step first, so that they did not run ahead.
func (r *Request) made() (list []int) {
	i := 0
	for _, s := range r.Action().Steps {
		if !s.among(r.Asked.Args) {
			continue
		}
		if i < len(r.Runs) && i < len(r.Steps) && s.Ahead {
			list = append(list, i)
		}
		i++
	}
	return list
}

func countAhead(steps []Step) int {
	n := 0
	for _, s := range steps {
		if s.Ahead {
			n++
		}
	}
	return n
}

// Preparing says whether a step that runs ahead is under way or to come, before the run itself.
func (r *Request) Preparing() bool {
	n := leadingAhead(r.Steps)
	_, under := r.Unfinished()
	return (r.Status == Pending || r.Status == Approved) && (len(r.Runs) < n || under && len(r.Runs) <= n)
}

// OwesDrop says whether something that ran ahead, or may have, is to be thrown away: it ended, and not well. An interrupted run keeps it
// until it is settled, because resuming needs it.
func (r *Request) OwesDrop() bool {
	if r.Brief || r.Dropped || !r.Status.Final() || r.Status == Succeeded || r.Unsettled() {
		return false
	}
	return !r.resumed && len(r.made()) > 0
}

// Over says that no entry will change the request any more.
func (r *Request) Over() bool {
	return r.Status.Final() && !r.Unsettled() && !r.OwesDrop() && !r.Locks && r.Unreviewed() == 0 && !r.Unconfirmed()
}

// Ahead decides whether the next step that runs ahead begins.
func (s *State) Ahead(now journal.Now, id ID) journal.Draft {
	r, ok := s.Request(id)
	if _, busy := r.unfinished(); !ok || busy || !r.Preparing() || s.clockWrong(now, r.Action()) {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindStepStarted, Actor: "twokey", Body: StepStarted{Request: id, Step: len(r.Runs)}}
}

// finishAhead decides what the end of a step that ran ahead makes of its request: void when it did not end well. When the
// request has ended meanwhile, the step has only ended.
func finishAhead(r *Request, i int, res Result) StepFinished {
	b := StepFinished{Request: r.ID, Step: i, Error: res.Error, Hint: res.Hint, Tail: res.Tail, Lines: res.Lines, Checks: res.Checks, Data: res.Data}
	if r.Status.Open() && (res.Error != "" || res.Cut != nil) {
		b.Outcome = Void
	}
	return b
}

// CrashedAhead decides about a step that ran ahead when we died: its request is void, and what it made is dropped.
func (s *State) CrashedAhead(id ID, i int) journal.Draft {
	return s.Finish(id, i, Result{Error: "the bot was killed while it prepared"})
}

// Dropped decides that what ran ahead is gone, or that it could not be thrown away; then people must.
func (s *State) Dropped(id ID, sentence, hint string) journal.Draft {
	if r, ok := s.Request(id); !ok || !r.OwesDrop() {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindDropped, Actor: "twokey", Body: Dropped{Request: id, Error: sentence, Hint: hint}}
}

func (s *State) applyAhead(e journal.Entry, r *Request, b *StepFinished) {
	switch {
	case b.Outcome == Void:
		r.Voided = &Voided{Request: r.ID, Cause: VoidAhead, Name: r.Steps[b.Step].Title, Is: b.Error}
		r.Hint = b.Hint
		r.end(Void, e.Time)
	case r.Status == Approved && !r.Preparing():
		// The start clock counts from the later of the approval and the last such step's end.
		r.StartUntil = later(e.Time, r.Asked.At).Add(r.Action().Rule.StartWithin)
	}
}

const (
	// dropWithin is how long throwing away may take.
	dropWithin = 10 * time.Minute
	// dropFor is how long it is tried again while what it needs is away, such as a server; then people must do it.
	dropFor = time.Hour
	// dropAgain is how soon it is tried again.
	dropAgain = time.Second
)

// drop throws away what ran ahead, and has it written down. While what that needs is away, it tries again.
func (r *Runner) drop(ctx context.Context, req *Request) {
	err := r.dropAll(ctx, req)
	for until := time.Now().Add(dropFor); isAway(err) && time.Now().Before(until) && ctx.Err() == nil; {
		pause(ctx, dropAgain)
		err = r.dropAll(ctx, req)
	}
	if ctx.Err() != nil {
		return // we are ending; the next life drops it
	}
	sentence, hint := "", ""
	if err != nil {
		r.Report(err)
		sentence, hint = r.words(err)
	}
	e, err := r.update(ctx, func(journal.Now) journal.Draft { return r.State.Dropped(req.ID, sentence, hint) })
	r.calm(ctx, e, err)
}

func isAway(err error) bool {
	var f *step.Failure
	return errors.As(err, &f) && f.Away
}

// dropAll does it once, the newest first. It goes on after an error: what can go goes.
func (r *Runner) dropAll(ctx context.Context, req *Request) error {
	ctx, cancel := context.WithTimeout(ctx, dropWithin)
	defer cancel()
	var errs []error
	for _, i := range slices.Backward(req.made()) {
		errs = append(errs, r.dropStep(ctx, req, i))
	}
	return errors.Join(errs...)
}

func (r *Runner) dropStep(ctx context.Context, req *Request, i int) error {
	work, err := req.Steps[i].Work()
	if err != nil {
		return err
	}
	d, can := work.(step.Dropper)
	if !can || !d.Drops() {
		return nil
	}
	return d.Drop(ctx, r.envOf(req.ID, i, noOutput{}, func(string) {}))
}
