package nightdrill

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"twokey/drills/rehearsal"
)

const (
	// folders is how the folders of stages begin; what of the tag names the exercise follows.
	folders = "stage-"
	temp    = "tmp"  // in one: where the demo puts its own
	home    = "home" // in one: nothing, unless somebody looks for one
)

// exerciseTag is what the tags of all steps of an exercise begin with: "<journal>/<exercise>/".
func exerciseTag(env rehearsal.Env) (string, error) {
	i := strings.LastIndexByte(env.Tag, '/')
	if i <= 0 {
		return "", fmt.Errorf("nightdrill: the tag %q names no exercise", env.Tag)
	}
	return env.Tag[:i+1], nil
}

// folder is an exercise's own.
func (d *Drill) folder(env rehearsal.Env) (string, error) {
	tag, err := exerciseTag(env)
	if !filepath.IsAbs(d.Dir) {
		err = errors.Join(err, fmt.Errorf("nightdrill: the folder %q is no absolute path", d.Dir))
	}
	plain := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '-'
	}, strings.TrimSuffix(tag, "/"))
	return filepath.Join(d.Dir, folders+plain), err
}

// makeFolder makes it, with what is in it. One that is there already is somebody else's, or was not cleaned: it is not used.
func (d *Drill) makeFolder(env rehearsal.Env) (string, error) {
	dir, err := d.folder(env)
	if err != nil {
		return "", err
	}
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711 // PostgreSQL runs as somebody else, who has to get through
	}
	if err := os.MkdirAll(d.Dir, mode); err != nil {
		return "", err
	}
	for _, at := range []string{dir, filepath.Join(dir, temp), filepath.Join(dir, home)} {
		if err := os.Mkdir(at, mode); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// remove removes an exercise's folder, if it is there and ours, and proves it gone.
func remove(dir string) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if st, is := info.Sys().(*syscall.Stat_t); !info.IsDir() || !is || int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s is not a folder of ours", dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is still there", dir)
	}
	return nil
}
