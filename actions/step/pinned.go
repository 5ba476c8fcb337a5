package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"twokey/internal/backup"
)

// pinned is a backup that was copied to where only we can write, and what was found in it. It is kept beside the copy of the
// file, so that a later life does not have to look again.
type pinned struct {
	File     backup.Pinned   `json:"file"`
	Contents backup.Contents `json:"contents"`
	Own      bool            `json:"own,omitempty"` // made by twokey
	Tried    Tried           `json:"tried"`         // which file it is a copy of
}

// pin copies a backup to where only we can write, hashes it, and reads it to its end.
func pin(ctx context.Context, c DatabaseConfig, env Env, f backup.File) (pinned, error) {
	dir, err := env.emptyScratch()
	if err != nil {
		return pinned{}, err
	}
	env.progress("copying and hashing the backup")
	file, err := backup.Pin(ctx, f, dir, env.Base.Floor)
	if err == nil {
		err = file.Intact()
	}
	if err != nil {
		return pinned{}, err
	}
	env.progress("reading the backup to its end")
	contents, err := backup.Decode(ctx, c.tools(), file, c.Migrations)
	if err != nil {
		return pinned{}, err
	}
	p := pinned{File: file, Contents: contents, Own: !f.Foreign(), Tried: tried(f)}
	return p, env.writePinned(p)
}

const pinnedFile = "pinned.json"

// scratch is the run's folder.
func (e Env) scratch() string { return filepath.Join(e.Base.Scratch, fmt.Sprint(e.Run)) }

// readPinned gives what an earlier look found; false when there was none that was finished.
func (e Env) readPinned() (p pinned, ok bool) {
	data, err := os.ReadFile(filepath.Join(e.scratch(), pinnedFile))
	if err != nil || json.Unmarshal(data, &p) != nil {
		return p, false
	}
	_, err = os.Stat(p.File.Path)
	return p, err == nil
}

func (e Env) writePinned(p pinned) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	part := filepath.Join(e.scratch(), pinnedFile+".part")
	if err := os.WriteFile(part, data, 0o600); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(e.scratch(), pinnedFile))
}

// emptyScratch makes the run's folder, with nothing in it.
func (e Env) emptyScratch() (string, error) {
	dir := e.scratch()
	err := os.RemoveAll(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return "", &Failure{Sentence: "there is no room of ours for a backup", Hint: "see the disk of the state's folder", Cause: err}
	}
	return dir, nil
}

func (e Env) dropScratch() error {
	if err := os.RemoveAll(e.scratch()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &Failure{Sentence: "the pinned backup could not be removed", Hint: "remove " + e.scratch(), Cause: err}
	}
	return nil
}
