package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// newcomer times what somebody waits for who has just cloned the project and types `make demo`: from that to the page's first
// answer, with nothing compiled before, and once more with everything compiled. The modules are there, and so are the packages.
func (b bench) newcomer(ctx context.Context) ([]figure, error) {
	clone, cache := filepath.Join(b.dir, "clone"), filepath.Join(b.dir, "cache")
	if out, err := exec.CommandContext(ctx, "git", "clone", "--quiet", ".", clone).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("git clone: %w: %s", err, out)
	}
	first, err := demoAnswers(ctx, clone, cache)
	if err != nil {
		return nil, err
	}
	again, err := demoAnswers(ctx, clone, cache)
	if err != nil {
		return nil, err
	}
	build, err := product(ctx, clone, filepath.Join(b.dir, "cache2"))
	if err != nil {
		return nil, err
	}
	return []figure{
		{what: "make demo → answers, nothing compiled", got: first.Seconds(), unit: "s", aim: 60,
			beside: fmt.Sprintf("make build alone, nothing compiled: %s s", number(build.Seconds()))},
		{what: "make demo → answers, the second time", got: again.Seconds(), unit: "s", aim: 60},
	}, nil
}

func product(ctx context.Context, dir, cache string) (time.Duration, error) {
	began := time.Now()
	out, err := maker(ctx, dir, cache, "build").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("make build: %w: %s", err, out)
	}
	return time.Since(began), nil
}

// maker runs make in a group of its own, as a terminal does, so that one signal is for all of it.
func maker(ctx context.Context, dir, cache string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "make", append([]string{"-C", dir}, args...)...)
	c.Env = append(os.Environ(), "GOCACHE="+cache, "MAKEFLAGS=", "MAKELEVEL=")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGINT) }
	c.WaitDelay = leaveWithin
	return c
}

// demoAnswers starts the demo, waits for its page, and ends it.
func demoAnswers(ctx context.Context, dir, cache string) (took time.Duration, err error) {
	port, err := openPort()
	if err != nil {
		return 0, err
	}
	said, err := os.Create(filepath.Join(dir, "demo.log"))
	if err != nil {
		return 0, err
	}
	defer said.Close()
	run, end := context.WithCancel(ctx)
	defer end()
	c := maker(run, dir, cache, "demo", fmt.Sprintf("DEMO=--no-browser --port %d", port))
	c.Stdout, c.Stderr = said, said
	began := time.Now()
	if err := c.Start(); err != nil {
		return 0, err
	}
	gone := make(chan struct{})
	go func() { defer close(gone); _ = c.Wait() }()
	err = stands(ctx, fmt.Sprintf("http://127.0.0.1:%d/", port), said.Name(), gone)
	took = time.Since(began)
	end()
	<-gone
	if err != nil {
		text, _ := os.ReadFile(said.Name())
		err = fmt.Errorf("make demo: %w: %s", err, lastWords(string(text)))
	}
	return took, err
}

func openPort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// stands waits until the demo says that it does, and its page answers.
func stands(ctx context.Context, address, said string, gone <-chan struct{}) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if text, _ := os.ReadFile(said); bytes.Contains(text, []byte("The demo is at")) && answers(address) {
			return nil
		}
		select {
		case <-tick.C:
		case <-gone:
			return errors.New("it ended")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func answers(address string) bool {
	r, err := http.Get(address)
	if err != nil {
		return false
	}
	defer r.Body.Close()
	return r.StatusCode == http.StatusOK
}
