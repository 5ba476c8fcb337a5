package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"twokey/internal/restore"
)

// What a Restore step does. The first two only add beside production; what was approved is the switch.
const (
	doCopy    = "copy"    // load a backup beside the database
	doCheck   = "check"   // look at the copy, and at what would be lost
	doSwap    = "swap"    // give the copy the service's name, and keep the one from before
	doAccount = "account" // count exactly what was lost
	doBack    = "back"    // give the kept database its name back
	doDiscard = "discard" // throw the copy away
	doDrop    = "drop"    // throw a kept database away
	doInPlace = "inplace" // put a backup over the database, where no copy can be made
	doAccept  = "accept"  // the service's address leads elsewhere, and that is right
)

// Restore puts a backup beside the service's database, and then in its place.
type Restore struct {
	Do     string `yaml:"do" json:"do"`
	Backup string `yaml:"backup" json:"backup,omitempty"` // copy: an id, latest or safety
	Of     string `yaml:"run" json:"run,omitempty"`       // back, drop: the run at which the database was kept; discard: whose copy
	// Tables are those whose rows are wanted, with commas: such a copy is only read, so it may be of a backup that is not whole.
	Tables string `yaml:"tables" json:"tables,omitempty"`
	// Without are extensions of the backup that are left out, with commas; none: all are loaded.
	Without string `yaml:"without" json:"without,omitempty"`

	Bound  bool            `yaml:"-" json:"bound,omitempty"`  // set by Bind: braces are now text
	Config *DatabaseConfig `yaml:"-" json:"config,omitempty"` // set by Load
	Checks []Check         `yaml:"-" json:"checks,omitempty"` // set by Load: those that are SQL
}

// Load takes the service's database and its checks.
func (r Restore) Load(site Site) (Kind, error) {
	c := site.Database
	r.Config = &c
	r.Checks = sqlChecks(site.Checks)
	return &r, r.complete()
}

func (r Restore) complete() error {
	switch {
	case r.Config == nil:
		return errors.New("was not loaded")
	case !slices.Contains([]string{doCopy, doCheck, doSwap, doAccount, doBack, doDiscard, doDrop, doAccept, doInPlace}, r.Do):
		return fmt.Errorf("do %q: is one of copy, check, swap, account, back, discard, drop, accept, inplace", r.Do)
	case (r.Do == doCopy || r.Do == doInPlace) != (r.Backup != ""):
		return errors.New("backup: copy and inplace need one, and nothing else does")
	case (r.Do == doBack || r.Do == doDrop) != (r.Of != "") && r.Do != doDiscard:
		return errors.New("run: back and drop need one, discard may have one, and nothing else does")
	case r.Do != doCopy && (r.Tables != "" || r.Without != ""):
		return errors.New("tables: are copy's")
	}
	return wholes(r.Bound, r.Backup, r.Of, r.Tables, r.Without)
}

// titles is what people read about what it does, and its effect.
var titles = map[string]About{
	doCopy:    {Title: "restore beside", Effect: Protect},
	doCheck:   {Title: "checks on the copy", Effect: Read},
	doSwap:    {Title: "switch to the copy", Effect: Change, Expect: time.Second},
	doAccount: {Title: "count what was lost", Effect: Read},
	doBack:    {Title: "switch back", Effect: Change, Expect: time.Second},
	doDiscard: {Title: "throw the copy away", Effect: Protect},
	doDrop:    {Title: "drop the kept database", Effect: Change},
	doInPlace: {Title: "put the backup over the database", Effect: Change},
	doAccept:  {Title: "take the database it leads to for the service's", Effect: Change},
}

// About says what it does.
func (r Restore) About() About { return titles[r.Do] }

// Placeholders are the names of its parameters.
func (r Restore) Placeholders() []string {
	return placeholders(r.Bound, r.Backup, r.Of, r.Tables, r.Without)
}

// Bind fills in its parameters. A step that is bound stays as it is.
func (r Restore) Bind(args map[string]string) (Kind, error) {
	err := fillWhole(r.Bound, args, &r.Backup, &r.Of, &r.Tables, &r.Without)
	r.Bound = true
	return &r, err
}

// restorePlansWithin: a backup is copied, hashed and decoded before anybody is asked.
const restorePlansWithin = 30 * time.Minute

// PlansWithin is how long that may take.
func (r Restore) PlansWithin() time.Duration { return restorePlansWithin }

// Plan finds out what it would do.
func (r Restore) Plan(ctx context.Context, env Env) ([]Fact, error) {
	switch r.Do {
	case doCopy:
		return r.planCopy(ctx, env)
	case doSwap:
		return r.planSwap(ctx, env)
	case doBack:
		return r.planBack(ctx, env)
	case doDrop:
		return r.planDrop(ctx, env)
	case doDiscard:
		return r.planDiscard(env)
	case doAccept:
		return r.planAccept(ctx, env)
	case doInPlace:
		return r.planInPlace(ctx, env)
	}
	return nil, nil
}

// Run does it.
func (r Restore) Run(ctx context.Context, env Env) error {
	does := map[string]func(context.Context, Env) error{doCopy: r.copy, doCheck: r.check, doSwap: r.swap, doAccount: r.account,
		doBack: r.back, doDiscard: r.discard, doDrop: r.drop, doAccept: r.accept, doInPlace: r.inPlace}
	return failure(does[r.Do](ctx, env), "the database did not do it", "see the run's output")
}

// Drops: of what it does, only the copy is thrown away with its request.
func (r Restore) Drops() bool { return r.Do == doCopy }

// Drop throws the copy away, and the file that was pinned for it.
func (r Restore) Drop(ctx context.Context, env Env) error {
	if r.Do != doCopy {
		return nil
	}
	return failure(r.discard(ctx, env), "the copy could not be dropped", "drop it on the host")
}

// run is the run whose databases it is about: they have the number of the run that began, also when another resumed it.
func (r Restore) run(env Env) uint64 {
	n, err := strconv.ParseUint(r.Of, 10, 64)
	switch {
	case err != nil || n == 0:
		return env.Run
	case env.Origin != nil:
		return env.Origin(n)
	}
	return n
}

func (r Restore) server(env Env) restore.Server { return r.Config.server(env) }

func (c DatabaseConfig) server(env Env) restore.Server {
	return restore.Server{Admin: env.Base.Admin, Load: env.Base.Load, Read: env.ReadURL, Service: env.ServiceURL, Tools: c.tools(), Tag: env.Tag, Passed: env.Base.Passed}
}
