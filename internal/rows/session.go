package rows

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// dialWithin is how long a server may take to let us in.
	dialWithin = 5 * time.Second
	// closeWithin is how long saying goodbye may take.
	closeWithin = time.Second
	// readWithin is how long reading may wait for a lock; only somebody who changes the table itself holds such a one.
	readWithin = 2 * time.Second
	// maxRow bounds a message of a server, and so what a row may need of our memory.
	maxRow = 256 << 20
	// maxAppName is what PostgreSQL keeps of an application_name (NAMEDATALEN - 1).
	maxAppName = 63
)

// texts are the settings on which the text of a value depends. Whatever a role or a database has of its own, one row has
// one text. lc_monetary is among them: under another one the text of money would be read as another amount.
var texts = [][2]string{{"DateStyle", "ISO, YMD"}, {"IntervalStyle", "postgres"}, {"TimeZone", "UTC"}, {"extra_float_digits", "1"},
	{"bytea_output", "hex"}, {"lc_monetary", "C"}, {"xmloption", "content"}}

// session is one connection, in one transaction.
type session struct {
	*pgconn.PgConn
}

// reader opens a session that can only read, in a snapshot of its own.
func reader(ctx context.Context, side Side, o Options) (*session, error) {
	s, err := connect(ctx, side, o.Within, o.Tag)
	if err != nil {
		return nil, err
	}
	set := "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; " + side.then() + "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL row_security = off;" + pinned() +
		fmt.Sprintf("SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d; ", o.Within.Milliseconds(), readWithin.Milliseconds()) +
		fmt.Sprintf("SET LOCAL idle_in_transaction_session_timeout = %d", o.Within.Milliseconds())
	if err := s.run(ctx, set); err != nil {
		s.end()
		return nil, failed(ctx, "the database could not be read", err)
	}
	return s, nil
}

// pinned sets what the text of a row depends on. It is SET, in the transaction, and not part of the connection: a pooler
// in between may drop what it does not know, without a word.
func pinned() string {
	var b strings.Builder
	for _, t := range texts {
		fmt.Fprintf(&b, " SET LOCAL %s = '%s';", t[0], t[1])
	}
	return b.String()
}

// connect opens a session.
func connect(ctx context.Context, side Side, within time.Duration, tag string) (*session, error) {
	if within < time.Millisecond {
		return nil, &Error{Sentence: "nothing says how long the database may take", Hint: "give it a time limit"}
	}
	if side.URL.IsZero() {
		return nil, &Error{Sentence: "the config does not say how to reach the database", Hint: "give the role's address in the config"}
	}
	c, err := pgconn.ParseConfig(side.URL.Reveal())
	if err != nil { // which has parts of the address
		return nil, &Error{Sentence: "the database's address cannot be read", Hint: "look at it in the config"}
	}
	if side.Database != "" {
		c.Database = side.Database
	}
	c.ConnectTimeout, c.MaxProtocolMessageBodyLen, c.OnNotice, c.OnNotification = dialWithin, maxRow, nil, nil
	c.RuntimeParams["application_name"], c.RuntimeParams["client_encoding"] = tag[max(0, len(tag)-maxAppName):], "UTF8"
	conn, err := pgconn.ConnectConfig(ctx, c)
	if err != nil {
		return nil, unreachable(err)
	}
	return &session{conn}, nil
}

// end closes the session; whatever it did and did not commit is undone.
func (s *session) end() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	_ = s.Close(ctx)
}

// run runs statements of ours that give nothing.
func (s *session) run(ctx context.Context, sql string) error {
	return s.Exec(ctx, sql).Close()
}

// all gives the rows of one statement, as text; NULL is empty. It is for catalogues, which are short.
func (s *session) all(ctx context.Context, sql string, args ...string) ([][]string, error) {
	res := s.ExecParams(ctx, sql, values(args), nil, nil, nil).Read()
	if res.Err != nil {
		return nil, res.Err
	}
	out := make([][]string, len(res.Rows))
	for i, r := range res.Rows {
		for _, v := range r {
			out[i] = append(out[i], string(v))
		}
	}
	return out, nil
}

// values are parameters: as text, whose type the server finds out. They are never a part of a statement.
func values(args []string) [][]byte {
	var all [][]byte
	for _, a := range args {
		all = append(all, []byte(a))
	}
	return all
}

// number gives the one number of one statement.
func (s *session) number(ctx context.Context, sql string, args ...string) (int64, error) {
	out, err := s.all(ctx, sql, args...)
	if err != nil {
		return 0, err
	}
	if len(out) != 1 || len(out[0]) != 1 {
		return 0, fmt.Errorf("%w: not one number", errOurs)
	}
	n, err := strconv.ParseInt(out[0][0], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: not a number", errOurs)
	}
	return n, nil
}

func (s *session) count(ctx context.Context, t *table) (int64, error) {
	return s.number(ctx, "SELECT pg_catalog.count(*) FROM "+t.from())
}

// stream gives the rows of one statement one by one; the server waits for us, so that nothing is heaped up.
type stream struct {
	res  *pgconn.ResultReader
	keys int // columns of the key, as text; then comes the hash, as bytes
	read int64
}

func (s *session) rows(ctx context.Context, sql string, keys int) *stream {
	formats := make([]int16, keys+1)
	formats[keys] = 1
	return &stream{res: s.ExecParams(ctx, sql, nil, nil, nil, formats), keys: keys}
}

// next gives a row that is valid until the next one.
func (s *stream) next() (row, bool, error) {
	if !s.res.NextRow() {
		_, err := s.res.Close()
		return row{}, false, err
	}
	v := s.res.Values()
	if len(v) != s.keys+1 || len(v[s.keys]) == 0 {
		return row{}, false, fmt.Errorf("%w: a row without a hash", errOurs)
	}
	s.read++
	r := row{key: v[:s.keys], hash: v[s.keys]}
	if s.keys == 0 {
		r.key = v
	}
	return r, true, nil
}

// close reads what is left, so that the session can be used again.
func (s *stream) close() error {
	_, err := s.res.Close()
	return err
}
