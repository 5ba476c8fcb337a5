// Package actions is what may be done: the catalogue of actions, the requests people make, and the runs they become.
//
// State is a fold of the journal (Apply); Ask, Planned, Vote, Cancel, Start, Finish and the other decisions are pure
// functions of that state and now, each giving the one entry that says it. Runner makes the world follow: it plans what
// is asked and runs what is approved. The package knows actions and people, but not chats.
package actions

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"twokey/actions/step"
	"twokey/auth"
)

// Name is an action's name: what is typed after the slash.
type Name string

// Effect says what an action does to production.
type Effect string

// The effects. Read looks; Protect adds beside production; Stop makes it do less; Change is the rest.
const (
	Read    Effect = "read"
	Protect Effect = "protect"
	Stop    Effect = "stop"
	Change  Effect = "change"
)

// MayBeAlone says whether one person may do things of this effect when a rule says so.
func (e Effect) MayBeAlone() bool { return e == Read || e == Protect || e == Stop }

// Touch is something an action locks while it runs: app, database, code or config.
type Touch string

// App is what a stop holds and a start needs; Database is the service's.
const (
	App      Touch = "app"
	Database Touch = "database"
)

// Touches are all there are.
var touches = []Touch{App, Database, "code", "config"}

// Action is an entry of the catalogue, complete: loaded, checked, with its rule. It is written into the journal as it is.
type Action struct {
	Name        Name      `json:"name"`
	Summary     string    `json:"summary"`
	Effect      Effect    `json:"effect"`
	Destructive bool      `json:"destructive,omitempty"`
	Params      []Param   `json:"params,omitempty"`
	Touches     []Touch   `json:"touches,omitempty"`
	Steps       []Step    `json:"steps"`
	Rule        auth.Rule `json:"rule"`
	// Undo names the action that takes this one back; empty when nothing does, and cards say so.
	Undo Name `json:"undo,omitempty"`
	// Locking: it sets or lifts the lockdown. Confirm: what it finds counts when another person confirms it. Why: whoever asks
	// has to say a reason.
	Locking Locking `json:"lockdown,omitempty"`
	Confirm bool    `json:"confirm,omitempty"`
	Why     bool    `json:"why,omitempty"`
}

// Locks says whether the two touch something in common.
func (a Action) Locks(b Action) bool {
	return slices.ContainsFunc(a.Touches, func(t Touch) bool { return slices.Contains(b.Touches, t) })
}

// Starts says whether one of its steps would start the service.
func (a Action) Starts() bool {
	return slices.ContainsFunc(a.Steps, func(s Step) bool { return s.Starts })
}

// StartsWith says whether one of the steps that are done with these arguments would start the service.
func (a Action) StartsWith(args Args) bool {
	return slices.ContainsFunc(a.Steps, func(s Step) bool { return s.Starts && s.among(args) })
}

// Expect is how long all steps are expected to take; 0 when one of them does not know.
func (a Action) Expect() time.Duration {
	var sum time.Duration
	for _, s := range a.Steps {
		if s.Expect == 0 {
			return 0
		}
		sum += s.Expect
	}
	return sum
}

// Step is one thing an action does: what people read about it, and the work itself as the journal keeps it.
type Step struct {
	Kind   string `json:"kind"`
	Title  string `json:"title"`
	Effect Effect `json:"effect"`
	Starts bool   `json:"starts,omitempty"`
	// Ahead steps come first and may run while the request is pending or approved: they only add beside production, and
	// any end but success drops what they made.
	Ahead bool `json:"ahead,omitempty"`
	// When is the arguments with which it is one of the steps; without any, it always is. Behind a ! stands what one must not be.
	When   Args          `json:"when,omitempty"`
	Expect time.Duration `json:"expect,omitempty"`
	// Decides: all it does is its entry.
	Decides bool            `json:"decides,omitempty"`
	Body    json.RawMessage `json:"body"`
}

// Decision is the kind of a step that is only its entry: nothing is done, somebody said so.
const Decision = "decision"

// Repeatable says whether the machine may do the step again by itself after a crash.
func (s Step) Repeatable() bool { return s.Effect == Read || s.Decides }

// among says whether it is one of the steps with these arguments.
func (s Step) among(args Args) bool {
	for name, value := range s.When {
		value, not := strings.CutPrefix(value, "!")
		if (args[name] == value) == not {
			return false
		}
	}
	return true
}

// Work decodes the step into what does it.
func (s Step) Work() (step.Kind, error) {
	k, err := step.Decode(s.Kind, s.Body)
	if err != nil {
		return nil, fmt.Errorf("step %q: %w", s.Title, err)
	}
	return k, nil
}

// NewStep writes the work down as a step.
func NewStep(kind string, work step.Kind) (Step, error) {
	body, err := json.Marshal(work)
	if err != nil {
		return Step{}, fmt.Errorf("step %s: %w", kind, err)
	}
	about := work.About()
	return Step{Kind: kind, Title: about.Title, Effect: Effect(about.Effect), Starts: about.Starts, Expect: about.Expect, Decides: about.Decides,
		Body: body}, nil
}

// bound returns the step with the arguments in their places.
func (s Step) bound(args Args) (Step, error) {
	if s.Kind == Decision {
		return s, nil
	}
	work, err := s.Work()
	if err != nil {
		return Step{}, err
	}
	if work, err = work.Bind(args); err != nil {
		return Step{}, err
	}
	b, err := NewStep(s.Kind, work)
	b.Ahead, b.Effect, b.When = s.Ahead, s.Effect, s.When // what the action declared stays
	b.Expect = max(b.Expect, s.Expect)
	return b, err
}
