package evidence

import (
	"slices"

	"twokey/auth"
	"twokey/drills"
)

// people are who took part, in the order in which they came in, and what they did.
func (m maker) people(r *Record) {
	x := m.x
	r.Owner, r.Owners = string(x.Owner), []string{}
	for _, n := range x.Owners {
		r.Owners = append(r.Owners, string(n))
	}
	var c cast
	c.add(x.Owner, "owner")
	m.heldBy(&c)
	c.observe(x.Notes)
	m.decided(&c)
	r.Participants, r.Observers = list(c.all), list(c.observers)
	r.Approvals, r.Escalations = list(m.approvals()), []Escalation{}
	for _, e := range x.Called {
		r.Escalations = append(r.Escalations, Escalation{string(e.Lack), string(e.Level), string(e.Person), e.Seq})
	}
}

// heldBy are who was part of it while it went on.
func (m maker) heldBy(c *cast) {
	x := m.x
	if !x.Started.IsZero() {
		c.add(x.By, "started it")
	}
	for _, p := range x.Steps {
		c.add(p.By, "did steps")
	}
	for _, name := range sorted(x.Answers) {
		c.add(name, "answered")
	}
}

// decided are who decided something about it.
func (m maker) decided(c *cast) {
	x := m.x
	if x.Anyway != nil {
		c.add(x.Anyway.Person, "asked to start although not all was well")
	}
	for _, v := range x.Moved {
		c.add(v.Person, "rescheduled it")
	}
	for _, a := range x.Aborts {
		c.add(a.By, "aborted it")
	}
	if x.Status == drills.Off {
		c.add(x.By, "skipped it")
	}
	for _, f := range x.Findings {
		c.add(f.ClosedBy, "settled a finding")
	}
	c.add(x.SignedBy, "signed")
}

// cast is who took part.
type cast struct {
	all       []Participant
	observers []string
}

func (c *cast) add(name auth.Name, role string) {
	if name == "" {
		return
	}
	i := slices.IndexFunc(c.all, func(p Participant) bool { return p.Name == string(name) })
	if i < 0 {
		i, c.all = len(c.all), append(c.all, Participant{Name: string(name)})
	}
	if !slices.Contains(c.all[i].Roles, role) {
		c.all[i].Roles = append(c.all[i].Roles, role)
	}
}

// observe adds who noted something; those who did nothing else until then only looked on.
func (c *cast) observe(notes []drills.Note) {
	part := len(c.all)
	for _, n := range notes {
		c.add(n.Person, "noted")
	}
	for _, p := range c.all[part:] {
		c.observers = append(c.observers, p.Name)
	}
}

// approvals are what one person alone could not decide.
func (m maker) approvals() (all []Approval) {
	x := m.x
	for _, v := range x.Moved {
		if v.Agreed > 1 {
			all = append(all, Approval{"another time", string(v.Person), names(v.With), v.Agreed, v.Reason, []string{}, m.moment(v.When), true})
		}
	}
	if a := x.Anyway; a != nil {
		all = append(all, Approval{"start although not all was well", string(a.Person), names(a.With), a.People, a.Reason, list(a.Red), m.moment(a.At), m.agreed()})
	}
	if x.Status == drills.Off {
		all = append(all, Approval{"not to hold it", string(x.By), names(x.OffWith), leastToSkip, x.Reason, []string{}, m.moment(x.Ended), true})
	}
	return all
}

func names(all []auth.Name) []string {
	texts := []string{}
	for _, n := range all {
		texts = append(texts, string(n))
	}
	return texts
}

// agreed says whether it started although not all was well, and people had agreed to just that.
func (m maker) agreed() bool {
	red := drills.Looks(m.x.Looks)
	return !m.x.Started.IsZero() && len(red) > 0 && m.x.HasAnyway(m.x.Started, red)
}

// leastToSkip is how many people it takes; how many there were is in the journal.
const leastToSkip = 2

func sorted[V any](all map[auth.Name]V) (names []auth.Name) {
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
