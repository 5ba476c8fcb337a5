package backup

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Open gives what is inside the compression: an archive, or SQL. A file that was cut or changed gives an error where it is
// noticed, at the latest at the end, so it must be read to its end. A folder cannot be opened: see Path.
func (p Pinned) Open() (io.ReadCloser, error) {
	if !p.Format.Stream() {
		return nil, &Error{Sentence: "a backup of the format " + string(p.Format) + " is not one stream", Hint: "give its folder to pg_restore"}
	}
	f, err := os.Open(p.Path)
	if err != nil {
		return nil, &Error{Sentence: "the pinned copy of backup " + p.ID + " is gone", Hint: "ask again", Cause: err}
	}
	_, packing := p.Format.split()
	r, err := unpack(f, packing)
	if err != nil {
		f.Close()
		return nil, cut(p, err)
	}
	return r, nil
}

// Intact says whether it is what its manifest says: L1. Without a manifest there is nothing to compare, and that is no error:
// see Manifest.
func (p Pinned) Intact() error {
	if p.Manifest == nil || p.Manifest.SHA256 == p.SHA256 && p.Manifest.Size == p.Size {
		return nil
	}
	return &Error{Sentence: "backup " + p.ID + " is not the file that its manifest is about: it was changed after it was written", Hint: "choose another: /backups"}
}

// Check hashes the copy again: what was approved must be what runs.
func (p Pinned) Check(ctx context.Context) error {
	copy := File{ID: p.ID, Name: filepath.Base(p.Path), Path: p.Path, Format: p.Format}
	again, err := pinner{dir: filepath.Dir(p.Path), free: free, copied: func(int64) {}, hashes: true}.pin(ctx, copy)
	if err != nil {
		return err
	}
	if again.SHA256 != p.SHA256 {
		return &Error{Sentence: "the pinned copy of backup " + p.ID + " is not what it was", Hint: "ask again, and see who wrote in " + filepath.Dir(p.Path)}
	}
	return nil
}

// Remove removes the copy; the backup itself stays where it is.
func (p Pinned) Remove() error { return os.RemoveAll(p.Path) }

// cut is an error of reading: the file ends too early, or is not what it was.
func cut(p Pinned, err error) error {
	var e *Error
	switch {
	case errors.As(err, &e), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Sentence: "backup " + p.ID + " is cut: its compression ends too early", Hint: "choose another: /backups", Cause: err}
	}
	return &Error{Sentence: "backup " + p.ID + " is damaged: its compression cannot be read", Hint: "choose another: /backups", Cause: err}
}
