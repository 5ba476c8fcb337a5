package nightdrill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/proc"
)

// stageGrace is how long the stage may take to end by itself: what it leaves is Clean's.
const stageGrace = 2 * time.Second

// Do does the one automatic step. Without PostgreSQL it is left out, and says so.
func (d *Drill) Do(ctx context.Context, env rehearsal.Env, key string) (drills.Found, error) {
	if key != keyStage {
		return drills.Found{Why: "there is no such step"}, fmt.Errorf("nightdrill: there is no step %q", key)
	}
	bin, why, hint := d.database()
	if why != "" {
		return drills.Found{Why: "there can be no database on the stage: " + why, Hint: hint}, nil
	}
	dir, err := d.makeFolder(env)
	if err != nil {
		return drills.Found{Why: "the stage's folder cannot be made", Hint: "see " + d.Dir}, err
	}
	env.Progress("the stage is set")
	heard := newHearer(env.Output, env.Progress)
	res, err := proc.Run(ctx, d.command(env, bin, dir, heard))
	heard.close()
	return d.found(ctx, heard, res, err)
}

// command is the program as a stage: nothing of ours is in its environment, and all it writes is in its folder.
func (d *Drill) command(env rehearsal.Env, bin, dir string, out *hearer) proc.Cmd {
	return proc.Cmd{Path: d.Program, Args: []string{"demo", "--script", story}, Dir: dir, Tag: env.Tag, Timeout: d.within(), Grace: stageGrace, Output: out,
		Env: []string{"PATH=" + bin + ":/usr/bin:/bin", "HOME=" + filepath.Join(dir, home), "TMPDIR=" + filepath.Join(dir, temp), "LANG=C.UTF-8"}}
}

// found is what it came to.
func (d *Drill) found(ctx context.Context, h *hearer, res proc.Result, err error) (drills.Found, error) {
	f := drills.Found{Output: h.sum(), Scope: []drills.Fact{{Name: "program", Value: d.Program}, {Name: "story", Value: story}}}
	fail := func(why, hint string, cause error) (drills.Found, error) {
		f.Why, f.Hint = why, hint
		return f, fmt.Errorf("nightdrill: %s: %w", why, cause)
	}
	const byHand = "see what it printed, and try it on the host: twokey demo --script " + story
	var p *proc.Error
	switch {
	case errors.As(err, &p):
		return fail(p.Sentence, p.Hint, err)
	case err != nil:
		return fail("the stage could not be run", byHand, err)
	case res.Why == proc.TimedOut:
		return fail(fmt.Sprintf("the stage did not come to its end within %s%s", minutes(d.within()), h.where()), byHand, context.DeadlineExceeded)
	case res.Why == proc.Cancelled:
		return fail("the stage was ended"+h.where(), "", context.Cause(ctx))
	case !res.OK():
		return fail("the stage failed"+h.where()+ended(res)+h.said(), byHand, errors.New(h.tail()))
	case h.failed != nil:
		return fail("what the stage printed could not be kept", "see the disk of the state", h.failed)
	}
	m, err := h.measured()
	if err != nil {
		return fail("the stage came to its end, and did not say how long it took", byHand, err)
	}
	f.Line, f.Checks = m.line(), m.checks()
	return f, nil
}

// ended says how a program ended that did not end well.
func ended(res proc.Result) string {
	if res.Signal != "" {
		return ": it was ended from outside (" + res.Signal + ")"
	}
	return fmt.Sprintf(": it ended with %d", res.Exit)
}

// database is the folder of PostgreSQL's programs, or why there can be none on the stage.
func (d *Drill) database() (bin, why, hint string) {
	bin, err := d.Postgres()
	if err != nil {
		return "", "PostgreSQL's programs are not on this machine", "install them: apt-get install postgresql"
	}
	if shut := shutAbove(d.Dir); os.Geteuid() == 0 && shut != "" {
		return "", "PostgreSQL may not run as root, and nobody else gets through " + shut, "let twokey run as a user of its own"
	}
	return bin, "", ""
}

// shutAbove is the first folder on the way to one that lets no other user through; empty: there is none. What is not there yet will
// be made so that it does.
func shutAbove(dir string) string {
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && info.Mode()&0o001 == 0 {
			return at
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}
