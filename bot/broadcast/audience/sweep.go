package audience

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// sweep removes what makers that died left behind. What a living one works on stays.
func (s *Shelf) sweep() error {
	names, err := s.names(partial)
	for _, name := range names {
		err = errors.Join(err, sweepFile(filepath.Join(s.dir, name)))
	}
	if err != nil {
		return &Error{Sentence: "what is left of copies that were not finished cannot be removed", Hint: "look at the state folder's owner and mode", Cause: err}
	}
	return nil
}

func sweepFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it just became a copy, or went
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := flock(f); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil
	} else if err != nil {
		return err
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
