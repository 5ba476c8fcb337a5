package step

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"twokey/internal/proc"
)

const (
	// commandTimeout is how long a manager's program may take to answer; node needs 150–300 ms to start.
	commandTimeout = 15 * time.Second
	// answerLimit is the longest answer of a manager that is read: pm2's has every service's whole environment.
	answerLimit = 16 << 20
)

// manager keeps a service running. A service may be several units (a cluster, replicas).
type manager interface {
	// look gives every unit of the service. A service the manager does not know is a *Failure that says what it knows.
	look(ctx context.Context, env Env) ([]unit, error)
	// glance gives the same units as they are now, at less expense; a state may be older than a process.
	glance(ctx context.Context, env Env, units []unit) ([]unit, error)
	// stop and start ask for it. That it happened is proven elsewhere.
	stop(ctx context.Context, env Env, units []unit) error
	start(ctx context.Context, env Env, units []unit) error
}

// unit is one thing a manager keeps running.
type unit struct {
	Name     string
	ID       string         // the manager's own
	State    string         // in the manager's word
	Up       bool           // it runs, or the manager will make it
	Blind    bool           // the manager does not tell processes
	Procs    []proc.Process // the first is the one the manager started
	Restarts int
	Alone    int // how often it was started since a person did, as far as the manager tells
	Since    time.Time
	pidFile  string
}

func (u unit) String() string {
	s := "down"
	if u.Up {
		s = "up"
	}
	if !u.Since.IsZero() && u.Up {
		s += " since " + u.Since.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	if len(u.Procs) > 0 {
		s += ", " + pids(main(u.Procs))
	}
	if plain := map[string]bool{"online": true, "active": true, "running": true, "stopped": true, "inactive": true, "up": true, "down": true}; !plain[u.State] {
		s += ", " + u.State
	}
	return s
}

func (s service) manager() (manager, bool) {
	switch s.Manager {
	case ManagerPM2:
		return pm2{s}, true
	case ManagerSystemd:
		return systemd{s}, true
	case ManagerCompose:
		return compose{s}, true
	case ManagerCustom:
		return custom{s}, true
	}
	return nil, false
}

func procs(units []unit) []proc.Process {
	var ps []proc.Process
	for _, u := range units {
		ps = append(ps, u.Procs...)
	}
	return ps
}

func filter(units []unit, up bool) []unit {
	var kept []unit
	for _, u := range units {
		if u.Up == up {
			kept = append(kept, u)
		}
	}
	return kept
}

func unitIDs(units []unit) []string {
	var s []string
	for _, u := range units {
		s = append(s, u.ID)
	}
	return s
}

// setProcs finds the unit's main process by the pid its manager told. Neither init nor we are a service.
func (u *unit) setProcs(pid int) {
	u.Procs = nil
	p, ok := proc.Find(pid)
	if pid <= 1 || pid == os.Getpid() || !ok {
		return
	}
	u.Procs = []proc.Process{p}
	if since, err := p.Since(); err == nil {
		u.Since = since
	}
}

// cmd is a program of the manager.
func (s service) cmd(ctx context.Context, env Env, argv ...string) proc.Cmd {
	limit := commandTimeout
	if deadline, ok := ctx.Deadline(); ok {
		limit = max(time.Until(deadline), time.Millisecond)
	}
	return proc.Cmd{Path: argv[0], Args: argv[1:], Env: s.Env, As: s.As, Timeout: limit, Grace: time.Second, Tag: env.Tag, Dir: "/"}
}

// ask runs a program that answers, and gives its stdout. Its answer may hold secrets: none of it goes into the output.
func (s service) ask(ctx context.Context, env Env, argv ...string) ([]byte, proc.Result, error) {
	out := &answer{}
	c := s.cmd(ctx, env, argv...)
	c.Output, c.Stderr, c.Timeout = out, discard{}, min(c.Timeout, commandTimeout)
	res, err := execute(ctx, c)
	if err == nil && out.cut {
		err = fmt.Errorf("%s: answer longer than %d bytes", argv[0], answerLimit)
	}
	return out.Bytes(), res, err
}

// tell runs a program that does something; what it prints goes into the output. A failure ends with its last line.
func (s service) tell(ctx context.Context, env Env, c proc.Cmd) error {
	last := proc.NewBounded(0, 4096)
	c.Output = both{env.output(), last}
	res, err := execute(ctx, c)
	if err != nil {
		return failure(err, c.Path+" could not be run", "see the host")
	}
	name := c.Path[strings.LastIndexByte(c.Path, '/')+1:]
	err = ended(name, res, c.Timeout.Round(time.Second), "see the output of this run")
	var f *Failure
	if errors.As(err, &f) {
		f.Cause = fmt.Errorf("last line of output: %q", last.Tail(1))
	}
	return err
}

// execute runs it. That ctx's time was over is a timeout, too.
func execute(ctx context.Context, c proc.Cmd) (proc.Result, error) {
	res, err := proc.Run(ctx, c)
	if res.Why == proc.Cancelled && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		res.Why = proc.TimedOut
	}
	return res, err
}

// answer is a buffer with an end.
type answer struct {
	bytes.Buffer
	cut bool
}

func (a *answer) Write(p []byte) (int, error) {
	if a.Len()+len(p) > answerLimit {
		a.cut = true
		return len(p), nil
	}
	return a.Buffer.Write(p)
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// both writes to the two, whatever becomes of the first.
type both struct {
	a interface{ Write([]byte) (int, error) }
	b *proc.Bounded
}

func (w both) Write(p []byte) (int, error) {
	_, _ = w.b.Write(p)
	return w.a.Write(p)
}
