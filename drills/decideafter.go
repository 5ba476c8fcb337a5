package drills

import (
	"strings"
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

const (
	// followUp is how long who has to follow up a finding has when nobody says otherwise.
	followUp = 14 * 24 * time.Hour
	// followAgain is how long after a reminder of a finding the next one comes.
	followAgain = 7 * 24 * time.Hour
)

// FollowUpWithin is how long who has to follow up a finding has when nobody says otherwise.
const FollowUpWithin = followUp

// Find takes down something that somebody has to follow up, until a second person has signed.
func (s *State) Find(now journal.Now, f FoundOut) (journal.Draft, error) {
	x, ok := s.byID[f.Exercise]
	switch {
	case !ok:
		return journal.Draft{}, &Refusal{Reason: NoSuchExercise, ID: f.Exercise}
	case x.Started.IsZero():
		return journal.Draft{}, &Refusal{Reason: NotRunning, ID: x.ID, Status: x.Status}
	case x.SignedBy != "":
		return journal.Draft{}, &Refusal{Reason: AlreadySigned, ID: x.ID, Status: x.Status, Who: x.SignedBy}
	case strings.TrimSpace(f.Text) == "":
		return journal.Draft{}, &Refusal{Reason: NoReason, ID: x.ID, Status: x.Status}
	case !f.Due.After(now.Time):
		return journal.Draft{}, &Refusal{Reason: BadTime, ID: x.ID, Status: x.Status}
	}
	f.Due = f.Due.UTC().Truncate(time.Microsecond)
	return journal.Draft{Kind: KindFound, Actor: string(f.Person), Body: f}, nil
}

// Follow settles a finding, in a sentence. It may be long after the exercise was signed.
func (s *State) Follow(f Followed) (journal.Draft, error) {
	x, ok := s.byID[f.Exercise]
	switch {
	case !ok:
		return journal.Draft{}, &Refusal{Reason: NoSuchExercise, ID: f.Exercise}
	case f.Finding < 1 || f.Finding > len(x.Findings) || !x.Findings[f.Finding-1].Closed.IsZero():
		return journal.Draft{}, &Refusal{Reason: NoSuchFinding, ID: x.ID, Status: x.Status}
	case strings.TrimSpace(f.How) == "":
		return journal.Draft{}, &Refusal{Reason: NoReason, ID: x.ID, Status: x.Status}
	}
	return journal.Draft{Kind: KindFollowed, Actor: string(f.Person), Body: f}, nil
}

// Sign puts a second person's name under what came of an exercise, and under its findings or that there are none. Findings is how
// many they saw.
func (s *State) Sign(id uint64, who auth.Name, findings int) (journal.Draft, error) {
	x, ok := s.byID[id]
	switch {
	case !ok:
		return journal.Draft{}, &Refusal{Reason: NoSuchExercise, ID: id}
	case x.Status != Done:
		return journal.Draft{}, &Refusal{Reason: NotDone, ID: id, Status: x.Status}
	case x.SignedBy != "":
		return journal.Draft{}, &Refusal{Reason: AlreadySigned, ID: id, Status: x.Status, Who: x.SignedBy}
	case who == x.By:
		return journal.Draft{}, &Refusal{Reason: OwnExercise, ID: id, Status: x.Status, Who: x.By}
	case findings != len(x.Findings): // another one was written down meanwhile
		return journal.Draft{}, &Refusal{Reason: OldStep, ID: id, Status: x.Status}
	}
	return journal.Draft{Kind: KindSigned, Actor: string(who), Body: Signed{Exercise: id, Person: who, Findings: findings}}, nil
}
