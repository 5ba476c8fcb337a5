package actions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"twokey/actions/step"
	"twokey/auth"
)

// Catalogue is all actions, complete and checked. It does not change; a new config is a new Catalogue.
type Catalogue struct {
	actions map[Name]Action
	names   []Name
	off     map[Name]string
}

// Source is what a catalogue is made from.
type Source struct {
	Own      map[Name]Definition // the config's, beside the built-in ones
	Default  auth.Rule
	Rules    map[Name]auth.Partial
	People   auth.Directory
	Site     step.Site
	Reserved []Name // commands of the bot that an action may not take
}

// NewCatalogue loads every action: programs are resolved, rules completed, everything checked. It reports all that is
// wrong at once; each error begins with the action's name.
func NewCatalogue(src Source) (Catalogue, error) {
	defs, err := BuiltIn()
	if err != nil {
		return Catalogue{}, err
	}
	var errs []error
	for name, def := range src.Own {
		if _, taken := defs[name]; taken || slices.Contains(src.Reserved, name) {
			errs = append(errs, fmt.Errorf("action %s: the name is taken by a built-in one", name))
			continue
		}
		defs[name] = def
	}
	c := Catalogue{actions: map[Name]Action{}, off: map[Name]string{}}
	for _, name := range slices.Sorted(maps.Keys(defs)) {
		if missing := src.Site.Lacks(defs[name].Needs); missing != "" {
			c.off[name] = missing
			continue
		}
		c.names = append(c.names, name)
		a, err := src.load(name, defs)
		if err != nil {
			errs = append(errs, fmt.Errorf("action %s: %w", name, err))
		}
		c.actions[name] = a
	}
	return c, errors.Join(errs...)
}

// Get finds an action by its name.
func (c Catalogue) Get(name Name) (Action, bool) {
	a, ok := c.actions[name]
	return a, ok
}

// Off says what the config does not name that a built-in action needs; false when the action is not one of those.
func (c Catalogue) Off(name Name) (missing string, off bool) {
	missing, off = c.off[name]
	return missing, off
}

// All lists the actions by name.
func (c Catalogue) All() []Action {
	list := make([]Action, len(c.names))
	for i, n := range c.names {
		list[i] = c.actions[n]
	}
	return list
}

// Revision is a SHA-256, in hex, over every action with its rule and programs, and over the people: what an approval was
// given under.
func (c Catalogue) Revision(people []auth.Person) (string, error) {
	exact, err := json.Marshal(struct {
		Actions []Action
		People  []auth.Person
	}{c.All(), people})
	if err != nil {
		return "", fmt.Errorf("catalogue: %w", err)
	}
	sum := sha256.Sum256(exact)
	return hex.EncodeToString(sum[:]), nil
}

var actionName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

func (src Source) load(name Name, defs map[Name]Definition) (Action, error) {
	def := src.applying(defs[name])
	a := Action{Name: name, Summary: def.Summary, Effect: def.Effect, Destructive: def.Destructive, Params: def.Params,
		Touches: def.Touches, Undo: def.Undo, Locking: def.Locking, Confirm: def.Confirm, Why: def.Why}
	steps, err := src.loadSteps(def)
	a.Steps = steps
	if a.Effect == "" {
		a.Effect = strongest(steps)
	}
	if a.Locking == LockLift {
		a.Steps = append(a.Steps, Step{Kind: Decision, Title: "lift the lockdown", Effect: Change})
	}
	if err == nil {
		err = src.verifyAtEnd(&a)
	}
	a.Rule = src.rule(a, def.Alone)
	errs := []error{err, a.check(), wrap("rule", a.Rule.Check(src.People))}
	if _, there := defs[def.Undo]; def.Undo != "" && !there {
		errs = append(errs, fmt.Errorf("undo: there is no action %q", def.Undo))
	}
	return a, errors.Join(errs...)
}

func wrap(subject string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", subject, err)
}

// panicReviews is how many others look at a panic afterwards when the config does not say.
const panicReviews = 2

// rule completes what the config says. Without a word in it, looking and adding beside production is one person's, and so
// is panic, which others look at afterwards, and what the built-in catalogue says of.
func (src Source) rule(a Action, alone bool) auth.Rule {
	partial := src.Rules[a.Name]
	rule := partial.Over(src.Default)
	if partial.Alone == nil {
		rule.Alone = a.Effect == Read || a.Effect == Protect || a.Locking == LockSet || alone
	}
	if partial.Review == nil && a.Locking == LockSet {
		rule.Review = panicReviews
	}
	return rule
}

func (src Source) loadSteps(def Definition) ([]Step, error) {
	if len(def.Steps) == 0 {
		return nil, errors.New("has no steps")
	}
	var steps []Step
	var errs []error
	for i, d := range def.Steps {
		s, err := src.loadStep(d, def)
		if err != nil {
			errs = append(errs, fmt.Errorf("step %d (%s): %w", i+1, d.Kind, err))
			continue
		}
		steps = append(steps, s)
	}
	return steps, errors.Join(errs...)
}

// applying is the definition without the steps that are about something the config does not name, and without the parameters
// that only they take.
func (src Source) applying(def Definition) Definition {
	taken, gone := map[string]bool{}, map[string]bool{}
	var steps []StepDefinition
	for _, d := range def.Steps {
		o, may := d.Work.(step.Optional)
		names := taken
		if may && !o.Applies(src.Site) {
			names = gone
		} else {
			steps = append(steps, d)
		}
		if p, has := d.Work.(step.Parametric); has {
			for _, name := range p.Placeholders() {
				names[name] = true
			}
		}
		for name := range d.When {
			names[name] = true
		}
	}
	def.Steps = steps
	def.Params = slices.DeleteFunc(slices.Clone(def.Params), func(p Param) bool { return gone[p.Name] && !taken[p.Name] })
	return def
}

func (src Source) loadStep(d StepDefinition, def Definition) (Step, error) {
	work := d.Work
	if l, needs := work.(step.Loader); needs {
		loaded, err := l.Load(src.Site)
		if err != nil {
			return Step{}, err
		}
		work = loaded
	}
	s, err := NewStep(d.Kind, work)
	if err != nil {
		return Step{}, err
	}
	// An action that declares what it does speaks for its programs; what the kind of work knows better stays.
	if d.Kind == "exec" && def.Effect != "" && s.Effect == Change {
		s.Effect = def.Effect
	}
	if d.Ahead {
		if err := mayRunAhead(s, work); err != nil {
			return Step{}, err
		}
		s.Ahead = true
	}
	s.When = d.When
	if d.Expect > 0 {
		s.Expect = d.Expect
	}
	_, err = work.Bind(sample(def.Params))
	return s, err
}

// verifyAtEnd has a change end with a look at whether the service is well. An action that only decides has nothing to look
// at, and one that already looks is left as it is.
func (src Source) verifyAtEnd(a *Action) error {
	works := slices.ContainsFunc(a.Steps, func(s Step) bool { return s.Kind != Decision && !s.Decides && s.Effect != Read })
	nothing := src.Site.Process.Manager == "" && len(src.Site.Checks) == 0
	if a.Effect != Change || !works || nothing || a.Steps[len(a.Steps)-1].Kind == verifyKind {
		return nil
	}
	s, err := src.loadStep(StepDefinition{Kind: verifyKind, Work: &step.Verify{Up: a.Starts()}}, Definition{})
	if err == nil {
		a.Steps = append(a.Steps, s)
	}
	return err
}

// verifyKind is the kind of a step that looks whether the service is well.
const verifyKind = "verify"

// mayRunAhead: before anybody approved, only what looks, or adds beside production and can be thrown away.
func mayRunAhead(s Step, work step.Kind) error {
	drops, can := work.(step.Dropper)
	switch {
	case s.Effect == Read:
		return nil
	case s.Effect != Protect:
		return fmt.Errorf("ahead: only for effects read and protect; its effect is %s", s.Effect)
	case !can || !drops.Drops():
		return errors.New("ahead: what it makes must be dropped when the request ends; say how with drop: [program, argument]")
	}
	return nil
}

// sample gives every parameter a value, so that a placeholder nobody declared is found at load.
func sample(params []Param) Args {
	args := Args{}
	for _, p := range params {
		switch {
		case p.Default != "":
			args[p.Name] = p.Default
		case len(p.Values) > 0:
			args[p.Name] = p.Values[0]
		default:
			args[p.Name] = "1"
		}
	}
	return args
}

var strength = map[Effect]int{Read: 1, Protect: 2, Stop: 3, Change: 4}

func strongest(steps []Step) Effect {
	e := Read
	for _, s := range steps {
		if strength[s.Effect] > strength[e] {
			e = s.Effect
		}
	}
	return e
}

// check says what is wrong with the action itself.
func (a Action) check() error {
	var errs []error
	if !actionName.MatchString(string(a.Name)) {
		errs = append(errs, errors.New("a name is a small letter, then at most 31 small letters, digits and _"))
	}
	if a.Summary == "" {
		errs = append(errs, errors.New("has no summary: people approve what they can read"))
	}
	if strength[a.Effect] == 0 {
		errs = append(errs, fmt.Errorf("effect %q is not one of read, protect, stop, change", a.Effect))
	}
	if s := strongest(a.Steps); strength[s] > strength[a.Effect] {
		errs = append(errs, fmt.Errorf("declares effect %s, but a step's effect is %s", a.Effect, s))
	}
	if a.Rule.Alone && !a.Effect.MayBeAlone() {
		errs = append(errs, fmt.Errorf("rule: alone is only for read, protect and stop; its effect is %s", a.Effect))
	}
	if !a.aheadFirst() {
		errs = append(errs, errors.New("steps that run ahead come before all others"))
	}
	if a.Locking == LockSet && !a.Rule.Alone {
		errs = append(errs, errors.New("rule: alone: panic is always one person's; say how many look at it afterwards with review"))
	}
	for _, t := range a.Touches {
		if !slices.Contains(touches, t) {
			errs = append(errs, fmt.Errorf("touches %q, which is not one of %v", t, touches))
		}
	}
	for _, p := range a.Params {
		errs = append(errs, p.Check())
		if p.Name == "at" {
			errs = append(errs, errors.New("parameter at: the name is taken: at=03:00 is when an approved request starts"))
		}
	}
	return errors.Join(errs...)
}
