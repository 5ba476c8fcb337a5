package step

import (
	"testing"
	"time"

	"twokey/internal/proc"
)

// node starts as "node" and then gives itself another title: that is one start, not two.
func TestATitleThatChangesIsNoRestart(t *testing.T) {
	w := watch{settled: map[string]settled{}}
	now := time.Now()
	for i, name := range []string{"node", "MainThread", "shop"} {
		w.steady([]unit{{ID: "0", Up: true, Procs: []proc.Process{{PID: 7, Name: name, Start: 99}}}}, now.Add(time.Duration(i)*time.Second))
	}
	if n := w.settled["0"].starts; n != 1 {
		t.Errorf("%d starts, want 1", n)
	}
	w.steady([]unit{{ID: "0", Up: true, Procs: []proc.Process{{PID: 7, Name: "shop", Start: 100}}}}, now)
	if n := w.settled["0"].starts; n != 2 {
		t.Errorf("%d starts after a process with the same pid but a later start, want 2", n)
	}
}
