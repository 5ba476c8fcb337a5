// Package codedrill practises going back to the release before.
//
// The commit before the deployed one is checked out beside production, built and tested as the service's user in a clean
// environment, and started, if at all, only with an env file of the drill's own, none of whose values is production's (see judge).
// Then everything is removed, and proven gone.
//
// Of production's repository only the objects are used. The side worktree has a repository of its own, made here file by file, which
// borrows them: git never reads production's config while it checks out, so no hook, filter, fsmonitor or include of it is known there,
// and what a build does to "its" repository (husky sets core.hooksPath) does not reach production's. Nothing is written below
// production's .git, so a kill leaves nothing there either.
//
// What cannot be kept from a release: to open files by their absolute path, and to connect to what its code names by itself. So its
// tracked files are searched for production's secrets and for links that lead out before anything of it runs, its HOME is an empty
// folder, and the config cannot name production's folder or a manager of processes. It runs as the service's user, as it always does.
// Submodules and what git-lfs would fetch are not in the worktree.
package codedrill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"twokey/drills"
	"twokey/drills/rehearsal"
)

// The keys of the steps.
const (
	keyCommits  = "commits"
	keyWorktree = "worktree"
	keyBuild    = "build"
	keyTest     = "test"
	keyStart    = "start"
	keyRemove   = "remove"
	keyRunbook  = "runbook"
)

// Drill is a rehearsal.Kind.
type Drill struct {
	cfg   Config
	build []program
	test  program
	start program // zero: nothing is started
}

var _ rehearsal.Kind = (*Drill)(nil)

// Script is what the drill consists of.
func (d *Drill) Script(ctx context.Context) ([]drills.Step, error) {
	started := "start it with the drill's own values, and stop it"
	if !d.starts() {
		started = "start nothing: " + d.unstarted()
	}
	steps := []drills.Step{
		{Key: keyCommits, Title: "find the commit to go back to", Auto: true},
		{Key: keyWorktree, Title: "check it out beside production", Auto: true},
		{Key: keyBuild, Title: "build it", Auto: true, Within: d.cfg.Within * time.Duration(max(1, len(d.build)))},
		{Key: keyTest, Title: "run its tests", Auto: true, Within: d.cfg.Within, Proves: true},
		{Key: keyStart, Title: started, Auto: true, Optional: !d.starts()},
		{Key: keyRemove, Title: "remove it all, and look at production's checkout", Auto: true},
	}
	ask, err := d.ask(ctx)
	return append(steps, drills.Step{Key: keyRunbook, Title: "read the runbook", Ask: ask}), err
}

func (d *Drill) unstarted() string {
	if d.cfg.EnvFile == "" {
		return "no env_file"
	}
	return "no program that starts it"
}

// ask is what a person looks at in the end: the real values of going back.
func (d *Drill) ask(ctx context.Context) (string, error) {
	now, err := d.commits(ctx, "")
	if err != nil {
		return "", err
	}
	where := "Is it written down how to go back?"
	if d.cfg.Runbook != "" {
		where = "Does " + d.cfg.Runbook + " say how to go back?"
	}
	var words []string
	for _, p := range d.build {
		words = append(words, strings.Join(p.said, " "))
	}
	return fmt.Sprintf("%s From %s to %s in %s,\nthen %s.\nWould somebody who never did it manage?", where, short(now.deployed), short(now.before),
		d.cfg.Repo, orElse(strings.Join(words, ", "), "nothing is built")), nil
}

func short(sha string) string { return sha[:min(len(sha), 10)] }

// session is one step that is done.
type session struct {
	*Drill
	env   rehearsal.Env
	at    side
	print hash.Hash
	any   bool // something was printed
}

func (s *session) Write(p []byte) (int, error) {
	s.any = s.any || len(p) > 0
	s.print.Write(p)
	return s.env.Output.Write(p)
}

// Do does one step.
func (d *Drill) Do(ctx context.Context, env rehearsal.Env, key string) (drills.Found, error) {
	if env.Output == nil {
		env.Output = io.Discard
	}
	if env.Progress == nil {
		env.Progress = func(string) {}
	}
	s := &session{Drill: d, env: env, at: d.side(env.Exercise), print: sha256.New()}
	steps := map[string]func(context.Context) (drills.Found, error){keyCommits: s.doCommits, keyWorktree: s.doWorktree, keyBuild: s.doBuild,
		keyTest: s.doTest, keyStart: s.doStart, keyRemove: s.doRemove}
	do, ok := steps[key]
	if !ok {
		return drills.Found{}, fmt.Errorf("code drill: no step %q", key)
	}
	f, err := do(ctx)
	if s.any {
		f.Output = hex.EncodeToString(s.print.Sum(nil))
	}
	if err != nil {
		f.Why, f.Hint = forPeople(err)
	}
	return f, err
}
