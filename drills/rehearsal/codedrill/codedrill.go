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
package codedrill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"path/filepath"
	"strings"
	"time"

	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/proc"
)

// Config says what is drilled, and how.
type Config struct {
	Repo   string     // the service's directory, absolute: the top of a git repository that belongs to User
	Branch string     // what is deployed from
	User   *proc.User // whom everything of the release, and git, runs as; nil: ourselves
	Git    string     // absolute
	// Work is a folder of ours, absolute, where side worktrees go. User must be able to enter it and what is above it (mode 0711),
	// and nobody but us to write there. Where User is somebody else, we have to be root or have CAP_CHOWN: what is made there is
	// given to them.
	Work  string
	Build [][]string // programs and their arguments, in order
	Test  []string
	Start []string // starts the release and stays; empty: nothing is started
	// Health is asked after the start, until it answers well; empty: the release has to live for Lives.
	Health string
	Lives  time.Duration // 10 s when zero; with Health how long it may take to answer, a minute when zero
	// EnvFile is the drill's own, absolute; empty: nothing is started.
	EnvFile string
	// Production gives what must not be in EnvFile. It is asked when it is needed, and required with an EnvFile; where there is one
	// without, the release's files are still searched.
	Production func() (Forbidden, error)
	Within     time.Duration // for each program; 30 minutes when zero
	Room       int64         // how many bytes have to be free in Work; 1 GiB when zero
	Runbook    string        // what people read; empty: none
	// LookPath finds a program by its name; nil: in /usr/local/bin, /usr/bin and /bin.
	LookPath func(name string) (string, error)
}

const (
	defaultWithin = 30 * time.Minute
	defaultLives  = 10 * time.Second
	healthLives   = time.Minute
	defaultRoom   = 1 << 30
	gitWithin     = time.Minute
	systemPath    = "/usr/local/bin:/usr/bin:/bin"
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

// New resolves the programs, and refuses what could touch production.
func New(cfg Config) (*Drill, error) {
	d := &Drill{cfg: cfg}
	d.cfg.Within = orElse(cfg.Within, defaultWithin)
	d.cfg.Room = orElse(cfg.Room, defaultRoom)
	d.cfg.Lives = orElse(cfg.Lives, map[bool]time.Duration{true: defaultLives, false: healthLives}[cfg.Health == ""])
	if cfg.LookPath == nil {
		d.cfg.LookPath = lookPath
	}
	if err := d.paths(); err != nil {
		return nil, err
	}
	return d, d.resolve()
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

func (d *Drill) paths() error {
	for _, p := range []struct{ name, path string }{{"the service's directory", d.cfg.Repo}, {"git", d.cfg.Git}, {"the folder for drills", d.cfg.Work},
		{"the drill's env file", orElse(d.cfg.EnvFile, "/")}} {
		if !filepath.IsAbs(p.path) || strings.ContainsAny(p.path, "\n\x00") {
			return &failure{sentence: fmt.Sprintf("%s, %q, is not an absolute path", p.name, p.path), hint: "write the whole path"}
		}
	}
	switch {
	case within(resolved(d.cfg.Work), resolved(d.cfg.Repo)):
		return &failure{sentence: "the folder for drills is within the service's directory", hint: "name another one"}
	case within(resolved(d.cfg.Repo), resolved(d.cfg.Work)):
		return &failure{sentence: "the service's directory is within the folder for drills, where things are removed", hint: "name another folder"}
	case len(d.cfg.Test) == 0:
		return &failure{sentence: "a code drill without tests proves nothing", hint: "write service.code.test in the config"}
	case d.starts() && d.cfg.Production == nil:
		return &failure{sentence: "nothing may be started while it is not known what production's values are", hint: "this is a bug in twokey"}
	}
	return nil
}

// starts says whether the release is started at all.
func (d *Drill) starts() bool { return d.cfg.EnvFile != "" && len(d.cfg.Start) > 0 }

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

// failure is why something cannot be: a sentence and a hint for people, and a cause for operators.
type failure struct {
	sentence, hint string
	cause          error
}

func (f *failure) Error() string {
	if f.cause == nil {
		return f.sentence
	}
	return f.sentence + ": " + f.cause.Error()
}

func (f *failure) Unwrap() error { return f.cause }

// forPeople is what people are told of an error.
func forPeople(err error) (why, hint string) {
	var f *failure
	var p *proc.Error
	switch {
	case errors.As(err, &f):
		return f.sentence, f.hint
	case errors.As(err, &p):
		return p.Sentence, p.Hint
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "it was stopped", ""
	}
	return "it could not be done", "see twokey's log"
}
