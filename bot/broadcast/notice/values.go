package notice

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Values are what the variables of a template stand for, in their canonical form: times RFC 3339 in UTC, durations as Go
// writes them, texts in NFC. Only [Template.Bind] and [ParseValues] make them.
type Values map[string]string

var (
	bareValue = regexp.MustCompile(`^[A-Za-z0-9_.:+-]+$`)
	valueName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z]{2,3}(-[a-z0-9]{2,8})*)?=`)
)

// String is the values in one line, sorted by name: for=28m0s from=2026-11-25T02:00:00Z impact="no deposits".
func (v Values) String() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		value := v[name]
		if !bareValue.MatchString(value) {
			value = strconv.Quote(value)
		}
		all = append(all, name+"="+value)
	}
	return strings.Join(all, " ")
}

// ParseValues reads what [Values.String] wrote, and nothing else.
func ParseValues(s string) (Values, error) {
	v := Values{}
	for rest := s; rest != ""; rest = strings.TrimPrefix(rest, " ") {
		name := valueName.FindString(rest)
		value, after, ok := firstValue(rest[len(name):])
		if name == "" || !ok {
			return nil, notWritten(s)
		}
		v[strings.TrimSuffix(name, "=")], rest = value, after
	}
	if v.String() != s {
		return nil, notWritten(s)
	}
	return v, nil
}

func firstValue(s string) (value, after string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexByte(s+" ", ' ')
		return s[:end], s[end:], true
	}
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", false
	}
	value, err = strconv.Unquote(quoted)
	return value, s[len(quoted):], err == nil
}

func notWritten(s string) *Error {
	return &Error{
		Sentence: fmt.Sprintf("%s is not how the values of a notice are written", quote(s)),
		Hint:     `write name=value, sorted by name, a text in quotes: for=28m0s impact="no deposits"`,
	}
}

// quote shows a piece of somebody's text in a sentence, shortened.
func quote(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	return strconv.Quote(s)
}
