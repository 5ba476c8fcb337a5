package rows

import (
	"fmt"
)

// pair is a table on both sides and what of it can be compared.
type pair struct {
	name    name
	a, b    *table // nil: this side has none
	columns []string
	key     []keyColumn // empty: rows are told apart by all of their content
	equals  []string    // of the key's columns, in b; empty when b has no such index
	drift   []string
	note    string
}

// keyColumn is a column of a key and how both servers sort it.
type keyColumn struct {
	name string
	how  sorting
}

// sorting is an order that both servers and we agree on, whatever the collations. The first three are the order of an
// index, or near it; any other value is sorted by its text.
type sorting int

const (
	asNumber sorting = iota
	asItIs           // its text sorts as the value does: uuid, bytea
	asText
	asDecimal // numeric, where 1.0 and 1.00 are one key
	asOther
)

// pairUp decides what of a table is compared.
func pairUp(n name, a, b catalogue) pair {
	p := pair{name: n, a: a.tables[n], b: b.tables[n]}
	switch {
	case p.a == nil:
		p.note = absent("A", a.others[n])
		p.columns = p.b.contents()
	case p.b == nil:
		p.note = absent("B", b.others[n])
		p.columns = p.a.contents()
	default:
		p.columns, p.drift = common(p.a, p.b)
		p.chooseKey()
	}
	return p
}

func absent(side, other string) string {
	if other != "" {
		return side + " has a " + other + " of this name, which is no table"
	}
	return side + " does not have this table"
}

func (t *table) contents() []string {
	var all []string
	for _, c := range t.columns {
		if c.formula == "" {
			all = append(all, c.name)
		}
	}
	return all
}

// common are the columns that mean the same on both sides. A generated column is not among them: it says nothing that the
// others do not, and nobody can write it.
func common(a, b *table) (same, drift []string) {
	for _, c := range a.columns {
		d, ok := b.column(c.name)
		why := ""
		switch {
		case !ok:
			why = "only A has it"
		case (c.formula == "") != (d.formula == ""):
			why = "only one side computes it"
		case c.formula != d.formula:
			why = "the sides compute it differently"
		case c.formula != "":
			continue
		case c.typ != d.typ:
			why = fmt.Sprintf("%s in A, %s in B", c.full, d.full)
		case c.full != d.full:
			drift = append(drift, fmt.Sprintf("column %s: %s in A, %s in B; compared nevertheless", quoted(c.name), c.full, d.full))
		}
		if why == "" {
			same = append(same, c.name)
		} else {
			drift = append(drift, fmt.Sprintf("column %s: %s", quoted(c.name), why))
		}
	}
	for _, d := range b.columns {
		if _, ok := a.column(d.name); !ok {
			drift = append(drift, fmt.Sprintf("column %s: only B has it", quoted(d.name)))
		}
	}
	return same, drift
}

// chooseKey takes the primary key of B, else another key of it, else one of A's: a copy may have been made without indexes.
func (p *pair) chooseKey() {
	for _, t := range []*table{p.b, p.a} {
		for _, k := range t.keys {
			if cols, ok := p.usable(k); ok {
				p.key = cols
				if t == p.b {
					p.equals = k.equals
				}
				return
			}
		}
	}
	p.note = "it has no key, so whole rows were counted"
}

// usable says whether a key tells the rows of both sides apart.
func (p *pair) usable(k key) ([]keyColumn, bool) {
	var cols []keyColumn
	for _, n := range k.columns {
		a, inA := p.a.column(n)
		b, inB := p.b.column(n)
		if !inA || !inB || a.typ != b.typ || !a.notNull || !b.notNull || a.formula != "" || b.formula != "" {
			return nil, false
		}
		cols = append(cols, keyColumn{n, sortedAs(b.base)})
	}
	return cols, true
}

// sortedAs goes by the oids that PostgreSQL's own types have had from the first.
func sortedAs(base string) sorting {
	switch base {
	case "20", "21", "23", "26": // int8, int2, int4, oid
		return asNumber
	case "17", "2950": // bytea, uuid
		return asItIs
	case "25", "1043": // text, varchar
		return asText
	case "1700":
		return asDecimal
	}
	return asOther
}

func (p pair) order() order {
	if len(p.key) == 0 {
		return byColumns([]keyColumn{{"", asItIs}})
	}
	return byColumns(p.key)
}

func (p pair) diff() TableDiff {
	d := TableDiff{Name: p.name.String(), Key: quotedAll(p.keyNames()), Drift: p.drift, Note: p.note}
	switch {
	case p.a == nil:
		d.Missing = A
	case p.b == nil:
		d.Missing = B
	}
	return d
}

func (p pair) keyNames() []string {
	var all []string
	for _, k := range p.key {
		all = append(all, k.name)
	}
	return all
}
