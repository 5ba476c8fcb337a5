package journal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
)

// Report is what Verify found.
type Report struct {
	Entries     uint64 // good ones, from the first on
	First, Last time.Time
	Head        Head // of the last good entry; compare it with one kept outside

	// Broken is nil if the chain is whole: else the first bad place. What
	// comes after it was not looked at.
	Broken *BrokenError

	// Backwards counts entries with a time before that of the one before. A
	// clock that was set back does that; it is a note, not a fault.
	Backwards uint64
}

// Verify checks the whole chain, and that every known head (noted outside
// earlier) lies on it, without which a journal whose end was cut off looks
// whole. An error means that it could not tell.
func Verify(ctx context.Context, store Store, known ...Head) (Report, error) {
	return VerifyEntries(store.Read(ctx, 0), known...)
}

// VerifyEntries is Verify for entries from anywhere, an Import for one.
func VerifyEntries(entries iter.Seq2[Entry, error], known ...Head) (Report, error) {
	var r Report
	for e, err := range entries {
		if err == nil {
			err = r.add(e, known)
		}
		if errors.As(err, &r.Broken) {
			return r, nil
		}
		if err != nil {
			return r, err
		}
	}
	for _, h := range known {
		if h.Seq > r.Head.Seq {
			r.Broken = &BrokenError{r.Head.Seq + 1, fmt.Sprintf("is missing: the journal ends before it, but went on to entry %d once", h.Seq)}
		}
	}
	return r, nil
}

func (r *Report) add(e Entry, known []Head) error {
	if err := e.Check(r.Head); err != nil {
		return err
	}
	for _, h := range known {
		if h.Seq == e.Seq && h.Hash != e.Hash {
			return &BrokenError{e.Seq, fmt.Sprintf("was changed, or something before it, and all hashes made anew: it was %s, and is %s",
				h.Hash.Short(), e.Hash.Short())}
		}
	}
	if r.Entries == 0 {
		r.First = e.Time
	}
	if e.Time.Before(r.Last) {
		r.Backwards++
	}
	r.Entries, r.Last, r.Head = r.Entries+1, e.Time, e.Head()
	return nil
}

// Filter picks entries to show. The zero Filter picks all.
type Filter struct {
	After uint64    // seq greater than this
	Since time.Time // at this time or later
	Kind  string    // this kind, or, if it ends in a dot, these: "request."
}

// Read yields what the filter picks from a store, as Store.Read does.
func (f Filter) Read(ctx context.Context, store Store) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for e, err := range store.Read(ctx, f.After) {
			if (err != nil || f.picks(e)) && !yield(e, err) {
				return
			}
		}
	}
}

func (f Filter) picks(e Entry) bool {
	return !e.Time.Before(f.Since) && kindIn(e.Kind, f.Kind)
}

func kindIn(kind, want string) bool {
	return want == "" || kind == want || strings.HasSuffix(want, ".") && strings.HasPrefix(kind, want)
}
