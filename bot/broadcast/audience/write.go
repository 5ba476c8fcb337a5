package audience

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

const (
	// batch is how many rows are sorted before they are written: the tree of a file is then walked once a batch, and not once a
	// row, in whatever order a server gives them. It has a few MB.
	batch = 100_000
	// insert is how many rows one statement writes.
	insert = 250
	// progressEvery is after how many rows somebody is told.
	progressEvery = 10_000
	// applicationID ("twka") and layout are in the head of every file of ours.
	applicationID = 0x74776b61
	layout        = 1
)

// makeSQL makes an empty copy. Nothing is kept for a rollback and nothing is synced: a file without its name is thrown away,
// and one that gets it is synced as a whole before. A larger cache costs memory and saves hardly any time: batches are sorted.
var makeSQL = []string{
	"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA cache_size = -4096",
	fmt.Sprintf("PRAGMA application_id = %d", applicationID), fmt.Sprintf("PRAGMA user_version = %d", layout),
	"CREATE TABLE person (id INTEGER PRIMARY KEY, lang TEXT NOT NULL) STRICT",
	"CREATE TABLE copy (facts TEXT NOT NULL) STRICT",
}

// open makes the tables. The file of a base, if there is one, is beside them.
func (h *half) open(base string) (err error) {
	if h.db, err = sql.Open("sqlite", address(h.path(), "rw")); err != nil {
		return err
	}
	if h.conn, err = h.db.Conn(context.Background()); err != nil {
		return err
	}
	for _, statement := range makeSQL {
		if err := h.exec(statement); err != nil {
			return err
		}
	}
	if base != "" {
		if err := h.exec("ATTACH ? AS base", address(base, readOnly)); err != nil {
			return err
		}
	}
	return h.exec("BEGIN")
}

// exec writes. A statement is never interrupted: who cancels is heard between two.
func (h *half) exec(sql string, args ...any) error {
	_, err := h.conn.ExecContext(context.Background(), sql, args...)
	return unwritten(err)
}

// writer puts people into a copy.
type writer struct {
	*half
	ctx      context.Context // of the one call that makes this copy
	into     sink
	stmt     *sql.Stmt // of a full insert
	people   []person
	args     []any
	rows     int
	progress func(rows int)
}

// sink is how rows get into a copy.
type sink struct {
	sql  func(rows int) string
	args func(to []any, p person) []any
}

// everybody takes each person. Of one who comes twice, the language that is known stays; of two, the first by alphabet, so
// that the order of rows, which nobody promised, does not matter.
var everybody = sink{
	sql: func(rows int) string {
		return "INSERT INTO person (id, lang) VALUES (?, ?)" + strings.Repeat(", (?, ?)", rows-1) +
			" ON CONFLICT (id) DO UPDATE SET lang = excluded.lang WHERE excluded.lang <> '' AND (lang = '' OR excluded.lang < lang)"
	},
	args: func(to []any, p person) []any { return append(to, p.id, p.lang) },
}

// ofBase takes those who are in the base, with the language they have there.
var ofBase = sink{
	sql: func(rows int) string {
		return "INSERT OR IGNORE INTO person SELECT id, lang FROM base.person WHERE id IN (?" + strings.Repeat(", ?", rows-1) + ")"
	},
	args: func(to []any, p person) []any { return append(to, p.id) },
}

func (w *writer) add(p person) error {
	if err := checkID(p.id); err != nil {
		return err
	}
	if w.people = append(w.people, p); len(w.people) >= w.shelf.batch {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if w.rows++; w.rows%progressEvery == 0 {
		w.tell()
	}
	return nil
}

func (w *writer) tell() {
	if w.progress != nil {
		w.progress(w.rows)
	}
}

func (w *writer) flush() error {
	if w.ctx.Err() != nil {
		return cancelled(w.ctx)
	}
	slices.SortFunc(w.people, order)
	w.people = slices.CompactFunc(w.people, func(a, b person) bool { return a.id == b.id })
	for chunk := range slices.Chunk(w.people, insert) {
		if err := w.insert(chunk); err != nil {
			return unwritten(err)
		}
	}
	w.people = w.people[:0]
	return nil
}

// order is by id; of one person, the language that everybody keeps comes first.
func order(a, b person) int {
	return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(unknown(a), unknown(b)), cmp.Compare(a.lang, b.lang))
}

func unknown(p person) int {
	if p.lang == "" {
		return 1
	}
	return 0
}

func (w *writer) insert(chunk []person) (err error) {
	w.args = w.args[:0]
	for _, p := range chunk {
		w.args = w.into.args(w.args, p)
	}
	if len(chunk) < insert {
		return w.exec(w.into.sql(len(chunk)), w.args...)
	}
	if w.stmt == nil {
		if w.stmt, err = w.conn.PrepareContext(context.Background(), w.into.sql(insert)); err != nil {
			return err
		}
	}
	_, err = w.stmt.ExecContext(context.Background(), w.args...)
	return err
}
