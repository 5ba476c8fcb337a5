package proc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// child is a started program.
type child struct {
	proc    *os.Process
	started time.Time
	ended   chan struct{} // closed when the leader has ended; it stays a zombie, so its pid and group cannot be reused
	release chan struct{} // closed by reap: the zombie may go
	reaped  chan struct{}
	state   *os.ProcessState
	pipes   []pipe
	readers sync.WaitGroup
}

func start(c Cmd) (*child, error) {
	if err := startable(c); err != nil {
		return nil, err
	}
	files, pipes, err := c.files()
	if err != nil {
		return nil, &Error{Sentence: "no pipe for " + c.Path, Hint: "see the open file limit", Cause: err}
	}
	ch := &child{ended: make(chan struct{}), release: make(chan struct{}), reaped: make(chan struct{}), pipes: pipes}
	begun := make(chan error, 1)
	go ch.hold(c, files[:], begun)
	if err = <-begun; err != nil {
		c.closeOurs(files, pipes)
		return nil, notStarted(c, err)
	}
	c.closeOurs(files, nil)
	ch.read()
	return ch, nil
}

// hold starts the program and keeps its thread until the program has ended, because Pdeathsig fires when the thread that
// forked ends, not the process. Pdeathsig is set after the change of user, which would clear it.
func (ch *child) hold(c Cmd, files []*os.File, begun chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	sys := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: c.As.credential()}
	dir := c.Dir
	if dir == "" {
		dir = "/"
	}
	p, err := os.StartProcess(c.Path, append([]string{c.Path}, c.Args...), &os.ProcAttr{Dir: dir, Env: c.environ(), Files: files, Sys: sys})
	ch.proc, ch.started = p, time.Now()
	begun <- err
	if err != nil {
		return
	}
	for {
		err := unix.Waitid(unix.P_PID, p.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	close(ch.ended)
	<-ch.release
	ch.state, _ = p.Wait()
	close(ch.reaped)
}

// process is the leader by pid and start time; its zombie stays until reap, so both are known.
func (ch *child) process() Process {
	st, _ := readStat(ch.proc.Pid)
	return st.Process
}

// files are the child's stdin, stdout and stderr; pipes are what of them is read here.
func (c Cmd) files() (theirs [3]*os.File, pipes []pipe, err error) {
	defer func() {
		if err != nil {
			c.closeOurs(theirs, pipes)
		}
	}()
	if theirs[0] = c.In; c.In == nil {
		if theirs[0], err = os.Open(os.DevNull); err != nil {
			return theirs, nil, err
		}
	}
	if theirs[1] = c.Out; c.Out == nil {
		if theirs[1], pipes, err = piped(c.Output, pipes); err != nil {
			return theirs, pipes, err
		}
	}
	if c.Stderr == nil {
		theirs[2] = theirs[1]
		return theirs, pipes, nil
	}
	theirs[2], pipes, err = piped(c.Stderr, pipes)
	return theirs, pipes, err
}

// pipe is what the child writes, and who gets it.
type pipe struct {
	from *os.File
	to   io.Writer
}

func piped(to io.Writer, pipes []pipe) (*os.File, []pipe, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, pipes, err
	}
	return w, append(pipes, pipe{r, to}), nil
}

// closeOurs closes what files opened; what the caller gave stays the caller's.
func (c Cmd) closeOurs(theirs [3]*os.File, pipes []pipe) {
	for i, f := range theirs {
		if f != nil && f != c.In && f != c.Out && (i == 0 || f != theirs[i-1]) {
			f.Close()
		}
	}
	for _, p := range pipes {
		p.from.Close()
	}
}

func (ch *child) read() {
	for _, p := range ch.pipes {
		ch.readers.Go(func() { _, _ = io.Copy(&forgiving{w: p.to}, p.from) })
	}
}

// wait returns when the leader has ended or must be ended.
func (ch *child) wait(ctx context.Context, timeout time.Duration) Why {
	t := time.NewTimer(timeout)
	defer t.Stop()
	why := Exited
	select {
	case <-ch.ended:
	case <-t.C:
		why = TimedOut
	case <-ctx.Done():
		why = Cancelled
	}
	select {
	case <-ch.ended: // at the same moment: what happened by itself is what happened
		return Exited
	default:
		return why
	}
}

// end ends what is left of the child, the leader included, and proves it.
func (ch *child) end(c Cmd) ([]Process, error) {
	grace := c.Grace
	if grace <= 0 {
		grace = defaultGrace
	}
	tag := c.Tag
	if c.Leaves {
		tag = ""
	}
	h := hunt{group: ch.proc.Pid, find: func() ([]stat, error) { return family(ch.proc.Pid, tag) }}
	return h.run(context.Background(), grace)
}

// reap lets the zombie go and returns how it ended. A leader that has not ended is left to hold.
func (ch *child) reap() (exit int, signal string) {
	close(ch.release)
	if _, alive := Find(ch.proc.Pid); alive {
		return -1, ""
	}
	<-ch.reaped
	ws, ok := ch.state.Sys().(syscall.WaitStatus)
	if ok && ws.Signaled() {
		return -1, ws.Signal().String()
	}
	return ch.state.ExitCode(), ""
}

// drain reads what is still in the pipes. Whoever else holds a pipe open does not keep us.
func (ch *child) drain(c Cmd) {
	limit := drainTime
	if c.Leaves {
		limit /= 4
	}
	for _, p := range ch.pipes {
		_ = p.from.SetReadDeadline(time.Now().Add(limit))
	}
	ch.readers.Wait()
	for _, p := range ch.pipes {
		p.from.Close()
	}
}

// forgiving takes everything: after the first error of w it throws away.
type forgiving struct {
	w      io.Writer
	failed bool
}

func (f *forgiving) Write(p []byte) (int, error) {
	if f.w != nil && !f.failed {
		_, err := f.w.Write(p)
		f.failed = err != nil
	}
	return len(p), nil
}

// startable finds what is wrong before the fork, where the kernel's answer would not say what is missing.
func startable(c Cmd) error {
	info, err := os.Stat(c.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Sentence: "program " + c.Path + " is not there", Hint: "install it, or correct its path", Cause: err}
	case err != nil && !errors.Is(err, fs.ErrPermission):
		return &Error{Sentence: "program " + c.Path + " cannot be looked at", Hint: "correct its path", Cause: err}
	case err == nil && (!info.Mode().IsRegular() || info.Mode()&0o111 == 0):
		return &Error{Sentence: c.Path + " is not a program", Hint: "correct the path, or make it executable: chmod +x " + c.Path}
	}
	if c.Dir == "" {
		return nil
	}
	info, err = os.Stat(c.Dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return &Error{Sentence: "directory " + c.Dir + " is not there", Hint: "make it, or correct the path", Cause: err}
	}
	return nil
}

func notStarted(c Cmd, cause error) error {
	e := &Error{Sentence: c.Path + " could not be started", Hint: "try it on the host", Cause: cause}
	switch {
	case errors.Is(cause, syscall.ENOENT):
		e.Sentence = "the interpreter of " + c.Path + " is not there"
		e.Hint = "see the first line of the file (#!)"
	case errors.Is(cause, syscall.ENOEXEC):
		e.Sentence = c.Path + " is not a program this machine can run"
		e.Hint = "a script needs a first line that names its interpreter (#!)"
	case errors.Is(cause, syscall.E2BIG):
		e.Sentence = "the arguments of " + c.Path + " are too long"
		e.Hint = "use fewer arguments"
	case errors.Is(cause, syscall.EPERM) && c.As.credential() != nil:
		e.Sentence = "twokey may not run programs as user " + c.As.Name
		e.Hint = "give it CAP_SETUID and CAP_SETGID, or run it as that user"
	case errors.Is(cause, syscall.EACCES):
		e.Sentence = fmt.Sprintf("user %s may not run %s in %s", c.As.name(), c.Path, dirName(c.Dir))
		e.Hint = "see the modes of the program, of the directory and of the folders above them"
	}
	return e
}

func dirName(dir string) string {
	if dir == "" {
		return "/"
	}
	return strings.TrimSuffix(dir, "/")
}
