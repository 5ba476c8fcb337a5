package bot_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"twokey/actions/step"
	"twokey/bot/telegram/fakebot"
)

// pm2Program is the pm2 that `make tools` installs.
func pm2Program(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", ".tools", "node_modules", ".bin", "pm2"))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("pm2 is not installed; run: make tools (%v)", err)
	}
	return path
}

// nodeService is a Node service under a real pm2 with a home of its own, as it runs before twokey comes.
type nodeService struct {
	t    *testing.T
	pm2  string
	home string // short: a socket's path has at most 108 bytes
	port int
}

func startNode(t *testing.T) *nodeService {
	t.Helper()
	home, err := os.MkdirTemp("", "pm2")
	if err != nil {
		t.Fatal(err)
	}
	n := &nodeService{t: t, pm2: pm2Program(t), home: home, port: freePort(t)}
	t.Cleanup(func() {
		n.call("kill")
		_ = os.RemoveAll(home)
	})
	js, err := filepath.Abs(filepath.Join("testdata", "service.js"))
	if err != nil {
		t.Fatal(err)
	}
	n.call("start", js, "--name", "shop", "--", strconv.Itoa(n.port))
	n.until("the port is open", n.open)
	return n
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (n *nodeService) call(args ...string) {
	n.t.Helper()
	c := exec.Command(n.pm2, args...)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + n.home, "PM2_HOME=" + n.home}
	if out, err := c.CombinedOutput(); err != nil {
		n.t.Fatalf("pm2 %v: %v\n%s", args, err, out)
	}
}

func (n *nodeService) site() step.Site {
	url := fmt.Sprintf("http://127.0.0.1:%d/", n.port)
	return step.Site{Dir: n.home, Process: step.ProcessConfig{Manager: step.ManagerPM2, Name: "shop", Settle: 300 * time.Millisecond,
		PM2: step.PM2Config{Home: n.home, Program: n.pm2}}, Health: step.Health{URL: url, Within: 30 * time.Second}}
}

func (n *nodeService) open() bool {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", n.port))
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

// pid is the service's process as pm2 wrote it down, 0 when there is none.
func (n *nodeService) pid() int {
	data, err := os.ReadFile(filepath.Join(n.home, "pids", "shop-0.pid"))
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(data)))
	return pid
}

func (n *nodeService) daemons() int {
	n.t.Helper()
	titles, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		n.t.Fatal(err)
	}
	count := 0
	for _, f := range titles {
		if title, err := os.ReadFile(f); err == nil && strings.HasPrefix(string(title), "PM2 v") && strings.Contains(string(title), n.home) {
			count++
		}
	}
	return count
}

// until waits for a fact about an outside process, which nothing announces.
func (n *nodeService) until(why string, fact func() bool) {
	n.t.Helper()
	late := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !fact() {
		select {
		case <-tick.C:
		case <-late:
			n.t.Fatalf("waiting until %s", why)
		}
	}
}

// The whole way from a phone to a real service and back, seen from outside.
func TestPM2StopStartRestart(t *testing.T) {
	n := startNode(t)
	p := settle(t, n.site())
	first := n.pid()

	do(p, "/stop", "Approve stop")
	if n.open() || syscall.Kill(first, 0) == nil {
		t.Errorf("stopped, but port open: %v, process %d there: %v", n.open(), first, syscall.Kill(first, 0) == nil)
	}
	do(p, "/start_service", "Approve start")
	second := n.pid()
	if !n.open() || second == 0 || second == first {
		t.Errorf("started, but port open: %v, process %d after %d", n.open(), second, first)
	}
	do(p, "/restart", "Approve restart")
	if third := n.pid(); !n.open() || third == second || syscall.Kill(second, 0) == nil {
		t.Errorf("restarted, but port open: %v, process %d after %d", n.open(), third, second)
	}
	if count := n.daemons(); count != 1 {
		t.Errorf("%d pm2 daemons, want one", count)
	}
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", n.pid()))
	if err != nil || strings.Contains(string(env), "TWOKEY_RUN") {
		t.Errorf("the service carries our tag (%v): after a crash it would be ended as a survivor", err)
	}
}

// do has ann ask and bob approve, and waits until the card tells the good end.
func do(p *place, command, button string) {
	p.t.Helper()
	p.Say(11, adminChat, command)
	card := p.card(button, func(m fakebot.Message) bool { return hasButton(m, button) })
	p.press(12, card, button)
	p.card(command+" succeeded", func(m fakebot.Message) bool {
		over := m.ID == card.ID && (strings.Contains(m.Text, "succeeded") || strings.Contains(m.Text, "failed"))
		if over && strings.Contains(m.Text, "failed") {
			p.t.Errorf("%s", m.Text)
		}
		return over
	})
}

func hasButton(m fakebot.Message, label string) bool {
	return slices.ContainsFunc(m.Buttons, func(row []fakebot.Button) bool {
		return slices.ContainsFunc(row, func(b fakebot.Button) bool { return b.Text == label })
	})
}

func (p *place) card(why string, fact func(fakebot.Message) bool) fakebot.Message {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 60*time.Second)
	defer cancel()
	m, err := p.WaitMessage(ctx, adminChat, fact)
	if err != nil {
		p.t.Fatalf("waiting for a card with %s: %v; the chat has %+v", why, err, p.Messages(adminChat))
	}
	return m
}
