package audience

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// dialWithin is how long a server may take to let us in.
	dialWithin = 5 * time.Second
	// closeWithin is how long saying goodbye may take.
	closeWithin = time.Second
	// lockWithin is how long the query may wait for a lock: behind us, the service would wait, too.
	lockWithin = 2 * time.Second
	// maxMessage bounds one message of a server, and so one row: an id and a language have a few bytes.
	maxMessage = 1 << 20
	// appName is how our sessions are found in the server.
	appName = "twokey"
)

// session is one connection, in one transaction that may only read. There is no pool: it is for one query.
type session struct {
	*pgx.Conn
	role string // for the GRANT it may need
}

// connect opens a session.
func connect(ctx context.Context, src Source) (*session, error) {
	if src.URL.IsZero() {
		return nil, &Error{Sentence: "the config does not say how to reach the database", Hint: "give the reading role's address in the config"}
	}
	c, err := pgx.ParseConfig(src.URL.Reveal())
	if err != nil { // which has parts of the address
		return nil, &Error{Sentence: "the database's address cannot be read", Hint: "look at it in the config"}
	}
	c.ConnectTimeout, c.MaxProtocolMessageBodyLen, c.OnNotice, c.OnNotification = dialWithin, maxMessage, nil, nil
	c.RuntimeParams["application_name"], c.RuntimeParams["client_encoding"] = appName, "UTF8"
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, unreachable(err)
	}
	s := &session{conn, c.User}
	if err := conn.PgConn().Exec(ctx, begin(src.within())).Close(); err != nil {
		s.end()
		return nil, s.objection(err)
	}
	return s, nil
}

// begin pins what the query may do and how it is understood. It is SET, in the transaction, and not part of the connection:
// a pooler in between may drop what it does not know, without a word. Nobody who may create in another schema can put
// something in the place of a table, and rows that row-level security would hide are an error: who is hidden is not told.
func begin(within time.Duration) string {
	return "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL search_path = pg_catalog, public, pg_temp; SET LOCAL row_security = off;" +
		fmt.Sprintf("SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d; ", within.Milliseconds(), lockWithin.Milliseconds()) +
		fmt.Sprintf("SET LOCAL idle_in_transaction_session_timeout = %d", within.Milliseconds())
}

// end closes the session; there is nothing to commit.
func (s *session) end() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	_ = s.Close(ctx)
}

// statement is the name of the one statement of a session.
const statement = "audience"

// prepare has the server read the query, and looks at what it will give. The protocol takes one statement only: the second
// of two is refused together with the first.
func (s *session) prepare(ctx context.Context, src Source) (*pgconn.StatementDescription, error) {
	if strings.ContainsRune(src.Query, 0) {
		return nil, &Error{Sentence: "the query has a zero byte", Hint: "correct it in the config"}
	}
	d, err := s.Prepare(ctx, statement, src.Query)
	if err != nil {
		return nil, s.misread(err)
	}
	return d, s.check(d, len(src.Args))
}
