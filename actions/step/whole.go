package step

import (
	"fmt"
	"strings"
)

// Some kinds take a parameter only as the whole of a field. Once a step is bound, braces in its fields are text.

// wholes says which field holds a parameter that is not the whole of it.
func wholes(bound bool, fields ...string) error {
	for _, text := range fields {
		if !bound && strings.ContainsAny(text, "{}") && !whole.MatchString(text) {
			return fmt.Errorf("%q: a parameter is the whole of it", text)
		}
	}
	return nil
}

// placeholders are the parameters in the fields.
func placeholders(bound bool, fields ...string) []string {
	var names []string
	for _, text := range fields {
		if m := whole.FindStringSubmatch(text); m != nil && !bound {
			names = append(names, m[1])
		}
	}
	return names
}

// fillWhole puts the arguments in their places.
func fillWhole(bound bool, args map[string]string, fields ...*string) error {
	for _, field := range fields {
		m := whole.FindStringSubmatch(*field)
		if m == nil || bound {
			continue
		}
		value, ok := args[m[1]]
		if !ok {
			return fmt.Errorf("parameter %s: has no value", m[1])
		}
		*field = value
	}
	return nil
}
