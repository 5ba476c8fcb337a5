package step

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"twokey/internal/proc"
)

// hardStop runs a hard stop and gives what it came to.
func hardStop(t *testing.T, p *Process) (Halt, string, error) {
	t.Helper()
	var halt Halt
	var out bytes.Buffer
	err := p.Run(background, Env{Tag: fmt.Sprintf("hard-%s/1", t.Name()), Output: &out, Halted: func(h Halt) { halt = h }})
	return halt, out.String(), err
}

func stoppedNames(h Halt) []string {
	var names []string
	for _, s := range h.Stopped {
		names = append(names, s.Name)
	}
	return names
}

func TestAHardStopWithEveryManager(t *testing.T) {
	for name, make := range managers(t) {
		for _, way := range []string{"", "lies", "refuses"} {
			t.Run(name+way, func(t *testing.T) {
				s, config := make()
				config.Settle = time.Millisecond
				site := Site{Dir: "/", Process: config}
				ok(t, mustLoad(t, "process", `{do: start, within: 20s}`, site).Run(background, Env{}))
				p, _ := proc.Find(s.pid())
				if way != "" {
					ok(t, os.WriteFile(s.path(way), nil, 0o644))
				}
				stop := mustLoad(t, "process", `{do: stop, hard: true, within: 1s}`, site)
				roundTrip(t, "process", stop)
				halt, _, err := hardStop(t, stop.(*Process))
				ok(t, err)
				if proc.Alive(p) {
					t.Error("it is alive")
				}
				if got := stoppedNames(halt); !slices.Equal(got, []string{"app"}) || halt.Stopped[0].Took == 0 {
					t.Errorf("stopped %v", halt.Stopped)
				}
				// A manager that refuses is gone around, and that is said.
				if forced := halt.Forced != ""; forced != (way == "refuses") {
					t.Errorf("forced: %q", halt.Forced)
				}
				if name == "compose" && !slices.Equal(halt.Left, []string{"db"}) {
					t.Errorf("left running: %v, want db", halt.Left)
				}
			})
		}
	}
}

func TestAHardStopWithoutAStatusIsNotBelieved(t *testing.T) {
	s, config := managers(t)["custom"]()
	config.Settle = time.Millisecond
	ok(t, mustLoad(t, "process", `{do: start, within: 20s}`, Site{Dir: "/", Process: config}).Run(background, Env{}))
	p, _ := proc.Find(s.pid())
	config.Custom.Status = []string{"/bin/false"}
	stop := mustLoad(t, "process", `{do: stop, hard: true, within: 10s}`, Site{Dir: "/", Process: config}).(*Process)
	_, _, err := hardStop(t, stop)
	failed(t, err, "the status program of app ended with exit code 1")
	if proc.Alive(p) {
		t.Error("it was not even told to stop")
	}
}

func TestAHardStopOfPM2TakesWhatBelongsToItAndLeavesTheRest(t *testing.T) {
	t.Parallel()
	w := newPM2(t, nil)
	ports := []int{w.app("sigma"), w.app("worker"), w.app("other")}
	halt, _, err := hardStop(t, w.step(`{do: stop, also: true, hard: true}`, w.site("sigma", "worker")))
	ok(t, err)
	if open(ports[0]) || open(ports[1]) || !open(ports[2]) {
		t.Errorf("open: %v %v %v, want only the third", open(ports[0]), open(ports[1]), open(ports[2]))
	}
	if got := stoppedNames(halt); !slices.Equal(got, []string{"sigma", "worker"}) || !slices.Contains(halt.Left, "other") || halt.Forced != "" {
		t.Errorf("came to %+v", halt)
	}
	if n := len(w.daemons()); n != 1 {
		t.Errorf("%d daemons", n)
	}
}

// A daemon that hangs accepts connections and never answers; when it wakes up it starts again what has ended meanwhile.
func TestAHardStopGoesAroundAPM2ThatHangs(t *testing.T) {
	t.Parallel()
	w := newPM2(t, nil)
	port := w.app("sigma")
	other := w.app("other")
	service, daemon := w.serving("sigma"), w.daemons()
	ok(t, syscall.Kill(daemon[0].PID, syscall.SIGSTOP))
	halt, _, err := hardStop(t, w.step(`{do: stop, hard: true}`, w.site("sigma")))
	ok(t, err)
	if open(port) || proc.Alive(service) {
		t.Error("it still runs")
	}
	if proc.Alive(daemon[0]) {
		t.Error("the daemon is there: when it wakes up it starts the service again")
	}
	if !open(other) {
		t.Error("another service of the same pm2 is down")
	}
	if !strings.HasPrefix(halt.Forced, "pm2 does not answer; pm2 was ended") {
		t.Errorf("forced: %q", halt.Forced)
	}
	ok(t, syscall.Kill(w.serving("other").PID, syscall.SIGKILL)) // nobody else would end it
}

func TestAHardStopWithoutADaemonEndsWhatItLeft(t *testing.T) {
	t.Parallel()
	w := newPM2(t, nil)
	port := w.app("sigma")
	ok(t, syscall.Kill(w.daemons()[0].PID, syscall.SIGKILL))
	eventually(t, "the daemon is gone", func() bool { return len(w.daemons()) == 0 })
	halt, _, err := hardStop(t, w.step(`{do: stop, hard: true}`, w.site("sigma")))
	ok(t, err)
	if open(port) || len(w.daemons()) != 0 {
		t.Errorf("open: %v, daemons: %v", open(port), w.daemons())
	}
	if got := stoppedNames(halt); !slices.Equal(got, []string{"sigma"}) {
		t.Errorf("stopped %v", got)
	}
}
