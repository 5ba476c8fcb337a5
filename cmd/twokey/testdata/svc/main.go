// Command svc is the service of the stories: start, stop and status, as a custom manager has them, around a process that
// listens on a port.
//
//	svc start|stop|status|babble|renew|copy|drop|page DIR PORT
//
// What was asked of it is in DIR/log, one word a line: the judge of the stories counts them. Files in DIR change how it
// behaves: "hold-stop" and "hold-start" keep that program waiting while they are there; "deaf" makes the service ignore
// SIGTERM, while its manager believes that it ended. babble prints 100 MB and then never ends, whoever asks.
// renew, copy, drop and page only count: renew must not be done twice, copy is dropped by drop, page calls somebody.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// down is the exit code of a status program whose service is not running (LSB).
const down = 3

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: svc COMMAND DIR PORT")
		os.Exit(2)
	}
	s := svc{dir: os.Args[2], port: os.Args[3]}
	os.Exit(s.do(os.Args[1]))
}

type svc struct{ dir, port string }

func (s svc) do(what string) int {
	switch what {
	case "status":
		if pid := s.pid(); pid != 0 {
			fmt.Println("pid", pid)
			return 0
		}
		return down
	case "stop":
		return s.stop()
	case "start":
		return s.start()
	case "serve":
		return s.serve()
	case "renew", "copy", "drop", "page":
		s.note(what)
		return 0
	case "babble":
		return s.babble()
	}
	return 2
}

func (s svc) stop() int {
	s.note("stop")
	s.hold("stop")
	if pid := s.pid(); pid != 0 {
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
	if s.is("deaf") {
		_ = os.Remove(s.path("pid"))
	}
	fmt.Println("told it to stop")
	return 0
}

// start returns when the service listens.
func (s svc) start() int {
	s.note("start")
	s.hold("start")
	ready, theirs, err := os.Pipe()
	if err != nil {
		return fail(err)
	}
	self, err := os.Executable()
	if err != nil {
		return fail(err)
	}
	_, err = os.StartProcess(self, []string{self, "serve", s.dir, s.port}, &os.ProcAttr{
		Dir: "/", Env: os.Environ(), Files: []*os.File{nil, nil, nil, theirs}, Sys: &syscall.SysProcAttr{Setsid: true}})
	theirs.Close()
	if err != nil {
		return fail(err)
	}
	if n, _ := ready.Read(make([]byte, 1)); n == 0 {
		return fail(errors.New("it ended before it listened"))
	}
	fmt.Println("it listens on port", s.port)
	return 0
}

// serve is the service itself. It ends with the process that DIR/owner names, so that no test leaves one behind.
func (s svc) serve() int {
	if s.is("deaf") {
		signal.Ignore(syscall.SIGTERM)
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+s.port)
	if err != nil {
		return fail(err)
	}
	if err := os.WriteFile(s.path("pid"), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return fail(err)
	}
	ready := os.NewFile(3, "ready")
	_, _ = ready.Write([]byte{'\n'})
	ready.Close()
	go func() {
		owner, _ := os.ReadFile(s.path("owner"))
		for s.is("owner") && syscall.Kill(number(owner), 0) == nil {
			time.Sleep(time.Second)
		}
		os.Exit(1)
	}()
	for {
		c, err := l.Accept()
		if err != nil {
			return fail(err)
		}
		_, _ = c.Write([]byte("hello\n"))
		c.Close()
	}
}

// babble prints without an end: more than anybody keeps, and then nothing, for ever.
func (s svc) babble() int {
	s.note("babble")
	line := []byte(strings.Repeat("all work and no play makes jack a dull boy ", 24) + "\n")
	chunk := bytes.Repeat(line, 64)
	for printed := 0; printed < 100<<20; printed += len(chunk) {
		if _, err := os.Stdout.Write(chunk); err != nil {
			break
		}
	}
	signal.Ignore(syscall.SIGTERM)
	for {
		time.Sleep(time.Hour)
	}
}

// pid is the running service's, 0 when there is none. A zombie does not run.
func (s svc) pid() int {
	text, err := os.ReadFile(s.path("pid"))
	if err != nil {
		return 0
	}
	pid := number(text)
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	cmdline, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || strings.HasPrefix(rest, "Z") || !bytes.Contains(cmdline, []byte(s.dir)) {
		return 0
	}
	return pid
}

// number reads a file's number; 0 when there is none.
func number(text []byte) int {
	n, _ := strconv.Atoi(string(text))
	return n
}

// hold waits while somebody keeps us from going on.
func (s svc) hold(what string) {
	for s.is("hold-" + what) {
		time.Sleep(5 * time.Millisecond)
	}
}

func (s svc) note(word string) {
	f, err := os.OpenFile(s.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		os.Exit(fail(err))
	}
	fmt.Fprintln(f, word)
	f.Close()
}

func (s svc) is(file string) bool {
	_, err := os.Stat(s.path(file))
	return !errors.Is(err, fs.ErrNotExist)
}

func (s svc) path(file string) string { return filepath.Join(s.dir, file) }

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "svc:", err)
	return 1
}
