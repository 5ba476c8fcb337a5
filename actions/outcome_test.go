package actions

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOutcomes counts every end, and what is open not.
func TestOutcomes(t *testing.T) {
	x := sit(t)
	id := x.approved("ann", cache)
	x.start(id, pin)
	x.finish(id, 0, Result{})
	id = x.approved("ann", stopApp)
	x.start(id, pin)
	x.finish(id, 0, Result{Error: "it did not stop"})
	id = x.mustAsk("ann", cache)
	if err := x.cancel(id, "ann"); err != nil {
		t.Fatal(err)
	}
	id = x.mustAsk("ann", cache)
	x.plan(id)
	x.clock.add(rule.AskWithin)
	x.tick()
	x.mustAsk("bob", cache)
	want := map[Outcome]uint64{{"cache", Succeeded}: 1, {"stop", Failed}: 1, {"cache", Cancelled}: 1, {"cache", Expired}: 1}
	if diff := cmp.Diff(want, x.state.Outcomes()); diff != "" {
		t.Errorf("Outcomes (-want +got):\n%s", diff)
	}
}
