package evidence

// Step is one step of what it consisted of.
type Step struct {
	Number   int      `json:"number"`
	Key      string   `json:"key"`
	Title    string   `json:"title"`
	By       string   `json:"by"` // "the program", or who
	Auto     bool     `json:"auto"`
	Proves   bool     `json:"proves"`
	Optional bool     `json:"optional"`
	Started  *Moment  `json:"started"`
	Ended    *Moment  `json:"ended"`
	Took     Span     `json:"took"`
	Within   Span     `json:"within"`
	Outcome  string   `json:"outcome"`
	Line     string   `json:"line"`
	Why      string   `json:"why"`
	Hint     string   `json:"hint"`
	Output   string   `json:"output_sha256"`
	Evidence []string `json:"evidence"` // names of photos, see the notes
}

// Checked is one look at what came back.
type Checked struct {
	Step  string `json:"step"`
	Name  string `json:"name"`
	Value string `json:"value"`
	State string `json:"state"`
	Why   string `json:"why"`
}

// Answer is an approver who was reached.
type Answer struct {
	Person string  `json:"person"`
	At     *Moment `json:"at"`
	After  Span    `json:"after"`
}

// Targets are what it was measured against.
type Targets struct {
	RTO Span `json:"rto"`
	RPO Span `json:"rpo"`
}

// Measurements are what was measured.
type Measurements struct {
	RTO    Span    `json:"rto"`
	RPO    Span    `json:"rpo"`
	Newest *Moment `json:"newest_row"`
	Where  string  `json:"newest_row_of"`
}

// Definition says what a measured word means.
type Definition struct {
	Word    string `json:"word"`
	Meaning string `json:"meaning"`
}

// Definitions are those that every record prints.
func Definitions() []Definition {
	return []Definition{
		{"RTO measured", "from the start of the exercise until the step that proves that what was lost is back has passed; not until a program ended"},
		{"RPO measured", "from the newest row in what was restored until the start of the exercise"},
	}
}

// Abort is a try that was given up.
type Abort struct {
	At     *Moment `json:"at"`
	By     string  `json:"by"`
	Reason string  `json:"reason"`
}

// Move is another time.
type Move struct {
	From    *Moment `json:"from"`
	To      *Moment `json:"to"`
	By      string  `json:"by"`
	Reason  string  `json:"reason"`
	People  int     `json:"people"`
	Outside bool    `json:"outside_period"`
}

// Note is what somebody wrote or photographed.
type Note struct {
	At     *Moment `json:"at"`
	Step   int     `json:"step"` // its number; 0: none went on
	Person string  `json:"person"`
	Text   string  `json:"text"`
	Photo  *Photo  `json:"photo"`
}

// Photo is a file that is kept with the exercise.
type Photo struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
}

// FindingNote is something to follow up.
type FindingNote struct {
	Number   int     `json:"number"`
	Origin   string  `json:"origin"` // always "drill": it must not get lost among what incidents left
	Text     string  `json:"text"`
	Owner    string  `json:"owner"`
	Due      *Moment `json:"due"`
	State    string  `json:"state"` // open, overdue or settled
	FoundBy  string  `json:"found_by"`
	FoundAt  *Moment `json:"found_at"`
	ClosedAt *Moment `json:"closed_at"`
	ClosedBy string  `json:"closed_by"`
	How      string  `json:"how"`
}

// SignOff is a second person's name under it.
type SignOff struct {
	By       string  `json:"by"`
	At       *Moment `json:"at"`
	Findings int     `json:"findings"` // that they saw; 0: they agree that there is none
}
