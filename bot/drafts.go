package bot

import (
	"sync"
	"time"

	"twokey/auth"
)

// draftLives is how long a draft is kept that nobody touches.
const draftLives = 30 * time.Minute

// Drafts are the notices that people are putting together, by buttons and replies: one a person, in memory. A crash forgets
// them, and nothing of them was asked. A nil Drafts keeps none.
type Drafts struct {
	mu   sync.Mutex
	of   map[auth.Name]*draft
	last uint64
}

// NewDrafts has none.
func NewDrafts() *Drafts { return &Drafts{of: map[auth.Name]*draft{}} }

// begin keeps a new draft and gives the one it replaces; nil when there was none.
func (ds *Drafts) begin(d *draft, now time.Time) (old *draft) {
	if ds == nil {
		return nil
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.last = max(ds.last+1, uint64(now.UnixMilli()))
	d.id, d.touched = ds.last, now
	old = ds.of[d.owner]
	ds.of[d.owner] = d
	return old
}

// with does f with the draft of a number, and says whether there is one. Whoever does something with it has touched it.
func (ds *Drafts) with(id uint64, now time.Time, f func(*draft)) bool {
	if ds == nil {
		return false
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.forget(now)
	for _, d := range ds.of {
		if d.id == id {
			f(d)
			d.touched = now
			return true
		}
	}
	return false
}

// mine is a person's; 0 when there is none.
func (ds *Drafts) mine(who auth.Name, now time.Time) (id uint64) {
	if ds == nil {
		return 0
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.forget(now)
	if d := ds.of[who]; d != nil {
		return d.id
	}
	return 0
}

// drop forgets a draft.
func (ds *Drafts) drop(id uint64) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	for who, d := range ds.of {
		if d.id == id {
			delete(ds.of, who)
		}
	}
}

// forget drops what nobody touched for long; mu is held.
func (ds *Drafts) forget(now time.Time) {
	for who, d := range ds.of {
		if now.Sub(d.touched) > draftLives {
			delete(ds.of, who)
		}
	}
}
