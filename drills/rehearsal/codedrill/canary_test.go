package codedrill

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twokey/internal/secret"
)

// TestNever7TheCanaryIsNeverStartedWithProductionsValues must hold: whatever the env file is, nothing that a drill starts, be it build,
// test or release, sees a value of production's. What is refused is refused by key, and no sentence has a value in it.
func TestNever7TheCanaryIsNeverStartedWithProductionsValues(t *testing.T) {
	token, password, key := production1["BOT_TOKEN"], production1["DB_PASSWORD"], production1["ENCRYPTION_KEY"]
	raw, _ := hex.DecodeString(key)
	b64 := base64.StdEncoding.EncodeToString
	one := func(line string) func(*world) string {
		return func(w *world) string { return w.envFile(harmlessEnv + line + "\n") }
	}
	const values = "the drill's env file has values of production's: "
	cases := []struct {
		why  string
		file func(w *world) string
		want string // of Why; empty: it is started
	}{
		{"its own", one("X=y"), ""},
		{"missing", func(w *world) string { return w.dir + "/none" }, "the drill's env file is not there"},
		{"empty", func(w *world) string { return w.envFile("# nothing\n") }, "the drill's env file has no value in it"},
		{"production's by name", func(w *world) string { return w.repo + "/.env" }, "the drill's env file is production's"},
		{"production's by inode", func(w *world) string {
			must(t, os.Link(w.repo+"/.env", w.dir+"/hard.env"))
			return w.dir + "/hard.env"
		}, "the drill's env file is production's"},
		{"production's by content", func(w *world) string { return w.envFile(envText(production1)) }, "the drill's env file is a copy of production's"},
		{"production's with a blank line more", func(w *world) string { return w.envFile("\n" + envText(production1)) },
			values + "ADMIN_IDS (a secret), BOT_TOKEN (a secret), DB_DATABASE (a database), DB_HOST (an address), DB_PASSWORD (a secret), ENCRYPTION_KEY (a secret), REDIS_URL (a secret)"},
		{"a link to production's", func(w *world) string {
			must(t, os.Symlink(w.repo+"/.env", w.dir+"/link.env"))
			return w.dir + "/link.env"
		}, "the drill's env file is a symbolic link"},
		{"a pipe", func(w *world) string { must(t, mkfifo(w.dir+"/pipe")); return w.dir + "/pipe" }, "the drill's env file is not a regular file of at most 1 MiB"},
		{"no env file at all", func(w *world) string { return w.envFile("'" + token) }, "the drill's env file cannot be read as NAME=value lines"},
		{"a token alone", func(w *world) string { return w.envFile(token) }, values + "a key that cannot be shown"},
		{"one key", one("BOT_TOKEN=" + token), values + "BOT_TOKEN (a secret)"},
		{"under another key", one("HARMLESS=" + token), values + "HARMLESS (a secret)"},
		{"what only twokey knows", one("HARMLESS=" + known), values + "HARMLESS (a secret)"},
		{"exported, in quotes", one(`export A="` + password + `"`), values + "A (a secret)"},
		{"within another value", one("A=x-" + token + "-y"), values + "A (a secret)"},
		{"in a URL", one("A=https://api.telegram.example/bot" + token + "/getMe"), values + "A (a secret)"},
		{"url-encoded", one("A=" + url.QueryEscape(password)), values + "A (a secret)"},
		{"url-encoded twice", one("A=" + url.QueryEscape(url.QueryEscape(password))), values + "A (a secret)"},
		{"url-encoded to the last byte", one("A=" + percent(password)), values + "A (a secret)"},
		{"base64", one("A=" + b64([]byte(token))), values + "A (a secret)"},
		{"base64 twice", one("A=" + b64([]byte(b64([]byte(token))))), values + "A (a secret)"},
		{"base64 of more", one("A=" + b64([]byte("prefix:"+password+":suffix"))), values + "A (a secret)"},
		{"base64 of an encoded one", one("A=" + b64([]byte(url.QueryEscape(password)))), values + "A (a secret)"},
		{"hex", one("A=" + hex.EncodeToString([]byte(token))), values + "A (a secret)"},
		{"a hex key in capitals", one("A=0x" + strings.ToUpper(key)), values + "A (a secret)"},
		{"a hex key as base64", one("A=" + b64(raw)), values + "A (a secret)"},
		{"as a key", one(strings.Map(func(r rune) rune {
			if r == ':' || r == '-' {
				return '_'
			}
			return r
		}, "x"+key) + "=1"), values + "a key that cannot be shown"},
		{"inside a DSN", one("A=postgres://x:" + url.QueryEscape(password) + "@db.drill:5432/drill"), values + "A (a secret)"},
		{"the database of a DSN", one("A=postgres://x:y@db.drill:5432/SigmaTrade?sslmode=disable"), values + "A (a database)"},
		{"the address of a DSN", one("A=postgres://x:y@LOCALHOST/drill"), values + "A (an address)"},
		{"the address by number", one("A=postgres://x:y@127.0.0.1:5432/drill"), values + "A (an address)"},
		{"the address by socket", one("A=postgres:///drill?host=/var/run/postgresql&port=5432"), values + "A (an address)"},
		{"the address in words", one(`A="host=::1 port=5432 dbname=drill"`), values + "A (an address)"},
		{"a host in another case", one("CACHE=rediss://cache.INTERNAL.example.:6380/1"), values + "CACHE (an address)"},
		{"a host alone", one("CACHE_HOST=CACHE.internal.example"), values + "CACHE_HOST (an address)"},
		{"the database's name in a key", one("PGDATABASE=sigmatrade"), values + "PGDATABASE (a database)"},
		{"somebody who would be written to", one("CHAT_ID=77001122"), values + "CHAT_ID (a secret)"},
		{"production's folder", func(w *world) string { return w.envFile(harmlessEnv + "DOTENV_CONFIG_PATH=" + w.repo + "/.env\n") }, values + "DOTENV_CONFIG_PATH (a file of production)"},
		{"production's file by a link", func(w *world) string {
			must(t, os.Symlink(w.repo+"/.env", w.dir+"/link"))
			return w.envFile(harmlessEnv + "CONFIG=" + w.dir + "/link\n")
		}, values + "CONFIG (a file of production)"},
		{"a file with a secret in it", func(w *world) string {
			must(t, os.WriteFile(w.dir+"/token", []byte(token), 0o600))
			return w.envFile(harmlessEnv + "TOKEN_FILE=" + w.dir + "/token\n")
		}, values + "TOKEN_FILE (a file of production)"},
		{"two of them", one("A=" + token + "\nB=" + password), values + "A (a secret), B (a secret)"},
	}
	w := newWorld(t)
	before, at, err := w.hold(w.drill(), keyCommits, keyWorktree, keyBuild, keyTest)
	if err != nil {
		t.Fatal(at, err)
	}
	if kinds := w.records(); !slices.Equal(kinds, []string{"build", "check"}) {
		t.Fatal(kinds)
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			must(t, os.Truncate(w.record, 0))
			w.cfg.EnvFile, w.cfg.Start = c.file(w), []string{"./serve"}
			f, err := w.drill().Do(t.Context(), w.env(before, keyStart), keyStart)
			want, started := "", true
			if c.want != "" {
				want, started = "nothing was started: "+c.want, false
			}
			if f.Why != want || (err == nil) != started {
				t.Errorf("got %+v, %v", f, err)
			}
			for _, leak := range leaks() {
				if strings.Contains(fmt.Sprintf("%+v %v %s", f, err, &w.out), leak) {
					t.Errorf("%q is shown", leak)
				}
			}
			if kinds := w.records(); slices.Contains(kinds, "serve") != started {
				t.Errorf("%q", kinds)
			}
		})
	}
	w.clean(w.drill())
}

// TestNever7WhatWasComparedIsStarted: the file is another one between the look and the start.
func TestNever7WhatWasComparedIsStarted(t *testing.T) {
	w := newWorld(t)
	w.cfg.EnvFile, w.cfg.Start = w.envFile(harmlessEnv), []string{"./serve"}
	d := w.drill()
	found, at, err := w.hold(d, keyCommits, keyWorktree)
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	env := w.env(found, keyStart)
	swapped := 0
	env.Progress = func(line string) {
		if line == "starting it" {
			swapped++
			must(t, os.Remove(w.cfg.EnvFile))
			must(t, os.WriteFile(w.cfg.EnvFile, []byte(envText(production1)), 0o600))
		}
	}
	if _, err := d.Do(t.Context(), env, keyStart); err != nil {
		t.Fatal(err)
	}
	if kinds := w.records(); swapped != 1 || !slices.Equal(kinds, []string{"serve"}) {
		t.Errorf("%d, %q", swapped, kinds)
	}
	w.clean(d)
}

// TestNever7NothingOfTheRepositoryRuns: hooks, filters, fsmonitor and drivers of whatever config are not run by looking at production
// nor by checking out.
func TestNever7NothingOfTheRepositoryRuns(t *testing.T) {
	w := newWorld(t)
	w.release(func() {
		w.put(".gitattributes", "* filter=evil diff=evil merge=evil\n*.inc filter=in=cluded\n")
		w.put("a.inc", "x\n")
		w.put(".husky/post-checkout", "#!/bin/sh\nexec "+w.bin+" -canary "+w.record+" husky exit:0\n")
		must(t, os.Chmod(w.repo+"/.husky/post-checkout", 0o755))
	})
	program := func(kind, what string) string { return fmt.Sprintf("%s -canary %s %s %s", w.bin, w.record, kind, what) }
	for _, hook := range []string{"post-checkout", "post-index-change", "reference-transaction", "pre-commit", "post-merge", "pre-auto-gc", "fsmonitor-watchman"} {
		for _, dir := range []string{w.repo + "/.git/hooks", w.dir + "/hooks"} {
			must(t, os.MkdirAll(dir, 0o755))
			must(t, os.WriteFile(filepath.Join(dir, hook), []byte("#!/bin/sh\nexec "+program("hook", "exit:0")+"\n"), 0o755))
		}
	}
	must(t, os.WriteFile(w.dir+"/included", []byte("[filter \"in=cluded\"]\n\tsmudge = "+program("filter", "filter")+"\n\tclean = "+program("filter", "filter")+"\n\trequired = true\n"), 0o644))
	for _, kv := range [][2]string{
		{"filter.evil.smudge", program("filter", "filter")}, {"filter.evil.clean", program("filter", "filter")}, {"filter.evil.process", program("filter", "exit:0")},
		{"filter.evil.required", "true"}, {"diff.evil.textconv", program("diff", "exit:0")}, {"diff.evil.command", program("diff", "exit:0")},
		{"merge.evil.driver", program("merge", "exit:0")}, {"diff.external", program("diff", "exit:0")}, {"core.pager", program("pager", "exit:0")},
		{"core.sshCommand", program("ssh", "exit:0")}, {"credential.helper", "!" + program("credential", "exit:0")}, {"core.hooksPath", w.dir + "/hooks"},
		{"gpg.program", w.bin}, {"log.showSignature", "true"}, {"includeIf.gitdir:/**.path", w.dir + "/included"}, {"core.fsmonitor", w.dir + "/hooks/fsmonitor-watchman"},
	} {
		w.run("config", kv[0], kv[1])
	}
	w.put("version", "3\n") // what git status has to look at, and would clean
	must(t, os.Truncate(w.record, 0))
	before := w.digest()
	d := w.drill()
	d.Look(t.Context())
	if _, err := d.Script(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, at, err := w.hold(d, allSteps...); err != nil {
		t.Fatalf("%s: %v\n%s", at, err, &w.out)
	}
	if diff := cmp.Diff([]string{"build", "check"}, w.records()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if w.digest() != before {
		t.Error("production's checkout was touched")
	}
	// The trap works: the same git, without what is turned off, runs them.
	w.try("status")
	if kinds := w.kinds(); !slices.Contains(kinds, "filter") || !slices.Contains(kinds, "hook") {
		t.Errorf("the trap of this test does not work: %q", kinds)
	}
}

// TestNever7WhatTheReleaseHasInIt: production's values in the release's own files, and links out of it, are found before anything runs.
func TestNever7WhatTheReleaseHasInIt(t *testing.T) {
	const leads = "the release has what leads to production: "
	cases := []struct {
		why  string
		put  func(w *world)
		want string
	}{
		{"a tracked .env", func(w *world) { w.put(".gitignore", ""); w.put(".env", envText(production1)) }, leads + "a secret in .env"},
		{"a token in the code", func(w *world) { w.put("src/bot.js", "const t = '"+production1["BOT_TOKEN"]+"'") }, leads + "a secret in src/bot.js"},
		{"an address in an env file", func(w *world) { w.put("conf/.env.production", "DB_HOST=127.0.0.1\nDB_PORT=5432\n") }, leads + "DB_HOST (an address) in conf/.env.production"},
		{"the same in an example", func(w *world) {
			w.put("conf/.env.example", "DB_HOST=127.0.0.1\nDB_PORT=5432\nDB_DATABASE=sigmatrade\n")
		}, ""},
		{"the same in a text", func(w *world) { w.put("README.md", "DB_HOST=127.0.0.1\nDB_PORT=5432\nDB_DATABASE=sigmatrade\n") }, ""},
		{"an env file of tests", func(w *world) {
			w.put(".env.test", "DB_HOST=localhost\nDB_PORT=5499\nDB_DATABASE=sigmatrade_test\nNODE_ENV=test\n")
		}, ""},
		{"a link to production's env file", func(w *world) { w.put(".gitignore", ""); w.link(".env", w.repo+"/.env") }, leads + "a link out of it: .env"},
		{"a link that goes up", func(w *world) { w.link("logs/now", "../../logs") }, leads + "a link out of it: logs/now"},
		{"a link within", func(w *world) { w.link("a/b", "../version") }, ""},
		{"a file that says nothing good of itself", func(w *world) { w.put("a\u202eb", known) }, leads + "a secret in a file whose name cannot be shown"},
		{"many", func(w *world) {
			for i := range 5 {
				w.put(fmt.Sprintf("f%d", i), known)
			}
		}, leads + "a secret in f0, a secret in f1, a secret in f2 and 2 more"},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t)
			kept := w.dir + "/prod.env"
			must(t, os.Rename(w.repo+"/.env", kept))
			w.cfg.Production = func() (Forbidden, error) {
				return Forbidden{Files: []string{kept}, Values: []secret.Value{secret.New(known)}}, nil
			}
			w.release(func() { c.put(w) })
			d := w.drill()
			found, at, err := w.hold(d, keyCommits, keyWorktree, keyBuild, keyTest)
			if c.want == "" {
				if err != nil {
					t.Fatal(at, err)
				}
			} else if at != keyWorktree || found[at].Why != c.want {
				t.Fatalf("%s: %+v", at, found[at])
			}
			if kinds := w.records(); (c.want == "") != (len(kinds) == 2) {
				t.Errorf("%q", kinds)
			}
			w.clean(d)
		})
	}
}

func (w *world) link(name, target string) {
	w.t.Helper()
	path := filepath.Join(w.repo, name)
	must(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
	w.own(filepath.Dir(path))
	os.Remove(path)
	must(w.t, os.Symlink(target, path))
	w.own(path)
}

func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}
