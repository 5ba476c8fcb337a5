package actions

import (
	"context"
	"errors"
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// What a step whose outcome nobody knows has left is looked at: first what it took away is given back, then its kind says
// what is there. When that cannot be asked now, it is asked again until there is an answer.

// KindProbed is the entry that says what is there, when that could not be asked at first.
const KindProbed = "run.probed"

// Probed is what a later look at an interrupted run found.
type Probed struct {
	Request ID     `json:"request"`
	Probe   string `json:"probe"`
}

// lookAgainAfter is how soon what could not be asked is asked again.
const lookAgainAfter = time.Second

// OwesLook says whether it was interrupted in a step, and what that left could not be asked yet.
func (r *Request) OwesLook() bool { return !r.Brief && r.Unsettled() && r.Cut != nil && r.Cut.Unasked }

// beingSettled says whether a run that settles it is under way: that one looks for itself.
func (s *State) beingSettled(id ID) bool {
	return slices.ContainsFunc(s.Live(), func(o *Request) bool { return o.Status == Running && slices.Contains(s.chain(o), id) })
}

// Probed decides that a look found something out.
func (s *State) Probed(id ID, probe string) journal.Draft {
	if r, ok := s.Request(id); !ok || !r.OwesLook() {
		return journal.Draft{}
	}
	return journal.Draft{Kind: KindProbed, Actor: "twokey", Body: Probed{Request: id, Probe: probe}}
}

func applyProbed(r *Request, b *Probed) {
	if r.Cut == nil {
		return
	}
	cut := *r.Cut // clones of the request have the old one
	cut.Probe, cut.Unasked = b.Probe, false
	r.Cut = &cut
}

// lookAgain looks once more, and has it written down when there was an answer.
func (r *Runner) lookAgain(ctx context.Context, req *Request) {
	i := req.Cut.Step
	_, left, err := r.World.Survivors(ctx, r.tag(req.ID, i))
	is, asked := r.look(ctx, req, i)
	if err != nil || len(left) > 0 || !asked {
		pause(ctx, lookAgainAfter)
		return
	}
	e, err := r.update(ctx, func(journal.Now) journal.Draft { return r.State.Probed(req.ID, is) })
	r.calm(ctx, e, err)
}

// look gives back what the step took away, and says what is; asked is false when it has to be asked again.
func (r *Runner) look(ctx context.Context, req *Request, i int) (is string, asked bool) {
	if i < 0 || i >= len(req.Steps) || req.Steps[i].Kind == Decision {
		return "", true
	}
	work, err := req.Steps[i].Work()
	if err != nil {
		return "", true
	}
	ctx, cancel := context.WithTimeout(ctx, planWithin)
	defer cancel()
	env := r.envOf(req.ID, i, noOutput{}, func(string) {})
	var mended string
	if m, can := work.(step.Mender); can {
		if mended, err = m.Mend(ctx, env); err != nil {
			return r.unasked(err)
		}
	}
	p, can := work.(step.Prober)
	if !can {
		return r.clean(mended), true
	}
	if is, err = p.Probe(ctx, env); err != nil {
		return r.unasked(err)
	}
	if mended != "" {
		is = mended + "; " + is
	}
	return r.clean(is), true
}

// unasked is what is known when there was no answer: why.
func (r *Runner) unasked(err error) (why string, asked bool) {
	why, _ = r.words(err)
	var f *step.Failure
	return why, !errors.As(err, &f) || !f.Away
}
