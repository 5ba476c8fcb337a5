package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// maxFile bounds a secret file. A token has 46 bytes and a private key 4 KiB:
// anything near this is another file named by mistake.
const maxFile = 64 << 10

// ReadFile reads the secret in the file at path, without one trailing newline.
//
// It refuses what sshd would refuse of a key: a file that group or others have
// any right to, a symbolic link in the last place, anything but a regular
// file, and also an empty file or one over 64 KiB. Errors name the path and
// what to type, and never hold any of the content.
func ReadFile(path string) (Value, error) {
	// O_NONBLOCK: opening a named pipe must not wait for its writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return Value{}, fmt.Errorf("secret file %s: is a symbolic link; name the file it points to", path)
	}
	if err != nil {
		return Value{}, fmt.Errorf("secret file %s: %w", path, cause(err))
	}
	defer f.Close()
	if err := private(f, path); err != nil {
		return Value{}, err
	}
	return read(f, path)
}

func private(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("secret file %s: %w", path, cause(err))
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("secret file %s: is not a regular file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("secret file %s: mode %04o lets others at it; type: chmod 600 %s", path, mode, shellWord(path))
	}
	return nil
}

func read(r io.Reader, path string) (Value, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return Value{}, fmt.Errorf("secret file %s: %w", path, cause(err))
	}
	if len(b) > maxFile {
		return Value{}, fmt.Errorf("secret file %s: over %d KiB; is it the right file?", path, maxFile>>10)
	}
	s := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if s == "" {
		return Value{}, fmt.Errorf("secret file %s: is empty", path)
	}
	return New(s), nil
}

// cause drops the operation and path that os put before it: the path is
// already in our message.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// shellWord quotes path for the command line a person will paste.
func shellWord(path string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+@:", r)
	}
	if strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
