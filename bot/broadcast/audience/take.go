package audience

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"time"
)

// Take copies everybody the query gives. Progress, which may be nil, is told now and then how many rows have come, and once
// at their end. An error is an *Error: then there is no new copy, and every older one is as it was.
func (s *Shelf) Take(ctx context.Context, src Source, progress func(rows int)) (Copy, error) {
	c := Copy{At: s.now().UTC().Truncate(time.Microsecond), Query: digest(src.Query)}
	return s.write(ctx, c, everybody, progress, func(w *writer) (int, error) { return stream(ctx, src, w.add) })
}

// Narrow copies those of the base whose id the query gives, with the languages of the base.
func (s *Shelf) Narrow(ctx context.Context, base Copy, segment string, src Source) (Copy, error) {
	c := Copy{At: base.At, Query: digest(src.Query), Of: base.ID, Segment: segment}
	return s.write(ctx, c, ofBase, nil, func(w *writer) (int, error) { return stream(ctx, src, w.add) })
}

// Of copies those of the base who are among the ids. It needs no database. The first error of ids ends it, and is in its
// error.
func (s *Shelf) Of(ctx context.Context, base Copy, segment string, ids iter.Seq2[int64, error]) (Copy, error) {
	c := Copy{At: base.At, Of: base.ID, Segment: segment}
	return s.write(ctx, c, ofBase, nil, func(w *writer) (int, error) { return 0, w.addAll(ids) })
}

func (w *writer) addAll(ids iter.Seq2[int64, error]) error {
	for id, err := range ids {
		if err == nil {
			err = w.add(person{id: id})
		}
		var ours *Error
		switch {
		case errors.As(err, &ours):
			return err
		case err != nil:
			return &Error{Sentence: "the list of ids could not be read to its end", Hint: "ask again", Cause: err}
		}
	}
	return nil
}

// write makes a copy of what fill puts into it.
func (s *Shelf) write(ctx context.Context, c Copy, into sink, progress func(int), fill func(*writer) (nulls int, err error)) (Copy, error) {
	base, err := s.base(c)
	if err != nil {
		return Copy{}, err
	}
	h, err := s.half(base)
	if err != nil {
		return Copy{}, err
	}
	defer h.drop()
	w := &writer{half: h, ctx: ctx, into: into, progress: progress}
	if c.Nulls, err = fill(w); err != nil {
		return Copy{}, err
	}
	return w.finish(c)
}

// base is the file of the copy that c is narrowed from, if it is.
func (s *Shelf) base(c Copy) (string, error) {
	if c.Of == "" {
		return "", nil
	}
	base := Copy{ID: c.Of}
	_, err := s.facts(c.Of)
	if err != nil {
		return "", unread(base, err)
	}
	return s.Path(base), nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
