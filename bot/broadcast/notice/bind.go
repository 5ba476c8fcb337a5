package notice

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Bind reads what was typed for each variable, as of now, fills in the defaults and gives the canonical form, which it
// leaves as it is when it is given that. An error is an *[Error] and names the variable.
func (t *Template) Bind(typed map[string]string, now time.Time) (Values, error) {
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		if err := t.known(name); err != nil {
			return nil, err
		}
	}
	bound := Values{}
	for _, v := range t.Vars {
		if err := t.bind(v, typed, bound, now); err != nil {
			return nil, err
		}
	}
	if err := t.inOrder(bound); err != nil {
		return nil, err
	}
	return bound, nil
}

// known says whether a name is a variable's, or that of a text in one language: impact.ru.
func (t *Template) known(name string) error {
	base, lang, has := strings.Cut(name, ".")
	v, is := t.find(base)
	switch {
	case !is:
		return &Error{fmt.Sprintf("%s has no variable %s", t.Name, quote(name)), t.hintVars(), name}
	case has && v.Kind != KindText:
		return &Error{fmt.Sprintf("%s is not a text, so it is the same in every language", base), "write " + base + "=…", base}
	case has && t.Texts[lang] == "":
		return &Error{fmt.Sprintf("%s has no text in the language %s", t.Name, quote(lang)), "it has " + listed(t.languages()), base}
	}
	return nil
}

func (t *Template) hintVars() string {
	var names []string
	for _, v := range t.Vars {
		names = append(names, v.Name)
	}
	if names == nil {
		return "it takes none"
	}
	return "it takes " + listed(names)
}

func (t *Template) languages() []string { return slices.Sorted(maps.Keys(t.Texts)) }

// bind puts the values of one variable into bound.
func (t *Template) bind(v Var, typed map[string]string, bound Values, now time.Time) error {
	s, given := typed[v.Name]
	if !given {
		s = withDurations(v.Default, bound)
	}
	if !given && s == "" {
		return &Error{v.Name + " is missing", v.hint(), v.Name}
	}
	var err error
	if bound[v.Name], err = t.read(v, s, now); err != nil {
		return err
	}
	for _, lang := range t.languages() {
		name := v.Name + "." + lang
		if s, given := typed[name]; given {
			if bound[name], err = t.read(v, s, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// withDurations puts durations that are bound already into a default such as "in {for}".
func withDurations(s string, bound Values) string {
	for name, value := range bound {
		s = strings.ReplaceAll(s, "{"+name+"}", value)
	}
	return s
}

// hint says what can be typed.
func (v Var) hint() string {
	switch v.Kind {
	case KindTime:
		return fmt.Sprintf("write a time: %s=now, %[1]s=\"in 30m\", %[1]s=02:00, %[1]s=\"tomorrow 02:00\" or %[1]s=2026-11-25T02:00", v.Name)
	case KindDuration:
		return fmt.Sprintf("write a duration: %s=15m, %[1]s=\"1h 30m\"", v.Name)
	case KindChoice:
		return "write one of " + listed(v.names())
	}
	if v.Values != nil {
		return "write a text, or one of " + listed(v.names())
	}
	return fmt.Sprintf("write a text: %s=\"…\"", v.Name)
}

func (v Var) names() []string {
	var names []string
	for _, c := range v.Values {
		names = append(names, c.Value)
	}
	return names
}

// read gives the canonical form of one value.
func (t *Template) read(v Var, s string, now time.Time) (string, error) {
	var err error
	switch v.Kind {
	case KindTime:
		s, err = readTime(s, now, t.zone, v.Past)
	case KindDuration:
		s, err = readDuration(s)
	case KindChoice:
		s, err = v.readChoice(s)
	default:
		s, err = t.readText(v, s)
	}
	return s, about(v, err)
}

// about completes an error of a value with its variable.
func about(v Var, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	e.Var, e.Sentence = v.Name, v.Name+" "+e.Sentence
	if e.Hint == "" {
		e.Hint = v.hint()
	}
	return e
}

func (v Var) readChoice(s string) (string, error) {
	for _, c := range v.Values {
		if strings.EqualFold(c.Value, strings.TrimSpace(s)) {
			return c.Value, nil
		}
	}
	return "", &Error{Sentence: fmt.Sprintf("cannot be %s", quote(s))}
}

// inOrder refuses a window that ends before it begins.
func (t *Template) inOrder(v Values) error {
	from, isFrom := t.find("from")
	until, isUntil := t.find("until")
	if !isFrom || !isUntil || from.Kind != KindTime || until.Kind != KindTime || parseTime(v["until"]).After(parseTime(v["from"])) {
		return nil
	}
	return &Error{"until is not after from", "from is " + v["from"] + ", until is " + v["until"], "until"}
}

// Offer gives the presets of a variable that can be used now, each meaning once: in the evening tonight 02:00 and tomorrow
// 02:00 are the same.
func (t *Template) Offer(name string, now time.Time) []Preset {
	v, _ := t.find(name)
	var offers []Preset
	var means []string
	for _, p := range v.Presets {
		s, err := t.read(v, p.Value, now)
		if err == nil && !slices.Contains(means, s) {
			offers, means = append(offers, p), append(means, s)
		}
	}
	return offers
}

func listed(words []string) string { return strings.Join(words, ", ") }
