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
	db, err := sql.Open("sqlite", address(s.Path(before), readOnly))
	if err != nil {
		return Change{}, unread(before, err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return Change{}, unread(before, err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "ATTACH ? AS after", address(s.Path(after), readOnly)); err != nil {
		return Change{}, unread(after, err)
	}
	var was, is int
	var c Change
	const ask = `SELECT count(*), count(a.id), (SELECT count(*) FROM after.person) FROM main.person b LEFT JOIN after.person a ON a.id = b.id`
	if err := conn.QueryRowContext(ctx, ask).Scan(&was, &c.Both, &is); err != nil {
		if ctx.Err() != nil {
			return Change{}, &Error{Sentence: "the copies were not compared: it was cancelled", Hint: "ask again", Cause: context.Cause(ctx)}
		}
		return Change{}, unread(before, err)
	}
	c.Gone, c.Added = was-c.Both, is-c.Both
	return c, nil
}
