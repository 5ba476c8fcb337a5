package actions

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"twokey/actions/step"
)

//go:embed catalogue.yaml
var builtIn []byte

// Definition is an action as it is written in YAML, before programs are resolved and the rule is known.
type Definition struct {
	Summary     string           `yaml:"summary"`
	Effect      Effect           `yaml:"effect"`
	Destructive bool             `yaml:"destructive"`
	Params      Params           `yaml:"params"`
	Touches     []Touch          `yaml:"touches"`
	Steps       []StepDefinition `yaml:"steps"`
	Undo        Name             `yaml:"undo"`
	Locking     Locking          `yaml:"lockdown"` // built-in actions only, as all below
	Confirm     bool             `yaml:"confirm"`
	Why         bool             `yaml:"why"`
	Alone       bool             `yaml:"alone"` // it is one person's, unless a rule says otherwise
	Needs       []string         `yaml:"needs"` // what the config has to name, or there is no such action; see step.Site
}

// BuiltIn gives the catalogue that is in the binary. The map is the caller's; what is in it is everybody's, and is not changed.
func BuiltIn() (map[Name]Definition, error) {
	defs, err := readBuiltIn()
	return maps.Clone(defs), err
}

// readBuiltIn is done once: it takes longer than all else in a config.
var readBuiltIn = sync.OnceValues(func() (map[Name]Definition, error) {
	defs := map[Name]Definition{}
	if err := yaml.UnmarshalWithOptions(builtIn, &defs, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("built-in catalogue: %w", err)
	}
	return defs, nil
})

// Params are an action's parameters in the order they are written, which is the order bare words are read in.
type Params []Param

// UnmarshalYAML reads a mapping from name to parameter and keeps its order.
func (p *Params) UnmarshalYAML(decode func(any) error) error {
	var order yaml.MapSlice
	if err := decode(&order); err != nil {
		return err
	}
	var byName map[string]Param
	if err := decode(&byName); err != nil {
		return err
	}
	for _, item := range order {
		name := fmt.Sprint(item.Key)
		one := byName[name]
		one.Name = name
		*p = append(*p, one)
	}
	return nil
}

// StepDefinition is one step as it is written: a mapping with one key, the kind of work, over the work itself, and
// perhaps ahead: true, when: the arguments with which it is one of the steps, and expect: how long it usually takes.
type StepDefinition struct {
	Kind   string
	Work   step.Kind
	Ahead  bool
	When   Args
	Expect time.Duration
}

// UnmarshalYAML finds the kind by its name and has it read its own part, unknown keys refused.
func (d *StepDefinition) UnmarshalYAML(decode func(any) error) error {
	var keys map[string]any
	if err := decode(&keys); err != nil {
		return err
	}
	delete(keys, "ahead")
	delete(keys, "when")
	delete(keys, "expect")
	if len(keys) != 1 {
		return errors.New("a step has one key, its kind of work, such as exec: {run: [/usr/bin/true]}")
	}
	for kind := range keys {
		work, known := step.New(kind)
		if !known {
			return fmt.Errorf("unknown kind of step %q", kind)
		}
		return d.decodeWork(kind, work, decode)
	}
	return nil
}

// decodeWork gives the decoder a struct that has the kind's own type under the kind's key, so that it decodes into it in
// place and with lines.
func (d *StepDefinition) decodeWork(kind string, work step.Kind, decode func(any) error) error {
	typed := reflect.New(reflect.StructOf([]reflect.StructField{
		{Name: "Ahead", Type: reflect.TypeFor[bool](), Tag: `yaml:"ahead"`},
		{Name: "When", Type: reflect.TypeFor[map[string]string](), Tag: `yaml:"when"`},
		{Name: "Expect", Type: reflect.TypeFor[time.Duration](), Tag: `yaml:"expect"`},
		{Name: "Work", Type: reflect.TypeOf(work), Tag: reflect.StructTag(fmt.Sprintf(`yaml:%q`, kind))},
	})).Elem()
	if err := decode(typed.Addr().Interface()); err != nil {
		return err
	}
	value := typed.Field(3)
	if value.Kind() == reflect.Pointer && value.IsNil() {
		return fmt.Errorf("step %s: is empty", kind)
	}
	work, _ = value.Interface().(step.Kind)
	when, _ := typed.Field(1).Interface().(map[string]string)
	*d = StepDefinition{Kind: kind, Work: work, Ahead: typed.Field(0).Bool(), When: when, Expect: time.Duration(typed.Field(2).Int())}
	return nil
}
