package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"twokey/actions"
)

// pressed is how many entries a panic has that is shown to its end, with some to spare: the ones after it crash nothing.
const pressedEntries = 9

// TestKillAtEveryEntryOfAPanic kills the real program with SIGKILL at each entry of a panic, just before it is written and
// just after it is durable, and starts it again. Whatever life hears it: the service is locked, the stop is not done twice
// by itself, a stop whose outcome nobody knows says so and one person presses again, and nothing starts.
func TestKillAtEveryEntryOfAPanic(t *testing.T) {
	var sum tally
	t.Run("entry", func(t *testing.T) {
		for round := range *rounds {
			for n := range pressedEntries {
				for _, when := range []string{"before", "after"} {
					crash := fmt.Sprintf("%s:%d", when, n+1)
					t.Run(fmt.Sprintf("%s, round %d", crash, round+1), func(t *testing.T) { killedInPanic(t, crash, &sum) })
				}
			}
		}
	})
	t.Logf("panics: %s", &sum)
}

func killedInPanic(t *testing.T, crash string, sum *tally) {
	t.Parallel()
	v := &victim{stage: openStage(t), action: "panic", crashes: []string{crash}, sum: sum}
	must(t, v.live())
	v.says("ann", []string{"/panic", "double", "payments"})
	must(t, v.whatever(func() error {
		return v.wait("the panic does not end", func() bool { return v.shows(v.admin, "pressed panic", "service down") || v.stoppedMidway() })
	}))
	if n := v.shop.count("stop"); n > 1 {
		t.Errorf("it was stopped %d times by itself", n)
	}
	if v.unknown != v.stoppedMidway() {
		t.Errorf("killed in the stop: %v; its card says so: %v", v.unknown, v.stoppedMidway())
	}
	if v.stoppedMidway() {
		sum.left.Add(1)
		v.says("bob", []string{"/panic", "again"})
		must(t, v.whatever(func() error { return v.tells(v.admin, "bob pressed panic", "service down") }))
	} else {
		sum.alone.Add(1)
	}
	v.says("cid", []string{"/start"})
	must(t, v.whatever(func() error { return v.tells(v.admin, "Locked since", "ann, /panic") }))
	must(t, v.disarm())
	must(t, until("the service is down", func() bool { return !v.shop.up() }))
	if n := v.shop.count("start"); n > 0 {
		t.Error("it was started")
	}
	must(t, v.stop())
	v.heardOnce(t)
}

func (v *victim) stoppedMidway() bool { return v.shows(v.admin, "pressed panic", "interrupted ·") }

// heardOnce says that what was said once was heard once, by whichever life.
func (v *victim) heardOnce(t *testing.T) {
	t.Helper()
	entries, err := v.entries()
	must(t, err)
	heard := 0
	for _, e := range entries {
		var b actions.Pressed
		if e.Kind == actions.KindPanic && json.Unmarshal(e.Body, &b) == nil && strings.Contains(b.Asked.Reason, "double payments") {
			heard++
		}
	}
	if heard != 1 {
		t.Errorf("ann pressed once, and the journal has it %d times", heard)
	}
}
