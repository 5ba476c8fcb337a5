package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"twokey/actions"
	"twokey/internal/journal"
)

// process is the real binary, running.
type process struct {
	*place
	pid    int
	began  time.Time
	ctx    context.Context // ends when the process does, with the reason
	end    context.CancelFunc
	exited chan struct{}
}

// leaveWithin is how long it may take to go: cards that wait are given 5 s.
const leaveWithin = 20 * time.Second

// start runs the binary on a place, with a server that has heard of nothing.
func (b bench) start(ctx context.Context, p *place) (*process, error) {
	if err := p.meet(); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(p.dir, "stderr"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	run, end := context.WithCancel(ctx)
	cmd := exec.CommandContext(run, b.binary, "run", "-c", p.config())
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = p.dir, log, log, []string{"PATH=" + os.Getenv("PATH")}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = leaveWithin
	life, over := context.WithCancelCause(ctx)
	s := &process{place: p, began: time.Now(), ctx: life, end: end, exited: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		end()
		over(nil)
		return nil, err
	}
	s.pid = cmd.Process.Pid
	go func() {
		defer close(s.exited)
		err := cmd.Wait()
		said, _ := os.ReadFile(log.Name())
		over(fmt.Errorf("the binary ended (%v): %s", err, lastWords(string(said))))
	}()
	return s, nil
}

// settledAt runs the binary on a place of its own and hands it over when it does nothing but wait.
func (b bench) settledAt(ctx context.Context, name string, measure func(*process) ([]figure, error)) ([]figure, error) {
	p, err := newPlace(filepath.Join(b.dir, name))
	if err != nil {
		return nil, err
	}
	defer p.close()
	s, err := b.start(ctx, p)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	if err := s.settled(); err != nil {
		return nil, err
	}
	return measure(s)
}

// stop ends it and waits until it is gone.
func (s *process) stop() {
	s.end()
	<-s.exited
}

// shownLines is how much of what a process said is in an error.
const shownLines = 20

// lastWords are the lines of a crash from its beginning, else the last lines of all.
func lastWords(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	crash := slices.IndexFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "panic: ") || strings.HasPrefix(l, "fatal error: ")
	})
	if crash >= 0 {
		return strings.Join(lines[crash:min(len(lines), crash+shownLines)], "\n")
	}
	return strings.Join(lines[max(0, len(lines)-shownLines):], "\n")
}

// polled waits for the first getUpdates and gives its time.
func (s *process) polled() (time.Time, error) {
	err := s.fake.Wait(s.ctx, func() bool { return len(s.fake.CallsOf("getUpdates")) > 0 })
	if err != nil {
		return time.Time{}, s.why(err)
	}
	return s.fake.CallsOf("getUpdates")[0].At, nil
}

// handled waits until the binary has confirmed every update.
func (s *process) handled() error {
	return s.why(s.fake.Wait(s.ctx, func() bool { return s.fake.Offset() > s.fake.LastUpdateID() }))
}

// settled waits until it does nothing but wait for updates.
func (s *process) settled() error {
	return s.why(s.fake.Wait(s.ctx, s.fake.Polling))
}

// said is the end of what it said.
func (s *process) said() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "stderr"))
	return lastWords(string(text))
}

// finished is how many steps of it have ended.
func (s *process) finished() (n int, err error) {
	store, err := journal.OpenReader(s.ctx, filepath.Join(s.dir, "state", "twokey.db"))
	if err != nil {
		return 0, err
	}
	defer store.Close()
	for e, err := range store.Read(s.ctx, 0) {
		if err != nil {
			return n, err
		}
		if e.Kind == actions.KindStepDone {
			n++
		}
	}
	return n, nil
}

// why says why it ended, if that is why the wait did.
func (s *process) why(err error) error {
	if cause := context.Cause(s.ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// memory gives what of it is in memory now, and the most that ever was, in MB.
func (s *process) memory() (now, most float64, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		return 0, 0, err
	}
	now, err = status(string(data), "VmRSS")
	most, err2 := status(string(data), "VmHWM")
	return now, most, errors.Join(err, err2)
}

// status reads a size from /proc/pid/status, where it is in units of 1024 bytes (proc_pid_status(5)), in MB.
func status(text, name string) (float64, error) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		number, unit, _ := strings.Cut(strings.TrimSpace(value), " ")
		if key != name || unit != "kB" {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		return n * 1024 / megabyte, err
	}
	return 0, fmt.Errorf("%s: is not in /proc/pid/status", name)
}

// cpu gives the processor time it used, user and system.
func (s *process) cpu() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		return 0, err
	}
	return processorTime(string(data))
}

// userHZ is the unit of times in /proc: 100 a second on every architecture that Go runs on (proc_pid_stat(5), USER_HZ).
const userHZ = 100

// processorTime adds the 14th and 15th field. The 2nd is the program's name in parentheses, which may hold anything.
func processorTime(stat string) (time.Duration, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, errors.New("/proc/pid/stat: has not enough fields")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / userHZ, errors.Join(err, err2)
}
