package notice

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// readGuarded reads a file that must be root's or ours, and that nobody else may write: what is in it is sent to every user.
// No link is followed, and nothing waits. An error says what the file is, without its name.
func readGuarded(path string, most int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return nil, &Error{Sentence: "is a symbolic link", Hint: "put the file itself there"}
	case err != nil:
		return nil, &Error{Sentence: "cannot be read: " + cause(err).Error()}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, &Error{Sentence: "cannot be read: " + cause(err).Error()}
	}
	if err := guarded(path, info); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, &Error{Sentence: "cannot be read: " + cause(err).Error()}
	}
	if int64(len(data)) > most {
		return nil, &Error{Sentence: fmt.Sprintf("has over %d KiB", most>>10), Hint: "make it smaller"}
	}
	return data, nil
}

func guarded(path string, info fs.FileInfo) error {
	stat, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return &Error{Sentence: "is not a regular file", Hint: "put a file there"}
	case known && stat.Uid != 0 && int(stat.Uid) != os.Getuid():
		return &Error{Sentence: fmt.Sprintf("belongs to user %d, who is neither root nor the one twokey runs as", stat.Uid), Hint: fmt.Sprintf("chown %d %s", os.Getuid(), path)}
	case info.Mode().Perm()&0o022 != 0:
		return &Error{Sentence: fmt.Sprintf("is writable by others (mode %04o)", info.Mode().Perm()), Hint: "chmod go-w " + path}
	}
	return nil
}

// cause drops the operation and path that os put before it: the name is already in our sentence.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
