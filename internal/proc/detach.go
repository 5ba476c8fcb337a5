package proc

import (
	"context"
	"os"
	"syscall"
	"time"
)

// Detach starts a program that is to outlive us, as a start program of a service does: in a session of its own, with its
// output in the file and nothing else of ours open. Everything that should end with us is for Run. Of the command only
// Path, Args, Env, Dir and As count.
func Detach(c Cmd, output *os.File) (Process, error) {
	c.Timeout = time.Second // there is none: nobody waits for it
	if err := c.check(); err != nil {
		return Process{}, err
	}
	if err := startable(c); err != nil {
		return Process{}, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return Process{}, err
	}
	defer null.Close()
	dir := c.Dir
	if dir == "" {
		dir = "/"
	}
	c.Leaves = true // and no tag: it is not to be ended with what we run
	p, err := os.StartProcess(c.Path, append([]string{c.Path}, c.Args...), &os.ProcAttr{Dir: dir, Env: c.environ(),
		Files: []*os.File{null, output, output}, Sys: &syscall.SysProcAttr{Setsid: true, Credential: c.As.credential()}})
	if err != nil {
		return Process{}, notStarted(c, err)
	}
	defer func() { _ = p.Release() }()
	st, err := readStat(p.Pid)
	return st.Process, err
}

// Wait returns when the process has ended, or when ctx is done.
func Wait(ctx context.Context, p Process) error {
	for Alive(p) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		await(ctx, []Process{p}, time.Second)
	}
	return nil
}
