package restore

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// hasSecurity is the row-level security that a table has; Linked: the table is an extension's, whose script may have made it.
type hasSecurity struct {
	Schema, Table, What string
	Linked              bool
}

const securitySQL = `
SELECT coalesce(jsonb_agg(jsonb_build_object('Schema', n.nspname, 'Table', c.relname, 'What', s.what,
    'Linked', EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')) ORDER BY n.nspname, c.relname, s.what), '[]')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL (
    SELECT 'enabled' WHERE c.relrowsecurity UNION ALL SELECT 'forced' WHERE c.relforcerowsecurity
    UNION ALL SELECT 'policy ' || p.polname FROM pg_policy p WHERE p.polrelid = c.oid) s(what)`

// bypassedSQL names materialized views that read, through whatever views, a table whose row-level security binds its owner, too.
const bypassedSQL = `
WITH RECURSIVE reads AS (
  SELECT c.oid AS view, c.oid AS at FROM pg_class c WHERE c.relkind = 'm' AND c.relispopulated
  UNION SELECT r.view, d.refobjid FROM reads r JOIN pg_rewrite w ON w.ev_class = r.at JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass
    AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass)
SELECT DISTINCT format('%s.%s', n.nspname, v.relname) FROM reads r JOIN pg_class t ON t.oid = r.at JOIN pg_class v ON v.oid = r.view
  JOIN pg_namespace n ON n.oid = v.relnamespace WHERE t.relrowsecurity AND t.relforcerowsecurity ORDER BY 1`

// secured makes sure that a copy has the row-level security of the backup, no less and no more, and notes what was made past it.
func (s Server) secured(ctx context.Context, name string, o Options, done *Loaded) error {
	c, err := s.open(ctx, "load_url", s.Load, name, stepWithin, nil)
	if err != nil {
		return err
	}
	defer c.end()
	if err := c.compareSecurity(ctx, name, o.Security, true); err != nil {
		return err
	}
	views, err := c.column(ctx, bypassedSQL)
	if err != nil {
		return fail(ctx, err, "see load_url", "the materialized views of %s cannot be seen", name)
	}
	for _, view := range views {
		done.Notes = append(done.Notes, fmt.Sprintf("the materialized view %s was made of all rows, also of those that row-level security may have kept from its owner", view))
	}
	return nil
}

// compareSecurity compares with what the backup has; whole: there are no other tables.
func (c session) compareSecurity(ctx context.Context, name string, wanted [][3]string, whole bool) error {
	if wanted == nil {
		return nil
	}
	var has []hasSecurity
	if err := c.into(ctx, &has, securitySQL); err != nil {
		return fail(ctx, err, "see the server's log", "the row-level security of %s cannot be seen", name)
	}
	if differs := differsFrom(wanted, has, whole); len(differs) > 0 {
		return refuse("do not use it; see the run's output", "the row-level security of %s is not the backup's: %s", name, strings.Join(differs, ", "))
	}
	return nil
}

// maxDiffers is how many differences a sentence names.
const maxDiffers = 5

// differsFrom says what is missing, and what is there and should not be. An old dump may name tables without their schemas.
func differsFrom(wanted [][3]string, has []hasSecurity, whole bool) (all []string) {
	is := func(w [3]string, h hasSecurity) bool {
		return (w[0] == "" || w[0] == h.Schema) && w[1] == h.Table && w[2] == h.What
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(has, func(h hasSecurity) bool { return is(w, h) }) {
			all = append(all, fmt.Sprintf("%s is not %s", strings.TrimPrefix(w[0]+"."+w[1], "."), having(w[2])))
		}
	}
	for _, h := range has {
		if whole && !h.Linked && !slices.ContainsFunc(wanted, func(w [3]string) bool { return is(w, h) }) {
			all = append(all, fmt.Sprintf("%s.%s is %s", h.Schema, h.Table, having(h.What)))
		}
	}
	if more := len(all) - maxDiffers; more > 0 {
		all = append(all[:maxDiffers], fmt.Sprintf("and %d more", more))
	}
	return all
}

// having is what a table is with it.
func having(what string) string {
	if name, is := strings.CutPrefix(what, "policy "); is {
		return "under the policy " + name
	}
	return what
}

// unforced does something in one transaction in which row-level security binds no owner, and binds again afterwards whom it had
// bound. The session's role owns the tables; of what still is not for it, an error is made instead of fewer rows.
func (c session) unforced(ctx context.Context, do func() error) error {
	tables, err := c.column(ctx, "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relforcerowsecurity ORDER BY c.oid")
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := c.do(ctx, "ALTER TABLE "+table+" NO FORCE ROW LEVEL SECURITY"); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	if len(tables) > 0 { // no table is altered that still has work to do at the end of the transaction
		if err := c.do(ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
			return err
		}
	}
	for _, table := range tables {
		if err := c.do(ctx, "ALTER TABLE IF EXISTS "+table+" FORCE ROW LEVEL SECURITY"); err != nil {
			return err
		}
	}
	return nil
}

// refresh fills the materialized views whose tables have row-level security that binds ops_load, too, in the backup's order.
func (s Server) refresh(ctx context.Context, name string, statements []string) error {
	c, err := s.open(ctx, "load_url", s.Load, name, s.timeout(), map[string]string{"row_security": "off"})
	if err != nil {
		return err
	}
	defer c.end()
	err = c.do(ctx, "BEGIN")
	if err == nil {
		err = c.unforced(ctx, func() error { return c.do(ctx, statements...) })
	}
	if err == nil {
		err = c.do(ctx, "COMMIT")
	}
	if err != nil {
		return fail(ctx, err, "see the run's output; an archive (pg_dump -Fc) may do better", "the materialized views of the backup could not be filled")
	}
	return nil
}
