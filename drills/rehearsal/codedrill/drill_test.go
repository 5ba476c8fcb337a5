package codedrill

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/drills"
	"twokey/internal/proc"
)

const harmlessEnv = "NODE_ENV=production\nPORT=3000\nDB_HOST=127.0.0.1\nDB_PORT=5433\nDB_DATABASE=drill\nDB_PASSWORD=of-the-drill\nBOT_TOKEN=111:of-the-drill\nJOB_PAYMENT_ENABLED=true\nAPP_NAME=sigmatrade\n"

func TestDrill(t *testing.T) {
	w := newWorld(t)
	w.cfg.EnvFile, w.cfg.Start = w.envFile(harmlessEnv), []string{"./serve"}
	before := w.digest()
	d := w.drill()
	found, at, err := w.hold(d, allSteps...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", at, err, &w.out)
	}
	if diff := cmp.Diff([]string{"build", "check", "serve"}, w.records()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := w.digest(); got != before {
		t.Error("production's checkout was touched")
	}
	w.gone()
	head, back := w.run("rev-parse", "HEAD"), w.run("rev-parse", "HEAD~1")
	if got, want := found[keyCommits].Scope[1:3], []drills.Fact{{Name: factDeployed, Value: head}, {Name: factBefore, Value: back}}; !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	var lines []string
	for _, key := range allSteps {
		lines = append(lines, key+": "+regexp.MustCompile(`[0-9.]+(ms|s)\b`).ReplaceAllString(found[key].Line, "N"))
	}
	want := []string{"commits: from " + short(head) + " back to " + short(back), "worktree: " + short(back) + " is checked out in " + w.dir + "/work/code-7/side/tree",
		"build: built in N", "test: its tests passed in N", "start: it was started and well after N, then stopped",
		"remove: nothing of it ran, and the worktree is gone"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if proof := w.clean(d); proof != "nothing of it ran, and there was nothing to remove" {
		t.Error(proof)
	}
}

// TestEnvironments: what each program of the release gets, to the last variable.
func TestEnvironments(t *testing.T) {
	t.Setenv("BOT_TOKEN", known) // ours
	w := newWorld(t)
	w.cfg.EnvFile, w.cfg.Start = w.envFile(harmlessEnv+"HOME=/root\nPATH=/x\nTWOKEY_RUN=none\n"), []string{w.bin, "-canary", w.record, "serve", "serve:200:" + w.listen}
	w.cfg.Build, w.cfg.Test = [][]string{{w.bin, "-canary", w.record, "build", "exit:0"}}, []string{w.bin, "-canary", w.record, "test", "exit:0"}
	d := w.drill()
	if _, at, err := w.hold(d, allSteps...); err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	w.records()
	b, _ := os.ReadFile(w.record)
	side := w.dir + "/work/code-7/side"
	got := regexp.MustCompile(`TWOKEY_RUN=.*/`).ReplaceAllString(string(b), "TWOKEY_RUN=…/")
	ours := "PATH=" + w.dir + ":" + systemPath + "\nHOME=" + side + "/home\nTMPDIR=" + side + "/tmp\nLANG=C.UTF-8\n"
	want := "=== build\n" + ours + "TWOKEY_RUN=…/build\n=== test\n" + ours + "TWOKEY_RUN=…/test\n=== serve\n" + ours +
		"APP_NAME=sigmatrade\nBOT_TOKEN=111:of-the-drill\nDB_DATABASE=drill\nDB_HOST=127.0.0.1\nDB_PASSWORD=of-the-drill\nDB_PORT=5433\nJOB_PAYMENT_ENABLED=true\n" +
		"NODE_ENV=production\nPORT=3000\nTWOKEY_RUN=…/start\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWhatFails: each in a plain sentence; and all of it is removed afterwards, and production untouched.
func TestWhatFails(t *testing.T) {
	quiet, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer quiet.Close()
	cases := []struct {
		why     string
		release map[string]string // scripts
		change  func(w *world)
		at      string
		want    string
	}{
		{why: "a build that fails", release: map[string]string{"build": "exit:3"}, at: keyBuild, want: "build ended with exit code 3"},
		{why: "a test that fails", release: map[string]string{"check": "exit:1"}, at: keyTest, want: "check ended with exit code 1"},
		{why: "a build that hangs", release: map[string]string{"build": "hang"}, change: func(w *world) { w.cfg.Within = 2 * time.Second }, at: keyBuild,
			want: "build was not done after 2s, and was ended"},
		{why: "a test that hangs, and does not end", release: map[string]string{"check": "stubborn"}, change: func(w *world) { w.cfg.Within = 2 * time.Second }, at: keyTest,
			want: "check was not done after 2s, and was ended"},
		{why: "a program that is not there", change: func(w *world) { w.cfg.Build = [][]string{{"./nothere"}} }, at: keyBuild, want: "program TREE/nothere is not there"},
		{why: "a start that dies", release: map[string]string{"serve": "exit:2"}, change: func(w *world) { w.cfg.Lives = time.Minute }, at: keyStart,
			want: "serve was started and ended with exit code 2 after N"},
		{why: "a start that ends well", release: map[string]string{"serve": "exit:0"}, change: func(w *world) { w.cfg.Lives = time.Minute }, at: keyStart,
			want: "serve was started and ended with exit code 0 after N"},
		{why: "a start that does not answer", release: map[string]string{"serve": "hang"}, change: func(w *world) { w.cfg.Lives = time.Second }, at: keyStart,
			want: "it was started, and is not well after 1s: it does not answer"},
		{why: "a start whose health is bad", release: map[string]string{"serve": "serve:503:LISTEN"}, at: keyStart, change: func(w *world) { w.cfg.Lives = 5 * time.Second },
			want: "it was started, and is not well after 5s: it answers 503"},
		{why: "a start where somebody else answers", at: keyStart, change: func(w *world) { w.cfg.Health = "http://" + quiet.Addr().String() + "/" },
			want: "nothing was started: something answers already where the release would, and its answer would prove nothing"},
		{why: "production's values that cannot be read", at: keyWorktree, change: func(w *world) {
			w.cfg.Production = func() (Forbidden, error) { return Forbidden{}, os.ErrPermission }
		}, want: "production's values cannot be read, so nothing can be compared with them"},
		{why: "production's values that nobody knows", at: keyWorktree, change: func(w *world) { w.cfg.Production = func() (Forbidden, error) { return Forbidden{}, nil } },
			want: "it is not known what production's values are"},
		{why: "production's env file that is gone", at: keyWorktree, change: func(w *world) { os.Remove(w.repo + "/.env") }, want: "production's env file is not there"},
		{why: "only one commit", at: keyCommits, change: func(w *world) {
			w.run("checkout", "-q", "--orphan", "lone")
			w.commit("lone")
		}, want: "the deployed commit is the first: there is none to go back to"},
		{why: "no repository", at: keyCommits, change: func(w *world) { os.RemoveAll(w.repo + "/.git") }, want: "the service's directory is not a git repository"},
		{why: "a part of a repository", at: keyCommits, change: func(w *world) { w.put("sub/x", ""); w.cfg.Repo += "/sub" }, want: "the service's directory is not the top of its repository"},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t)
			w.cfg.EnvFile, w.cfg.Start = w.envFile(harmlessEnv), []string{"./serve"}
			if c.release != nil {
				w.release(func() {
					for name, what := range c.release {
						w.script(name, strings.ReplaceAll(what, "LISTEN", w.listen))
					}
				})
			}
			if c.change != nil {
				c.change(w)
			}
			before := w.digest()
			d := w.drill()
			found, at, err := w.hold(d, allSteps...)
			if at != c.at || err == nil {
				t.Fatalf("failed at %q: %v", at, err)
			}
			why := strings.ReplaceAll(found[at].Why, w.dir+"/work/code-7/side/tree", "TREE")
			if got := regexp.MustCompile(`after [0-9.]+m?s$`).ReplaceAllString(why, "after N"); got != c.want && why != c.want || found[at].Hint == "" {
				t.Errorf("got %q, hint %q; %v", why, found[at].Hint, err)
			}
			w.clean(d)
			w.records()
			if w.digest() != before {
				t.Error("production's checkout was touched")
			}
		})
	}
}

// TestLives: without a health address it only has to live.
func TestLives(t *testing.T) {
	w := newWorld(t)
	w.cfg.EnvFile, w.cfg.Start, w.cfg.Health, w.cfg.Lives = w.envFile(harmlessEnv), []string{"./serve"}, "", 100*time.Millisecond
	found, at, err := w.hold(w.drill(), allSteps...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", at, err, &w.out)
	}
	if !strings.HasPrefix(found[keyStart].Line, "it was started and lived for ") {
		t.Error(found[keyStart].Line)
	}
	w.gone()
}

// TestWhatGetsAway: a program leaves another, which is nobody's child any more, has no mark of ours, and does not end when asked.
func TestWhatGetsAway(t *testing.T) {
	for _, c := range []struct{ why, script, what string }{{"of the build", "build", "linger:exit:0"}, {"of the release", "serve", "linger:serve:200:LISTEN"}} {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t)
			w.release(func() { w.script(c.script, strings.ReplaceAll(c.what, "LISTEN", w.listen)) })
			w.cfg.EnvFile, w.cfg.Start = w.envFile(harmlessEnv), []string{"./serve"}
			d := w.drill()
			if _, at, err := w.hold(d, allSteps...); err != nil {
				t.Fatalf("%s: %v\n%s", at, err, &w.out)
			}
			w.gone()
			w.records()
		})
	}
}

// TestRunsAsTheServicesUser: what is checked out and built is theirs.
func TestRunsAsTheServicesUser(t *testing.T) {
	w := newWorld(t)
	if w.as == nil {
		t.Skip("needs another user, and so root")
	}
	w.release(func() { w.put("build", "#!/bin/sh\nid -u > made\n"); w.put("check", "#!/bin/sh\nid -u > tested\n") })
	d := w.drill()
	if _, at, err := w.hold(d, keyCommits, keyWorktree, keyBuild, keyTest); err != nil {
		t.Fatal(at, err)
	}
	tree := d.side(7).tree
	for _, name := range []string{"version", "made", "tested", ".git/index", ".git/config"} {
		info, err := os.Lstat(filepath.Join(tree, name))
		must(t, err)
		if uid := info.Sys().(*syscall.Stat_t).Uid; uid != w.as.UID {
			t.Errorf("%s belongs to %d", name, uid)
		}
	}
	for _, name := range []string{"made", "tested"} {
		if b, _ := os.ReadFile(filepath.Join(tree, name)); strings.TrimSpace(string(b)) != fmt.Sprint(w.as.UID) {
			t.Errorf("%s by %s", name, b)
		}
	}
	w.clean(d)
}

// TestWhatCleanEnds: by its tag, by its HOME, by where it works; and no neighbour.
func TestWhatCleanEnds(t *testing.T) {
	w := newWorld(t)
	d := w.drill()
	at, other := d.side(7), d.side(77)
	must(t, os.MkdirAll(at.tree, 0o755))
	must(t, os.MkdirAll(other.tree, 0o755))
	env := w.env(nil, "clean")
	tag := strings.TrimSuffix(env.Tag, "7/clean")
	cases := []struct {
		why, dir string
		env      string
		ends     bool
	}{
		{"the tag of a step", "/", "TWOKEY_RUN=" + tag + "7/build", true},
		{"its HOME", "/", "HOME=" + at.home, true},
		{"its folder", at.tree, "A=b", true},
		{"the tag of another exercise", "/", "TWOKEY_RUN=" + tag + "77/build", false},
		{"the HOME of another exercise", "/", "HOME=" + other.home, false},
		{"the folder of another exercise", other.tree, "A=b", false},
		{"nothing of it", "/", "A=b", false},
	}
	var all []*exec.Cmd
	for _, c := range cases {
		cmd := exec.Command(w.bin, "-canary", w.record, "left", "hang")
		cmd.Dir, cmd.Env = c.dir, []string{c.env}
		must(t, cmd.Start())
		all = append(all, cmd)
	}
	eventually(t, "all run", func() bool { return len(w.kinds()) == len(cases) })
	proof, err := d.Clean(t.Context(), env)
	if err != nil || proof != "3 processes were ended, and the worktree is gone" {
		t.Errorf("%q, %v", proof, err)
	}
	for i, c := range cases {
		_, alive := proc.Find(all[i].Process.Pid)
		if alive == c.ends {
			t.Errorf("%s: alive %v", c.why, alive)
		}
		_ = all[i].Process.Kill()
		_ = all[i].Wait()
	}
	if _, err := os.Lstat(other.tree); err != nil {
		t.Errorf("another exercise's: %v", err)
	}
}

// TestWhatCannotBeWrittenTo: a build leaves folders that nobody may write to, as Go's module cache has them.
func TestWhatCannotBeWrittenTo(t *testing.T) {
	w := newWorld(t)
	w.release(func() {
		w.put("build", "#!/bin/sh\nmkdir -p $HOME/go/mod a/b && touch $HOME/go/mod/x a/b/c && ln -s "+w.repo+" a/prod && chmod 0555 $HOME/go/mod && chmod 0000 a\n")
	})
	before := w.digest()
	d := w.drill()
	if _, at, err := w.hold(d, keyCommits, keyWorktree, keyBuild, keyTest, keyRemove); err != nil {
		t.Fatalf("%s: %v\n%s", at, err, &w.out)
	}
	w.gone()
	if w.digest() != before {
		t.Error("production's checkout was touched")
	}
}

// TestStartsNothing: without an env file, or without a program, it is skipped, and says so.
func TestStartsNothing(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(w *world)
		want   string
	}{
		{"no env file", func(w *world) { w.cfg.Start = []string{"./serve"} }, "nothing is started: no env_file"},
		{"no program", func(w *world) { w.cfg.EnvFile = w.envFile(harmlessEnv) }, "nothing is started: no program that starts it"},
		{"neither, and nothing is known of production", func(w *world) { w.cfg.Production = nil }, "nothing is started: no env_file"},
	} {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t)
			c.change(w)
			d := w.drill()
			found, at, err := w.hold(d, allSteps...)
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			if got := found[keyStart].Why; got != c.want {
				t.Error(got)
			}
			if diff := cmp.Diff([]string{"build", "check"}, w.records()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			steps, err := d.Script(t.Context())
			must(t, err)
			if !steps[4].Optional || steps[4].Title != "start nothing: "+strings.TrimPrefix(c.want, "nothing is started: ") {
				t.Errorf("%+v", steps[4])
			}
		})
	}
}

// TestProductionMoved: somebody deploys, or a build reaches production, while the drill runs: the last step says what.
func TestProductionMoved(t *testing.T) {
	cases := []struct {
		why  string
		move func(w *world)
		want string
	}{
		{"a commit", func(w *world) { w.commit("meanwhile") }, "HEAD, branches and tags"},
		{"another commit of no branch", func(w *world) { w.run("checkout", "-q", "--detach", "HEAD~1") }, "HEAD, index"},
		{"a branch", func(w *world) { w.run("branch", "other") }, "branches and tags"},
		{"the index", func(w *world) { w.put("version", "9\n"); w.run("add", "version") }, "index, changed files"},
		{"a tracked file", func(w *world) { w.put("version", "9\n") }, "changed files"},
		{"the config", func(w *world) { w.run("config", "core.hooksPath", "x") }, "config"},
		{"another branch of the same commit", func(w *world) { w.run("checkout", "-q", "-b", "same") }, "HEAD, branches and tags"},
		{"a file beside", func(w *world) { w.put("logs/app.log", "x\n") }, ""},
		{"a fetch", func(w *world) { w.run("update-ref", "refs/remotes/origin/main", "HEAD") }, ""},
		{"a look that refreshes the index", func(w *world) { os.Chtimes(w.repo+"/version", time.Now(), time.Now()); w.run("status") }, ""},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t)
			d := w.drill()
			found, at, err := w.hold(d, keyCommits, keyWorktree)
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			c.move(w)
			f, err := d.Do(t.Context(), w.env(found, keyRemove), keyRemove)
			want := ""
			if c.want != "" {
				want = "production's checkout is not what it was when the drill began: " + c.want
			}
			if f.Why != want || (err == nil) != (c.want == "") {
				t.Errorf("%q, %v", f.Why, err)
			}
			w.gone()
		})
	}
}

// TestGitOfABuildIsItsOwn: husky and others write to the repository they are in. It is not production's.
func TestGitOfABuildIsItsOwn(t *testing.T) {
	w := newWorld(t)
	w.release(func() {
		w.put("build", "#!/bin/sh\nset -e\ngit config core.hooksPath .husky\ngit tag from-build\ngit -c user.name=a -c user.email=a@b commit -q --allow-empty -m x\ngit describe --tags v1\ngit gc -q\n")
		w.run("tag", "v1")
	})
	before := w.digest()
	d := w.drill()
	if _, at, err := w.hold(d, keyCommits, keyWorktree, keyBuild, keyTest, keyRemove); err != nil {
		t.Fatalf("%s: %v\n%s", at, err, &w.out)
	}
	if w.digest() != before {
		t.Error("production's repository was touched")
	}
}

func TestLook(t *testing.T) {
	cases := []struct {
		why    string
		change func(w *world)
		want   []string // those that are not green
	}{
		{"all is well", func(*world) {}, nil},
		{"production's token", func(w *world) { w.cfg.EnvFile = w.envFile("X_TOKEN=" + production1["BOT_TOKEN"]) },
			[]string{"red env file: the drill's env file has values of production's: X_TOKEN (a secret)"}},
		{"an env file that is not there", func(w *world) { w.cfg.EnvFile = w.dir + "/none" }, []string{"red env file: the drill's env file is not there"}},
		{"no env file", func(w *world) { w.cfg.EnvFile = "" }, []string{"told env file: nothing is started: no env_file"}},
		{"a changed checkout on another branch", func(w *world) { w.run("checkout", "-q", "-b", "x"); w.put("version", "9\n") },
			[]string{"told branch: not on main", "told checkout: 1 file is not as committed; a release before would not have that"}},
		{"something left", func(w *world) { must(w.t, os.Mkdir(w.cfg.Work+"/code-3", 0o700)) }, []string{"red left over: an earlier drill left WORK/code-3"}},
		{"a full disk", func(w *world) { w.cfg.Room = 1 << 60 }, []string{"red disk: only N GB are free; a drill needs N GB"}},
		{"a folder that others may write to", func(w *world) { must(w.t, os.Chmod(w.cfg.Work, 0o777)) }, []string{"red user: others may write to the folder for drills"}},
		{"no folder", func(w *world) { must(w.t, os.Remove(w.cfg.Work)) },
			[]string{"red user: the folder for drills is not there", "red disk: it cannot be seen how much is free in WORK"}},
		{"an old git", func(w *world) {
			must(w.t, os.WriteFile(w.dir+"/git", []byte("#!/bin/sh\necho git version 2.30.9\n"), 0o755))
			w.cfg.Git = w.dir + "/git"
		}, []string{"red git: git has to be 2.31 or newer, so that it runs nothing of the repository's config"}},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t)
			w.cfg.EnvFile, w.cfg.Start = w.envFile(harmlessEnv), []string{"./serve"}
			c.change(w)
			before := w.digest()
			var got []string
			for _, l := range w.drill().Look(t.Context()) {
				if l.State != drills.Green {
					text := strings.ReplaceAll(l.Text, w.cfg.Work, "WORK")
					got = append(got, l.State+" "+l.Name+": "+regexp.MustCompile(`[0-9.]+ GB`).ReplaceAllString(text, "N GB"))
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if w.digest() != before || len(w.records()) > 0 {
				t.Error("looking changed something")
			}
		})
	}
}

// TestLookFromAFolderThatCannotBeEntered: the service's user has to get to the worktree.
func TestLookFromAFolderThatCannotBeEntered(t *testing.T) {
	w := newWorld(t)
	if w.as == nil {
		t.Skip("needs another user, and so root")
	}
	must(t, os.Chmod(w.cfg.Work, 0o700))
	for _, l := range w.drill().Look(t.Context()) {
		if l.Name == "user" && (l.State != drills.Red || !strings.Contains(l.Text, "user nobody may not run")) {
			t.Errorf("%+v", l)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	w := newWorld(t)
	must(t, os.Symlink(w.repo+"/serve", w.dir+"/innocent"))
	must(t, os.Symlink(w.repo, w.dir+"/also"))
	cases := []struct {
		why    string
		change func(c *Config)
		want   string
	}{
		{"it is good as it is", func(*Config) {}, ""},
		{"a relative service", func(c *Config) { c.Repo = "shop" }, `the service's directory, "shop", is not an absolute path`},
		{"a relative git", func(c *Config) { c.Git = "git" }, `git, "git", is not an absolute path`},
		{"work in production", func(c *Config) { c.Work = w.repo + "/drills" }, "the folder for drills is within the service's directory"},
		{"work in production, by a link", func(c *Config) { c.Work = w.dir + "/also/drills" }, "the folder for drills is within the service's directory"},
		{"production in work", func(c *Config) { c.Work = w.dir }, "the service's directory is within the folder for drills, where things are removed"},
		{"no tests", func(c *Config) { c.Test = nil }, "a code drill without tests proves nothing: write service.code.test"},
		{"an env file, and nothing known", func(c *Config) { c.Production = nil }, "nothing may be started while it is not known what production's values are"},
		{"production's own program", func(c *Config) { c.Start = []string{w.repo + "/serve"} }, "serve of the drill names the service's directory, which is production"},
		{"by a link", func(c *Config) { c.Start = []string{w.dir + "/innocent"} }, "innocent of the drill names the service's directory, which is production"},
		{"as an argument", func(c *Config) { c.Test = []string{"env", "--chdir=" + w.repo, "true"} }, "env of the drill names the service's directory, which is production"},
		{"by a link in an argument", func(c *Config) { c.Build = [][]string{{"true", "-C" + "=" + w.dir + "/also/x"}} },
			"true of the drill names the service's directory, which is production"},
		{"by going up", func(c *Config) { c.Build = [][]string{{"true", "../../../../shop/run"}} }, "true of the drill names the service's directory, which is production"},
		{"a neighbour of production", func(c *Config) { c.Build = [][]string{{"true", w.repo + "-tools/x"}} }, ""},
		{"a manager of processes", func(c *Config) {
			c.Start = []string{"pm2", "start"}
			c.LookPath = func(n string) (string, error) { return "/opt/bin/" + n, nil }
		}, "pm2 starts things where a drill has no hold of them"},
		{"a program that is not there", func(c *Config) { c.Build = [][]string{{"no-such-program"}} }, "program no-such-program is not there"},
		{"an empty program", func(c *Config) { c.Build = [][]string{{}} }, "a program of the drill has no name"},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			cfg := w.cfg
			cfg.EnvFile, cfg.Start = w.dir+"/drill.env", []string{"./serve"}
			c.change(&cfg)
			_, err := New(cfg)
			got := ""
			if err != nil {
				got, _ = forPeople(err)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestScript(t *testing.T) {
	w := newWorld(t)
	w.cfg.EnvFile, w.cfg.Start, w.cfg.Runbook = w.envFile(harmlessEnv), []string{"./serve"}, "docs/rollback.md"
	steps, err := w.drill().Script(t.Context())
	must(t, err)
	var got []string
	for _, s := range steps {
		if s.Auto == (s.Ask != "") || s.Proves != (s.Key == keyTest) || s.Optional {
			t.Errorf("%+v", s)
		}
		got = append(got, s.Key+": "+s.Title)
	}
	want := []string{"commits: find the commit to go back to", "worktree: check it out beside production", "build: build it", "test: run its tests",
		"start: start it with the drill's own values, and stop it", "remove: remove it all, and look at production's checkout", "runbook: read the runbook"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantAsk := "Does docs/rollback.md say how to go back? From " + short(w.run("rev-parse", "HEAD")) + " to " + short(w.run("rev-parse", "HEAD~1")) + " in " + filepath.Clean(w.repo) +
		",\nthen ./build.\nWould somebody who never did it manage?"
	if got := steps[6].Ask; got != wantAsk {
		t.Error(cmp.Diff(wantAsk, got))
	}
}
