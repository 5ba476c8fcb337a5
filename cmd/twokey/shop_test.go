package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// shop is the service of the stories, seen from outside: a port, and the list of what was asked of it.
type shop struct {
	dir, program string
	port         int
	unlock       func() error // lets go of the journal
}

// ports are handed out below the range the kernel takes from, so that no connection of anybody gets one by chance.
var ports atomic.Int64

func newShop(dir, program string) (*shop, error) {
	owner := []byte(strconv.Itoa(os.Getpid()))
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "owner"), owner, 0o600)); err != nil {
		return nil, err
	}
	port, err := freePort()
	return &shop{dir: dir, program: program, port: port}, err
}

// freePort finds a port that nobody listens on.
func freePort() (int, error) {
	for {
		port := 20000 + int(ports.Add(1)+int64(os.Getpid())*131)%12000
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, l.Close()
		}
	}
}

// argv is a command of the service as the config has it.
func (s *shop) argv(what string) string {
	return fmt.Sprintf("[%q, %q, %q, %q]", s.program, what, s.dir, strconv.Itoa(s.port))
}

// begin starts it by hand and forgets that.
func (s *shop) begin() error {
	if out, err := exec.Command(s.program, "start", s.dir, strconv.Itoa(s.port)).CombinedOutput(); err != nil {
		return fmt.Errorf("svc start: %w: %s", err, out)
	}
	return os.Remove(filepath.Join(s.dir, "log"))
}

func (s *shop) up() bool {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		return false
	}
	defer c.Close()
	_, err = c.Read(make([]byte, 1))
	return err == nil
}

// ran is what was asked of it, in order: stop, start.
func (s *shop) ran() []string {
	log, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return nil
	}
	return strings.Fields(string(log))
}

func (s *shop) count(word string) (n int) {
	for _, w := range s.ran() {
		if w == word {
			n++
		}
	}
	return n
}

// set makes it behave in a way, unset makes it stop doing so; see testdata/svc.
func (s *shop) set(way string) error {
	return os.WriteFile(filepath.Join(s.dir, way), nil, 0o600)
}

func (s *shop) unset(way string) error {
	if err := os.Remove(filepath.Join(s.dir, way)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// end ends it, however it behaves, and returns when it is gone.
func (s *shop) end() error {
	return until("the service can be killed", func() bool {
		left := s.processes()
		for _, p := range left {
			_ = syscall.Kill(p.pid, syscall.SIGKILL)
		}
		return len(left) == 0
	})
}

// nothingLeft says whether only the service itself is running.
func (s *shop) nothingLeft() error {
	for _, p := range s.processes() {
		if p.does != "serve" {
			return fmt.Errorf("svc %s is left running as process %d", p.does, p.pid)
		}
	}
	return nil
}

type running struct {
	pid  int
	does string
}

// processes are the programs of this service that run now.
func (s *shop) processes() []running {
	var all []running
	found, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range found {
		line, err := os.ReadFile(path)
		argv := bytes.Split(line, []byte{0})
		pid, bad := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err == nil && bad == nil && len(argv) > 2 && string(argv[2]) == s.dir {
			all = append(all, running{pid, string(argv[1])})
		}
	}
	return all
}
