package broadcast

import (
	"sync"

	"twokey/bot/broadcast/delivery"
)

// Board holds how far the deliveries are, in memory, newest wins. It never reaches the journal.
type Board struct {
	mu    sync.Mutex
	notes map[uint64]delivery.Progress
	moved chan struct{}
}

// NewBoard is an empty board.
func NewBoard() *Board {
	return &Board{notes: map[uint64]delivery.Progress{}, moved: make(chan struct{})}
}

// Post replaces what is known of a broadcast.
func (b *Board) Post(id uint64, p delivery.Progress) { b.change(func() { b.notes[id] = p }) }

// Clear forgets one.
func (b *Board) Clear(id uint64) { b.change(func() { delete(b.notes, id) }) }

func (b *Board) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	close(b.moved)
	b.moved = make(chan struct{})
}

// Read gives what is known; false when it is not on its way.
func (b *Board) Read(id uint64) (delivery.Progress, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, ok := b.notes[id]
	return p, ok
}

// Moved gives a channel that is closed at the next change.
func (b *Board) Moved() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.moved
}
