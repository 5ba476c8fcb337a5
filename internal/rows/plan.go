package rows

import (
	"context"
	"fmt"
	"slices"
)

// Kinds are what a merge may do; none is nothing.
type Kinds struct {
	Insert bool `json:"insert,omitempty"` // rows that only the source has
	Update bool `json:"update,omitempty"` // rows that are others there
	Remove bool `json:"remove,omitempty"` // rows that only the target has
}

// Change is how many rows of a table a merge writes.
type Change struct {
	Insert int64 `json:"insert"`
	Update int64 `json:"update"`
	Remove int64 `json:"remove"`
}

// of leaves out the kinds that were not asked for.
func (k Kinds) of(c Change) Change {
	if !k.Insert {
		c.Insert = 0
	}
	if !k.Update {
		c.Update = 0
	}
	if !k.Remove {
		c.Remove = 0
	}
	return c
}

// TablePlan is what a merge would do to a table, every kind of it.
type TablePlan struct {
	Name string `json:"name"`
	Change
	Triggers []string `json:"triggers,omitempty"` // that fire when rows are written
	Notes    []string `json:"notes,omitempty"`
	Refused  string   `json:"refused,omitempty"` // why this table cannot be merged
}

// Planned is what a merge would do, parents first.
type Planned struct {
	Tables []TablePlan `json:"tables"`
	Cycles [][]string  `json:"cycles,omitempty"`
}

// Names are the tables, in the order in which Merge writes them.
func (p Planned) Names() []string {
	var all []string
	for _, t := range p.Tables {
		all = append(all, t.Name)
	}
	return all
}

// Limits are the numbers of a plan: what is approved when it is.
func (p Planned) Limits(k Kinds) map[string]Change {
	all := map[string]Change{}
	for _, t := range p.Tables {
		all[t.Name] = k.of(t.Change)
	}
	return all
}

// Plan says what a merge of rows of one database into another would do. Both roles need only read.
func Plan(ctx context.Context, from, to Side, o Options) (Planned, error) {
	c, err := begin(ctx, from, to, o)
	if err != nil {
		return Planned{}, err
	}
	defer c.end()
	m, err := c.mergeable(ctx)
	if err != nil {
		return Planned{}, err
	}
	out := Planned{Tables: []TablePlan{}}
	for _, cycle := range m.cycles {
		out.Cycles = append(out.Cycles, texted(cycle))
	}
	for i, p := range m.pairs {
		o.say("comparing", p.name, i, len(m.pairs))
		t, err := c.plan(ctx, p, m)
		if err != nil {
			return Planned{}, err
		}
		out.Tables = append(out.Tables, t)
	}
	return out, nil
}

func (c *comparison) plan(ctx context.Context, p pair, m mergeable) (TablePlan, error) {
	d, err := c.table(ctx, p, nil)
	if err != nil {
		return TablePlan{}, failed(ctx, fmt.Sprintf("table %s could not be compared", p.name), err)
	}
	t := TablePlan{Name: d.Name, Change: Change{d.OnlyA, d.Changed, d.OnlyB}, Notes: d.Drift, Triggers: m.hooks[p.name].triggers, Refused: m.refusal(p)}
	if d.Note != "" {
		t.Notes = append(t.Notes, d.Note)
	}
	if t.Refused == "" && d.Key == "" {
		t.Refused = d.Note
	}
	return t, nil
}

// mergeable is what is known of the tables of a merge before it begins.
type mergeable struct {
	pairs  []pair // parents first
	refs   []reference
	hooks  map[name]hooks
	types  [2]map[string]typedef
	cycles [][]name
}

// hooks are what happens when somebody writes into a table.
type hooks struct {
	triggers []string
	rules    []string
}

// mergeable looks at all that decides whether rows can be written, and how.
func (c *comparison) mergeable(ctx context.Context) (mergeable, error) {
	m := mergeable{}
	var err error
	if m.refs, err = c.b.references(ctx); err != nil {
		return m, failed(ctx, "the foreign keys could not be listed", err)
	}
	if m.hooks, err = c.b.hooks(ctx); err != nil {
		return m, failed(ctx, "the triggers could not be listed", err)
	}
	for i, s := range []*session{c.a, c.b} {
		if m.types[i], err = s.types(ctx); err != nil {
			return m, failed(ctx, "the types could not be listed", err)
		}
	}
	var names []name
	for _, p := range c.pairs {
		names = append(names, p.name)
	}
	names, m.cycles = parentsFirst(names, m.refs)
	for _, n := range names {
		m.pairs = append(m.pairs, c.pairs[slices.IndexFunc(c.pairs, func(p pair) bool { return p.name == n })])
	}
	return m, nil
}

// Triggers that fire for a session like ours: not the disabled ones, not those for replicas; those of partitions too.
const hooksSQL = `SELECT n.nspname, c.relname, 'trigger', h.tgname FROM pg_catalog.pg_trigger h
		JOIN pg_catalog.pg_class c ON c.oid = h.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE NOT h.tgisinternal AND h.tgenabled IN ('O', 'A') AND NOT c.relispartition AND c.relkind IN ('r', 'p')
	UNION SELECT n.nspname, c.relname, 'trigger', h.tgname FROM pg_catalog.pg_trigger h
		JOIN pg_catalog.pg_class p ON p.oid = h.tgrelid AND p.relispartition JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.pg_partition_root(p.oid)
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT h.tgisinternal AND h.tgenabled IN ('O', 'A')
	UNION SELECT n.nspname, c.relname, 'rule', r.rulename FROM pg_catalog.pg_rewrite r
		JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')
	ORDER BY 1, 2, 3, 4`

func (s *session) hooks(ctx context.Context) (map[name]hooks, error) {
	found, err := s.all(ctx, hooksSQL)
	all := map[name]hooks{}
	for _, r := range found {
		n := name{r[0], r[1]}
		h := all[n]
		if r[2] == "rule" {
			h.rules = append(h.rules, r[3])
		} else {
			h.triggers = append(h.triggers, r[3])
		}
		all[n] = h
	}
	return all, err
}

// refusal says why rows of this table cannot be brought over; empty means they can.
func (m mergeable) refusal(p pair) string {
	switch {
	case p.a == nil:
		return "the source does not have this table"
	case p.b == nil:
		return "the target does not have this table"
	case len(p.key) == 0:
		return "it has no key, so nobody can say which row is which"
	case p.equals == nil:
		return "the target has no unique index for its key"
	case len(m.hooks[p.name].rules) > 0:
		return "a rule writes something else in its place: " + quotedAll(m.hooks[p.name].rules)
	}
	for _, c := range p.b.columns {
		if why := m.columnRefusal(p, c); why != "" {
			return "column " + quoted(c.name) + ": " + why
		}
	}
	return ""
}

// columnRefusal is about a column of the target.
func (m mergeable) columnRefusal(p pair, c col) string {
	a, ok := p.a.column(c.name)
	switch {
	case c.formula != "":
		return ""
	case !ok && c.notNull && !c.def && !c.ident:
		return "it may not be empty, has no default, and the source does not have it"
	case !ok:
		return ""
	case a.formula != "":
		return "the source computes it"
	case a.typ != c.typ:
		return a.full + " in the source, " + c.full + " in the target"
	case c.always && !slices.Contains(p.keyNames(), c.name):
		return "GENERATED ALWAYS AS IDENTITY cannot be changed outside the key"
	}
	if t := differs(c.typ, m.types[0], m.types[1]); t != "" {
		return "type " + t + " is not the same on both sides"
	}
	return ""
}
