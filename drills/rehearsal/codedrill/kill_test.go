package codedrill

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"twokey/drills"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

// killed is what the program that is killed is told.
type killed struct {
	Dir, Tag string
	As       *proc.User
	Git      string
}

// steps does a whole drill in a process of its own, and says before each step that it begins.
func steps(args []string) int {
	var k killed
	if err := json.Unmarshal([]byte(args[0]), &k); err != nil {
		fmt.Println(err)
		return 1
	}
	d, err := New(k.config())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	w := &world{dir: k.Dir}
	found := map[string]*drills.Found{}
	for _, key := range allSteps {
		fmt.Println(key)
		env := w.env(found, key)
		env.Tag = k.Tag + key
		f, err := d.Do(background, env, key)
		found[key] = &f
		if err != nil {
			fmt.Println(err)
			return 1
		}
	}
	fmt.Println("over")
	return 0
}

func (k killed) config() Config {
	repo := k.Dir + "/shop"
	return Config{Repo: repo, Branch: "main", User: k.As, Git: k.Git, Work: k.Dir + "/work", Build: [][]string{{"./build"}}, Test: []string{"./check"}, Start: []string{"./serve"},
		EnvFile: k.Dir + "/drill.env", Within: time.Minute, Lives: 300 * time.Millisecond, Room: 1, Production: func() (Forbidden, error) {
			return Forbidden{Files: []string{repo + "/.env"}, Values: []secret.Value{secret.New(known)}}, nil
		}}
}

// TestKill must hold: whenever the program is killed, Clean leaves no folder, no entry in production's repository and no process, and
// production's checkout is as it was; then the steps can be done anew.
func TestKill(t *testing.T) {
	w := newWorld(t)
	w.release(func() {
		for i := range 300 { // so that checking out takes a moment
			w.put(fmt.Sprintf("src/%d/f", i), strings.Repeat("x\n", 500))
		}
		w.put("build", fmt.Sprintf("#!/bin/sh\n%s -canary %s build leave:exit:0\nsleep 0.1\n", w.bin, w.record))
	})
	w.envFile(harmlessEnv)
	before := w.digest()
	rng := rand.New(rand.NewPCG(7, 7))
	top := w.dir + "/work/code-7"
	moments := map[string][]string{ // when it is killed: as soon as this is there; "" is some time after the step began
		keyCommits:  {"", ""},
		keyWorktree: {"", top, top + "/side/tree/.git/HEAD", top + "/side/tree/.git/index.lock", top + "/side/tree/src/100", top + "/side/tree/version"},
		keyBuild:    {"", "", ""}, keyTest: {"", ""}, keyStart: {"", "", ""}, keyRemove: {"", "", ""},
	}
	for _, key := range allSteps {
		for round, moment := range moments[key] {
			t.Run(fmt.Sprintf("%s %d", key, round), func(t *testing.T) {
				k := killed{Dir: w.dir, Tag: fmt.Sprintf("kill%d/7/", os.Getpid()), As: w.as, Git: w.git}
				w.killAt(t, k, key, moment, time.Duration(round)*time.Duration(rng.Int64N(int64(80*time.Millisecond))))
				d, err := New(k.config())
				must(t, err)
				env := w.env(nil, "clean")
				env.Tag = k.Tag + "clean"
				proof, err := d.Clean(t.Context(), env)
				must(t, err)
				t.Log(proof)
				w.gone()
				if again, err := d.Clean(t.Context(), env); err != nil || again != "nothing of it ran, and there was nothing to remove" {
					t.Errorf("a second time: %q, %v", again, err)
				}
				if w.digest() != before {
					t.Error("production's checkout was touched")
				}
				w.records()
			})
		}
	}
	w.cfg.EnvFile, w.cfg.Start = w.dir+"/drill.env", []string{"./serve"}
	if _, at, err := w.hold(w.drill(), allSteps...); err != nil {
		t.Errorf("anew: %s: %v", at, err)
	}
}

// killAt starts the steps in another process, and kills it a moment after a step began.
func (w *world) killAt(t *testing.T, k killed, key, moment string, later time.Duration) {
	t.Helper()
	arg, err := json.Marshal(k)
	must(t, err)
	self, err := os.Executable()
	must(t, err)
	c := exec.Command(self, "-steps", string(arg))
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	defer func() { _ = c.Wait() }()
	defer func() { _ = c.Process.Kill() }()
	for {
		var line string
		if _, err := fmt.Fscanln(out, &line); err != nil {
			t.Fatalf("it ended before %s: %v", key, err)
		}
		if line == key {
			break
		}
	}
	if moment != "" {
		eventually(t, moment, func() bool { _, err := os.Lstat(moment); return err == nil })
		return
	}
	<-time.After(later) // not to wait for anything: the moment of the kill is what varies
}

// eventually waits for a fact.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// TestCleanWhatCannotBe: what cannot be removed is said, not hidden.
func TestCleanWhatCannotBe(t *testing.T) {
	w := newWorld(t)
	d := w.drill()
	must(t, os.WriteFile(w.cfg.Work+"/code-7", nil, 0o600)) // not even a folder
	w.clean(d)
	d.cfg.Work += "/../work" // by another way
	must(t, os.Mkdir(w.cfg.Work+"/code-7", 0o700))
	w.clean(d)
	if _, err := os.Lstat(w.cfg.Work); errors.Is(err, fs.ErrNotExist) {
		t.Error("the folder for drills is gone, too")
	}
}

// TestCancelled: a step that is stopped returns soon, and Clean removes the rest.
func TestCancelled(t *testing.T) {
	for _, key := range []string{keyBuild, keyStart} {
		t.Run(key, func(t *testing.T) {
			w := newWorld(t)
			flag := w.dir + "/flag"
			must(t, os.WriteFile(flag, nil, 0o666))
			must(t, os.Chmod(w.dir, 0o777))
			if key == keyBuild {
				w.release(func() { w.script("build", "hang:"+flag) })
			} else {
				w.release(func() { w.script("serve", "hang:"+flag) })
			}
			w.cfg.EnvFile, w.cfg.Start, w.cfg.Health, w.cfg.Lives = w.envFile(harmlessEnv), []string{"./serve"}, "", time.Minute
			must(t, os.Chmod(w.cfg.EnvFile, 0o600))
			d := w.drill()
			var keys []string
			for _, k := range allSteps[:5] {
				if k == key {
					break
				}
				keys = append(keys, k)
			}
			found, at, err := w.hold(d, keys...)
			if err != nil {
				t.Fatal(at, err)
			}
			ctx, cancel := withCancel(t)
			var wait sync.WaitGroup
			wait.Go(func() {
				eventually(t, "it runs", func() bool { _, err := os.Lstat(flag); return err != nil || ctx.Err() != nil })
				cancel()
			})
			f, err := d.Do(ctx, w.env(found, key), key)
			cancel()
			wait.Wait()
			if err == nil || !strings.Contains(f.Why, "stopped") && !strings.Contains(f.Why, "ended before") {
				t.Errorf("%+v, %v", f, err)
			}
			w.clean(d)
		})
	}
}
