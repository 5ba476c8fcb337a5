package audience

import (
	"context"
	"errors"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// objection is what a server has against what we asked of it, while it answers. A message of a server may hold what is in a
// row, so nothing is taken from it but the names of objects.
func (s *session) objection(err error) error {
	var pg *pgconn.PgError
	var long *pgproto3.ExceededMaxBodyLenErr
	switch {
	case errors.As(err, &pg):
		return s.refused(pg)
	case errors.As(err, &long):
		return &Error{Sentence: "the query gives a row that is too large for an id and a language", Hint: example}
	case late(err):
		return &Error{Sentence: "the database did not answer in time", Hint: "ask again when it has less to do", Away: true, Cause: context.DeadlineExceeded}
	case !s.IsClosed(): // pgx itself, before anything was sent
		return &Error{Sentence: "the query's values are not of the kind it takes", Hint: "correct the query in the config"}
	}
	return &Error{Sentence: "the connection to the database broke", Hint: "look whether the database runs", Away: true}
}

func late(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

// misread is what a server has against the text of the query. Nothing has run yet, so its words are about the text and may be
// repeated.
func (s *session) misread(err error) error {
	var pg *pgconn.PgError
	const hint = "correct the query in the config"
	switch {
	case !errors.As(err, &pg):
		return s.objection(err)
	case pg.Code == "42P01":
		return because(pg, "the database has no table "+named(missingTable, pg.Message, "of that name"),
			"look at the name; outside of the schema public, write the schema before it")
	case pg.Code == "42703":
		return because(pg, "the database has no column "+named(missingColumn, pg.Message, "of that name"), hint)
	case pg.Code == "42601" && strings.Contains(pg.Message, "multiple commands"):
		return because(pg, "the query is more than one statement", "keep one SELECT")
	case (strings.HasPrefix(pg.Code, "42") || strings.HasPrefix(pg.Code, "0A")) && pg.Code != "42501":
		return because(pg, "the database does not understand the query: "+bounded(pg.Message), hint)
	}
	return s.refused(pg)
}

func because(pg *pgconn.PgError, sentence, hint string) *Error {
	return &Error{Sentence: sentence, Hint: hint, Cause: errors.New("SQLSTATE " + pg.Code)}
}

var (
	missingTable  = regexp.MustCompile(`^relation "([^"]+)"`)
	missingColumn = regexp.MustCompile(`^column "?([^" ]+)"?`)
	policy        = regexp.MustCompile(`row-level security policy for table "([^"]+)"`)
	forbidden     = regexp.MustCompile(`^permission denied for (?:(table|view|materialized view|foreign table|schema|function|sequence)) "?([^"]+)"?$`)
)

func named(r *regexp.Regexp, message, otherwise string) string {
	if m := r.FindStringSubmatch(message); m != nil {
		return bounded(m[1])
	}
	return otherwise
}

// refused puts a server's no into words, by SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html
func (s *session) refused(pg *pgconn.PgError) error {
	switch pg.Code {
	case "42501":
		return s.denied(pg)
	case "25006", "25001": // the second is for who tries to be allowed to
		return because(pg, "the query would change something, and it may only read", "keep one SELECT that calls nothing that writes")
	case "57014":
		return tooLong(errors.New("SQLSTATE " + pg.Code))
	case "55P03":
		return because(pg, "the query waited too long for what somebody else has locked", "ask again when the service has less to do")
	case "57P01", "57P02", "57P03", "57P05", "25P03", "53300":
		e := because(pg, "the database was being stopped, or the session was ended from outside", "look at the database, then ask again")
		e.Away = true
		return e
	case "53100", "53200":
		return because(pg, "the database has no room or memory for the query", "look at the database's disk")
	}
	switch {
	case strings.HasPrefix(pg.Code, "08"):
		e := because(pg, "the connection to the database broke", "look whether the database runs")
		e.Away = true
		return e
	case strings.HasPrefix(pg.Code, "22"):
		return because(pg, "the query met a value it cannot work with", "look for casts in the query")
	case strings.HasPrefix(pg.Code, "P0"):
		return because(pg, "a function of the query refuses", "look at the functions it calls")
	}
	return because(pg, "the database refuses the query", "look at the database's log")
}

func tooLong(cause error) error {
	return &Error{Sentence: "the query took too long and was ended", Hint: "make it faster: EXPLAIN shows what is slow", Cause: cause}
}

// denied names what to grant.
func (s *session) denied(pg *pgconn.PgError) error {
	role := pgx.Identifier{s.role}.Sanitize()
	if m := policy.FindStringSubmatch(pg.Message); m != nil {
		return because(pg, "row-level security would hide rows of table "+bounded(m[1])+" from the role "+s.role, "type: ALTER ROLE "+role+" BYPASSRLS")
	}
	m := forbidden.FindStringSubmatch(pg.Message)
	if m == nil { // a server may speak another language
		return because(pg, "the role "+s.role+" may not read all that the query needs", "type: GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+role)
	}
	right := "SELECT ON"
	switch m[1] {
	case "schema":
		right = "USAGE ON SCHEMA"
	case "function":
		right = "EXECUTE ON FUNCTION"
	}
	return because(pg, "the role "+s.role+" may not use "+m[1]+" "+bounded(m[2]), "type: GRANT "+right+" "+pgx.Identifier{bounded(m[2])}.Sanitize()+" TO "+role)
}

// bounded keeps a name or a message short, and on one line.
func bounded(text string) string {
	const most = 160
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// unreachable says why no session came about, without the address, which may hold a secret.
func unreachable(err error) *Error {
	var pg *pgconn.PgError
	var dns *net.DNSError
	e := &Error{Sentence: "the database cannot be reached", Hint: "look whether it runs and whether its address is right", Away: true}
	switch {
	case errors.As(err, &pg):
		return kept(pg)
	case late(err):
		e.Sentence, e.Cause = "the database does not answer", context.DeadlineExceeded
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Sentence, e.Cause = "nothing listens where the database should be", syscall.ECONNREFUSED
	case errors.As(err, &dns):
		e.Sentence = "the database's host has no address"
	}
	return e
}

// kept is why a server did not let us in. A database that is being swapped or closed is away for a while; a role that is not
// let in needs a person.
func kept(pg *pgconn.PgError) *Error {
	why, away := "it says no", false
	switch pg.Code {
	case "28P01":
		why = "the password is wrong"
	case "28000":
		why = "the role may not log in from here"
	case "42501":
		why = "the role may not connect"
	case "3D000":
		why, away = "there is no such database", true
	case "55000":
		why, away = "it takes no connections now", true
	case "53300":
		why, away = "it has too many connections", true
	case "57P03":
		why, away = "it is starting or stopping", true
	}
	e := because(pg, "the database lets nobody in: "+why, "look at the reading role and its address in the config")
	if e.Away = away; away {
		e.Hint = "look at the database, then ask again"
	}
	return e
}
