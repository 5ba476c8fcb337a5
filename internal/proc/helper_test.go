package proc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary is its own stand-in program: "-play NAME args…" makes it one of these. Their environment is clean, so
// they are told by argument. A play that is done writes to stdout, never to the test's log.
var plays = map[string]func(args []string) int{
	"exit":     func(a []string) int { var n int; fmt.Sscan(a[0], &n); return n },
	"env":      func([]string) int { fmt.Print(strings.Join(os.Environ(), "\n")); return 0 },
	"both":     func([]string) int { fmt.Print("out"); fmt.Fprint(os.Stderr, "err"); return 0 },
	"where":    func([]string) int { d, _ := os.Getwd(); fmt.Print(d); return 0 },
	"who":      func([]string) int { g, _ := os.Getgroups(); fmt.Print(os.Getuid(), os.Getgid(), g); return 0 },
	"stdin":    func([]string) int { b, err := io.ReadAll(os.Stdin); fmt.Print(len(b), err); return 0 },
	"abort":    func([]string) int { syscall.Kill(os.Getpid(), syscall.SIGKILL); return 0 },
	"flood":    flood,
	"sleep":    func([]string) int { ready(""); select {} },
	"stubborn": func(a []string) int { signal.Ignore(syscall.SIGTERM, syscall.SIGHUP); ready(a[0]); select {} },
	"polite":   polite,
	"spawn":    spawn,
	"parent":   parent,
}

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "-play" {
		syscall.Exit(plays[os.Args[2]](os.Args[3:])) // os.Exit would sleep a second under the race detector
	}
	goleak.VerifyTestMain(m)
}

func self() string { p, _ := os.Executable(); return p }

func play(args ...string) []string { return append([]string{"-play"}, args...) }

// cmd is a program that plays, with a timeout that never comes.
func cmd(args ...string) Cmd {
	return Cmd{Path: self(), Args: play(args...), Timeout: time.Minute, Output: io.Discard}
}

// ready creates the file, with our pid in it.
func ready(file string) {
	if file != "" {
		os.WriteFile(file+".new", fmt.Append(nil, os.Getpid()), 0o644)
		os.Rename(file+".new", file)
	}
}

func flood([]string) int {
	line := []byte(strings.Repeat("0123456789abcdef", 4096))
	for range 1600 { // 100 MiB
		if _, err := os.Stdout.Write(line); err != nil {
			return 1
		}
	}
	return 0
}

// polite ends by itself when asked to, and says so.
func polite(a []string) int {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	ready(a[0])
	<-c
	fmt.Print("goodbye")
	return 7
}

// spawn leaves stubborn processes behind, each in another way, and then exits (0), stays, or floods.
func spawn(a []string) int {
	dir, then := a[0], a[1]
	for _, way := range a[2:] {
		c := exec.Command(self(), play("stubborn", filepath.Join(dir, way))...)
		c.Stdout = os.Stdout // holds the pipe open
		switch way {
		case "setsid", "cleared":
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		case "double": // the one between exits at once
			c = exec.Command(self(), play("spawn", dir, "0", "setsid-again")...)
			c.Stdout = os.Stdout
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		case "setsid-again":
			c.Args[len(c.Args)-1] = filepath.Join(dir, "double")
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		}
		if way == "cleared" {
			c.Env = []string{"PATH=/bin"}
		}
		if c.Start() != nil {
			return 99
		}
		if way == "double" {
			c.Wait()
		} else if way == "setsid-again" {
			way = "double"
		}
		await1(filepath.Join(dir, way))
	}
	switch then {
	case "stay":
		signal.Ignore(syscall.SIGTERM)
		ready(filepath.Join(dir, "leader"))
		select {}
	case "flood":
		return flood(nil)
	}
	return 0
}

// parent runs a child through Run, and is killed by the test.
func parent(a []string) int {
	_, err := Run(context.Background(), cmd("stubborn", a[0]))
	fmt.Println(err)
	return 1
}

// await1 waits for a file of an outside process, with a limit.
func await1(file string) int {
	late, tick := time.After(30*time.Second), time.NewTicker(2*time.Millisecond)
	defer tick.Stop()
	for {
		var pid int
		if b, err := os.ReadFile(file); err == nil {
			fmt.Sscan(string(b), &pid)
		}
		if pid > 0 { // 0: it is being written
			return pid
		}
		select {
		case <-tick.C:
		case <-late:
			return 0
		}
	}
}

// process waits until the file names a process, and gives that.
func process(t *testing.T, file string) Process {
	t.Helper()
	p, ok := Find(await1(file))
	if !ok {
		t.Fatalf("%s: no such process", file)
	}
	return p
}

// eventually waits for a fact about an outside process.
func eventually(t *testing.T, what string, fact func() bool) {
	t.Helper()
	late, tick := time.After(30*time.Second), time.NewTicker(2*time.Millisecond)
	defer tick.Stop()
	for !fact() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never: %s", what)
		}
	}
}

func mustFail(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Sentence == "" || e.Hint == "" {
		t.Fatalf("error %v: want a sentence and a hint", err)
	}
	return e
}
