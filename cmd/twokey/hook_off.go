//go:build !crash

package main

import (
	"time"

	"twokey/internal/journal"
)

// hookStore is where a build for crash tests puts its hook; the product has none.
func hookStore(s journal.Store) journal.Store { return s }

func hookSwitch() func(step string) error { return nil }

// hookClock is the journal's clock.
func hookClock() func() time.Time { return time.Now }
