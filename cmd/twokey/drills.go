package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/broadcast"
	"twokey/drills"
	"twokey/drills/rehearsal"
	"twokey/internal/config"
	"twokey/internal/journal"
	"twokey/internal/proc"
	"twokey/internal/secret"
)

// practice is all about drills. The zero practice has none.
type practice struct {
	cfg    config.Config
	state  *drills.State
	told   *broadcast.State
	acts   *actions.State
	log    *journal.Log
	redact *secret.Redactor
	kinds  map[drills.Name]rehearsal.Kind
	runner *rehearsal.Runner // nil: the config names no drill
	dir    string            // where outputs and photos are
}

// newPractice makes it. Nothing that a drill works with is production's: see package rehearsal. What the config lacks for a drill is
// reported, and keeps that drill from starting; it does not keep the bot from it.
func newPractice(cfg config.Config, log *journal.Log, state *drills.State, acts *actions.State, told *broadcast.State, redact *secret.Redactor, report func(error)) practice {
	p := practice{cfg: cfg, state: state, told: told, acts: acts, log: log, redact: redact, kinds: map[drills.Name]rehearsal.Kind{},
		dir: filepath.Join(filepath.Dir(cfg.State), "drills")}
	for _, d := range cfg.Drills {
		kind, err := p.kind(d)
		if err != nil {
			report(fmt.Errorf("drills.%s: %w", d.Name, err))
			kind = unfit{err}
		}
		if kind != nil {
			p.kinds[d.Name] = kind
		}
	}
	p.runner = &rehearsal.Runner{Log: log, State: state, World: p.world, Kind: p.kindOf, Tag: p.tag, Output: p.output, Redact: redact.String,
		Board: rehearsal.NewBoard(), Trouble: p.trouble, Report: report}
	return p
}

// Run notes which drills there are, and holds them, until ctx ends. Without any it notes that there are none any more.
func (p practice) Run(ctx context.Context) error {
	if err := p.runner.Load(ctx); err != nil {
		return fmt.Errorf("drills: could not be noted in the journal: %w", err)
	}
	return p.runner.Run(ctx)
}

func (p practice) on() bool { return len(p.cfg.Drills) > 0 }

func (p practice) plan(name drills.Name) (config.Drill, bool) {
	i := slices.IndexFunc(p.cfg.Drills, func(d config.Drill) bool { return d.Name == name })
	if i < 0 {
		return config.Drill{}, false
	}
	return p.cfg.Drills[i], true
}

// kindOf is who does the automatic steps of an exercise. What a drill made that the config does not name any more is thrown away by
// another of its type.
func (p practice) kindOf(x *drills.Exercise) (rehearsal.Kind, bool) {
	if kind, ok := p.kinds[x.Drill]; ok {
		return kind, true
	}
	for _, d := range p.cfg.Drills {
		if kind, ok := p.kinds[d.Name]; ok && d.Type == x.Type {
			return kind, true
		}
	}
	return nil, false
}

// world is what the config says. It is called under the journal's lock.
func (p practice) world() drills.World { return worldOfDrills(p.cfg) }

func worldOfDrills(cfg config.Config) drills.World {
	var w drills.World
	for _, d := range cfg.Drills {
		w.Plans = append(w.Plans, d.Plan)
	}
	for _, who := range cfg.People {
		if a := who.Away; a != (config.Away{}) { // both days included
			from, until := a.From, a.To
			w.Away = append(w.Away, drills.Absence{Person: who.Name, From: time.Date(from.Year, from.Month, from.Day, 0, 0, 0, 0, cfg.Zone),
				Until: time.Date(until.Year, until.Month, until.Day+1, 0, 0, 0, 0, cfg.Zone)})
		}
	}
	w.Approvers = approvers(cfg)
	w.Thin = func(reached []auth.Name) []string { return thin(cfg, reached) }
	return w
}

// approvers are the people whom some rule that asks others lets approve.
func approvers(cfg config.Config) (names []auth.Name) {
	for _, who := range cfg.Directory.People() {
		for _, a := range cfg.Catalogue.All() {
			if !a.Rule.Alone && who.Holds(a.Rule.MayApprove) {
				names = append(names, who.Name)
				break
			}
		}
	}
	return names
}

// thin says which rules those people could not keep: a team that is reached in part is as thin as that part.
func thin(cfg config.Config, reached []auth.Name) (sentences []string) {
	var here []auth.Person
	for _, who := range cfg.Directory.People() {
		if slices.Contains(reached, who.Name) {
			here = append(here, who)
		}
	}
	directory, err := auth.NewDirectory(here)
	said := map[string]bool{}
	for _, a := range cfg.Catalogue.All() {
		if a.Rule.Alone || err == nil && a.Rule.Check(directory) == nil {
			continue
		}
		key := fmt.Sprint(a.Rule.MayAsk, a.Rule.MayApprove, a.Rule.Approvals)
		if said[key] {
			continue
		}
		said[key] = true
		sentences = append(sentences, fmt.Sprintf("those who were reached could not have done /%s: it takes one who asks and %d of %v", a.Name, max(1, a.Rule.Approvals), a.Rule.MayApprove))
	}
	return sentences
}

// tag marks what a step starts.
func (p practice) tag(id uint64, step string) string {
	return fmt.Sprintf("%s/%d/%s", p.acts.Genesis(), id, step)
}

// drillQuota is how much of a step's output is kept, in bytes.
const drillQuota = 8 << 20

// output makes the file of a step's output, redacted and bounded.
func (p practice) output(id uint64, step string) (io.WriteCloser, error) {
	folder := p.folder(id)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	var err error
	for again := range maxAgain {
		var file *proc.Output
		if file, err = proc.CreateOutput(filepath.Join(folder, fmt.Sprintf("%s-%d.log", step, again+1)), drillQuota); err == nil {
			return &stepOutput{file: file, redacted: p.redact.Writer(file)}, nil
		}
		if !errors.Is(err, os.ErrExist) {
			break
		}
	}
	return nil, err
}

// folder is where an exercise's outputs and photos are.
func (p practice) folder(id uint64) string { return filepath.Join(p.dir, fmt.Sprint(id)) }
