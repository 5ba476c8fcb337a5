package journal

import (
	"sync/atomic"
	"time"
)

// Now is the one time of a decision: what deadlines are compared with, and
// the time of the entry it leads to.
//
// It is the later of the wall clock and of a steady clock, which started at
// Open at the later of the wall clock and the last entry, and has run since
// then however the wall clock was set. So setting a clock back makes nothing
// young again, while a machine that slept notices how late it is.
type Now struct {
	time.Time // UTC, cut to µs

	// Behind is how far the wall clock is behind the last entry; 0 when it is
	// not. Somebody should look at the clock before anything else happens.
	Behind time.Duration
}

// timekeeper makes Nows. Safe for use by several goroutines.
type timekeeper struct {
	clock   func() time.Time
	opened  time.Time    // clock's answer at the start, with its monotonic reading
	base    time.Time    // what opened stands for: never before the last entry
	elapsed atomic.Int64 // longest time since opened that was seen, in ns
}

// start begins to run, in a journal whose last entry has this time.
func (k *timekeeper) start(clock func() time.Time, last time.Time) {
	k.clock, k.opened = clock, clock()
	k.base = later(cut(k.opened), last)
}

func (k *timekeeper) now(last time.Time) Now {
	read := k.clock()
	wall := cut(read)
	steady := k.base.Add(k.since(read))
	return Now{Time: later(wall, cut(steady)), Behind: max(0, last.Sub(wall))}
}

// since returns the time since start. With time.Now as clock that is monotonic
// already; a clock without a monotonic reading may go back, this does not.
func (k *timekeeper) since(read time.Time) time.Duration {
	d := int64(read.Sub(k.opened))
	for {
		seen := k.elapsed.Load()
		if d <= seen {
			return time.Duration(seen)
		}
		if k.elapsed.CompareAndSwap(seen, d) {
			return time.Duration(d)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
