package actions

import (
	"slices"
	"time"

	"twokey/actions/step"
	"twokey/auth"
	"twokey/internal/journal"
)

// A request of an action that says confirm: true is done at once, because it only looks; what it found counts when another
// person has confirmed it. Some checks are a person's to do: they are answered one by one before.

// The kinds of entries about what was found.
const (
	KindAnswered  = "check.answered"
	KindConfirmed = "check.confirmed"
	KindNoted     = "request.noted"
)

// Answered is a person's answer to a check that asks people.
type Answered struct {
	Request ID        `json:"request"`
	Check   string    `json:"check"`
	Person  auth.Name `json:"person"`
	Done    bool      `json:"done"` // false: it failed
}

// Confirmed is the second person's word that the findings are what they are. Green is what they came to.
type Confirmed struct {
	Request ID           `json:"request"`
	Person  auth.Name    `json:"person"`
	Account auth.Account `json:"account,omitempty"`
	Green   bool         `json:"green"`
}

// The topics of a note.
const (
	NoteWrong    = "wrong"    // what is wrong
	NoteAffected = "affected" // who is affected
	NoteOther    = "note"
)

// Noted is what a person wrote about a request, afterwards.
type Noted struct {
	Request ID        `json:"request"`
	Person  auth.Name `json:"person"`
	About   string    `json:"about"`
	Text    string    `json:"text"`
	At      time.Time `json:"-"`
}

// Findings is what the request's checks came to, the last step that looked.
func (r *Request) Findings() []step.Finding {
	for _, run := range slices.Backward(r.Runs) {
		if len(run.Checks) > 0 {
			return run.Checks
		}
	}
	return nil
}

// Red is the keys of the checks that kept an unlock's plan from being made: what would have to be accepted by name.
func (r *Request) Red() []string { return r.red }

// Unconfirmed says whether findings wait for a second person.
func (r *Request) Unconfirmed() bool {
	return !r.Brief && r.Action().Confirm && r.Status == Succeeded && r.Confirmed == nil && !r.Lapsed
}

// Baseline is the request whose findings were last confirmed, and when; 0 when none were.
func (s *State) Baseline() (ID, time.Time) { return s.baseline, s.since }

// Answer decides on a person's answer to a check that asks people. A later answer replaces an earlier one.
func (s *State) Answer(now journal.Now, b Answered) (journal.Draft, error) {
	r, err := s.unconfirmed(now, b.Request, b.Person)
	if err != nil {
		return journal.Draft{}, err
	}
	asks := slices.ContainsFunc(r.Findings(), func(f step.Finding) bool { return f.Name == b.Check && f.Ask != "" })
	if !asks {
		return journal.Draft{}, &Refusal{Reason: NoSuchCheck, Request: r.ID, Param: b.Check}
	}
	return journal.Draft{Kind: KindAnswered, Actor: string(b.Person), Body: b}, nil
}

// Confirm decides on the second person's word.
func (s *State) Confirm(now journal.Now, id ID, person auth.Name, account auth.Account) (journal.Draft, error) {
	r, err := s.unconfirmed(now, id, person)
	if err != nil {
		return journal.Draft{}, err
	}
	may := s.People.Holding(r.Action().Rule.MayApprove, r.Asked.Person)
	no := Refusal{Request: id, Action: r.Action().Name, State: r.Status, Who: may}
	switch open := names(r.Findings(), step.Open); {
	case person == r.Asked.Person:
		no.Reason = OwnRequest
	case !slices.Contains(may, person):
		no.Reason = NotApprover
	case len(open) > 0:
		no.Reason, no.Values = ChecksOpen, open
	case s.clockWrong(now, r.Action()):
		no.Reason, no.Detail = ClockBehind, now.Behind.Round(time.Second).String()
	default:
		green := !slices.ContainsFunc(r.Findings(), step.Finding.Bad)
		return journal.Draft{Kind: KindConfirmed, Actor: string(person), Body: Confirmed{Request: id, Person: person, Account: account, Green: green}}, nil
	}
	return journal.Draft{}, &no
}

func names(list []step.Finding, in step.CheckState) []string {
	var all []string
	for _, f := range list {
		if f.State == in {
			all = append(all, f.Name)
		}
	}
	return all
}

// unconfirmed finds findings that wait for a second person, and refuses whoever nobody knows and what is too late.
func (s *State) unconfirmed(now journal.Now, id ID, person auth.Name) (*Request, error) {
	r, ok := s.Request(id)
	if !ok {
		return nil, &Refusal{Reason: NoSuchRequest, Request: id}
	}
	no := Refusal{Request: id, Action: r.Action().Name, State: r.Status}
	switch _, known := s.People.ByName(person); {
	case !known:
		no.Reason, no.Who = NotApprover, s.People.Holding(r.Action().Rule.MayApprove, r.Asked.Person)
	case r.Confirmed != nil:
		no.Reason, no.Who, no.Until = ConfirmedAlready, []auth.Name{r.Confirmed.Person}, r.ConfirmedAt
	case !r.Unconfirmed(), !now.Before(r.ConfirmUntil):
		no.Reason, no.Until = TooLate, r.ConfirmUntil
	default:
		return r, nil
	}
	return nil, &no
}

// Note decides what a person's words about a request are: after a panic the first say what is wrong and the next who is
// affected; all others are notes.
func (s *State) Note(b Noted) (journal.Draft, error) {
	r, ok := s.Request(b.Request)
	if !ok || r.Over() {
		return journal.Draft{}, &Refusal{Reason: NotNoted, Request: b.Request}
	}
	if b.About == "" {
		b.About = r.missing()
	}
	return journal.Draft{Kind: KindNoted, Actor: string(b.Person), Body: b}, nil
}

// missing is what nobody has said yet.
func (r *Request) missing() string {
	switch {
	case r.Action().Locking != LockSet:
	case r.Asked.Reason == "" && r.Said(NoteWrong) == "":
		return NoteWrong
	case r.Said(NoteAffected) == "":
		return NoteAffected
	}
	return NoteOther
}

// Said is the newest word on a topic.
func (r *Request) Said(about string) string {
	for _, n := range slices.Backward(r.Notes) {
		if n.About == about {
			return n.Text
		}
	}
	return ""
}

func (s *State) applyAnswered(r *Request, b *Answered) {
	list := r.Findings()
	for i, f := range list {
		if f.Name != b.Check {
			continue
		}
		list[i].State, list[i].Value = step.Green, "done, "+string(b.Person)
		if !b.Done {
			list[i].State, list[i].Value, list[i].Why = step.Red, "failed, "+string(b.Person), ""
		}
	}
}

func (s *State) applyConfirmed(e journal.Entry, r *Request, b *Confirmed) {
	r.Confirmed, r.ConfirmedAt = b, e.Time
	s.baseline, s.confirmed, s.since = r.ID, slices.Clone(r.Findings()), e.Time
}
