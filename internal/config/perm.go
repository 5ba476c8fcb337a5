package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"twokey/internal/secret"
)

// Problem is an error with a hint for people.
type Problem struct {
	Sentence, Hint string
	Cause          error // may be nil
}

func (p *Problem) Error() string { return p.Sentence }

func (p *Problem) Unwrap() error { return p.Cause }

// maxLinks is how many symbolic links a path may go through; the kernel's own limit (path_resolution(7)).
const maxLinks = 40

// guard refuses paths that somebody else could write, or put something else in the place of, as sshd does with
// StrictModes: the file and every folder above it, through every symbolic link, belong to root or to us, and neither
// group nor others may write them. What was said about a folder is not said again for the next file in it.
type guard struct {
	uid  int
	said map[string]bool
}

func newGuard(uid int) *guard { return &guard{uid: uid, said: map[string]bool{}} }

// check says everything that is wrong on the way to path. A file that is not there yet is fine when nobody else can
// make it. Errors are *Problem.
func (g *guard) check(path string) error {
	w := walk{guard: g, subject: path}
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	w.down(abs)
	return errors.Join(w.errs...)
}

// walk is one way from the root to a file.
type walk struct {
	*guard
	subject string // as people know it
	links   int
	open    string // the last folder, if anybody may make new files in it
	errs    []error
}

// down looks at every part of an absolute, clean path.
func (w *walk) down(path string) {
	at := "/"
	rest := strings.Split(strings.Trim(path, "/"), "/")
	w.look(at)
	for i, part := range rest {
		at = filepath.Join(at, part)
		target, goOn := w.look(at)
		if target != "" {
			w.down(filepath.Join(append([]string{target}, rest[i+1:]...)...))
			return
		}
		if !goOn {
			return
		}
	}
}

// look judges one file or folder. target is where a symbolic link points to, absolute; goOn is false when the way ends.
func (w *walk) look(path string) (target string, goOn bool) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.missing(path)
		return "", false
	case err != nil:
		w.add(path, fmt.Sprintf("%s cannot be looked at: %v", path, cause(err)), "")
		return "", false
	}
	w.owner(path, info)
	if info.Mode()&fs.ModeSymlink != 0 {
		return w.follow(path)
	}
	w.open = ""
	if info.Mode().Perm()&0o022 == 0 {
		return "", true
	}
	if sticky(info) {
		w.open = path
		return "", true
	}
	w.add(path, fmt.Sprintf("%s is writable by others (mode %04o)", w.name(path), info.Mode().Perm()), "chmod go-w "+w.typed(path))
	return "", true
}

// sticky says whether a folder is one like /tmp: root's, and with the sticky bit, so that others may make new files in it
// but not remove or replace those that are there. What is there and belongs to root or us is as safe as elsewhere.
func sticky(info fs.FileInfo) bool {
	uid, known := ownerOf(info)
	return info.IsDir() && info.Mode()&fs.ModeSticky != 0 && known && uid == 0
}

func (w *walk) missing(path string) {
	if w.open != "" {
		w.add(path, fmt.Sprintf("%s is not there, and everybody may make it: %s is open to all", path, w.open), "choose a folder of your own")
	}
}

func (w *walk) owner(path string, info fs.FileInfo) {
	uid, known := ownerOf(info)
	if !known || uid == 0 || uid == w.uid {
		return
	}
	w.add(path, fmt.Sprintf("%s belongs to user %d, who is neither root nor the one twokey runs as", w.name(path), uid), fmt.Sprintf("chown %d %s", w.uid, w.typed(path)))
}

func (w *walk) follow(path string) (target string, goOn bool) {
	if w.links++; w.links > maxLinks {
		w.add(path, w.name(path)+" is a symbolic link that leads in a circle", "")
		return "", false
	}
	target, err := os.Readlink(path)
	if err != nil {
		w.add(path, fmt.Sprintf("%s cannot be looked at: %v", path, cause(err)), "")
		return "", false
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	return target, true
}

func (w *walk) add(path, sentence, hint string) {
	if w.said[path] {
		return
	}
	w.said[path] = true
	w.errs = append(w.errs, &Problem{Sentence: sentence, Hint: hint})
}

// typed is the path as the user knows it, when it is the file itself.
func (w *walk) typed(path string) string {
	if abs, err := filepath.Abs(w.subject); err == nil && abs == path {
		return w.subject
	}
	return path
}

func (w *walk) name(path string) string {
	if shown := w.typed(path); shown != path || path == w.subject {
		return shown
	}
	return path + ", on the way to " + w.subject + ","
}

func ownerOf(info fs.FileInfo) (uid int, known bool) {
	s, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return 0, false
	}
	return int(s.Uid), true
}

// secret reads a secret that only we can read, from a file that nobody else can replace.
func (g *guard) secret(path string) (secret.Value, error) {
	info, err := os.Stat(path)
	if err != nil {
		return secret.Value{}, &Problem{Sentence: path + " cannot be read: " + cause(err).Error(), Cause: err}
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && info.Mode().IsRegular() {
		return secret.Value{}, &Problem{Sentence: fmt.Sprintf("%s is readable by others (mode %04o)", path, mode), Hint: "chmod 600 " + path}
	}
	if err := g.check(path); err != nil {
		return secret.Value{}, err
	}
	return secret.ReadFile(path)
}

func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
