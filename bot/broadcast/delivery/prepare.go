package delivery

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Prepare makes a row for every recipient of a job, and returns how many there are. Whom we know to have blocked the bot, or
// to be gone, is among them, skipped; so are messages that are too old to be deleted. It goes on where a crash, or the end of
// ctx, interrupted it, and does nothing the second time.
func (l *Ledger) Prepare(ctx context.Context, j Job) (total int, err error) {
	if err := j.check(); err != nil {
		return 0, err
	}
	f, err := l.begin(ctx, j)
	if err == nil && !f.prepared {
		err = l.fill(ctx, j)
	}
	if err != nil {
		return 0, l.failed(j.ID, "its recipients cannot be prepared", err)
	}
	t, err := l.Totals(ctx, j.ID)
	return t.Total, err
}

// facts is what the ledger knows of a job beside its recipients.
type facts struct {
	op       Op
	parent   uint64
	bot      int64
	prepared bool
	picture  bool
	file     string
}

var errNoJob = errors.New("nobody has prepared it")

func (l *Ledger) facts(ctx context.Context, id uint64) (f facts, err error) {
	err = l.read.QueryRowContext(ctx, `SELECT op, parent, bot, prepared, picture, file FROM job WHERE id = ?`, int64(id)).
		Scan(&f.op, &f.parent, &f.bot, &f.prepared, &f.picture, &f.file)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoJob
	}
	return f, err
}

// begin makes the job's own row, once, and checks that it is this job's.
func (l *Ledger) begin(ctx context.Context, j Job) (facts, error) {
	picture := j.Photo != nil
	if j.Of != 0 {
		of, err := l.facts(ctx, j.Of)
		if err != nil {
			return of, fmt.Errorf("job %d, which it changes: %w", j.Of, err)
		}
		picture = of.picture
	}
	err := l.tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO job (id, op, parent, bot, at, picture) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			int64(j.ID), j.Op, int64(j.Of), j.Bot, l.now(), picture)
		return err
	})
	if err != nil {
		return facts{}, err
	}
	f, err := l.facts(ctx, j.ID)
	if err == nil {
		err = f.same(j)
	}
	return f, err
}

func (f facts) same(j Job) error {
	if f.op != j.Op || f.parent != j.Of || f.bot != j.Bot || j.Photo != nil && !f.picture {
		return fmt.Errorf("the ledger has another job of this number: %s of %d by bot %d", f.op, f.parent, f.bot)
	}
	return nil
}

// fillSQL adds a page: one statement, so one transaction of at most maxRows rows.
const fillSQL = `
INSERT INTO recipient (job, user, lang, state, message, at, why)
SELECT ?1, p.value ->> 0, p.value ->> 1,
	CASE WHEN p.value ->> 3 THEN 'late' WHEN a.user IS NOT NULL THEN 'skipped' ELSE 'queued' END,
	p.value ->> 2, ?2, ifnull(a.state, '')
FROM json_each(?3) p LEFT JOIN away a ON ?4 AND a.user = p.value ->> 0`

func (l *Ledger) fill(ctx context.Context, j Job) error {
	next, done, err := l.pages(ctx, j)
	if err != nil {
		return err
	}
	defer done()
	var last int64
	if err := l.read.QueryRowContext(ctx, `SELECT ifnull(max(user), 0) FROM recipient WHERE job = ?`, int64(j.ID)).Scan(&last); err != nil {
		return err
	}
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		page, err := next(ctx, last)
		if err != nil {
			return err
		}
		if err := l.add(ctx, j, page); err != nil || len(page) == 0 {
			return err
		}
		last = page[len(page)-1].user
	}
}

// add writes a page; an empty one is the end of the job's preparation.
func (l *Ledger) add(ctx context.Context, j Job, page []entry) error {
	rows, err := json.Marshal(page)
	if err != nil {
		return err
	}
	return l.tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if len(page) == 0 {
			_, err := tx.ExecContext(ctx, `UPDATE job SET prepared = 1 WHERE id = ?`, int64(j.ID))
			return err
		}
		_, err := tx.ExecContext(ctx, fillSQL, int64(j.ID), l.now(), string(rows), j.Op == OpSend)
		return err
	})
}
