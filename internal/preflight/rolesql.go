package preflight

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// Password stands where somebody has to put a password. It is no SQL, so that a block that was run as it is does nothing.
const Password = "<a password in quotes>"

// own are the names that the three roles get: those of the addresses, where they are known to be roles of their own. A
// name we could not look at may be anybody's, such as a superuser's, whom the SQL must not touch.
func (db database) own() [4]string {
	list := db.roles()
	for _, u := range []use{asRestore, asLoad, asRead} {
		if c := db.as[u]; c.err != nil || db.borrowed(u) != "" {
			list[u] = uses[u].role
		}
	}
	return list
}

// repair is the SQL that makes the three roles what they should be, all or none. It may be run again.
func (db database) repair() string {
	one, _ := db.seen()
	names := db.own()
	owner, live := place(one.owner, "the owner of the database"), place(db.live, "the service's database")
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	add("-- As a superuser in the service's database, such as: sudo -u postgres psql -d %s", word(db.live))
	add("-- Put a password in each place of %s.", Password)
	add("BEGIN;")
	rights := [4]string{asRestore: "CREATEDB", asLoad: "NOCREATEDB", asRead: "NOCREATEDB"}
	if len(db.as[asRead].hidden) > 0 {
		rights[asRead] += " BYPASSRLS"
	}
	for _, u := range []use{asRestore, asLoad, asRead} {
		verb, password := "CREATE", " PASSWORD "+Password
		if one.exists[names[u]] {
			verb, password = "ALTER", ""
		}
		add("%s ROLE %s LOGIN INHERIT NOSUPERUSER NOCREATEROLE %s%s;", verb, ident(names[u]), rights[u], password)
	}
	if service := db.as[asService]; one.superOwns {
		owner = place("", "the service's role")
		if service.super == "" && service.role != "" {
			owner = ident(service.role)
		}
		add("ALTER DATABASE %s OWNER TO %s;", live, owner)
	}
	for _, role := range db.as[asLoad].dangerous {
		add("REVOKE %s FROM %s;", ident(role), ident(names[asLoad]))
	}
	if c := db.as[asLoad]; c.ownerInherited && c.role == names[asLoad] {
		add("REVOKE %s FROM %s;", owner, ident(names[asLoad]))
	}
	inherit := ""
	if one.version >= 160000 { // before, whether rights are inherited was the role's own setting
		inherit = " WITH INHERIT TRUE"
	}
	add("GRANT pg_signal_backend, %s, %s TO %s%s;", ident(names[asLoad]), owner, ident(names[asRestore]), inherit)
	add("GRANT pg_read_all_data TO %s%s;", ident(names[asRead]), inherit)
	add("GRANT CONNECT ON DATABASE %s TO %s;", live, ident(names[asRead]))
	add("ALTER ROLE %s SET default_transaction_read_only = on;", ident(names[asRead]))
	add("COMMIT;")
	for _, u := range []use{asRestore, asLoad, asRead} {
		base := "postgres"
		if u == asRead {
			base = cmp.Or(db.live, "DATABASE")
		}
		add("-- %s: postgres://%s:PASSWORD@%s/%s", uses[u].file, url.PathEscape(names[u]), cmp.Or(one.where, db.as[asService].where, "127.0.0.1:5432"), url.PathEscape(base))
	}
	return strings.Join(lines, "\n") + "\n"
}

// ident quotes a name for SQL. Characters that cannot be seen are written as PostgreSQL's Unicode escapes, so that what is
// copied is what was read.
func ident(name string) string {
	if printable(name) == name && !strings.ContainsAny(name, `\`) {
		return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == '"':
			b.WriteString(`""`)
		case r == '\\' || !visible(r):
			fmt.Fprintf(&b, `\+%06X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `U&"` + b.String() + `"`
}

// place is a name, or what has to be put there.
func place(name, what string) string {
	if name == "" {
		return "<" + what + ">"
	}
	return ident(name)
}

// printable is a name for a comment: what cannot be seen is ?.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if visible(r) {
			return r
		}
		return '?'
	}, name)
}

// visible says whether a character is there to be seen, and only there: neither a line's end nor a change of direction.
func visible(r rune) bool { return unicode.IsPrint(r) && !unicode.Is(unicode.M, r) }

// word is a name as one word on a command line.
func word(name string) string {
	if name == "" {
		return "DATABASE"
	}
	return "'" + strings.ReplaceAll(printable(name), "'", `'\''`) + "'"
}
