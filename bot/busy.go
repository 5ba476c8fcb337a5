package bot

import (
	"context"
	"sync"
)

// busy has one thing done at a time for each key, and wakes whoever looks what to do next when one is through.
type busy[K comparable] struct {
	mu   sync.Mutex
	at   map[K]bool
	done chan struct{} // somebody is through
}

func newBusy[K comparable]() *busy[K] {
	return &busy[K]{at: map[K]bool{}, done: make(chan struct{}, 1)}
}

// launch does it beside, unless something is being done for the key, or ctx has ended.
func (b *busy[K]) launch(ctx context.Context, what K, all *sync.WaitGroup, do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at[what] || ctx.Err() != nil {
		return
	}
	b.at[what] = true
	all.Go(func() {
		do()
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.at, what)
		select {
		case b.done <- struct{}{}:
		default: // it is woken already
		}
	})
}
