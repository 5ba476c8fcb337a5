package audience

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"
)

// OfAny copies those of the ids who are in any of the bases, with the language of the first that knows it. After a restore,
// whom it affected may be only in a copy from before. It needs no database. It is a copy of the first base, as of its time.
func (s *Shelf) OfAny(ctx context.Context, segment string, ids iter.Seq2[int64, error], first Copy, others ...Copy) (Copy, error) {
	var bases []*sql.DB
	defer func() {
		for _, b := range bases {
			_ = b.Close()
		}
	}()
	for _, c := range append([]Copy{first}, others...) {
		if _, err := s.facts(c.ID); err != nil {
			return Copy{}, unread(c, err)
		}
		db, err := sql.Open("sqlite", address(s.Path(c), readOnly))
		if err != nil {
			return Copy{}, unread(c, err)
		}
		bases = append(bases, db)
	}
	c := Copy{At: first.At, Of: first.ID, Segment: segment}
	return s.write(ctx, c, "", nil, func(w *writer) (int, error) { return 0, w.addFrom(ctx, bases, ids) })
}

// addFrom looks the ids up in the bases, some at a time.
func (w *writer) addFrom(ctx context.Context, bases []*sql.DB, ids iter.Seq2[int64, error]) error {
	var some []any
	for id, err := range ids {
		if err != nil {
			return &Error{Sentence: "the list of ids could not be read to its end", Hint: "ask again", Cause: err}
		}
		if some = append(some, id); len(some) == insert {
			if err := w.lookUp(ctx, bases, some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	return w.lookUp(ctx, bases, some)
}

func (w *writer) lookUp(ctx context.Context, bases []*sql.DB, ids []any) error {
	if len(ids) == 0 {
		return nil
	}
	found := map[int64]string{}
	for _, b := range bases {
		rows, err := b.QueryContext(ctx, "SELECT id, lang FROM person WHERE id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", ids...)
		if err != nil {
			return fmt.Errorf("audience: a copy cannot be read: %w", err)
		}
		for rows.Next() {
			var p person
			if err := rows.Scan(&p.id, &p.lang); err != nil {
				_ = rows.Close()
				return fmt.Errorf("audience: a copy cannot be read: %w", err)
			}
			if found[p.id] == "" {
				found[p.id] = p.lang
			}
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("audience: a copy cannot be read: %w", err)
		}
	}
	for id, lang := range found {
		if err := w.add(person{id: id, lang: lang}); err != nil {
			return err
		}
	}
	return nil
}
