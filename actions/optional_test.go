package actions

import (
	"testing"

	"twokey/actions/step"
)

// TestStepsAboutWhatTheConfigDoesNotNameAreLeftOut: neither they nor the parameters that only they take, so that nobody can ask
// for what would not be done.
func TestStepsAboutWhatTheConfigDoesNotNameAreLeftOut(t *testing.T) {
	defs, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		site step.Site
		want bool
	}{{step.Site{}, false}, {step.Site{Queues: step.QueueConfig{Bot: true}}, true}, {step.Site{Queues: step.QueueConfig{Pattern: "bull:*:wait"}}, true}} {
		for _, name := range []Name{"restore", "switch_back", "unlock"} {
			def := Source{Site: c.site}.applying(defs[name])
			if has(def, "queue") != c.want || !has(def, "verify") {
				t.Errorf("%s with %+v: a step about queues: %v", name, c.site.Queues, !c.want)
			}
			if asks := hasParam(def, "queues"); asks != (c.want && name == "restore") {
				t.Errorf("%s with %+v: a parameter queues: %v", name, c.site.Queues, asks)
			}
			if name == "restore" && !hasParam(def, "service") { // only a when: takes it
				t.Error("a parameter that another step takes is gone")
			}
		}
	}
	own := Source{}.applying(Definition{Params: Params{{Name: "note"}}})
	if !hasParam(own, "note") {
		t.Error("a parameter that no step ever took is gone")
	}
	if !has(defs["restore"], "queue") || !hasParam(defs["restore"], "queues") {
		t.Error("the definition itself was changed")
	}
}

func has(def Definition, kind string) bool {
	for _, s := range def.Steps {
		if s.Kind == kind {
			return true
		}
	}
	return false
}

func hasParam(def Definition, name string) bool {
	for _, p := range def.Params {
		if p.Name == name {
			return true
		}
	}
	return false
}
