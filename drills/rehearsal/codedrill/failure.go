package codedrill

import (
	"context"
	"errors"

	"twokey/internal/proc"
)

// failure is why something cannot be: a sentence and a hint for people, and a cause for operators.
type failure struct {
	sentence, hint string
	cause          error
}

func (f *failure) Error() string {
	if f.cause == nil {
		return f.sentence
	}
	return f.sentence + ": " + f.cause.Error()
}

func (f *failure) Unwrap() error { return f.cause }

// forPeople is what people are told of an error.
func forPeople(err error) (why, hint string) {
	var f *failure
	var p *proc.Error
	switch {
	case errors.As(err, &f):
		return f.sentence, f.hint
	case errors.As(err, &p):
		return p.Sentence, p.Hint
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "it was stopped", ""
	}
	return "it could not be done", "see twokey's log"
}
