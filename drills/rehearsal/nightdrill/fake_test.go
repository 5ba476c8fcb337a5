package nightdrill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"twokey/drills/rehearsal"
)

// The test binary is its own stand-in for twokey. Arguments and environment are what the stage gives it, so what it plays is the
// name of the link that it is started by; it writes beside that.
var plays = map[string]func(dir string) int{
	"succeeds": func(dir string) int { tell(dir); fmt.Print(wellPlayed); return 0 },
	"fails": func(string) int {
		fmt.Print("== The whole procedure\n\n1. It begins\n\n2. ann presses panic\n   measured: of the phones\n")
		fmt.Fprintln(os.Stderr, "error: story full-emergency, step 2: it did not come true")
		return 1
	},
	"silent":  func(string) int { return 3 },
	"rubbish": func(string) int { fmt.Print(strings.Repeat("\x00\xffmeasured: {\x1b]0;", 200_000)); return 0 },
	"dies":    func(string) int { fmt.Print("1. It begins\n"); syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} },
	"hangs":   hangs,
	"lives":   func(dir string) int { signal.Ignore(syscall.SIGTERM); tell(dir); select {} },
}

// wellPlayed is what a stage prints. What phones show is indented, whatever it is.
const wellPlayed = `== The whole procedure (full-emergency)

1. It begins
   on ann's phone:
      error: of a phone

2. ann presses panic
measured: {"story":"full-emergency","marks":[{"name":"panic","from_ms":1000,"to_ms":2000},{"name":"restore","from_ms":6000,"to_ms":7500},` +
	`{"name":"unlock","from_ms":8000,"to_ms":9000},{"name":"start","from_ms":10000,"to_ms":13000},{"name":"verify","from_ms":14000,"to_ms":15250}]}
   on bob's phone:
      measured: {"story":"of a phone"}

== full-emergency: it came to its end
`

// hangs makes files and waits. Before, it starts what ends by nothing but SIGKILL: a shop as the demo does, in a session of its own,
// in the folder and without our tag; and something with the tag that stands elsewhere.
func hangs(dir string) int {
	at := filepath.Join(os.Getenv("TMPDIR"), "twokey-demo-1")
	if err := os.MkdirAll(filepath.Join(at, "stage", "postgres"), 0o700); err != nil {
		return 1
	}
	fmt.Print("1. It begins\n")
	start := func(name, where string, env []string) error {
		own := filepath.Join(dir, name)
		c := exec.Command(os.Args[0], "-lives", own)
		c.Dir, c.Env, c.SysProcAttr = where, env, &syscall.SysProcAttr{Setsid: true}
		return errors.Join(os.Mkdir(own, 0o700), c.Start())
	}
	if start("stray", "/", os.Environ()) != nil || start("shop", at, []string{"PATH=/usr/bin:/bin"}) != nil {
		return 1
	}
	select {}
}

// tell writes who we are and what we know, at once.
func tell(dir string) {
	all := fmt.Sprintf("%d\n%s\n%s\n", os.Getpid(), strings.Join(os.Args[1:], " "), strings.Join(os.Environ(), "\n"))
	if os.WriteFile(filepath.Join(dir, "told.new"), []byte(all), 0o600) != nil || os.Rename(filepath.Join(dir, "told.new"), filepath.Join(dir, "told")) != nil {
		syscall.Exit(9)
	}
}

func TestMain(m *testing.M) {
	name := filepath.Base(os.Args[0])
	switch {
	case len(os.Args) > 2 && os.Args[1] == "-lives":
		syscall.Exit(plays["lives"](os.Args[2]))
	case len(os.Args) > 2 && os.Args[1] == "-drill":
		drill(os.Args[2])
	case plays[name] != nil:
		syscall.Exit(plays[name](filepath.Dir(os.Args[0])))
	}
	os.Exit(m.Run())
}

// drill does the step in a process of its own, which a test kills.
func drill(dir string) {
	s := set{dir: dir, Drill: &Drill{Config{Program: filepath.Join(dir, "hangs"), Dir: filepath.Join(dir, "stages"), Postgres: nowhere}}}
	_, err := s.Do(context.Background(), s.env("stage"), keyStage)
	fmt.Fprintln(os.Stderr, err)
	syscall.Exit(8)
}

func nowhere() (string, error) { return "/nowhere/bin", nil }

// set is a drill with a program that plays something.
type set struct {
	*Drill
	dir string
	out strings.Builder
	at  []string
}

func stage(t *testing.T, play string) *set {
	t.Helper()
	dir, err := os.MkdirTemp("", "nightdrill-test")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o711)) // root's are for PostgreSQL's user, too
	self, err := os.Executable()
	must(t, err)
	program := filepath.Join(dir, play)
	must(t, os.Symlink(self, program))
	s := &set{dir: dir, Drill: &Drill{Config{Program: program, Dir: filepath.Join(dir, "stages"), Postgres: nowhere}}}
	t.Cleanup(func() { _, _ = s.Clean(context.Background(), s.env("clean")) })
	return s
}

// env is of an exercise that no other test has.
func (s *set) env(key string) rehearsal.Env {
	tag := fmt.Sprintf("nightdrill%s/7/%s", strings.ReplaceAll(s.dir, "/", "."), key)
	return rehearsal.Env{Exercise: 7, Tag: tag, Output: &s.out, Progress: func(line string) { s.at = append(s.at, line) }, Started: time.Now()}
}

// told waits for what a stand-in wrote; name is empty for the stage itself.
func (s *set) told(t *testing.T, name string) (pid int, args string, env []string) {
	t.Helper()
	for {
		b, err := os.ReadFile(filepath.Join(s.dir, name, "told"))
		if lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n"); err == nil && len(lines) > 2 {
			fmt.Sscan(lines[0], &pid)
			return pid, lines[1], lines[2:]
		}
		select {
		case <-t.Context().Done():
			t.Fatal("it told nothing")
		case <-time.After(5 * time.Millisecond):
		}
	}
}
