package step

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"twokey/internal/proc"
)

// execTimeout is how long a program may run when the catalogue does not say.
const execTimeout = time.Minute

// Exec runs one program. There is no shell: Argv is a list, and a parameter is a whole argument, "{region}", or follows a
// literal prefix that ends in "=", "--region={region}". A value in a whole argument must not begin with "-", lest it
// become an option, unless a literal "--" comes before it.
type Exec struct {
	Argv    []string      `yaml:"run" json:"run"`
	Timeout time.Duration `yaml:"timeout" json:"timeout"`          // 1 minute when zero
	Env     []string      `yaml:"env" json:"env,omitempty"`        // names; nothing else is in the environment
	Dir     string        `yaml:"dir" json:"dir"`                  // relative to the service's directory
	Effect  string        `yaml:"effect" json:"effect"`            // Change when empty
	Starts  bool          `yaml:"starts" json:"starts,omitempty"`  // it would start the service
	Undoing []string      `yaml:"drop" json:"drop,omitempty"`      // throws away what a step that runs ahead made
	Program string        `yaml:"-" json:"program"`                // Argv[0], absolute; set by Load
	Dropper string        `yaml:"-" json:"drop_program,omitempty"` // Undoing[0], absolute; set by Load
	As      *proc.User    `yaml:"-" json:"as,omitempty"`           // set by Load
	Bound   bool          `yaml:"-" json:"bound,omitempty"`        // set by Bind: braces are now text
}

var (
	placeholder = regexp.MustCompile(`\{[a-z][a-z0-9_]*\}`)
	argument    = regexp.MustCompile(`^([^{}]*=)?\{([a-z][a-z0-9_]*)\}$`)
	variable    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// Load resolves the program and the user, and refuses arguments that could not be bound.
func (e Exec) Load(site Site) (Kind, error) {
	var err error
	if e.Effect == "" {
		e.Effect = Change
	}
	if e.Timeout == 0 {
		e.Timeout = execTimeout
	}
	e.Dir = filepath.Join(site.Dir, e.Dir)
	if e.Program, err = e.resolve(site, e.Argv); err != nil {
		return nil, err
	}
	if e.Dropper, err = e.resolve(site, e.Undoing); err != nil {
		return nil, err
	}
	if e.As, err = site.user(); err != nil {
		return nil, err
	}
	return &e, e.complete()
}

// resolve gives the absolute path of a program; one with a slash is relative to the step's directory.
func (e Exec) resolve(site Site, argv []string) (string, error) {
	if !filepath.IsAbs(e.Dir) || len(argv) == 0 {
		return "", nil
	}
	name := argv[0]
	if strings.Contains(name, "/") && !filepath.IsAbs(name) {
		name = filepath.Join(e.Dir, name)
	}
	return site.program(name)
}

func (e Exec) complete() error {
	if len(e.Argv) == 0 {
		return errors.New("run: empty")
	}
	if len(e.Undoing) > 0 {
		if err := e.undoing().complete(); err != nil {
			return fmt.Errorf("drop: %w", err)
		}
	}
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(!filepath.IsAbs(e.Program), "program %q: not an absolute path", e.Program)
	add(!filepath.IsAbs(e.Dir), "dir %q: not an absolute path", e.Dir)
	add(e.Timeout <= 0, "timeout %s: not above zero", e.Timeout)
	add(!slices.Contains([]string{Read, Protect, Stop, Change}, e.Effect), "effect %q: is one of read, protect, stop, change", e.Effect)
	add(e.Starts && e.Effect != Change, "effect %s: what starts the service is a change", e.Effect)
	add(placeholder.MatchString(e.Argv[0]), "run: the program %q cannot be a parameter", e.Argv[0])
	for _, name := range e.Env {
		add(!variable.MatchString(name), "env %q: not a variable's name", name)
		add(name == proc.TagName, "env %s: is ours", name)
	}
	for _, a := range e.Argv[1:] {
		add(!e.Bound && placeholder.MatchString(a) && !argument.MatchString(a),
			"run: %q: a parameter is a whole argument, or follows a prefix that ends in \"=\"", a)
		add(strings.ContainsRune(a, 0), "run: %q: has a zero byte", a)
	}
	return errors.Join(errs...)
}

// About names the program without its folders, and its arguments.
func (e Exec) About() About {
	words := slices.Clone(e.Argv)
	if len(words) > 0 {
		words[0] = filepath.Base(words[0])
	}
	for i, w := range words {
		if w == "" || strings.ContainsAny(w, " \t\n\"'") {
			words[i] = fmt.Sprintf("%q", w)
		}
	}
	return About{Title: "run " + strings.Join(words, " "), Effect: e.Effect, Starts: e.Starts}
}

// Placeholders are the names of the parameters it needs, in order.
func (e Exec) Placeholders() []string {
	var names []string
	for _, a := range slices.Concat(e.Argv, e.Undoing) {
		if m := argument.FindStringSubmatch(a); m != nil && !e.Bound && !slices.Contains(names, m[2]) {
			names = append(names, m[2])
		}
	}
	return names
}

// Bind fills the placeholders. A step that is bound stays as it is.
func (e Exec) Bind(args map[string]string) (Kind, error) {
	if e.Bound {
		return &e, nil
	}
	var err, dropErr error
	e.Argv, err = fill(e.Argv, args)
	e.Undoing, dropErr = fill(e.Undoing, args)
	e.Bound = true
	return &e, errors.Join(err, dropErr)
}

// fill puts values into the places of an argument list.
func fill(argv []string, args map[string]string) ([]string, error) {
	argv = slices.Clone(argv)
	afterDashes := false
	for i, a := range argv {
		m := argument.FindStringSubmatch(a)
		if m == nil {
			afterDashes = afterDashes || i > 0 && a == "--"
			continue
		}
		prefix, name := m[1], m[2]
		value, ok := args[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("parameter %s: has no value", name)
		case strings.ContainsRune(value, 0):
			return nil, fmt.Errorf("parameter %s: has a zero byte", name)
		case prefix == "" && strings.HasPrefix(value, "-") && !afterDashes:
			return nil, fmt.Errorf("parameter %s: begins with \"-\", which %s would take for an option", name, filepath.Base(argv[0]))
		}
		argv[i] = prefix + value
	}
	return argv, nil
}

// Plan pins the program's content.
func (e Exec) Plan(context.Context, Env) ([]Fact, error) {
	var facts []Fact
	for _, program := range []string{e.Program, e.Dropper} {
		if program == "" || len(facts) > 0 && program == e.Program {
			continue
		}
		sum, err := fileSum(program)
		if err != nil {
			return nil, failure(err, "program "+program+" cannot be read", "see its mode on the host, or correct the catalogue")
		}
		facts = append(facts, Fact{Name: "program " + program, Kind: Pinned, Value: "sha256:" + sum})
	}
	return facts, nil
}

// Run runs it to its end.
func (e Exec) Run(ctx context.Context, env Env) error {
	name := filepath.Base(e.Argv[0])
	if len(e.Placeholders()) > 0 {
		return &Failure{Sentence: name + " was not started: its parameters have no values", Hint: "this is a bug in twokey"}
	}
	res, err := proc.Run(ctx, proc.Cmd{
		Path: e.Program, Args: e.Argv[1:], Env: e.environ(env), Dir: e.Dir, As: e.As,
		Timeout: e.Timeout, Output: env.output(), Tag: env.Tag,
	})
	if err != nil {
		return failure(err, name+" could not be run", "see the program's log")
	}
	return ended(name, res, e.Timeout, "see the output of this run")
}

// undoing is the program that throws away what the step made.
func (e Exec) undoing() Exec {
	e.Argv, e.Program, e.Undoing, e.Dropper = e.Undoing, e.Dropper, nil, ""
	return e
}

// Drops says whether there is such a program.
func (e Exec) Drops() bool { return len(e.Undoing) > 0 }

// Drop runs it.
func (e Exec) Drop(ctx context.Context, env Env) error {
	if !e.Drops() {
		return nil
	}
	return e.undoing().Run(ctx, env)
}

// environ has the listed variables that have a value. HOME, USER and LOGNAME are those of the user it runs as.
func (e Exec) environ(env Env) []string {
	own := map[string]string{}
	if e.As != nil {
		own = map[string]string{"HOME": e.As.Home, "USER": e.As.Name, "LOGNAME": e.As.Name}
	}
	var kvs []string
	for _, name := range e.Env {
		value := own[name]
		if value == "" && env.Getenv != nil {
			value = env.Getenv(name)
		}
		if value != "" {
			kvs = append(kvs, name+"="+value)
		}
	}
	return kvs
}

func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
