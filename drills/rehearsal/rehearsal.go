// Package rehearsal does the automatic steps of drills.
//
// A rehearsal never touches production and never reaches a user, by capability: what it works with is made of scratch values. No
// Kind holds the address of the production's database, the token of a bot, a sender, or a runner of actions, and no package below
// this one imports one that does; a test over the imports keeps it so.
//
// What a rehearsal makes is thrown away: after the steps, after an abort and after a crash the runner calls Clean, which proves
// that it is gone. So a crash needs no reasoning about how far a step came: everything is cleaned, and the automatic steps begin
// anew.
package rehearsal

import (
	"context"
	"io"
	"time"

	"twokey/drills"
)

// Env is what an automatic step works with.
type Env struct {
	Exercise uint64                   // its number; what is made carries it in its name
	Tag      string                   // "<journal>/<exercise>/<step>": children carry it as TWOKEY_RUN
	Output   io.Writer                // what programs print; never nil
	Progress func(line string)        // one line for people, the newest wins; never nil
	Before   map[string]*drills.Found // by key, what the steps of this exercise before it came to
	Started  time.Time                // when the exercise started
}

// Kind is the automatic part of a drill.
type Kind interface {
	// Script is what the drill consists of: automatic steps, and what people do and look at. It reads the world, read-only, for the
	// real values on the cards.
	Script(ctx context.Context) ([]drills.Step, error)
	// Look looks both ways: whether the rehearsal can be held now. It changes nothing.
	Look(ctx context.Context) []drills.Look
	// Do does one automatic step. What the step came to is in Found also when it failed. An error means that it failed; its text is
	// for the operator, Found.Why and Found.Hint are for people. When ctx ends it returns soon and leaves the rest to Clean.
	Do(ctx context.Context, env Env, key string) (drills.Found, error)
	// Clean ends and removes all that steps of this exercise may have made, in this life or another, and proves that it is gone; the
	// proof is a line for people. It may be called at any time, also when nothing was made, and it is safe to call it again.
	Clean(ctx context.Context, env Env) (proof string, err error)
}
