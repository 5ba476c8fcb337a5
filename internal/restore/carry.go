package restore

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// settings carries over what belongs to the database itself, and not to anything in it: a rename would leave it with the one
// from before.
func (a *adoption) settings(ctx context.Context) error {
	now, err := a.row(ctx)
	if err != nil {
		return err
	}
	name := ident(a.name)
	var statements []string
	// The role of a backup was the owner and may have granted and set what it liked, also for itself in this database.
	for _, set := range now.Settings {
		if set.Role != "" {
			statements = append(statements, as(set.Role, fmt.Sprintf("ALTER ROLE %s IN DATABASE %s RESET ALL", ident(set.Role), name))...)
		}
	}
	statements = append(statements, fmt.Sprintf("REVOKE ALL ON DATABASE %s FROM PUBLIC", name))
	for _, g := range now.ACL {
		if g.To != "" {
			statements = append(statements, fmt.Sprintf("REVOKE ALL ON DATABASE %s FROM %s CASCADE", name, ident(g.To)))
		}
	}
	for _, g := range a.live.ACL {
		to := "PUBLIC"
		if g.To != "" {
			to = ident(g.To)
		}
		statements = append(statements, fmt.Sprintf("GRANT %s ON DATABASE %s TO %s%s", g.Right, name, to, option(g)))
	}
	comment := "NULL"
	if a.live.Comment != "" {
		comment = literal(a.live.Comment)
	}
	statements = append(statements, fmt.Sprintf("ALTER DATABASE %s CONNECTION LIMIT %d", name, a.live.Limit), fmt.Sprintf("COMMENT ON DATABASE %s IS %s", name, comment))
	for _, set := range a.live.Settings {
		statements = append(statements, setSQL(a.name, set)...)
	}
	return a.do(ctx, statements...)
}

// as runs a statement as a role that only it may run for itself.
func as(role, sql string) []string {
	return []string{"SET LOCAL ROLE " + ident(role), sql, "RESET ROLE"}
}

func setSQL(database string, set Setting) []string {
	value := literal(set.Value)
	if slices.Contains(listSettings, strings.ToLower(set.Name)) {
		var parts []string
		for _, part := range splitList(set.Value) {
			parts = append(parts, literal(part))
		}
		value = strings.Join(parts, ", ")
	}
	name := settingName(set.Name)
	if set.Role == "" {
		return []string{fmt.Sprintf("ALTER DATABASE %s SET %s TO %s", ident(database), name, value)}
	}
	return as(set.Role, fmt.Sprintf("ALTER ROLE %s IN DATABASE %s SET %s TO %s", ident(set.Role), ident(database), name, value))
}

// settingName quotes each part of a name such as app.tenant.
func settingName(name string) string {
	parts := strings.Split(name, ".")
	for i := range parts {
		parts[i] = ident(parts[i])
	}
	return strings.Join(parts, ".")
}

// listSettings are lists of names, each of which is quoted by itself (variable_is_guc_list_quote in PostgreSQL's dumputils.c).
var listSettings = []string{"local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories"}

// splitList takes apart a list of names as the server writes it: "$user", public.
func splitList(list string) []string {
	var parts []string
	var b strings.Builder
	inside := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"' && inside && i+1 < len(list) && list[i+1] == '"':
			b.WriteByte('"')
			i++
		case c == '"':
			inside = !inside
		case c == ',' && !inside:
			parts = append(parts, b.String())
			b.Reset()
		case c == ' ' && !inside:
		default:
			b.WriteByte(c)
		}
	}
	return append(parts, b.String())
}

// row is the copy's own line of the catalogue, as the transaction sees it.
func (a *adoption) row(ctx context.Context) (Live, error) {
	var now Live
	err := a.into(ctx, &now, databaseRow, a.name)
	return now, err
}

// compare finds what still differs from the present database, and what still belongs to the role that loaded.
func (a *adoption) compare(ctx context.Context) error {
	now, err := a.row(ctx)
	if err != nil {
		return fail(ctx, err, "nothing was changed", "%s cannot be looked at", a.name)
	}
	left, err := a.column(ctx, `SELECT i.type || ' ' || i.identity FROM pg_shdepend d CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i
		WHERE d.deptype = 'o' AND d.refclassid = 'pg_authid'::regclass AND d.refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1)
		AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1`, a.load)
	if err != nil {
		return fail(ctx, err, "nothing was changed", "what belongs to whom in %s cannot be found out", a.name)
	}
	a.id = now.Identity.OID
	differs := now.unlike(a.live)
	if len(left) > 0 {
		differs = append(differs, "what still belongs to "+a.load+": "+strings.Join(left[:min(len(left), 5)], ", "))
	}
	if len(differs) > 0 {
		return refuse("nothing was changed", "the copy %s is not like %s: %s", a.name, a.live.Identity.Name, strings.Join(differs, "; "))
	}
	return a.extensions(ctx)
}

// unlike names what is not the same in two databases.
func (l Live) unlike(other Live) []string {
	var list []string
	for _, f := range []struct {
		name string
		a, b any
	}{
		{"owner", l.Owner, other.Owner}, {"encoding", l.Encoding, other.Encoding}, {"collation", l.Collate + l.Locale + l.Rules, other.Collate + other.Locale + other.Rules},
		{"character type", l.CType, other.CType}, {"locale provider", l.Provider, other.Provider}, {"tablespace", l.Tablespace, other.Tablespace},
		{"connection limit", l.Limit, other.Limit}, {"comment", l.Comment, other.Comment}, {"rights", l.ACL, other.ACL}, {"settings", l.Settings, other.Settings},
	} {
		if !reflect.DeepEqual(f.a, f.b) {
			list = append(list, fmt.Sprintf("%s (%v, not %v)", f.name, f.a, f.b))
		}
	}
	return list
}

// extensions tells which the copy lacks or has in another version.
func (a *adoption) extensions(ctx context.Context) error {
	var mine []Extension
	err := a.into(ctx, &mine, "SELECT coalesce(jsonb_agg(jsonb_build_object('Name', extname, 'Version', extversion) ORDER BY extname), '[]') FROM pg_extension")
	if err != nil {
		return fail(ctx, err, "nothing was changed", "the extensions of %s cannot be seen", a.name)
	}
	for _, e := range a.live.Extensions {
		i := slices.IndexFunc(mine, func(m Extension) bool { return m.Name == e.Name })
		switch {
		case i < 0:
			a.notes = append(a.notes, fmt.Sprintf("the copy lacks the extension %s %s", e.Name, e.Version))
		case mine[i].Version != e.Version:
			a.notes = append(a.notes, fmt.Sprintf("extension %s is %s in the copy and %s now", e.Name, mine[i].Version, e.Version))
		}
	}
	return nil
}
