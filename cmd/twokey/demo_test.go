package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"twokey/internal/demo"
	"twokey/internal/demo/web"
	"twokey/internal/proc"
)

// demoFolder is a folder for demos that the user whom PostgreSQL runs as may pass, too.
func demoFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "demo-test")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o711))
	return dir
}

// playing is a stage in this process. The bot and the shop are the real program.
type playing struct {
	*demo.Stage
	dir  string
	mu   sync.Mutex
	said []string
	stop func() error // ends it, once
}

func play(t *testing.T, noDatabase bool) *playing {
	t.Helper()
	program, err := unwatched()
	must(t, err)
	p := &playing{dir: demoFolder(t)}
	p.Stage = demo.New(demo.Config{Program: program, Temp: p.dir, NoDatabase: noDatabase, Say: p.say})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	p.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { _ = p.stop() })
	return p
}

func (p *playing) say(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, line)
}

func (p *playing) lines() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.said, "\n")
}

// gone ends it and wants nothing of it to be left: no process, no file.
func (p *playing) gone(t *testing.T) {
	t.Helper()
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	nothingOf(t, p.dir)
	emptied(t, p.dir)
}

func emptied(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in its folder: %v, %v", left, err)
	}
}

// nothingOf wants no process whose command line names the folder.
func nothingOf(t *testing.T, dir string) {
	t.Helper()
	if left := naming(t, dir); len(left) > 0 {
		t.Errorf("left running: %s", proc.Names(left))
	}
}

func naming(t *testing.T, dir string) (found []proc.Process) {
	t.Helper()
	all, err := proc.All()
	must(t, err)
	for _, p := range all {
		if title, err := p.Title(); err == nil && strings.Contains(title, dir) {
			found = append(found, p)
		}
	}
	return found
}

// TestDemoStories plays every story to its end, with a database and without, and wants nothing left.
func TestDemoStories(t *testing.T) {
	for _, name := range demo.Names() {
		for _, noDatabase := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/without=%v", name, noDatabase), func(t *testing.T) {
				t.Parallel()
				p := play(t, noDatabase)
				var out bytes.Buffer
				must(t, p.Ready(t.Context()))
				if !p.has(name) {
					if err := p.Play(t.Context(), name, &out); !noDatabase || err == nil || !strings.Contains(err.Error(), "needs a database") {
						t.Errorf("it cannot be played here: %v", err)
					}
					p.gone(t)
					return
				}
				if err := p.Play(t.Context(), name, &out); err != nil {
					t.Fatalf("%v\n%s\n%s", err, out.String(), p.lines())
				}
				if off := p.Web().Off; noDatabase != (len(off) > 0) {
					t.Errorf("off: %q (no PostgreSQL? run: make tools)", off)
				}
				if name == "killed" && !strings.Contains(p.lines(), "The bot has ended (killed)") {
					t.Errorf("nobody was told that the bot was killed: %s", p.lines())
				}
				for _, st := range p.Stories() {
					if (st.Name == name) != st.Done {
						t.Errorf("story %s: done is %v", st.Name, st.Done)
					}
				}
				p.noSecretIn(t, out.String()+p.lines())
				p.gone(t)
			})
		}
	}
}

func (p *playing) has(story string) bool {
	return slices.ContainsFunc(p.Stories(), func(s web.Story) bool { return s.Name == story })
}

// noSecretIn wants none of the secrets of the folder in a text.
func (p *playing) noSecretIn(t *testing.T, text string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "*", "stage", "secrets", "*"))
	if err != nil || len(files) < 3 {
		t.Fatalf("secrets: %v, %v", files, err)
	}
	for _, f := range files {
		secret, err := os.ReadFile(f)
		must(t, err)
		if strings.Contains(text, strings.TrimSpace(string(secret))) {
			t.Errorf("%s was printed", f)
		}
	}
}

func TestDemoReset(t *testing.T) {
	t.Parallel()
	p := play(t, true)
	must(t, p.Play(t.Context(), "night", io.Discard))
	before := p.Web().Phones[0].Server
	must(t, p.Act(t.Context(), "break"))
	must(t, p.Reset(t.Context()))
	w := p.Web()
	if w.Phones[0].Server == before {
		t.Error("the phones are the old ones")
	}
	for _, st := range p.Stories() {
		if st.Current || len(st.Steps) == 0 || st.Steps[0].Done {
			t.Errorf("story %s goes on after a reset", st.Name)
		}
	}
	if s := w.Shop(t.Context()); s.Broken || s.Locked {
		t.Errorf("the shop is the old one: %+v", s)
	}
	must(t, p.Play(t.Context(), "night", io.Discard))
	// A second story begins with everything new by itself, and the first is still ticked off.
	before = p.Web().Phones[0].Server
	must(t, p.Play(t.Context(), "deny", io.Discard))
	if p.Web().Phones[0].Server == before || p.Web().Resets != 2 {
		t.Errorf("the phones are the old ones, after %d resets", p.Web().Resets)
	}
	for _, st := range p.Stories() {
		if st.Done != (st.Name == "night" || st.Name == "deny") {
			t.Errorf("story %s: done is %v", st.Name, st.Done)
		}
	}
	p.gone(t)
}

// TestDemoFailsHalfWay: whatever had been started by then is ended, and the folder is gone.
func TestDemoFailsHalfWay(t *testing.T) {
	t.Parallel()
	bins, err := programs()
	must(t, err)
	for name, program := range map[string]string{"no shop": bins.svc, "no program": "/nowhere/twokey"} {
		dir := demoFolder(t)
		err := demo.New(demo.Config{Program: program, Temp: dir}).Run(t.Context())
		if err == nil {
			t.Errorf("%s: it ended without an error", name)
		}
		nothingOf(t, dir)
		emptied(t, dir)
	}
	// Somebody presses Ctrl-C while the database is being made: that is no failure.
	dir := demoFolder(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := demo.New(demo.Config{Program: bins.twokey, Temp: dir, Say: func(string) { cancel() }}).Run(ctx); err != nil {
		t.Errorf("cancelled: %v", err)
	}
	nothingOf(t, dir)
	emptied(t, dir)
}

// demoProgram is the whole command, as people start it.
type demoProgram struct {
	*process
	dir, address string
}

var demoAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

func startDemo(t *testing.T, args ...string) demoProgram {
	t.Helper()
	return startDemoIn(t, demoFolder(t), args...)
}

func startDemoIn(t *testing.T, dir string, args ...string) demoProgram {
	t.Helper()
	bins, err := programs()
	must(t, err)
	d := demoProgram{dir: dir}
	d.process, err = startProcess([]string{"TMPDIR=" + d.dir, "DISPLAY=", "WAYLAND_DISPLAY="}, bins.twokey, append([]string{"demo"}, args...)...)
	must(t, err)
	t.Cleanup(func() { _ = d.signal(syscall.SIGKILL); _ = d.ended() })
	must(t, d.logs("The demo is at "))
	d.address = demoAddress.FindString(d.log.String())
	return d
}

// TestTwoDemos: the second beside the first takes the next free port, and Ctrl-C leaves nothing of either.
func TestTwoDemos(t *testing.T) {
	t.Parallel()
	port, err := freePort()
	must(t, err)
	args := []string{"--no-browser", "--port", fmt.Sprint(port)}
	a := startDemo(t, args...)
	b := startDemo(t, args...)
	if a.address != fmt.Sprintf("http://127.0.0.1:%d", port) || a.address == b.address {
		t.Errorf("addresses %s and %s, from port %d on", a.address, b.address, port)
	}
	for _, d := range []demoProgram{a, b} {
		resp, err := http.Get(d.address)
		must(t, err)
		resp.Body.Close()
		if len(naming(t, d.dir)) < 3 { // the bot, the shop and the database
			t.Errorf("running: %v", naming(t, d.dir))
		}
	}
	for sig, d := range map[syscall.Signal]demoProgram{syscall.SIGINT: a, syscall.SIGTERM: b} {
		must(t, d.signal(sig))
		must(t, d.ended())
		if code := d.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("%v: it ended with %d: %s", sig, code, d.log)
		}
		nothingOf(t, d.dir)
		emptied(t, d.dir)
	}
}

// TestDemoIsKilled: what it started ends with it, the shop included, which is nobody's child. What it left is removed by the next.
func TestDemoIsKilled(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "--no-browser", "--port", "20000")
	ran := naming(t, d.dir)
	must(t, d.signal(syscall.SIGKILL))
	must(t, d.ended())
	must(t, until("everything has ended", func() bool { return len(naming(t, d.dir)) == 0 }))
	if len(ran) < 3 {
		t.Errorf("there was only %v", ran)
	}
	left, err := filepath.Glob(filepath.Join(d.dir, "twokey-demo-*"))
	must(t, err)
	next := startDemoIn(t, d.dir, "--no-browser", "--port", "20000")
	now, err := filepath.Glob(filepath.Join(d.dir, "twokey-demo-*"))
	must(t, err)
	if len(left) != 1 || len(now) != 1 || left[0] == now[0] {
		t.Errorf("the killed one left %q, and beside the next one there is %q", left, now)
	}
	must(t, next.signal(syscall.SIGINT))
	must(t, next.ended())
	emptied(t, d.dir)
}

func TestDemoScripts(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--script", "nonsense"}, &out, &errs); code != 2 || !strings.Contains(errs.String(), "double-payments") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
	bins, err := programs()
	must(t, err)
	dir := demoFolder(t)
	p, err := startProcess([]string{"TMPDIR=" + dir}, bins.twokey, "demo", "--script", "night")
	must(t, err)
	must(t, errors.Join(p.logs("it came to its end"), p.ended()))
	if code := p.cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(p.log.String(), "bob taps [ Approve restart ]") {
		t.Errorf("exit %d: %s", code, p.log)
	}
	emptied(t, dir)
}

// TestDemoIsSetUpWell: what newcomers may copy is what `twokey check` wants, the roles of the database first.
func TestDemoIsSetUpWell(t *testing.T) {
	t.Parallel()
	p := play(t, false)
	must(t, p.Ready(t.Context()))
	found, err := filepath.Glob(filepath.Join(p.dir, "*", "stage", "twokey.yaml"))
	if err != nil || len(found) != 1 {
		t.Fatalf("configs: %q, %v", found, err)
	}
	bins, err := programs()
	must(t, err)
	check, err := startProcess(nil, bins.twokey, "check", "-c", found[0])
	must(t, err)
	must(t, check.ended())
	// cid holds no phone of the demo, which is all that is not in order.
	if text := check.log.String(); strings.Count(text, "✗") != 1 || !strings.Contains(text, "✗ cid cannot be written to") || !strings.Contains(text, "✓ ops_load") {
		t.Errorf("it is not set up well: %s", text)
	}
	p.gone(t)
}
