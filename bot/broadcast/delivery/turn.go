package delivery

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// errForeign: another program changed rows that only the sender changes.
var errForeign = errors.New("somebody else has changed what is being sent")

// claimed is a recipient whose row is "sending", on the disk.
type claimed struct {
	user    int64
	lang    string
	message int64 // to be changed
	tries   int
	doubts  int
}

// outcome is what became of a claimed one.
type outcome struct {
	claimed
	state State // not StateSending
	sent  int64 // the message's id
	why   string
	again bool // it has had its turn: to the end of the queue
	doubt bool // it may have been done
	away  away // what is to be remembered of the user
}

// turn is one transaction of a job that is being sent: what became of those who were claimed, and who is next.
type turn struct {
	job   uint64
	done  []outcome // at most maxRows / 2
	claim int       // how many are next, likewise
	file  string    // Telegram's name of the picture, if it has just been uploaded
	now   time.Time
}

const recordSQL = `
UPDATE recipient SET state = ?3, tries = tries + ?4, doubts = doubts + ?5, message = iif(?6, ?6, message), at = ?7, why = ?8
WHERE job = ?1 AND user = ?2 AND state = 'sending'`

const claimSQL = `
UPDATE recipient SET state = 'sending', at = ?2, why = ''
WHERE job = ?1 AND user IN (SELECT user FROM recipient WHERE job = ?1 AND state = 'queued' ORDER BY tries, user LIMIT ?3)
RETURNING user, lang, message, tries, doubts`

// turn writes t and gives those who are claimed: they may be sent to, for it is on the disk.
func (l *Ledger) turn(ctx context.Context, t turn) (next []claimed, err error) {
	err = l.tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := t.record(ctx, tx, l.record); err != nil {
			return err
		}
		next, err = t.take(ctx, tx.StmtContext(ctx, l.claim))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("delivery: job %d: the ledger cannot be written: %w", t.job, err)
	}
	return next, nil
}

func (t turn) record(ctx context.Context, tx *sql.Tx, stmt *sql.Stmt) error {
	if t.file != "" {
		if _, err := tx.ExecContext(ctx, `UPDATE job SET file = ? WHERE id = ?`, t.file, int64(t.job)); err != nil {
			return err
		}
	}
	stmt = tx.StmtContext(ctx, stmt)
	for _, o := range t.done {
		r, err := stmt.ExecContext(ctx, int64(t.job), o.user, o.state, o.again, o.doubt, o.sent, t.now.UnixMicro(), o.why)
		if err != nil {
			return err
		}
		switch n, err := r.RowsAffected(); {
		case err != nil:
			return err
		case n != 1:
			return errForeign
		}
		if err := o.remember(ctx, tx, t.now); err != nil {
			return err
		}
	}
	return nil
}

func (t turn) take(ctx context.Context, stmt *sql.Stmt) ([]claimed, error) {
	if t.claim <= 0 {
		return nil, nil
	}
	rows, err := stmt.QueryContext(ctx, int64(t.job), t.now.UnixMicro(), t.claim)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	next := make([]claimed, 0, t.claim)
	for rows.Next() {
		var c claimed
		if err := rows.Scan(&c.user, &c.lang, &c.message, &c.tries, &c.doubts); err != nil {
			return nil, err
		}
		next = append(next, c)
	}
	slices.SortFunc(next, func(a, b claimed) int { // RETURNING has no order
		return cmp.Or(cmp.Compare(a.tries, b.tries), cmp.Compare(a.user, b.user))
	})
	return next, rows.Err()
}

// requeue puts back what a job that resends does not know of, unless it was tried often enough.
func (l *Ledger) requeue(ctx context.Context, id uint64) error {
	_, err := l.chunks(ctx, requeueSQL(), int64(id), l.now(), maxResends)
	return l.failed(id, "cannot be queued again", err)
}

func requeueSQL() string {
	return fmt.Sprintf(`
UPDATE recipient SET state = 'queued', tries = tries + 1, doubts = doubts + 1, at = ?2
WHERE job = ?1 AND user IN
	(SELECT user FROM recipient INDEXED BY recipient_unknown WHERE job = ?1 AND state = 'unknown' AND doubts < ?3 LIMIT %d)`, maxRows)
}

// reached says whether anybody who speaks a language got the job's message.
func (l *Ledger) reached(ctx context.Context, id uint64, lang string) (yes bool, err error) {
	err = l.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM recipient WHERE job = ? AND state = 'sent' AND lang = ?)`, int64(id), lang).Scan(&yes)
	return yes, l.failed(id, "cannot be read", err)
}
