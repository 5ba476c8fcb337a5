package rehearsal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"

	"twokey/auth"
	"twokey/drills"
	"twokey/internal/journal"
)

const (
	// longestSleep bounds how late what is due comes after the host slept or its clock was set.
	longestSleep = 30 * time.Second
	// tryAgain is how long what could not be done waits before it is tried again.
	tryAgain = 15 * time.Second
	// cleanWithin is how long throwing away may take.
	cleanWithin = 2 * time.Minute
)

// Runner makes the automatic part of drills follow the journal: it notes what is due, does the automatic steps of the exercise that
// goes on, one after another, and throws away what they made. All fields are set but Again.
type Runner struct {
	Log    *journal.Log
	State  *drills.State
	World  func() drills.World // under the journal's lock
	Kind   func(x *drills.Exercise) (Kind, bool)
	Tag    func(id uint64, step string) string
	Output func(id uint64, step string) (io.WriteCloser, error)
	Redact func(string) string
	Board  *Board
	// Trouble says, under the journal's lock, what is really going on that ends any drill; empty: nothing.
	Trouble func() string
	Report  func(error)
	Again   time.Duration // tryAgain when zero

	mu   sync.Mutex
	mine map[begun]bool
}

// begun is a step that was begun in this life.
type begun struct {
	id   uint64
	step int
}

// Load notes the plans, once, when the program starts.
func (r *Runner) Load(ctx context.Context) error {
	_, err := r.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) { return r.State.Load(r.World()), nil })
	return err
}

// Run works until ctx ends, and waits for all it began.
func (r *Runner) Run(ctx context.Context) error {
	r.mine = map[begun]bool{}
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { r.clock(ctx) })
	all.Go(func() { r.watch(ctx) })
	for ctx.Err() == nil {
		var w drills.Work
		head := r.Log.View(func(journal.Now) { w = r.State.Work(r.began) })
		if w.Do == drills.Nothing {
			r.wait(ctx, head, time.Hour)
			continue
		}
		if err := r.do(ctx, w); err != nil && ctx.Err() == nil {
			r.Report(fmt.Errorf("drill %d: %w", w.Exercise.ID, err))
			r.pause(ctx)
		}
	}
	r.leave()
	return nil
}

func (r *Runner) do(ctx context.Context, w drills.Work) error {
	switch w.Do {
	case drills.DoInterrupt:
		return r.note(ctx, func() (journal.Draft, error) { return r.State.Interrupt(w.Exercise.ID) })
	case drills.DoClean:
		return r.clean(ctx, w.Exercise)
	}
	return r.step(ctx, w.Exercise, w.Step)
}

// clean throws away, and notes the proof.
func (r *Runner) clean(ctx context.Context, x *drills.Exercise) error {
	kind, ok := r.Kind(x)
	if !ok {
		return errors.New("what it made cannot be thrown away: the config has no drill like it any more")
	}
	r.Board.set(x.ID, "throwing away what it made")
	defer r.Board.set(x.ID, "")
	ctx, cancel := context.WithTimeout(ctx, cleanWithin)
	defer cancel()
	proof, err := kind.Clean(ctx, r.env(x, "clean", io.Discard))
	if err != nil {
		return fmt.Errorf("what it made is not proven gone: %w", err)
	}
	return r.note(ctx, func() (journal.Draft, error) { return r.State.Clean(x.ID, r.Redact(proof)), nil })
}

// step does one automatic step: it is begun in the journal before anything is done.
func (r *Runner) step(ctx context.Context, x *drills.Exercise, i int) error {
	kind, ok := r.Kind(x)
	if !ok {
		return r.finish(ctx, x, i, drills.Found{Why: "the config has no drill like it any more"}, errors.New("no kind"))
	}
	r.begin(x.ID, i)
	if err := r.note(ctx, func() (journal.Draft, error) { return r.State.BeginStep(x.ID, i, "") }); err != nil {
		return refused(err)
	}
	doing, cancel := r.while(ctx, x)
	defer cancel()
	found, err := r.perform(doing, kind, x, i)
	if doing.Err() != nil { // it was ended: the state says why, and what it made is thrown away
		return nil
	}
	if err := r.finish(ctx, x, i, found, err); err != nil {
		r.forget(x.ID, i) // nobody knows what came of it: it begins anew
		return err
	}
	return nil
}

// perform does it, and hashes what programs print.
func (r *Runner) perform(ctx context.Context, kind Kind, x *drills.Exercise, i int) (found drills.Found, err error) {
	key := x.Script[i].Key
	file, err := r.Output(x.ID, key)
	if err != nil {
		return drills.Found{Why: "what it prints cannot be kept", Hint: "see the disk of the state"}, err
	}
	out := &digest{out: file, sum: sha256.New()}
	defer func() {
		err = errors.Join(err, file.Close())
		if found.Output == "" && out.some {
			found.Output = hex.EncodeToString(out.sum.Sum(nil))
		}
	}()
	defer r.Board.set(x.ID, "")
	return kind.Do(ctx, r.env(x, key, out), key)
}

func (r *Runner) finish(ctx context.Context, x *drills.Exercise, i int, found drills.Found, err error) error {
	outcome := drills.StepDone
	if err != nil {
		outcome = drills.StepFailed
		r.Report(fmt.Errorf("drill %d, %s: %w", x.ID, x.Script[i].Key, err))
		if found.Why == "" {
			found.Why = err.Error()
		}
	} else if found.Why != "" {
		outcome = drills.StepSkipped
	}
	r.redact(&found)
	return refused(r.note(ctx, func() (journal.Draft, error) { return r.State.FinishStep(x.ID, i, "", outcome, found) }))
}

// redact takes every secret out of what programs said.
func (r *Runner) redact(f *drills.Found) {
	for _, text := range []*string{&f.Line, &f.Why, &f.Hint} {
		*text = r.Redact(*text)
	}
	for i := range f.Checks {
		f.Checks[i].Value, f.Checks[i].Why = r.Redact(f.Checks[i].Value), r.Redact(f.Checks[i].Why)
	}
	for i := range f.Scope {
		f.Scope[i].Value = r.Redact(f.Scope[i].Value)
	}
	for i := range f.Findings {
		f.Findings[i] = r.Redact(f.Findings[i])
	}
}

func (r *Runner) env(x *drills.Exercise, step string, out io.Writer) Env {
	before := map[string]*drills.Found{}
	for i, p := range x.Steps {
		if p.Over() {
			before[x.Script[i].Key] = &p.Found
		}
	}
	return Env{Exercise: x.ID, Tag: r.Tag(x.ID, step), Output: out, Before: before, Started: x.Started,
		Progress: func(line string) { r.Board.set(x.ID, r.Redact(line)) }}
}

// digest passes on what is printed and hashes it.
type digest struct {
	out  io.Writer
	sum  hash.Hash
	some bool
}

func (d *digest) Write(p []byte) (int, error) {
	d.some = true
	_, _ = d.sum.Write(p) // never fails
	return d.out.Write(p)
}

// while is a context that ends when the exercise does not go on any more.
func (r *Runner) while(ctx context.Context, x *drills.Exercise) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for ctx.Err() == nil {
			goes := false
			head := r.Log.View(func(journal.Now) {
				now, ok := r.State.Get(x.ID)
				goes = ok && now.Status == drills.Running && now.Started.Equal(x.Started)
			})
			if !goes {
				cancel()
				return
			}
			r.wait(ctx, head, time.Hour)
		}
	}()
	return ctx, cancel
}

// leave throws away what is there when the program is told to end: data of users must not lie about until somebody starts it again.
func (r *Runner) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), cleanWithin)
	defer cancel()
	var x *drills.Exercise
	r.Log.View(func(journal.Now) {
		if now, ok := r.State.Running(); ok && now.Dirty {
			x = now.Clone()
		}
	})
	if x == nil {
		return
	}
	if i := x.Current(); i >= 0 && x.Script[i].Auto && !x.Steps[i].Begun.IsZero() {
		if err := r.note(ctx, func() (journal.Draft, error) { return r.State.Interrupt(x.ID) }); err != nil {
			r.Report(err)
		}
	}
	if err := r.clean(ctx, x); err != nil {
		r.Report(fmt.Errorf("drill %d: %w", x.ID, err))
	}
}

func (r *Runner) began(id uint64, step int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mine[begun{id, step}]
}

func (r *Runner) begin(id uint64, step int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mine[begun{id, step}] = true
}

func (r *Runner) forget(id uint64, step int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.mine, begun{id, step})
}

func (r *Runner) note(ctx context.Context, decide func() (journal.Draft, error)) error {
	_, err := r.Log.Update(context.WithoutCancel(ctx), "", func(journal.Now) (journal.Draft, error) { return decide() })
	return err
}

// refused is nil for a decision's no: the state has moved on, and the next look sees it.
func refused(err error) error {
	var no *drills.Refusal
	if errors.As(err, &no) {
		return nil
	}
	return err
}

// self is who aborts when something real goes on.
const self auth.Name = "twokey"
