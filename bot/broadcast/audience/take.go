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
	return s.write(ctx, c, "", progress, func(w *writer) (int, error) { return stream(ctx, src, w.add) })
}

// Narrow copies those of the base whose id the query gives, with the languages of the base.
func (s *Shelf) Narrow(ctx context.Context, base Copy, segment string, src Source) (Copy, error) {
	c := Copy{Query: digest(src.Query), Segment: segment}
	return s.narrow(ctx, base, c, func(w *writer) (int, error) { return stream(ctx, src, w.add) })
}

// Of copies those of the base who are among the ids. It needs no database. The first error of ids ends it, and is in its
// error.
func (s *Shelf) Of(ctx context.Context, base Copy, segment string, ids iter.Seq2[int64, error]) (Copy, error) {
	return s.narrow(ctx, base, Copy{Segment: segment}, func(w *writer) (int, error) { return 0, w.addAll(ids) })
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

// narrow makes a copy of those of the base whom fill names. They are users as of the base's time, whenever that is done.
func (s *Shelf) narrow(ctx context.Context, base, c Copy, fill filler) (Copy, error) {
	if _, err := s.facts(base.ID); err != nil {
		return Copy{}, unread(base, err)
	}
	c.At, c.Of = base.At, base.ID
	return s.write(ctx, c, s.Path(base), nil, fill)
}

// filler puts people into a copy, and says how many rows had no id.
type filler func(*writer) (nulls int, err error)

// write makes a copy of those whom fill names: all, or, when there is the file of a base, those of the base.
func (s *Shelf) write(ctx context.Context, c Copy, base string, progress func(int), fill filler) (Copy, error) {
	h, err := s.half(base)
	if err != nil {
		return Copy{}, err
	}
	defer h.drop()
	w := &writer{half: h, ctx: ctx, into: everybody, progress: progress}
	if base != "" {
		w.into = ofBase
	}
	if c.Nulls, err = fill(w); err != nil {
		return Copy{}, err
	}
	return w.finish(c)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
