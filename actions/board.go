package actions

import "sync"

// Board holds the progress of what runs, in memory, newest wins. It never reaches the journal.
type Board struct {
	mu    sync.Mutex
	notes map[ID]Progress
	moved chan struct{}
}

// Progress is the newest word from a running step.
type Progress struct {
	Step int
	Text string
}

// NewBoard is an empty board.
func NewBoard() *Board {
	return &Board{notes: map[ID]Progress{}, moved: make(chan struct{})}
}

// Post replaces what is known about a request's progress.
func (b *Board) Post(id ID, p Progress) {
	b.change(func() { b.notes[id] = p })
}

// Clear forgets a request.
func (b *Board) Clear(id ID) {
	b.change(func() { delete(b.notes, id) })
}

func (b *Board) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	close(b.moved)
	b.moved = make(chan struct{})
}

// Read gives a request's progress, empty when there is none.
func (b *Board) Read(id ID) Progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.notes[id]
}

// Moved gives a channel that is closed at the next change.
func (b *Board) Moved() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.moved
}
