package drills

import (
	"maps"
	"slices"
	"time"

	"twokey/auth"
)

// Held is what is known of an exercise that was started.
type Held struct {
	Opening
	Steps    []Progress // one for each of the script
	Notes    []Note
	Findings []Finding
	Answers  map[auth.Name]time.Time // of an approvers drill
	Crashes  int                     // how often the program ended while an automatic step went on
	Dirty    bool                    // an automatic step began, and what it made is not proven gone
	Proof    string                  // that it is gone
	SignedBy auth.Name
	SignedAt time.Time
	RTO, RPO Measured
}

// Measured is a duration that was measured; Known is false when it was not.
type Measured struct {
	Known bool          `json:"known"`
	Took  time.Duration `json:"took,omitempty"`
}

// Progress is where a step stands.
type Progress struct {
	Begun   time.Time
	Ended   time.Time
	Outcome Outcome
	By      auth.Name // empty: the program
	Found   Found
}

// Over says whether it ended.
func (p Progress) Over() bool { return !p.Ended.IsZero() }

// Note is what somebody noted.
type Note struct {
	At time.Time
	Noted
}

// Finding is something to follow up.
type Finding struct {
	FoundOut
	At       time.Time
	Reminded time.Time
	Closed   time.Time // zero: open
	ClosedBy auth.Name
	How      string
}

// Abort is a try that was given up.
type Abort struct {
	At     time.Time
	By     auth.Name
	Reason string
}

// Current is the step whose turn it is; -1 when none is.
func (x *Exercise) Current() int {
	return slices.IndexFunc(x.Steps, func(p Progress) bool { return !p.Over() })
}

// autos are the automatic steps: the first, and the one after the last; both 0 when there are none.
func (h *Held) autos() (first, end int) {
	for i, s := range h.Script {
		if !s.Auto {
			continue
		}
		if end == 0 {
			first = i
		}
		end = i + 1
	}
	return first, end
}

// OpenFindings are those that nobody settled, by number from 1.
func (h *Held) OpenFindings() (all []int) {
	for i, f := range h.Findings {
		if f.Closed.IsZero() {
			all = append(all, i+1)
		}
	}
	return all
}

func (h Held) clone() Held {
	h.Steps, h.Notes, h.Findings, h.Answers = slices.Clone(h.Steps), slices.Clone(h.Notes), slices.Clone(h.Findings), maps.Clone(h.Answers)
	return h
}
