package restore

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strconv"
	"strings"
	"syscall"
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

// why is what the server has against it, in a few words. Its own words are repeated where they can only be about names and
// rights; a message about values may hold the values.
func why(err error) string {
	var pg *pgconn.PgError
	var dns *net.DNSError
	var mine *Error
	var tool *pgtools.Error
	switch {
	case errors.As(err, &mine):
		return mine.Sentence
	case errors.As(err, &tool):
		return tool.Sentence
	case errors.As(err, &dns):
		return "the host has no address"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.Is(err, context.DeadlineExceeded):
		return "the server did not answer in time"
	case errors.Is(err, errNotOne):
		return "it is not there"
	case !errors.As(err, &pg):
		return "the connection broke"
	}
	return refusal(pg)
}

func refusal(e *pgconn.PgError) string {
	known := map[string]string{"28P01": "the password is wrong", "28000": "the role may not log in from here", "3D000": "there is no such database",
		"53300": "it has too many connections", "53100": "the disk of the server is full", "57P01": "the session was ended by somebody",
		"57P03": "the server is starting or stopping", "57014": "it took too long and was ended", "55P03": "somebody else has it locked",
		"55006": "somebody is connected to it"}
	if text, ok := known[e.Code]; ok {
		return text
	}
	for _, class := range []string{"42", "0A", "2B", "55", "0L", "25"} {
		if strings.HasPrefix(e.Code, class) && len(e.Message) < 300 {
			return e.Message
		}
	}
	return "SQLSTATE " + e.Code
}

// unwrapped keeps an *Error within an *Error from saying its sentence twice.
func unwrapped(err error) error {
	var mine *Error
	if errors.As(err, &mine) {
		return mine.Cause
	}
	return bare{err}
}

// bare is an error whose text is no more than its SQLSTATE: PostgreSQL's own may hold rows, and that of a connection an address.
type bare struct{ error }

func (b bare) Error() string {
	var pg *pgconn.PgError
	if errors.As(b.error, &pg) {
		return "SQLSTATE " + pg.Code
	}
	return "not an answer of the server"
}

func (b bare) Unwrap() error { return b.error }
