package rows

import (
	"context"
	"slices"
)

// reference is a foreign key.
type reference struct {
	name           string
	child, parent  name
	cols, refs     []string // in child, in parent
	equals         []string // for each column, the operator: parent = child
	partitioned    bool     // the child is
	remove, update string   // what happens to the child, as PostgreSQL codes it: a and r forbid, c n d write
}

// Order is tables that belong together.
type Order struct {
	Tables []string   `json:"tables"`           // parents before children
	Cycles [][]string `json:"cycles,omitempty"` // tables that refer to each other in a circle; no order is right for them
}

// Related gives the tables and all that their rows refer to, parents first.
func Related(ctx context.Context, side Side, o Options) (Order, error) {
	s, tables, err := look(ctx, side, o)
	if err != nil {
		return Order{}, err
	}
	defer s.end()
	refs, err := s.references(ctx)
	if err != nil {
		return Order{}, failed(ctx, "the foreign keys could not be listed", err)
	}
	var names []name
	for _, t := range tables {
		names = append(names, t.name)
	}
	sorted, cycles := parentsFirst(withParents(names, refs), refs)
	out := Order{Tables: texted(sorted)}
	for _, c := range cycles {
		out.Cycles = append(out.Cycles, texted(c))
	}
	return out, nil
}

func texted(names []name) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = n.String()
	}
	return all
}

// A foreign key of a partitioned table is one, though each partition has its own of it.
const referencesSQL = `SELECT k.oid, k.conname, cn.nspname, c.relname, pn.nspname, p.relname, k.confdeltype, k.confupdtype, c.relkind, ca.attname, pa.attname,
		pg_catalog.format('OPERATOR(%I.%s)', opn.nspname, op.oprname)
	FROM pg_catalog.pg_constraint k
	JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
	JOIN pg_catalog.pg_class p ON p.oid = k.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
	CROSS JOIN LATERAL pg_catalog.generate_subscripts(k.conkey, 1) i(i)
	JOIN pg_catalog.pg_attribute ca ON ca.attrelid = c.oid AND ca.attnum = k.conkey[i.i]
	JOIN pg_catalog.pg_attribute pa ON pa.attrelid = p.oid AND pa.attnum = k.confkey[i.i]
	JOIN pg_catalog.pg_operator op ON op.oid = k.conpfeqop[i.i] JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
	WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conname, k.oid, i.i`

func (s *session) references(ctx context.Context) ([]reference, error) {
	found, err := s.all(ctx, referencesSQL)
	var refs []reference
	last := ""
	for _, r := range found {
		if r[0] != last {
			last = r[0]
			refs = append(refs, reference{name: r[1], child: name{r[2], r[3]}, parent: name{r[4], r[5]}, remove: r[6], update: r[7], partitioned: r[8] == "p"})
		}
		k := &refs[len(refs)-1]
		k.cols, k.refs, k.equals = append(k.cols, r[9]), append(k.refs, r[10]), append(k.equals, r[11])
	}
	return refs, err
}

// withParents adds what the tables refer to, and what that refers to.
func withParents(tables []name, refs []reference) []name {
	all := slices.Clone(tables)
	for i := 0; i < len(all); i++ {
		for _, r := range refs {
			if r.child == all[i] && !slices.Contains(all, r.parent) {
				all = append(all, r.parent)
			}
		}
	}
	return all
}

// parentsFirst sorts tables so that each comes after what it refers to, else by name. A table may refer to itself: one
// statement settles that. Of a circle, the first by name goes first.
func parentsFirst(tables []name, refs []reference) (sorted []name, cycles [][]name) {
	left := slices.Clone(tables)
	slices.SortFunc(left, compareNames)
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(n name) bool { return len(parentsIn(n, left, refs)) == 0 })
		if i < 0 {
			c := circle(left, refs)
			if i = slices.Index(left, c[0]); !slices.ContainsFunc(cycles, func(known []name) bool { return slices.Equal(known, c) }) {
				cycles = append(cycles, c)
			}
		}
		sorted, left = append(sorted, left[i]), slices.Delete(left, i, i+1)
	}
	return sorted, cycles
}

func parentsIn(n name, among []name, refs []reference) []name {
	var all []name
	for _, r := range refs {
		if r.child == n && r.parent != n && slices.Contains(among, r.parent) {
			all = append(all, r.parent)
		}
	}
	return all
}

// circle follows parents, of which each of these has one, until it comes back; what it leaves out are tables that only
// lead there. It starts with its first by name.
func circle(left []name, refs []reference) []name {
	path := []name{left[0]}
	for {
		next := slices.MinFunc(parentsIn(path[len(path)-1], left, refs), compareNames)
		if at := slices.Index(path, next); at >= 0 {
			path = path[at:]
			break
		}
		path = append(path, next)
	}
	least := slices.Index(path, slices.MinFunc(path, compareNames))
	return append(slices.Clone(path[least:]), path[:least]...)
}
