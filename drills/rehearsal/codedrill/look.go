package codedrill

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"twokey/drills"
	"twokey/internal/proc"
)

// Look looks both ways. It changes nothing.
func (d *Drill) Look(ctx context.Context) []drills.Look {
	all := []drills.Look{d.lookGit(ctx)}
	if drills.Looks(all) == nil {
		all = append(all, d.lookCommits(ctx)...)
	}
	return append(all, d.lookUser(ctx), d.lookRoom(), d.lookLeft(), d.lookEnv())
}

// look is green with a text, or red with what is wrong.
func look(name, text string, err error) drills.Look {
	if err == nil {
		return drills.Look{Name: name, State: drills.Green, Text: text}
	}
	why, hint := forPeople(err)
	return drills.Look{Name: name, State: drills.Red, Text: why, Hint: hint}
}

func (d *Drill) lookGit(ctx context.Context) drills.Look {
	version, err := git{path: d.cfg.Git, as: d.cfg.User, home: "/nonexistent"}.version(ctx)
	return look("git", "version "+version, err)
}

func (d *Drill) lookCommits(ctx context.Context) []drills.Look {
	c, err := d.commits(ctx, "")
	all := []drills.Look{look("commits", fmt.Sprintf("from %s back to %s", short(c.deployed), short(c.before)), err)}
	if err != nil {
		return all
	}
	if !c.onBranch {
		all = append(all, drills.Look{Name: "branch", State: drills.Told, Text: d.onBranch(c)})
	}
	if c.changed > 0 {
		all = append(all, drills.Look{Name: "checkout", State: drills.Told, Text: changedText(c.changed)})
	}
	return all
}

const (
	capChown  = 0 // the bits of capabilities(7)
	capSetgid = 6
	capSetuid = 7
)

// lookUser runs a program as the service's user, in the folder for drills: that both can be is seen, not guessed.
func (d *Drill) lookUser(ctx context.Context) drills.Look {
	u := d.cfg.User
	if u == nil || int(u.UID) == os.Geteuid() {
		return look("user", "as ourselves", d.workIsOurs())
	}
	for _, c := range []struct {
		bit  int
		name string
	}{{capChown, "CAP_CHOWN"}, {capSetuid, "CAP_SETUID"}, {capSetgid, "CAP_SETGID"}} {
		if !capable(c.bit) {
			return look("user", "", &failure{sentence: "twokey may not do this drill for user " + u.Name, hint: "give it " + c.name + ", or run it as that user"})
		}
	}
	err := d.workIsOurs()
	if err == nil {
		_, err = proc.Run(ctx, proc.Cmd{Path: d.cfg.Git, Args: []string{"version"}, Env: []string{"PATH=" + systemPath}, Dir: d.cfg.Work, As: u, Timeout: gitWithin})
	}
	return look("user", "as "+u.Name, err)
}

// workIsOurs refuses a folder in which somebody else could put something in the place of what is made there.
func (d *Drill) workIsOurs() error {
	info, err := os.Lstat(resolved(d.cfg.Work))
	if err != nil || !info.IsDir() {
		return &failure{sentence: "the folder for drills is not there", hint: "make " + d.cfg.Work + ", with mode 0711", cause: err}
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return &failure{sentence: "others may write to the folder for drills", hint: "make it ours: chmod 0711 " + d.cfg.Work}
	}
	return nil
}

// capable says whether we have a capability.
func capable(bit int) bool {
	b, err := os.ReadFile("/proc/self/status")
	_, rest, found := strings.Cut(string(b), "\nCapEff:")
	var set uint64
	if err != nil || !found {
		return os.Geteuid() == 0
	}
	_, err = fmt.Sscanf(strings.TrimSpace(rest), "%x", &set)
	return err == nil && set>>bit&1 == 1
}

func (d *Drill) lookRoom() drills.Look {
	var st syscall.Statfs_t
	if err := syscall.Statfs(d.cfg.Work, &st); err != nil {
		return look("disk", "", &failure{sentence: "it cannot be seen how much is free in " + d.cfg.Work, hint: "see that the folder is there", cause: err})
	}
	free := int64(st.Bavail) * int64(st.Bsize)
	text := fmt.Sprintf("%.1f GB are free", float64(free)/1e9)
	if free < d.cfg.Room {
		return look("disk", "", &failure{sentence: fmt.Sprintf("only %s; a drill needs %.1f GB", text, float64(d.cfg.Room)/1e9), hint: "make room in " + d.cfg.Work})
	}
	return look("disk", text, nil)
}

func (d *Drill) lookLeft() drills.Look {
	left, err := filepath.Glob(filepath.Join(globbed(resolved(d.cfg.Work)), "code-*"))
	if err == nil && len(left) > 0 {
		err = &failure{sentence: "an earlier drill left " + strings.Join(left[:min(len(left), mostNamed)], ", "), hint: "see that nothing uses it, and remove it"}
	}
	return look("left over", "nothing of an earlier drill", err)
}

// globbed takes what means something in a pattern as it is.
func globbed(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func (d *Drill) lookEnv() drills.Look {
	if !d.starts() {
		return drills.Look{Name: "env file", State: drills.Told, Text: "nothing is started: " + d.unstarted()}
	}
	env, err := d.own()
	return look("env file", fmt.Sprintf("%d values, none of them production's", len(env)), err)
}
