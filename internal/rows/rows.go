// Package rows says what differs between two databases, row by row, and brings rows back into one that is in use.
//
// Compare reads both sides in one snapshot each, side by side in the order of their keys, so that it needs the memory of
// one row however long the tables are. A row is the text of its columns, under settings that are the same on both sides;
// of most rows only a hash leaves the server. What stands in the databases besides their tables, such as views,
// functions, operators and casts of the same names, is never run.
//
// Merge writes rows of one database into another that the service goes on using: in one transaction, triggers and foreign
// keys on, as many rows as were approved and not one more. It never empties a table and never lets a cascade reach rows
// nobody counted.
package rows

import (
	"fmt"
	"time"

	"twokey/internal/secret"
)

// Side is a database and the role that reaches it.
type Side struct {
	URL      secret.Value
	Database string // in place of the one that URL names, when not empty
	Snapshot string // read as it was then: of a Frozen, which still is
}

// Options say what is compared.
type Options struct {
	// Tables are names as people type them, users or public.users; one that fits several schemas is an error. Empty
	// means every table of both sides outside the system's schemas. A partitioned table is one table.
	Tables   []string
	Within   time.Duration // what one statement may take; required
	Tag      string        // the sessions' application_name
	Progress func(string)  // told which table is being read; may be nil
}

func (o Options) say(doing string, n name, i, of int) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf("%s %s (%d of %d)", doing, n, i+1, of))
	}
}

// Which names one of the two sides.
type Which string

// The two sides, in the order in which they are given.
const (
	A Which = "a"
	B Which = "b"
)

// TableDiff says how many rows of a table differ, exactly, in the two snapshots.
type TableDiff struct {
	Name    string   `json:"name"` // schema.table, in quotes what is not all small letters
	RowsA   int64    `json:"rows_a"`
	RowsB   int64    `json:"rows_b"`
	OnlyA   int64    `json:"only_a"`
	OnlyB   int64    `json:"only_b"`
	Changed int64    `json:"changed"`           // the same key, other content
	Key     string   `json:"key,omitempty"`     // its columns; empty: none, so whole rows were counted
	Missing Which    `json:"missing,omitempty"` // the side that does not have the table
	Drift   []string `json:"drift,omitempty"`   // columns that are not the same on both sides, and so not compared
	Note    string   `json:"note,omitempty"`
}

// Same says whether both sides hold the same rows, as far as they have the same columns.
func (d TableDiff) Same() bool { return d.OnlyA == 0 && d.OnlyB == 0 && d.Changed == 0 }

// Report is what differs, by table, in the order of their names.
type Report struct {
	Tables []TableDiff `json:"tables"`
}

// Totals are the numbers of a report.
type Totals struct {
	OnlyA   int64 `json:"only_a"`
	OnlyB   int64 `json:"only_b"`
	Changed int64 `json:"changed"`
}

// Totals adds up the tables.
func (r Report) Totals() Totals {
	var t Totals
	for _, d := range r.Tables {
		t.OnlyA, t.OnlyB, t.Changed = t.OnlyA+d.OnlyA, t.OnlyB+d.OnlyB, t.Changed+d.Changed
	}
	return t
}

// Lost says how many rows go, or become others, when one side gives way to the other.
func (r Report) Lost(w Which) int64 {
	t := r.Totals()
	if w == A {
		return t.OnlyA + t.Changed
	}
	return t.OnlyB + t.Changed
}
