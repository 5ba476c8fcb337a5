package restore

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"twokey/internal/pgtools"
)

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
