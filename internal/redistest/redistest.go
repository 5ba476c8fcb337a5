// Package redistest gives tests a real Redis: a server of its own in a folder of its own, never the machine's, which ends with
// the test. Only tests use it.
package redistest

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

// Password is the server's; long and odd enough to be found wherever it should not be.
const Password = "Redis/test:secret 4711"

// startWithin is how long a new server may take until it answers.
const startWithin = 30 * time.Second

// Server is a Redis that runs.
type Server struct {
	port int
	proc *exec.Cmd
	done chan struct{}
}

// Start gives a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatalf("no Redis: %v; run: make tools", err)
	}
	s := &Server{port: freePort()}
	if err := s.start(program, t.TempDir()); err != nil {
		t.Fatalf("no Redis: %v", err)
	}
	t.Cleanup(s.Stop)
	if err := s.answers(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Server) start(program, dir string) error {
	// No configuration file, nothing written to disk, this machine only.
	s.proc = exec.Command(program, "--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--requirepass", Password, "--dir", dir,
		"--save", "", "--appendonly", "no", "--logfile", filepath.Join(dir, "log"))
	s.proc.Env, s.done = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}, make(chan struct{})
	s.proc.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	begun := make(chan error)
	// The kernel ends the server with the thread that started it, so that thread stays until the server ends.
	go func() {
		runtime.LockOSThread()
		defer close(s.done)
		err := s.proc.Start()
		begun <- err
		if err == nil {
			_ = s.proc.Wait()
		}
	}()
	return <-begun
}

func freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0
	}
	defer l.Close()
	a, _ := l.Addr().(*net.TCPAddr)
	return a.Port
}

func (s *Server) answers() error {
	for late := time.Now().Add(startWithin); time.Now().Before(late); time.Sleep(10 * time.Millisecond) {
		c, err := redis.DialURL(s.URL())
		if err == nil {
			return c.Close()
		}
		select {
		case <-s.done:
			return errors.New("redis-server has ended")
		default:
		}
	}
	return errors.New("redis-server does not answer")
}

// Stop ends it.
func (s *Server) Stop() {
	_ = s.proc.Process.Kill() // nothing in it is of use
	<-s.done
}

// Hang has it answer nothing any more.
func (s *Server) Hang() error { return s.proc.Process.Signal(syscall.SIGSTOP) }

// URL is how it is reached.
func (s *Server) URL() string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", Password), Host: "127.0.0.1:" + strconv.Itoa(s.port), Path: "/0"}
	return u.String()
}

// Do does one command; what it answers is told as text.
func (s *Server) Do(command string, args ...any) (string, error) {
	c, err := redis.DialURL(s.URL(), redis.DialReadTimeout(startWithin))
	if err != nil {
		return "", err
	}
	defer c.Close()
	reply, err := c.Do(command, args...)
	if list, is := reply.([]any); is {
		texts, err := redis.Strings(list, err)
		return fmt.Sprint(texts), err
	}
	if text, is := reply.([]byte); is {
		return string(text), err
	}
	return fmt.Sprint(reply), err
}

// Must is Do for a test that cannot go on without.
func (s *Server) Must(t testing.TB, command string, args ...any) string {
	t.Helper()
	reply, err := s.Do(command, args...)
	if err != nil {
		t.Fatalf("%s %v: %v", command, args, err)
	}
	return reply
}
