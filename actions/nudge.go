package actions

import "time"

// nudgesBy is how many of the calls to those who have not voted are due by a time: none once it does not wait for votes.
func (r *Request) nudgesBy(now time.Time) (n int) {
	if r.Status != Pending {
		return 0
	}
	for n < len(r.Asked.Nudge) && !now.Before(r.AskedAt.Add(r.Asked.Nudge[n])) {
		n++
	}
	return n
}

// Unanswered says whether the last call went out and nobody had voted: somebody else must be called now.
func (r *Request) Unanswered() bool {
	return r.Status == Pending && r.Nudges > 0 && r.Nudges == len(r.Asked.Nudge) && len(r.Votes) == 0
}
