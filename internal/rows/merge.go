package rows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// lockTry is how long others may queue behind a lock we wait for. It is less than deadlock_timeout (1 s), so when we
	// and the service wait for each other we give way, before PostgreSQL picks one of the two.
	lockTry = 500 * time.Millisecond
	// commitWithin is how long a commit may take. It does not end with the context: half of an answer is none.
	commitWithin = 30 * time.Second
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
	for _, p := range m.pairs() {
		if p.b == nil {
			continue
		}
		if err := m.b.run(ctx, "LOCK TABLE "+p.b.from()+" IN ACCESS SHARE MODE"); err != nil {
			return failed(ctx, fmt.Sprintf("table %s could not be opened", p.name), err)
		}
	}
	m.comparison.pairs = nil
	if err := m.prepare(ctx, m.o.Options); err != nil {
		return err
	}
	var err error
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

func (m *merge) pairs() []pair { return m.comparison.pairs }

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

// lock keeps others from writing to the tables. It asks again when they do not let go, and lets them go first.
func (m *merge) lock(ctx context.Context) error {
	late := time.Now().Add(m.o.LockWithin)
	for {
		err := m.tryLock(ctx)
		var pg *pgconn.PgError
		busy := errors.As(err, &pg) && (pg.Code == "55P03" || pg.Code == "40P01")
		if err == nil {
			// From here on we have what we need; rows that others hold are few and short.
			return m.b.run(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %d", m.o.LockWithin.Milliseconds()))
		}
		if !busy || time.Now().After(late) {
			return failed(ctx, "the tables could not be kept still", err)
		}
		if err := m.b.run(ctx, "ROLLBACK TO SAVEPOINT twokey_lock"); err != nil {
			return failed(ctx, "the tables could not be kept still", err)
		}
	}
}

func (m *merge) tryLock(ctx context.Context) error {
	if err := m.b.run(ctx, "SAVEPOINT twokey_lock"); err != nil {
		return err
	}
	for _, p := range m.mergeable.pairs {
		if err := m.b.run(ctx, "LOCK TABLE "+p.b.from()+" IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
	}
	return nil
}

// apply writes. Removing comes first, so that a row may take over what is unique of one that goes; where rows that stay
// still refer to those that go until they are written, it comes last.
func (m *merge) apply(ctx context.Context) error {
	err := m.write(ctx, m.remove, m.update)
	if err == nil || !m.o.Remove || !conflict(err) {
		return err
	}
	if err := m.b.run(ctx, "ROLLBACK TO SAVEPOINT twokey_apply"); err != nil {
		return failed(ctx, "nothing was brought back", err)
	}
	if m.write(ctx, m.update, m.remove) == nil {
		return nil
	}
	return err
}

func conflict(err error) bool {
	return errors.Is(err, errConflict)
}

// errConflict is in the cause of an error about a constraint.
var errConflict = errors.New("a constraint")

func (m *merge) write(ctx context.Context, steps ...func(context.Context) error) error {
	m.done.Tables = nil
	for _, p := range m.mergeable.pairs {
		m.done.Tables = append(m.done.Tables, TableMerged{Name: p.name.String()})
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// remove goes children first.
func (m *merge) remove(ctx context.Context) error {
	if !m.o.Remove {
		return nil
	}
	for i, p := range slices.Backward(m.mergeable.pairs) {
		m.o.say("removing from", p.name, i, len(m.mergeable.pairs))
		if err := m.noCascade(ctx, i, p, removing); err != nil {
			return err
		}
		n, err := m.change(ctx, p, deleteSQL(i, p))
		if err != nil {
			return err
		}
		m.done.Tables[i].Remove = n
		if most := m.o.Limits[p.name.String()].Remove; n > most {
			return tooMany(p.name, "removed", n, most)
		}
	}
	return nil
}

// update goes parents first: of each table what changed, then what is new.
func (m *merge) update(ctx context.Context) error {
	for i, p := range m.mergeable.pairs {
		m.o.say("writing", p.name, i, len(m.mergeable.pairs))
		if err := m.updateTable(ctx, i, p); err != nil {
			return err
		}
		if err := m.unlike(ctx, i, p); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) updateTable(ctx context.Context, i int, p pair) error {
	limit, done := m.o.Limits[p.name.String()], &m.done.Tables[i]
	var err error
	if m.o.Update && len(p.settable()) > 0 {
		if err := m.noCascade(ctx, i, p, updating); err != nil {
			return err
		}
		if done.Update, err = m.change(ctx, p, updateSQL(i, p)); err != nil {
			return err
		}
		if done.Update > limit.Update {
			return tooMany(p.name, "changed", done.Update, limit.Update)
		}
	}
	if !m.o.Insert {
		return nil
	}
	if done.Insert, err = m.change(ctx, p, insertSQL(i, p)); err != nil {
		return err
	}
	if done.Insert > limit.Insert {
		return tooMany(p.name, "added", done.Insert, limit.Insert)
	}
	return nil
}

// change runs one statement that writes and says how many rows it wrote.
func (m *merge) change(ctx context.Context, p pair, sql string) (int64, error) {
	tag, err := m.b.ExecParams(ctx, sql, nil, nil, nil, nil).Close()
	if err == nil {
		return tag.RowsAffected(), nil
	}
	e := failed(ctx, fmt.Sprintf("rows of table %s could not be brought back, and nothing was changed", p.name), err)
	var ours *Error
	var pg *pgconn.PgError
	if errors.As(err, &pg) && len(pg.Code) == 5 && pg.Code[:2] == "23" && errors.As(e, &ours) {
		ours.Cause = errors.Join(ours.Cause, errConflict)
	}
	return 0, e
}

func tooMany(n name, done string, rows, most int64) error {
	return &Error{Sentence: fmt.Sprintf("%d rows of table %s would be %s, and %d were approved; nothing was changed", rows, n, done, most),
		Hint: "the data has changed since; ask again with the numbers of now"}
}

// unlike counts what a trigger made different.
func (m *merge) unlike(ctx context.Context, i int, p pair) error {
	if len(m.hooks[p.name].triggers) == 0 || !m.o.Insert && !m.o.Update {
		return nil
	}
	n, err := m.b.number(ctx, unlikeSQL(i, p, m.o.Kinds))
	if err != nil {
		return failed(ctx, fmt.Sprintf("table %s could not be read again, and nothing was changed", p.name), err)
	}
	m.done.Tables[i].Unlike = n
	return nil
}
