package delivery

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// errForeign: another program changed rows that only the sender changes.
var errForeign = errors.New("somebody else has changed it")

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

// MarshalJSON gives the array that recordSQL and rememberSQL read.
func (o outcome) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{o.user, o.state, o.sent, o.why, o.again, o.doubt, o.away.look, o.away.known})
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
UPDATE recipient SET state = r.state, tries = tries + r.again, doubts = doubts + r.doubt,
	message = iif(r.sent, r.sent, message), at = ?2, why = r.why
FROM (SELECT value ->> 0 AS user, value ->> 1 AS state, value ->> 2 AS sent, value ->> 3 AS why, value ->> 4 AS again,
	value ->> 5 AS doubt FROM json_each(?3)) r
WHERE recipient.job = ?1 AND recipient.user = r.user AND recipient.state = 'sending'`

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
	if len(t.done) == 0 {
		return nil
	}
	rows, err := json.Marshal(t.done)
	if err != nil {
		return err
	}
	r, err := tx.StmtContext(ctx, stmt).ExecContext(ctx, int64(t.job), t.now.UnixMicro(), string(rows))
	if err != nil {
		return err
	}
	switch n, err := r.RowsAffected(); {
	case err != nil:
		return err
	case int(n) != len(t.done):
		return fmt.Errorf("%w: of %d rows that were being sent, %d are", errForeign, len(t.done), n)
	}
	if !slices.ContainsFunc(t.done, func(o outcome) bool { return o.away.known }) {
		return nil
	}
	_, err = tx.ExecContext(ctx, rememberSQL, string(rows), t.now.UnixMicro())
	return err
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
	_, err := l.chunks(ctx, fmt.Sprintf(`
UPDATE recipient SET state = 'queued', tries = tries + 1, doubts = doubts + 1, at = ?2
WHERE job = ?1 AND user IN
	(SELECT user FROM recipient WHERE job = ?1 AND state = 'unknown' AND doubts < ?3 LIMIT %d)`, maxRows), int64(id), l.now(), maxResends)
	return l.failed(id, "cannot be queued again", err)
}

// reached says whether anybody who speaks a language got the job's message.
func (l *Ledger) reached(ctx context.Context, id uint64, lang string) (yes bool, err error) {
	err = l.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM recipient WHERE job = ? AND state = 'sent' AND lang = ?)`, int64(id), lang).Scan(&yes)
	return yes, l.failed(id, "cannot be read", err)
}
