package step

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"

	"twokey/internal/proc"
)

// custom is a service with its own programs; see CustomConfig.
type custom struct{ service }

// lsbDown is the exit code of a status program whose service is not running (LSB Core, init script actions).
const lsbDown = 3

// pidLine finds "pid 4711", "PID=4711", or a line that is a number.
var pidLine = regexp.MustCompile(`(?im)\bpid[ :=]+(\d+)\b|^\s*(\d+)\s*$`)

func (m custom) look(ctx context.Context, env Env) ([]unit, error) {
	out, res, err := m.ask(ctx, env, m.Status...)
	if err != nil {
		return nil, err
	}
	name := m.Names[0]
	u := unit{Name: name, ID: name, State: plainlyDown}
	switch {
	case res.OK():
		u.Up, u.State = true, "up"
	case res.Why == proc.Exited && res.Exit == lsbDown:
	default:
		return nil, ended("the status program of "+name, res, commandTimeout,
			fmt.Sprintf("it must exit 0 when the service is up and %d when it is down", lsbDown))
	}
	if found := pidLine.FindSubmatch(out); u.Up && found != nil {
		pid, _ := strconv.Atoi(string(bytes.Join(found[1:], nil)))
		u.setProcs(pid)
	}
	u.Blind = u.Up && len(u.Procs) == 0
	return []unit{u}, nil
}

func (m custom) glance(ctx context.Context, env Env, _ []unit) ([]unit, error) {
	return m.look(ctx, env)
}

func (m custom) stop(ctx context.Context, env Env, _ []unit) error {
	return m.tell(ctx, env, m.cmd(ctx, env, m.Stop...))
}

// start leaves the service running: it must not carry our tag, nor be ended with its start program.
func (m custom) start(ctx context.Context, env Env, _ []unit) error {
	c := m.cmd(ctx, env, m.Start...)
	c.Leaves = true
	return m.tell(ctx, env, c)
}
