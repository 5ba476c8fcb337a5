package step

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Check is one thing that tells whether the service is well: a query, an address, a log, or a question to a person. One of
// SQL, HTTP, Log and Ask is set.
type Check struct {
	Name    string        `json:"name"`
	SQL     string        `json:"sql,omitempty"`  // one statement that only reads
	HTTP    string        `json:"http,omitempty"` // an address that must answer 2xx
	Log     string        `json:"log,omitempty"`  // a part of a line that must be in the service's logs
	Ask     string        `json:"ask,omitempty"`  // what a person has to try
	Expect  Expect        `json:"expect,omitzero"`
	Within  time.Duration `json:"within,omitempty"`  // how new the line in the log must be
	Private bool          `json:"private,omitempty"` // its rows are for one person, on request
}

// Expect compares a number with another one. The zero Expect expects nothing: the number is shown, not judged.
type Expect struct {
	Op    string  `json:"op,omitempty"` // = != < <= > or >=
	Value float64 `json:"value,omitempty"`
}

var expectation = regexp.MustCompile(`^\s*(=|!=|<=|>=|<|>)\s*(-?[0-9]+(?:\.[0-9]+)?)\s*$`)

// ParseExpect reads "> 0".
func ParseExpect(s string) (Expect, error) {
	m := expectation.FindStringSubmatch(s)
	if m == nil {
		return Expect{}, fmt.Errorf("%q is not a comparison with a number", s)
	}
	value, err := strconv.ParseFloat(m[2], 64)
	if err != nil {
		return Expect{}, fmt.Errorf("%q is out of range", s)
	}
	return Expect{Op: m[1], Value: value}, nil
}

// IsZero says that nothing is expected.
func (e Expect) IsZero() bool { return e.Op == "" }

// Holds says whether the number is as expected; the zero Expect is content with everything.
func (e Expect) Holds(n float64) bool {
	switch e.Op {
	case "=":
		return n == e.Value
	case "!=":
		return n != e.Value
	case "<":
		return n < e.Value
	case "<=":
		return n <= e.Value
	case ">":
		return n > e.Value
	case ">=":
		return n >= e.Value
	}
	return e.Op == ""
}

// String writes it as ParseExpect reads it; empty when nothing is expected.
func (e Expect) String() string {
	if e.IsZero() {
		return ""
	}
	return e.Op + " " + strconv.FormatFloat(e.Value, 'f', -1, 64)
}

// CheckState is what a check came to.
type CheckState string

// The states of a check.
const (
	Green  CheckState = "green"  // as expected
	Red    CheckState = "red"    // not as expected
	Broken CheckState = "broken" // it could not be looked at, which is not green either
	Told   CheckState = "told"   // a number that nothing is expected of
	Open   CheckState = "open"   // a person has to look
)

// Finding is what one check came to, as the journal keeps it.
type Finding struct {
	Name   string     `json:"name"`
	State  CheckState `json:"state"`
	Value  string     `json:"value,omitempty"`  // what was found, short: "48210", "200 OK", "3 rows"
	Number *float64   `json:"number,omitempty"` // the same, when it is one number
	Want   string     `json:"want,omitempty"`   // what was expected: "> 0"
	Why    string     `json:"why,omitempty"`    // a sentence, when it is red or broken
	Ask    string     `json:"ask,omitempty"`    // the question to a person
	Rows   bool       `json:"rows,omitempty"`   // it has rows, for one person on request
}

// Bad says that a check keeps the service from being well.
func (f Finding) Bad() bool { return f.State == Red || f.State == Broken }

// CheckKey is a check's name as it is typed in an argument: small letters, one word.
func CheckKey(name string) string {
	return strings.Join(strings.Fields(strings.ToLower(name)), "_")
}
