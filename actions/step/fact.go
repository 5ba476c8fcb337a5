package step

import (
	"strconv"
	"strings"
	"time"
)

// FactKind says what a fact must be when the run starts.
type FactKind string

// The kinds of facts.
const (
	Pinned  FactKind = "pinned"  // equal to what was approved
	Bounded FactKind = "bounded" // measured again, inside the limit that was approved
	Shown   FactKind = "shown"   // whatever it is by then
)

// Fact is something a plan found out.
type Fact struct {
	Name    string    `json:"name"`
	Kind    FactKind  `json:"kind"`
	Value   string    `json:"value,omitempty"` // pinned and shown
	Number  float64   `json:"number,omitempty"`
	Limit   float64   `json:"limit,omitempty"`
	Unit    string    `json:"unit,omitempty"`
	At      time.Time `json:"at,omitzero"`        // a moment, told in the reader's zone before Value
	AtLeast bool      `json:"at_least,omitempty"` // Number must not be below Limit; otherwise not above
}

// Said is what was found out, as text.
func (f Fact) Said() string {
	if f.Value != "" || f.Kind != Bounded {
		return f.Value
	}
	return quantity(f.Number) + " " + f.Unit
}

// Allowed is Said, with the limit that was approved.
func (f Fact) Allowed() string {
	switch {
	case f.Kind != Bounded:
		return f.Said()
	case f.AtLeast:
		return f.Said() + ", at least " + quantity(f.Limit)
	}
	return f.Said() + ", at most " + quantity(f.Limit)
}

// quantity is a number as people read it: one digit behind the point, or none.
func quantity(n float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(n, 'f', 1, 64), ".0")
}

// Holds says whether what is true now is still what f promised when it was approved. The limit is f's.
func (f Fact) Holds(now Fact) bool {
	if f.Kind == Shown {
		return true
	}
	if f.Name != now.Name || f.Kind != now.Kind {
		return false
	}
	switch {
	case f.Kind == Pinned:
		return f.Value == now.Value
	case f.Kind == Bounded && f.AtLeast:
		return now.Unit == f.Unit && now.Number >= f.Limit
	case f.Kind == Bounded:
		return now.Unit == f.Unit && now.Number <= f.Limit
	}
	return false
}
