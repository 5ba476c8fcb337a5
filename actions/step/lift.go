package step

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// acceptNone is what is accepted when nobody says otherwise.
const acceptNone = "none"

// accepted are the keys of the checks that people accept although they are red.
func (v Verify) accepted() []string {
	var keys []string
	for _, k := range strings.Split(v.Accept, ",") {
		if k = CheckKey(k); k != "" && k != acceptNone && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// planLift looks at everything: what is red and was not accepted by name makes no plan. What was accepted is pinned as
// accepted, whatever it is by now: that it got better is no other plan.
func (v Verify) planLift(ctx context.Context, env Env) ([]Fact, error) {
	names, err := v.acceptedNames()
	if err != nil {
		return nil, err
	}
	list, err := v.look(ctx, env)
	if err != nil {
		return nil, err
	}
	if err := v.unaccepted(list); err != nil {
		return nil, err
	}
	var facts []Fact
	for _, name := range names {
		facts = append(facts, Fact{Name: "accepted although red: " + name, Kind: Pinned, Value: "accepted"})
	}
	for _, f := range list {
		if f.State != Open {
			facts = append(facts, Fact{Name: "check " + f.Name, Kind: Shown, Value: or(f.Value, string(f.State))})
		}
	}
	return facts, nil
}

// acceptedNames are the names behind the keys. A key that no check has is a mistake: whoever typed it meant another one.
func (v Verify) acceptedNames() ([]string, error) {
	var known, names []string
	byKey := map[string]string{}
	for _, c := range v.machine() {
		known = append(known, CheckKey(c.Name))
		byKey[CheckKey(c.Name)] = c.Name
	}
	for _, k := range v.accepted() {
		name, there := byKey[k]
		if !there {
			return nil, &Failure{Sentence: fmt.Sprintf("there is no check named %s to accept", k), Hint: "there are " + strings.Join(known, ", ")}
		}
		names = append(names, name)
	}
	return names, nil
}

// unaccepted is the failure of what is red and was not accepted by name; nil when there is nothing of the kind.
func (v Verify) unaccepted(list []Finding) error {
	keys := v.accepted()
	bad := slices.DeleteFunc(filterBad(list), func(f Finding) bool { return slices.Contains(keys, CheckKey(f.Name)) })
	if len(bad) == 0 {
		return nil
	}
	var red []string
	for _, f := range bad {
		red = append(red, CheckKey(f.Name))
	}
	keys = append(keys, red...)
	named := make([]string, len(bad))
	for i, f := range bad {
		named[i] = f.brief()
	}
	sentence := "1 check is red and not accepted: "
	if len(bad) > 1 {
		sentence = fmt.Sprintf("%d checks are red and not accepted: ", len(bad))
	}
	return &Failure{
		Sentence: sentence + strings.Join(named, ", "),
		Hint:     "make them green, or accept each by its name: /unlock accept=" + strings.Join(keys, ",") + " because …",
		Accept:   red,
	}
}
