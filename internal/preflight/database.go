package preflight

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/secret"
)

// Server is the service's database and the addresses of the three roles that work on it.
type Server struct {
	Configured        bool // there is a service.database
	Admin, Load, Read secret.Value
	Service           func() (secret.Value, error)  // how the service itself reaches it; nil: nobody knows
	Dump              func(ctx context.Context) int // the major version of pg_dump; 0: unknown
}

// Tests looks at the database as each role sees it.
func (s Server) Tests() []Test {
	return []Test{{Area: Database, Name: "database", Look: func(ctx context.Context) []Result {
		if !s.Configured {
			return []Result{off("database", "the config has no service.database")}
		}
		return judgeDatabase(s.look(ctx))
	}}}
}

// use is what a connection is for.
type use int

const (
	asService use = iota
	asRestore
	asLoad
	asRead
)

// uses are all of them, with the role they have by default, the key of the config that names their address, and its file.
var uses = [...]struct{ role, key, file string }{
	asService: {"", "url", "url_file"},
	asRestore: {"ops_restore", "admin_url", "admin_url_file"},
	asLoad:    {"ops_load", "load_url", "load_url_file"},
	asRead:    {"ops_read", "read_url", "read_url_file"},
}

// connection is what one role sees of the database.
type connection struct {
	given bool
	user  string // as the address has it
	base  string // the database that the address names
	where string // host and port
	err   error  // why nothing of what follows was seen

	version   int             // 150004
	system    string          // the cluster's identifier
	role      string          // who the session is
	super     string          // the superuser it is, or could become; empty: none
	owner     string          // of the service's database; empty: there is no such database
	superOwns bool            // that owner is a superuser
	exists    map[string]bool // whether ops_restore and its like are there

	createDB, signals, readsAll, readOnly bool
	ownerInherited, loadInherited         bool
	dangerous                             []string // predefined roles that reach beyond a database
	writable, hidden                      []string // tables it may change; tables whose rows it does not see all
}

// database is all connections together.
type database struct {
	as   [4]connection
	live string // the service's database
	dump int
}

// look connects as each role at once.
func (s Server) look(ctx context.Context) database {
	var db database
	addresses := [4]secret.Value{asRestore: s.Admin, asLoad: s.Load, asRead: s.Read}
	var unknown error
	if s.Service != nil {
		addresses[asService], unknown = s.Service()
	}
	configs := [4]*pgx.ConnConfig{}
	for u, a := range addresses {
		configs[u], db.as[u] = s.parse(a)
	}
	if unknown != nil {
		db.as[asService] = connection{given: true, err: unknown}
	}
	db.live = db.as[asService].base
	if db.live == "" {
		db.live = db.as[asRead].base
	}
	live, roles := db.live, db.roles()
	var all sync.WaitGroup
	for u := range db.as {
		if configs[u] != nil {
			all.Go(func() { db.as[u].look(ctx, configs[u], live, roles) })
		}
	}
	all.Go(func() {
		if s.Dump != nil {
			db.dump = s.Dump(ctx)
		}
	})
	all.Wait()
	return db
}

// errAddress hides what is wrong with an address, since that is told with the address.
var errAddress = errors.New("it is not an address such as postgres://role:password@127.0.0.1:5432/shop")

func (s Server) parse(address secret.Value) (*pgx.ConnConfig, connection) {
	if address.IsZero() {
		return nil, connection{}
	}
	c, err := pgx.ParseConfig(address.Reveal())
	if err != nil {
		return nil, connection{given: true, err: errAddress}
	}
	c.ConnectTimeout = connectWithin
	c.RuntimeParams["application_name"] = "twokey check"
	// A transaction pooler has no named statements, and each of ours is asked once.
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	return c, connection{given: true, user: c.User, base: c.Database, where: net.JoinHostPort(c.Host, fmt.Sprint(c.Port))}
}

// connectWithin is how long a server may take to let us in.
const connectWithin = 4 * time.Second

// about is one row with all there is to know of the session's role. It reads catalogues only.
// $1 is the service's database, $2 the role that loads backups, $3 the roles whose existence matters.
const about = `
SELECT current_setting('server_version_num')::int,
       coalesce((SELECT system_identifier::text FROM pg_control_system()), ''),
       r.rolname,
       coalesce((SELECT s.rolname FROM pg_roles s WHERE s.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER') ORDER BY s.oid <> r.oid LIMIT 1), ''),
       coalesce((SELECT rolname FROM pg_roles o WHERE o.oid = d.datdba), ''),
       coalesce((SELECT rolsuper FROM pg_roles o WHERE o.oid = d.datdba), false),
       r.rolcreatedb,
       EXISTS (SELECT FROM pg_roles p WHERE p.rolname = 'pg_signal_backend' AND pg_has_role(r.oid, p.oid, 'USAGE')),
       EXISTS (SELECT FROM pg_roles p WHERE p.rolname = 'pg_read_all_data' AND pg_has_role(r.oid, p.oid, 'USAGE')),
       current_setting('default_transaction_read_only')::bool,
       coalesce(pg_has_role(r.oid, d.datdba, 'USAGE'), false),
       EXISTS (SELECT FROM pg_roles p WHERE p.rolname = $2 AND pg_has_role(r.oid, p.oid, 'USAGE')),
       ARRAY(SELECT p.rolname::text FROM pg_roles p WHERE pg_has_role(r.oid, p.oid, 'MEMBER') AND p.rolname IN
             ('pg_write_all_data', 'pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files') ORDER BY 1),
       ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname = ANY($3))
FROM pg_roles r LEFT JOIN pg_database d ON d.datname = $1
WHERE r.rolname = current_user`

// tables asks, in the service's database, for tables that may be changed, and for those whose rows are hidden from a dump.
const tables = `
SELECT ARRAY(SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
               AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY 1 LIMIT 20),
       ARRAY(SELECT c.oid::regclass::text FROM pg_class c WHERE c.relrowsecurity AND row_security_active(c.oid) ORDER BY 1 LIMIT 20)`

// look fills in what the session sees.
func (c *connection) look(ctx context.Context, config *pgx.ConnConfig, live string, roles [4]string) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		c.err = err
		return
	}
	defer func() {
		over, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(over)
	}()
	var exists []string
	err = conn.QueryRow(ctx, about, live, roles[asLoad], append(roles[:], wanted()...)).Scan(&c.version, &c.system, &c.role, &c.super, &c.owner, &c.superOwns, &c.createDB, &c.signals,
		&c.readsAll, &c.readOnly, &c.ownerInherited, &c.loadInherited, &c.dangerous, &exists)
	if err == nil && c.base == live {
		err = conn.QueryRow(ctx, tables).Scan(&c.writable, &c.hidden)
	}
	c.err = err
	c.exists = map[string]bool{c.role: true}
	for _, role := range exists {
		c.exists[role] = true
	}
}

// whyNot says in a sentence why a connection is none. It never prints an address: that holds a password.
func (c connection) whyNot() (sentence, hint string) {
	var pg *pgconn.PgError
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(c.err, &pg):
		return c.refused(pg)
	case errors.Is(c.err, errAddress):
		return errAddress.Error(), ""
	case errors.As(c.err, &dns):
		return fmt.Sprintf("host %s is not known", named(dns.Name)), "correct the address"
	case errors.Is(c.err, context.DeadlineExceeded), os.IsTimeout(c.err):
		return "no answer from " + c.where, "see whether PostgreSQL runs, and the firewall"
	case errors.As(c.err, &op):
		return fmt.Sprintf("nothing answers at %s (%v)", c.where, op.Err), "see whether PostgreSQL runs there, or correct the address"
	case c.where == "":
		return c.err.Error(), ""
	}
	return "no connection to " + c.where + " could be made", "try it on the host with psql"
}

// refused reads PostgreSQL's own codes.
func (c connection) refused(e *pgconn.PgError) (sentence, hint string) {
	switch e.Code {
	case "28P01":
		return fmt.Sprintf("PostgreSQL does not take this password of role %s", named(c.user)), "correct the address, or set its password in psql: \\password " + c.user
	case "28000":
		return fmt.Sprintf("PostgreSQL does not let role %s in: %s", named(c.user), e.Message), "see whether the role is there, and pg_hba.conf"
	case "3D000":
		return fmt.Sprintf("there is no database %s", named(c.base)), "correct the address"
	case "42501":
		return fmt.Sprintf("role %s may not: %s", named(c.user), e.Message), "grant it, see the SQL"
	case "57P03":
		return "PostgreSQL is starting or stopping", "wait, and check again"
	case "53300":
		return "PostgreSQL has no free connection", "see max_connections, or who holds them: SELECT * FROM pg_stat_activity"
	}
	return "PostgreSQL refuses: " + e.Message, ""
}

// Passwords are those in addresses, which are secrets by themselves.
func Passwords(addresses ...secret.Value) []secret.Value {
	var list []secret.Value
	for _, a := range addresses {
		if c, err := pgx.ParseConfig(a.Reveal()); err == nil && !a.IsZero() && c.Password != "" {
			list = append(list, secret.New(c.Password))
		}
	}
	return list
}
