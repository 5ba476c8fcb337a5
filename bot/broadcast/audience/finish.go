package audience

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// count gives how many there are of each language. SQLite's own GROUP BY would sort a million rows, in memory or in a file of
// its own in a folder we may not have.
func (w *writer) count() (users int, langs map[string]int, err error) {
	rows, err := w.conn.QueryContext(context.Background(), "SELECT lang FROM person")
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	langs = map[string]int{}
	for rows.Next() {
		var lang sql.RawBytes
		if err := rows.Scan(&lang); err != nil {
			return 0, nil, err
		}
		users++
		if langs[string(lang)]++; len(langs) > mostLanguages {
			return 0, nil, &Error{Sentence: fmt.Sprintf("the query's second column has more than %d different values, and no language", mostLanguages),
				Hint: "leave it out, or name the column with the language"}
		}
	}
	return users, langs, rows.Err()
}

// finish completes the copy and gives it its name.
func (w *writer) finish(c Copy) (_ Copy, err error) {
	w.tell()
	if err := w.flush(); err != nil {
		return Copy{}, err
	}
	c.ID = w.id
	if c.Users, c.Languages, err = w.count(); err != nil {
		return Copy{}, unwritten(err)
	}
	if c.Users == 0 {
		return Copy{}, nobody(c)
	}
	facts, err := json.Marshal(c)
	if err != nil {
		return Copy{}, unwritten(err)
	}
	if err := w.exec("INSERT INTO copy (facts) VALUES (?)", string(facts)); err != nil {
		return Copy{}, err
	}
	if err := w.exec("COMMIT"); err != nil {
		return Copy{}, err
	}
	if w.stmt != nil {
		_ = w.stmt.Close()
	}
	return c, unwritten(w.publish(w.ctx))
}

func nobody(c Copy) error {
	e := &Error{Sentence: "the query gives no users", Hint: "look at its WHERE; nothing was copied", Cause: ErrNobody}
	if c.Of != "" {
		e.Sentence, e.Hint = "nobody of the audience is in "+bounded(c.Segment), "nobody would be told"
	}
	return e
}
