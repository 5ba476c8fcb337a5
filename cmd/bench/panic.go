package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// panics times what matters at night: from the moment a panic reaches Telegram to the moment the service's process is
// gone, beside the same stop by hand.
func (b bench) panics(ctx context.Context) ([]figure, error) {
	custom, err := b.panicCustom(ctx)
	if err != nil {
		return nil, fmt.Errorf("custom: %w", err)
	}
	pm2, err := b.panicPM2(ctx)
	if err != nil {
		return custom, fmt.Errorf("pm2: %w", err)
	}
	return append(custom, pm2...), nil
}

// victim is a service that can be started, stopped by hand, and watched.
type victim interface {
	start(ctx context.Context) (pid int, err error)
	stop(ctx context.Context) error // by hand, without us
}

func (b bench) panicCustom(ctx context.Context) ([]figure, error) {
	p, err := newPlace(filepath.Join(b.dir, "panic-custom"))
	if err != nil {
		return nil, err
	}
	defer p.close()
	v, err := newOwn(p.dir)
	if err != nil {
		return nil, err
	}
	ours, byHand, err := b.duel(ctx, p, v, v.yaml(), b.panicked)
	if err != nil {
		return nil, err
	}
	return []figure{{what: "/panic → process gone, custom, p99", got: ms(ours.at(99)), unit: "ms", aim: 300 + ms(byHand.at(99)),
		beside: fmt.Sprintf("%s (%d); the service's own stop by hand: %s; the aim is 300 ms more than its p99", ours, len(ours), byHand)}}, nil
}

func (b bench) panicPM2(ctx context.Context) ([]figure, error) {
	program, err := filepath.Abs(".tools/node_modules/.bin/pm2")
	if err == nil {
		_, err = os.Stat(program)
	}
	if err != nil {
		return nil, fmt.Errorf("pm2 is not installed; run: make tools: %w", err)
	}
	home, err := os.MkdirTemp("", "bp") // short: a socket's path has at most 108 bytes
	if err != nil {
		return nil, err
	}
	v := pm2Service{program: program, home: home}
	defer v.end()
	p, err := newPlace(filepath.Join(b.dir, "panic-pm2"))
	if err != nil {
		return nil, err
	}
	defer p.close()
	ours, byHand, err := b.duel(ctx, p, v, v.yaml(), max(1, b.panicked/5))
	if err != nil {
		return nil, err
	}
	ratio := float64(ours.at(50)) / float64(byHand.at(50))
	return []figure{{what: "/panic → process gone, pm2, to a plain pm2 stop", got: ratio, unit: "×", aim: 1.2,
		beside: fmt.Sprintf("medians; ours %s (%d); pm2 stop %s", ours, len(ours), byHand)}}, nil
}

// duel stops the service by turns: by a panic from the chat, and by hand.
func (b bench) duel(ctx context.Context, p *place, v victim, yaml string, n int) (ours, byHand times, err error) {
	p.service = yaml
	s, err := b.start(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	defer s.stop()
	if err := s.settled(); err != nil {
		return nil, nil, err
	}
	for i := range n {
		took, err := timeStop(s.ctx, v, func() error { s.fake.Say(ann, adminChat, "/panic it is measured"); return nil })
		if err != nil {
			return nil, nil, fmt.Errorf("panic %d: %w; %s", i+1, err, s.said())
		}
		ours = append(ours, took)
		if took, err = timeStop(s.ctx, v, func() error { return v.stop(s.ctx) }); err != nil {
			return nil, nil, fmt.Errorf("stop %d by hand: %w", i+1, err)
		}
		byHand = append(byHand, took)
		if err := s.panicOver(i + 1); err != nil {
			return nil, nil, err
		}
	}
	return ours, byHand, nil
}

// panicOver waits until the bot is through with its panics: the next one would join the one under way.
func (s *process) panicOver(n int) error {
	ctx, cancel := context.WithTimeout(s.ctx, sampleWithin)
	defer cancel()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		done, err := s.finished()
		if err != nil || done >= n {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d panics are over: %w", done, n, context.Cause(ctx))
		}
	}
}

// timeStop starts the service, has it stopped, and gives the time until its process was gone.
func timeStop(ctx context.Context, v victim, stop func() error) (time.Duration, error) {
	pid, err := v.start(ctx)
	if err != nil {
		return 0, err
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	began := time.Now()
	failed := make(chan error, 1)
	go func() { failed <- stop() }()
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, int(sampleWithin.Milliseconds()))
		if n > 0 {
			took := time.Since(began)
			return took, <-failed
		}
		if err != nil && !errors.Is(err, unix.EINTR) || err == nil {
			return 0, fmt.Errorf("the process is there after %s: %v", time.Since(began), err)
		}
	}
}

// own is a service with programs of its own: this very binary plays them.
type own struct{ self, file string }

func newOwn(dir string) (own, error) {
	self, err := os.Executable()
	return own{self, filepath.Join(dir, "service.pid")}, err
}

func (o own) yaml() string {
	return fmt.Sprintf("{manager: custom, name: shop, custom: {start: [%[1]q, service, start, %[2]q], stop: [%[1]q, service, stop, %[2]q], status: [%[1]q, service, status, %[2]q]}}", o.self, o.file)
}

func (o own) start(ctx context.Context) (int, error) {
	if out, err := exec.CommandContext(ctx, o.self, "service", "start", o.file).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("start: %w: %s", err, out)
	}
	return readPID(o.file)
}

func (o own) stop(ctx context.Context) error {
	return exec.CommandContext(ctx, o.self, "service", "stop", o.file).Run()
}

func readPID(file string) (int, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}

// playService is the service's own programs: start, stop and status over a pid file, and serve, which is the service.
func playService(args []string) int {
	if len(args) != 2 {
		return 2
	}
	pid, _ := readPID(args[1])
	alive := pid > 0 && syscall.Kill(pid, 0) == nil
	switch args[0] {
	case "serve":
		select {}
	case "start":
		return serve(args[1])
	case "stop":
		if alive {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
		_ = os.Remove(args[1])
		return 0
	}
	if !alive {
		return 3
	}
	fmt.Println("pid", pid)
	return 0
}

func serve(file string) int {
	self, err := os.Executable()
	if err != nil {
		return 1
	}
	c := exec.Command(self, "service", "serve", file)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if c.Start() != nil || os.WriteFile(file, []byte(strconv.Itoa(c.Process.Pid)), 0o600) != nil {
		return 1
	}
	return 0
}

// pm2Service is a Node service under a real pm2 with a home of its own.
type pm2Service struct{ program, home string }

func (v pm2Service) yaml() string {
	return fmt.Sprintf("{manager: pm2, name: shop, pm2: {home: %q, program: %q}}", v.home, v.program)
}

func (v pm2Service) call(ctx context.Context, args ...string) error {
	c := exec.CommandContext(ctx, v.program, args...)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + v.home, "PM2_HOME=" + v.home}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("pm2 %v: %w: %s", args, err, out)
	}
	return nil
}

const nodeService = `require('net').createServer(() => {}).listen(process.env.HOME + '/service.sock')`

// start starts it and waits until it listens.
func (v pm2Service) start(ctx context.Context) (int, error) {
	js, sock := filepath.Join(v.home, "service.js"), filepath.Join(v.home, "service.sock")
	_ = os.Remove(sock)
	if err := os.WriteFile(js, []byte(nodeService), 0o600); err != nil {
		return 0, err
	}
	if err := v.call(ctx, "start", js, "--name", "shop"); err != nil {
		return 0, err
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if c, err := net.Dial("unix", sock); err == nil {
			_ = c.Close()
			return readPID(filepath.Join(v.home, "pids", "shop-0.pid"))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

func (v pm2Service) stop(ctx context.Context) error { return v.call(ctx, "stop", "shop") }

func (v pm2Service) end() {
	ctx, cancel := context.WithTimeout(context.Background(), sampleWithin)
	defer cancel()
	_ = v.call(ctx, "kill")
	_ = os.RemoveAll(v.home)
}
