package drills

import (
	"slices"
	"time"

	"twokey/internal/journal"
)

// News is an entry that the chat of its exercise is told of by a message that rings: an edit of the card does not.
type News struct {
	Seq  uint64
	At   time.Time
	Body any // a pointer to the entry's body, or to what two people agreed on; it is not changed
}

// hear keeps what a chat is to be told of, until it was.
func (s *State) hear(e journal.Entry, body any) {
	var id uint64
	switch b := body.(type) {
	case *Reminded, *Assigned, *Escalated, *Rescheduled, *Ended, *Skipped, *Missed:
		id = body.(interface{ about() uint64 }).about()
	case *Interrupted:
		id = b.Exercise
	case *FollowUp:
		id = b.Exercise
	case *StepFinished:
		if x, ok := s.byID[b.Exercise]; ok && x.handsOver(b.Step) {
			id = b.Exercise
		}
	case *stepDone:
		if b.Error == "" && b.Data != nil && b.Data.Drill != nil && b.Data.Drill.Do != AgreedAnyway {
			id, body = b.Data.Drill.Exercise, b.Data.Drill
		}
	}
	s.one(id, func(x *Exercise) { x.News = append(x.News, News{e.Seq, e.Time, body}) })
}

// handsOver says whether the end of a step of the program's made it a person's turn.
func (x *Exercise) handsOver(step int) bool {
	i := x.Current()
	return i >= 0 && step >= 0 && step < len(x.Script) && x.Script[step].Auto && !x.Script[i].Auto
}

// told forgets the news up to an entry.
func (x *Exercise) told(upTo uint64) {
	x.Rung = max(x.Rung, upTo)
	x.News = slices.DeleteFunc(slices.Clone(x.News), func(n News) bool { return n.Seq <= x.Rung })
}

const (
	// urgeAfter is how long after its end the chat is told that nobody signed an exercise, urgeAgain how long until it is told again.
	urgeAfter = 24 * time.Hour
	urgeAgain = 7 * 24 * time.Hour
)

// Urge is when its chat is to be told that nobody has signed it; zero when somebody has, or there is nothing to sign.
func (x *Exercise) Urge() time.Time {
	switch {
	case x.Status != Done || x.SignedBy != "":
		return time.Time{}
	case x.Urged.IsZero():
		return x.Ended.Add(urgeAfter)
	}
	return x.Urged.Add(urgeAgain)
}
