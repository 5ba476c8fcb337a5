package rows

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
)

// EachOptions bound what of the rows themselves is read.
type EachOptions struct {
	Options
	MaxRows  int // rows that differ, in all; a changed one is one; required
	MaxBytes int // of their content, in all; required
}

// Row is one that differs. A side is nil where it does not have the row; both are there when it was changed.
type Row struct {
	Table   string
	Columns []string
	A, B    []Cell
}

// Cell is a value as text.
type Cell struct {
	Text string
	Null bool
}

// Seen is how much was shown, and how much there is.
type Seen struct {
	Rows int64 // shown
	Left int64 // differ, too, and did not fit
}

// Each shows the rows that differ, table by table, in the order of their keys, up to the bounds. What it shows is the
// service's own data: for documents that somebody asked for, in private.
func Each(ctx context.Context, a, b Side, o EachOptions, visit func(Row) error) (Seen, error) {
	if o.MaxRows <= 0 || o.MaxBytes <= 0 {
		return Seen{}, &Error{Sentence: "nothing says how many rows may be shown", Hint: "give bounds"}
	}
	c, err := begin(ctx, a, b, o.Options)
	if err != nil {
		return Seen{}, err
	}
	defer c.end()
	e := &each{comparison: c, o: o, visit: visit}
	for i, p := range c.pairs {
		o.say("reading", p.name, i, len(c.pairs))
		if err := e.table(ctx, p); err != nil {
			return e.seen, failed(ctx, fmt.Sprintf("the rows of table %s could not be read", p.name), err)
		}
	}
	return e.seen, nil
}

// each is one under way.
type each struct {
	*comparison
	o     EachOptions
	visit func(Row) error
	seen  Seen
	bytes int
}

// found is a row that differs, before it is fetched: the hash of its content on each side. Where there is a key it is part
// of the content, so no two rows of a side have one hash; where there is none, such rows are the same.
type found struct{ a, b string }

// table finds what differs, which needs little memory a row, and then reads these rows in one pass a side.
func (e *each) table(ctx context.Context, p pair) error {
	var rows []found
	before := e.seen
	collect := func(k kind, r row) error {
		rows = e.collect(rows, k, string(r.hash))
		return nil
	}
	d, err := e.comparison.table(ctx, p, collect)
	if err == nil && d.Key == "" && len(p.key) > 0 {
		// The key was not unique, and it was begun anew.
		rows, e.seen, p.key = nil, before, nil
		_, err = e.comparison.table(ctx, p, collect)
	}
	if err != nil || len(rows) == 0 {
		return err
	}
	return e.show(ctx, p, rows)
}

// collect notes a row while there is room; the second half of a changed one belongs to the first.
func (e *each) collect(rows []found, k kind, hash string) []found {
	if k == changedB {
		if n := len(rows); n > 0 && rows[n-1].b == pending {
			rows[n-1].b = hash
		}
		return rows
	}
	if e.seen.Rows+int64(len(rows)) >= int64(e.o.MaxRows) {
		e.seen.Left++
		return rows
	}
	switch k {
	case onlyB:
		return append(rows, found{b: hash})
	case changedA:
		return append(rows, found{a: hash, b: pending})
	}
	return append(rows, found{a: hash})
}

// pending is no hash.
const pending = "?"

func (e *each) show(ctx context.Context, p pair, rows []found) error {
	inA, err := e.fetch(ctx, e.a, p.a, p, rows, func(f found) string { return f.a })
	if err != nil {
		return err
	}
	inB, err := e.fetch(ctx, e.b, p.b, p, rows, func(f found) string { return f.b })
	if err != nil {
		return err
	}
	for _, f := range rows {
		r := Row{Table: p.name.String(), Columns: p.columns, A: inA[f.a], B: inB[f.b]}
		if f.a != "" && r.A == nil || f.b != "" && r.B == nil {
			e.seen.Left++
			continue
		}
		e.seen.Rows++
		if err := e.visit(r); err != nil {
			return &Error{Sentence: "the rows could not be written down", Hint: "look at the disk", Cause: err}
		}
	}
	return nil
}

// fetch reads the content of rows by their hash, until there are too many bytes.
func (e *each) fetch(ctx context.Context, s *session, t *table, p pair, rows []found, of func(found) string) (map[string][]Cell, error) {
	var hashes []string
	for _, f := range rows {
		if h := of(f); h != "" {
			hashes = append(hashes, `"\\x`+hex.EncodeToString([]byte(h))+`"`)
		}
	}
	got := map[string][]Cell{}
	if len(hashes) == 0 {
		return got, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	res := s.ExecParams(ctx, fetchSQL(t, p), values([]string{"{" + strings.Join(hashes, ",") + "}"}), nil, nil, append([]int16{1}, make([]int16, len(p.columns))...))
	for res.NextRow() {
		v := res.Values()
		if h := string(v[0]); got[h] == nil {
			e.keep(got, h, v[1:])
		}
	}
	_, err := res.Close()
	return got, err
}

// keep copies a row if there is room for it.
func (e *each) keep(got map[string][]Cell, hash string, v [][]byte) {
	size := 0
	for _, c := range v {
		size += len(c)
	}
	if e.bytes+size > e.o.MaxBytes {
		return
	}
	e.bytes += size
	cells := make([]Cell, len(v))
	for i, c := range v {
		cells[i] = Cell{string(c), c == nil}
	}
	got[hash] = cells
}

func fetchSQL(t *table, p pair) string {
	h, columns := hashed("t", p.columns), columnsOf("t", p.columns)
	if columns != "" {
		columns = ", " + columns
	}
	return fmt.Sprintf("SELECT %s%s FROM %s AS t WHERE %s OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.bytea[])", h, columns, t.from(), h)
}
