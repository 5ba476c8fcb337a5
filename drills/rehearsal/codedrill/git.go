package codedrill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"twokey/internal/proc"
)

// oldest is the git from which on overrides can be given that no key of a config escapes (GIT_CONFIG_COUNT).
var oldest = [2]int{2, 31}

// hushes are what a repository's config may not decide: all that starts a program, asks somebody, or leaves the repository.
var hushes = [][2]string{
	{"core.hooksPath", "/dev/null"}, {"core.fsmonitor", "false"}, {"core.attributesFile", "/dev/null"}, {"core.sshCommand", "/bin/false"},
	{"core.askPass", "/bin/false"}, {"core.pager", "cat"}, {"core.editor", "/bin/false"}, {"core.gitProxy", ""}, {"core.alternateRefsCommand", ""},
	{"credential.helper", ""}, {"diff.external", ""}, {"gpg.program", "/bin/false"}, {"log.showSignature", "false"}, {"protocol.allow", "never"},
	{"submodule.recurse", "false"}, {"gc.auto", "0"}, {"maintenance.auto", "false"}, {"fetch.recurseSubmodules", "false"},
}

// perDriver are keys of drivers, which have names: "filter.lfs.smudge". An empty one is none.
var perDriver = map[string][]string{"filter": {"clean", "smudge", "process"}, "diff": {"command", "textconv"}, "merge": {"driver"}}

// git is one way to ask git.
type git struct {
	path string
	dir  string
	as   *proc.User
	home string
	tag  string
	more [][2]string // overrides
	in   proc.Cmd    // of which only In counts
}

// environ has nothing of ours, and the overrides, which go above every file.
func (g git) environ() []string {
	env := []string{"PATH=" + systemPath, "HOME=" + g.home, "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_ATTR_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=/bin/false", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
		"GIT_LFS_SKIP_SMUDGE=1"}
	all := append(append([][2]string{}, hushes...), g.more...)
	for i, kv := range all {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, kv[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, kv[1]))
	}
	return append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(len(all)))
}

// to runs git, with its output to a writer.
func (g git) to(ctx context.Context, out io.Writer, limit time.Duration, args ...string) error {
	said := proc.NewBounded(0, 2<<10)
	res, err := proc.Run(ctx, proc.Cmd{Path: g.path, Args: append([]string{"--no-pager"}, args...), Dir: g.dir, As: g.as, Timeout: limit, Tag: g.tag,
		Env: g.environ(), Output: out, Stderr: said, In: g.in.In})
	switch {
	case err != nil:
		return err
	case res.Why == proc.Cancelled:
		return &failure{sentence: "git was stopped", cause: context.Cause(ctx)}
	case res.Why == proc.TimedOut:
		return &failure{sentence: fmt.Sprintf("git did not answer within %s", limit), hint: "see the disk of the host"}
	case !res.OK():
		return g.refused(args[0], res, said.String())
	}
	return nil
}

// refused says what git did not do. What git says itself has names of files: it is for the operator.
func (g git) refused(what string, res proc.Result, said string) error {
	f := &failure{sentence: "git " + what + " " + ending(res), hint: "see twokey's log", cause: errors.New(strings.TrimSpace(said))}
	switch {
	case strings.Contains(said, "dubious ownership"):
		f.sentence, f.hint = "git does not open the repository: it belongs to somebody else", "make service.run_as the user it belongs to"
	case strings.Contains(said, "not a git repository"):
		f.sentence, f.hint = "the service's directory is not a git repository", "deploy with git, or leave this drill out"
	case strings.Contains(said, "No space left"):
		f.sentence, f.hint = "the disk is full", "make room"
	}
	return f
}

// most is how much git may print where all of it is kept.
const most = 64 << 20

func (g git) text(ctx context.Context, args ...string) (string, error) {
	out := proc.NewBounded(most, 0)
	if err := g.to(ctx, out, gitWithin, args...); err != nil {
		return "", err
	}
	if out.Dropped() > 0 {
		return "", &failure{sentence: "git " + args[0] + " said too much", hint: "see the repository on the host"}
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// version refuses a git that does not know the overrides.
func (g git) version(ctx context.Context) (string, error) {
	g.dir = "/"
	said, err := g.text(ctx, "version")
	if err != nil {
		return "", err
	}
	fields := strings.Fields(said)
	var at [2]int
	if len(fields) < 3 {
		return "", &failure{sentence: "git does not say its version", hint: "see git on the host"}
	}
	if _, err := fmt.Sscanf(fields[2], "%d.%d", &at[0], &at[1]); err != nil || at[0] < oldest[0] || at[0] == oldest[0] && at[1] < oldest[1] {
		return "", &failure{sentence: fmt.Sprintf("git has to be %d.%d or newer, so that it runs nothing of the repository's config", oldest[0], oldest[1]), hint: "install a newer one"}
	}
	return fmt.Sprintf("%d.%d", at[0], at[1]), nil
}

// deployed is git in production's checkout, which it only reads. Drivers that the config has, by whatever include, are turned off by name.
func (d *Drill) deployed(ctx context.Context, tag string) (git, error) {
	g := git{path: d.cfg.Git, dir: d.cfg.Repo, as: d.cfg.User, home: "/nonexistent", tag: tag}
	if _, err := g.version(ctx); err != nil {
		return g, err
	}
	keys, err := g.text(ctx, "config", "--list", "--includes", "--name-only", "-z")
	if err != nil {
		return g, err
	}
	for key := range strings.SplitSeq(keys, "\x00") {
		section, rest, _ := strings.Cut(key, ".")
		dot := strings.LastIndexByte(rest, '.')
		if dot < 0 || perDriver[section] == nil {
			continue
		}
		for _, last := range perDriver[section] {
			g.more = append(g.more, [2]string{section + "." + rest[:dot] + "." + last, ""})
		}
		if section == "filter" {
			g.more = append(g.more, [2]string{"filter." + rest[:dot] + ".required", "false"})
		}
	}
	return g, nil
}
