// Package proc runs programs: argument lists in; exit code, bounded output and duration out. There is no shell.
//
// A child gets the environment it is given and nothing else, its own process group, a timeout, and dies with us
// (Pdeathsig). When Run returns, everything the child left is gone, and that is proven, not hoped: its process group,
// what descends from it, and what carries its TWOKEY_RUN tag. Processes are named by pid and start time, so that a
// reused pid is never taken for the old process.
//
// To see and end children of another user the program needs to be root, or CAP_SETUID, CAP_SETGID, CAP_KILL and
// CAP_SYS_PTRACE. Linux only.
package proc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// TagName is the environment variable that carries Cmd.Tag.
const TagName = "TWOKEY_RUN"

const (
	// defaultGrace is how long a program may take to end after SIGTERM.
	defaultGrace = 5 * time.Second
	// killProof is how long SIGKILL may take; what is alive after it hangs in the kernel.
	killProof = 5 * time.Second
	// drainTime is how long output is read after everything of ours is gone; only a stranger holding the pipe uses it up.
	drainTime = 2 * time.Second
)

// Cmd is one program to run.
type Cmd struct {
	Path    string        // absolute; required
	Args    []string      // without the program's own name
	Env     []string      // the whole environment, KEY=value; nothing is inherited
	Dir     string        // absolute; "/" when empty
	As      *User         // nil: as we are
	Timeout time.Duration // required
	Grace   time.Duration // from SIGTERM to SIGKILL; 5 s when zero
	// Output gets stdout, and stderr too when Stderr is nil. Writes come from one goroutine each and must return; after
	// a failed write the rest is read and thrown away, so a full disk never blocks or kills the child.
	Output io.Writer
	Stderr io.Writer
	// In is the program's stdin, /dev/null when nil; Out is its stdout, instead of Output: for streams of which no byte may be
	// missing. They are handed to the program as they are, and stay open here until the caller closes them.
	In, Out *os.File
	Tag     string // becomes TWOKEY_RUN in the environment
	// Leaves says that what the program leaves running is its purpose (a service's start program): such a program gets
	// no tag, and after it exits by itself nothing is ended. It must not let what it leaves write to our pipe.
	Leaves bool
	// Began, when there is one, is told once which process it is, before Run waits for it.
	Began func(Process)
}

// Why says how a run came to its end.
type Why string

// The ways a run ends.
const (
	Exited    Why = "exited"    // by itself
	TimedOut  Why = "timed out" // after Cmd.Timeout, by us
	Cancelled Why = "cancelled" // the context was done
)

// Result is what became of a program that was started.
type Result struct {
	Exit     int    // exit code; -1 when a signal ended it or its end could not be proven
	Signal   string // the signal that ended it, e.g. "killed"; empty otherwise
	Started  time.Time
	Duration time.Duration
	Why      Why
	Left     []Process // survivors that could not be ended; Run then also returns an error
}

// OK says whether the program ended by itself with exit code 0.
func (r Result) OK() bool { return r.Why == Exited && r.Exit == 0 }

// Error says why a program could not be started or ended: a sentence and a hint for people, the cause for operators.
type Error struct {
	Sentence string
	Hint     string
	Cause    error
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Sentence
	}
	return e.Sentence + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// Run runs the program to its end, or ends it after the timeout or when ctx is done: SIGTERM, after Grace SIGKILL, then
// proof. The error is an *Error and non-nil only if the program could not be started or something of it could not be
// ended; a non-zero exit code is in the Result.
//
// While proof is missing one goroutine stays until the leader ends: to let it go would free the pid.
func Run(ctx context.Context, c Cmd) (Result, error) {
	if err := c.check(); err != nil {
		return Result{Exit: -1}, err
	}
	if err := ctx.Err(); err != nil {
		return Result{Exit: -1, Why: Cancelled}, &Error{Sentence: c.Path + " was not started: it was cancelled before", Hint: "ask again", Cause: err}
	}
	ch, err := start(c)
	if err != nil {
		return Result{Exit: -1}, err
	}
	if c.Began != nil {
		c.Began(ch.process())
	}
	res := Result{Exit: -1, Started: ch.started}
	res.Why = ch.wait(ctx, c.Timeout)
	var endErr error
	if !c.Leaves || res.Why != Exited {
		res.Left, endErr = ch.end(c)
	}
	res.Exit, res.Signal = ch.reap()
	ch.drain(c)
	res.Duration = time.Since(ch.started)
	if endErr != nil || len(res.Left) > 0 {
		return res, notGone(c.Path, res.Left, endErr)
	}
	return res, nil
}

func (c Cmd) check() error {
	switch {
	case !filepath.IsAbs(c.Path):
		return &Error{Sentence: fmt.Sprintf("program %q is not an absolute path", c.Path), Hint: "write the whole path"}
	case c.Timeout <= 0:
		return &Error{Sentence: c.Path + " has no timeout", Hint: "set a timeout"}
	case c.Dir != "" && !filepath.IsAbs(c.Dir):
		return &Error{Sentence: fmt.Sprintf("directory %q is not an absolute path", c.Dir), Hint: "write the whole path"}
	}
	return nil
}

// environ is the child's environment: what was given, with our tag and no other.
func (c Cmd) environ() []string {
	env := make([]string, 0, len(c.Env)+1)
	for _, kv := range c.Env {
		if !strings.HasPrefix(kv, TagName+"=") {
			env = append(env, kv)
		}
	}
	if c.Tag != "" && !c.Leaves {
		env = append(env, TagName+"="+c.Tag)
	}
	return env
}

func notGone(path string, left []Process, cause error) error {
	if len(left) == 0 {
		return &Error{Sentence: "it could not be proven that " + path + " left nothing running", Hint: "look at the processes on the host", Cause: cause}
	}
	return &Error{
		Sentence: fmt.Sprintf("%s left something that does not end: %s", path, Names(left)),
		Hint:     "look at the processes on the host; a process that hangs in the kernel ends when its disk answers",
		Cause:    errors.Join(cause, errors.New("still alive after SIGKILL")),
	}
}
