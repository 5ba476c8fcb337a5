package step

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"twokey/internal/secret"
)

const (
	// lockWithin is how long a statement may wait for somebody else's lock: behind it, the service would wait, too.
	lockWithin = 2 * time.Second
	// dialWithin is how long a server may take to let us in.
	dialWithin = 5 * time.Second
	// closeWithin is how long saying goodbye may take.
	closeWithin = time.Second
	// maxMessage bounds one message of a server, and so one row.
	maxMessage = 6 << 20
	// maxAppName is what PostgreSQL keeps of an application_name (NAMEDATALEN - 1).
	maxAppName = 63
)

// errNoURL says that the config does not name the role.
var errNoURL = errors.New("no address")

// session is one connection to the service's database, as one role. There is no pool: a session is for one statement.
type session struct {
	*pgconn.PgConn
}

// connect opens a session. What a statement may take is told to the server, so that it ends there even when we are gone.
// A search_path is pinned for what only reads, so that nobody who may create in another schema can put something else in
// the place of a table or function; what writes has the role's own, as the service has.
func connect(ctx context.Context, url secret.Value, tag string, reads bool, within time.Duration) (session, error) {
	return connectTo(ctx, url, "", tag, reads, within)
}

// connectTo is connect, to another database than the one that the address names, when database is not empty.
func connectTo(ctx context.Context, url secret.Value, database, tag string, reads bool, within time.Duration) (session, error) {
	if url.IsZero() {
		return session{}, errNoURL
	}
	c, err := pgconn.ParseConfig(url.Reveal())
	if err != nil {
		return session{}, errors.New("its address cannot be read") // the error has parts of it
	}
	if database != "" {
		c.Database = database
	}
	c.ConnectTimeout = dialWithin
	c.MaxProtocolMessageBodyLen = maxMessage
	c.OnNotice, c.OnNotification = nil, nil
	ms := func(d time.Duration) string { return strconv.FormatInt(max(1, d.Milliseconds()), 10) }
	set := map[string]string{"application_name": appName(tag), "statement_timeout": ms(within), "lock_timeout": ms(lockWithin),
		"idle_in_transaction_session_timeout": ms(within), "client_encoding": "UTF8", "DateStyle": "ISO"}
	if reads {
		set["default_transaction_read_only"], set["search_path"] = "on", "pg_catalog, public, pg_temp"
		set["row_security"] = "off" // where a policy would hide rows from a count, an error is better
	}
	for k, v := range set {
		c.RuntimeParams[k] = v
	}
	conn, err := pgconn.ConnectConfig(ctx, c)
	return session{conn}, err
}

// appName is how our sessions are found again. The end of a tag tells the run and the step.
func appName(tag string) string {
	const prefix = "twokey "
	return prefix + tag[max(0, len(tag)-(maxAppName-len(prefix))):]
}

// end closes the session; whatever it did and did not commit is undone.
func (s session) end() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	_ = s.Close(ctx)
}

// do runs one statement of ours.
func (s session) do(ctx context.Context, sql string) error {
	_, err := s.ExecParams(ctx, sql, nil, nil, nil, nil).Close()
	return err
}

// one gives the only value of one statement of ours, as text.
func (s session) one(ctx context.Context, sql string, args ...string) (string, error) {
	res := s.ExecParams(ctx, sql, texts(args), nil, nil, nil).Read()
	if res.Err != nil {
		return "", res.Err
	}
	if len(res.Rows) != 1 || len(res.Rows[0]) != 1 {
		return "", errors.New("not one value")
	}
	return string(res.Rows[0][0]), nil
}

// texts are parameters: as text, whose type the server finds out. They are values, and never a part of a statement.
func texts(args []string) [][]byte {
	var all [][]byte
	for _, a := range args {
		all = append(all, []byte(a))
	}
	return all
}

// unreachable says in a few words why no session came about, without the address, which may hold a secret.
func unreachable(err error) string {
	var pg *pgconn.PgError
	var dns *net.DNSError
	switch {
	case errors.Is(err, errNoURL):
		return "the config does not say how to reach the database"
	case errors.As(err, &pg):
		return "the database lets nobody in: " + refusal(pg)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "the database does not answer"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens where the database should be"
	case errors.As(err, &dns):
		return "the database's host has no address"
	}
	return "the database cannot be reached"
}

// refusal is why a server did not let us in, by SQLSTATE.
func refusal(e *pgconn.PgError) string {
	switch e.Code {
	case "28P01":
		return "the password is wrong"
	case "28000":
		return "the role may not log in from here"
	case "3D000":
		return "there is no such database"
	case "42501":
		return "the role may not connect"
	case "53300":
		return "it has too many connections"
	case "57P03":
		return "it is starting or stopping"
	}
	return "SQLSTATE " + e.Code
}

var (
	missingTable  = regexp.MustCompile(`^relation "([^"]+)"`)
	missingColumn = regexp.MustCompile(`^column "?([^" ]+)"?`)
)

// objection is what a server has against a statement, in a sentence. Its words are repeated only where they can hold nothing
// but what the statement itself says: a message about data may hold the data.
func objection(err error) string {
	var pg *pgconn.PgError
	var long *pgproto3.ExceededMaxBodyLenErr
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "the database did not answer in time"
	case errors.Is(err, errNoQuery), errors.Is(err, errParams):
		return err.Error()
	case errors.As(err, &long):
		return "it gives more than can be read"
	case !errors.As(err, &pg):
		return "the connection to the database broke"
	}
	name := func(r *regexp.Regexp) string {
		if m := r.FindStringSubmatch(pg.Message); m != nil {
			return " " + m[1]
		}
		return ""
	}
	switch pg.Code {
	case "42P01":
		return "the database has no table" + or(name(missingTable), " of that name")
	case "42703":
		return "the database has no column" + or(name(missingColumn), " of that name")
	case "25006", "25001": // the second is for who tries to be allowed to
		return "it would write, and here it may only read"
	case "42501":
		return "the role may not: " + bounded(pg.Message)
	case "57014":
		return "it took too long and was ended"
	case "55P03":
		return "it waited too long for what somebody else has locked"
	case "57P01", "57P02", "57P03":
		return "the database was being stopped"
	}
	switch {
	case strings.HasPrefix(pg.Code, "42"):
		return "the database does not understand it: " + bounded(pg.Message)
	case strings.HasPrefix(pg.Code, "23") && pg.ConstraintName != "":
		return "the constraint " + bounded(pg.ConstraintName) + " forbids it"
	case strings.HasPrefix(pg.Code, "22"):
		return "a value is not of the kind that belongs there (SQLSTATE " + pg.Code + ")"
	}
	return "the database refuses it (SQLSTATE " + pg.Code + ")"
}

// objects says whether the server understood us and says no, which is an answer, and not that it could not be asked.
func objects(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return errors.Is(err, errNoQuery) || errors.Is(err, errParams)
	}
	switch pg.Code {
	case "25006", "25001":
		return true
	}
	return strings.HasPrefix(pg.Code, "42") && pg.Code != "42501"
}

// bounded keeps a message short; what is in it is made showable where it is shown.
func bounded(s string) string {
	const most = 160
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// databaseFact pins which database it is: where, and, when the role may know it, which cluster.
func (s session) databaseFact(ctx context.Context) (Fact, error) {
	name, err := s.one(ctx, "SELECT current_database()")
	if err != nil {
		return Fact{}, err
	}
	value := name
	if a := s.Conn().RemoteAddr(); a != nil {
		value = fmt.Sprintf("%s at %s", name, a)
	}
	// It is for superusers and pg_monitor in some places; then the address has to do.
	if id, err := s.one(ctx, "SELECT system_identifier FROM pg_control_system()"); err == nil {
		value += ", system " + id
	}
	return Fact{Name: "database", Kind: Pinned, Value: value}, nil
}
