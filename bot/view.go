package bot

import (
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/text"
)

// viewOf copies all that a card of the request shows. It is called under the journal's lock.
func viewOf(s *actions.State, id actions.ID) (text.RequestView, bool) {
	r, ok := s.Request(id)
	if !ok {
		return text.RequestView{}, false
	}
	rule := r.Action().Rule
	v := text.RequestView{Request: r.Clone(), Account: map[auth.Name]auth.Account{}}
	v.Could = s.People.Holding(rule.MayApprove, r.Asked.Person)
	for _, p := range s.People.People() {
		v.Account[p.Name] = p.Accounts[0]
	}
	v.Verdict = rule.Tally(s.People, r.Ballot(), s.Last())
	if r.Status == actions.Approved {
		for _, w := range s.Blockers(r) {
			v.Waits = append(v.Waits, w.Clone())
		}
	}
	v.Lifts = clone(s, r.Asked.Lifts)
	v.Reviewers = reviewers(s, r)
	v.Holder = clone(s, holder(r))
	v.Named = clone(s, r.Asked.Names)
	if v.Holder == nil && v.Named != nil {
		v.Holder = clone(s, holder(v.Named)) // a settlement tells why that run was cut
	}
	return v, true
}

func clone(s *actions.State, id actions.ID) *actions.Request {
	if r, ok := s.Request(id); ok {
		return r.Clone()
	}
	return nil
}

// holder is the stop that ended the request or its run.
func holder(r *actions.Request) actions.ID {
	switch {
	case r.Voided != nil:
		return r.Voided.By
	case r.Cut != nil:
		return r.Cut.By
	}
	return 0
}

// since says when the state a request is in began.
func since(r *actions.Request) time.Time {
	switch {
	case !r.EndedAt.IsZero():
		return r.EndedAt
	case !r.StartedAt.IsZero():
		return r.StartedAt
	case !r.ApprovedAt.IsZero():
		return r.ApprovedAt
	}
	return r.AskedAt
}
