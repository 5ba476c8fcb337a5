package actions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// tailLines is how much of a step's output its end entry and the card show.
const tailLines = 20

// advance does what a request waits for: its plan, or its steps until it ends or has to wait.
func (r *Runner) advance(ctx, steps context.Context, id ID, j *job) {
	req := r.snapshot(id)
	switch {
	case req == nil:
	case req.Status == Planning:
		r.plan(ctx, steps, req)
	case req.OwesDrop():
		r.drop(ctx, req)
	case req.OwesLook():
		r.lookAgain(ctx, req)
	default:
		for ctx.Err() == nil {
			i, begun := r.begin(ctx, steps, id)
			if !begun {
				return
			}
			r.do(steps, id, i, j)
		}
	}
}

// plan finds out, read-only, what the request would do, and has it decided.
func (r *Runner) plan(ctx, steps context.Context, req *Request) {
	within, cancel := context.WithTimeout(ctx, plansWithin(req.Action().Steps))
	defer cancel()
	p := r.findOut(within, req)
	if ctx.Err() != nil {
		return // we are ending; the next life plans it
	}
	decide := func(now journal.Now) journal.Draft { return r.State.Planned(now, req.ID, p) }
	e, err := r.update(ctx, decide)
	if err != nil && ctx.Err() == nil && p.Why == "" && stopsAlone(req.Action()) {
		var planned journal.Draft
		r.Log.View(func(now journal.Now) { planned = decide(now) })
		req.Steps = p.Steps
		r.stopOwing(steps, req, planned)
		r.Log.Repay(ctx)
		return
	}
	r.calm(ctx, e, err)
}

// plansWithin is how long planning the steps may take.
func plansWithin(steps []Step) time.Duration {
	within := planWithin
	for _, s := range steps {
		if work, err := s.Work(); err == nil {
			if slow, is := work.(step.SlowPlanner); is {
				within = max(within, slow.PlansWithin())
			}
		}
	}
	return within
}

// calm keeps a pause after a decision that appended nothing, so that what cannot go on now is not tried in a hurry.
func (r *Runner) calm(ctx context.Context, e journal.Entry, err error) {
	if err != nil || e.Seq == 0 {
		pause(ctx, startPause)
	}
}

func (r *Runner) findOut(ctx context.Context, req *Request) Plan {
	steps, err := req.Action().bound(req.Asked.Args)
	if err != nil {
		return r.refused(req.ID, err)
	}
	if steps, err = r.telling(steps); err != nil {
		return r.refused(req.ID, err)
	}
	facts, err := r.measure(ctx, req.ID, steps)
	if err != nil {
		return r.refused(req.ID, err)
	}
	return Plan{Steps: steps, Facts: facts}
}

// telling adds the steps that tell the users, when the steps take the service down for so long that they are told.
func (r *Runner) telling(steps []Step) ([]Step, error) {
	var other time.Duration
	r.Log.View(func(journal.Now) { other = r.State.lastCopy })
	down, known := Expects(steps, other)
	if !known || r.World.Tell == nil {
		return steps, nil
	}
	return r.World.Tell(steps, down)
}

// refused is the plan that could not be made. People read the sentence; the operator has the cause.
func (r *Runner) refused(id ID, err error) Plan {
	sentence, hint := r.words(err)
	p := Plan{Why: sentence, Hint: hint}
	var f *step.Failure
	if errors.As(err, &f) {
		p.Red = f.Accept
	}
	if f != nil && f.Cause != nil {
		r.Report(fmt.Errorf("request %d: its plan: %s", id, r.clean(err.Error())))
	}
	return p
}

// words takes a failure's sentence and hint; what brought none is an error of ours or the system's, told as it is.
func (r *Runner) words(err error) (sentence, hint string) {
	var f *step.Failure
	if errors.As(err, &f) {
		return r.clean(f.Sentence), r.clean(f.Hint)
	}
	return r.clean(err.Error()), ""
}

// maxEntryText bounds a text from a program or the system in an entry, in bytes.
const maxEntryText = 8 << 10

// clean makes a text from outside fit for an entry: without secrets, valid UTF-8, bounded.
func (r *Runner) clean(s string) string {
	s = strings.ToValidUTF8(r.World.Redact(s), "�")
	if len(s) > maxEntryText {
		s = strings.ToValidUTF8(s[len(s)-maxEntryText:], "")
	}
	return s
}

// measure gives the facts of all steps. Facts of two steps with one name are one fact.
func (r *Runner) measure(ctx context.Context, id ID, steps []Step) ([]step.Fact, error) {
	var facts []step.Fact
	seen := map[string]bool{}
	for i, s := range steps {
		if s.Kind == Decision {
			continue
		}
		work, err := s.Work()
		if err != nil {
			return nil, err
		}
		found, err := work.Plan(ctx, r.envOf(id, i, io.Discard, func(string) {}))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if !seen[f.Name] {
				seen[f.Name] = true
				facts = append(facts, f)
			}
		}
	}
	return facts, nil
}

// env is what a step works with.
func (r *Runner) env(tag string, out io.Writer, progress func(string)) step.Env {
	env := r.World.Env(tag, out, progress)
	r.Log.View(func(journal.Now) { _, env.Locked = r.State.Lockdown() })
	return env
}

// envOf is what a step of a request works with.
func (r *Runner) envOf(id ID, i int, out io.Writer, progress func(string)) step.Env {
	env := r.env(r.tag(id, i), out, progress)
	r.Log.View(func(journal.Now) {
		env.Other = r.other
		env.Run, env.Known = uint64(r.State.origin(id)), r.State.Base()
		env.LastCopy = r.State.lastCopy
		env.Lost = func(sha256 string) (n int64) {
			r.Log.View(func(journal.Now) { n = r.State.wouldLose[sha256] })
			return n
		}
		env.Origin = func(run uint64) (of uint64) {
			r.Log.View(func(journal.Now) { of = uint64(r.State.origin(ID(run))) })
			return of
		}
		if req, ok := r.State.Request(id); ok {
			env.Facts = req.Facts
		}
	})
	return env
}

// other tells a step of another request.
func (r *Runner) other(run uint64) (o step.Other) {
	r.Log.View(func(journal.Now) {
		if req, ok := r.State.Request(ID(run)); ok {
			o = step.Other{Action: string(req.Action().Name), Args: maps.Clone(req.Asked.Args), Facts: slices.Clone(req.Facts),
				Over: req.Over(), Done: req.Status == Succeeded}
		}
	})
	return o
}

// tag marks everything a step leaves running: TWOKEY_RUN=<journal>/<request>/<step>. The journal is in it because another
// twokey on this host counts its requests from one, too, and would end our children as its survivors.
func (r *Runner) tag(id ID, i int) string { return r.tagOf(id) + strconv.Itoa(i) }

// tagOf is how the tags of all steps of a request begin.
func (r *Runner) tagOf(id ID) string {
	var genesis string
	r.Log.View(func(journal.Now) { genesis = r.State.genesis })
	return genesis + "/" + strconv.FormatUint(uint64(id), 10) + "/"
}

// begin makes the next step's start durable, and says which it is. It says no when there is nothing to do now.
func (r *Runner) begin(ctx, steps context.Context, id ID) (int, bool) {
	req := r.snapshot(id)
	if req == nil {
		return 0, false
	}
	if i, again := req.Unfinished(); again && req.Steps[i].Repeatable() && req.Status != Interrupted {
		return i, true // read-only, begun in an earlier life
	}
	var e journal.Entry
	var err error
	switch {
	case req.Preparing():
		e, err = r.update(ctx, func(now journal.Now) journal.Draft { return r.State.Ahead(now, id) })
	case req.Status == Approved && !req.waitsForTime():
		e, err = r.beginFirst(ctx, req)
	case req.Status == Running:
		e, err = r.beginNext(ctx, req)
	default:
		return 0, false // it waits for people, or for its time, or is over
	}
	if err != nil && ctx.Err() == nil && stopsAlone(req.Action()) {
		r.stopOwing(steps, req)
		r.Log.Repay(ctx)
		return 0, false
	}
	if e.Kind != KindStepStarted && ctx.Err() == nil {
		r.calm(ctx, e, err)
	}
	return len(req.Runs), e.Kind == KindStepStarted
}

func (r *Runner) beginFirst(ctx context.Context, req *Request) (journal.Entry, error) {
	within, cancel := context.WithTimeout(ctx, plansWithin(req.Steps))
	defer cancel()
	facts, err := r.measureAgain(within, req)
	if err != nil {
		// What could be found out when it was planned cannot be any more: a fact of its own, which no plan has.
		sentence, _ := r.words(err)
		facts = []step.Fact{{Name: "the plan", Kind: step.Pinned, Value: sentence}}
	}
	return r.update(ctx, func(now journal.Now) journal.Draft { return r.State.Start(now, req.ID, facts) })
}

// measureAgain gives the facts of an approved request as they are now. A panic has none: it waits for nothing.
func (r *Runner) measureAgain(ctx context.Context, req *Request) ([]step.Fact, error) {
	if req.Action().Locking == LockSet {
		return nil, nil
	}
	return r.measure(ctx, req.ID, req.Steps)
}

func (r *Runner) beginNext(ctx context.Context, req *Request) (journal.Entry, error) {
	var stops bool
	r.Log.View(func(journal.Now) { stops = r.State.Continue(req.ID, false, Service{}).Kind == KindInterrupted })
	var is Service
	if stops {
		is = r.World.Service(ctx)
	}
	return r.update(ctx, func(journal.Now) journal.Draft { return r.State.Continue(req.ID, false, is) })
}

// stopsAlone says whether it is done also while the journal cannot be written. What only decides would then be nothing.
func stopsAlone(a Action) bool {
	return a.Effect == Stop && a.Rule.Alone && !slices.ContainsFunc(a.Steps, func(s Step) bool { return s.Decides })
}

// do does one step and makes its end durable.
func (r *Runner) do(ctx context.Context, id ID, i int, j *job) {
	req := r.snapshot(id)
	var ended chan struct{}
	if req.Steps[i].Starts {
		ended = make(chan struct{})
	}
	r.mark(j, ended)
	r.endHeldStarts() // a stop may have come between the decision and the mark
	res := r.done(ctx, req, i)
	r.mark(j, nil)
	if ended != nil {
		close(ended)
	}
	r.finish(ctx, req, i, res)
}

// done does the work of one step and gives its result. A stop first ends what would start the service.
func (r *Runner) done(ctx context.Context, req *Request, i int) Result {
	s := req.Steps[i]
	if s.Effect == Stop {
		r.startsEnded(req.ID)
	}
	res := r.work(ctx, req, i)
	r.Board.Clear(req.ID)
	if !req.ranAhead(i) && (res.Error != "" || res.Cut != nil || i == len(req.Steps)-1) {
		res.Service = r.World.Service(context.WithoutCancel(ctx))
	}
	return res
}

func (r *Runner) mark(j *job, starts chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	j.starts = starts
}

func (r *Runner) work(ctx context.Context, req *Request, i int) Result {
	s := req.Steps[i]
	if s.Kind == Decision {
		return Result{}
	}
	kind, err := s.Work()
	if err != nil {
		return Result{Error: r.clean(err.Error())}
	}
	out, err := r.World.Output(req.ID, i, len(req.Steps))
	if err != nil {
		// Without a place for its output a step is poorer, but not worse: only the tail is lost.
		r.Report(fmt.Errorf("request %d: step %d: output: %w", req.ID, i+1, err))
		out = noOutput{}
	}
	progress := func(text string) { r.Board.Post(req.ID, Progress{Step: i, Text: text}) }
	var checks []step.Finding
	env := r.envOf(req.ID, i, out, progress)
	env.Found = func(list []step.Finding) { checks = append(checks, r.cleaned(list)...) }
	var halt *step.Halt
	env.Halted = func(h step.Halt) { halt = &h }
	var data *step.Data
	env.Data = func(d step.Data) { data = data.And(d) }
	err = kind.Run(ctx, env)
	if cerr := out.Close(); cerr != nil {
		r.Report(fmt.Errorf("request %d: step %d: output: %w", req.ID, i+1, cerr))
	}
	res := r.result(ctx, err, out)
	if res.Cut != nil {
		_, res.Cut.Unasked = kind.(step.Mender)
	}
	res.Checks, res.Halt, res.Data = checks, halt, data
	return res
}

// cleaned is findings whose words are fit for an entry.
func (r *Runner) cleaned(list []step.Finding) []step.Finding {
	list = slices.Clone(list)
	for i, f := range list {
		list[i].Value, list[i].Why, list[i].Ask = r.clean(f.Value), r.clean(f.Why), r.clean(f.Ask)
	}
	return list
}

func (r *Runner) result(ctx context.Context, err error, out Output) Result {
	tail, lines := out.Tail(tailLines)
	res := Result{Tail: r.clean(tail), Lines: lines}
	if err != nil {
		res.Error, res.Hint = r.words(err)
		res.Cut = cutBy(context.Cause(ctx), err)
	}
	return res
}

// cutBy says why a step was ended by us, or that it does not know itself what it did; nil when neither is so.
func cutBy(cause, err error) *Cut {
	var held errHeld
	var f *step.Failure
	switch {
	case errors.As(cause, &held):
		return &Cut{Cause: CutHold, By: held.by, Begun: true}
	case errors.Is(cause, errShutdown):
		return &Cut{Cause: CutShutdown, Begun: true}
	case errors.As(err, &f) && f.Unknown:
		return &Cut{Cause: CutUnknown, Begun: true, Probe: f.Sentence}
	}
	return nil
}

// finish makes the end durable. The work is done, so it tries until it is written or our grace is over; then the next life
// finds a step whose outcome nobody knows, which is the truth.
func (r *Runner) finish(ctx context.Context, req *Request, i int, res Result) {
	decide := func(journal.Now) journal.Draft { return r.State.Finish(req.ID, i, res) }
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		_, err := r.update(context.Background(), decide)
		switch {
		case err == nil, errors.Is(err, journal.ErrClosed):
			return
		case stopsAlone(req.Action()):
			r.Log.Owe(finished(req, i, res))
			r.Log.Repay(ctx)
			return
		case r.graceOver() && wait > 3*time.Second:
			return
		}
		pause(context.Background(), wait)
	}
}

func (r *Runner) graceOver() bool {
	select {
	case <-r.over:
		return true
	default:
		return false
	}
}

// noOutput throws output away.
type noOutput struct{}

func (noOutput) Write(p []byte) (int, error) { return len(p), nil }
func (noOutput) Close() error                { return nil }
func (noOutput) Tail(int) (string, int)      { return "", 0 }
