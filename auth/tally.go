package auth

import (
	"slices"
	"time"
)

// Vote is one person's yes or no to one digest, as it was cast.
type Vote struct {
	Person  Name      `json:"person"`
	Account Account   `json:"account"`
	Approve bool      `json:"approve"`
	Digest  string    `json:"digest"`
	At      time.Time `json:"at"`
}

// Ballot is what a rule counts: who asked, for which digest, until when votes were taken, and the votes in order.
type Ballot struct {
	Requester Name
	Digest    string
	Until     time.Time
	Votes     []Vote
}

// Outcome is what a tally comes to. The zero value is Needs: no answer is not a yes.
type Outcome int

// The outcomes.
const (
	Needs Outcome = iota
	Approved
	Denied
)

func (o Outcome) String() string {
	return [...]string{"needs", "approved", "denied"}[o]
}

// Verdict is the outcome with the people behind it: for Approved those who agreed, for Denied the one who did not,
// for Needs how many are missing and who could still agree.
type Verdict struct {
	Outcome Outcome
	By      []Name
	Missing int
	Could   []Name
}

// Tally counts the ballot by this rule and these people, now. It counts a vote only if it was cast for this digest, in
// time and not in the future, from an account that is still that person's, by a person who still holds a role that
// may approve and who is not the one who asked. One denial ends it; a person counts once.
func (r Rule) Tally(d Directory, b Ballot, now time.Time) Verdict {
	if r.Alone {
		return Verdict{Outcome: Approved}
	}
	var yes []Name
	for _, v := range b.Votes {
		switch {
		case !r.counts(d, b, v, now):
		case !v.Approve:
			return Verdict{Outcome: Denied, By: []Name{v.Person}}
		case !slices.Contains(yes, v.Person):
			yes = append(yes, v.Person)
		}
	}
	if len(yes) >= r.need() {
		return Verdict{Outcome: Approved, By: yes}
	}
	return Verdict{Outcome: Needs, By: yes, Missing: r.need() - len(yes), Could: r.could(d, b.Requester, yes)}
}

// counts gives a denial more time than an approval: until the first step starts, a denial by anyone who may vote stops it.
func (r Rule) counts(d Directory, b Ballot, v Vote, now time.Time) bool {
	p, known := d.ByName(v.Person)
	inTime := v.At.Before(b.Until) || !v.Approve
	return known && p.Owns(v.Account) && p.Holds(r.MayApprove) &&
		v.Person != b.Requester && v.Digest == b.Digest && v.Digest != "" &&
		inTime && !v.At.After(now)
}

func (r Rule) could(d Directory, requester Name, voted []Name) []Name {
	return slices.DeleteFunc(d.Holding(r.MayApprove, requester), func(n Name) bool { return slices.Contains(voted, n) })
}
