package logfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"syscall"
)

// put is what a rotation leaves behind: compressed, numbered (app.log.1), dated behind its ending (app.log-20261125), or as
// pm2-logrotate names it (out__2026-11-25_00-00-00.log). A date in the middle of a name is no sign: app-2026-11-25.log may be
// the one that is written.
var put = regexp.MustCompile(`\.(?:gz|bz2|xz|zst|zip|old|[0-9]{1,4})$|\.log[.-][0-9]{4}-?[0-9]{2}-?[0-9]{2}|__[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{2}-[0-9]{2}-[0-9]{2}\.`)

func rotated(name string) bool { return put.MatchString(name) }

// look says whether there is a file to read. It looks before anything is opened, because opening alone wakes some devices.
func look(path string) (candidate, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // it was there a moment ago
		return candidate{}, nil
	case err != nil:
		return candidate{}, fmt.Errorf("log file %s: %w", path, cause(err))
	case info.IsDir():
		return candidate{}, nil
	case info.Mode()&fs.ModeSymlink != 0:
		return candidate{}, fmt.Errorf("log file %s: is a symbolic link; name the file it points to", path)
	case !info.Mode().IsRegular():
		return candidate{}, fmt.Errorf("log file %s: is not a regular file", path)
	}
	return candidate{path, info.ModTime()}, nil
}

// open opens a regular file and looks again: it may have become another one since. O_NONBLOCK: opening a named pipe must
// not wait for its writer.
func open(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, nil, fmt.Errorf("log file %s: is a symbolic link; name the file it points to", path)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("log file %s: %w", path, cause(err))
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is not a regular file")
	}
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("log file %s: %w", path, cause(err))
	}
	return f, info, nil
}

// cause drops the operation and path that os put before it: the path is already in our message.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
