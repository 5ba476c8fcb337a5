package restore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/pgtools"
)

// Production is what a scratch database must not be.
type Production struct {
	Name   string
	System string // its server's own number; empty: not known
}

// Seen is which database a scratch database is, as both roles see it.
type Seen struct {
	Name   string
	OID    uint32
	System string // empty: the role may not know it
}

// Prove proves that a scratch database is the one that was marked, and not production: both roles, each by its own address, see
// the same number and the same mark under its name, and production's name is on another number or on another server.
func (s Scratch) Prove(ctx context.Context, n ScratchName, not Production, nonce string) (Seen, error) {
	const which = `SELECT current_database(), oid, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1`
	inside, err := s.within(ctx, n)
	if err != nil {
		return Seen{}, err
	}
	defer inside.end()
	admin, err := s.server().admin(ctx)
	if err != nil {
		return Seen{}, err
	}
	defer admin.end()
	in, err := inside.rows(ctx, which, n.String())
	out, other := admin.rows(ctx, which, n.String())
	there, third := admin.column(ctx, "SELECT oid FROM pg_database WHERE datname = $1", not.Name)
	if err = errors.Join(err, other, third); err == nil && len(in)*len(out) != 1 {
		err = errNotOne
	}
	if err != nil {
		return Seen{}, fail(ctx, err, "see load_url and admin_url", "whether %s is a scratch database cannot be found out", n)
	}
	seen := Seen{Name: in[0][0], System: inside.system(ctx)}
	oid, _ := strconv.ParseUint(in[0][1], 10, 32)
	seen.OID = uint32(oid)
	system := admin.system(ctx)
	switch {
	case seen.Name != n.String() || n.String() == not.Name:
		return seen, refuse("see load_url", "the database %s is not a scratch database", seen.Name)
	case in[0][1] != out[0][1] || in[0][2] != out[0][2] || system != seen.System && system != "" && seen.System != "":
		return seen, refuse("correct them: both are about one server", "load_url and admin_url lead to different servers")
	case in[0][2] != markWord+s.Whose+" "+nonce:
		return seen, refuse("see who works on this server", "the mark that this exercise wrote is not in %s", n)
	case len(there) == 1 && there[0] == in[0][1]:
		return seen, refuse("stop, and see who renamed it", "%s is production's database itself", n)
	}
	return seen, nil
}

// Server says which server both addresses lead to, and that both roles get in: its own number, empty when none of them may know it.
func (s Scratch) Server(ctx context.Context) (system string, err error) {
	admin, err := s.server().admin(ctx)
	if err != nil {
		return "", err
	}
	defer admin.end()
	load, err := s.as(ctx, "postgres", nil)
	if err != nil {
		return "", err
	}
	defer load.end()
	a, b := admin.system(ctx), load.system(ctx)
	if a != b && a != "" && b != "" {
		return "", refuse("correct them: both are about one server", "load_url and admin_url lead to different servers")
	}
	return or(a, b), nil
}

// Reach is a way in which the role that loads could touch production, with the SQL that ends it.
type Reach struct{ Way, SQL string }

// Reaches says how the role that loads could touch a database of this server: it tries to connect, and looks at its rights when it
// is let in. none is why it cannot. It reads the catalogue, and nothing else.
func (s Scratch) Reaches(ctx context.Context, database string) (ways []Reach, none string, err error) {
	if database == "" || IsScratch(database) {
		return nil, "", refuse("see the service's database address", "no exercise can be held beside a database %q", database)
	}
	role := s.server().loadRole()
	c, err := s.as(ctx, database, map[string]string{"default_transaction_read_only": "on"})
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == "3D000":
		return nil, "the server has no database of this name", nil
	case errors.As(err, &pg) && (pg.Code == "42501" || pg.Code == "28000"):
		return nil, role + " is not let in", nil
	case err != nil:
		return nil, "", err
	}
	defer c.end()
	rows, err := c.rows(ctx, reaches)
	if err != nil {
		return nil, "", fail(ctx, err, "see load_url", "what %s may do in %s cannot be found out", role, database)
	}
	for _, row := range rows {
		ways = append(ways, way(role, database, row))
	}
	return ways, role + " has no right on any table there", nil
}

func way(role, database string, row []string) Reach {
	what, via, super := row[0], row[1], row[2] == "t"
	r := Reach{Way: fmt.Sprintf("%s may use %s", role, what)}
	switch {
	case super:
		r.Way, r.SQL = role+" is a superuser", fmt.Sprintf("ALTER ROLE %s NOSUPERUSER", ident(role))
	case via != role:
		r.Way, r.SQL = r.Way+" through "+via, fmt.Sprintf("REVOKE %s FROM %s", ident(via), ident(role))
	case row[3] == "CREATE":
		r.Way, r.SQL = role+" may create in "+what, fmt.Sprintf("in %s: REVOKE CREATE ON %s FROM %s, PUBLIC", ident(database), what, ident(role))
	default:
		r.SQL = fmt.Sprintf("in %s: REVOKE ALL ON %s FROM %s, PUBLIC", ident(database), what, ident(role))
	}
	return r
}

// reaches asks for every role that the session's role is or may become. An extension's own are for everybody by its making.
const reaches = `
WITH me AS (SELECT oid, rolname, rolname = current_user AS direct FROM pg_roles WHERE pg_has_role(oid, 'MEMBER')),
  super AS (SELECT rolsuper AS is FROM pg_roles WHERE rolname = current_user),
  spaces AS (SELECT * FROM pg_namespace WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)'),
  things AS (SELECT c.oid, c.relkind, n.oid AS space, format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname) AS what
    FROM pg_class c JOIN spaces n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
SELECT what, via, super.is, how FROM super, (
  SELECT t.what, me.rolname::text AS via, me.direct, '' AS how FROM things t, me WHERE has_schema_privilege(me.oid, t.space, 'USAGE')
    AND CASE t.relkind WHEN 'S' THEN has_sequence_privilege(me.oid, t.oid, 'USAGE, SELECT, UPDATE')
      ELSE has_table_privilege(me.oid, t.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege(me.oid, t.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END
  UNION ALL SELECT format('SCHEMA %I', n.nspname), me.rolname, me.direct, 'CREATE' FROM spaces n, me WHERE has_schema_privilege(me.oid, n.oid, 'CREATE')
  UNION ALL SELECT format('DATABASE %I', current_database()), me.rolname, me.direct, 'CREATE' FROM me WHERE has_database_privilege(me.oid, current_database(), 'CREATE')
) ways ORDER BY super.is DESC, direct, how, what LIMIT 5`

// Left are the scratch databases that there are, by their names.
func (s Scratch) Left(ctx context.Context) ([]string, error) {
	admin, err := s.server().admin(ctx)
	if err != nil {
		return nil, err
	}
	defer admin.end()
	names, err := admin.column(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY oid", scratchPrefix)
	if err != nil {
		return nil, fail(ctx, err, "see admin_url", "the scratch databases cannot be seen")
	}
	return slices.DeleteFunc(names, func(name string) bool { return !IsScratch(name) }), nil
}

// Space is whether a scratch database fits on the server's disk: as production's copy would, and never less than 2.2 times the
// backup, which is all there is to go by where production is elsewhere.
func (s Scratch) Space(ctx context.Context, production string, dump int64) (Space, error) {
	_, there, err := s.Like(ctx, production)
	if err != nil {
		return Space{}, err
	}
	if !there {
		production = "postgres"
	}
	p, err := s.server().Space(ctx, production)
	p.Needed = max(p.Needed, dump/10*22)
	return p, err
}

// Watch is Server.Watch.
func (s Scratch) Watch(ctx context.Context, p Space, floor uint64) (context.Context, func()) {
	return s.server().Watch(ctx, p, floor, nil)
}

// LoadArchive loads an archive of pg_dump into a scratch database.
func (s Scratch) LoadArchive(ctx context.Context, n ScratchName, from Source, o Options, progress func(done, of int, what string)) (Loaded, error) {
	return s.server().LoadArchive(ctx, n.String(), from, o, progress)
}

// LoadPlain loads a plain SQL dump into one.
func (s Scratch) LoadPlain(ctx context.Context, n ScratchName, stream io.Reader, o Options) (Loaded, error) {
	return s.server().LoadPlain(ctx, n.String(), stream, o)
}

// Settle makes what was loaded fit to be looked at: a policy that binds the owner of a table, too, would hide rows; and the server
// needs its statistics.
func (s Scratch) Settle(ctx context.Context, n ScratchName) error {
	c, err := s.within(ctx, n)
	if err != nil {
		return err
	}
	defer c.end()
	forced, err := c.column(ctx, "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relforcerowsecurity")
	for _, table := range forced {
		if err == nil {
			err = c.do(ctx, "ALTER TABLE "+table+" NO FORCE ROW LEVEL SECURITY")
		}
	}
	if err != nil {
		return fail(ctx, err, "see the server's log", "the rows of %s cannot be looked at", n)
	}
	return s.server().Prepare(ctx, Live{}, n.String(), nil)
}

// Conn is a session that reads in a scratch database, as the role that loads. schema is where names without one are looked for;
// empty: PostgreSQL's own only. PostgreSQL's own come before those of the backup in any case.
func (s Scratch) Conn(ctx context.Context, n ScratchName, schema string, within time.Duration) (*pgx.Conn, error) {
	load := s.server().Load
	c, err := pgx.ParseConfig(load.Reveal())
	if err != nil || load.IsZero() {
		return nil, refuse("correct it: postgres://role:password@host:port/name", "the address in load_url cannot be read") // the error has parts of it
	}
	c.Database, c.ConnectTimeout, c.OnNotice = n.String(), dialWithin, nil
	for k, v := range map[string]string{"application_name": pgtools.AppName(s.Tag), "search_path": or(schema, "pg_catalog, pg_temp"),
		"client_encoding": "UTF8", "DateStyle": "ISO", "TimeZone": "UTC", "role": "none", "statement_timeout": ms(within), "lock_timeout": ms(lockWithin),
		"idle_in_transaction_session_timeout": ms(within), "default_transaction_read_only": "on", "row_security": "off"} {
		c.RuntimeParams[k] = v
	}
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, fail(ctx, err, "see the server and load_url", "%s cannot be looked into", n)
	}
	return conn, nil
}
