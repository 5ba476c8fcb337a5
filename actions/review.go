package actions

import (
	"slices"
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

// KindReviewed is the entry of somebody who looked, afterwards, at what one person did alone.
const KindReviewed = "request.reviewed"

// Review is one other person's word on what was done alone.
type Review struct {
	Request ID           `json:"request"`
	Person  auth.Name    `json:"person"`
	Account auth.Account `json:"account,omitempty"`
	Right   bool         `json:"right"` // it was right to do it
	Text    string       `json:"text,omitempty"`
	At      time.Time    `json:"-"`
}

// Unreviewed is how many others still have to look at what was done alone; 0 when it was not, or enough have.
func (r *Request) Unreviewed() int {
	if r.Brief || !r.Action().Rule.Alone || !r.Status.Final() || r.StartedAt.IsZero() {
		return 0
	}
	return max(0, r.Wanted-len(r.Reviews))
}

// Reviewable says whether nothing but a review keeps it from being over.
func (r *Request) Reviewable() bool {
	return r.Unreviewed() > 0 && !r.Locks && !r.Unsettled() && !r.OwesDrop()
}

// Reviews lists, oldest first, what still has to be looked at.
func (s *State) Reviews() []*Request {
	return slices.DeleteFunc(s.Live(), func(r *Request) bool { return r.Unreviewed() == 0 })
}

// Reviewers are the people who may still review a request.
func (s *State) Reviewers(r *Request) []auth.Name {
	return slices.DeleteFunc(s.People.Holding(r.Action().Rule.MayApprove, r.Asked.Person), func(n auth.Name) bool { return r.reviewedBy(n) })
}

func (r *Request) reviewedBy(n auth.Name) bool {
	return slices.ContainsFunc(r.Reviews, func(v Review) bool { return v.Person == n })
}

// Review decides on somebody's word about what was done alone.
func (s *State) Review(v Review) (journal.Draft, error) {
	r, ok := s.Request(v.Request)
	if !ok {
		return journal.Draft{}, &Refusal{Reason: NoSuchRequest, Request: v.Request}
	}
	may := s.People.Holding(r.Action().Rule.MayApprove, r.Asked.Person)
	no := Refusal{Request: r.ID, Action: r.Action().Name, State: r.Status, Who: may}
	switch {
	case v.Person == r.Asked.Person:
		no.Reason = OwnReview
	case !slices.Contains(may, v.Person):
		no.Reason = NotReviewer
	case r.reviewedBy(v.Person):
		no.Reason = ReviewedAlready
	case r.Unreviewed() == 0:
		no.Reason = NothingToReview
	default:
		return journal.Draft{Kind: KindReviewed, Actor: string(v.Person), Body: v}, nil
	}
	return journal.Draft{}, &no
}

// wanted is how many reviews a request asks for: as many as its rule wants, or as many others as there are.
func (s *State) wanted(r *Request) int {
	rule := r.Action().Rule
	return min(rule.Review, len(s.People.Holding(rule.MayApprove, r.Asked.Person)))
}
