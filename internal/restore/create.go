package restore

import (
	"context"
	"fmt"
	"strings"
)

// Create makes an empty database for a backup, like the present one and with nothing in it, which belongs to ops_load. Nobody
// else may connect but ops_read. One that exists is refused: what is in it is not known.
func (s Server) Create(ctx context.Context, live Live, name string) error {
	if !live.Can.Swap {
		return refuse("twokey check prints the SQL for its roles", "no copy can be made beside %s: %s", live.Identity.Name, strings.Join(live.Can.Missing, "; "))
	}
	if len(name) > maxName || name == live.Identity.Name {
		return refuse("", "%s is no name for a copy of %s", name, live.Identity.Name)
	}
	admin, err := s.admin(ctx)
	if err != nil {
		return err
	}
	defer admin.end()
	statements := []string{lineSQL, createSQL(live, name, s.loadRole()), "REVOKE CONNECT, TEMPORARY ON DATABASE " + ident(name) + " FROM PUBLIC",
		fmt.Sprintf("GRANT CONNECT ON DATABASE %s TO %s", ident(name), ident(user(s.Read.Reveal())))}
	if err := admin.do(ctx, statements...); err != nil {
		return fail(ctx, err, "see what /before shows", "a copy %s could not be made", name)
	}
	return nil
}

// createSQL copies all that can only be said when a database is made.
func createSQL(live Live, name, owner string) string {
	sql := fmt.Sprintf("CREATE DATABASE %s TEMPLATE template0 OWNER %s ENCODING %s LC_COLLATE %s LC_CTYPE %s",
		ident(name), ident(owner), literal(live.Encoding), literal(live.Collate), literal(live.CType))
	if live.Tablespace != "pg_default" { // to name one needs a right on it, also the one there is without saying so
		sql += " TABLESPACE " + ident(live.Tablespace)
	}
	switch live.Provider {
	case "i":
		sql += " LOCALE_PROVIDER icu ICU_LOCALE " + literal(live.Locale)
		if live.Rules != "" {
			sql += " ICU_RULES " + literal(live.Rules)
		}
	case "b":
		sql += " LOCALE_PROVIDER builtin BUILTIN_LOCALE " + literal(live.Locale)
	case "c":
		if live.Version >= 150000 {
			sql += " LOCALE_PROVIDER libc"
		}
	}
	return sql
}
