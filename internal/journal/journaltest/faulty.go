package journaltest

import (
	"context"
	"errors"
	"iter"
	"sync"

	"twokey/internal/journal"
)

// Fault is what happens to one call of a Faulty store.
type Fault int

// What can go wrong with an append; Fail, Hang and Pass with a read, too.
const (
	Pass      Fault = iota // nothing
	Fail                   // fails, nothing written
	FailAfter              // written, but fails
	Slow                   // waits until its context ends, nothing written
	SlowAfter              // written, then waits until its context ends
	Hang                   // ignores its context, then goes on as if nothing had been: lands late
	HangAfter              // written, then ignores its context
	HangFail               // ignores its context, then fails, nothing written
	Conflict               // ErrConflict, nothing written
	LandLater              // fails; written just before the next append: a server that commits what its client gave up on
)

// ErrFault is what a Faulty store fails with.
var ErrFault = errors.New("a fault")

// Faulty is a Store in front of another that fails as it was told. Hanging
// calls hang until Release.
type Faulty struct {
	store journal.Store

	mu      sync.Mutex
	appends []Fault
	reads   []Fault
	late    []func()
	calls   int
	release chan struct{}
}

// NewFaulty returns a store without faults so far.
func NewFaulty(store journal.Store) *Faulty {
	return &Faulty{store: store, release: make(chan struct{})}
}

// OnAppend plans the next appends, after those planned already.
func (f *Faulty) OnAppend(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.appends = append(f.appends, faults...)
}

// OnRead plans the next reads.
func (f *Faulty) OnRead(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads = append(f.reads, faults...)
}

// Release lets everything go on that hangs now.
func (f *Faulty) Release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.release)
	f.release = make(chan struct{})
}

// Appends returns the number of calls of Append so far.
func (f *Faulty) Appends() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// Append implements journal.Store, after its fashion.
func (f *Faulty) Append(ctx context.Context, after journal.Head, e journal.Entry) error {
	f.mu.Lock()
	f.calls++
	fault, release, late := next(&f.appends), f.release, f.late
	f.late = nil
	write := func() error { return f.store.Append(context.WithoutCancel(ctx), after, e) }
	if fault == LandLater {
		f.late = append(f.late, func() { _ = write() }) // it may conflict: then it is lost
	}
	f.mu.Unlock()
	for _, land := range late {
		land()
	}
	switch fault {
	case FailAfter, SlowAfter, HangAfter:
		if err := write(); err != nil {
			return err
		}
	}
	switch fault {
	case Hang, HangAfter, HangFail:
		<-release
	case Slow, SlowAfter:
		<-ctx.Done()
	}
	switch fault {
	case Pass:
		return f.store.Append(ctx, after, e)
	case Hang:
		return write()
	case HangAfter:
		return nil
	case Conflict:
		return journal.ErrConflict
	}
	return ErrFault
}

// Read implements journal.Store.
func (f *Faulty) Read(ctx context.Context, after uint64) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		f.mu.Lock()
		fault, release := next(&f.reads), f.release
		f.mu.Unlock()
		switch fault {
		case Fail:
			yield(journal.Entry{}, ErrFault)
			return
		case Hang:
			<-release
		}
		f.store.Read(ctx, after)(yield)
	}
}

func next(faults *[]Fault) Fault {
	if len(*faults) == 0 {
		return Pass
	}
	first := (*faults)[0]
	*faults = (*faults)[1:]
	return first
}
