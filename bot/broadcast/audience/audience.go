// Package audience keeps copies of the service's audience, which are the Telegram ids and languages of its users, in files
// of our own: users can be told that the database is away while it is, and those whose rows a restore takes away can still
// be told so.
//
// # A copy
//
// A copy is one SQLite file that never changes:
//
//	person(id INTEGER PRIMARY KEY, lang TEXT)   one row per user; lang is such as "en" or "pt-br", or "" when it is not known
//	copy(facts TEXT)                            one row: the Copy, as JSON
//
// It gets its name when it is whole and on the disk, and not before: whatever happens while it is made, nothing of it is
// seen. Because it never changes, it is read as file:PATH?mode=ro&immutable=1, with no locks.
//
// # A query
//
// What is in it is said by a query of the config, run by a role that may read, in a transaction that may only read. Rows
// are streamed: a copy of a million users needs no more memory than one of a thousand. A query may be wrong in every way,
// so each way has its sentence and its hint; no error holds an id, or anything else of a row.
package audience

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"twokey/internal/secret"
)

// Copy is what is known of a copy.
type Copy struct {
	ID        string         `json:"id"`                // its name; later ones sort behind earlier ones
	At        time.Time      `json:"at"`                // as of when they are users: a narrowed copy is as old as its base
	Users     int            `json:"users"`             // how many
	Languages map[string]int `json:"languages"`         // how many of each; "" is unknown
	Nulls     int            `json:"nulls,omitempty"`   // rows that had no id, and were left out
	Query     string         `json:"query,omitempty"`   // SHA-256 of the query's text, hex; empty when no query said who is in it
	Of        string         `json:"of,omitempty"`      // the copy it was narrowed from; empty: everybody
	Segment   string         `json:"segment,omitempty"` // what it was narrowed to
}

// Source is where an audience comes from.
type Source struct {
	URL    secret.Value
	Query  string // one SELECT: the id, and, if it likes, the language
	Args   []any  // its $1, $2, …
	Within time.Duration
}

// defaultWithin is how long a query may take when nobody says.
const defaultWithin = 2 * time.Minute

func (s Source) within() time.Duration {
	if s.Within <= 0 {
		return defaultWithin
	}
	return max(s.Within, time.Millisecond) // of less, the server would understand "for ever"
}

// person is one row. Equal languages share one string.
type person struct {
	id   int64
	lang string
}

// Shelf is the folder of the copies. All its methods may be called at once; what takes long does not keep the rest waiting.
type Shelf struct {
	dir     string
	now     func() time.Time
	batch   int               // how many rows are sorted at once
	reached func(step string) // where a test kills us

	mu    sync.Mutex
	known map[string]Copy // by id; a copy never changes, so reading it once is enough
}

// Open opens the folder of the copies, makes it if there is none, and removes what a process that died left half-made. The
// folder is ours alone: one that others may look into is refused.
func Open(dir string) (*Shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &Error{Sentence: "the folder of the audience's copies cannot be made", Hint: "look at its parent's owner and mode", Cause: err}
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, &Error{Sentence: "the folder of the audience's copies cannot be looked at", Hint: "look at its owner and mode", Cause: err}
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, &Error{Sentence: fmt.Sprintf("the folder of the audience's copies, %s, has mode %04o: others may look into it", dir, mode),
			Hint: fmt.Sprintf("type: chmod 700 '%s'", dir)}
	}
	s := &Shelf{dir: dir, now: time.Now, batch: batch, reached: func(string) {}, known: map[string]Copy{}}
	return s, s.sweep()
}

// Path is the copy's file. It stays until Keep leaves the copy out.
func (s *Shelf) Path(c Copy) string { return s.file(c.ID, whole) }

// file is always in the folder, whatever somebody takes for an id.
func (s *Shelf) file(id, suffix string) string { return filepath.Join(s.dir, filepath.Base(id)+suffix) }
