package journal

import (
	"context"
	"fmt"
)

// batchSize entries at a time go from reading to folding: enough to forget
// the price of the channel.
const batchSize = 256

type batch struct {
	entries []Entry
	err     error // why reading ended, after entries
}

// load folds the whole store. Reading and hashing is one half of the work and
// decoding and folding the other, so they overlap.
func (l *Log) load(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	batches := make(chan batch, 4)
	go func() {
		defer close(batches)
		readChecked(ctx, l.store, batches)
	}()
	defer func() { // the reader has ended when this returns
		cancel()
		for range batches {
		}
	}()
	var parts []part
	for b := range batches {
		for _, e := range b.entries {
			var err error
			if parts, err = l.decode(parts, e.Kind, e.Body); err != nil {
				return fmt.Errorf("journal: entry %d: %w", e.Seq, err)
			}
			l.apply(e, parts)
		}
		if b.err != nil {
			return b.err
		}
	}
	if err := ctx.Err(); err != nil { // the reader may have ended early, and a part is no state
		return fmt.Errorf("journal: read: %w", err)
	}
	return nil
}

// readChecked sends all entries as far as the chain is whole.
func readChecked(ctx context.Context, store Store, to chan<- batch) {
	send := func(b batch) bool {
		select {
		case to <- b:
			return true
		case <-ctx.Done():
			return false
		}
	}
	var head Head
	var entries []Entry
	for e, err := range store.Read(ctx, 0) {
		if err == nil {
			err = e.Check(head)
		}
		if err != nil {
			send(batch{entries, err})
			return
		}
		head = e.Head()
		if entries = append(entries, e); len(entries) < batchSize {
			continue
		}
		if !send(batch{entries: entries}) {
			return
		}
		entries = make([]Entry, 0, batchSize)
	}
	send(batch{entries: entries})
}
