package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Folder is a place where backups are.
type Folder struct {
	Name string // what people call it, such as daily
	Dir  string // absolute
}

// Safety is the name of the folder with the copies made before changes. They may hold what went wrong, so none is ever the
// latest backup.
const Safety = "safety"

// settled is how long nobody must have written to a file until it is taken to be finished.
const settled = 15 * time.Second

// Shelf is all the backups there are. It remembers nothing: each look is a new one.
type Shelf struct {
	Folders []Folder
	Zone    *time.Location // of people, for the names we give; nil: UTC
	Clock   *time.Location // of what writes the backups: the times in their names and archives say no zone; nil: Zone
	// Seen says when a file that is not ours was seen for the first time; nil: not known.
	Seen func(path string, size int64, written time.Time) time.Time
	Now  func() time.Time // nil: time.Now
}

// List gives all there is, newest first, with what cannot be used and why. It reads first bytes and manifests, no more. The
// error is about folders that could not be read; what the others hold is given all the same.
func (s Shelf) List(ctx context.Context) ([]File, error) {
	var files []File
	var errs []error
	for _, at := range s.Folders {
		found, err := s.in(ctx, at)
		if err != nil {
			errs = append(errs, &Error{Sentence: "the folder " + shown(at.Dir) + " of " + at.Name + " backups cannot be read",
				Hint: "see that it is there and that twokey may read it", Cause: cause(err)})
		}
		files = append(files, found...)
	}
	unsettle(files, s.now())
	name(files, s.zone())
	slices.SortFunc(files, func(a, b File) int {
		return cmp.Or(b.Made.Compare(a.Made), strings.Compare(b.Name, a.Name), strings.Compare(a.Folder, b.Folder))
	})
	return files, errors.Join(errs...)
}

// Find gives one backup: by its id, or "latest", the newest that is finished and no safety copy, or "safety", the newest of
// those.
func (s Shelf) Find(ctx context.Context, id string) (File, error) {
	files, err := s.List(ctx)
	id = strings.ToLower(strings.TrimSpace(id))
	if id == "latest" || id == Safety {
		return newest(files, id == Safety, err)
	}
	var like []string
	for _, f := range files {
		if f.ID == id {
			return f, nil
		}
		if strings.HasPrefix(f.ID, id+"-") {
			like = append(like, f.ID)
		}
	}
	if len(like) > 0 {
		return File{}, &Error{Sentence: fmt.Sprintf("%d backups are of %s", len(like), id), Hint: "say which: " + strings.Join(like, ", "), Cause: err}
	}
	return File{}, &Error{Sentence: "there is no backup " + shown(id), Hint: "see /backups", Cause: err}
}

// newest does without a folder that cannot be read: what is newest there is not known, so none is.
func newest(files []File, safety bool, err error) (File, error) {
	if err != nil {
		return File{}, err
	}
	for _, f := range files {
		if f.Usable() && (f.Folder == Safety) == safety {
			return f, nil
		}
	}
	if safety {
		return File{}, &Error{Sentence: "there is no safety copy that is finished and readable", Hint: "see /backups"}
	}
	return File{}, &Error{Sentence: "there is no backup that is finished and readable", Hint: "see /backups, or make one: /backup"}
}

func (s Shelf) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s Shelf) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

func (s Shelf) clock() *time.Location {
	if s.Clock == nil {
		return s.zone()
	}
	return s.Clock
}

// in gives what is in one folder.
func (s Shelf) in(ctx context.Context, at Folder) ([]File, error) {
	d, err := openFolder(at.Dir)
	if errors.Is(err, fs.ErrNotExist) && at.Name == Safety {
		return nil, nil // it is made with the first safety copy
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	names, err := d.f.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var eye peeker
	defer eye.close()
	var files []File
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, manifestEnd) || strings.HasSuffix(name, manifestEnd+tmpEnd) {
			continue
		}
		f := File{Name: name, Folder: at.Name, Path: filepath.Join(at.Dir, name), Format: Unknown}
		if s.look(d, &f, &eye) {
			files = append(files, f)
		}
	}
	return files, nil
}
