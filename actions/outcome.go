package actions

import "maps"

// Outcome is what a request came to: its action, and the final state it reached first.
type Outcome struct {
	Action Name
	Status Status
}

// Outcomes counts the requests that are over, since the first entry of the journal.
func (s *State) Outcomes() map[Outcome]uint64 { return maps.Clone(s.outcomes) }

// tally counts a request that has just ended, and no request twice: an interrupted one that is settled stays what it was.
func (s *State) tally(r *Request, over bool) {
	if !over && r.Status.Final() {
		s.outcomes[Outcome{r.Action().Name, r.Status}]++
	}
}
