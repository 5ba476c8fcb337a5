package preflight

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/internal/proc"
)

// Toolbox is the programs the config may need, and where they are.
type Toolbox struct {
	Tools  string                            // the folder of pg_dump and its kind; empty: found on PATH
	At     map[string]string                 // program → the path the config gives it, when it does
	Needed map[string]string                 // program → what in the config needs it
	As     *proc.User                        // whom the service's programs run as; nil: as we are
	Look   func(name string) (string, error) // nil: exec.LookPath
}

// always are the programs that are shown whether they are needed or not.
var always = []string{"git", "pg_dump", "pg_restore", "psql", "node", "npm", "pm2"}

// Tests looks at each program by itself.
func (b Toolbox) Tests() []Test {
	names := slices.Clone(always)
	for name := range b.Needed {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[len(always):])
	var tests []Test
	for _, name := range names {
		tests = append(tests, Test{Area: Programs, Name: name, Look: func(ctx context.Context) []Result {
			return []Result{b.judge(name, b.look(ctx, name))}
		}})
	}
	return tests
}

// program is what was seen of one.
type program struct {
	path    string // empty: not found
	version string // empty: it did not say
	err     error  // why it could not be run
}

func (b Toolbox) judge(name string, p program) Result {
	need := b.Needed[name]
	switch {
	case p.path == "" && need == "":
		return off(name, name+" is not installed; nothing in the config needs it")
	case p.path == "":
		return fail(name, fmt.Sprintf("%s is not installed, and %s needs it", name, need), b.advice(name))
	case p.err != nil && need != "":
		return fail(name, fmt.Sprintf("%s cannot be run: %v", name, p.err), "try it on the host: "+p.path+" --version")
	case p.err != nil:
		return warn(name, fmt.Sprintf("%s cannot be run: %v", name, p.err), "nothing in the config needs it")
	case p.version == "":
		return ok(name, fmt.Sprintf("%s (%s)", name, p.path))
	}
	return ok(name, fmt.Sprintf("%s %s (%s)", name, p.version, p.path))
}

func (b Toolbox) advice(name string) string {
	switch {
	case b.pgTool(name) && b.Tools != "":
		return "it is not in " + b.Tools + ": correct service.database.tools"
	case b.pgTool(name):
		return "install PostgreSQL's client programs, or name their folder in service.database.tools"
	case name == "pm2" || name == "node":
		return fmt.Sprintf("install it, or name its path in service.process.pm2: {%s: /…/%s}", map[string]string{"pm2": "program", "node": "node"}[name], name)
	}
	return "install it, or put its folder on the PATH twokey runs with"
}

func (b Toolbox) pgTool(name string) bool { return strings.HasPrefix(name, "pg_") || name == "psql" }

// Path finds a program as the rest of the bot would; empty when there is none.
func (b Toolbox) Path(name string) string {
	look := b.Look
	if look == nil {
		look = exec.LookPath
	}
	switch {
	case b.At[name] != "":
		name = b.At[name]
	case b.Tools != "" && b.pgTool(name):
		name = filepath.Join(b.Tools, name)
	}
	path, err := look(name)
	if err != nil {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func (b Toolbox) look(ctx context.Context, name string) program {
	p := program{path: b.Path(name)}
	if p.path == "" {
		return p
	}
	if name == "pm2" || name == "npm" {
		if p.version = packaged(p.path, name); p.version != "" || name == "pm2" {
			return p // asked for its version, pm2 starts a daemon when it has none
		}
	}
	as := b.As
	if b.pgTool(name) {
		as = nil
	}
	p.version, p.err = version(ctx, p.path, as)
	return p
}

const (
	// versionWithin is how long a program may take to say its version; npm needs a second on a busy machine.
	versionWithin = 8 * time.Second
	// systemPath is the PATH our questions run with.
	systemPath = "/usr/local/bin:/usr/bin:/bin"
)

// dotted is a version in a program's answer.
var dotted = regexp.MustCompile(`\d+(\.\d+)+\S*|\b\d+\b`)

// version runs a program as it is: no environment of ours, nothing to read, little to say.
func version(ctx context.Context, path string, as *proc.User) (string, error) {
	out, err := answer(ctx, as, path, "--version")
	if err != nil {
		return "", err
	}
	return dotted.FindString(out), nil
}

// answer is what a program prints, when it ends well.
func answer(ctx context.Context, as *proc.User, argv ...string) (string, error) {
	home := "/nonexistent"
	if as != nil {
		home = as.Home
	}
	out, problems := proc.NewBounded(4096, 0), proc.NewBounded(0, 1024)
	res, err := proc.Run(ctx, proc.Cmd{Path: argv[0], Args: argv[1:], As: as, Timeout: versionWithin, Grace: time.Second, Output: out, Stderr: problems,
		Env: []string{"PATH=" + filepath.Dir(argv[0]) + ":" + systemPath, "HOME=" + home, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0"}})
	switch last := problems.Tail(1); {
	case err != nil:
		return "", err
	case res.Why != proc.Exited:
		return "", fmt.Errorf("it did not end within %s", versionWithin)
	case !res.OK() && last != "":
		return "", fmt.Errorf("%s", last)
	case !res.OK():
		return "", fmt.Errorf("it ended with exit code %d", res.Exit)
	}
	return strings.TrimSpace(out.String()), nil
}

// packaged reads the version of a program of npm's out of its package.json, a few folders above the program.
func packaged(path, name string) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	for dir := filepath.Dir(real); dir != "/"; dir = filepath.Dir(dir) {
		var about struct{ Name, Version string }
		data, err := os.ReadFile(filepath.Join(dir, "package.json"))
		if err != nil || json.Unmarshal(data, &about) != nil {
			continue
		}
		if about.Name == name {
			return about.Version
		}
		return ""
	}
	return ""
}

// Dump gives the major version of the config's pg_dump, 0 when it has none.
func (b Toolbox) Dump(ctx context.Context) int {
	return major(b.look(ctx, "pg_dump").version)
}

func major(version string) int {
	number, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return n
}
