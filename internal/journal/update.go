package journal

import (
	"context"
	"fmt"
	"time"
)

// Update makes one decision: decide looks at the state and at now and says
// what to append. Decisions are made one at a time, so what decide sees is
// still true when its entry is appended. It must be pure: no I/O, no other
// clock, no call of the log; it must not change the state, which only Apply
// does, when the entry is durable.
//
// Update returns the entry once it is durable and folded. Otherwise it returns
//   - ErrSeen: cause was decided before (an empty cause never was);
//   - the error of decide, as it is, or the zero Entry and nil when the draft
//     has no kind: nothing was appended;
//   - an error that wraps ErrUnavailable or ErrClosed: see there;
//   - an error about the draft, which cannot be encoded or read back;
//   - ctx.Err(): ctx ended before it was this update's turn. From then on ctx
//     is not asked: an append has its own deadline.
func (l *Log) Update(ctx context.Context, cause string, decide func(now Now) (Draft, error)) (Entry, error) {
	if err := l.begin(ctx); err != nil {
		return Entry{}, err
	}
	defer l.end()
	if l.causes.seen(cause, l.time.now(l.last).Time) {
		return Entry{}, ErrSeen
	}
	if err := l.settle(ctx); err != nil {
		return Entry{}, err
	}
	now := l.time.now(l.last)
	if l.causes.seen(cause, now.Time) { // settling may have found this very decision
		return Entry{}, ErrSeen
	}
	d, err := decide(now)
	if err != nil || d.Kind == "" {
		return Entry{}, err
	}
	if err := checkText("cause", cause); err != nil {
		return Entry{}, fmt.Errorf("journal: draft %q: %w", d.Kind, err)
	}
	ln, err := d.encode()
	if err != nil {
		return Entry{}, err
	}
	return l.append(ctx, now, cause, ln, false)
}

// owed is a draft, encoded when it was owed: what happened does not change.
type owed struct {
	line line
	err  error
}

// Owe keeps a draft in memory until it can be appended, before the next
// decision: for what was done while the journal could not be written. It never
// blocks. Its entry has no cause and the time it was appended; when it was
// done belongs in the body. A draft that cannot be encoded stays owed, and the
// log refuses to decide anything: the record would have a hole.
func (l *Log) Owe(d Draft) {
	ln, err := d.encode()
	l.owedMu.Lock()
	defer l.owedMu.Unlock()
	l.owed = append(l.owed, owed{ln, err})
}

// Owed returns the number of drafts that are owed.
func (l *Log) Owed() int {
	l.owedMu.Lock()
	defer l.owedMu.Unlock()
	return len(l.owed)
}

// Settle appends what is owed, in order, and finds out what became of appends
// that were in doubt. Call it now and then while Update says ErrUnavailable;
// every Update does the same first.
func (l *Log) Settle(ctx context.Context) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	defer l.end()
	return l.settle(ctx)
}

// repayEvery is how often Repay tries.
const repayEvery = time.Second

// Repay settles until nothing is owed or ctx ends, trying once a second: for who did what could not be written and has
// nothing else to do before it is.
func (l *Log) Repay(ctx context.Context) {
	for l.Owed() > 0 && l.Settle(ctx) != nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(repayEvery):
		}
	}
}

func (l *Log) settle(ctx context.Context) error {
	if err := l.resolve(ctx); err != nil {
		return err
	}
	for {
		o, ok := l.firstOwed()
		if !ok {
			return nil
		}
		if o.err != nil {
			return fmt.Errorf("journal: an owed draft cannot be kept: %w", o.err)
		}
		if _, err := l.append(ctx, l.time.now(l.last), "", o.line, true); err != nil {
			return fmt.Errorf("journal: appending what is owed: %w", err)
		}
	}
}

func (l *Log) firstOwed() (owed, bool) {
	l.owedMu.Lock()
	defer l.owedMu.Unlock()
	if len(l.owed) == 0 {
		return owed{}, false
	}
	return l.owed[0], true
}

func (l *Log) paid() {
	l.owedMu.Lock()
	defer l.owedMu.Unlock()
	l.owed = l.owed[1:]
}

// begin waits for the turn. Channels serve who waits in the order they came.
func (l *Log) begin(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := ctx.Err() // select may have preferred the turn to an ended ctx
	if err == nil {
		err = l.closed
	}
	if err != nil {
		l.end()
	}
	return err
}

func (l *Log) end() { <-l.turn }
