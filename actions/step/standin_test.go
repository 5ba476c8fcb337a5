package step

import (
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

	"twokey/internal/proc"
)

// No systemd and no docker engine runs where these tests do. Stand-ins play systemctl, docker and a custom program, with
// output as systemd 252 and docker 28 print it, over a real process. What they do not prove: that the real ones still
// print that.
var standIns = map[string]func(standIn, []string) int{"systemctl": systemctl, "docker": docker, "myctl": myctl}

// standIn is the folder of a stand-in: service.pid while the service runs, and files that make it misbehave:
// "lies" (says it stopped, did not), "refuses" (does nothing, exits 1).
type standIn string

func (s standIn) path(name string) string { return filepath.Join(string(s), name) }
func (s standIn) has(name string) bool    { _, err := os.Stat(s.path(name)); return err == nil }

func (s standIn) pid() (pid int) {
	b, _ := os.ReadFile(s.path("service.pid"))
	fmt.Sscan(string(b), &pid)
	return pid
}

// change starts or stops the service.
func (s standIn) change(verb string) int {
	note, _ := os.OpenFile(s.path("calls"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	fmt.Fprintf(note, "%s %s\n", verb, os.Getenv("TWOKEY_RUN"))
	pid := s.pid()
	switch {
	case s.has("refuses"):
		fmt.Println("Access denied")
		return 1
	case verb == "stop":
		os.Remove(s.path("service.pid"))
		if !s.has("lies") {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	case verb == "start":
		self, _ := os.Executable()
		c := exec.Command(self, "-play", "service", s.path("service.pid"))
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // as under systemd: not of systemctl's group
		c.Env = os.Environ()
		if !strings.HasSuffix(os.Args[0], "myctl") {
			c.Env = []string{}
		}
		c.Start()
		late, tick := time.After(30*time.Second), time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for !s.has("service.pid") {
			select {
			case <-tick.C:
			case <-late:
				return 1
			}
		}
	}
	return 0
}

func systemctl(s standIn, args []string) int {
	if args[0] != "show" {
		if !slices.Equal(args[1:], []string{"--no-ask-password", "--", "app.service"}) {
			return 2
		}
		return s.change(args[0])
	}
	if args[len(args)-1] != "app.service" {
		fmt.Print("Id=none.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\nMainPID=0\nNRestarts=0\nActiveEnterTimestamp=\nControlGroup=\n")
		return 0
	}
	state, sub, at := "inactive", "dead", ""
	if s.has("service.pid") {
		state, sub, at = "active", "running", "@1795465923"
	}
	fmt.Printf("Id=app.service\nLoadState=loaded\nActiveState=%s\nSubState=%s\nMainPID=%d\nNRestarts=2\nActiveEnterTimestamp=%s\nControlGroup=\n", state, sub, s.pid(), at)
	return 0
}

func docker(s standIn, args []string) int {
	i := slices.IndexFunc(args, func(a string) bool { return slices.Contains([]string{"ps", "inspect", "stop", "start"}, a) })
	state := "exited"
	if s.has("service.pid") {
		state = "running"
	}
	switch args[i] {
	case "ps":
		fmt.Printf(`{"Command":"\"node index.js\"","ID":"4f1c","Image":"app","Name":"x-app-1","Project":"x","Service":"app","State":%q,"Status":"Up 2 minutes"}`+"\n", state)
		fmt.Println(`{"ID":"99aa","Name":"x-db-1","Project":"x","Service":"db","State":"running"}`)
	case "inspect":
		fmt.Printf(`[{"Id":"4f1c","RestartCount":2,"State":{"Status":%q,"Running":true,"Pid":%d,"StartedAt":"2026-11-23T20:32:03.123456789Z"},"Config":{"Env":["TOKEN=secret"]}}]`, state, s.pid())
	default:
		if !slices.Equal(args, []string{"compose", "--project-directory", "/", "--file", "/compose.yaml", "--project-name", "x", args[i], "--", "app"}) {
			return 2
		}
		return s.change(args[i])
	}
	return 0
}

func myctl(s standIn, args []string) int {
	if args[0] != "status" {
		return s.change(args[0])
	}
	if !s.has("service.pid") {
		fmt.Println("not running")
		return 3
	}
	fmt.Printf("running (pid %d)\n", s.pid())
	return 0
}

// stand makes the folder of a stand-in.
func stand(t *testing.T, program string) (standIn, string) {
	t.Helper()
	self, err := os.Executable()
	dir := t.TempDir()
	path := filepath.Join(dir, program)
	if err := errors.Join(err, os.Symlink(self, path)); err != nil {
		t.Fatal(err)
	}
	s := standIn(dir)
	t.Cleanup(func() {
		if pid := s.pid(); pid > 0 {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return s, path
}

// managers are the configurations under test.
func managers(t *testing.T) map[string]func() (standIn, ProcessConfig) {
	return map[string]func() (standIn, ProcessConfig){
		"systemd": func() (standIn, ProcessConfig) {
			s, path := stand(t, "systemctl")
			return s, ProcessConfig{Manager: "systemd", Name: "app", Systemd: SystemdConfig{Program: path}}
		},
		"compose": func() (standIn, ProcessConfig) {
			s, path := stand(t, "docker")
			return s, ProcessConfig{Manager: "compose", Name: "app", Compose: ComposeConfig{Program: path, Files: []string{"compose.yaml"}, Project: "x"}}
		},
		"custom": func() (standIn, ProcessConfig) {
			s, path := stand(t, "myctl")
			return s, ProcessConfig{Manager: "custom", Name: "app", Custom: CustomConfig{Start: []string{path, "start"}, Stop: []string{path, "stop"}, Status: []string{path, "status"}}}
		},
	}
}

func TestStoppingAndStartingWithEveryManager(t *testing.T) {
	for name, make := range managers(t) {
		t.Run(name, func(t *testing.T) {
			s, config := make()
			config.Settle = 50 * time.Millisecond
			site := Site{Dir: "/", Process: config}
			stop, start := mustLoad(t, "process", `{do: stop, within: 20s}`, site), mustLoad(t, "process", `{do: start, within: 20s}`, site)
			roundTrip(t, "process", stop)
			env := Env{Tag: "standin-test/2"}

			if err := start.Run(context.Background(), env); err != nil {
				t.Fatalf("%v: %v", err, errors.Unwrap(err))
			}
			p, ok := proc.Find(s.pid())
			if !ok {
				t.Fatal("nothing runs")
			}
			if name == "custom" { // what it starts is its child, and inherits: it must not look like a survivor
				if tagged, err := proc.Tagged("standin-test/2"); err != nil || len(tagged) > 0 {
					t.Errorf("the service carries our tag: %v, %v", tagged, err)
				}
			}
			st, err := start.(*Process).Status(context.Background(), env)
			if err != nil || !st.Up || !st.OK || !slices.Equal(st.PIDs, []int{p.PID}) || st.Since.IsZero() {
				t.Errorf("status %+v, %v", st, err)
			}
			if facts, err := stop.Plan(context.Background(), env); err != nil || len(facts) != 1 || !strings.HasPrefix(facts[0].Value, "up since ") {
				t.Errorf("plan %v, %v", facts, err)
			}

			if err := stop.Run(context.Background(), env); err != nil {
				t.Fatal(err)
			}
			if proc.Alive(p) {
				t.Error("stopped, and still alive")
			}
			if line, err := stop.(Prober).Probe(context.Background(), env); err != nil || !strings.HasPrefix(line, "app is down") {
				t.Errorf("probe %q, %v", line, err)
			}
			if err := stop.Run(context.Background(), env); err != nil {
				t.Errorf("stopping what is stopped: %v", err)
			}
			calls, _ := os.ReadFile(s.path("calls"))
			tag := "standin-test/2"
			if name == "custom" {
				tag = ""
			}
			if want := "start " + tag + "\nstop standin-test/2\n"; string(calls) != want {
				t.Errorf("calls %q, want %q", calls, want)
			}
		})
	}
}

func TestAStopThatIsNone(t *testing.T) {
	for name, make := range managers(t) {
		t.Run(name, func(t *testing.T) {
			s, config := make()
			config.Settle = time.Millisecond
			site := Site{Dir: "/", Process: config}
			if err := mustLoad(t, "process", `{do: start, within: 20s}`, site).Run(context.Background(), Env{}); err != nil {
				t.Fatal(err)
			}
			p, _ := proc.Find(s.pid())

			os.WriteFile(s.path("refuses"), nil, 0o644)
			err := mustLoad(t, "process", `{do: stop, within: 1s}`, site).Run(context.Background(), Env{})
			f := failed(t, err, fmt.Sprintf("app is still running 1s after stop (pid %d)", p.PID))
			if f.Hint != fmt.Sprintf("end it on the host: sudo kill -9 %d", p.PID) {
				t.Errorf("hint %q", f.Hint)
			}
			os.Remove(s.path("refuses"))

			os.WriteFile(s.path("lies"), nil, 0o644)
			if err := mustLoad(t, "process", `{do: stop, within: 20s}`, site).Run(context.Background(), Env{}); err != nil {
				t.Error(err)
			}
			if proc.Alive(p) {
				t.Error("the manager said it stopped; we believed it")
			}
		})
	}
}

func TestAServiceNobodyKnows(t *testing.T) {
	for name, c := range map[string]struct{ sentence string }{
		"systemd": {"systemd has no unit none.service"},
		"compose": {"docker compose has no container of a service named none; it has app, db"},
	} {
		_, config := managers(t)[name]()
		k := mustLoad(t, "process", `{do: stop, name: none}`, Site{Dir: "/", Process: config})
		_, err := k.Plan(context.Background(), Env{})
		failed(t, err, c.sentence)
		failed(t, k.Run(context.Background(), Env{}), c.sentence)
	}
}

func TestProcessThatMayNotBeLoaded(t *testing.T) {
	good := ProcessConfig{Manager: "systemd", Name: "app"}
	for _, c := range []struct {
		what, text string
		change     func(*Site)
		want       string
	}{
		{"neither stop nor start", `{do: restart}`, func(*Site) {}, "is stop or start"},
		{"no manager", `{do: stop}`, func(s *Site) { s.Process.Manager = "" }, "is one of pm2"},
		{"no name", `{do: stop}`, func(s *Site) { s.Process.Name = "" }, "service.process.name"},
		{"a name that is an option", `{do: stop}`, func(s *Site) { s.Process.Name = "--all" }, "service.process.name"},
		{"no such user", `{do: stop}`, func(s *Site) { s.Process.Manager, s.RunAs = "pm2", "no-such-user" }, "no Unix user"},
		{"half a custom manager", `{do: stop}`, func(s *Site) { s.Process.Manager = "custom"; s.Process.Custom.Stop = []string{"x"} }, "custom.start: missing"},
		{"a health address that is none", `{do: stop}`, func(s *Site) { s.Health.URL = "localhost" }, "health.url"},
	} {
		site := anywhere
		site.Process = good
		c.change(&site)
		if _, err := load(t, "process", c.text, site); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}

func TestProcessSaysWhatItIs(t *testing.T) {
	site := anywhere
	site.Process = ProcessConfig{Manager: "pm2", Name: "bot", Also: []string{"worker"}, PM2: PM2Config{Home: "/h"}}
	for _, c := range []struct {
		text string
		want About
	}{
		{`{do: stop}`, About{Title: "stop bot (pm2)", Effect: Stop, Expect: 2 * time.Second}},
		{`{do: stop, also: true}`, About{Title: "stop bot and worker (pm2)", Effect: Stop, Expect: 2 * time.Second}},
		{`{do: start}`, About{Title: "start bot (pm2)", Effect: Change, Starts: true, Expect: 5 * time.Second}},
		{`{do: start, name: worker}`, About{Title: "start worker (pm2)", Effect: Change, Starts: true, Expect: 5 * time.Second}},
	} {
		k := mustLoad(t, "process", c.text, site)
		if diff := cmp.Diff(c.want, k.About()); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
		roundTrip(t, "process", k)
	}
}

func TestComposeListsOfOldAndNew(t *testing.T) {
	want := []composeContainer{{"1", "app", "running"}, {"2", "db", "exited"}}
	for what, text := range map[string]string{
		"a line each": `{"ID":"1","Service":"app","State":"running"}` + "\n" + `{"ID":"2","Service":"db","State":"exited"}` + "\n",
		"one array":   `[{"ID":"1","Service":"app","State":"running"},{"ID":"2","Service":"db","State":"exited"}]`,
	} {
		got, err := composeList([]byte(text))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", what, err, diff)
		}
	}
}
