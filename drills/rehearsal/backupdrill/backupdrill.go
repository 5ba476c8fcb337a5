// Package backupdrill rehearses going back to a backup: the newest one is pinned, read to its end, loaded into a scratch
// database, looked at as a real restore is, dropped, and proven gone.
//
// All it can reach is files of backups, which it only reads, a folder of its own, and a restore.Scratch, which makes and drops
// databases named drill_ and a number, and no others. What is loaded and looked at is so by the role that loads backups, which has
// no rights on the service's database; Look proves that it has none.
package backupdrill

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/backup"
	"twokey/internal/pgtools"
	"twokey/internal/restore"
)

// Config is what a database drill works with. No address in it reaches the service's database.
type Config struct {
	Shelf   backup.Shelf
	Scratch restore.Scratch // its Tag and Whose are set for each step
	Tools   pgtools.Tools
	Pins    string        // a folder of ours, absolute, where the backup is copied to while it is hashed
	Floor   int64         // bytes that stay free
	MaxAge  time.Duration // an older newest backup is red; 0: not judged
	// Stale is how much older than the backup its newest row may be; 0: MaxAge.
	Stale      time.Duration
	Production Production
	Migrations string // the table that lists migrations; empty: none
	// Fresh is SQL that gives one timestamp, that of the newest row; empty: the newest in all columns named created_at, updated_at
	// and the like.
	Fresh   string
	Checks  []Check
	Runbook string // what people follow in earnest; shown in a person's step
}

// Production is which database the scratch database must not be.
type Production struct {
	Name             string
	SystemIdentifier string // of its server; empty: not known
}

func (p Production) not() restore.Production {
	return restore.Production{Name: p.Name, System: p.SystemIdentifier}
}

// Check is a query of the config's that gives one value.
type Check struct {
	Name string
	SQL  string
	// Judge says what a value comes to: drills.Green, drills.Told, or red, and why. Nil: it is told.
	Judge func(value string) (state, why string)
}

// Drill is a rehearsal.Kind. It remembers nothing between steps but in its folder.
type Drill struct {
	Config
	// passed is told of what was done within a step; tests end the program there.
	passed func(what string)
}

var _ rehearsal.Kind = (*Drill)(nil)

// New makes one.
func New(c Config) *Drill { return &Drill{Config: c, passed: func(string) {}} }

// The keys of the automatic steps, in their order.
const (
	keyBackup  = "backup"
	keyScratch = "scratch"
	keyLoad    = "load"
	keyVerify  = "verify"
	keyDrop    = "drop"
)

// step is one automatic step at work.
type step struct {
	*Drill
	env     rehearsal.Env
	name    restore.ScratchName
	scratch restore.Scratch
	found   drills.Found
}

func (d *Drill) step(env rehearsal.Env) *step {
	s := &step{Drill: d, env: env, name: restore.ScratchOf(env.Exercise), scratch: d.Scratch}
	s.scratch.Tools, s.scratch.Tag, s.scratch.Whose = d.Tools, env.Tag, strings.TrimSuffix(exerciseTag(env), "/")
	return s
}

// exerciseTag is what the tags of all steps of an exercise begin with. A tag of another form stands for itself alone: a prefix that
// is too short would be others', too.
func exerciseTag(env rehearsal.Env) string {
	number := fmt.Sprintf("/%d/", env.Exercise)
	if i := strings.Index(env.Tag+"/", number); i > 0 {
		return env.Tag[:i] + number
	}
	return env.Tag
}

// folder is the exercise's own.
func (s *step) folder() string { return filepath.Join(s.Pins, s.name.String()) }

// Do does one automatic step.
func (d *Drill) Do(ctx context.Context, env rehearsal.Env, key string) (drills.Found, error) {
	printed := hashed(env.Output)
	env.Output = printed
	s := d.step(env)
	steps := map[string]func(context.Context) error{keyBackup: s.pick, keyScratch: s.make, keyLoad: s.load, keyVerify: s.verify, keyDrop: s.drop}
	do, known := steps[key]
	if !known {
		return drills.Found{}, fmt.Errorf("step %q: is none of a database drill", key)
	}
	err := do(ctx)
	if err != nil {
		s.failed(ctx, err)
	}
	s.found.Output = printed.sum()
	return s.found, err
}

// failed fills in what people read of an error.
func (s *step) failed(ctx context.Context, err error) {
	var tool *pgtools.Error
	if errors.As(err, &tool) { // rows may be in it: it goes where the output of programs goes
		for _, line := range tool.Tail {
			fmt.Fprintln(s.env.Output, line)
		}
	}
	s.found.Why, s.found.Hint = explain(ctx, err)
}

func (s *step) fact(name, value string) {
	s.found.Scope = append(s.found.Scope, drills.Fact{Name: name, Value: value})
}

// before is a fact that an earlier step of this exercise found.
func (s *step) before(key, name string) string {
	if f := s.env.Before[key]; f != nil {
		for _, fact := range f.Scope {
			if fact.Name == name {
				return fact.Value
			}
		}
	}
	return ""
}
