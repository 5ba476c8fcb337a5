package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// Log decides, appends and folds. There is one per store and process; all
// methods may be called from several goroutines at once.
//
// Two locks: whoever holds the turn may change the state, one decision at a
// time; mu is held for writing only while entries are folded. So looking at
// the state never waits for a disk.
type Log struct {
	store Store
	folds []Fold
	time  timekeeper

	turn chan struct{} // holds a token while somebody decides

	// Of the holder of the turn:
	causes causes
	doubt  doubt

	mu     sync.RWMutex // guards what follows, and the state of the folds
	head   Head
	last   time.Time     // of the entry at head
	closed error         // why; wraps ErrClosed
	moved  chan struct{} // closed and replaced when head or closed change

	owedMu sync.Mutex // its own: Owe must not wait, least of all now
	owed   []owed
}

// Open reads the journal, checks its chain and folds it. The clock is time.Now
// except in tests. It refuses, with the seq, the first bad entry of a broken
// chain (a *BrokenError), and a kind that no fold reads: that journal was
// written by another version of the program, and guessing is not an option.
func Open(ctx context.Context, store Store, clock func() time.Time, folds ...Fold) (*Log, error) {
	l := &Log{store: store, folds: folds, turn: make(chan struct{}, 1), moved: make(chan struct{})}
	if err := l.load(ctx); err != nil {
		return nil, err
	}
	l.time.start(clock, l.last)
	return l, nil
}

// View calls f while the state does not change, and returns the head of that
// state, for Wait. f must not block, must not call the log, and must not keep
// what it cannot copy.
func (l *Log) View(f func(now Now)) Head {
	l.mu.RLock()
	defer l.mu.RUnlock()
	f(l.time.now(l.last))
	return l.head
}

// Head returns the newest entry's head.
func (l *Log) Head() Head {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.head
}

// Wait blocks until the log's head is past head, and returns nil; or until
// ctx ends or the log is closed, and returns why nothing more will come.
func (l *Log) Wait(ctx context.Context, head Head) error {
	for {
		l.mu.RLock()
		past, closed, moved := l.head.Seq > head.Seq, l.closed, l.moved
		l.mu.RUnlock()
		switch {
		case past:
			return nil
		case closed != nil:
			return closed
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// part is what one fold reads of an entry.
type part struct {
	fold Fold
	body any
}

// decode makes the bodies that the folds read, into parts to save garbage.
func (l *Log) decode(parts []part, kind string, body []byte) ([]part, error) {
	parts = parts[:0]
	for _, f := range l.folds {
		v := f.New(kind)
		if v == nil {
			continue
		}
		if err := json.Unmarshal(body, v); err != nil {
			return nil, fmt.Errorf("body of kind %q: %w", kind, err)
		}
		parts = append(parts, part{f, v})
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("kind %q is known to no part of this program", kind)
	}
	return parts, nil
}

// fold makes a durable entry part of the state and wakes who waits for it.
func (l *Log) fold(e Entry, parts []part) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.wake()
	// Should a fold panic, the state is half of two: nobody decides on it.
	l.closed = fmt.Errorf("journal: entry %d (%s): a fold panicked: %w", e.Seq, e.Kind, ErrClosed)
	l.apply(e, parts)
	l.closed = nil
}

func (l *Log) apply(e Entry, parts []part) {
	for _, p := range parts {
		p.fold.Apply(e, p.body)
	}
	l.head, l.last = e.Head(), e.Time
	l.causes.remember(e.Cause, e.Time)
}

// close refuses everything from now on.
func (l *Log) close(why error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = why
	l.wake()
	return why
}

// wake needs mu.
func (l *Log) wake() {
	close(l.moved)
	l.moved = make(chan struct{})
}
