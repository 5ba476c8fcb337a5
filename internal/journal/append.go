package journal

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limits of one call of the store. An append of some KiB takes a millisecond;
// after two seconds a person with a phone should be told.
const (
	appendLimit = 2 * time.Second
	readLimit   = time.Second
	// grace is what a store gets to come back after its context ended.
	grace = 200 * time.Millisecond
)

var (
	errHangs = errors.New("the store does not answer")
	errLate  = errors.New("an earlier entry landed late")
)

// doubt is what is not known about appends that went wrong.
//
// An append that failed may have landed, or may land later: a store that hangs
// writes when it wakes up, a server commits what its client gave up on. Two
// things keep this from making a second entry, or losing one. A store compares
// heads, so of all entries ever tried after one head at most one lands. And we
// know our own by their hashes, so we can tell a late one from a stranger's.
type doubt struct {
	tried map[Hash]bool // sealed after the present head, not known to be there; true: an owed one
	open  bool          // the store must be asked before the next append
	write <-chan error  // an append that has not returned
	read  <-chan answer // a read that has not returned
}

type answer struct {
	entry Entry // the one after our head; seq 0: there is none
	err   error
}

// append seals a line after the head, makes it durable and folds it.
func (l *Log) append(ctx context.Context, now Now, cause string, ln line, isOwed bool) (Entry, error) {
	parts, err := l.decode(nil, ln.kind, ln.body)
	if err != nil {
		return Entry{}, fmt.Errorf("journal: draft: %w", err)
	}
	e := Seal(l.head, now.Time, ln.kind, ln.actor, cause, ln.body)
	if l.doubt.tried == nil {
		l.doubt.tried = make(map[Hash]bool)
	}
	l.doubt.tried[e.Hash] = isOwed
	if err := l.write(ctx, l.head, e); err == nil {
		l.adopt(e, parts)
	} else if err := l.explain(ctx, e, err); err != nil {
		return Entry{}, err
	}
	return e, nil
}

// write calls the store, but not for longer than it may take: the call goes on
// in the background then, and doubt.write says when it has returned.
func (l *Log) write(ctx context.Context, head Head, e Entry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendLimit)
	done := make(chan error, 1)
	go func() {
		defer cancel()
		done <- l.store.Append(ctx, head, e)
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(appendLimit + grace):
		l.doubt.write = done
		return errHangs
	}
}

// explain finds out what became of e, whose append returned err, and returns
// nil if it is there and folded.
func (l *Log) explain(ctx context.Context, e Entry, err error) error {
	refuse := func(sentinel, err error) error {
		return fmt.Errorf("journal: append entry %d (%s): %w: %w", e.Seq, e.Kind, sentinel, err)
	}
	l.doubt.open = true
	switch asked := l.resolve(ctx); {
	case l.head == e.Head():
		return nil
	case errors.Is(asked, ErrClosed):
		return asked
	case l.head.Seq >= e.Seq:
		return refuse(ErrUnavailable, errLate)
	case asked == nil && errors.Is(err, ErrConflict): // not at our head, yet nothing after it
		return l.close(refuse(ErrClosed, err))
	}
	return refuse(ErrUnavailable, err)
}

// resolve asks the store what it has after our head, if that is in doubt, and
// adopts what of ours has landed. Its error wraps ErrUnavailable while there
// is no answer, or while an append is out that may still land.
func (l *Log) resolve(ctx context.Context) error {
	if !l.doubt.open {
		return nil
	}
	out := l.stillWriting() // before reading: what returns later may land later
	found := l.ask(ctx)
	switch {
	case found.err != nil:
		return fmt.Errorf("journal: read after entry %d: %w: %w", l.head.Seq, ErrUnavailable, found.err)
	case found.entry.Seq > 0:
		return l.adoptLate(found.entry)
	case out:
		return fmt.Errorf("journal: append after entry %d: %w: %w", l.head.Seq, ErrUnavailable, errHangs)
	}
	l.doubt.open = false // tried stays: a server may still commit one
	return nil
}

func (l *Log) stillWriting() bool {
	select {
	case <-l.doubt.write:
		l.doubt.write = nil
	default:
	}
	return l.doubt.write != nil
}

// ask reads the entry after the head. A read that hangs goes on in
// the background, and there is never more than one: its answer would be old.
func (l *Log) ask(ctx context.Context) answer {
	if l.doubt.read != nil {
		select {
		case <-l.doubt.read:
			l.doubt.read = nil
		default:
			return answer{err: errHangs}
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readLimit)
	done := make(chan answer, 1)
	go func(after uint64) {
		defer cancel()
		done <- readOne(ctx, l.store, after)
	}(l.head.Seq)
	select {
	case a := <-done:
		return a
	case <-time.After(readLimit + grace):
		l.doubt.read = done
		return answer{err: errHangs}
	}
}

func readOne(ctx context.Context, store Store, after uint64) answer {
	for e, err := range store.Read(ctx, after) {
		return answer{e, err}
	}
	return answer{}
}

// adoptLate takes the entry that the store has after our head: it is one of
// ours, or somebody else writes this journal.
func (l *Log) adoptLate(e Entry) error {
	parts, err := l.decode(nil, e.Kind, e.Body)
	if _, ours := l.doubt.tried[e.Hash]; !ours {
		err = fmt.Errorf("entry %d (%s, hash %s) was not written by this process", e.Seq, e.Kind, e.Hash.Short())
	} else if err == nil {
		err = e.Check(l.head) // the hash is ours; so must be what it is of
	}
	if err != nil {
		return l.close(fmt.Errorf("journal: after entry %d: %w: %w", l.head.Seq, ErrClosed, err))
	}
	l.adopt(e, parts)
	return nil
}

// adopt folds a durable entry of ours. With the head moved on nothing else that
// was tried can land any more, so all doubt ends.
func (l *Log) adopt(e Entry, parts []part) {
	if l.doubt.tried[e.Hash] {
		l.paid()
	}
	clear(l.doubt.tried)
	l.doubt.open, l.doubt.write = false, nil
	l.fold(e, parts)
}
