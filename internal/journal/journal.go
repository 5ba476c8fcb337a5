// Package journal is the state of the program: an append-only, hash-chained
// list of entries, and the Log that decides, appends and folds them.
//
// Every decision is one Entry. What is not in the journal did not happen; the
// state in memory is what the folds made of the entries, and is rebuilt from
// them at start. So every prefix of a journal is a possible crash, and none
// holds half a decision.
//
// A Store keeps entries (Memory, SQLite). A Log, one per process, serialises
// decisions over a store: Update decides and appends, View looks, Wait sleeps
// until something was appended. Verify and Export need no Log and no knowledge
// of what the entries mean.
//
// The chain shows that entries were changed, moved, inserted or dropped. It
// cannot show that its end was cut off: for that, keep heads outside (Head is
// small enough for a chat message) and give them to Verify.
package journal

import (
	"context"
	"errors"
	"iter"
)

// What callers tell apart. Test with errors.Is; all but ErrSeen come wrapped.
var (
	// ErrConflict: the store's head is not the one the entry follows.
	// Nothing was written.
	ErrConflict = errors.New("the journal has moved on")

	// ErrSeen: the cause of this update was decided before, within
	// CauseMemory. Nothing was decided and nothing is wrong.
	ErrSeen = errors.New("this cause was decided before")

	// ErrUnavailable: the entry could not be made durable in time, and is not
	// part of the state. The log stays usable and the call may be repeated. If
	// the store could not even be asked and the entry turns out to have landed
	// after all, the log folds it before it decides anything else.
	ErrUnavailable = errors.New("the journal cannot be written")

	// ErrClosed: the store holds what this log did not write, or a fold
	// panicked. The log refuses everything from now on; only a restart, which
	// reads the truth, helps.
	ErrClosed = errors.New("the journal is closed to this process")
)

// Store keeps the entries of one journal, in order. Any method may be called
// from several goroutines at once, and Append also inside a Read.
type Store interface {
	// Read yields the entries with a seq greater than after, in order, at
	// least those that were there when it was called. An error is yielded once
	// and last. Entries are given as they are stored: the caller checks the
	// chain. A yielded Body must not be changed; it may be kept.
	Read(ctx context.Context, after uint64) iter.Seq2[Entry, error]

	// Append makes e durable if the newest entry is after (the zero Head: if
	// there is none), or returns an error that wraps ErrConflict. An entry
	// that fails e.Check(after) is refused with that error. After any other
	// error the entry may or may not be there.
	Append(ctx context.Context, after Head, e Entry) error
}

// Fold makes state of the entries it reads. A log calls its folds in the order
// given to Open, never two at once, and never during a View.
type Fold interface {
	// New returns a pointer to an empty body of that kind, or nil when this
	// fold does not read it.
	New(kind string) any

	// Apply takes an entry and its decoded body, a pointer from New. It
	// cannot fail, and must depend on nothing but its arguments and the fold's
	// own state. It must not keep e.Body.
	Apply(e Entry, body any)
}
