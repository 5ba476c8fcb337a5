package restore

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// away says whether an error is the server's absence: nothing listens, it is starting or stopping, or the connection broke.
// What it refused in so many words it will refuse again.
func away(err error) bool {
	var pg *pgconn.PgError
	var mine *Error
	switch {
	case err == nil, errors.Is(err, errNotOne):
		return false
	case errors.As(err, &mine):
		return mine.Away
	case errors.As(err, &pg):
		// 57P01 to 57P03: it is stopping, had a crash, or is starting; 53300: it has too many connections.
		return slices.Contains([]string{"57P01", "57P02", "57P03", "53300"}, pg.Code)
	}
	return true
}
