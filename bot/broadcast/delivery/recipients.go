package delivery

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// deleteWithin is how old a message may be that a bot deletes (Bot API, deleteMessage).
const deleteWithin = 48 * time.Hour

// entry is a recipient to be: whom, in which language, and the message to change.
type entry struct {
	user    int64
	lang    string
	message int64
	late    bool
}

// MarshalJSON gives the array that fillSQL reads.
func (e entry) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{e.user, e.lang, e.message, e.late})
}

// pages gives the next recipients after a user, in order, at most maxRows; none at the end.
type pages func(ctx context.Context, after int64) ([]entry, error)

// pages says where a job's recipients come from.
func (l *Ledger) pages(ctx context.Context, j Job) (next pages, done func(), err error) {
	switch {
	case j.Audience != "":
		return openPeople(j.Audience)
	case j.Of != 0:
		return l.messages(j), func() {}, nil
	}
	return l.earlier(j.Earlier), func() {}, nil
}

// openAudience opens a copy of the audience, which nobody writes any more.
func openAudience(path string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil { // SQLite says only "unable to open database file"
		return nil, fmt.Errorf("the copy of the audience: %w", err)
	}
	db, err := openDB(path, readerPragmas(), 1)
	if err != nil {
		return nil, fmt.Errorf("the copy of the audience: %w", err)
	}
	return db, nil
}

func openPeople(path string) (pages, func(), error) {
	db, err := openAudience(path)
	if err != nil {
		return nil, nil, err
	}
	next := func(ctx context.Context, after int64) ([]entry, error) {
		return query(ctx, db, `SELECT id, lang, 0, 0 FROM person WHERE id > ? ORDER BY id LIMIT ?`, after, maxRows)
	}
	return next, func() { _ = db.Close() }, nil
}

// messages are those of the job that is changed.
func (l *Ledger) messages(j Job) pages {
	oldest := int64(0)
	if j.Op == OpDelete {
		oldest = l.now() - deleteWithin.Microseconds()
	}
	return func(ctx context.Context, after int64) ([]entry, error) {
		return query(ctx, l.read, `SELECT user, lang, message, at <= ?3 FROM recipient
			WHERE job = ?4 AND user > ?1 AND state = 'sent' ORDER BY user LIMIT ?2`, after, maxRows, oldest, int64(j.Of))
	}
}

// earlier are all who got one of these jobs, or may have. Each job gives its next page, and the first of all of them are the
// page: that reads each row about once, whereas one query over all jobs would sort all rows for every page.
func (l *Ledger) earlier(jobs []uint64) pages {
	var parts []string
	for _, id := range jobs {
		parts = append(parts, fmt.Sprintf(`SELECT * FROM (SELECT user, lang FROM recipient
			WHERE job = %d AND user > ?1 AND state IN ('sent', 'unknown') ORDER BY user LIMIT ?2)`, id))
	}
	all := `SELECT user, lang, 0, 0 FROM (` + strings.Join(parts, " UNION ALL ") + `) GROUP BY user ORDER BY user LIMIT ?2`
	return func(ctx context.Context, after int64) ([]entry, error) {
		return query(ctx, l.read, all, after, maxRows)
	}
}

func query(ctx context.Context, db *sql.DB, text string, args ...any) ([]entry, error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []entry
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.user, &e.lang, &e.message, &e.late); err != nil {
			return nil, err
		}
		page = append(page, e)
	}
	return page, rows.Err()
}
