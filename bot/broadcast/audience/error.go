package audience

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNobody is in the error when there would be nobody in a copy; none is made then.
var ErrNobody = errors.New("nobody")

// Error says why there is no copy: a sentence and a hint for people, the cause for operators. None of them holds anything
// of a row: a server's own messages may, and are not repeated.
type Error struct {
	Sentence string
	Hint     string
	Away     bool // the database is away, or too busy: the last copy has to do
	Cause    error
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Sentence
	}
	return e.Sentence + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// cancelled is what to say when whoever asked for it ended it.
func cancelled(ctx context.Context) error {
	return &Error{Sentence: "the copy was not made: it was cancelled", Hint: "ask again", Cause: context.Cause(ctx)}
}

// unwritten is what to say when our own disk does not take it.
func unwritten(err error) error {
	if err == nil {
		return nil
	}
	var ours *Error
	if errors.As(err, &ours) {
		return err
	}
	e := &Error{Sentence: "the copy of the audience cannot be written", Hint: "look at the state folder's disk, owner and mode", Cause: err}
	if isFull(err) {
		e.Sentence, e.Hint = "there is no room for a copy of the audience", "make room on the disk of the state folder"
	}
	return e
}

func isFull(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_FULL { // the primary code, https://www.sqlite.org/rescode.html
		return true
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// unread is what to say when a copy that should be there cannot be read.
func unread(c Copy, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{Sentence: "the copy " + c.ID + " of the audience is no longer there", Hint: "take a new one", Cause: fs.ErrNotExist}
	}
	return &Error{Sentence: "the copy " + c.ID + " of the audience cannot be read", Hint: "take a new one", Cause: err}
}
