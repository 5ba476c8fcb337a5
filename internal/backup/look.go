package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// folder is an open directory. What is in it is reached from it by a single name, never by a path, so that no link anywhere
// can lead elsewhere.
type folder struct{ f *os.File }

// openFolder opens a configured directory: how one gets there is the config's affair, links and all.
func openFolder(dir string) (folder, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	return folder{f}, err
}

func (d folder) close() { d.f.Close() }

// stamp is what changes when a file does.
type stamp struct {
	dev, ino uint64
	size     int64
	written  time.Time
	changed  time.Time
	mode     uint32
}

func stampOf(st unix.Stat_t) stamp {
	return stamp{dev: uint64(st.Dev), ino: st.Ino, size: st.Size, mode: st.Mode,
		written: time.Unix(st.Mtim.Unix()), changed: time.Unix(st.Ctim.Unix())}
}

func (s stamp) kind() uint32 { return s.mode & unix.S_IFMT }

func (s stamp) isFolder() bool { return s.kind() == unix.S_IFDIR }

// stat looks without opening, because opening alone wakes some devices.
func (d folder) stat(name string) (stamp, error) {
	var st unix.Stat_t
	err := unix.Fstatat(int(d.f.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	return stampOf(st), err
}

// stays are errors that say what a name is instead of a backup.
var (
	errLink   = errors.New("is a symbolic link, and links are not followed")
	errPipe   = errors.New("is a named pipe")
	errDevice = errors.New("is a device")
	errSocket = errors.New("is a socket")
	errOther  = errors.New("is not a regular file")
	errNested = errors.New("is a folder")
)

// notRegular says what else it is; nil: a regular file.
func notRegular(s stamp) error {
	switch s.kind() {
	case unix.S_IFREG:
		return nil
	case unix.S_IFLNK:
		return errLink
	case unix.S_IFIFO:
		return errPipe
	case unix.S_IFBLK, unix.S_IFCHR:
		return errDevice
	case unix.S_IFSOCK:
		return errSocket
	case unix.S_IFDIR:
		return errNested
	}
	return errOther
}

// open opens a regular file and looks again: it may have become another one since. O_NONBLOCK: opening a named pipe must
// not wait for its writer.
func (d folder) open(name string) (*os.File, stamp, error) {
	if name != filepath.Base(name) || name == ".." || name == "." {
		return nil, stamp{}, fmt.Errorf("%q is not a name", name)
	}
	before, err := d.stat(name)
	if err == nil {
		err = notRegular(before)
	}
	if err != nil {
		return nil, stamp{}, err
	}
	f, err := d.openat(name, unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return nil, stamp{}, err
	}
	now, err := stampFile(f)
	if err == nil {
		err = notRegular(now)
	}
	if err != nil {
		f.Close()
		return nil, stamp{}, err
	}
	return f, now, nil
}

// sub opens a folder in it.
func (d folder) sub(name string) (folder, error) {
	f, err := d.openat(name, unix.O_DIRECTORY)
	return folder{f}, err
}

func (d folder) openat(name string, flags int) (*os.File, error) {
	fd, err := unix.Openat(int(d.f.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|flags, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) && flags&unix.O_DIRECTORY != 0 {
		return nil, errLink
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

func stampFile(f *os.File) (stamp, error) {
	var st unix.Stat_t
	err := unix.Fstat(int(f.Fd()), &st)
	return stampOf(st), err
}

// free is how many bytes may still be written where dir is: those for everybody, not those kept for root.
func free(dir string) (int64, error) {
	var st unix.Statfs_t
	err := unix.Statfs(dir, &st)
	return int64(st.Bavail) * st.Bsize, err
}
