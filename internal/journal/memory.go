package journal

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"sync"
)

// Memory is a Store in memory, for tests and demonstrations.
type Memory struct {
	mu      sync.Mutex
	entries []Entry // only ever appended to: a slice of it is a snapshot
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{} }

// Prefix returns a copy of m with its first n entries (all, if it has fewer):
// the journal as a crash after entry n left it. The two share nothing.
func (m *Memory) Prefix(n uint64) *Memory {
	all := m.snapshot()
	return &Memory{entries: append([]Entry(nil), all[:min(n, uint64(len(all)))]...)}
}

// Len returns the number of entries.
func (m *Memory) Len() uint64 { return uint64(len(m.snapshot())) }

// Read implements Store.
func (m *Memory) Read(ctx context.Context, after uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		all := m.snapshot()
		for _, e := range all[min(after, uint64(len(all))):] {
			if err := ctx.Err(); err != nil {
				yield(Entry{}, fmt.Errorf("journal: read: %w", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Append implements Store.
func (m *Memory) Append(ctx context.Context, after Head, e Entry) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("journal: append: %w", err)
	}
	if err := e.Check(after); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if head := headOf(m.entries); head != after {
		return fmt.Errorf("journal: append after %v, but the head is %v: %w", after, head, ErrConflict)
	}
	e.Body = bytes.Clone(e.Body)
	m.entries = append(m.entries, e)
	return nil
}

func (m *Memory) snapshot() []Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entries
}

func headOf(entries []Entry) Head {
	if len(entries) == 0 {
		return Head{}
	}
	return entries[len(entries)-1].Head()
}
