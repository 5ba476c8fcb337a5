package step

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"twokey/internal/proc"
)

// pm2World is a real pm2 with its own PM2_HOME.
type pm2World struct {
	t       *testing.T
	home    string // short: a socket's path has at most 108 bytes
	user    *proc.User
	program string
	service string // service.js
	env     []string
}

// pm2Program is the pm2 that `make tools` installs.
func pm2Program(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil && dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			continue
		}
		path := filepath.Join(dir, ".tools/node_modules/.bin/pm2")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatal("pm2 is not installed; run: make tools")
	return ""
}

func newPM2(t *testing.T, as *proc.User) *pm2World {
	t.Helper()
	home, err := os.MkdirTemp("", "pm2")
	if err != nil {
		t.Fatal(err)
	}
	w := &pm2World{t: t, home: home, user: as, program: pm2Program(t), service: filepath.Join(home, "service.js")}
	w.env = []string{"HOME=" + home, "PM2_HOME=" + home, "NO_COLOR=1"}
	js, err := os.ReadFile("testdata/service.js")
	if err := errors.Join(err, os.WriteFile(w.service, js, 0o644)); err != nil {
		t.Fatal(err)
	}
	if as != nil { // who may not be able to read our folders
		w.program = filepath.Join(home, "tools/node_modules/pm2/bin/pm2")
		err := os.CopyFS(filepath.Join(home, "tools"), os.DirFS(filepath.Join(filepath.Dir(pm2Program(t)), "../..")))
		if err := errors.Join(err, os.Chown(home, int(as.UID), int(as.GID))); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		w.pm2("kill")
		eventually(t, "pm2 and its services are gone", func() bool {
			ps, err := proc.Carrying("PM2_HOME=" + home)
			return err == nil && len(ps) == 0
		})
		os.RemoveAll(home)
	})
	return w
}

// pm2 runs pm2 as its user would, on the host.
func (w *pm2World) pm2(args ...string) {
	w.t.Helper()
	var out bytes.Buffer
	res, err := proc.Run(context.Background(), proc.Cmd{
		Path: w.program, Args: args, As: w.user, Dir: w.home, Timeout: time.Minute, Output: &out, Leaves: true,
		Env: append([]string{"PATH=" + os.Getenv("PATH")}, w.env...),
	})
	if err != nil || !res.OK() {
		w.t.Fatalf("pm2 %v: %+v, %v\n%s", args, res, err, out.String())
	}
}

// app starts a service, and waits until it answers. It gives its port.
func (w *pm2World) app(name string, mode ...string) int {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	w.pm2(append([]string{"start", w.service, "--name", name, "--", fmt.Sprint(port)}, mode...)...)
	if !slices.Contains(mode, "crash") {
		eventually(w.t, name+" listens", func() bool { return open(port) })
	}
	return port
}

func open(port int) bool {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err == nil {
		c.Close()
	}
	return err == nil
}

// site is the configuration for the service.
func (w *pm2World) site(name string, also ...string) Site {
	s := Site{
		Dir:     "/",
		Process: ProcessConfig{Manager: "pm2", Name: name, Also: also, Settle: 300 * time.Millisecond, PM2: PM2Config{Home: w.home, Program: w.program}},
	}
	if w.user != nil {
		s.RunAs = w.user.Name
	}
	return s
}

func (w *pm2World) step(text string, site Site) *Process {
	w.t.Helper()
	return mustLoad(w.t, "process", text, site).(*Process)
}

// daemons are the pm2 daemons of this world.
func (w *pm2World) daemons() []proc.Process {
	w.t.Helper()
	ps, err := proc.Carrying("PM2_HOME=" + w.home)
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(ps, func(p proc.Process) bool { return !isDaemon(p) })
}

// serving is the process of a service.
func (w *pm2World) serving(name string) proc.Process {
	w.t.Helper()
	ps, err := proc.Carrying("PM2_HOME="+w.home, "name="+name)
	if err != nil || len(ps) == 0 {
		w.t.Fatalf("%s does not run: %v", name, err)
	}
	return ps[0]
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
}

var background = context.Background()

func TestPM2StopsAndStarts(t *testing.T) {
	t.Parallel()
	w := newPM2(t, nil)
	port := w.app("sigma")
	site := w.site("sigma")
	site.Health = Health{URL: fmt.Sprintf("http://127.0.0.1:%d/", port), Within: 30 * time.Second}
	stop, start := w.step(`{do: stop}`, site), w.step(`{do: start}`, site)
	roundTrip(t, "process", stop)
	before, daemon := w.serving("sigma"), w.daemons()
	var out bytes.Buffer
	env := Env{Tag: fmt.Sprintf("pm2-%d/1", os.Getpid()), Output: &out}

	facts, err := stop.Plan(background, env)
	if err != nil || len(facts) != 1 || facts[0].Name != "sigma" || !strings.HasPrefix(facts[0].Value, "up since ") {
		t.Errorf("plan %v, %v", facts, err)
	}
	ok(t, stop.Run(background, env))
	if proc.Alive(before) || open(port) {
		t.Error("stopped, but still there")
	}
	if st, err := stop.Status(background, env); err != nil || st.Up || st.OK || len(st.PIDs) > 0 {
		t.Errorf("status %+v, %v", st, err)
	}
	ok(t, stop.Run(background, env)) // twice is as good as once

	ok(t, start.Run(background, env))
	now := w.serving("sigma")
	if !open(port) || now == before {
		t.Error("not started")
	}
	st, err := start.Status(background, env)
	if err != nil || !st.Up || !st.OK || st.Health != "200 OK" || !slices.Equal(st.PIDs, []int{now.PID}) || st.Since.IsZero() {
		t.Errorf("status %+v, %v", st, err)
	}
	if tagged, err := proc.Tagged(env.Tag); err != nil || len(tagged) > 0 {
		t.Errorf("our tag leaked into %v, %v", tagged, err)
	}
	if leaked, err := proc.Carrying("PM2_HOME="+w.home, "PM2_DISCRETE_MODE=true"); err != nil || len(leaked) > 0 {
		t.Errorf("our environment leaked into %v, %v", leaked, err)
	}
	ok(t, start.Run(background, env))
	if w.serving("sigma") != now {
		t.Error("starting what runs made it start anew")
	}
	if after := w.daemons(); !slices.Equal(daemon, after) || len(after) != 1 {
		t.Errorf("daemons %v, then %v", daemon, after)
	}
	if !strings.Contains(out.String(), "sigma") || strings.Contains(out.String(), "pm2_env") {
		t.Errorf("output %q", out.String())
	}
}

func TestPM2TakesNamesExactly(t *testing.T) {
	t.Parallel()
	w := newPM2(t, nil)
	one, two := w.app("sigma"), w.app("sigma-worker")
	err := w.step(`{do: stop, name: sig}`, w.site("sigma")).Run(background, Env{})
	failed(t, err, "pm2 has no service named sig; it has sigma, sigma-worker")
	for _, name := range []string{"all", "0"} {
		err := w.step(`{do: stop, name: "`+name+`"}`, w.site("sigma")).Run(background, Env{})
		failed(t, err, "pm2 has no service named "+name)
	}
	ok(t, w.step(`{do: stop}`, w.site("sigma")).Run(background, Env{}))
	if open(one) || !open(two) {
		t.Errorf("sigma %v, sigma-worker %v", open(one), open(two))
	}
	both := w.step(`{do: stop, also: true}`, w.site("sigma", "sigma-worker"))
	ok(t, both.Run(background, Env{}))
	if open(one) || open(two) {
		t.Errorf("sigma %v, sigma-worker %v", open(one), open(two))
	}
}

func TestPM2StopsWhatDoesNotWantTo(t *testing.T) {
	for _, mode := range []string{"stubborn", "litter"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newPM2(t, nil)
			port := w.app("sigma", mode)
			ran, err := proc.Carrying("PM2_HOME="+w.home, "name=sigma")
			if err != nil || mode == "litter" && len(ran) != 2 {
				t.Fatalf("%v, %v", ran, err)
			}
			ok(t, w.step(`{do: stop}`, w.site("sigma")).Run(background, Env{}))
			if open(port) || slices.ContainsFunc(ran, proc.Alive) {
				t.Errorf("still there: %v", ran)
			}
		})
	}
}

func TestPM2FindsLitterOfBefore(t *testing.T) {
	t.Parallel()
	w := newPM2(t, nil)
	w.app("sigma", "litter")
	ran, err := proc.Carrying("PM2_HOME="+w.home, "name=sigma")
	if err != nil || len(ran) != 2 {
		t.Fatalf("%v, %v", ran, err)
	}
	syscall.Kill(w.serving("sigma").PID, syscall.SIGKILL) // pm2 starts it anew; its first litter is nobody's child now
	eventually(t, "there are two litters", func() bool {
		ps, _ := proc.Carrying("PM2_HOME="+w.home, "name=sigma")
		return len(ps) == 3
	})
	ok(t, w.step(`{do: stop}`, w.site("sigma")).Run(background, Env{}))
	if left, err := proc.Carrying("PM2_HOME="+w.home, "name=sigma"); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestPM2StartsThatFail(t *testing.T) {
	for _, c := range []struct{ mode, within, sentence string }{
		{"crash", "30s", "sigma keeps crashing"},
		{"sick", "5s", "sigma runs, but its health check fails 5s after start"},
	} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			w := newPM2(t, nil)
			port := w.app("sigma", c.mode)
			site := w.site("sigma")
			if c.mode == "sick" {
				site.Health.URL = fmt.Sprintf("http://127.0.0.1:%d/", port)
			}
			ok(t, w.step(`{do: stop}`, site).Run(background, Env{}))
			failed(t, w.step(`{do: start, within: `+c.within+`}`, site).Run(background, Env{}), c.sentence)
		})
	}
}

// TestADeadPM2 kills the daemon; the service outlives it.
func TestADeadPM2(t *testing.T) {
	t.Parallel()
	w := newPM2(t, nil)
	port := w.app("sigma")
	stop, start := w.step(`{do: stop}`, w.site("sigma")), w.step(`{do: start}`, w.site("sigma"))
	daemon, service := w.daemons()[0], w.serving("sigma")
	syscall.Kill(daemon.PID, syscall.SIGKILL)
	eventually(t, "the daemon is dead", func() bool { return !proc.Alive(daemon) })

	want := fmt.Sprintf("sigma is still running without pm2 (pid %d)", service.PID)
	eventually(t, "the status says: "+want, func() bool {
		st, err := stop.Status(background, Env{})
		return err == nil && !st.Up && st.Note == want
	})
	var err error
	_, err = start.Plan(background, Env{})
	failed(t, err, "pm2 is not running")
	f := failed(t, start.Run(background, Env{}), "pm2 is not running for our user")
	if want := "on the host: PM2_HOME=" + w.home + " " + w.program + " resurrect"; f.Hint != want {
		t.Errorf("hint %q, want %q", f.Hint, want)
	}
	var progress []string
	ok(t, stop.Run(background, Env{Progress: func(s string) { progress = append(progress, s) }}))
	if proc.Alive(service) || open(port) {
		t.Error("the service outlived its stop")
	}
	if len(progress) == 0 || progress[0] != noDaemon {
		t.Errorf("progress %q", progress)
	}
	ok(t, stop.Run(background, Env{}))

	// Should the daemon die after we looked: what pm2 then starts is ended with the command.
	m, _ := stop.Service.manager()
	failed(t, m.start(background, Env{Tag: fmt.Sprintf("dead-%d/1", os.Getpid())}, []unit{{ID: "0"}}), "pm2 ended with exit code 1")
	if d := w.daemons(); len(d) > 0 {
		t.Errorf("daemons %v", d)
	}
}

func TestPM2OfAnotherUser(t *testing.T) {
	t.Parallel()
	var as *proc.User
	if os.Geteuid() == 0 {
		u, err := proc.LookupUser("nobody")
		if err != nil {
			t.Fatal(err)
		}
		as = u
	} else {
		t.Log("not root: runs as ourselves")
	}
	w := newPM2(t, as)
	port := w.app("sigma")
	stop, start := w.step(`{do: stop}`, w.site("sigma")), w.step(`{do: start}`, w.site("sigma"))
	ok(t, stop.Run(background, Env{Tag: "pm2-nobody-test/1"}))
	if open(port) {
		t.Error("still there")
	}
	ok(t, start.Run(background, Env{Tag: "pm2-nobody-test/2"}))
	eventually(t, "it listens", func() bool { return open(port) })
	if d := w.daemons(); len(d) != 1 {
		t.Errorf("daemons %v", d)
	}
	if as == nil {
		return
	}
	if uid, err := w.serving("sigma").UID(); err != nil || uid != as.UID {
		t.Errorf("it runs as %d, %v", uid, err)
	}
	stop.Service.As = &proc.User{Name: "daemon", UID: 1, GID: 1}
	failed(t, stop.Run(background, Env{}), fmt.Sprintf("runs as user number %d, not as daemon", as.UID))
}

func TestPIDFilesAreNotTrusted(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		ok(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	ok(t, os.Symlink(write("real", "4711\n"), link))
	for _, c := range []struct {
		what, path string
		pid        int
		fails      bool
	}{
		{"a pid", filepath.Join(dir, "real"), 4711, false},
		{"no number", write("text", "root:x:0:0"), 0, false},
		{"nothing yet", write("empty", ""), 0, false},
		{"a link", link, 0, true},
		{"nothing there", filepath.Join(dir, "none"), 0, true},
	} {
		if pid, err := readPID(c.path); pid != c.pid || (err != nil) != c.fails {
			t.Errorf("%s: %d, %v", c.what, pid, err)
		}
	}
	u := unit{}
	for _, pid := range []int{-1, 0, 1, os.Getpid()} {
		if u.setProcs(pid); len(u.Procs) > 0 {
			t.Errorf("pid %d became the service", pid)
		}
	}
}

func TestPM2sListWithChatter(t *testing.T) {
	app := func(name, program string, id int) pm2Process {
		p := pm2Process{Name: name, ID: id}
		p.Env.Program, p.Env.Status = program, "online"
		return p
	}
	m := pm2{service{Names: []string{"a"}}}
	units, err := m.choose([]pm2Process{app("a", "/x", 0), app("a", "/x", 1), app("b", "/x", 2)})
	if err != nil || !slices.Equal(unitIDs(units), []string{"0", "1"}) {
		t.Errorf("a cluster: %v, %v", unitIDs(units), err)
	}
	_, err = m.choose([]pm2Process{app("a", "/x", 0), app("a", "/y", 1)})
	failed(t, err, "pm2 has several different services named a (ids 0 and 1)")
	_, err = m.choose(nil)
	failed(t, err, "pm2 has no service named a; it has none")
}
