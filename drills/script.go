package drills

import "time"

// The types of drills.
const (
	Code      = "code"      // going back to the release before
	Database  = "database"  // going back to a backup
	Emergency = "emergency" // the whole procedure: at the table, and on a stage of its own
	Approvers = "approvers" // whether each of those who approve is reached
)

// Types lists them.
func Types() []string { return []string{Code, Database, Emergency, Approvers} }

// Step is one step of what an exercise consists of. The script is fixed when it starts.
type Step struct {
	Key   string `json:"key"`   // a word, the only one of the script
	Title string `json:"title"` // a few words: "load it into a scratch database"
	// Auto: the program does it. All such steps of a script follow one another: after a crash they begin anew together.
	Auto bool `json:"auto,omitempty"`
	// Ask is what a person does or looks at, with the real values filled in, at most three lines. Empty for an automatic step.
	Ask string `json:"ask,omitempty"`
	// Answer is what the runbook says to what a tabletop's event asks, at most three lines; shown when the step is over.
	Answer string `json:"answer,omitempty"`
	// Within is how long it may take; 0: only the whole is timed.
	Within time.Duration `json:"within,omitempty"`
	// After is how long after the start a tabletop's event happens; 0: when its turn comes.
	After time.Duration `json:"after,omitempty"`
	// Proves: when it is done, what was lost is back: the time until here is the RTO.
	Proves bool `json:"proves,omitempty"`
	// Optional: that it is skipped or fails does not make the exercise less than passed.
	Optional bool `json:"optional,omitempty"`
}

// Outcome is how a step ended.
type Outcome string

// The outcomes.
const (
	StepDone    Outcome = "done"
	StepFailed  Outcome = "failed"
	StepSkipped Outcome = "skipped"
)

// Found is what a step came to.
type Found struct {
	Line   string  `json:"line,omitempty"`   // for people: "1 412 000 rows in 31 tables, as in the backup"
	Why    string  `json:"why,omitempty"`    // why it failed or was skipped: a sentence
	Hint   string  `json:"hint,omitempty"`   // who or what helps
	Checks []Check `json:"checks,omitempty"` // in the order they were made
	Scope  []Fact  `json:"scope,omitempty"`  // what it was about: the backup, the commit, the scratch database
	Newest *Newest `json:"newest,omitempty"` // the newest row that came back
	Output string  `json:"output,omitempty"` // sha256 of what it printed, in hex
	// Findings are what somebody has to follow up, in a sentence each: "the newest backup is cut off".
	Findings []string `json:"findings,omitempty"`
}

// Check is one look, and what it came to.
type Check struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
	State string `json:"state"` // Green, Red or Told
	Why   string `json:"why,omitempty"`
}

// The states of a check.
const (
	Green = "green"
	Red   = "red"
	Told  = "told" // shown, not judged
)

// Fact is something an exercise was about.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Newest is the newest row of what was restored: the RPO is from it to the start of the exercise.
type Newest struct {
	At    time.Time `json:"at"`
	Where string    `json:"where"` // "deposits.created_at", or the query
}

// Look is one look both ways before an exercise starts: what is red keeps it from starting.
type Look struct {
	Name  string `json:"name"`
	State string `json:"state"` // Green, Red or Told
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
}

// Looks says whether all is well enough to start.
func Looks(all []Look) (red []Look) {
	for _, l := range all {
		if l.State == Red {
			red = append(red, l)
		}
	}
	return red
}
