package rows

import (
	"context"
	"errors"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Error says why something could not be done: a sentence and a hint for people, the cause for operators. Neither holds
// anything of a row: a server's own messages may, and are not repeated.
type Error struct {
	Sentence string
	Hint     string
	Cause    error
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Sentence
	}
	return e.Sentence + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// failed puts what was tried before what a server says to it.
func failed(ctx context.Context, tried string, err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		return err
	}
	if ctx.Err() != nil {
		return &Error{Sentence: tried + ": it was cancelled", Hint: "ask again", Cause: ctx.Err()}
	}
	why, hint := objection(err)
	return &Error{Sentence: tried + ": " + why, Hint: hint, Cause: bare(err)}
}

// bare is an error without the words of a server, which may be those of a row.
func bare(err error) error {
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return errors.New("SQLSTATE " + pg.Code)
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return context.DeadlineExceeded
	}
	return nil
}

// objection is what a server has against a statement, and what helps.
func objection(err error) (why, hint string) {
	var pg *pgconn.PgError
	var long *pgproto3.ExceededMaxBodyLenErr
	switch {
	case errors.As(err, &pg):
		return refused(pg)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "the database did not answer in time", "ask again when it has less to do"
	case errors.As(err, &long):
		return "it has a row that is too large to be read", "leave this table out"
	case errors.Is(err, errOurs):
		return err.Error(), "report this, and look at the indexes of the table"
	}
	return "the connection to the database broke", "look whether the database runs"
}

// errOurs marks what only a mistake of ours, or a broken index, explains.
var errOurs = errors.New("the answer is not what was asked for")

var policy = regexp.MustCompile(`affected by row-level security policy for table "([^"]+)"`)

func refused(pg *pgconn.PgError) (why, hint string) {
	if m := policy.FindStringSubmatch(pg.Message); m != nil {
		return "row-level security would hide rows of table " + quoted(m[1]) + " from the role", "give the role BYPASSRLS"
	}
	switch pg.Code {
	case "42501":
		return "the role may not: " + bounded(pg.Message), "grant it; twokey check prints the SQL"
	case "57014":
		return "it took too long and was ended", "give it more time"
	case "55P03":
		return "it waited too long for what somebody else has locked", "ask again when the service has less to do"
	case "53100":
		return "the disk of the database is full", "make room first"
	case "57P01", "57P02", "57P03":
		return "the database was being stopped, or the session was ended from outside", "look at the database, then ask again"
	case "25006":
		return "the database only allows reading now", "look at the database's settings"
	case "40P01":
		return "it and the service waited for each other", "ask again"
	}
	return refusedByClass(pg)
}

func refusedByClass(pg *pgconn.PgError) (why, hint string) {
	in := ""
	if pg.TableName != "" {
		in = " of table " + name{pg.SchemaName, pg.TableName}.String()
	}
	switch {
	case strings.HasPrefix(pg.Code, "23") && pg.ConstraintName != "":
		return "the constraint " + quoted(pg.ConstraintName) + in + " forbids it", "take the tables that belong together"
	case pg.Code == "23502":
		return "column " + quoted(pg.ColumnName) + in + " may not be empty", "leave this table out, or give the column a default"
	case strings.HasPrefix(pg.Code, "22"):
		return "a value is not of the kind that belongs there", "look whether both sides have the same columns"
	case strings.HasPrefix(pg.Code, "42"):
		return "the database does not understand it: " + bounded(pg.Message), "report this"
	case strings.HasPrefix(pg.Code, "P0"):
		return "a trigger or function of the database refuses", "look at the triggers of the table"
	}
	return "the database refuses it", "look at the database's log"
}

// bounded keeps a message short. It is used where a message holds names and nothing else.
func bounded(s string) string {
	const most = 160
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// unreachable says why no session came about, without the address, which may hold a secret.
func unreachable(err error) *Error {
	var pg *pgconn.PgError
	var dns *net.DNSError
	e := &Error{Sentence: "the database cannot be reached", Hint: "look whether it runs and whether its address is right", Cause: bare(err)}
	switch {
	case errors.As(err, &pg):
		e.Sentence = "the database lets nobody in: " + admission(pg.Code)
	case errors.Is(err, context.Canceled):
		e.Sentence, e.Hint = "the database was not asked: it was cancelled before", "ask again"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		e.Sentence = "the database does not answer"
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Sentence = "nothing listens where the database should be"
	case errors.As(err, &dns):
		e.Sentence = "the database's host has no address"
	}
	return e
}

// admission is why a server did not let us in, by SQLSTATE.
func admission(code string) string {
	switch code {
	case "28P01":
		return "the password is wrong"
	case "28000":
		return "the role may not log in from here"
	case "3D000":
		return "there is no such database"
	case "42501", "55000":
		return "the role may not connect"
	case "53300":
		return "it has too many connections"
	case "57P03":
		return "it is starting or stopping"
	}
	return "it says no"
}
