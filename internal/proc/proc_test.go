package proc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRunTellsHowAProgramEnded(t *testing.T) {
	for _, c := range []struct {
		what string
		cmd  Cmd
		want Result
		out  string
	}{
		{"success", cmd("exit", "0"), Result{Why: Exited}, ""},
		{"its own exit code", cmd("exit", "3"), Result{Why: Exited, Exit: 3}, ""},
		{"a signal of its own", cmd("abort"), Result{Why: Exited, Exit: -1, Signal: "killed"}, ""},
		{"stdout and stderr in one", cmd("both"), Result{Why: Exited}, "outerr"},
		{"nothing on stdin", cmd("stdin"), Result{Why: Exited}, "0 <nil>"},
		{"the root directory by default", cmd("where"), Result{Why: Exited}, "/"},
	} {
		t.Run(c.what, func(t *testing.T) {
			var out bytes.Buffer
			c.cmd.Output = &out
			got, err := Run(context.Background(), c.cmd)
			if err != nil {
				t.Fatal(err)
			}
			if got.Started.IsZero() || got.Duration <= 0 {
				t.Errorf("started %v, duration %v", got.Started, got.Duration)
			}
			got.Started, got.Duration = time.Time{}, 0
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if out.String() != c.out {
				t.Errorf("output %q, want %q", out.String(), c.out)
			}
		})
	}
}

func TestTheEnvironmentIsOnlyWhatIsGiven(t *testing.T) {
	t.Setenv("BOT_TOKEN", "secret")
	c := cmd("env")
	c.Env, c.Tag = []string{"A=1", "TWOKEY_RUN=forged"}, "proc-test/2"
	var out bytes.Buffer
	c.Output = &out
	if _, err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A=1", "TWOKEY_RUN=proc-test/2"}, strings.Split(out.String(), "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestStderrApart(t *testing.T) {
	var out, errs bytes.Buffer
	c := cmd("both")
	c.Output, c.Stderr = &out, &errs
	if _, err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if out.String() != "out" || errs.String() != "err" {
		t.Errorf("out %q, errors %q", out.String(), errs.String())
	}
}

func TestWhatCannotBeStartedSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		what, path, dir, sentence string
	}{
		{"a missing program", dir + "/none", "", "program " + dir + "/none is not there"},
		{"a relative program", "none", "", `program "none" is not an absolute path`},
		{"a folder", dir, "", dir + " is not a program"},
		{"a file without x", file("plain", "#!/bin/cat\n", 0o644), "", dir + "/plain is not a program"},
		{"a script without interpreter", file("bare", "hello\n", 0o755), "", dir + "/bare is not a program this machine can run"},
		{"a missing interpreter", file("lost", "#!/no/such\n", 0o755), "", "the interpreter of " + dir + "/lost is not there"},
		{"a missing directory", self(), dir + "/none", "directory " + dir + "/none is not there"},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := Run(context.Background(), Cmd{Path: c.path, Dir: c.dir, Timeout: time.Second})
			if e := mustFail(t, err); e.Sentence != c.sentence {
				t.Errorf("sentence %q, want %q", e.Sentence, c.sentence)
			}
		})
	}
	_, err := Run(context.Background(), Cmd{Path: self()})
	if e := mustFail(t, err); e.Sentence != self()+" has no timeout" {
		t.Errorf("no timeout: %q", e.Sentence)
	}
	_, err = LookupUser("no-such-user")
	mustFail(t, err)
}

func TestACancelledContextStartsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	res, err := Run(ctx, cmd("exit", "0"))
	mustFail(t, err)
	if !errors.Is(err, context.Canceled) || res.Why != Cancelled || !res.Started.IsZero() {
		t.Errorf("result %+v, error %v", res, err)
	}
}

// TestAHundredMegabytes: the child is never blocked, whatever becomes of the writer.
func TestAHundredMegabytes(t *testing.T) {
	kept := NewBounded(1000, 1000)
	c := cmd("flood")
	c.Output = kept
	res, err := Run(context.Background(), c)
	if err != nil || !res.OK() {
		t.Fatalf("%+v, %v", res, err)
	}
	if want := int64(100<<20 - 2000); kept.Dropped() != want {
		t.Errorf("dropped %d, want %d", kept.Dropped(), want)
	}
	c.Output = fullDisk{}
	if res, err = Run(context.Background(), c); err != nil || !res.OK() {
		t.Errorf("failing writer: %+v, %v", res, err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestATimeoutAsksBeforeItKills(t *testing.T) {
	file := filepath.Join(t.TempDir(), "up")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { await1(file); cancel() }()
	var out bytes.Buffer
	c := cmd("polite", file)
	c.Output = &out
	res, err := Run(ctx, c)
	if err != nil || res.Why != Cancelled || res.Exit != 7 || out.String() != "goodbye" {
		t.Errorf("%+v, %v, %q", res, err, out.String())
	}
}

func TestAStubbornProgramIsKilled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "up")
	c := cmd("stubborn", file)
	c.Timeout, c.Grace = time.Second, 10*time.Millisecond
	res, err := Run(context.Background(), c)
	if err != nil || res.Why != TimedOut || res.Signal != "killed" || res.Exit != -1 {
		t.Errorf("%+v, %v", res, err)
	}
}

// TestNothingIsLeft: what a program leaves behind is gone when Run returns, however it hid, however the run ended.
func TestNothingIsLeft(t *testing.T) {
	for _, c := range []struct {
		what string
		then string // what the leader does after spawning
		ways []string
		why  Why
	}{
		{"a child in its group, after a good end", "0", []string{"group"}, Exited},
		{"one in its own session, after a good end", "0", []string{"setsid"}, Exited},
		{"one that forked twice, after a good end", "0", []string{"double"}, Exited},
		{"all of them, while the leader prints 100 MB", "flood", []string{"group", "setsid", "double"}, Exited},
		{"all of them, and a leader that ignores SIGTERM", "stay", []string{"group", "setsid", "double"}, Cancelled},
		{"one that cleared its environment too, found as a descendant", "stay", []string{"cleared"}, Cancelled},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := t.TempDir()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if c.then == "stay" {
				go func() { await1(filepath.Join(dir, "leader")); cancel() }()
			}
			run := cmd(append([]string{"spawn", dir, c.then}, c.ways...)...)
			run.Tag, run.Grace = fmt.Sprintf("left-%d/1", os.Getpid()), 20*time.Millisecond
			res, err := Run(ctx, run)
			if err != nil || res.Why != c.why || len(res.Left) > 0 {
				t.Errorf("%+v, %v", res, err)
			}
			for _, way := range c.ways {
				b, err := os.ReadFile(filepath.Join(dir, way))
				if err != nil {
					t.Fatalf("%s never ran: %v", way, err)
				}
				if p, ok := Find(atoi(string(b))); ok {
					t.Errorf("%s is still there: %v", way, p)
				}
			}
		})
	}
}

func TestWhatAStartProgramLeavesMayStay(t *testing.T) {
	dir := t.TempDir()
	c := cmd("spawn", dir, "0", "group")
	c.Tag, c.Leaves = "leaves/1", true
	res, err := Run(context.Background(), c)
	if err != nil || !res.OK() {
		t.Fatalf("%+v, %v", res, err)
	}
	p := process(t, filepath.Join(dir, "group"))
	if tagged, err := Tagged("leaves/1"); err != nil || len(tagged) > 0 {
		t.Errorf("tagged %v, %v", tagged, err)
	}
	if left, err := End(context.Background(), []Process{p}, time.Millisecond); err != nil || len(left) > 0 || Alive(p) {
		t.Errorf("left %v, %v", left, err)
	}
}

// TestTaggedSurvivors is the way after a crash: find by tag, end, prove.
func TestTaggedSurvivors(t *testing.T) {
	dir, seq := t.TempDir(), fmt.Sprintf("t%d", os.Getpid())
	spawned := func(tag string) Process {
		file := filepath.Join(dir, strings.ReplaceAll(tag, "/", "-"))
		c := exec.Command(self(), play("stubborn", file)...)
		c.Env = []string{"A=1", "TWOKEY_RUN=" + tag}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
		return process(t, file)
	}
	one, two, other := spawned(seq+"/1"), spawned(seq+"/2"), spawned(seq+"0/1")
	for _, c := range []struct {
		what, tag string
		want      []Process
	}{
		{"one step", seq + "/1", []Process{one}},
		{"a whole run", seq + "/", []Process{one, two}},
		{"a tag is no prefix of itself", seq, nil},
		{"another run", seq + "0/", []Process{other}},
	} {
		got, err := Tagged(c.tag)
		byPID := func(a, b Process) int { return a.PID - b.PID }
		slices.SortFunc(c.want, byPID)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", c.what, err, diff)
		}
	}
	if _, err := Tagged(""); err == nil {
		t.Error("an empty tag must be an error")
	}
	left, err := EndTagged(context.Background(), seq+"/", time.Millisecond)
	if err != nil || len(left) > 0 || Alive(one) || Alive(two) || !Alive(other) {
		t.Errorf("left %v, %v; alive %v %v %v", left, err, Alive(one), Alive(two), Alive(other))
	}
}

// TestDyingIsNotGone: between SIGKILL and its end a process has no environment left to be found by.
func TestDyingIsNotGone(t *testing.T) {
	dir, tag := t.TempDir(), fmt.Sprintf("dying-%d/1", os.Getpid())
	for round := range 50 {
		file := filepath.Join(dir, fmt.Sprint(round))
		c := exec.Command(self(), play("stubborn", file)...)
		c.Env = []string{"TWOKEY_RUN=" + tag}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		p := process(t, file)
		left, err := EndTagged(context.Background(), tag, 0)
		if err != nil || len(left) > 0 || Alive(p) {
			t.Errorf("round %d: left %v, %v; alive %v", round, left, err, Alive(p))
		}
		c.Wait()
	}
}

func TestAReusedPidIsAnotherProcess(t *testing.T) {
	me, ok := Find(os.Getpid())
	if !ok || !Alive(me) {
		t.Fatal("we are not alive")
	}
	old := me
	old.Start--
	if Alive(old) {
		t.Error("a process with our pid and another start is not us")
	}
	// Ending the old one must leave us alone; if it did not, this test would end here.
	if left, err := End(context.Background(), []Process{old}, time.Millisecond); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestAZombieIsGone(t *testing.T) {
	c := exec.Command(self(), play("exit", "0")...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the child is a zombie", func() bool { st, err := readStat(c.Process.Pid); return err == nil && st.gone })
	if _, ok := Find(c.Process.Pid); ok {
		t.Error("a zombie was found")
	}
	c.Wait()
}

// TestChildrenDieWithUs kills the parent the hard way.
func TestChildrenDieWithUs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "child")
	c := exec.Command(self(), play("parent", file)...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	child := process(t, file)
	c.Process.Kill()
	c.Wait()
	eventually(t, "the child is dead, too", func() bool { return !Alive(child) })
}

func TestAsAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("not root: runs as ourselves, which asks for no privilege")
		me := &User{Name: "me", UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
		c := cmd("exit", "0")
		c.As = me
		if res, err := Run(context.Background(), c); err != nil || !res.OK() {
			t.Errorf("%+v, %v", res, err)
		}
		return
	}
	nobody, err := LookupUser("nobody")
	if err != nil {
		t.Fatal(err)
	}
	open := publicCopy(t)
	var out bytes.Buffer
	c := Cmd{Path: open, Args: play("who"), As: nobody, Timeout: time.Minute, Output: &out, Tag: "proc-nobody-test/1"}
	res, err := Run(context.Background(), c)
	want := fmt.Sprint(nobody.UID, nobody.GID, nobody.Groups)
	if err != nil || !res.OK() || out.String() != want {
		t.Errorf("%+v, %v, %q, want %q", res, err, out.String(), want)
	}
	file := filepath.Join(filepath.Dir(open), "up")
	c.Args, c.Grace = play("stubborn", file), time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		if p, ok := Find(await1(file)); ok {
			if uid, err := p.UID(); err != nil || uid != nobody.UID {
				t.Errorf("uid %d, %v", uid, err)
			}
		}
		cancel()
	}()
	if res, err := Run(ctx, c); err != nil || res.Signal != "killed" {
		t.Errorf("%+v, %v", res, err)
	}
	c.Dir = t.TempDir() // not for nobody
	_, err = Run(context.Background(), c)
	if e := mustFail(t, err); !strings.HasPrefix(e.Sentence, "user nobody may not run") {
		t.Errorf("sentence %q", e.Sentence)
	}
}

// publicCopy is this program, in a folder anybody may use.
func publicCopy(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "twokey-proc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b, err := os.ReadFile(self())
	if err == nil {
		err = errors.Join(os.Chmod(dir, 0o777), os.WriteFile(dir+"/play", b, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir + "/play"
}

func TestTreeAndTitle(t *testing.T) {
	dir := t.TempDir()
	c := exec.Command(self(), play("spawn", dir, "stay", "group", "setsid")...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	leader := process(t, filepath.Join(dir, "leader"))
	tree, err := Tree(leader)
	if err != nil || len(tree) != 3 {
		t.Errorf("tree %v, %v", tree, err)
	}
	if title, err := leader.Title(); err != nil || !strings.Contains(title, "-play spawn "+dir+" stay") {
		t.Errorf("title %q, %v", title, err)
	}
	if left, err := End(context.Background(), tree, time.Millisecond); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func atoi(s string) (n int) { fmt.Sscan(s, &n); return n }
