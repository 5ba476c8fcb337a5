package actions

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twokey/actions/step"
	"twokey/auth"
)

// service is one with a process, found where it is not.
var service = step.Site{
	Dir:      "/",
	Process:  step.ProcessConfig{Manager: "custom", Name: "shop", Custom: step.CustomConfig{Start: []string{"s"}, Stop: []string{"s"}, Status: []string{"s"}}},
	Checks:   []step.Check{{Name: "users", SQL: "SELECT 1"}},
	LookPath: func(name string) (string, error) { return "/bin/" + name, nil },
}

func catalogueWith(t *testing.T, site step.Site, own map[Name]Definition) Catalogue {
	t.Helper()
	people, err := auth.NewDirectory([]auth.Person{
		{Name: "ann", Accounts: []auth.Account{11}, Roles: []auth.Role{"admin"}},
		{Name: "bob", Accounts: []auth.Account{12}, Roles: []auth.Role{"admin"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCatalogue(Source{Own: own, People: people, Site: site, Default: auth.Rule{Approvals: 1, AskWithin: 1e9, StartWithin: 1e9,
		MayAsk: []auth.Role{"admin"}, MayApprove: []auth.Role{"admin"}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEveryChangeEndsWithALook: once, and a start wants the service up. What does less, looks or only decides has none.
func TestEveryChangeEndsWithALook(t *testing.T) {
	exec := func(effect string) StepDefinition {
		return StepDefinition{Kind: "exec", Work: &step.Exec{Argv: []string{"warm"}, Effect: effect}}
	}
	own := map[Name]Definition{
		"warm": {Summary: "Warm", Steps: []StepDefinition{exec("")}},
		"own":  {Summary: "Looks by itself", Steps: []StepDefinition{exec(""), {Kind: "verify", Work: &step.Verify{Up: true}}}},
		"peek": {Summary: "Look", Effect: Read, Steps: []StepDefinition{exec("")}},
		"copy": {Summary: "Copy", Effect: Protect, Steps: []StepDefinition{exec("")}},
		"said": {Summary: "A change that only looks", Effect: Change, Steps: []StepDefinition{exec("read")}},
	}
	got := map[Name]string{}
	for _, a := range catalogueWith(t, service, own).All() {
		var kinds []string
		for _, s := range a.Steps {
			kind := s.Kind
			var v step.Verify
			if kind == verifyKind && json.Unmarshal(s.Body, &v) == nil && v.Up {
				kind += "(up)"
			}
			kinds = append(kinds, kind)
		}
		got[a.Name] = strings.Join(kinds, " ")
	}
	want := map[Name]string{"stop": "process", "start": "process verify(up)", "restart": "process process verify(up)", "verify": "verify",
		"warm": "exec verify", "own": "exec verify(up)", "peek": "exec", "copy": "exec", "said": "exec"}
	for name, kinds := range want {
		if got[name] != kinds {
			t.Errorf("/%s has %s, want %s", name, got[name], kinds)
		}
	}
	decides := Action{Name: "lift", Effect: Change, Steps: []Step{{Kind: "verify", Effect: Read}, {Kind: Decision, Effect: Change}}}
	before := slices.Clone(decides.Steps)
	if err := (Source{Site: service}).verifyAtEnd(&decides); err != nil || !cmp.Equal(decides.Steps, before) {
		t.Errorf("an action that only decides looks at its end: %v, %v", decides.Steps, err)
	}
}

func TestVerifyIsForOnePersonAndNeverChanges(t *testing.T) {
	v, ok := catalogueWith(t, service, nil).Get("verify")
	if !ok || v.Effect != Read || !v.Rule.Alone || !v.Steps[0].Repeatable() || v.Starts() || !strings.Contains(string(v.Steps[0].Body), `"report":true,"people":true`) {
		t.Errorf("/verify: %+v", v)
	}
}
