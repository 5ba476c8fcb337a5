package delivery

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// lookAfter is how long somebody who blocked the bot is left alone before it is looked whether they are back.
const lookAfter = 7 * 24 * time.Hour

// away is what is remembered of somebody nobody can write to.
type away struct {
	known bool
	look  *int64 // when to look again; nil is never: a deleted account does not come back
}

const rememberSQL = `
INSERT INTO away (user, state, since, look) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (user) DO UPDATE SET state = excluded.state, since = excluded.since, look = excluded.look`

// remember keeps that somebody is away.
func (o outcome) remember(ctx context.Context, tx *sql.Tx, now time.Time) error {
	if !o.away.known {
		return nil
	}
	_, err := tx.ExecContext(ctx, rememberSQL, o.user, o.state, now.UnixMicro(), o.away.look)
	return err
}

// Skips counts those of an audience who are known to have blocked the bot, or to be gone.
func (l *Ledger) Skips(ctx context.Context, audience string) (n int, err error) {
	err = l.eachAway(ctx, audience, func(page []absentee) error {
		for _, a := range page {
			if a.there {
				n++
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("delivery: who is away cannot be counted: %w", err)
	}
	return n, nil
}

// Returned is to be told of every new full copy of the audience. Whoever had left it and is in it again is welcome, and is
// written to again; they are counted.
func (l *Ledger) Returned(ctx context.Context, audience string) (n int, err error) {
	err = l.eachAway(ctx, audience, func(page []absentee) error {
		var back, left []int64
		for _, a := range page {
			switch {
			case a.there && a.absent:
				back = append(back, a.user)
			case !a.there && !a.absent:
				left = append(left, a.user)
			}
		}
		n += len(back)
		return l.mark(ctx, back, left)
	})
	if err != nil {
		return 0, fmt.Errorf("delivery: who has returned cannot be told: %w", err)
	}
	return n, nil
}

// Back forgets that somebody blocked the bot or was gone: they are written to again.
func (l *Ledger) Back(ctx context.Context, users ...int64) error {
	for len(users) > 0 {
		n := min(maxRows, len(users))
		if err := l.mark(ctx, users[:n], nil); err != nil {
			return fmt.Errorf("delivery: who is back cannot be written: %w", err)
		}
		users = users[n:]
	}
	return nil
}

func (l *Ledger) mark(ctx context.Context, back, left []int64) error {
	if len(back)+len(left) == 0 {
		return nil
	}
	return l.tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, m := range []struct {
			text  string
			users []int64
		}{
			{`DELETE FROM away WHERE user IN (SELECT value FROM json_each(?))`, back},
			{`UPDATE away SET absent = 1 WHERE user IN (SELECT value FROM json_each(?))`, left},
		} {
			users, err := json.Marshal(m.users)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, m.text, string(users)); err != nil {
				return err
			}
		}
		return nil
	})
}

// absentee is somebody who is away; there says whether the audience has them.
type absentee struct {
	user          int64
	absent, there bool
}

// eachAway goes through all who are away, by pages of at most maxRows.
func (l *Ledger) eachAway(ctx context.Context, audience string, f func([]absentee) error) error {
	db, err := openAudience(audience)
	if err != nil {
		return err
	}
	defer db.Close()
	for last := int64(0); ; {
		page, err := l.awayAfter(ctx, last)
		if err != nil || len(page) == 0 {
			return err
		}
		last = page[len(page)-1].user
		if err := find(ctx, db, page); err != nil {
			return err
		}
		if err := f(page); err != nil {
			return err
		}
	}
}

// find looks who of them an audience has.
func find(ctx context.Context, db *sql.DB, page []absentee) error {
	at := make(map[int64]int, len(page))
	users := make([]int64, len(page))
	for i, a := range page {
		at[a.user], users[i] = i, a.user
	}
	list, err := json.Marshal(users)
	if err != nil {
		return err
	}
	there, err := query(ctx, db, `SELECT id, '', 0, 0 FROM person WHERE id IN (SELECT value FROM json_each(?))`, string(list))
	for _, e := range there {
		page[at[e.user]].there = true
	}
	return err
}

func (l *Ledger) awayAfter(ctx context.Context, user int64) ([]absentee, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT user, absent FROM away WHERE user > ? ORDER BY user LIMIT ?`, user, maxRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []absentee
	for rows.Next() {
		var a absentee
		if err := rows.Scan(&a.user, &a.absent); err != nil {
			return nil, err
		}
		page = append(page, a)
	}
	return page, rows.Err()
}

// due gives somebody to look after, or how long that has time.
func (l *Ledger) due(ctx context.Context, now time.Time) (user int64, wait time.Duration, err error) {
	var look int64
	err = l.read.QueryRowContext(ctx, `SELECT user, look FROM away WHERE look IS NOT NULL ORDER BY look LIMIT 1`).Scan(&user, &look)
	if err == sql.ErrNoRows {
		return 0, lookAfter, nil
	}
	return user, max(0, time.UnixMicro(look).Sub(now)), err
}

// postpone looks after somebody another time.
func (l *Ledger) postpone(ctx context.Context, user int64, until time.Time) error {
	return l.tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE away SET look = ? WHERE user = ?`, until.UnixMicro(), user)
		return err
	})
}
