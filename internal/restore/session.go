package restore

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/pgtools"
	"twokey/internal/secret"
)

const (
	dialWithin  = 10 * time.Second
	closeWithin = time.Second
	// stepWithin bounds one statement that only touches the catalogue, and lockWithin what it waits for others.
	stepWithin = 30 * time.Second
	lockWithin = 10 * time.Second
)

// session is one connection. There is no pool: who works where has to be plain.
type session struct{ *pgconn.PgConn }

// admin works as ops_restore in the database postgres, where no backup has left anything.
func (s Server) admin(ctx context.Context) (session, error) {
	return s.open(ctx, "admin_url", s.Admin, "", stepWithin, nil)
}

// reads looks into a database as ops_read. Nothing a backup brought may run: the search_path has nobody's names but
// PostgreSQL's, a row policy (which may call functions) is an error instead, and it can write nothing.
func (s Server) reads(ctx context.Context, database string) (session, error) {
	return s.open(ctx, "read_url", s.Read, database, stepWithin, map[string]string{"default_transaction_read_only": "on", "row_security": "off"})
}

func (s Server) open(ctx context.Context, key string, url secret.Value, database string, within time.Duration, also map[string]string) (session, error) {
	c, err := pgconn.ParseConfig(url.Reveal())
	if err != nil || url.IsZero() {
		return session{}, refuse("correct it: postgres://role:password@host:port/name", "the address in %s cannot be read", key) // the error has parts of it
	}
	c.Database = or(database, c.Database)
	c.ConnectTimeout, c.OnNotice = dialWithin, nil
	// The settings of a session that begins count more than those of its database, which a backup may have made.
	set := map[string]string{"application_name": pgtools.AppName(s.Tag), "search_path": "pg_catalog, pg_temp", "client_encoding": "UTF8",
		"DateStyle": "ISO", "role": "none", "statement_timeout": ms(within), "lock_timeout": ms(lockWithin),
		"idle_in_transaction_session_timeout": ms(stepWithin), "default_transaction_read_only": "off"}
	for k, v := range also {
		set[k] = v
	}
	for k, v := range set {
		c.RuntimeParams[k] = v
	}
	conn, err := pgconn.ConnectConfig(ctx, c)
	if err != nil {
		return session{}, fail(ctx, err, "see the server and "+key, "database %s cannot be reached as %s", c.Database, c.User)
	}
	return session{conn}, nil
}

func ms(d time.Duration) string { return strconv.FormatInt(max(1, d.Milliseconds()), 10) }

// end closes the session; whatever it did and did not commit is undone.
func (c session) end() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	_ = c.Close(ctx)
}

// do runs statements of ours, each alone and as it is.
func (c session) do(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := c.ExecParams(ctx, sql, nil, nil, nil, nil).Close(); err != nil {
			return err
		}
	}
	return nil
}

// rows gives the rows of a query of ours, as text; NULL is empty. args are values, never parts of it.
func (c session) rows(ctx context.Context, sql string, args ...string) ([][]string, error) {
	var values [][]byte
	for _, a := range args {
		values = append(values, []byte(a))
	}
	res := c.ExecParams(ctx, sql, values, nil, nil, nil).Read()
	list := make([][]string, len(res.Rows))
	for i, row := range res.Rows {
		for _, v := range row {
			list[i] = append(list[i], string(v))
		}
	}
	return list, res.Err
}

// column is the only column of a query.
func (c session) column(ctx context.Context, sql string, args ...string) ([]string, error) {
	rows, err := c.rows(ctx, sql, args...)
	var list []string
	for _, row := range rows {
		list = append(list, row[0])
	}
	return list, err
}

var errNotOne = errors.New("not one row")

// one is the only value of a query.
func (c session) one(ctx context.Context, sql string, args ...string) (string, error) {
	list, err := c.column(ctx, sql, args...)
	if err == nil && len(list) != 1 {
		err = errNotOne
	}
	if err != nil {
		return "", err
	}
	return list[0], nil
}

// into decodes the one JSON value of a query.
func (c session) into(ctx context.Context, v any, sql string, args ...string) error {
	text, err := c.one(ctx, sql, args...)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), v)
}

func ident(name string) string { return pgx.Identifier{name}.Sanitize() }

// literal is a text in SQL, for statements that take no parameters. It is read the same whatever standard_conforming_strings says.
func literal(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\x00", ""), "'", "''")
	if strings.Contains(text, `\`) {
		return " E'" + strings.ReplaceAll(text, `\`, `\\`) + "'"
	}
	return "'" + text + "'"
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
