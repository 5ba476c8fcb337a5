//go:build !crash

package main

import "twokey/internal/journal"

// hookStore is where a build for crash tests puts its hook; the product has none.
func hookStore(s journal.Store) journal.Store { return s }

func hookSwitch() func(step string) error { return nil }
