package codedrill

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"twokey/drills"
)

func (s *session) doWorktree(ctx context.Context) (drills.Found, error) {
	before, err := s.found(factBefore)
	if err != nil {
		return drills.Found{}, err
	}
	c, err := s.commits(ctx, s.env.Tag)
	if err != nil {
		return drills.Found{}, err
	}
	if c.before != before {
		return drills.Found{}, &failure{sentence: "another commit is deployed than when the drill began", hint: "begin the drill anew"}
	}
	if err := s.at.make(c, s.Drill); err != nil {
		return drills.Found{}, err
	}
	own := git{path: s.cfg.Git, dir: s.at.tree, as: s.cfg.User, home: s.at.home, tag: s.env.Tag}
	what, err := s.search(ctx, own, before)
	f := drills.Found{Checks: []drills.Check{what}}
	if err != nil {
		return f, err
	}
	s.env.Progress("checking out " + short(before))
	if err := own.to(ctx, s, s.cfg.Within, "read-tree", "--reset", "-u", before); err != nil {
		return f, err
	}
	f.Line = fmt.Sprintf("%s is checked out in %s", short(before), s.at.tree)
	f.Scope = []drills.Fact{{Name: "worktree", Value: s.at.tree}}
	return f, nil
}

// make makes the folders, and a repository that borrows production's objects and has a config of its own. While it is filled it is
// ours; then it is given away, the innermost first, so that nobody can put something else in its place meanwhile.
func (at side) make(c commits, d *Drill) error {
	if err := os.Mkdir(at.top, 0o700); errors.Is(err, fs.ErrExist) {
		return &failure{sentence: at.top + " of an earlier attempt is still there", hint: "abort the drill, which removes it", cause: err}
	} else if err != nil {
		return unmade(err)
	}
	repo := filepath.Join(at.tree, ".git")
	files := map[string]string{"HEAD": c.before + "\n", "config": c.config(), "objects/info/alternates": c.objects + "\n"}
	if c.tags != "" {
		files["packed-refs"] = c.tags + "\n" // for builds that ask git describe
	}
	dirs := []string{at.dir, at.home, at.tmp, at.tree, repo, repo + "/objects", repo + "/objects/info", repo + "/refs", repo + "/refs/heads"}
	for _, dir := range dirs {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return unmade(err)
		}
	}
	var made []string
	for name, text := range files {
		path := filepath.Join(repo, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return unmade(err)
		}
		made = append(made, path)
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		made = append(made, dirs[i])
	}
	return at.give(made, d)
}

// config is the whole of what git knows in the side worktree.
func (c commits) config() string {
	lines := []string{"[core]", "\trepositoryformatversion = 0", "\tbare = false", "\tlogallrefupdates = false"}
	if c.sha256 {
		lines[1] = "\trepositoryformatversion = 1"
		lines = append(lines, "[extensions]", "\tobjectformat = sha256")
	}
	return strings.Join(lines, "\n") + "\n"
}

func (at side) give(made []string, d *Drill) error {
	if u := d.cfg.User; u != nil && int(u.UID) != os.Geteuid() {
		for _, path := range made {
			if err := os.Lchown(path, int(u.UID), int(u.GID)); err != nil {
				return &failure{sentence: "twokey may not give a folder to user " + u.Name, hint: "give it CAP_CHOWN, or run it as that user", cause: err}
			}
		}
	}
	if err := os.Chmod(at.top, 0o711); err != nil {
		return unmade(err)
	}
	return nil
}

func unmade(err error) error {
	return &failure{sentence: "the side worktree could not be made", hint: "see the disk, and who may write to the folder for drills", cause: err}
}
