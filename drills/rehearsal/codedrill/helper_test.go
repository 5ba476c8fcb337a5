package codedrill

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

// The test binary is the canary, too: "-canary RECORD KIND WHAT" writes down that it was started, and with what. Then it does WHAT.
func TestMain(m *testing.M) {
	if len(os.Args) > 4 && os.Args[1] == "-canary" {
		syscall.Exit(canary(os.Args[2], os.Args[3], os.Args[4]))
	}
	if len(os.Args) > 1 && os.Args[1] == "-steps" {
		syscall.Exit(steps(os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

// canary records its environment, and what a service would read of a .env beside it, in one write.
func canary(record, kind, what string) int {
	var b bytes.Buffer
	all, _ := os.ReadFile("/proc/self/environ") // with what is there twice
	fmt.Fprintf(&b, "=== %s\n%s", kind, strings.ReplaceAll(string(all), "\x00", "\n"))
	if env, err := os.ReadFile(".env"); err == nil {
		fmt.Fprintf(&b, "%s\n", env)
	}
	f, err := os.OpenFile(record, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		fmt.Println(err)
		return 9
	}
	f.Write(b.Bytes())
	f.Close()
	return act(what)
}

func act(what string) int {
	what, arg, _ := strings.Cut(what, ":")
	switch what {
	case "exit":
		n, _ := strconv.Atoi(arg)
		return n
	case "hang":
		os.Remove(arg)
		select {}
	case "stubborn":
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP)
		select {}
	case "linger", "leave": // leaves one that is nobody's child, in a session of its own, without our environment
		left := map[string]string{"linger": "stubborn", "leave": "hang"}[what]
		c := exec.Command(os.Args[0], "-canary", os.Args[2], "left", left)
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		c.Env = []string{"A=b"}
		if err := c.Start(); err != nil {
			return 8
		}
		return act(arg)
	case "serve":
		code, at, _ := strings.Cut(arg, ":")
		answer, _ := strconv.Atoi(code)
		go http.ListenAndServe(at, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer) }))
		select {}
	case "filter":
		io.Copy(os.Stdout, os.Stdin)
	case "gitconfig":
		c := exec.Command("git", "config", "core.hooksPath", ".husky")
		if out, err := c.CombinedOutput(); err != nil {
			fmt.Printf("%s", out)
			return 7
		}
	}
	return 0
}

// world is a service that is in production, and a drill's folder.
type world struct {
	t      *testing.T
	dir    string
	repo   string
	record string
	bin    string
	git    string
	as     *proc.User
	listen string // where the release answers when it is well: then its record is written
	cfg    Config
	out    bytes.Buffer
}

// The values of production. None may ever be seen by what a drill starts.
var production1 = map[string]string{
	"NODE_ENV": "production", "PORT": "3000", "BOT_TOKEN": "123456789:AAprodprodprodprodprodprodprodprod_-x", "DB_HOST": "localhost", "DB_PORT": "5432",
	"DB_USERNAME": "sigma", "DB_PASSWORD": "p@ss/w0rd-of-prod", "DB_DATABASE": "sigmatrade", "REDIS_URL": "redis://Cache.Internal.example:6379/0",
	"ENCRYPTION_KEY": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "ADMIN_IDS": "77001122,77001133", "LOG_LEVEL": "info",
	"APP_NAME": "sigmatrade", "JOB_PAYMENT_ENABLED": "true",
}

// known is a secret that twokey's config has.
const known = "987654321:BBknownknownknownknownknownknown-_y"

// leaks are what a record must not have in it.
func leaks() []string {
	return []string{production1["BOT_TOKEN"], production1["DB_PASSWORD"], production1["ENCRYPTION_KEY"], known, "77001122", "p%40ss", "ache.nternal", "Cache.Internal", "cache.internal"}
}

func userOf(t *testing.T) *proc.User {
	if os.Geteuid() != 0 {
		t.Log("not root: runs as ourselves")
		return nil
	}
	u, err := proc.LookupUser("nobody")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func newWorld(t *testing.T) *world {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not here")
	}
	dir := t.TempDir()
	must(t, os.Chmod(filepath.Dir(dir), 0o755)) // the service's user has to get in
	w := &world{t: t, dir: dir, repo: dir + "/shop", record: dir + "/record", bin: dir + "/canary", git: git, as: userOf(t), listen: freePort(t)}
	self, err := os.Executable()
	must(t, err)
	if os.Link(self, w.bin) != nil { // another disk
		data, err := os.ReadFile(self)
		must(t, err)
		must(t, os.WriteFile(w.bin, data, 0o755))
	}
	must(t, os.WriteFile(w.record, nil, 0o666))
	must(t, os.Chmod(w.record, 0o666))
	must(t, os.Mkdir(w.repo, 0o755))
	must(t, os.Mkdir(dir+"/work", 0o711))
	w.own(w.repo)
	w.run("init", "-q", "-b", "main")
	w.script("build", "exit:0")
	w.script("check", "exit:0")
	w.script("serve", "serve:200:"+w.listen)
	w.put("version", "1\n")
	w.put(".gitignore", ".env\n")
	w.commit("one")
	w.put("version", "2\n")
	w.commit("two")
	w.put(".env", envText(production1))
	w.cfg = Config{Repo: w.repo, Branch: "main", User: w.as, Git: git, Work: dir + "/work", Build: [][]string{{"./build"}}, Test: []string{"./check"}, Within: time.Minute,
		Health: "http://" + w.listen + "/healthz", Room: 1, Production: func() (Forbidden, error) {
			return Forbidden{Files: []string{w.repo + "/.env"}, Values: []secret.Value{secret.New(known)}}, nil
		}}
	return w
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) own(path string) {
	w.t.Helper()
	if w.as != nil {
		must(w.t, os.Lchown(path, int(w.as.UID), int(w.as.GID)))
	}
}

// put writes a file of the service.
func (w *world) put(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.repo, name)
	must(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
	w.own(filepath.Dir(path))
	must(w.t, os.WriteFile(path, []byte(text), 0o644))
	w.own(path)
}

// script is a program of the service that is the canary.
func (w *world) script(name, what string) {
	w.t.Helper()
	w.put(name, fmt.Sprintf("#!/bin/sh\nexec %s -canary %s %s '%s'\n", w.bin, w.record, filepath.Base(name), what))
	must(w.t, os.Chmod(filepath.Join(w.repo, name), 0o755))
}

// run is git of the service's user, before the drill.
func (w *world) run(args ...string) string {
	w.t.Helper()
	out, err := w.try(args...)
	if err != nil {
		w.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(out)
}

func (w *world) try(args ...string) (string, error) {
	c := exec.Command(w.git, args...)
	c.Dir = w.repo
	c.Env = []string{"PATH=" + systemPath, "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b"}
	if w.as != nil {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: w.as.UID, Gid: w.as.GID}}
	}
	out, err := c.CombinedOutput()
	return string(out), err
}

func (w *world) commit(text string) {
	w.t.Helper()
	w.run("add", "-A")
	w.run("commit", "-q", "--allow-empty", "-m", text)
}

// release changes what is gone back to, and puts another commit on it.
func (w *world) release(change func()) {
	w.t.Helper()
	change()
	w.commit("three")
	w.put("version", "3\n")
	w.commit("four")
}

func envText(env map[string]string) string {
	var lines []string
	for k, v := range env {
		lines = append(lines, k+"='"+v+"'")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func (w *world) envFile(text string) string {
	w.t.Helper()
	path := w.dir + "/drill.env"
	must(w.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func (w *world) drill() *Drill {
	w.t.Helper()
	d, err := New(w.cfg)
	must(w.t, err)
	return d
}

var allSteps = []string{keyCommits, keyWorktree, keyBuild, keyTest, keyStart, keyRemove}

func (w *world) env(before map[string]*drills.Found, key string) rehearsal.Env {
	return rehearsal.Env{Exercise: 7, Tag: fmt.Sprintf("test%d/%s/7/%s", os.Getpid(), filepath.Base(filepath.Dir(w.dir)), key), Output: &w.out, Before: before}
}

// hold does steps up to the first that fails, and says which.
func (w *world) hold(d *Drill, keys ...string) (found map[string]*drills.Found, failedAt string, err error) {
	found = map[string]*drills.Found{}
	for _, key := range keys {
		f, err := d.Do(w.t.Context(), w.env(found, key), key)
		found[key] = &f
		if err != nil {
			return found, key, err
		}
	}
	return found, "", nil
}

func (w *world) clean(d *Drill) string {
	w.t.Helper()
	proof, err := d.Clean(context.WithoutCancel(w.t.Context()), w.env(nil, "clean"))
	must(w.t, err)
	w.gone()
	return proof
}

// gone must hold after Clean: no folder, no entry in production's repository, no process.
func (w *world) gone() {
	w.t.Helper()
	if left, _ := filepath.Glob(w.dir + "/work/*"); len(left) > 0 {
		w.t.Errorf("left: %q", left)
	}
	if left, _ := filepath.Glob(w.repo + "/.git/worktrees*"); len(left) > 0 {
		w.t.Errorf("left: %q", left)
	}
	ps, err := proc.All()
	must(w.t, err)
	for _, p := range ps {
		if title, _ := p.Title(); strings.Contains(title, "-canary "+w.record) {
			w.t.Errorf("left: %s", title)
		}
	}
}

// records says what was started, in order, and fails when it saw anything of production.
func (w *world) records() []string {
	w.t.Helper()
	b, err := os.ReadFile(w.record)
	must(w.t, err)
	for _, leak := range leaks() {
		if bytes.Contains(b, []byte(leak)) {
			w.t.Errorf("THE CANARY SAW %q:\n%s", leak, b)
		}
	}
	return w.kinds()
}

// kinds says what was started, whatever it saw.
func (w *world) kinds() (kinds []string) {
	w.t.Helper()
	b, err := os.ReadFile(w.record)
	must(w.t, err)
	for line := range strings.SplitSeq(string(b), "\n") {
		if kind, is := strings.CutPrefix(line, "=== "); is {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// digest is all of production's folder: names, modes, owners, contents; times of nothing.
func (w *world) digest() string {
	w.t.Helper()
	sum := sha256.New()
	must(w.t, filepath.WalkDir(w.repo, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %s %d\n", path, info.Mode(), info.Sys().(*syscall.Stat_t).Uid)
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			sum.Write(data)
			return err
		}
		return nil
	}))
	return hex.EncodeToString(sum.Sum(nil))
}

func mkfifo(path string) error { return syscall.Mkfifo(path, 0o600) }

var encoders = []func(string) string{
	url.QueryEscape, url.PathEscape,
	func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	func(s string) string { return hex.EncodeToString([]byte(s)) },
}

var background = context.Background()

func withCancel(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}
