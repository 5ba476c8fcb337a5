package actions

import "testing"

// TestASafetyCopyComesFirst: an action that writes into the service's database makes a full backup before, whatever its
// arguments are. A switch needs none: the database from before is kept.
func TestASafetyCopyComesFirst(t *testing.T) {
	defs, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for name, def := range defs {
		copied := false
		for _, s := range def.Steps {
			copied = copied || s.Kind == "backup" && len(s.When) == 0 && s.Work.About().Title == "full backup into safety"
			if (s.Kind == "merge" || s.Kind == "migrate") && Effect(s.Work.About().Effect) == Change {
				if found++; !copied {
					t.Errorf("%s writes before its safety copy is made", name)
				}
			}
		}
	}
	if found != 3 {
		t.Errorf("%d actions write, not 3", found)
	}
}

func TestAStepForAllOtherArguments(t *testing.T) {
	s := Step{When: Args{"backup": "!before"}}
	for backup, want := range map[string]bool{"before": false, "latest": true, "": true} {
		if s.among(Args{"backup": backup}) != want {
			t.Errorf("with backup=%s it is one of the steps: %t", backup, !want)
		}
	}
}
