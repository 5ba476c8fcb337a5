package rows

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// writing is what happens to a row that others refer to.
type writing int

const (
	removing writing = iota
	updating
)

// noCascade refuses when a foreign key would remove or change rows that nobody counted.
func (m *merge) noCascade(ctx context.Context, i int, p pair, w writing) error {
	for _, r := range m.refs {
		if r.parent != p.name || !r.writes(w) || w == updating && !p.written(r.refs) {
			continue
		}
		if err := m.seen(ctx, r); err != nil {
			return err
		}
		n, err := m.b.number(ctx, cascadeSQL(i, p, r, w))
		if err != nil {
			return failed(ctx, fmt.Sprintf("it could not be found out what the constraint %s would do", quoted(r.name)), err)
		}
		if n > 0 {
			return &Error{Sentence: fmt.Sprintf("the constraint %s would also change %d rows of table %s, which nobody approved; nothing was changed", quoted(r.name), n, r.child),
				Hint: "take that table along"}
		}
	}
	return nil
}

// seen refuses a key whose rows a policy may hide from the count: the key itself changes them nevertheless.
func (m *merge) seen(ctx context.Context, r reference) error {
	hides, err := m.b.number(ctx, "SELECT pg_catalog.row_security_active($1::pg_catalog.text)::pg_catalog.int4", r.child.sql())
	if err != nil {
		return failed(ctx, fmt.Sprintf("it could not be found out what the constraint %s would do", quoted(r.name)), err)
	}
	if hides == 0 {
		return nil
	}
	return &Error{Sentence: fmt.Sprintf("the constraint %s may change rows of table %s that row-level security hides from the role that writes; nothing was changed", quoted(r.name), r.child),
		Hint: "leave this table out"}
}

// writes says whether the key does more than forbid.
func (r reference) writes(w writing) bool {
	what := r.remove
	if w == updating {
		what = r.update
	}
	return what != "a" && what != "r"
}

// written says whether an update may change any of the columns.
func (p pair) written(columns []string) bool {
	return slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(p.settable(), c) })
}

// cascadeSQL counts rows that refer to a row which goes, or whose referred columns change. A row that refers to its own
// table and goes, too, has been counted.
func cascadeSQL(i int, p pair, r reference, w writing) string {
	from := "ONLY "
	if r.partitioned {
		from = ""
	}
	on := make([]string, len(r.cols))
	for j := range r.cols {
		on[j] = "t." + column(r.refs[j]) + " " + r.equals[j] + " c." + column(r.cols[j])
	}
	none := func(alias string) string {
		return fmt.Sprintf("NOT EXISTS (SELECT FROM %s AS s WHERE %s)", staged(i), p.same(alias, "s"))
	}
	where := none("t")
	if w == removing && r.child == r.parent {
		where += " AND NOT " + none("c")
	}
	if w == updating {
		where = fmt.Sprintf("EXISTS (SELECT FROM %s AS s WHERE %s AND %s OPERATOR(pg_catalog.<>) %s)", staged(i), p.same("t", "s"), whole("t", r.refs), whole("s", r.refs))
	}
	return fmt.Sprintf("SELECT pg_catalog.count(*) FROM %s AS t JOIN %s%s AS c ON %s WHERE %s", p.b.from(), from, r.child.sql(), strings.Join(on, " AND "), where)
}
