package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"twokey/internal/secret"
)

// write makes the folders, then the secrets, then the config: whoever finds a config finds what it names.
func (s *Setup) write(text []byte, token secret.Value) error {
	for _, dir := range []string{filepath.Dir(s.Config), s.path(secretsDir), s.path(stateDir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if !exists(s.path(tokenFile)) {
		if err := writeNew(s.path(tokenFile), []byte(token.Reveal()+"\n")); err != nil {
			return err
		}
	}
	if !exists(s.path(keyFile)) {
		public, err := s.MakeKey(s.path(keyFile))
		if err != nil {
			return fmt.Errorf("the key that signs the journal: %w", err)
		}
		defer s.Talk.say("The journal's public key, for whoever will check it elsewhere:\n  %s", public)
	}
	if err := writeNew(s.Config, text); err != nil {
		return err
	}
	s.Talk.say("\nWritten: %s, and beside it %s/ and %s/.", s.Config, secretsDir, stateDir)
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// writeNew writes a file that only we can read: whole or not at all, and never over another.
func writeNew(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".init-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, does not replace what came in between.
	err = os.Link(f.Name(), path)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and init overwrites nothing", path)
	}
	return err
}
