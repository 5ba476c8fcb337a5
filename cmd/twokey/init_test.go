package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"twokey/bot/telegram/fakebot"
)

// pm2Host is a host as a newcomer finds it: two services under a real pm2, in one folder, and a bot in a group.
type pm2Host struct {
	t         *testing.T
	home, srv string
	pm2       string
	tg        *fakebot.Server
	twokey    string
	etc       string
}

func newPM2Host(t *testing.T) *pm2Host {
	t.Helper()
	bins, err := programs()
	must(t, err)
	home, err := os.MkdirTemp("", "pm2") // short: a socket's path has at most 108 bytes
	must(t, err)
	h := &pm2Host{t: t, home: home, srv: filepath.Join(home, "srv"), etc: filepath.Join(t.TempDir(), "etc"), twokey: bins.twokey,
		tg: fakebot.Start(fakebot.Config{BotUsername: "ops_bot"})}
	t.Cleanup(h.tg.Close)
	h.pm2, err = filepath.Abs("../../.tools/node_modules/.bin/pm2")
	must(t, err)
	if _, err := os.Stat(h.pm2); err != nil {
		t.Fatalf("pm2 is not installed; run: make tools (%v)", err)
	}
	must(t, errors.Join(os.Mkdir(h.etc, 0o700), os.Mkdir(h.srv, 0o755),
		os.WriteFile(filepath.Join(h.srv, "package.json"), []byte(`{"name": "shop"}`), 0o600),
		os.WriteFile(filepath.Join(h.srv, ".env"), []byte("JWT_SECRET=geheim\n"), 0o600),
		os.WriteFile(filepath.Join(h.srv, "idle.js"), []byte("setInterval(() => {}, 1000)\n"), 0o600)))
	t.Cleanup(func() {
		h.call("kill")
		os.RemoveAll(home)
	})
	h.call("start", "idle.js", "--name", "shop")
	h.call("start", "idle.js", "--name", "worker")
	return h
}

func (h *pm2Host) env() []string {
	return append(os.Environ(), "PATH="+filepath.Dir(h.pm2)+":"+os.Getenv("PATH"), "PM2_HOME="+h.home, "HOME="+h.home, "GORACE=atexit_sleep_ms=0")
}

func (h *pm2Host) call(args ...string) {
	h.t.Helper()
	c := exec.Command(h.pm2, args...)
	c.Env, c.Dir = h.env(), h.srv
	if out, err := c.CombinedOutput(); err != nil {
		h.t.Fatalf("pm2 %v: %v\n%s", args, err, out)
	}
}

// people let the bot into a group and write there; a stranger writes to the bot.
func (h *pm2Host) people() {
	for name, id := range accounts {
		h.tg.AddUser(fakebot.User{ID: id, FirstName: strings.ToUpper(name[:1]) + name[1:], Started: true})
	}
	h.tg.AddGroup(fakebot.Group{ID: adminChat, Title: "Operations", BotStatus: "administrator"}, accounts["ann"], accounts["bob"], accounts["cid"])
	h.tg.Say(accounts["ann"], adminChat, "/id")
	h.tg.Say(accounts["bob"], adminChat, "/id")
	h.tg.Say(accounts["cid"], adminChat, "anonymous hello", fakebot.AnonymousAdmin())
	h.tg.Say(accounts["eve"], accounts["eve"], "/id")
}

func (h *pm2Host) init(stdin io.Reader, args ...string) *exec.Cmd {
	c := exec.Command(h.twokey, append([]string{"init", "--api", h.tg.URL()}, args...)...)
	c.Env, c.Dir, c.Stdin = h.env(), h.etc, stdin
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

// TestInitFindsEverythingByItself presses Enter: the service is found in pm2, the group and its people through the bot; and
// what waited for the bot still waits when it starts.
func TestInitFindsEverythingByItself(t *testing.T) {
	h := newPM2Host(t)
	h.people()
	waiting := h.tg.Pending()
	answers := []string{h.srv, "", "", "", "", "", h.tg.Token(), "", "", "", ""}
	out, err := h.init(strings.NewReader(strings.Join(answers, "\n") + "\n")).CombinedOutput()
	if err != nil {
		t.Fatalf("init: %v\n%s", err, out)
	}
	for _, want := range []string{"running: pm2, systemd, compose, custom [pm2]", "pm2 has shop, worker", "Its name in pm2 [shop]", "stopped with it by /panic: worker",
		"This is @ops_bot.", "Operations (-1001234567890): Ann (11) wrote", "somebody wrote as the group", "[ann=11 bob=12]", "is good: 2 people"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("init does not say %q, but:\n%s", want, out)
		}
	}
	config, err := os.ReadFile(filepath.Join(h.etc, "twokey.yaml"))
	must(t, err)
	for _, want := range []string{"manager: pm2\n    name: shop\n    also: [worker]\n    pm2: {home: " + h.home + ", program: " + h.pm2 + "}", "{name: ann, telegram: [11], roles: [admin]}",
		"admin_chat: -1001234567890\n", "# The admin bot, @ops_bot."} {
		if !bytes.Contains(config, []byte(want)) {
			t.Errorf("the config has no %q:\n%s", want, config)
		}
	}
	for name, said := range map[string][]byte{"output": out, "config": config} {
		for _, secret := range []string{strings.SplitN(h.tg.Token(), ":", 2)[1], "geheim", "=66", "(66)", "[66]"} {
			if bytes.Contains(said, []byte(secret)) {
				t.Errorf("%q is in the %s", secret, name)
			}
		}
	}
	if got := h.tg.Pending(); got != waiting || waiting == 0 || h.tg.Offset() != 0 {
		t.Errorf("%d updates wait for the bot after init, want the %d of before", got, waiting)
	}
	h.modes(map[string]fs.FileMode{"twokey.yaml": 0o600, "secrets": 0o700, "secrets/ops-bot.token": 0o600, "secrets/journal.key": 0o600, "state": 0o700})
	h.botStarts()
}

func (h *pm2Host) modes(want map[string]fs.FileMode) {
	h.t.Helper()
	for name, mode := range want {
		info, err := os.Stat(filepath.Join(h.etc, name))
		must(h.t, err)
		if info.Mode().Perm() != mode {
			h.t.Errorf("%s has mode %04o, want %04o", name, info.Mode().Perm(), mode)
		}
	}
}

// botStarts runs the bot with the config that was written. It answers what people sent while init listened.
func (h *pm2Host) botStarts() {
	h.t.Helper()
	bot, err := startProcess(h.env(), h.twokey, "run", "-c", filepath.Join(h.etc, "twokey.yaml"))
	must(h.t, err)
	must(h.t, until("the bot answers an /id from before it ran", func() bool {
		for _, m := range h.tg.Messages(adminChat) {
			if strings.Contains(m.Text, "11") {
				return true
			}
		}
		return !bot.alive()
	}))
	if !bot.alive() {
		h.t.Fatalf("the bot ended with the config of init:\n%s", bot.log)
	}
	must(h.t, errors.Join(bot.signal(syscall.SIGTERM), bot.ended()))
}

func TestInitAsksAgainForATokenThatTelegramDoesNotKnow(t *testing.T) {
	bins, err := programs()
	must(t, err)
	h := &pm2Host{t: t, etc: t.TempDir(), twokey: bins.twokey, tg: fakebot.Start(fakebot.Config{})}
	t.Cleanup(h.tg.Close)
	wrong := "424242:" + strings.Repeat("x", 35)
	answers := []string{h.etc, "shop", "custom", "/bin/true", "/bin/true", "/bin/true", "", "", wrong, h.tg.Token(), "-100", "", "ann=11 bob=12"}
	out, err := h.init(strings.NewReader(strings.Join(answers, "\n") + "\n")).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("telegram does not know this token")) || bytes.Contains(out, []byte("xxx")) {
		t.Errorf("init: %v\n%s", err, out)
	}
	token, err := os.ReadFile(filepath.Join(h.etc, "secrets", "ops-bot.token"))
	if strings.TrimSpace(string(token)) != h.tg.Token() || err != nil {
		t.Errorf("the token that was kept is not the one that Telegram knows (%v)", err)
	}
}

// TestInitDoesNotShowTheToken types on a real terminal.
func TestInitDoesNotShowTheToken(t *testing.T) {
	bins, err := programs()
	must(t, err)
	h := &pm2Host{t: t, etc: t.TempDir(), twokey: bins.twokey, tg: fakebot.Start(fakebot.Config{})}
	t.Cleanup(h.tg.Close)
	ours, theirs := terminal(t)
	c := h.init(theirs, "--offline", "--dir", h.etc, "--name", "shop", "--manager", "custom", "--start", "/bin/true", "--stop", "/bin/true", "--status", "/bin/true")
	c.Stdout, c.Stderr = theirs, theirs
	must(t, c.Start())
	must(t, theirs.Close())
	screen := &screen{ours: ours}
	for _, turn := range []struct{ prompt, typed string }{
		{"Unix user", "none"}, {"it is well", "none"}, {"not shown): ", h.tg.Token()}, {"admin group", "-100"}, {"ask and approve", "ann=11 bob=12"},
	} {
		must(t, screen.until(turn.prompt))
		_, err := io.WriteString(ours, turn.typed+"\n")
		must(t, err)
	}
	must(t, screen.until("is good: 2 people"))
	must(t, c.Wait())
	if strings.Contains(screen.text, h.tg.Token()) {
		t.Errorf("the token was shown:\n%s", screen.text)
	}
	if !strings.Contains(screen.text, "ann=11 bob=12") {
		t.Errorf("what came after the token was not shown:\n%s", screen.text)
	}
}

// terminal is a new pseudo terminal: our side and the program's.
func terminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { ours.Close() })
	number, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	must(t, err)
	must(t, unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0))
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	return ours, theirs
}

// screen is what a terminal has shown so far.
type screen struct {
	ours *os.File
	text string
	seen int
}

// until reads on until the text is shown.
func (s *screen) until(text string) error {
	b := make([]byte, 4096)
	for {
		if i := strings.Index(s.text[s.seen:], text); i >= 0 {
			s.seen += i + len(text)
			return nil
		}
		n, err := s.ours.Read(b)
		s.text += string(b[:n])
		if err != nil {
			return fmt.Errorf("%q was not shown, but (%w):\n%s", text, err, s.text)
		}
	}
}
