package backup

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/pgtools"
)

// snapshot is a transaction whose view of the database pg_dump shares. It counts in it while pg_dump dumps.
type snapshot struct {
	conn     *pgx.Conn
	id       string
	made     time.Time
	tables   []Table // whose rows are dumped
	excluded []Table
}

const (
	// dialWithin is how long the server may take to let us in.
	dialWithin = 10 * time.Second
	// closeWithin is how long saying goodbye may take.
	closeWithin = time.Second
)

// snapshot opens it, and locks the tables as pg_dump does, so that none is gone before it is counted.
func (m Maker) snapshot(ctx context.Context) (*snapshot, error) {
	conn, err := m.connect(ctx)
	if err != nil {
		return nil, err
	}
	s := &snapshot{conn: conn}
	if err := s.begin(ctx, m.Exclude); err != nil {
		s.end()
		return nil, refused(err)
	}
	return s, nil
}

func (m Maker) connect(ctx context.Context) (*pgx.Conn, error) {
	c, err := pgx.ParseConfig(m.Read.Reveal())
	if err != nil || m.Read.IsZero() {
		return nil, &Error{Sentence: "no backup was made: the database's address cannot be read", Hint: "correct it: postgres://role:password@host:port/name"} // the error has parts of it
	}
	c.ConnectTimeout = dialWithin
	for k, v := range map[string]string{"application_name": pgtools.AppName(m.Tag), "search_path": "pg_catalog", "default_transaction_read_only": "on",
		"statement_timeout": "0", "idle_in_transaction_session_timeout": "0", "lock_timeout": lockWithin,
		// Where only some rows may be seen, counting fails, and does not give fewer.
		"row_security": "off"} {
		c.RuntimeParams[k] = v
	}
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, &Error{Sentence: "no backup was made: the database cannot be reached", Hint: "see that it runs, and the address of ops_read: twokey check", Cause: err}
	}
	return conn, nil
}

// refused is what the database has against it. Its message about a table has none of its rows.
func refused(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return &Error{Sentence: "no backup was made: the connection to the database broke", Hint: "see that it runs", Cause: err}
	}
	e := &Error{Sentence: "no backup was made: the database says " + shown(pg.Message), Hint: "see the roles: twokey check", Cause: err}
	switch {
	case pg.Code == "55P03":
		e.Sentence, e.Hint = "no backup was made: somebody has locked a table for over "+lockWithin, "see what changes tables now, and try again"
	case strings.Contains(pg.Message, "row-level security"):
		e.Hint = "ops_read must see all rows: ALTER ROLE ops_read BYPASSRLS"
	}
	return e
}

// ours are the tables whose rows pg_dump dumps: not those of the system and of extensions, and of a partitioned table its
// partitions.
const ours = `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
	AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
	ORDER BY 1, 2`

func (s *snapshot) begin(ctx context.Context, exclude []string) error {
	if _, err := s.conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		return err
	}
	if err := s.conn.QueryRow(ctx, "SELECT pg_export_snapshot(), clock_timestamp()").Scan(&s.id, &s.made); err != nil {
		return err
	}
	rows, err := s.conn.Query(ctx, ours)
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (t Table, err error) { return t, r.Scan(&t.Schema, &t.Name) })
	if err != nil {
		return err
	}
	for _, t := range all {
		if excluded(t.Key(), exclude) {
			s.excluded = append(s.excluded, t)
		} else {
			s.tables = append(s.tables, t)
		}
	}
	return s.lock(ctx)
}

func (s *snapshot) lock(ctx context.Context) error {
	for _, t := range s.tables {
		if _, err := s.conn.Exec(ctx, "LOCK TABLE ONLY "+t.sql()+" IN ACCESS SHARE MODE"); err != nil {
			return err
		}
	}
	return nil
}

func (t Table) sql() string { return pgx.Identifier{t.Schema, t.Name}.Sanitize() }

// args are pg_dump's.
func (s *snapshot) args() []string {
	args := []string{"-Fc", "-Z0", "--no-password", "--verbose", "--lock-wait-timeout=" + lockWithin, "--snapshot=" + s.id}
	for _, t := range s.excluded {
		args = append(args, "--exclude-table-data="+t.sql()) // a pattern in which what is quoted stands for itself
	}
	return args
}

// end closes the transaction with its session.
func (s *snapshot) end() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	_ = s.conn.Close(ctx)
}
