package bot

import (
	"maps"
	"sync"
	"time"

	"twokey/actions"
	"twokey/auth"
)

// Seen remembers who has looked at a request: opened its details, or tapped anything on it. It is in memory, and a crash
// forgets it: it helps people to decide whom to call, and nothing else. A nil Seen has seen nobody.
type Seen struct {
	mu    sync.Mutex
	first map[actions.ID]map[auth.Name]time.Time
	moved chan struct{}
}

// NewSeen is one that has seen nobody.
func NewSeen() *Seen {
	return &Seen{first: map[actions.ID]map[auth.Name]time.Time{}, moved: make(chan struct{})}
}

// Note remembers the first time somebody looked.
func (s *Seen) Note(id actions.ID, who auth.Name, at time.Time) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first[id] == nil {
		s.first[id] = map[auth.Name]time.Time{}
	}
	if _, known := s.first[id][who]; known {
		return
	}
	s.first[id][who] = at
	close(s.moved)
	s.moved = make(chan struct{})
}

// Read gives who has looked, and when first.
func (s *Seen) Read(id actions.ID) map[auth.Name]time.Time {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.first[id])
}

// Clear forgets a request.
func (s *Seen) Clear(id actions.ID) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.first, id)
}

// Moved gives a channel that is closed at the next change; nil, which never is, when nobody is noted.
func (s *Seen) Moved() <-chan struct{} {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.moved
}
