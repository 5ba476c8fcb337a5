package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"twokey/internal/proc"
)

const (
	// folders is how the folders of demos are called.
	folders = "twokey-demo-"
	// inUse is the file in one that its demo holds a lock on for as long as it lives. A pid would be another process's one day,
	// and means nothing in another container that shares the folder above.
	inUse = "in-use"
)

// hold takes a demo's own folder. Nobody sees the file before it is locked.
func hold(dir string) (*os.File, error) {
	made := filepath.Join(dir, inUse+".new")
	f, err := os.OpenFile(made, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB), os.Rename(made, filepath.Join(dir, inUse)))
	if err != nil {
		f.Close()
	}
	return f, err
}

// sweep removes what demos left that were killed: their processes ended with them, and nobody was there for their folders.
func sweep(ctx context.Context, temp string) error {
	if temp == "" {
		temp = os.TempDir()
	}
	dirs, err := filepath.Glob(filepath.Join(temp, folders+"*"))
	for _, dir := range dirs {
		if abandoned(dir) {
			err = errors.Join(err, nothingLeft(ctx, dir), os.RemoveAll(dir))
		}
	}
	return err
}

// abandoned says whether a folder is a demo's of ours that has ended. Others may write beside it: one that is not ours, or is
// reached by a link, is left alone.
func abandoned(dir string) bool {
	var at unix.Stat_t
	if unix.Lstat(dir, &at) != nil || at.Mode&unix.S_IFMT != unix.S_IFDIR || int(at.Uid) != os.Geteuid() {
		return false
	}
	f, err := os.OpenFile(filepath.Join(dir, inUse), os.O_RDWR|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}

// nothingLeft ends whatever still names a folder in its command line: a shop that was being started when its start program
// was ended, say.
func nothingLeft(ctx context.Context, dir string) error {
	all, err := proc.All()
	ours := slices.DeleteFunc(all, func(p proc.Process) bool {
		title, err := p.Title()
		return err != nil || !strings.Contains(title, dir+"/")
	})
	if len(ours) == 0 {
		return err
	}
	left, endErr := proc.End(ctx, ours, time.Second)
	if len(left) > 0 {
		endErr = errors.Join(endErr, fmt.Errorf("left running: %s", proc.Names(left)))
	}
	return errors.Join(err, endErr)
}
