package rows

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

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
