package rows

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// row is what leaves a server of a row: its key as text and a hash of all that is compared. Without a key the hash is
// the key. It is valid until the next one of its side.
type row struct {
	key  [][]byte
	hash []byte
}

// kind says how a row differs.
type kind int

const (
	onlyA kind = iota
	changedA
	changedB
	onlyB
)

// errNotUnique: a key came twice, so that one row of one side has not one partner on the other.
var errNotUnique = errors.New("the key is not unique")

// order compares two keys as the servers sort them.
type order func(x, y [][]byte) (int, error)

// cursor reads one side, and does not trust its order: a row out of order would be counted twice, as lost and as new.
type cursor struct {
	next   func() (row, bool, error)
	order  order
	unique bool
	now    row
	ok     bool
	last   [][]byte
	begun  bool
}

func newCursor(next func() (row, bool, error), o order, unique bool) *cursor {
	return &cursor{next: next, order: o, unique: unique}
}

// step goes to the next row.
func (c *cursor) step() error {
	if c.begun {
		c.keep()
	}
	var err error
	if c.now, c.ok, err = c.next(); err != nil || !c.ok {
		return err
	}
	if !c.begun {
		c.begun = true
		return nil
	}
	n, err := c.order(c.last, c.now.key)
	switch {
	case err != nil:
		return err
	case n > 0:
		return fmt.Errorf("%w: the rows do not come in the order of their key", errOurs)
	case n == 0 && c.unique:
		return errNotUnique
	}
	return nil
}

// keep copies the key, into the memory of the one before.
func (c *cursor) keep() {
	if c.last == nil {
		c.last = make([][]byte, len(c.now.key))
	}
	for i, k := range c.now.key {
		c.last[i] = append(c.last[i][:0], k...)
	}
}

// tally are the rows that differ.
type tally struct{ onlyA, onlyB, changed int64 }

// diff walks over two sides in the same order and counts; every row that differs is shown to seen.
func diff(a, b *cursor, o order, seen func(kind, row) error) (tally, error) {
	var t tally
	if seen == nil {
		seen = func(kind, row) error { return nil }
	}
	err := errors.Join(a.step(), b.step())
	for err == nil && (a.ok || b.ok) {
		err = t.pair(a, b, o, seen)
	}
	return t, err
}

// pair settles the smaller of the two rows, or both when they are one.
func (t *tally) pair(a, b *cursor, o order, seen func(kind, row) error) error {
	n, err := which(a, b, o)
	switch {
	case err != nil:
		return err
	case n < 0:
		t.onlyA++
		return errors.Join(seen(onlyA, a.now), a.step())
	case n > 0:
		t.onlyB++
		return errors.Join(seen(onlyB, b.now), b.step())
	}
	if !bytes.Equal(a.now.hash, b.now.hash) {
		t.changed++
		err = errors.Join(seen(changedA, a.now), seen(changedB, b.now))
	}
	return errors.Join(err, a.step(), b.step())
}

func which(a, b *cursor, o order) (int, error) {
	switch {
	case !b.ok:
		return -1, nil
	case !a.ok:
		return 1, nil
	}
	return o(a.now.key, b.now.key)
}

// byColumns compares keys column by column: whole numbers as numbers, all else as bytes, which is what COLLATE "C" does.
func byColumns(key []keyColumn) order {
	return func(x, y [][]byte) (int, error) {
		for i, k := range key {
			n, err := k.compare(x[i], y[i])
			if n != 0 || err != nil {
				return n, err
			}
		}
		return 0, nil
	}
}

func (k keyColumn) compare(x, y []byte) (int, error) {
	if k.how != asNumber {
		return bytes.Compare(x, y), nil
	}
	m, err := strconv.ParseInt(string(x), 10, 64)
	n, err2 := strconv.ParseInt(string(y), 10, 64)
	if err != nil || err2 != nil {
		return 0, fmt.Errorf("%w: column %s is no whole number", errOurs, quoted(k.name))
	}
	switch {
	case m < n:
		return -1, nil
	case m > n:
		return 1, nil
	}
	return 0, nil
}
