package restore

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// grants says who may do what in the copy. A backup that came with grants keeps them: it is what the database was like. One
// without gets the present ones, for what is in both. Default privileges are those of now: they are a role's.
func (a *adoption) grants(ctx context.Context) error {
	mine, err := a.session.belongings(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(mine.Rights, granted) {
		for _, sql := range a.presentRights(mine) {
			if err := a.try(ctx, sql); err != nil {
				return err
			}
		}
	} else {
		a.notes = append(a.notes, differences(a.present.Rights, mine)...)
	}
	var statements []string
	for _, d := range a.present.Defaults {
		if skip, err := a.superuser(ctx, d.Role); err != nil {
			return err
		} else if !skip {
			statements = append(statements, defaultStatements(d)...)
		}
	}
	return a.do(ctx, statements...)
}

// try runs a statement that may be about something the copy does not have, such as a column of a later migration.
func (a *adoption) try(ctx context.Context, sql string) error {
	if err := a.do(ctx, "SAVEPOINT it"); err != nil {
		return err
	}
	if err := a.do(ctx, sql); err != nil {
		a.notes = append(a.notes, "a grant of now was not given: "+why(err))
		return a.do(ctx, "ROLLBACK TO it")
	}
	return a.do(ctx, "RELEASE it")
}

// granted says whether somebody granted a right: not what an owner has by itself, and not what the server gives in a new database.
func granted(r right) bool { return r.To != "" && r.To != r.Owner }

// presentRights are statements that give what the present database gives, for things that the copy has, too.
func (a *adoption) presentRights(mine belongings) []string {
	var list []string
	cleared := map[string]bool{}
	for _, r := range a.present.Rights {
		if !mine.has(r) {
			continue
		}
		what := r.Kind + " " + r.Identity
		if !cleared[what] && r.Column == "" {
			cleared[what] = true
			list = append(list, fmt.Sprintf("REVOKE ALL ON %s FROM PUBLIC, %s", what, ident(a.ownerOf(mine, r))))
		}
		list = append(list, grantSQL(r, a.ownerOf(mine, r)))
	}
	return list
}

// ownerOf is who owns the thing in the copy.
func (a *adoption) ownerOf(mine belongings, r right) string {
	for _, kind := range kinds[r.Kind] {
		if o, ok := mine.Objects[kind+" "+r.Identity]; ok {
			return o.Owner
		}
	}
	return a.live.Owner
}

// kinds are what pg_identify_object calls what GRANT has one word for.
var kinds = map[string][]string{"TABLE": {"table", "view", "materialized view", "foreign table"}, "SEQUENCE": {"sequence"}, "SCHEMA": {"schema"},
	"ROUTINE": {"function", "procedure", "aggregate"}, "TYPE": {"type"}}

func (b belongings) has(r right) bool {
	return slices.ContainsFunc(kinds[r.Kind], func(kind string) bool { _, ok := b.Objects[kind+" "+r.Identity]; return ok })
}

func grantSQL(r right, owner string) string {
	to := "PUBLIC"
	switch {
	case r.To == r.Owner: // what an owner has, the owner in the copy has
		to = ident(owner)
	case r.To != "":
		to = ident(r.To)
	}
	column := ""
	if r.Column != "" {
		column = " (" + r.Column + ")"
	}
	return fmt.Sprintf("GRANT %s%s ON %s %s TO %s%s", r.Right, column, r.Kind, r.Identity, to, option(r.Grant))
}

func option(g Grant) string {
	if g.Grantable {
		return " WITH GRANT OPTION"
	}
	return ""
}

// differences tells which grants of today the backup does not have, and the other way round.
func differences(present []right, mine belongings) []string {
	name := func(r right) string {
		return strings.Join([]string{r.Right, r.Column, "ON", r.Identity, "TO", or(r.To, "PUBLIC")}, " ")
	}
	pick := func(from []right) []string {
		var list []string
		for _, r := range from {
			if granted(r) && mine.has(r) {
				list = append(list, strings.ReplaceAll(name(r), "  ", " "))
			}
		}
		return list
	}
	now, then := pick(present), pick(mine.Rights)
	var notes []string
	for _, r := range now {
		if !slices.Contains(then, r) {
			notes = append(notes, "granted now and not in the backup: "+r)
		}
	}
	for _, r := range then {
		if !slices.Contains(now, r) {
			notes = append(notes, "granted in the backup and not now: "+r)
		}
	}
	return notes
}

func (a *adoption) superuser(ctx context.Context, role string) (bool, error) {
	yes, err := a.one(ctx, "SELECT rolsuper FROM pg_roles WHERE rolname = $1", role)
	return yes == "t", err
}

// defaultStatements make a role's default privileges what they are in the present database.
func defaultStatements(d defaults) []string {
	head := "ALTER DEFAULT PRIVILEGES FOR ROLE " + ident(d.Role)
	var list []string
	if d.Schema != "" {
		head += " IN SCHEMA " + ident(d.Schema)
	}
	if d.Whole {
		list = append(list, fmt.Sprintf("%s REVOKE ALL ON %s FROM PUBLIC, %s", head, d.Kind, ident(d.Role)))
	}
	for _, g := range d.Rights {
		to := "PUBLIC"
		if g.To != "" {
			to = ident(g.To)
		}
		list = append(list, fmt.Sprintf("%s GRANT %s ON %s TO %s%s", head, g.Right, d.Kind, to, option(g)))
	}
	return list
}
