package restore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// swapWithin is how long a switch may try to get everybody out; then all is as it was.
	swapWithin = 5 * time.Second
	// renameWithin is how long one try to rename waits for a session that began before the gate was closed. The server itself
	// would wait 5 s, and end nobody in that time.
	renameWithin = 500 * time.Millisecond
	// again is how soon we look again whether sessions that were told to end are gone.
	again = 5 * time.Millisecond
	// mendWithin is how long we try to find out and to open what is closed, after something broke.
	mendWithin = 15 * time.Second
)

// empty ends all sessions of both databases, and returns when none is left.
func (s Server) empty(ctx context.Context, admin session, x exchange, deadline time.Time) (ended int, err error) {
	told := map[string]bool{}
	for {
		left, err := admin.sendAway(ctx, x.live, x.in)
		if err != nil {
			return len(told), fail(ctx, err, "nothing was changed", "the sessions of %s could not be ended", x.live)
		}
		for _, who := range left {
			told[who] = true
		}
		if len(left) == 0 {
			return len(told), s.passed("empty")
		}
		if time.Now().After(deadline) {
			return len(told), refuse("see what they do: nothing was changed", "no switch: %d sessions did not end in %s, such as that of %s", len(left), swapWithin, left[0])
		}
		select {
		case <-ctx.Done():
			return len(told), context.Cause(ctx)
		case <-time.After(again):
		}
	}
}

// sendAway tells the sessions of two databases to end, and says whose there were. A superuser's cannot be told; it may be
// leaving. A worker without a role is the server's own, which sends it away itself when a database is renamed or dropped.
func (c session) sendAway(ctx context.Context, one, other string) (who []string, err error) {
	rows, err := c.rows(ctx, `SELECT a.pid, format('%s (process %s)', r.rolname, a.pid), r.rolsuper FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
		WHERE a.datname IN ($1, $2) ORDER BY a.pid`, one, other)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		who = append(who, row[1])
		if row[2] == "t" {
			continue
		}
		if err := c.terminate(ctx, row[0]); err != nil {
			return who, err
		}
	}
	return who, nil
}

// terminate tells a session to end. It is a statement of its own: in the WHERE of a query that chooses sessions, the server may
// call it for every one there is before it looks at the rest of the condition.
func (c session) terminate(ctx context.Context, pid string) error {
	_, err := c.one(ctx, "SELECT pg_terminate_backend($1)", pid)
	return err
}

// rename is the switch itself: after COMMIT the service's name is the new database's, and it is open; before, nothing is.
func (s Server) rename(ctx context.Context, admin session, x exchange) error {
	for _, step := range []struct{ name, sql string }{
		{"begun", "BEGIN"},
		{"", "SET LOCAL statement_timeout = " + ms(renameWithin)},
		{"named out", fmt.Sprintf("ALTER DATABASE %s RENAME TO %s", ident(x.live), ident(x.out))},
		{"named in", fmt.Sprintf("ALTER DATABASE %s RENAME TO %s", ident(x.in), ident(x.live))},
		{"opened", allow(x.live, true)},
		{"identity", fmt.Sprintf("DO $$ BEGIN IF (SELECT oid FROM pg_catalog.pg_database WHERE datname = %s) IS DISTINCT FROM %d OR (SELECT oid FROM pg_catalog.pg_database WHERE datname = %s) IS DISTINCT FROM %d THEN RAISE object_not_in_prerequisite_state USING MESSAGE = 'it is another database than the one that was looked at'; END IF; END $$",
			literal(x.live), x.inID, literal(x.out), x.liveID)},
		{"", "SET LOCAL statement_timeout = " + ms(stepWithin)}, // a commit may wait for a standby
		{"committed", "COMMIT"},
	} {
		if err := admin.do(ctx, step.sql); err != nil {
			return fail(ctx, err, "nothing was changed", "no switch")
		}
		if err := s.passed(step.name); err != nil {
			return err
		}
	}
	return nil
}

// busy says whether a rename found somebody in the database, and may find nobody the next time.
func busy(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "55006" || pg.Code == "57014" || pg.Code == "55P03")
}
