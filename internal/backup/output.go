package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
)

// glance is after how many bytes it is looked how many are free.
const glance = 8 << 20

// window is how far back zstd looks. With 8 MB, the default of this level, it takes 8 MB more memory, and of rows nothing is
// saved (268 MB of them: 63.97 MB both ways).
const window = 4 << 20

// output is a backup while it is written: compressed, hashed, and named as unfinished.
type output struct {
	path  string // at the end
	file  *os.File
	pack  *zstd.Encoder
	hash  hash.Hash
	size  int64
	next  int64 // when to look at the disk again
	floor int64
	free  func(string) (int64, error)
	left  []string // what has to be removed if it fails
}

func (m Maker) create(name string) (*output, error) {
	o := &output{path: filepath.Join(m.Dir, name), hash: sha256.New(), floor: m.Floor, free: m.free}
	if o.free == nil {
		o.free = free
	}
	for _, path := range []string{o.path, o.path + manifestEnd} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return nil, &Error{Sentence: "no backup was made: there is something called " + filepath.Base(path), Hint: "use another name", Cause: cause(err)}
		}
	}
	if err := o.room(); err != nil {
		return nil, err
	}
	pack, err := zstd.NewWriter(stored{o}, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(true), zstd.WithEncoderConcurrency(2),
		zstd.WithWindowSize(window))
	if err != nil {
		return nil, err
	}
	o.pack = pack
	if o.file, err = os.OpenFile(o.path+tmpEnd, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600); err != nil {
		return nil, &Error{Sentence: "no backup was made: nothing can be written in " + m.Dir, Hint: "see the folder and the disk", Cause: cause(err)}
	}
	o.left = []string{o.path + tmpEnd}
	return o, nil
}

func (o *output) room() error {
	left, err := o.free(filepath.Dir(o.path))
	if err != nil {
		return &Error{Sentence: "no backup was made: it cannot be seen how much is free in " + filepath.Dir(o.path), Hint: "see that the folder is there", Cause: cause(err)}
	}
	if left < o.floor {
		return errFloor
	}
	return nil
}

// Write takes what pg_dump writes.
func (o *output) Write(b []byte) (int, error) { return o.pack.Write(b) }

// stored takes what is compressed.
type stored struct{ o *output }

func (s stored) Write(b []byte) (int, error) {
	o := s.o
	if o.size >= o.next {
		if err := o.room(); err != nil {
			return 0, err
		}
		o.next = o.size + glance
	}
	n, err := o.file.Write(b)
	o.hash.Write(b[:n])
	o.size += int64(n)
	return n, err
}

// finish has everything on the disk.
func (o *output) finish() error {
	if err := o.pack.Close(); err != nil {
		return err
	}
	if err := o.file.Sync(); err != nil {
		return err
	}
	return o.file.Close()
}

func (o *output) sum() string { return hex.EncodeToString(o.hash.Sum(nil)) }

// publish gives it its name, then its manifest. Nothing that is there is written over.
func (o *output) publish(m Manifest) error {
	if err := rename(o.path+tmpEnd, o.path); err != nil {
		return err
	}
	o.left = append(o.left, o.path)
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	half := o.path + manifestEnd + tmpEnd
	o.left = append(o.left, half)
	if err := writeSynced(half, append(b, '\n')); err != nil {
		return err
	}
	if err := rename(half, o.path+manifestEnd); err != nil {
		return err
	}
	o.left = append(o.left, o.path+manifestEnd)
	if err := syncFolder(filepath.Dir(o.path)); err != nil {
		return err
	}
	o.left = nil
	return nil
}

// discard removes what is there of a backup that failed.
func (o *output) discard() {
	if o.left == nil {
		return
	}
	_ = o.pack.Close()
	_ = o.file.Close()
	removeAll(o.left...)
}

// rename refuses to replace. Some network file systems cannot do both at once; there it is looked first.
func rename(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
