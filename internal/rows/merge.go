package rows

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// MergeOptions say what is brought back and how much of it was approved.
type MergeOptions struct {
	Options // Tables are required; they are written parents first
	Kinds
	// Limits are the numbers that were approved, by name of the table as Plan gives it. A table without one may not
	// change. One row more than a limit, and nothing is done.
	Limits map[string]Change
	// LockWithin is how long to go on asking for the tables while others write to them; 10 s when zero.
	LockWithin time.Duration
	// Committing, when there is one, is told the transaction's number before it is committed; after a crash Outcome says
	// what became of it. An error from it, and nothing is done.
	Committing func(xid string) error
}

// Merged is what was done.
type Merged struct {
	Tables []TableMerged `json:"tables"`
	XID    string        `json:"xid"`
	Notes  []string      `json:"notes,omitempty"`
}

// TableMerged is what was done to a table.
type TableMerged struct {
	Name string `json:"name"`
	Change
	// Unlike are rows of the kinds written that are not as in the source nevertheless: a trigger made others of them.
	Unlike int64 `json:"unlike,omitempty"`
}

// Merge brings rows of one database into another that is in use. The second side's role writes: the service's own. It is
// one transaction; when there is an error, it is as if nothing had been, and no session is left.
//
// Rows are told apart by the key of the target. Rows that only the target has stay, unless Remove is asked for. Who writes
// to the tables waits from the moment when all rows have been copied over until the commit; who reads does not.
func Merge(ctx context.Context, from, to Side, o MergeOptions) (Merged, error) {
	switch {
	case len(o.Tables) == 0 || o.Kinds == (Kinds{}):
		return Merged{}, &Error{Sentence: "nothing says what is to be brought back", Hint: "name tables, and which kinds of rows"}
	case o.Tag == "":
		return Merged{}, &Error{Sentence: "nothing says how the sessions could be found again", Hint: "give the tag of the run"}
	}
	if o.LockWithin <= 0 {
		o.LockWithin = 10 * time.Second
	}
	c := &comparison{}
	defer c.end()
	var err error
	if c.a, err = reader(ctx, from, o.Options); err != nil {
		return Merged{}, err
	}
	if c.b, err = writer(ctx, to, o.Options); err != nil {
		return Merged{}, err
	}
	m := &merge{comparison: c, o: o, from: from, to: to}
	if err := m.run(ctx); err != nil {
		return Merged{}, errors.Join(err, m.gone())
	}
	if err := m.commit(ctx); err != nil {
		return Merged{}, err
	}
	return m.done, nil
}

// writer opens a session that may write. Until rows are written the settings are ours, as in a reader.
func writer(ctx context.Context, side Side, o Options) (*session, error) {
	s, err := connect(ctx, side, o.Within, o.Tag)
	if err != nil {
		return nil, err
	}
	ms := o.Within.Milliseconds()
	set := fmt.Sprintf("BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE; SET LOCAL statement_timeout = %d; SET LOCAL idle_in_transaction_session_timeout = %d;", ms, ms) +
		fmt.Sprintf("SET LOCAL lock_timeout = %d; SET LOCAL search_path = pg_catalog, pg_temp;", lockTry.Milliseconds()) + pinned() +
		// Should we be killed, the server notices while a statement runs, not after it. PostgreSQL 14 and later can.
		"SELECT pg_catalog.set_config(name, '1000', true) FROM pg_catalog.pg_settings WHERE name = 'client_connection_check_interval'"
	if err := s.run(ctx, set); err != nil {
		s.end()
		return nil, failed(ctx, "the database cannot be written to", err)
	}
	return s, nil
}

// merge is one under way.
type merge struct {
	*comparison
	mergeable
	o        MergeOptions
	from, to Side
	done     Merged
}

func (m *merge) run(ctx context.Context) error {
	if err := m.settle(ctx); err != nil {
		return err
	}
	for i, p := range m.mergeable.pairs {
		m.o.say("copying", p.name, i, len(m.mergeable.pairs))
		if err := m.stage(ctx, i, p); err != nil {
			return failed(ctx, fmt.Sprintf("the rows of table %s could not be copied over", p.name), err)
		}
	}
	if err := m.lock(ctx); err != nil {
		return err
	}
	// Triggers may depend on the settings of the role. All that we run beside them names its schema.
	if err := m.b.run(ctx, unpinned()+"SAVEPOINT twokey_apply"); err != nil {
		return failed(ctx, "nothing was brought back", err)
	}
	if err := m.apply(ctx); err != nil {
		return err
	}
	if err := m.b.run(ctx, "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL search_path = pg_catalog, pg_temp"); err != nil {
		return failed(ctx, "nothing was brought back", err)
	}
	return m.sequences(ctx)
}

// settle finds out what is to be done, after it has made sure that nobody changes the tables themselves meanwhile.
func (m *merge) settle(ctx context.Context) error {
	if err := m.prepare(ctx, m.o.Options); err != nil {
		return err
	}
	for _, p := range m.comparison.pairs {
		if p.b == nil {
			continue
		}
		if err := m.b.run(ctx, "LOCK TABLE "+p.b.from()+" IN ACCESS SHARE MODE"); err != nil {
			return failed(ctx, fmt.Sprintf("table %s could not be opened", p.name), err)
		}
	}
	var err error
	if m.cats[1], err = m.b.catalogue(ctx); err != nil {
		return failed(ctx, "the tables could not be listed", err)
	}
	if err = m.match(m.o.Options); err != nil {
		return err
	}
	if m.mergeable, err = m.comparison.mergeable(ctx); err != nil {
		return err
	}
	for _, p := range m.mergeable.pairs {
		if err := m.allowed(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) allowed(ctx context.Context, p pair) error {
	why := m.refusal(p)
	if why == "" {
		n, err := m.b.number(ctx, "SELECT pg_catalog.row_security_active($1::pg_catalog.oid)::pg_catalog.int4", p.b.oid)
		if err != nil {
			return failed(ctx, fmt.Sprintf("table %s could not be looked at", p.name), err)
		}
		if n != 0 {
			why = "row-level security hides rows of it from the role that would write"
		}
	}
	if why == "" {
		return nil
	}
	return &Error{Sentence: fmt.Sprintf("rows of table %s cannot be brought back: %s", p.name, why), Hint: "leave this table out"}
}
