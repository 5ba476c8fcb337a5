package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ownTemp has everything temporary of this process in a folder beside the state, which only we can read, and empties it: what
// a life that was killed left there, such as a file with a password for pg_restore, is gone with the next start. Nobody else
// uses it, since the state is locked by now.
func ownTemp(beside string) error {
	dir := filepath.Join(beside, "tmp")
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700), os.Setenv("TMPDIR", dir)); err != nil {
		return fmt.Errorf("state: no folder for temporary files: %w", err)
	}
	return nil
}
