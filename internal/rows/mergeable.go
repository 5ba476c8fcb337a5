package rows

import (
	"context"
	"slices"
)

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
