package rows

import (
	"context"
	"fmt"
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
