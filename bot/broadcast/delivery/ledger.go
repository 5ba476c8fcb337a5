package delivery

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	// maxRows is how many rows of a table a transaction writes at most, so that none holds up another for long.
	maxRows = 100
	// readers is how many reads run at once; more wait.
	readers = 4
	// writeWithin is how long a write may take. It has a deadline of its own: what was sent is noted, whoever gave up.
	writeWithin = 10 * time.Second
)

// Ledger is the file of deliveries. It may be used by many goroutines of one process.
type Ledger struct {
	Now func() time.Time // nil is time.Now

	path  string
	lock  *os.File
	read  *sql.DB
	write *sql.DB // one connection

	record, claim *sql.Stmt // of every turn: to parse them anew would cost a quarter of it
}

// Open opens the ledger in a file for the one process that writes it, and makes it (0600) if there is none. Call Recover
// before anything is sent.
func Open(path string) (*Ledger, error) {
	l, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("delivery: %s: %w", path, err)
	}
	return l, nil
}

func open(path string) (*Ledger, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock, err := lockFile(path)
	if err != nil {
		return nil, err
	}
	l := &Ledger{path: path, lock: lock}
	if err := l.connect(context.Background()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Ledger) connect(ctx context.Context) (err error) {
	if err := createFile(l.path); err != nil {
		return err
	}
	if l.read, err = openDB(l.path, readerPragmas(), readers); err != nil {
		return err
	}
	if err := checkOurs(ctx, l.read); err != nil { // before anything is written to it
		return err
	}
	if l.write, err = openDB(l.path, writerPragmas(), 1); err != nil {
		return err
	}
	if err := checkPragmas(ctx, l.write); err != nil {
		return err
	}
	if l.record, err = l.write.Prepare(recordSQL); err != nil {
		return err
	}
	l.claim, err = l.write.Prepare(claimSQL)
	return err
}

// Close releases the file. Nothing else may be called after.
func (l *Ledger) Close() error {
	var err error
	if l.read != nil { // first: the last writer to leave tidies up the WAL
		err = l.read.Close()
	}
	for _, s := range []*sql.Stmt{l.record, l.claim} {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
	}
	if l.write != nil {
		err = errors.Join(err, l.write.Close())
	}
	return errors.Join(err, l.lock.Close())
}

func (l *Ledger) now() int64 {
	if l.Now != nil {
		return l.Now().UnixMicro()
	}
	return time.Now().UnixMicro()
}

// tx does f in one transaction, which is on the disk when tx returns nil.
func (l *Ledger) tx(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWithin)
	defer cancel()
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// chunks repeats a statement, one transaction each, until it changes less than maxRows, and says how many it changed.
func (l *Ledger) chunks(ctx context.Context, statement string, args ...any) (total int, err error) {
	for ctx.Err() == nil {
		var n int64
		err := l.tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
			r, err := tx.ExecContext(ctx, statement, args...)
			if err == nil {
				n, err = r.RowsAffected()
			}
			return err
		})
		if total += int(n); err != nil || n < maxRows {
			return total, err
		}
	}
	return total, context.Cause(ctx)
}

func (l *Ledger) failed(id uint64, what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("delivery: job %d: %s: %w", id, what, err)
}

// Totals counts a job's recipients; of a job that nobody prepared they are all zero.
func (l *Ledger) Totals(ctx context.Context, id uint64) (Totals, error) {
	var t Totals
	rows, err := l.read.QueryContext(ctx, `SELECT t.state, t.n, j.prepared FROM job j JOIN tally t ON t.job = j.id WHERE j.id = ?`, int64(id))
	if err != nil {
		return t, l.failed(id, "cannot be counted", err)
	}
	defer rows.Close()
	for rows.Next() {
		var state State
		var n int
		if err := rows.Scan(&state, &n, &t.Prepared); err != nil {
			return t, l.failed(id, "cannot be counted", err)
		}
		t.add(state, n)
	}
	return t, l.failed(id, "cannot be counted", rows.Err())
}

// Recover is to be called at start, before anything is sent. What was being sent when the process died is unknown now; an
// edit or a deletion is simply to be done, once more perhaps.
func (l *Ledger) Recover(ctx context.Context) error {
	if _, err := l.recover(ctx, "job = recipient.job"); err != nil {
		return fmt.Errorf("delivery: what a crash left cannot be settled: %w", err)
	}
	return nil
}

// recoverJob is Recover for one job, which nobody is sending.
func (l *Ledger) recoverJob(ctx context.Context, id uint64) error {
	_, err := l.recover(ctx, "job = ?2", int64(id))
	return l.failed(id, "what a crash left cannot be settled", err)
}

func (l *Ledger) recover(ctx context.Context, of string, args ...any) (int, error) {
	return l.chunks(ctx, recoverSQL(of), append([]any{l.now()}, args...)...)
}

func recoverSQL(of string) string {
	return fmt.Sprintf(`
UPDATE recipient SET
	state = iif((SELECT op FROM job WHERE id = recipient.job) = 'send', 'unknown', 'queued'),
	at = ?1, why = 'the program ended while it was on its way'
WHERE state = 'sending' AND (job, user) IN
	(SELECT job, user FROM recipient WHERE state = 'sending' AND %s LIMIT %d)`, of, maxRows)
}

// Drop takes back what is still queued: it is cancelled. Whoever sends the job must have stopped.
func (l *Ledger) Drop(ctx context.Context, id uint64) error {
	_, err := l.chunks(ctx, dropSQL(), int64(id), l.now())
	return l.failed(id, "cannot be cancelled", err)
}

func dropSQL() string {
	return fmt.Sprintf(`
UPDATE recipient SET state = 'cancelled', at = ?2
WHERE job = ?1 AND user IN (SELECT user FROM recipient WHERE job = ?1 AND state = 'queued' LIMIT %d)`, maxRows)
}
