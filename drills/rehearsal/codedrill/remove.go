package codedrill

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/proc"
)

const (
	// endGrace is how long what is left of a drill may take to end.
	endGrace = 3 * time.Second
	// removeWithin is how long a program that removes may take.
	removeWithin = 10 * time.Minute
)

func (s *session) doRemove(ctx context.Context) (drills.Found, error) {
	proof, err := s.Clean(ctx, s.env)
	f := drills.Found{Line: proof}
	if err != nil {
		return f, err
	}
	f.Checks = []drills.Check{{Name: "removed", Value: proof, State: drills.Green}}
	was, err := s.found(factState)
	if err != nil {
		return f, err
	}
	g, err := s.deployed(ctx, s.env.Tag)
	if err != nil {
		return f, err
	}
	is, _, err := g.state(ctx)
	if err != nil {
		return f, err
	}
	check, err := compare(strings.Fields(was), is)
	f.Checks = append(f.Checks, check)
	return f, err
}

// compare says whether production's checkout is what it was when the drill began.
func compare(was []string, is state) (drills.Check, error) {
	check := drills.Check{Name: "production's checkout", State: drills.Green, Value: "as it was: HEAD, branches, index, changed files, config"}
	var differ []string
	for i, p := range is.parts() {
		if len(was) != len(is.parts()) || was[i] != p.Value {
			differ = append(differ, p.Name)
		}
	}
	if len(differ) == 0 {
		return check, nil
	}
	check.State, check.Value, check.Why = drills.Red, "", "not what it was when the drill began: "+strings.Join(differ, ", ")
	return check, &failure{sentence: "production's checkout is " + check.Why,
		hint: "see who deployed meanwhile; if nobody did, the release's build or tests write where they should not"}
}

// Clean ends what runs of this exercise, removes what it made, and proves both.
func (d *Drill) Clean(ctx context.Context, env rehearsal.Env) (string, error) {
	at := d.side(env.Exercise)
	ended, err := d.end(ctx, env, at)
	if err != nil {
		return "", err
	}
	removed, err := d.removeAll(ctx, env, at)
	if err != nil {
		return "", err
	}
	if left, err := at.running(env); err != nil || len(left) > 0 { // what was started while it was removed
		return "", notEnded(left, err)
	}
	return said(ended, removed), nil
}

func said(ended int, removed bool) string {
	programs := map[int]string{0: "nothing of it ran", 1: "1 process was ended"}[min(ended, 1)]
	if ended > 1 {
		programs = fmt.Sprintf("%d processes were ended", ended)
	}
	if !removed {
		return programs + ", and there was nothing to remove"
	}
	return programs + ", and the worktree is gone"
}

// tags begins the tags of all steps of an exercise.
func tags(env rehearsal.Env) string {
	i := strings.LastIndexByte(env.Tag, '/')
	if prefix := env.Tag[:i+1]; strings.HasSuffix(prefix, fmt.Sprintf("/%d/", env.Exercise)) {
		return prefix
	}
	return ""
}

// running finds what an exercise left: what carries its tag or its HOME, and what works in its folder, whatever it did to get away.
func (at side) running(env rehearsal.Env) ([]proc.Process, error) {
	found, err := proc.Carrying("HOME=" + at.home)
	if err != nil {
		return nil, err
	}
	if prefix := tags(env); prefix != "" {
		tagged, err := proc.Tagged(prefix)
		if err != nil {
			return nil, err
		}
		found = append(found, tagged...)
	}
	all, err := proc.All()
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if at.holds(p) {
			found = append(found, p)
		}
	}
	if found, err = proc.Tree(found...); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(p proc.Process) bool { return p.PID == os.Getpid() }), nil
}

func (at side) holds(p proc.Process) bool {
	for _, what := range []string{"cwd", "exe", "root"} {
		link, err := os.Readlink(fmt.Sprintf("/proc/%d/%s", p.PID, what))
		if err == nil && within(strings.TrimSuffix(link, " (deleted)"), at.top) {
			return true
		}
	}
	return false
}

// end ends it, also what appears meanwhile.
func (d *Drill) end(ctx context.Context, env rehearsal.Env, at side) (ended int, err error) {
	for range 5 {
		left, err := at.running(env)
		if err != nil {
			return ended, notEnded(nil, err)
		}
		if len(left) == 0 {
			return ended, nil
		}
		ended += len(left)
		if left, err = proc.End(ctx, left, endGrace); err != nil || len(left) > 0 {
			return ended, notEnded(left, err)
		}
	}
	return ended, &failure{sentence: "what the drill left running starts itself again and again", hint: "look at the processes on the host"}
}

func notEnded(left []proc.Process, err error) error {
	if len(left) == 0 {
		return &failure{sentence: "it could not be proven that the drill left nothing running", hint: "look at the processes on the host", cause: err}
	}
	return &failure{sentence: "the drill left something that does not end: " + proc.Names(left), hint: "look at the processes on the host", cause: err}
}

// removeAll removes the folder, and proves that it is gone. What we may not remove ourselves is the service's user's, who may; also
// folders that nobody may write to, as Go's module cache has them.
func (d *Drill) removeAll(ctx context.Context, env rehearsal.Env, at side) (removed bool, err error) {
	switch _, err := os.Lstat(at.top); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, notRemoved(at, err)
	}
	if err := os.RemoveAll(at.top); err != nil {
		d.removeAs(ctx, env, at)
		if err = os.RemoveAll(at.top); err != nil {
			return false, notRemoved(at, err)
		}
	}
	if _, err := os.Lstat(at.top); !errors.Is(err, fs.ErrNotExist) {
		return false, notRemoved(at, err)
	}
	return true, nil
}

// removeAs has the service's user remove what they can; whether all is gone is seen later.
func (d *Drill) removeAs(ctx context.Context, env rehearsal.Env, at side) {
	for _, argv := range [][]string{{"chmod", "-R", "u+rwX", "--", at.dir}, {"rm", "-rf", "--one-file-system", "--", at.dir}} {
		path, err := lookPath(argv[0])
		if err != nil {
			continue
		}
		_, _ = proc.Run(ctx, proc.Cmd{Path: path, Args: argv[1:], Env: []string{"PATH=" + systemPath, "LC_ALL=C"}, As: d.cfg.User, Timeout: removeWithin, Tag: env.Tag})
	}
}

func notRemoved(at side, err error) error {
	return &failure{sentence: at.top + " could not be removed", hint: "see what keeps it on the host, and remove it", cause: err}
}
