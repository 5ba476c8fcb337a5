package evidence

import "twokey/drills"

// What every record says of itself.
const (
	Schema = "twokey/drill-record/1"
	Kind   = "drill" // never an incident
)

// The results besides those of package drills.
const (
	NotPerformed drills.Result = "not performed"
	Unfinished   drills.Result = "running"
	ToCome       drills.Result = "planned"
)

// Record is one drill as evidence. Its field names stay as they are: a field may be added, and another meaning is another schema.
type Record struct {
	Schema  string `json:"schema"`
	Kind    string `json:"kind"`
	ID      uint64 `json:"id"`
	Drill   string `json:"drill"`
	Type    string `json:"type"`
	Service string `json:"service"`

	Result    drills.Result `json:"result"`
	Status    drills.Status `json:"status"`
	Headline  string        `json:"headline"`
	Reason    string        `json:"reason"`
	Performed bool          `json:"performed"`
	By        string        `json:"by"` // who held it, or decided that it is not held

	Scenario    string   `json:"scenario"` // this and the next three were fixed when it started, before it was known how it goes
	Objective   string   `json:"objective"`
	Criteria    []string `json:"criteria"`
	Environment string   `json:"environment"`
	Scope       []Fact   `json:"scope"`
	Gone        string   `json:"gone"` // the proof that what was made is gone
	Revision    string   `json:"catalogue_revision"`
	Runbook     Runbook  `json:"runbook"`

	Period  Period  `json:"period"`
	Nominal *Moment `json:"nominal"` // as the schedule says
	Planned *Moment `json:"planned"` // after holidays and changes
	Started *Moment `json:"started"`
	Ended   *Moment `json:"ended"`
	Took    Span    `json:"took"`
	Over    *Moment `json:"over"`    // since when nothing is to come: it was held, skipped, missed or dropped
	Trigger string  `json:"trigger"` // schedule, manual, or what else it was

	Owner        string        `json:"owner"`
	Owners       []string      `json:"owners"` // in turn
	Participants []Participant `json:"participants"`
	Observers    []string      `json:"observers"` // who only looked on and noted
	Approvals    []Approval    `json:"approvals"`
	Escalations  []Escalation  `json:"escalations"`

	Looks       []Look        `json:"looks"`
	Steps       []Step        `json:"steps"`
	Checks      []Checked     `json:"checks"`
	Answers     []Answer      `json:"answers"`
	Targets     Targets       `json:"targets"`
	Measured    Measurements  `json:"measured"`
	Definitions []Definition  `json:"definitions"`
	Deviations  []string      `json:"deviations"`
	Aborts      []Abort       `json:"aborts"`
	Moves       []Move        `json:"reschedules"`
	Notes       []Note        `json:"notes"`
	Findings    []FindingNote `json:"findings"`
	SignOff     *SignOff      `json:"sign_off"` // null: nobody has signed

	Interruptions int `json:"interruptions"` // how often the program ended meanwhile

	Journal   Journal `json:"journal"`
	Made      *Moment `json:"made"`
	Version   string  `json:"version"`
	PublicKey string  `json:"public_key"` // empty: the record is not signed
}

// Moment is a time; null where there is none.
type Moment struct {
	UTC   string `json:"utc"`
	Local string `json:"local"`
}

// Span is a duration. Seconds are null when it is not known: that is not 0.
type Span struct {
	Seconds *float64 `json:"seconds"`
	Words   string   `json:"words"`
}

// Fact is something it was about. Step is empty for what was fixed before the start.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Step  string `json:"step"`
}

// Runbook is the procedure's file as it was, and whether it is the one of the time before.
type Runbook struct {
	Path    string `json:"path"`
	SHA256  string `json:"sha256"`
	Before  string `json:"before_sha256"`
	Changed string `json:"changed"` // yes, no, or why that is not known
}

// Period is the span in which it has to be held.
type Period struct {
	Name  string  `json:"name"`
	From  *Moment `json:"from"`
	Until *Moment `json:"until"`
}

// Participant is somebody who took part.
type Participant struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// Approval is what more than one person decided about it.
type Approval struct {
	What   string   `json:"what"`
	By     string   `json:"asked_by"`
	With   []string `json:"agreed_by"` // empty: see the journal
	People int      `json:"people"`    // with who asked
	Reason string   `json:"reason"`
	Red    []string `json:"red"`
	At     *Moment  `json:"at"`   // null: see the journal
	Used   bool     `json:"used"` // false: they agreed, and it was not needed in the end
}

// Escalation is a call for help.
type Escalation struct {
	Lack   string `json:"lack"`
	Level  string `json:"level"`
	Person string `json:"person"`
	Seq    uint64 `json:"entry"`
}

// Look is one look both ways before the start.
type Look struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Text  string `json:"text"`
	Hint  string `json:"hint"`
}

// Journal is where all of it is written down.
type Journal struct {
	ID         string `json:"id"`
	First      uint64 `json:"first"`
	Last       uint64 `json:"last"`
	Head       Head   `json:"head"`
	SignedHead string `json:"signed_head"`
}

// Head is the journal's newest entry when the record was made.
type Head struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
}
