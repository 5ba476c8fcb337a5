package actions

import (
	"maps"
	"slices"
)

// A database has to be put right before anything may start again. So what stops the service, does its work and starts it can
// leave it stopped: a parameter says so, and under a lockdown that is what is meant when nobody says otherwise.

// Then is the parameter that says what the service does at the end; thenStopped is its value with which nothing starts.
const (
	Then        = "then"
	thenStopped = "stopped"
)

// Quiet is the action to bind what was typed with: under a lockdown, one that can leave the service stopped does by default.
func (s *State) Quiet(a Action) Action {
	i := slices.IndexFunc(a.Params, func(p Param) bool { return p.Name == Then && slices.Contains(p.Values, thenStopped) })
	if i < 0 || s.lockdown == nil {
		return a
	}
	a.Params = slices.Clone(a.Params)
	a.Params[i].Default = thenStopped
	return a
}

// Unsaid are the arguments without that one, if it is only the default: who asks again under a lockdown has not said it.
func (a Action) Unsaid(args Args) Args {
	args = maps.Clone(args)
	for _, p := range a.Params {
		if p.Name == Then && args[Then] == p.Default {
			delete(args, Then)
		}
	}
	return args
}

// byDefault are the steps that are done when nobody says more. They no longer depend on arguments.
func (a Action) byDefault() []Step {
	args := Args{}
	for _, p := range a.Params {
		args[p.Name] = p.Default
	}
	var steps []Step
	for _, s := range a.Steps {
		if s.among(args) {
			s.When = nil
			steps = append(steps, s)
		}
	}
	return steps
}
