package actions

import (
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/internal/journal"
)

// Proof is how far a backup is proven, by which request and when.
type Proof struct {
	step.Tried
	By    ID
	At    time.Time
	First time.Time // when twokey saw the file first
}

// Kept is a database from before a switch, as the journal knows it.
type Kept struct {
	Name  string
	By    ID
	Since time.Time
}

// KeepCopies is how long a copy stays that nobody has thrown away.
const KeepCopies = 24 * time.Hour

// applyData keeps what later commands rest on: which backups are proven, and which databases are kept.
func (s *State) applyData(e journal.Entry, r *Request, b *StepFinished) {
	if b.Data == nil {
		return
	}
	if d := b.Data; d.Base != "" && (s.base == "" || d.Accepted && b.Error == "") {
		s.base = d.Base
	}
	if d := b.Data; d.Rows != nil && d.Backup != nil {
		lost, changed, _ := d.Rows.Total()
		s.wouldLose[d.Backup.SHA256] = lost + changed
	}
	if t := b.Data.Backup; t != nil {
		s.prove(e, r, *t)
	}
	if c := b.Data.Copy; c != nil && b.Error == "" {
		s.copied(e, *c)
	}
	if w := b.Data.Switch; w != nil {
		s.kept = append(s.kept, Kept{Name: w.Kept, By: r.ID, Since: e.Time})
	}
}

// copied keeps which copies stay when their runs are over.
func (s *State) copied(e journal.Entry, c step.Copy) {
	s.forgetCopy(ID(c.Run))
	if !c.Gone {
		s.copies = append(s.copies, Kept{Name: c.Name, By: ID(c.Run), Since: e.Time})
	}
}

func (s *State) forgetCopy(run ID) {
	s.copies = slices.DeleteFunc(s.copies, func(k Kept) bool { return k.By == run })
}

// Copies are those of backups that stay beside the database until somebody throws them away, oldest first.
func (s *State) Copies() []Kept { return s.copies }

// prove keeps the newest word on a file. What was proven of the same content stays proven, unless something is wrong with it.
func (s *State) prove(e journal.Entry, r *Request, t step.Tried) {
	p := Proof{Tried: t, By: r.ID, At: e.Time, First: e.Time}
	if was, ok := s.Proof(t.SHA256, t.Folder, t.Name, t.Size); ok {
		p.First = was.First
		if was.SHA256 == t.SHA256 && was.Level > t.Level && len(t.Wrong) == 0 && len(was.Wrong) == 0 {
			p.Level, p.Took, p.By, p.At = was.Level, was.Took, was.By, was.At
		}
	}
	s.proofs[t.Folder+"/"+t.Name] = p
	if p.Level >= fullProof && len(p.Wrong) == 0 {
		s.fullest = p
	}
}

// fullProof is the level at which a backup was restored (backup.Restorable).
const fullProof = 5

// Proof finds what is known about a file: it is the same when its name and size are, and its hash where both are known.
func (s *State) Proof(sha256, folder, name string, size int64) (Proof, bool) {
	p, ok := s.proofs[folder+"/"+name]
	if !ok || p.Size != size || sha256 != "" && p.SHA256 != "" && sha256 != p.SHA256 {
		return Proof{}, false
	}
	return p, true
}

// FullProof is the newest full restore of a backup; false before the first.
func (s *State) FullProof() (Proof, bool) { return s.fullest, s.fullest.By != 0 }

// copyKind is the kind of the steps that load a copy of a backup.
const copyKind = "restore"

// Base is the service's database as people know it: the first one that was worked on, or the last one that two people
// accepted. Empty before.
func (s *State) Base() string { return s.base }

// Merge is what rows the run found, or brought back, at last; nil when it did neither.
func (r *Request) Merge() *step.Merged {
	for i := len(r.Runs) - 1; i >= 0; i-- {
		if d := r.Runs[i].Data; d != nil && d.Merge != nil {
			return d.Merge
		}
	}
	return nil
}

// Rows is what the run found to differ at last; nil when it did not compare, or is only a headline by now.
func (r *Request) Rows() *step.Differences {
	for i := len(r.Runs) - 1; i >= 0; i-- {
		if d := r.Runs[i].Data; d != nil && d.Rows != nil {
			return d.Rows
		}
	}
	return nil
}

// Switches are the databases that were kept at a switch, oldest first; which of them are still there, only the server knows.
func (s *State) Switches() []Kept { return s.kept }
