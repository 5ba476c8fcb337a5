package restore

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Capabilities is what our roles may do with the database.
type Capabilities struct {
	Swap    bool     // load a copy beside and switch
	Missing []string // why not, each with who lacks what
}

// Blocker is something in the way of a switch, and what to do about it.
type Blocker struct{ Sentence, Hint string }

// inspect fills in what we may do and what is in the way.
func (s Server) inspect(ctx context.Context, admin session, live *Live) error {
	load := s.loadRole()
	if err := admin.into(ctx, &live.Can.Missing, capabilities, live.Owner, load); err != nil {
		return fail(ctx, err, "see admin_url", "what our roles may do cannot be found out")
	}
	live.Can.Swap = len(live.Can.Missing) == 0
	if err := s.blockers(ctx, admin, live); err != nil || !live.Open { // nobody can look into one that is closed
		return err
	}
	return s.inside(ctx, admin, live)
}

func (s Server) loadRole() string { return user(s.Load.Reveal()) }

func user(address string) string {
	c, err := pgconn.ParseConfig(address)
	if err != nil {
		return ""
	}
	return c.User
}

const capabilities = `
SELECT coalesce(jsonb_agg(m), '[]') FROM (
  SELECT format('%s may not create databases (CREATEDB)', current_user) AS m FROM pg_roles WHERE rolname = current_user AND NOT rolcreatedb
  UNION ALL SELECT format('%s may not end others'' sessions (pg_signal_backend)', current_user) WHERE NOT pg_has_role('pg_signal_backend', 'USAGE')
  UNION ALL SELECT format('%s has not the rights of %s, who owns the database', current_user, $1::text) WHERE NOT pg_has_role($1::text::name, 'USAGE')
  UNION ALL SELECT format('%s has not the rights of %s, who loads backups', current_user, $2::text) WHERE NOT EXISTS (
    SELECT FROM pg_roles WHERE rolname = $2::text::name AND pg_has_role(oid, 'USAGE'))
  UNION ALL SELECT format('%s is a superuser: what is in a backup could do anything', rolname) FROM pg_roles WHERE rolname IN (current_user, $2::text::name) AND rolsuper
  UNION ALL SELECT format('%s has the rights of %s, who owns the database: what is in a backup could reach it', $2::text, $1::text)
    FROM pg_roles WHERE rolname = $2::text::name AND pg_has_role(oid, $1::text::name, 'MEMBER')
) t`

// blockers finds what the server would refuse a switch for, or what would silently go with the wrong database.
func (s Server) blockers(ctx context.Context, admin session, live *Live) error {
	name := live.Identity.Name
	settings := settingsOfSuperusers
	if live.Version >= 150000 {
		settings += notGranted
	}
	if !live.Open {
		live.block("see who closed it; ALTER DATABASE "+ident(name)+" ALLOW_CONNECTIONS true opens it", "database %s lets nobody in", name)
	}
	for _, q := range []struct{ sql, sentence, hint string }{
		{"SELECT gid FROM pg_prepared_xacts WHERE database = $1 ORDER BY 1", "there is a prepared transaction %s in " + name,
			"whoever prepared it has to end it: COMMIT PREPARED or ROLLBACK PREPARED, in " + name},
		{"SELECT subname FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = $1) ORDER BY 1",
			name + " has the subscription %s, which would go on filling the database from before",
			"DROP SUBSCRIPTION it, as a superuser in " + name + ", and make it again after the switch"},
		{`SELECT format('%s (%s, process %s)', r.rolname, a.application_name, a.pid) FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
		  WHERE a.datname = $1 AND r.rolsuper ORDER BY a.pid`, "superuser %s is connected to " + name + ", and only a superuser may end that", "close that session"},
		{`SELECT label FROM pg_shseclabel WHERE objoid = (SELECT oid FROM pg_database WHERE datname = $1)`,
			name + " has the security label %s, which twokey cannot give to a copy", "remove it and set it again after the switch"},
		{settingsOfOthers, "%s, which twokey may not give to a copy", "as a superuser: GRANT that role to the role of admin_url, or RESET the setting"},
		{settings, "%s, which only a superuser may set", "as a superuser: GRANT SET ON PARAMETER it to the role of admin_url, or RESET it"},
	} {
		found, err := admin.column(ctx, q.sql, name)
		if err != nil {
			return fail(ctx, err, "see admin_url", "what is in the way of a switch of %s cannot be found out", name)
		}
		for _, f := range found {
			live.block(q.hint, q.sentence, f)
		}
	}
	slots, err := admin.column(ctx, "SELECT slot_name FROM pg_replication_slots WHERE database = $1 ORDER BY 1", name)
	if err != nil {
		return fail(ctx, err, "see admin_url", "the replication slots of %s cannot be seen", name)
	}
	live.Slots = slots
	for _, slot := range slots {
		live.Notes = append(live.Notes, fmt.Sprintf("the logical slot %s stays with the database from before: who reads from it goes on reading that one", slot))
	}
	return nil
}

func (l *Live) block(hint, format string, args ...any) {
	l.Blockers = append(l.Blockers, Blocker{fmt.Sprintf(format, args...), hint})
}

const (
	settingsOfOthers = `
SELECT DISTINCT format('role %s has settings of its own in the database', r.rolname)
FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = $1) AND NOT pg_has_role(r.oid, 'MEMBER')`
	// One that the server does not know is a program's own, such as app.tenant; only a superuser may set it for others.
	settingsOfSuperusers = `
SELECT DISTINCT format('the database has the setting %s', n.name)
FROM pg_db_role_setting s CROSS JOIN LATERAL (SELECT split_part(c, '=', 1) AS name FROM unnest(s.setconfig) c) n
  LEFT JOIN pg_settings k ON lower(k.name) = lower(n.name)
WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = $1) AND (k.context IS NULL OR k.context IN ('superuser', 'superuser-backend'))`
	// since 15
	notGranted = ` AND NOT has_parameter_privilege(CASE WHEN s.setrole = 0 THEN current_user ELSE pg_get_userbyid(s.setrole) END, n.name, 'SET')`
)

// inside looks into the database: its extensions and sizes, and who else owns things there.
func (s Server) inside(ctx context.Context, admin session, live *Live) error {
	c, err := s.reads(ctx, live.Identity.Name)
	if err != nil {
		return err
	}
	defer c.end()
	var found struct {
		Size       int64
		Extensions []Extension
		Rows       map[string]int64
		Owners     []string
		Lost       []string
	}
	if err := c.into(ctx, &found, insideRow); err != nil {
		return fail(ctx, err, "see read_url", "%s cannot be looked into", live.Identity.Name)
	}
	live.Size, live.Extensions, live.Rows = found.Size, found.Extensions, found.Rows
	live.Notes = append(live.Notes, found.Lost...)
	for _, owner := range found.Owners {
		may, err := admin.rows(ctx, "SELECT pg_has_role(oid, 'MEMBER'), rolsuper FROM pg_roles WHERE rolname = $1", owner)
		switch {
		case err != nil || len(may) != 1:
			return fail(ctx, err, "see admin_url", "role %s cannot be looked at", owner)
		case may[0][1] == "t":
			live.Notes = append(live.Notes, fmt.Sprintf("what superuser %s owns in %s will belong to %s in the copy", owner, live.Identity.Name, live.Owner))
		case may[0][0] != "t":
			live.block(fmt.Sprintf("as a superuser: GRANT %s TO %s", ident(owner), ident(user(s.Admin.Reveal()))),
				"%s owns things or default privileges in %s, and twokey may not give it what is its own in a copy", owner, live.Identity.Name)
		}
	}
	return nil
}

// insideRow asks only the catalogue. Owners are those that the server keeps (not its first superuser's things), and those
// that have default privileges.
var insideRow = strings.ReplaceAll(`
SELECT jsonb_build_object(
  'Size', pg_database_size(current_database()),
  'Extensions', (SELECT coalesce(jsonb_agg(jsonb_build_object('Name', extname, 'Version', extversion) ORDER BY extname), '[]') FROM pg_extension),
  'Rows', (SELECT coalesce(jsonb_object_agg(format('%I.%I', n.nspname, c.relname), c.reltuples::int8), '{}')
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname NOT IN $system AND n.nspname NOT LIKE 'pg\_t%'),
  'Lost', (SELECT coalesce(jsonb_agg(l ORDER BY l), '[]') FROM (
     SELECT format('the publication %s will not be in a copy: make it again after the switch', pubname) AS l FROM pg_publication
     UNION SELECT format('what is in the tablespace %s will be in that of the database in a copy', t.spcname)
       FROM pg_class c JOIN pg_tablespace t ON t.oid = c.reltablespace WHERE t.spcname <> 'pg_global') lost),
  'Owners', (SELECT coalesce(jsonb_agg(DISTINCT o), '[]') FROM (
     SELECT pg_get_userbyid(refobjid) AS o FROM pg_shdepend WHERE deptype = 'o' AND refclassid = 'pg_authid'::regclass
       AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     UNION SELECT pg_get_userbyid(defaclrole) FROM pg_default_acl
     UNION SELECT pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname NOT IN $system AND n.nspname NOT LIKE 'pg\_t%'
       AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')) owners))`,
	"$system", "('pg_catalog', 'information_schema')")
