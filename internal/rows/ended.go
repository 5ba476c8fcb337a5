package rows

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// goneWithin is how long a session that was ended may take to undo what it did.
	goneWithin = 30 * time.Second
	// lookEvery is how often we look.
	lookEvery = 50 * time.Millisecond
)

// The states a transaction can be in, as PostgreSQL names them.
const (
	Committed  = "committed"
	Aborted    = "aborted"
	InProgress = "in progress"
	Forgotten  = "forgotten" // so long ago that the server does not know
)

// Outcome says what became of a merge, by the number that Committing was told: what to ask after a crash.
func Outcome(ctx context.Context, side Side, o Options, xid string) (string, error) {
	s, err := reader(ctx, side, o)
	if err != nil {
		return "", err
	}
	defer s.end()
	out, err := s.all(ctx, "SELECT pg_catalog.txid_status($1::pg_catalog.int8)", xid)
	if err != nil || len(out) != 1 {
		return "", failed(ctx, "the database does not say what became of the transaction", err)
	}
	if out[0][0] == "" {
		return Forgotten, nil
	}
	return out[0][0], nil
}

// End ends every session of the tag, which must be one run's alone, in the side's database and returns when none is left; it says how many there were.
// The role must be the one whose sessions they are, or one that may end its sessions.
func End(ctx context.Context, side Side, o Options) (int64, error) {
	if o.Tag == "" {
		return 0, &Error{Sentence: "nothing says which sessions to end", Hint: "give the tag"}
	}
	tag := o.Tag[max(0, len(o.Tag)-maxAppName):]
	o.Tag = "twokey ends sessions"
	s, err := reader(ctx, side, o)
	if err != nil {
		return 0, err
	}
	defer s.end()
	return s.endAll(ctx, tag)
}

const sessionsSQL = ` FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND application_name = $1 AND pid <> pg_catalog.pg_backend_pid()`

// endAll looks until there is nothing. pg_stat_activity is a snapshot, too, and has to be asked for anew.
func (s *session) endAll(ctx context.Context, tag string) (int64, error) {
	const refresh = "SELECT pg_catalog.pg_stat_clear_snapshot()"
	first, err := s.number(ctx, "SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(pid))"+sessionsSQL, tag)
	left := first
	tick, late := time.NewTicker(lookEvery), time.NewTimer(goneWithin)
	defer tick.Stop()
	defer late.Stop()
	for err == nil && left > 0 {
		select {
		case <-ctx.Done():
			return first, failed(ctx, "it could not be proven that the sessions ended", ctx.Err())
		case <-late.C:
			return first, &Error{Sentence: fmt.Sprintf("%d sessions of ours do not end", left), Hint: "look at pg_stat_activity on the server"}
		case <-tick.C:
		}
		if err = s.run(ctx, refresh); err == nil {
			left, err = s.number(ctx, "SELECT pg_catalog.count(*)"+sessionsSQL, tag)
		}
	}
	if err != nil {
		return first, failed(ctx, "the sessions could not be ended", err)
	}
	return first, nil
}

// gone ends our sessions and proves it: what was written is then undone, whatever the network did.
func (m *merge) gone() error {
	m.end()
	ctx, cancel := context.WithTimeout(context.Background(), goneWithin+dialWithin)
	defer cancel()
	o := m.o.Options
	o.Within = max(o.Within, goneWithin)
	_, err := End(ctx, m.to, o)
	_, err2 := End(ctx, m.from, o)
	return errors.Join(err, err2)
}
