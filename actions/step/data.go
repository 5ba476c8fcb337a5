package step

import (
	"time"

	"twokey/internal/backup"
)

// Data is what a step about the database or its backups did and found, as numbers: the rows themselves never reach the
// journal.
type Data struct {
	Backup *Tried       `json:"backup,omitempty"` // a backup that was made or tried
	Rows   *Differences `json:"rows,omitempty"`   // what differs between two databases
	Found  string       `json:"found,omitempty"`  // what was found out, a sentence without its full stop
	Merge  *Merged      `json:"merge,omitempty"`  // rows of another database for the service's
	Copy   *Copy        `json:"copy,omitempty"`   // one that stays beside, or is gone
	// Base is which database it was. Accepted: from now on it is the one that people know.
	Base     string       `json:"base,omitempty"`
	Accepted bool         `json:"accepted,omitempty"`
	Switch   *Switch      `json:"switch,omitempty"` // databases that took each other's names
	Notice   *Telling     `json:"notice,omitempty"` // what the users are told
	Drill    *DrillAgreed `json:"drill,omitempty"`  // what two people decided about a drill
}

// And adds what is in d; d may be nil.
func (d *Data) And(more Data) *Data {
	if d == nil {
		return &more
	}
	sum := *d
	if more.Backup != nil {
		sum.Backup = more.Backup
	}
	if more.Rows != nil {
		sum.Rows = more.Rows
	}
	if more.Merge != nil {
		sum.Merge = more.Merge
	}
	if more.Copy != nil {
		sum.Copy = more.Copy
	}
	if more.Switch != nil {
		sum.Switch = more.Switch
	}
	if more.Notice != nil {
		sum.Notice = more.Notice
	}
	if more.Drill != nil {
		sum.Drill = more.Drill
	}
	if more.Found != "" {
		sum.Found = more.Found
	}
	if more.Base != "" {
		sum.Base, sum.Accepted = more.Base, more.Accepted
	}
	return &sum
}

// Tried is how far a backup is proven. A file is known again by its hash, or, before it is hashed, by name, size and time.
type Tried struct {
	ID       string        `json:"id"`
	Folder   string        `json:"folder,omitempty"`
	Name     string        `json:"name,omitempty"`
	Size     int64         `json:"size"`
	Modified time.Time     `json:"modified,omitzero"`
	Made     time.Time     `json:"made,omitzero"`
	SHA256   string        `json:"sha256,omitempty"`
	Format   string        `json:"format,omitempty"`
	Own      bool          `json:"own,omitempty"`  // made by twokey
	Level    int           `json:"level"`          // the highest one that holds, 0 to 5; see backup.Level
	Took     time.Duration `json:"took,omitempty"` // of the restore, when there was one
	Wrong    []string      `json:"wrong,omitempty"`
	Not      []string      `json:"not,omitempty"` // what was not looked at, and why
	Tables   int           `json:"tables,omitempty"`
	Rows     int64         `json:"rows,omitempty"`
}

// Differences is what differs between the database that was and the one that is, or would be, by primary key.
type Differences struct {
	Tables []TableRows `json:"tables"`
}

// TableRows is one table's. Note says what could not be compared.
type TableRows struct {
	Name    string `json:"name"`
	Lost    int64  `json:"lost,omitempty"`    // only in the one that was
	Changed int64  `json:"changed,omitempty"` // in both, with another content
	Back    int64  `json:"back,omitempty"`    // only in the one that is: deleted since, and there again
	Note    string `json:"note,omitempty"`
}

// Total adds up all tables.
func (r Differences) Total() (lost, changed, back int64) {
	for _, t := range r.Tables {
		lost, changed, back = lost+t.Lost, changed+t.Changed, back+t.Back
	}
	return lost, changed, back
}

// Merged is what a merge of rows would write, or has written.
type Merged struct {
	From   string        `json:"from"` // the database the rows are read from
	Done   bool          `json:"done,omitempty"`
	Tables []TableMerged `json:"tables"`
	Also   []TableMerged `json:"also,omitempty"` // that those refer to, where rows are missing, too
}

// TableMerged is one table's.
type TableMerged struct {
	Name     string   `json:"name"`
	Added    int64    `json:"added,omitempty"`   // only the source has them
	Changed  int64    `json:"changed,omitempty"` // are others there
	Removed  int64    `json:"removed,omitempty"` // the source does not have them
	Unlike   int64    `json:"unlike,omitempty"`  // not as in the source although written: a trigger's work
	Triggers []string `json:"triggers,omitempty"`
	Notes    []string `json:"notes,omitempty"`
	Refused  string   `json:"refused,omitempty"` // why this table cannot be merged
}

// Total adds up the tables.
func (m Merged) Total() (added, changed, removed int64) {
	for _, t := range m.Tables {
		added, changed, removed = added+t.Added, changed+t.Changed, removed+t.Removed
	}
	return added, changed, removed
}

// Copy is a database that was made beside the service's and stays when its run is over, or one that is gone.
type Copy struct {
	Name string `json:"name"`
	Run  uint64 `json:"run"`
	Gone bool   `json:"gone,omitempty"`
}

// Switch says which database has the service's name now, and where the one from before is.
type Switch struct {
	Name string        `json:"name"`
	Kept string        `json:"kept"`
	Down time.Duration `json:"down"` // nobody could use the database for so long
	Back bool          `json:"back,omitempty"`
}

// Proven is how far the backup is proven, in words that follow "it is" or "it".
func (t Tried) Proven() string { return backup.Level(t.Level).String() }
