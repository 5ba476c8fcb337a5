package preflight

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/actions/step"
	"twokey/internal/proc"
)

// TestRun: results come in the order of areas and tests, shown and without secrets; what does not answer ends in time; and
// no more look at once than may.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tests []Test
		for i := range 3 * atOnce {
			tests = append(tests, Test{Area: Host, Look: func(ctx context.Context) []Result {
				<-ctx.Done() // all of them hang
				return []Result{{Name: fmt.Sprint(i), Sentence: "late", SQL: "two\nlines"}}
			}})
		}
		tests = append(tests, Test{Area: Programs, Look: func(context.Context) []Result { return []Result{ok("first", "fine")} }})
		began := time.Now()
		got := Run(t.Context(), tests, strings.ToUpper, func(s string) string { return s + "!" })
		if took := time.Since(began); took != 3*within {
			t.Errorf("it took %s, want %s", took, 3*within)
		}
		if diff := cmp.Diff(Result{Area: Programs, Name: "FIRST", State: OK, Sentence: "FINE", SQL: "!"}, got[0]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(Result{Area: Host, Name: "0", State: Fail, Sentence: "LATE", SQL: "two\nlines!"}, got[1]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNamed(t *testing.T) {
	for in, want := range map[string]string{"ann": `"ann"`, "a\"\nb": `"a' b"`, strings.Repeat("x", 50): `"` + strings.Repeat("x", 39) + `…"`, "": `""`} {
		if got := named(in); got != want {
			t.Errorf("named(%q) = %s, want %s", in, got, want)
		}
	}
	if got := listed([]string{"a", "b", "c", "d"}, 2); got != "a, b and 2 more" {
		t.Error(got)
	}
}

// script is a program that answers.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	bin, npm := t.TempDir(), t.TempDir()
	secretly := script(t, bin, "git", `echo "git version 2.39.5 ($SECRET_OF_OURS)"`)
	script(t, bin, "node", "echo v20.1.0")
	script(t, bin, "psql", "echo no version at all >&2; exit 3")
	script(t, bin, "pg_dump", `echo "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"`)
	script(t, npm, "pm2", "touch "+npm+"/ran") // pm2 --version would start a daemon
	if err := os.WriteFile(filepath.Join(npm, "package.json"), []byte(`{"name":"pm2","version":"7.0.4"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	b := Toolbox{Tools: bin, At: map[string]string{"git": secretly, "node": filepath.Join(bin, "node"), "pm2": filepath.Join(npm, "pm2")},
		Needed: map[string]string{"psql": "service.database", "pg_restore": "service.database", "docker": "service.process"},
		Look: func(name string) (string, error) {
			if !filepath.IsAbs(name) {
				return "", errors.New("not on PATH")
			}
			return exec.LookPath(name)
		}}
	var got []string
	for _, r := range gather(t.Context(), b.Tests()) {
		got = append(got, strings.ReplaceAll(strings.ReplaceAll(fmt.Sprintf("%s %s → %s", r.State, r.Sentence, r.Hint), bin, "BIN"), npm, "NPM"))
	}
	want := []string{
		"ok git 2.39.5 (BIN/git) → ",
		"ok pg_dump 15.18 (BIN/pg_dump) → ",
		"fail pg_restore is not installed, and service.database needs it → it is not in BIN: correct service.database.tools",
		"fail psql cannot be run: no version at all → try it on the host: BIN/psql --version",
		"ok node 20.1.0 (BIN/node) → ",
		"off npm is not installed; nothing in the config needs it → ",
		"ok pm2 7.0.4 (NPM/pm2) → ",
		"fail docker is not installed, and service.process needs it → install it, or put its folder on the PATH twokey runs with",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	bare := filepath.Join(t.TempDir(), "pm2") // no package.json tells its version
	if err := os.Rename(filepath.Join(npm, "pm2"), bare); err != nil {
		t.Fatal(err)
	}
	b.At["pm2"] = bare
	if p := b.look(t.Context(), "pm2"); p != (program{path: bare}) {
		t.Errorf("%+v", p)
	}
	if _, err := os.Stat(filepath.Join(npm, "ran")); err == nil {
		t.Error("pm2 was run")
	}
	if n := b.Dump(t.Context()); n != 15 {
		t.Errorf("pg_dump's version is %d", n)
	}
}

// TestTheRealPM2 reads the version that make tools installed.
func TestTheRealPM2(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", ".tools", "node_modules", ".bin", "pm2")
	if _, err := os.Stat(path); err != nil {
		t.Fatal("pm2 is not installed; run: make tools")
	}
	if v := packaged(path, "pm2"); !dotted.MatchString(v) {
		t.Errorf("version %q", v)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	lookup := func(name string) (*proc.User, error) {
		if name != "app" {
			return nil, errors.New("no such user")
		}
		return &proc.User{Name: "app", UID: 1000}, nil
	}
	for _, c := range []struct {
		what, runAs, eff string
		uid              int
		state            State
		sentence         string
	}{
		{"nobody else", "", "0000000000000000", 0, Off, "no run_as"},
		{"root", "app", "000001ffffffffff", 0, OK, "twokey may work as user app"},
		{"root of a container", "app", "00000000a80425fb", 0, Fail, "twokey lacks CAP_SYS_PTRACE: it could not find what a crash left running"},
		{"the unit file's four", "app", "00000000000800e0", 999, OK, "twokey may work"},
		{"a user", "app", "0000000000000000", 999, Fail, "lacks CAP_SETUID, CAP_SETGID, CAP_KILL and CAP_SYS_PTRACE"},
		{"itself", "app", "0000000000000000", 1000, OK, "the service's own user"},
		{"unreadable", "app", "?", 999, Fail, "lacks CAP_SETUID"},
		{"not there", "apq", "000001ffffffffff", 0, Fail, `there is no Unix user "apq"`},
	} {
		h := Hands{RunAs: c.runAs, Lookup: lookup, UID: c.uid, Status: func() (string, error) { return "CapPrm:\tffff\nCapEff:\t" + c.eff + "\n", nil }}
		got := gather(t.Context(), h.Tests())
		if len(got) != 1 || got[0].State != c.state || !strings.Contains(got[0].Sentence, c.sentence) {
			t.Errorf("%s: %+v, want %s %s", c.what, got, c.state, c.sentence)
		}
	}
	if eff := (Hands{}).capabilities(); os.Geteuid() == 0 && eff == 0 {
		t.Error("root has no capabilities in the real file")
	}
}

func TestServiceProcess(t *testing.T) {
	since := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what   string
		st     step.Status
		err    error
		health string
		want   []string
	}{
		{"well", step.Status{Up: true, OK: true, Since: since, PIDs: []int{7}, Health: "200 OK"}, nil, "http://x",
			[]string{"ok shop is up since 2026-11-24 09:00:00 UTC, pid 7 (pm2)", "ok health.url answers 200 OK"}},
		{"sick", step.Status{Up: true, Health: "502 Bad Gateway", Note: "health: answered 502 Bad Gateway"}, nil, "http://x",
			[]string{"ok shop is up (pm2)", "fail health.url is not well: answered 502 Bad Gateway"}},
		{"down", step.Status{}, nil, "http://x", []string{"warn shop is down (pm2)", "off health.url was not asked: the service is down"}},
		{"unknown", step.Status{}, &step.Failure{Sentence: "pm2 has no service named shop; it has none", Hint: "correct it"}, "",
			[]string{"fail pm2 has no service named shop; it has none", "off there is no health.url"}},
	} {
		o := Operated{Name: "shop", Manager: "pm2", Health: c.health}
		var got []string
		for _, r := range o.judge(c.st, c.err) {
			got = append(got, string(r.State)+" "+r.Sentence)
		}
		for i, want := range c.want {
			if i >= len(got) || !strings.HasPrefix(got[i], want) {
				t.Errorf("%s: %q, want %q", c.what, got, want)
			}
		}
	}
}

// TestGitIsReadAsTheServicesUser: a real repository of another user, with a hook and a setting that would run something.
func TestGitIsReadAsTheServicesUser(t *testing.T) {
	t.Parallel()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal("git is not installed")
	}
	dir, err := os.MkdirTemp("", "preflight")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	var as *proc.User
	if os.Geteuid() == 0 {
		as, err = proc.LookupUser("nobody")
		if err == nil {
			err = os.Chown(dir, int(as.UID), int(as.GID))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	o := Operated{Dir: dir, As: as, Git: git, Code: true}
	wants := func(state State, sentence string) {
		t.Helper()
		if r := o.directory(t.Context()); r.State != state || !strings.Contains(r.Sentence, sentence) {
			t.Errorf("%+v, want %s %s", r, state, sentence)
		}
	}
	wants(Fail, "is no git repository, and service.code needs one")
	o.Code = false
	wants(OK, "it is no git repository")
	o.Code = true
	do := func(args ...string) {
		t.Helper()
		if _, err := answer(t.Context(), as, append([]string{git, "-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "safe.directory=" + dir}, args...)...); err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
	}
	do("init", "-q", "-b", "release")
	wants(Fail, "git cannot read "+dir)
	do("commit", "-q", "--allow-empty", "-m", "one")
	do("config", "core.fsmonitor", "touch "+dir+"/ran")
	wants(OK, ` on "release"`)
	if _, err := os.Stat(dir + "/ran"); err == nil { // rev-parse has no use for it; another command would
		t.Error("the repository's own program was run")
	}
	o.Git = ""
	wants(Fail, "git is not installed")
	o.Dir = dir + "/nowhere"
	wants(Fail, "is not there")
}

func TestServiceFiles(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "preflight")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	env, log := filepath.Join(dir, ".env"), filepath.Join(dir, "app.log")
	o := Operated{EnvFile: env, Logs: []string{dir + "/*.log"}, Backups: map[string]string{"service.backups.daily": dir, "service.backups.safety": env, "none": ""}}
	lines := func() (all []string) {
		t.Helper()
		for _, r := range o.files(t.Context()) {
			all = append(all, strings.ReplaceAll(string(r.State)+" "+r.Sentence, dir, "DIR"))
		}
		return all
	}
	if diff := cmp.Diff([]string{"fail DIR/.env is not there", "warn no file matches DIR/*.log", "ok DIR is there", "fail DIR/.env is not there"}, lines()); diff != "" {
		t.Error(diff)
	}
	for _, path := range []string{env, log} {
		if err := os.WriteFile(path, []byte("X=1\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"warn DIR/.env can be read by everybody on the host (mode 0644)", "ok 1 log file found", "ok DIR is there", "fail DIR/.env is not a folder"}, lines()); diff != "" {
		t.Error(diff)
	}
	if os.Geteuid() != 0 {
		return
	}
	if o.As, err = proc.LookupUser("nobody"); err != nil {
		t.Fatal(err)
	}
	if got := lines()[0]; got != "fail DIR/.env cannot be read by nobody" { // the folder is ours alone
		t.Error(got)
	}
	if err := errors.Join(os.Chmod(dir, 0o711), os.Chmod(env, 0o600), os.Chown(env, int(o.As.UID), int(o.As.GID))); err != nil {
		t.Fatal(err)
	}
	if got := lines()[0]; got != "ok DIR/.env can be read by nobody" {
		t.Error(got)
	}
}

func TestDisk(t *testing.T) {
	for free, want := range map[uint64]State{100 << 20: Fail, 1 << 30: Warn, 5 << 30: OK, 77 << 30: OK} {
		if got := judgeDisk("/x", free); got.State != want {
			t.Errorf("%d: %+v, want %s", free, got, want)
		}
	}
	if r := (Machine{State: filepath.Join(t.TempDir(), "not", "yet", "there", "x.db")}).disk(); r.State == Fail && !strings.HasPrefix(r.Sentence, "only ") {
		t.Errorf("%+v", r)
	}
}
