package actions

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Args are an action's arguments, parsed: one value for every parameter that has one, in its canonical form.
type Args map[string]string

// ParamType says how a parameter's text is read.
type ParamType string

// The types of parameters.
const (
	Choice  ParamType = "choice"  // one of Values
	Integer ParamType = "integer" // within Min and Max
	Text    ParamType = "text"    // one line, matching Pattern as a whole
	RunID   ParamType = "run"     // the number of a request
	// BackupID is a backup: its id, latest or safety. Which there are, only the folders know.
	BackupID ParamType = "backup"
)

// maxText is the longest text argument, in characters: more does not fit a card.
const maxText = 200

// Param is one parameter of an action.
type Param struct {
	Name    string    `json:"name" yaml:"-"`
	Type    ParamType `json:"type" yaml:"type"`
	Values  []string  `json:"values,omitempty" yaml:"values"`
	Default string    `json:"default,omitempty" yaml:"default"`
	Pattern string    `json:"pattern,omitempty" yaml:"pattern"`
	Min     *int64    `json:"min,omitempty" yaml:"min"`
	Max     *int64    `json:"max,omitempty" yaml:"max"`
	Summary string    `json:"summary,omitempty" yaml:"summary"`
}

// backupID is how backups are called: small letters, digits, dashes and dots, as a phone can type them.
var backupID = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)

// Takes says whether the parameter is there and of the type.
func (a Action) Takes(param string, t ParamType) bool {
	return slices.ContainsFunc(a.Params, func(p Param) bool { return p.Name == param && p.Type == t })
}

var paramName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// Check says what is wrong with the parameter as it is declared.
func (p Param) Check() error {
	if !paramName.MatchString(p.Name) {
		return fmt.Errorf("parameter %q: a name is a small letter, then small letters, digits and _", p.Name)
	}
	var err error
	switch p.Type {
	case Choice:
		if len(p.Values) == 0 {
			err = errors.New("a choice needs values")
		}
	case Text:
		_, err = regexp.Compile(p.Pattern)
	case Integer, RunID, BackupID:
	default:
		err = fmt.Errorf("type %q is not one of choice, integer, text, run", p.Type)
	}
	if err == nil && p.Default != "" {
		_, err = p.parse(p.Default)
	}
	if err != nil {
		return fmt.Errorf("parameter %s: %w", p.Name, err)
	}
	return nil
}

// parse gives the canonical form of a typed value, or says what it should have been.
func (p Param) parse(typed string) (string, error) {
	switch p.Type {
	case Choice:
		if slices.Contains(p.Values, typed) {
			return typed, nil
		}
		return "", fmt.Errorf("is one of %s", strings.Join(p.Values, ", "))
	case Integer:
		return p.parseInteger(typed)
	case RunID:
		n, err := strconv.ParseUint(strings.TrimPrefix(typed, "#"), 10, 64)
		if err != nil || n == 0 {
			return "", errors.New("is the number of a run, such as 1287")
		}
		return strconv.FormatUint(n, 10), nil
	case BackupID:
		if typed = strings.ToLower(typed); !backupID.MatchString(typed) {
			return "", errors.New("is a backup, such as 24nov-0400 or latest; see /backups")
		}
		return typed, nil
	default:
		return p.parseText(typed)
	}
}

func (p Param) parseInteger(typed string) (string, error) {
	n, err := strconv.ParseInt(typed, 10, 64)
	if err != nil {
		return "", errors.New("is a whole number")
	}
	if p.Min != nil && n < *p.Min {
		return "", fmt.Errorf("is at least %d", *p.Min)
	}
	if p.Max != nil && n > *p.Max {
		return "", fmt.Errorf("is at most %d", *p.Max)
	}
	return strconv.FormatInt(n, 10), nil
}

func (p Param) parseText(typed string) (string, error) {
	most := int64(maxText)
	if p.Max != nil {
		most = *p.Max
	}
	if int64(utf8.RuneCountInString(typed)) > most {
		return "", fmt.Errorf("has at most %d characters", most)
	}
	if strings.ContainsFunc(typed, func(r rune) bool { return unicode.IsControl(r) || !unicode.IsPrint(r) }) || !utf8.ValidString(typed) {
		return "", errors.New("is one line of plain text")
	}
	if p.Pattern == "" {
		return typed, nil
	}
	if re, err := regexp.Compile(`^(?:` + p.Pattern + `)$`); err != nil || !re.MatchString(typed) {
		return "", fmt.Errorf("matches %s", p.Pattern)
	}
	return typed, nil
}

// Bind reads what was typed for the parameters. Words of the form name=value name their parameter; a bare word goes to the
// only parameter that has no value yet. An unknown name, a bare word too many and a bad value are refusals; a parameter
// that is still missing and has no default is a refusal of its own kind, which buttons can answer.
func (a Action) Bind(words []string) (Args, error) {
	args := Args{}
	for _, w := range words {
		if err := a.bindWord(args, w); err != nil {
			return nil, err
		}
	}
	for _, p := range a.Params {
		if _, given := args[p.Name]; given {
			continue
		}
		if p.Default == "" {
			return nil, &Refusal{Reason: MissingParam, Action: a.Name, Param: p.Name, Values: p.Values, Args: args}
		}
		args[p.Name] = p.Default
	}
	return args, nil
}

func (a Action) bindWord(args Args, word string) error {
	name, value, named := strings.Cut(word, "=")
	if !named {
		name, value = a.free(args), word
		if name == "" {
			return &Refusal{Reason: UnknownParam, Action: a.Name, Param: word, Values: a.paramNames()}
		}
	}
	i := slices.IndexFunc(a.Params, func(p Param) bool { return p.Name == name })
	if i < 0 {
		return &Refusal{Reason: UnknownParam, Action: a.Name, Param: name, Values: a.paramNames()}
	}
	if _, twice := args[name]; twice {
		return &Refusal{Reason: BadParam, Action: a.Name, Param: name, Detail: "is given twice"}
	}
	parsed, err := a.Params[i].parse(value)
	if err != nil {
		return &Refusal{Reason: BadParam, Action: a.Name, Param: name, Values: a.Params[i].Values, Detail: err.Error()}
	}
	args[name] = parsed
	return nil
}

// free is the first parameter without a value, for a word that names none.
func (a Action) free(args Args) string {
	for _, p := range a.Params {
		if _, given := args[p.Name]; !given {
			return p.Name
		}
	}
	return ""
}

func (a Action) paramNames() []string {
	names := make([]string, len(a.Params))
	for i, p := range a.Params {
		names[i] = p.Name
	}
	return names
}
