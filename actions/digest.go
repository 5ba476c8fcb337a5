package actions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"twokey/actions/step"
)

// digestTag is hashed first, so that a digest of ours is never a hash of anything else.
const digestTag = "twokey-plan-v1\x00"

// Digest is what an approval approves: SHA-256, in hex, over the action, its arguments, the steps as bound, the pinned facts
// and the limits. Facts that are only shown are not in it.
func Digest(a Asked, steps []Step, facts []step.Fact) string {
	plan := struct {
		Action   Action
		Args     Args
		Names    ID
		Lifts    ID
		At       time.Time
		Revision string
		Steps    []Step
		Facts    []step.Fact
	}{a.Action, a.Args, a.Names, a.Lifts, a.At, a.Revision, steps, fixed(facts)}
	// Marshalling cannot fail: maps are sorted, and there is nothing in it but strings, numbers and valid JSON.
	exact, err := json.Marshal(plan)
	if err != nil {
		panic("actions: a plan that cannot be encoded was bound: " + err.Error())
	}
	sum := sha256.Sum256(append([]byte(digestTag), exact...))
	return hex.EncodeToString(sum[:])
}

// fixed keeps of the facts what an approval fixes: pinned ones whole, of bounded ones the limit and not the measurement.
func fixed(facts []step.Fact) []step.Fact {
	var kept []step.Fact
	for _, f := range facts {
		switch f.Kind {
		case step.Pinned:
			kept = append(kept, f)
		case step.Bounded:
			f.Number, f.Value = 0, ""
			kept = append(kept, f)
		}
	}
	return kept
}

// drift finds the first fact that does not hold any more: one that is gone, one that is new and pinned, or one that
// measures otherwise.
func drift(was, is []step.Fact) (name, before, after string, found bool) {
	measured := map[string]step.Fact{}
	for _, f := range is {
		measured[f.Name] = f
	}
	for _, f := range was {
		m, there := measured[f.Name]
		delete(measured, f.Name)
		switch {
		case f.Kind == step.Shown:
		case !there:
			return f.Name, f.Allowed(), "not there any more", true
		case !f.Holds(m):
			return f.Name, f.Allowed(), m.Said(), true
		}
	}
	for _, m := range is {
		if _, unknown := measured[m.Name]; unknown && m.Kind != step.Shown {
			return m.Name, "not there", m.Said(), true
		}
	}
	return "", "", "", false
}
