package rehearsal

import "sync"

// Board is how far an automatic step is, in memory: the newest line of each exercise.
type Board struct {
	mu    sync.Mutex
	lines map[uint64]string
	moved chan struct{}
}

// NewBoard is an empty one.
func NewBoard() *Board { return &Board{lines: map[uint64]string{}, moved: make(chan struct{})} }

// Read gives the newest line; empty: nothing goes on.
func (b *Board) Read(id uint64) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lines[id]
}

// Moved is closed when a line changes: ask for it before you read.
func (b *Board) Moved() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.moved
}

func (b *Board) set(id uint64, line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lines[id] == line {
		return
	}
	if b.lines[id] = line; line == "" {
		delete(b.lines, id)
	}
	close(b.moved)
	b.moved = make(chan struct{})
}
