package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/internal/pgtools"
	"twokey/internal/restore"
	"twokey/internal/rows"
	"twokey/internal/secret"
)

// What a Merge step does.
const (
	doDiff    = "diff"    // say which rows a backup, or the kept database, has otherwise
	doMerge   = "merge"   // bring back what such a run has found
	doReapply = "reapply" // bring rows back from the database that a run kept

	// fromBefore is the backup's name for the newest kept database: no copy is needed.
	fromBefore = "before"
	// allTables is how people say that no table is named.
	allTables = "all"
)

// Merge brings rows of another database into the service's, while the service goes on: as the service's own role, in one
// transaction, with triggers and foreign keys on, and not one row more than was approved.
type Merge struct {
	Do     string `yaml:"do" json:"do"`
	Tables string `yaml:"tables" json:"tables,omitempty"` // diff, reapply: names with commas between them
	Backup string `yaml:"backup" json:"backup,omitempty"` // diff: which one was restored beside, or before
	Of     string `yaml:"run" json:"run,omitempty"`       // merge: the run that found out; reapply: the one that kept a database
	Remove string `yaml:"remove" json:"remove,omitempty"` // merge: yes, and rows go that only the service's database has
	Kind   string `yaml:"kind" json:"kind,omitempty"`     // reapply: lost, changed or all

	Bound  bool            `yaml:"-" json:"bound,omitempty"`  // set by Bind: braces are now text
	Config *DatabaseConfig `yaml:"-" json:"config,omitempty"` // set by Load
}

// Load takes the service's database.
func (m Merge) Load(site Site) (Kind, error) {
	c := site.Database
	m.Config = &c
	return &m, m.complete()
}

func (m Merge) complete() error {
	has := func(field string) bool { return field != "" }
	diff, merge, reapply := m.Do == doDiff, m.Do == doMerge, m.Do == doReapply
	switch {
	case m.Config == nil:
		return errors.New("was not loaded")
	case !diff && !merge && !reapply:
		return fmt.Errorf("do %q: is diff, merge or reapply", m.Do)
	case has(m.Tables) != (diff || reapply) || has(m.Backup) != diff || has(m.Of) != (merge || reapply) || has(m.Remove) != merge || has(m.Kind) != reapply:
		return errors.New("diff needs tables and backup, merge needs run and remove, reapply needs run, kind and tables, and none another's")
	}
	return wholes(m.Bound, m.Tables, m.Backup, m.Of, m.Remove, m.Kind)
}

// About says what it does.
func (m Merge) About() About {
	switch m.Do {
	case doDiff:
		return About{Title: "compare the rows", Effect: Read}
	case doReapply:
		return About{Title: "bring rows back from the kept database", Effect: Change}
	}
	return About{Title: "bring the rows back", Effect: Change}
}

// Placeholders are the names of its parameters.
func (m Merge) Placeholders() []string {
	return placeholders(m.Bound, m.Tables, m.Backup, m.Of, m.Remove, m.Kind)
}

// Bind fills in its parameters. A step that is bound stays as it is.
func (m Merge) Bind(args map[string]string) (Kind, error) {
	err := fillWhole(m.Bound, args, &m.Tables, &m.Backup, &m.Of, &m.Remove, &m.Kind)
	m.Bound = true
	return &m, err
}

// PlansWithin is how long a plan may take: both sides are read, row by row.
func (m Merge) PlansWithin() time.Duration { return restorePlansWithin }

// Plan finds out what it would write.
func (m Merge) Plan(ctx context.Context, env Env) ([]Fact, error) {
	facts, err := m.plan(ctx, env)
	return facts, failure(err, "what it would do cannot be found out", "see /preflight")
}

func (m Merge) plan(ctx context.Context, env Env) ([]Fact, error) {
	live, err := look(ctx, env, m.server(env))
	if err != nil {
		return nil, err
	}
	if m.Do == doDiff {
		return m.planDiff(ctx, env)
	}
	from, err := m.source(ctx, env)
	if err != nil {
		return nil, err
	}
	p, err := m.measure(ctx, env, from)
	if err != nil {
		return nil, err
	}
	facts, err := mergeFacts(p, m.kinds(), m.named(env) == nil)
	return append(facts, Fact{Name: factDatabase, Kind: Pinned, Value: identity(live.Identity)}, from.fact()), err
}

// planDiff refuses, before anything is loaded, tables that are not there.
func (m Merge) planDiff(ctx context.Context, env Env) ([]Fact, error) {
	if _, err := tablesThere(ctx, env, m.options(env, nil), m.named(env)); err != nil {
		return nil, err
	}
	if m.Backup != fromBefore {
		return nil, nil
	}
	from, err := m.source(ctx, env)
	if err != nil {
		return nil, err
	}
	return []Fact{from.fact()}, nil
}

// tablesThere gives the tables that are meant, and those they refer to.
func tablesThere(ctx context.Context, env Env, o rows.Options, typed []string) (rows.Order, error) {
	if len(typed) == 0 {
		return rows.Order{}, &Failure{Sentence: "no table is named", Hint: "type /restore_tables users,orders"}
	}
	o.Tables = typed
	order, err := rows.Related(ctx, rows.Side{URL: env.ReadURL}, o)
	return order, failure(err, "the tables cannot be looked at", "see /preflight")
}

// measure compares the two, and lets go of the source again.
func (m Merge) measure(ctx context.Context, env Env, from source) (p rows.Planned, err error) {
	side, back, err := from.open(ctx, env)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, back()) }()
	return rows.Plan(ctx, side, rows.Side{URL: env.ReadURL}, m.options(env, m.named(env)))
}

// Run does it.
func (m Merge) Run(ctx context.Context, env Env) error {
	if m.Do == doDiff {
		return failure(m.diff(ctx, env), "the rows could not be compared", "see the run's output")
	}
	return failure(m.bring(ctx, env, env.noteXID), "nothing was brought back", "see the run's output")
}

// kinds are what it may do to rows.
func (m Merge) kinds() rows.Kinds {
	if m.Do == doReapply {
		return rows.Kinds{Insert: m.Kind != "changed", Update: m.Kind != "lost"}
	}
	return rows.Kinds{Insert: true, Update: true, Remove: m.Remove == "yes"}
}

// named are the tables it is about, as they were typed; nil: all.
func (m Merge) named(env Env) []string {
	typed := m.Tables
	if m.Do == doMerge {
		typed = env.other(m.run()).Args["tables"]
	}
	if m.Do == doReapply && typed == allTables {
		return nil
	}
	return listOf(typed)
}

// listOf splits what was typed with commas.
func listOf(typed string) []string {
	list := []string{}
	for name := range strings.SplitSeq(typed, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// run is the number of the run it names; 0: none.
func (m Merge) run() uint64 {
	n, err := strconv.ParseUint(m.Of, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (m Merge) server(env Env) restore.Server { return m.Config.server(env) }

func (m Merge) options(env Env, tables []string) rows.Options {
	return rows.Options{Tables: tables, Within: countWithin, Tag: pgtools.AppName(env.Tag), Progress: func(line string) { env.progress("%s", line) }}
}

// target is the service's database as the service itself reaches it: what writes is its own role.
func (m Merge) target(env Env) (rows.Side, error) {
	if env.ServiceURL == nil {
		return rows.Side{}, &Failure{Sentence: "the config does not say how the service reaches its database", Hint: "write service.database.from_env_file or url_file"}
	}
	var address secret.Value
	address, err := env.ServiceURL()
	return rows.Side{URL: address}, failure(err, "the service's address of its database cannot be read", "see its env file")
}
