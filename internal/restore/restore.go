// Package restore is the service's database on its server: a copy beside it, the switch, the one from before, and the way
// back. A copy is made from nothing and loaded by a role that has no rights on anything else; when it is what it should be it
// gets the owners, grants and settings of the present one; the switch renames both in one transaction behind a closed gate.
// The database from before is kept, closed, and the way back is the same switch.
//
// What a crash left is told from the server's catalogue alone.
package restore

import (
	"context"
	"fmt"
	"time"

	"twokey/internal/pgtools"
	"twokey/internal/secret"
)

// Server is where the service's database is, and as whom to work there.
type Server struct {
	// Admin reaches the database postgres as ops_restore; Load is ops_load's address and Read ops_read's.
	Admin, Load, Read secret.Value
	// Service is the service's own address as it is now: it says which database is the service's.
	Service func() (secret.Value, error)
	Tools   pgtools.Tools
	// Tag marks sessions and programs, so that what survives a crash of ours is found.
	Tag string
	// Timeout bounds one load; zero: a day.
	Timeout time.Duration
	// Free is how much is free where a folder is, in bytes; nil: asked of the kernel.
	Free func(path string) (uint64, error)
	// Passed is called after each step of a switch that the server has done, with the step's name; an error stops there. Tests
	// use it to break things.
	Passed func(step string) error
}

// maxLoad is how long a load may take when nobody says otherwise.
const maxLoad = 24 * time.Hour

func (s Server) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return maxLoad
}

// Error is why something was not done: a sentence and a hint for people, the cause for the operator.
type Error struct {
	Sentence string
	Hint     string
	Cause    error
	// Away: the server could not be asked, or went away meanwhile. The same may succeed when it is back.
	Away bool
	// Unknown: a switch broke, and whether it was done could not be found out.
	Unknown bool
	// Skippable are the entries of a backup that keep it from being loaded; with them in Options.Skip it is tried without.
	Skippable []string
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Sentence
	}
	return e.Sentence + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// fail is an *Error whose cause is the server's: what it says is a part of the sentence where it holds no data.
func fail(ctx context.Context, err error, hint, format string, args ...any) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &Error{Sentence: fmt.Sprintf(format, args...) + ": " + why(err), Hint: hint, Cause: unwrapped(err), Away: away(err)}
}

func refuse(hint, format string, args ...any) error {
	return &Error{Sentence: fmt.Sprintf(format, args...), Hint: hint}
}
