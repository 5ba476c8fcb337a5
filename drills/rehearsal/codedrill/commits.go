package codedrill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"twokey/drills"
)

// commits is where production is, and where it would go back to.
type commits struct {
	deployed, before string // whole
	objects          string // the folder, absolute
	tags             string // as packed-refs has them
	sha256           bool   // what names objects
	changed          int    // files that are not as committed
	onBranch         bool
	state            state
}

// commits asks production's repository, read-only.
func (d *Drill) commits(ctx context.Context, tag string) (commits, error) {
	g, err := d.deployed(ctx, tag)
	if err != nil {
		return commits{}, err
	}
	var c commits
	if err := g.top(ctx); err != nil {
		return c, err
	}
	list, err := g.text(ctx, "rev-list", "--first-parent", "--max-count=2", "HEAD", "--")
	if err != nil {
		return c, &failure{sentence: "the service's repository has no commit that could be seen", hint: "see it on the host", cause: err}
	}
	var two bool
	if c.deployed, c.before, two = strings.Cut(list, "\n"); !two {
		return c, &failure{sentence: "the deployed commit is the first: there is none to go back to", hint: "this drill needs a second commit; a clone of depth 1 has only one"}
	}
	c.sha256 = len(c.deployed) == 64
	if c.objects, err = g.text(ctx, "rev-parse", "--path-format=absolute", "--git-path", "objects"); err != nil {
		return c, err
	}
	if c.tags, err = g.text(ctx, "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags"); err != nil {
		return c, err
	}
	if c.state, c.changed, err = g.state(ctx); err != nil {
		return c, err
	}
	branch, _ := g.text(ctx, "rev-parse", "--symbolic-full-name", "HEAD")
	c.onBranch = branch == "refs/heads/"+d.cfg.Branch
	return c, nil
}

// top refuses a folder that is only part of a repository: what is built is the whole.
func (g git) top(ctx context.Context) error {
	inside, err := g.text(ctx, "rev-parse", "--show-prefix")
	if err == nil && inside != "" {
		err = &failure{sentence: "the service's directory is not the top of its repository", hint: "name the top as service.dir"}
	}
	return err
}

// state is what a checkout is: short digests, no contents. Remote branches are left out: a fetch is no change of production.
type state struct {
	head, branches, index, files, config string
}

// parts names them for people, in order.
func (s state) parts() []drills.Fact {
	return []drills.Fact{{Name: "HEAD", Value: s.head}, {Name: "branches and tags", Value: s.branches}, {Name: "index", Value: s.index},
		{Name: "changed files", Value: s.files}, {Name: "config", Value: s.config}}
}

func (s state) String() string {
	return fmt.Sprintf("%s %s %s %s %s", s.head, s.branches, s.index, s.files, s.config)
}

func (g git) state(ctx context.Context) (s state, changed int, err error) {
	looks := []struct {
		to   *string
		args []string
	}{
		{&s.head, []string{"rev-parse", "HEAD", "--symbolic-full-name", "HEAD"}}, // the commit and the branch
		{&s.branches, []string{"for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags"}},
		{&s.index, []string{"ls-files", "--stage", "-v", "-z"}},
		{&s.files, []string{"status", "--porcelain=v2", "-z", "--untracked-files=no", "--ignore-submodules=all", "--no-renames"}},
		{&s.config, []string{"config", "--local", "--list", "-z"}},
	}
	for _, l := range looks {
		sum, zeros := sha256.New(), counter(0)
		if err := g.to(ctx, io.MultiWriter(sum, &zeros), gitWithin, l.args...); err != nil {
			return s, 0, err
		}
		*l.to = hex.EncodeToString(sum.Sum(nil))[:12]
		if l.to == &s.files {
			changed = int(zeros)
		}
	}
	return s, changed, nil
}

// counter counts zero bytes.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(strings.Count(string(p), "\x00"))
	return len(p), nil
}

// The facts that later steps need of this one.
const (
	factDeployed = "deployed commit"
	factBefore   = "goes back to"
	factState    = "checkout before"
)

func (s *session) doCommits(ctx context.Context) (drills.Found, error) {
	c, err := s.commits(ctx, s.env.Tag)
	if err != nil {
		return drills.Found{}, err
	}
	f := drills.Found{
		Line: fmt.Sprintf("from %s back to %s", short(c.deployed), short(c.before)),
		Scope: []drills.Fact{{Name: "repository", Value: s.cfg.Repo}, {Name: factDeployed, Value: c.deployed}, {Name: factBefore, Value: c.before},
			{Name: factState, Value: c.state.String()}},
		Checks: []drills.Check{{Name: "branch", Value: s.onBranch(c), State: drills.Told}, {Name: "checkout", Value: changedText(c.changed), State: drills.Told}},
	}
	return f, nil
}

func (d *Drill) onBranch(c commits) string {
	if c.onBranch {
		return "on " + d.cfg.Branch
	}
	return "not on " + d.cfg.Branch
}

func changedText(n int) string {
	switch n {
	case 0:
		return "as committed"
	case 1:
		return "1 file is not as committed; a release before would not have that"
	}
	return fmt.Sprintf("%d files are not as committed; a release before would not have that", n)
}

// found gives a fact of the first step.
func (s *session) found(name string) (string, error) {
	if f := s.env.Before[keyCommits]; f != nil {
		for _, fact := range f.Scope {
			if fact.Name == name && fact.Value != "" {
				return fact.Value, nil
			}
		}
	}
	return "", &failure{sentence: "it is not known which commit to go back to", hint: "begin the drill anew"}
}

// side is what a drill makes: all of it is below one folder, which has the exercise's number.
type side struct {
	top  string // ours
	dir  string // User's from when it is filled; its entries too
	tree string // the release
	home string
	tmp  string
}

func (d *Drill) side(exercise uint64) side {
	top := filepath.Join(resolved(d.cfg.Work), fmt.Sprintf("code-%d", exercise))
	dir := filepath.Join(top, "side")
	return side{top: top, dir: dir, tree: filepath.Join(dir, "tree"), home: filepath.Join(dir, "home"), tmp: filepath.Join(dir, "tmp")}
}
