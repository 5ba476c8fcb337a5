package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// What two people decide about an exercise of a drill.
const (
	DrillSkip   = "skip"   // it is not done
	DrillMove   = "move"   // it is another time
	DrillAnyway = "anyway" // it may start although not all is well
)

// Drills finds out what two people would decide about an exercise, and says it in full. It holds no exercise.
type Drills interface {
	// Plan gives the facts that people decide on.
	Plan(ctx context.Context, d Drill) ([]Fact, error)
	// Decide gives what the entry says, for facts that were approved. Run is the request.
	Decide(ctx context.Context, d Drill, run uint64, facts []Fact) (DrillAgreed, error)
}

// DrillAgreed is what two people decided about an exercise.
type DrillAgreed struct {
	Do       string    `json:"do"`
	Exercise uint64    `json:"exercise"`
	To       time.Time `json:"to,omitzero"`
	Person   string    `json:"person"` // who asked for it
	Reason   string    `json:"reason"`
	People   int       `json:"people"`
	With     []string  `json:"with,omitempty"` // who agreed
	Red      []string  `json:"red,omitempty"`  // anyway: what they saw that is not well
}

// Drill decides about an exercise. It is a decision: all it does is its entry, and production has no part in it.
type Drill struct {
	Do       string `yaml:"do" json:"do"`
	Exercise string `yaml:"exercise" json:"exercise"`  // its number
	To       string `yaml:"to" json:"to,omitempty"`    // move: when
	Bound    bool   `yaml:"-" json:"bound,omitempty"`  // set by Bind: braces are now text
	Loaded   bool   `yaml:"-" json:"loaded,omitempty"` // set by Load
}

// Load marks it as loaded: what it needs is there when its action is.
func (d Drill) Load(Site) (Kind, error) {
	d.Loaded = true
	return &d, d.complete()
}

func (d Drill) complete() error {
	switch {
	case !d.Loaded:
		return errors.New("was not loaded")
	case !slices.Contains([]string{DrillSkip, DrillMove, DrillAnyway}, d.Do):
		return fmt.Errorf("do %q: is skip, move or anyway", d.Do)
	case d.Exercise == "":
		return errors.New("exercise: is missing")
	case (d.Do == DrillMove) != (d.To != ""):
		return errors.New("to: is for move, which needs it")
	}
	return wholes(d.Bound, d.Exercise, d.To)
}

// About says what it decides. It changes nothing of the service, and is a change so that it takes two.
func (d Drill) About() About {
	titles := map[string]string{DrillSkip: "skip the drill", DrillMove: "move the drill", DrillAnyway: "let the drill start although not all is well"}
	return About{Title: titles[d.Do], Effect: Change, Expect: time.Second, Decides: true}
}

// Placeholders are the names of its parameters.
func (d Drill) Placeholders() []string { return placeholders(d.Bound, d.Exercise, d.To) }

// Bind fills in its parameters. A step that is bound stays as it is.
func (d Drill) Bind(args map[string]string) (Kind, error) {
	if err := errors.Join(fillWhole(d.Bound, args, &d.Exercise), fillWhole(d.Bound, args, &d.To)); err != nil {
		return nil, err
	}
	d.Bound = true
	return &d, d.complete()
}

var errNoDrills = &Failure{Sentence: "there are no drills: the config names none", Hint: "see drills in the config"}

// PlansWithin is long enough to look both ways.
func (d Drill) PlansWithin() time.Duration { return time.Minute }

// Plan says what would be decided.
func (d Drill) Plan(ctx context.Context, env Env) ([]Fact, error) {
	if env.Drills == nil {
		return nil, errNoDrills
	}
	facts, err := env.Drills.Plan(ctx, d)
	return facts, failure(err, "what would be decided about the drill could not be found out", "")
}

// Run decides it.
func (d Drill) Run(ctx context.Context, env Env) error {
	if env.Drills == nil {
		return errNoDrills
	}
	agreed, err := env.Drills.Decide(ctx, d, env.Run, env.Facts)
	if err != nil {
		return failure(err, "the drill cannot be changed", "")
	}
	env.data(Data{Drill: &agreed})
	return nil
}
