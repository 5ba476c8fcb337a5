package rows

import (
	"context"
	"errors"
	"fmt"
)

// Compare says what differs. Both roles need only read.
func Compare(ctx context.Context, a, b Side, o Options) (Report, error) {
	c, err := begin(ctx, a, b, o)
	if err != nil {
		return Report{}, err
	}
	defer c.end()
	r := Report{Tables: []TableDiff{}}
	for i, p := range c.pairs {
		o.say("comparing", p.name, i, len(c.pairs))
		d, err := c.table(ctx, p, nil)
		if err != nil {
			return Report{}, failed(ctx, fmt.Sprintf("table %s could not be compared", p.name), err)
		}
		r.Tables = append(r.Tables, d)
	}
	return r, nil
}

// comparison is two open sides and what they have in common.
type comparison struct {
	a, b  *session
	pairs []pair
	cats  [2]catalogue
}

// begin opens both sides, each in its own snapshot.
func begin(ctx context.Context, a, b Side, o Options) (*comparison, error) {
	c := &comparison{}
	var err error
	if c.a, err = reader(ctx, a, o); err != nil {
		return nil, err
	}
	if c.b, err = reader(ctx, b, o); err != nil {
		c.end()
		return nil, err
	}
	if err = c.prepare(ctx, o); err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

func (c *comparison) end() {
	for _, s := range []*session{c.a, c.b} {
		if s != nil {
			s.end()
		}
	}
}

func (c *comparison) prepare(ctx context.Context, o Options) error {
	for i, s := range []*session{c.a, c.b} {
		var err error
		if c.cats[i], err = s.catalogue(ctx); err != nil {
			return failed(ctx, "the tables could not be listed", err)
		}
	}
	return c.match(o)
}

// match finds the wanted tables and what of them can be compared.
func (c *comparison) match(o Options) error {
	if a, b := c.cats[0].encoding, c.cats[1].encoding; a != b {
		return &Error{Sentence: "the databases keep text differently (" + a + " and " + b + "), so their rows cannot be compared",
			Hint: "compare with a copy that was made in the same encoding"}
	}
	names, err := wanted(o.Tables, c.cats[0], c.cats[1])
	if err != nil {
		return err
	}
	c.pairs = nil
	for _, n := range names {
		c.pairs = append(c.pairs, pairUp(n, c.cats[0], c.cats[1]))
	}
	return nil
}

// table compares one table. What is seen are the rows that differ; seen may be nil.
func (c *comparison) table(ctx context.Context, p pair, seen func(kind, row) error) (TableDiff, error) {
	if p.a == nil || p.b == nil {
		return c.oneSided(ctx, p, seen)
	}
	d, err := c.merge(ctx, p, seen)
	if errors.Is(err, errNotUnique) {
		// A copy without its indexes, or a broken one: whole rows are exact whatever the key is worth.
		p.key, p.note = nil, "its key is not unique, so whole rows were counted"
		d, err = c.merge(ctx, p, seen)
	}
	return d, err
}

// merge walks over both sides at once.
func (c *comparison) merge(ctx context.Context, p pair, seen func(kind, row) error) (TableDiff, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a, b := c.a.rows(ctx, selectRows(*p.a, p), len(p.key)), c.b.rows(ctx, selectRows(*p.b, p), len(p.key))
	t, err := diff(newCursor(a.next, p.order(), len(p.key) > 0), newCursor(b.next, p.order(), len(p.key) > 0), p.order(), seen)
	if err != nil && !errors.Is(err, errNotUnique) {
		cancel() // the other side need not give the rest
	}
	err = errors.Join(err, a.close(), b.close())
	d := p.diff()
	d.RowsA, d.RowsB, d.OnlyA, d.OnlyB, d.Changed = a.read, b.read, t.onlyA, t.onlyB, t.changed
	return d, err
}

// oneSided counts a table that the other side does not have: all its rows are only there.
func (c *comparison) oneSided(ctx context.Context, p pair, seen func(kind, row) error) (TableDiff, error) {
	s, t, k := c.a, p.a, onlyA
	if t == nil {
		s, t, k = c.b, p.b, onlyB
	}
	d := p.diff()
	n, err := s.count(ctx, t)
	if err != nil {
		return d, err
	}
	if k == onlyA {
		d.RowsA, d.OnlyA = n, n
	} else {
		d.RowsB, d.OnlyB = n, n
	}
	if seen == nil {
		return d, nil
	}
	r := s.rows(ctx, selectRows(*t, p), 0)
	for {
		row, ok, err := r.next()
		if err != nil || !ok {
			return d, errors.Join(err, r.close())
		}
		if err := seen(k, row); err != nil {
			return d, errors.Join(err, r.close())
		}
	}
}
