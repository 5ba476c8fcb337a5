package auth

import (
	"errors"
	"fmt"
	"time"
)

// Rule says who may ask for an action, who may agree, how many others must, and for how long.
type Rule struct {
	// Alone lets one person do it. Only actions that read, protect or stop may have it; the catalogue checks.
	Alone bool `json:"alone,omitempty"`
	// Approvals is how many other people must agree, at least 1. A smaller number never lowers the bar: Tally reads it as 1.
	Approvals int `json:"approvals"`
	// AskWithin is how long a request waits for its approvals, StartWithin how long an approved one waits for its start.
	AskWithin   time.Duration `json:"ask_within"`
	StartWithin time.Duration `json:"start_within"`
	MayAsk      []Role        `json:"may_ask"`
	MayApprove  []Role        `json:"may_approve"`
	// Review is how many others look at it afterwards.
	Review int `json:"review,omitempty"`
}

// Partial is a rule as the config writes it: what it does not name comes from another rule.
type Partial struct {
	Alone       *bool          `yaml:"alone"`
	Approvals   *int           `yaml:"approvals"`
	AskWithin   *time.Duration `yaml:"ask_within"`
	StartWithin *time.Duration `yaml:"start_within"`
	MayAsk      []Role         `yaml:"may_ask"`
	MayApprove  []Role         `yaml:"may_approve"`
	Review      *int           `yaml:"review"`
}

// Over returns the rule with what p names put over base.
func (p Partial) Over(base Rule) Rule {
	set(&base.Alone, p.Alone)
	set(&base.Approvals, p.Approvals)
	set(&base.AskWithin, p.AskWithin)
	set(&base.StartWithin, p.StartWithin)
	set(&base.Review, p.Review)
	if p.MayAsk != nil {
		base.MayAsk = p.MayAsk
	}
	if p.MayApprove != nil {
		base.MayApprove = p.MayApprove
	}
	return base
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// Check says everything that is wrong with the rule for these people: numbers and times that are not positive,
// roles that nobody has, and a bar that no set of people could reach.
func (r Rule) Check(d Directory) error {
	return errors.Join(r.checkNumbers(), r.checkRoles(d), r.checkReach(d))
}

func (r Rule) checkNumbers() error {
	var errs []error
	if r.Approvals < 1 {
		errs = append(errs, fmt.Errorf("approvals is %d: at least 1 other person must agree (alone: true is what lets one person act)", r.Approvals))
	}
	if r.AskWithin <= 0 {
		errs = append(errs, fmt.Errorf("ask_within is %s: it must be more than nothing", r.AskWithin))
	}
	if r.StartWithin <= 0 {
		errs = append(errs, fmt.Errorf("start_within is %s: it must be more than nothing", r.StartWithin))
	}
	if r.Review < 0 {
		errs = append(errs, fmt.Errorf("review is %d: it cannot be negative", r.Review))
	}
	return errors.Join(errs...)
}

func (r Rule) checkRoles(d Directory) error {
	var errs []error
	for _, list := range [][]Role{r.MayAsk, r.MayApprove} {
		for _, role := range list {
			if len(d.Holding([]Role{role}, "")) == 0 {
				errs = append(errs, fmt.Errorf("role %q: nobody has it", role))
			}
		}
	}
	return errors.Join(errs...)
}

// checkReach looks for one person who may ask and has enough others. A bar that only some may not reach is theirs to
// learn from the refusal; a bar nobody can reach is an action that does not exist.
func (r Rule) checkReach(d Directory) error {
	askers := d.Holding(r.MayAsk, "")
	if len(askers) == 0 {
		return errors.New("nobody may ask for it")
	}
	if r.Alone {
		return nil
	}
	for _, who := range askers {
		if len(d.Holding(r.MayApprove, who)) >= r.need() {
			return nil
		}
	}
	return fmt.Errorf("nobody could ever get it approved: it needs %d other people who may approve", r.need())
}

func (r Rule) need() int { return max(1, r.Approvals) }
