package step

import (
	"io"
	"sync"
	"sync/atomic"
)

// Held keeps what one step of a run leaves in memory for a later one. Whatever is in it may be gone: a restart forgets all,
// so the later step must do without.
type Held struct {
	mu  sync.Mutex
	all map[uint64]io.Closer

	lending sync.RWMutex // for reading, while a kept database is lent
	shut    atomic.Bool  // no kept database can have been left open, and no copy half dropped
}

// lend says that a kept database is open until the function it gives is called.
func (h *Held) lend() (back func()) {
	if h == nil {
		return func() {}
	}
	h.lending.RLock()
	h.shut.Store(false)
	return h.lending.RUnlock
}

// untidy says that there is something for the tidying to do.
func (h *Held) untidy() {
	if h != nil {
		h.shut.Store(false)
	}
}

// put keeps a thing for a run, and closes what was kept before. Where nobody keeps anything it is closed at once.
func (h *Held) put(run uint64, c io.Closer) {
	if old := h.swap(run, c); old != nil {
		_ = old.Close()
	}
}

// take gives the thing to whoever needs it, once; nil when there is none.
func (h *Held) take(run uint64) io.Closer { return h.swap(run, nil) }

func (h *Held) swap(run uint64, c io.Closer) io.Closer {
	if h == nil {
		return c
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = map[uint64]io.Closer{}
	}
	old := h.all[run]
	delete(h.all, run)
	if c != nil {
		h.all[run] = c
	}
	return old
}
