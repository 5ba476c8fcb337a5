package audience

import (
	"context"
	"database/sql"
)

// Change is how one copy differs from an older one.
type Change struct {
	Added, Gone, Both int
}

// Share is how many came or went, for each who was there before: 0.2 is 20 %.
func (c Change) Share() float64 {
	return float64(c.Added+c.Gone) / float64(max(1, c.Gone+c.Both))
}

// Compare says who came and who went between two copies. Languages do not count.
func (s *Shelf) Compare(ctx context.Context, before, after Copy) (Change, error) {
	for _, c := range []Copy{before, after} {
		if _, err := s.facts(c.ID); err != nil {
			return Change{}, unread(c, err)
		}
	}
	c, err := compare(ctx, s.Path(before), s.Path(after))
	switch {
	case ctx.Err() != nil:
		return Change{}, &Error{Sentence: "the copies were not compared: it was cancelled", Hint: "ask again", Cause: context.Cause(ctx)}
	case err != nil:
		return Change{}, &Error{Sentence: "the copies " + before.ID + " and " + after.ID + " cannot be compared", Hint: "take a new one", Cause: err}
	}
	return c, nil
}

func compare(ctx context.Context, before, after string) (c Change, err error) {
	db, err := sql.Open("sqlite", address(before, readOnly))
	if err != nil {
		return Change{}, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return Change{}, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "ATTACH ? AS after", address(after, readOnly)); err != nil {
		return Change{}, err
	}
	var was, is int
	const ask = `SELECT count(*), count(a.id), (SELECT count(*) FROM after.person) FROM main.person b LEFT JOIN after.person a ON a.id = b.id`
	err = conn.QueryRowContext(ctx, ask).Scan(&was, &c.Both, &is)
	c.Gone, c.Added = was-c.Both, is-c.Both
	return c, err
}
