package preflight

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"twokey/actions/step"
	"twokey/internal/proc"
)

// Operated is the service, as far as it can be looked at from outside.
type Operated struct {
	Name    string
	Manager string
	Health  string // health.url; empty: none
	Dir     string
	As      *proc.User // service.run_as; nil: as we are
	Git     string     // the git program; empty: there is none
	Code    bool       // the config is about its code: it has to be a repository
	EnvFile string
	Logs    []string          // patterns
	Backups map[string]string // key of the config → folder
	Status  func(ctx context.Context) (step.Status, error)
}

// Tests looks at the service, its files and its code.
func (o Operated) Tests() []Test {
	return []Test{
		{Area: Service, Name: "process", Look: o.process},
		{Area: Service, Name: "directory", Look: func(ctx context.Context) []Result { return []Result{o.directory(ctx)} }},
		{Area: Service, Name: "files", Look: o.files},
	}
}

func (o Operated) process(ctx context.Context) []Result {
	st, err := o.Status(ctx)
	return o.judge(st, err)
}

// judge says whether the manager knows the service, and whether it is well.
func (o Operated) judge(st step.Status, err error) []Result {
	var f *step.Failure
	switch {
	case errors.As(err, &f):
		return []Result{fail("process", f.Sentence, f.Hint), o.unasked("its process was not found")}
	case err != nil:
		return []Result{fail("process", o.Name+" cannot be looked at: "+err.Error(), "see service.process"), o.unasked("its process was not found")}
	case !st.Up:
		return []Result{warn("process", fmt.Sprintf("%s is %s (%s)", o.Name, st, o.Manager), "when it should be up, /start brings it up"), o.unasked("the service is down")}
	}
	up := step.Status{Up: true, PIDs: st.PIDs, Since: st.Since}
	return []Result{ok("process", fmt.Sprintf("%s is %s (%s)", o.Name, up, o.Manager)), o.judgeHealth(st)}
}

func (o Operated) unasked(why string) Result {
	if o.Health == "" {
		return o.judgeHealth(step.Status{})
	}
	return off("health", "health.url was not asked: "+why)
}

func (o Operated) judgeHealth(st step.Status) Result {
	switch {
	case o.Health == "":
		return off("health", "there is no health.url: a service counts as up while its process runs")
	case st.OK:
		return ok("health", "health.url answers "+st.Health)
	case st.Note != "":
		return fail("health", "health.url is not well: "+strings.TrimPrefix(st.Note, "health: "), "correct service.health.url, or see the service's log")
	}
	return fail("health", "health.url is not well: "+st.Health, "correct service.health.url, or see the service's log")
}

// directory looks at the service's folder, and whether its repository can be read as its user would.
func (o Operated) directory(ctx context.Context) Result {
	if r, there := o.folder("directory", "service.dir", o.Dir); !there {
		return r
	}
	_, err := os.Stat(filepath.Join(o.Dir, ".git"))
	switch {
	case errors.Is(err, fs.ErrNotExist) && !o.Code:
		return ok("directory", o.Dir+" is there; it is no git repository")
	case errors.Is(err, fs.ErrNotExist):
		return fail("directory", o.Dir+" is no git repository, and service.code needs one", "correct service.dir")
	case o.Git == "":
		return o.blind("git is not installed")
	}
	commit, err := o.git(ctx, "rev-parse", "--verify", "HEAD")
	if err != nil {
		return o.blind(err.Error())
	}
	branch, err := o.git(ctx, "rev-parse", "--abbrev-ref", "HEAD")
	if err != nil {
		return o.blind(err.Error())
	}
	return ok("directory", fmt.Sprintf("git reads %s: %.8s on %s", o.Dir, commit, named(branch)))
}

func (o Operated) blind(why string) Result {
	r := fail("directory", fmt.Sprintf("git cannot read %s: %s", o.Dir, why), "on the host, as "+o.user()+": git -C "+o.Dir+" rev-parse HEAD")
	if !o.Code {
		r.State = Warn
	}
	return r
}

// git asks the repository. No hook of it runs: whoever may write it is not who may command us.
func (o Operated) git(ctx context.Context, args ...string) (string, error) {
	argv := []string{o.Git, "-C", o.Dir, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "safe.directory=" + o.Dir}
	return answer(ctx, o.As, append(argv, args...)...)
}

func (o Operated) user() string {
	if o.As == nil {
		return "the user twokey runs as"
	}
	return o.As.Name
}

// folder says what is wrong with a folder; there is false when something is.
func (o Operated) folder(name, key, path string) (r Result, there bool) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail(name, path+" is not there", "make it, or correct "+key), false
	case err != nil:
		return fail(name, path+" cannot be looked at: "+why(err), "see the modes of the folders above it"), false
	case !info.IsDir():
		return fail(name, path+" is not a folder", "correct "+key), false
	}
	return ok(name, path+" is there"), true
}

func (o Operated) files(ctx context.Context) []Result {
	var found []Result
	if o.EnvFile != "" {
		found = append(found, o.envFile(ctx))
	}
	if len(o.Logs) > 0 {
		found = append(found, o.logs())
	}
	for _, key := range slices.Sorted(maps.Keys(o.Backups)) {
		if dir := o.Backups[key]; dir != "" {
			r, _ := o.folder(key, key, dir)
			found = append(found, r)
		}
	}
	return found
}

// envFile looks whether the service's user can read the env file, and others cannot.
func (o Operated) envFile(ctx context.Context) Result {
	info, err := os.Stat(o.EnvFile)
	if errors.Is(err, fs.ErrNotExist) {
		return fail("env file", o.EnvFile+" is not there", "correct service.env_file")
	}
	if err == nil && !info.Mode().IsRegular() {
		return fail("env file", o.EnvFile+" is not a file", "correct service.env_file")
	}
	if err := o.readable(ctx, o.EnvFile); err != nil {
		return fail("env file", fmt.Sprintf("%s cannot be read by %s", o.EnvFile, o.user()), "see its mode and those of the folders above it")
	}
	if err == nil && info.Mode().Perm()&0o004 != 0 {
		return warn("env file", fmt.Sprintf("%s can be read by everybody on the host (mode %04o)", o.EnvFile, info.Mode().Perm()), "chmod o-r "+o.EnvFile)
	}
	return ok("env file", fmt.Sprintf("%s can be read by %s", o.EnvFile, o.user()))
}

// readable asks as the service's user, whose rights are not ours.
func (o Operated) readable(ctx context.Context, path string) error {
	if o.As == nil {
		return opens(path)
	}
	test, err := exec.LookPath("test")
	if err != nil {
		return err
	}
	_, err = answer(ctx, o.As, test, "-r", path)
	return err
}

// logs looks whether each pattern finds files that can be opened.
func (o Operated) logs() Result {
	files := 0
	for _, pattern := range o.Logs {
		found, _ := filepath.Glob(pattern)
		if len(found) == 0 {
			return warn("logs", "no file matches "+pattern, "correct service.logs.files; a folder we may not read looks empty, too")
		}
		for _, path := range found {
			if err := opens(path); err != nil {
				return warn("logs", fmt.Sprintf("%s cannot be read: %s", path, why(err)), "see its mode")
			}
		}
		files += len(found)
	}
	return ok("logs", count(files, "log file", "log files")+" found")
}

// opens says whether a file can be opened. A named pipe is not waited for.
func opens(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

func why(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
