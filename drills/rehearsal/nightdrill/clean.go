package nightdrill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/drills/rehearsal"
	"twokey/internal/proc"
)

const (
	// endGrace is how long what is left of a stage may take to end by itself.
	endGrace = 2 * time.Second
	// rounds is how often processes are looked for: what is being started while others are ended is found the next time.
	rounds = 5
)

// Clean ends what is left of the stage, removes its folder, and looks once more whether both are gone.
//
// Only the stage itself carries our tag. What it starts, the bot, the shop and PostgreSQL, is known by its program and by where it
// works: in the stage's folder. (PostgreSQL's own processes say neither in their titles, and write these over their environment.)
func (d *Drill) Clean(ctx context.Context, env rehearsal.Env) (proof string, err error) {
	dir, err := d.folder(env)
	if err != nil {
		return "", err
	}
	err = errors.Join(d.endAll(ctx, env, dir), remove(dir), d.nobody(env, dir))
	if err != nil {
		return "", &proc.Error{Sentence: "what the stage made is not proven gone", Hint: "see the processes on the host, and " + dir, Cause: err}
	}
	return "the stage is gone: no process of it runs, and its folder with the bot, the shop and the database is removed", nil
}

func (d *Drill) endAll(ctx context.Context, env rehearsal.Env, dir string) error {
	tag, err := exerciseTag(env)
	if err != nil {
		return err
	}
	if _, err := proc.EndTagged(ctx, tag, endGrace); err != nil {
		return err
	}
	for range rounds {
		found, err := d.living(dir)
		if err != nil || len(found) == 0 {
			return err
		}
		if _, err := proc.End(ctx, found, endGrace); err != nil {
			return err
		}
	}
	return nil // whether anything is left is asked at the end
}

// nobody is nil when nothing of the stage runs.
func (d *Drill) nobody(env rehearsal.Env, dir string) error {
	tag, err := exerciseTag(env)
	if err != nil {
		return err
	}
	tagged, err := proc.Tagged(tag)
	if err != nil {
		return err
	}
	there, err := d.living(dir)
	if left := append(tagged, there...); len(left) > 0 {
		return fmt.Errorf("still there: %s", proc.Names(left))
	}
	return err
}

// living are the processes of a stage. Nothing found is looked for once more: a process can be missed while it is forked.
func (d *Drill) living(dir string) (found []proc.Process, err error) {
	for range 2 {
		all, err := proc.All()
		if err != nil {
			return nil, err
		}
		if found = slices.DeleteFunc(all, func(p proc.Process) bool { return !worksIn(p, dir) || !d.isOurs(p) }); len(found) > 0 {
			break
		}
	}
	return found, nil
}

// worksIn says whether a process stands in a folder, or names it when it was started.
func worksIn(p proc.Process, dir string) bool {
	if at, err := os.Readlink(of(p, "cwd")); err == nil && strings.HasPrefix(at+"/", dir+"/") {
		return true
	}
	title, err := p.Title()
	return err == nil && strings.Contains(title, dir+"/")
}

// isOurs says whether a process is one that a stage starts: somebody who looks around in its folder is not to be killed.
func (d *Drill) isOurs(p proc.Process) bool {
	exe, err := os.Readlink(of(p, "exe"))
	exe = strings.TrimSuffix(exe, " (deleted)") // we may have been replaced by a newer one meanwhile
	if err != nil {
		return false
	}
	if exe == real(d.Program) {
		return true
	}
	bin, err := d.Postgres()
	return err == nil && filepath.Dir(exe) == real(bin)
}

func of(p proc.Process, what string) string {
	return filepath.Join("/proc", strconv.Itoa(p.PID), what)
}

// real is a path without links in it; itself when it is not there any more.
func real(path string) string {
	if at, err := filepath.EvalSymlinks(path); err == nil {
		return at
	}
	return path
}
