package proc

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// End ends the processes: SIGTERM, after grace (or when ctx is done) SIGKILL, then proof. It returns those that are still
// alive, which is an empty list when all are proven gone, and what kept it from ending them.
func End(ctx context.Context, ps []Process, grace time.Duration) (left []Process, err error) {
	h := hunt{find: func() ([]stat, error) {
		var alive []stat
		for _, p := range ps {
			if Alive(p) {
				alive = append(alive, stat{Process: p})
			}
		}
		return alive, nil
	}}
	return h.run(ctx, grace)
}

// EndTagged ends whatever carries the tag, or a tag with that prefix when it ends in "/", also what appears meanwhile.
func EndTagged(ctx context.Context, tag string, grace time.Duration) (left []Process, err error) {
	if tag == "" {
		return nil, errors.New("tag: empty")
	}
	h := hunt{find: func() ([]stat, error) { return carriers(TagName + "=" + tag) }}
	return h.run(ctx, grace)
}

// hunt ends what find gives, until it gives nothing.
type hunt struct {
	find  func() ([]stat, error)
	group int // its members are signalled at once; 0: none. Its leader must not have been reaped.
	known []stat
}

// quarry is what is to be ended and still alive: what is found, and what was found before. A process that is dying has
// lost its environment, and its parent, some time before it is gone. Nothing found is looked for once more: what was
// forked between the listing of /proc and the look at its parent, which then ended, is missed the first time.
func (h *hunt) quarry() ([]stat, error) {
	for range 2 {
		found, err := h.find()
		if err != nil {
			return h.known, err
		}
		for _, s := range h.known {
			same := func(f stat) bool { return f.Process == s.Process }
			if Alive(s.Process) && !slices.ContainsFunc(found, same) {
				found = append(found, s)
			}
		}
		if h.known = found; len(found) > 0 {
			break
		}
	}
	return h.known, nil
}

func (h *hunt) run(ctx context.Context, grace time.Duration) ([]Process, error) {
	gone, err := h.drive(ctx, syscall.SIGTERM, grace)
	if gone {
		return nil, err
	}
	gone, err = h.drive(context.WithoutCancel(ctx), syscall.SIGKILL, killProof)
	if gone {
		return nil, err
	}
	left, findErr := h.quarry()
	left = slices.DeleteFunc(left, func(s stat) bool { return !Alive(s.Process) })
	return processes(left), errors.Join(err, findErr)
}

// drive signals everything found, each process once for SIGTERM, and waits until nothing is found or the time is over.
func (h *hunt) drive(ctx context.Context, sig syscall.Signal, limit time.Duration) (gone bool, err error) {
	deadline := time.Now().Add(limit)
	told := map[Process]bool{}
	for {
		found, err := h.quarry()
		if err == nil && len(found) == 0 {
			return true, nil
		}
		refused := h.tell(found, told, sig)
		if err != nil || time.Until(deadline) <= 0 || ctx.Err() != nil {
			return false, errors.Join(err, refused)
		}
		await(ctx, processes(found), time.Until(deadline))
		if sig == syscall.SIGKILL {
			clear(told)
		}
	}
}

// tell signals those not told yet. The group is signalled in one call, so that it cannot fork away from it.
func (h *hunt) tell(found []stat, told map[Process]bool, sig syscall.Signal) error {
	var refused error
	fresh := func(s stat) bool { return !told[s.Process] }
	ofGroup := func(s stat) bool { return h.group != 0 && s.group == h.group }
	if h.group != 0 && slices.ContainsFunc(found, func(s stat) bool { return fresh(s) && ofGroup(s) }) {
		refused = ignoreGone(syscall.Kill(-h.group, sig))
	}
	for _, s := range found {
		if fresh(s) && !ofGroup(s) {
			refused = errors.Join(refused, deliver(s.Process, sig))
		}
		told[s.Process] = true
	}
	return refused
}

// deliver reaches this process and no other that got its pid later.
func deliver(p Process, sig syscall.Signal) error {
	fd, err := unix.PidfdOpen(p.PID, 0)
	if err != nil {
		return ignoreGone(err)
	}
	defer unix.Close(fd)
	if !Alive(p) {
		return nil
	}
	return ignoreGone(unix.PidfdSendSignal(fd, sig, nil, 0))
}

// await returns when one of the processes has ended, the time is over or ctx is done.
func await(ctx context.Context, ps []Process, limit time.Duration) {
	const slice = 50 * time.Millisecond // how late ctx, or a process that was forked meanwhile, may be noticed
	var fds []unix.PollFd
	for _, p := range ps {
		fd, err := unix.PidfdOpen(p.PID, 0)
		if errors.Is(err, syscall.ESRCH) {
			return
		}
		if err != nil { // too many open files: the time slice still bounds us
			continue
		}
		defer unix.Close(fd)
		fds = append(fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	}
	if ctx.Err() == nil {
		_, _ = unix.Poll(fds, int(min(limit, slice).Milliseconds())+1)
	}
}

func ignoreGone(err error) error {
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}
