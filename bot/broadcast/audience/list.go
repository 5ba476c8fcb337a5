package audience

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// List gives every copy that can be read, newest first.
func (s *Shelf) List() []Copy {
	var list []Copy
	names, _ := s.names(whole) // of a folder that cannot be read, no copy can
	for _, name := range slices.Backward(names) {
		if c, ok := s.Get(strings.TrimSuffix(name, whole)); ok {
			list = append(list, c)
		}
	}
	return list
}

// Latest is the newest copy of everybody.
func (s *Shelf) Latest() (Copy, bool) {
	for _, c := range s.List() {
		if c.Of == "" {
			return c, true
		}
	}
	return Copy{}, false
}

// Get gives a copy by its ID, if it is there and can be read.
func (s *Shelf) Get(id string) (Copy, bool) {
	c, err := s.facts(id)
	return c, err == nil
}

// Keep deletes every copy but these and the newest one of everybody. Whoever makes one that is to stay says so before the
// next Keep; a copy that is being made is not touched, and one that is being read can be read to its end.
func (s *Shelf) Keep(ids ...string) error {
	latest, ok := s.Latest()
	if ok {
		ids = append(slices.Clone(ids), latest.ID)
	}
	names, err := s.names(whole)
	for _, name := range names {
		id := strings.TrimSuffix(name, whole)
		if idForm.MatchString(id) && !slices.Contains(ids, id) {
			err = errors.Join(err, s.remove(id))
		}
	}
	if err = errors.Join(err, syncDir(s.dir)); err != nil {
		return &Error{Sentence: "old copies of the audience cannot be removed", Hint: "look at the state folder's owner and mode", Cause: err}
	}
	return nil
}

func (s *Shelf) remove(id string) error {
	s.mu.Lock()
	delete(s.known, id)
	s.mu.Unlock()
	if err := os.Remove(s.file(id, whole)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// remembered gives what is known of a copy, as the caller's own.
func (s *Shelf) remembered(id string) (Copy, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.known[id]
	c.Languages = maps.Clone(c.Languages)
	return c, ok
}

func (s *Shelf) remember(c Copy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Languages = maps.Clone(c.Languages)
	s.known[c.ID] = c
}
