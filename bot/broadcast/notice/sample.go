package notice

import (
	"cmp"
	"time"
)

// sampleSpan is a duration that is seen to be one.
const sampleSpan = 30 * time.Minute

// Sample gives plausible values, and the notice with them: what a check of the templates, or somebody who chooses one,
// looks at.
func (t *Template) Sample(now time.Time) (Values, Rendered, error) {
	typed := map[string]string{}
	for i, v := range t.Vars {
		if s := sample(v, i, now.UTC().Truncate(time.Minute)); s != "" {
			typed[v.Name] = s
		}
	}
	v, err := t.Bind(typed, now)
	if err != nil {
		return nil, Rendered{}, err
	}
	r, err := t.Render(v)
	return v, r, err
}

// sample is what somebody could type for the variable in place i; "" leaves it to its default.
func sample(v Var, i int, now time.Time) string {
	switch {
	case v.Example != "":
		return v.Example
	case v.Default != "":
		return ""
	case len(v.Values) > 0:
		return v.Values[0].Value
	case v.Kind == KindDuration:
		return sampleSpan.String()
	case v.Kind == KindTime && v.Past:
		return now.Add(-2*time.Hour + time.Duration(i)*sampleSpan).Format(time.RFC3339)
	case v.Kind == KindTime:
		return now.Add(2*time.Hour + time.Duration(i)*sampleSpan).Format(time.RFC3339)
	}
	return cmp.Or(short(v.Summary, v.Max), "…")
}

func short(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
