package codedrill

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"twokey/internal/proc"
)

// program is one of the release's, resolved.
type program struct {
	said []string // as the config has it
	path string   // absolute, or relative to the worktree
	args []string
}

// managers start what they are told to somewhere else, not as a child of ours, with an environment of its own: through them
// production itself could be started. Who changes the user leaves our sight as well.
var managers = []string{"systemctl", "systemd-run", "service", "initctl", "rc-service", "machinectl", "supervisorctl", "pm2", "forever", "docker", "docker-compose",
	"podman", "nerdctl", "kubectl", "sudo", "su", "doas", "runuser", "setpriv", "at", "batch", "crontab", "ssh"}

func (d *Drill) resolve() (err error) {
	for _, argv := range d.cfg.Build {
		p, err := d.program(argv)
		if err != nil {
			return err
		}
		d.build = append(d.build, p)
	}
	if d.test, err = d.program(d.cfg.Test); err != nil || !d.starts() {
		return err
	}
	d.start, err = d.program(d.cfg.Start)
	return err
}

// program finds a program; one with a slash that is not absolute is the release's own.
func (d *Drill) program(argv []string) (program, error) {
	if len(argv) == 0 || argv[0] == "" {
		return program{}, &failure{sentence: "a program of the drill has no name", hint: "write a program and its arguments"}
	}
	p := program{said: slices.Clone(argv), path: argv[0], args: slices.Clone(argv[1:])}
	if !strings.Contains(argv[0], "/") {
		path, err := d.cfg.LookPath(argv[0])
		if err != nil || !filepath.IsAbs(path) {
			return program{}, &failure{sentence: "program " + argv[0] + " is not there", hint: "install it, or write its whole path", cause: err}
		}
		p.path = path
	}
	for _, word := range []string{p.path, resolved(p.path)} {
		if name := filepath.Base(word); slices.Contains(managers, name) {
			return program{}, &failure{sentence: name + " starts things where a drill has no hold of them", hint: "write the program that the release itself is"}
		}
	}
	for _, word := range append([]string{p.path}, p.args...) {
		if d.production(word) {
			return program{}, &failure{sentence: fmt.Sprintf("%s of the drill names the service's directory, which is production", filepath.Base(p.path)),
				hint: "write the path within the release, without the directory: scripts/build"}
		}
	}
	return p, nil
}

// production says whether a text names something in the service's directory: in words, by a link, or by leaving the worktree.
func (d *Drill) production(text string) bool {
	repo := resolved(d.cfg.Repo)
	if strings.Contains(text+"/", d.cfg.Repo+"/") || strings.Contains(text+"/", repo+"/") {
		return true
	}
	_, after, _ := strings.Cut(text, "=")
	for _, path := range append(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(":,;= \t", r) }), text, after) {
		if !strings.Contains(path, "/") {
			continue
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(resolved(d.cfg.Work), "code-0", "side", "tree", path) // as deep as a real one
		}
		if within(resolved(path), repo) {
			return true
		}
	}
	return false
}

// resolved follows the links of a path, as far as it exists.
func resolved(path string) string {
	path = filepath.Clean(path)
	if at, err := filepath.EvalSymlinks(path); err == nil {
		return at
	}
	if dir := filepath.Dir(path); dir != path {
		return filepath.Join(resolved(dir), filepath.Base(path))
	}
	return path
}

// within says whether a path is another one or below it.
func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

func lookPath(name string) (string, error) {
	for _, dir := range filepath.SplitList(systemPath) {
		at := filepath.Join(dir, name)
		if info, err := os.Stat(at); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return at, nil
		}
	}
	return "", &fs.PathError{Op: "look for", Path: name, Err: fs.ErrNotExist}
}

// searched is the PATH of what runs: the folders of the programs, as npm looks there for node, and the system's.
func (d *Drill) searched() string {
	var dirs []string
	for _, p := range append(slices.Clone(d.build), d.test, d.start) {
		if dir := filepath.Dir(p.path); filepath.IsAbs(p.path) && !slices.Contains(dirs, dir) && !slices.Contains(filepath.SplitList(systemPath), dir) {
			dirs = append(dirs, dir)
		}
	}
	return strings.Join(append(dirs, systemPath), ":")
}

// environ is all that a program of the release gets besides the values of the drill's own env file.
func (s *session) environ() []string {
	return []string{"PATH=" + s.searched(), "HOME=" + s.at.home, "TMPDIR=" + s.at.tmp, "LANG=C.UTF-8"}
}

// cmd is a program of the release, in its worktree.
func (s *session) cmd(p program) proc.Cmd {
	path := p.path
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.at.tree, path)
	}
	return proc.Cmd{Path: path, Args: p.args, Env: s.environ(), Dir: s.at.tree, As: s.cfg.User, Timeout: s.cfg.Within, Output: s, Tag: s.env.Tag}
}

// run runs one to its end.
func (s *session) run(ctx context.Context, p program) error {
	name := filepath.Base(p.path)
	s.env.Progress("running " + strings.Join(p.said, " "))
	res, err := proc.Run(ctx, s.cmd(p))
	switch {
	case err != nil:
		return err
	case res.Why == proc.Cancelled:
		return &failure{sentence: name + " was stopped", cause: context.Cause(ctx)}
	case res.Why == proc.TimedOut:
		return &failure{sentence: fmt.Sprintf("%s was not done after %s, and was ended", name, s.cfg.Within), hint: "see its output"}
	case !res.OK():
		return &failure{sentence: name + " " + ending(res), hint: "see its output"}
	}
	return nil
}

// ending says how a program ended by itself.
func ending(res proc.Result) string {
	if res.Signal != "" {
		return "was ended by a signal: " + res.Signal
	}
	return fmt.Sprintf("ended with exit code %d", res.Exit)
}
