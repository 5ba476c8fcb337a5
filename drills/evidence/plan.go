package evidence

import (
	"twokey/drills"
)

// plan is what it was to be: fixed before anybody knew how it goes.
func (m maker) plan(r *Record) {
	x := m.x
	r.Scenario, r.Objective, r.Criteria = x.Scenario, x.Objective, list(x.Criteria)
	r.Environment, r.Revision, r.Scope = environment(x.Type), x.Revision, []Fact{}
	for _, f := range x.Scope {
		r.Scope = append(r.Scope, Fact{Name: f.Name, Value: f.Value})
	}
	for i, p := range x.Steps {
		for _, f := range p.Found.Scope {
			r.Scope = append(r.Scope, Fact{f.Name, f.Value, x.Script[i].Key})
		}
	}
	switch {
	case x.Dirty:
		r.Gone = "not proven yet: what the automatic steps made may still be there"
	case x.Proof == "":
		r.Gone = "nothing was made"
	default:
		r.Gone = x.Proof
	}
	r.Runbook = m.runbook()
	r.Targets = Targets{RTO: target(x.Target), RPO: target(x.MayLose)}
	r.Looks = []Look{}
	for _, l := range x.Looks {
		r.Looks = append(r.Looks, Look(l))
	}
}

// environment is where a drill of a type is held: by capability, never in production.
func environment(typ string) string {
	switch typ {
	case drills.Code:
		return "a checkout of its own beside the service; never production"
	case drills.Database:
		return "a scratch database, made for the exercise and removed after it; never production"
	case drills.Emergency:
		return "at the table, and on a stage of its own; never production"
	case drills.Approvers:
		return "the chat of the people who approve; nothing of the service is touched"
	}
	return "not production"
}

// runbook compares the procedure's file with that of the time before.
func (m maker) runbook() Runbook {
	var b Runbook
	if d := m.x.Runbook; d != nil {
		b.Path, b.SHA256 = d.Path, d.SHA256
	}
	if o := m.a.Before; o != nil && o.Runbook != nil {
		b.Before = o.Runbook.SHA256
	}
	switch {
	case m.x.Started.IsZero():
		b.Changed = "not known: it was not held"
	case b.SHA256 == "" && b.Before == "":
		b.Changed = "not known: the drill has no runbook in the config"
	case b.SHA256 == "":
		b.Changed = "not known: the drill has no runbook in the config any more"
	case b.Before == "":
		b.Changed = "not known: no exercise before this one has a runbook on record"
	case b.SHA256 == b.Before:
		b.Changed = "no"
	default:
		b.Changed = "yes"
	}
	return b
}

func (m maker) times(r *Record) {
	x := m.x
	r.Period = Period{x.Period.Name, m.moment(x.Period.From), m.moment(x.Period.Until)}
	r.Nominal, r.Planned, r.Started = m.moment(x.Nominal), m.moment(x.At), m.moment(x.Started)
	r.Trigger = or(x.Trigger, "schedule")
	r.Took = unknown(notMeasured)
	switch n := len(x.Aborts); {
	case x.Status == drills.Done:
		r.Ended, r.Took = m.moment(x.Ended), between(x.Started, x.Ended)
	case x.Status != drills.Running && n > 0:
		r.Ended, r.Took = m.moment(x.Aborts[n-1].At), between(x.Started, x.Aborts[n-1].At)
	}
	if x.Status.Over() {
		r.Over = m.moment(x.Ended)
	}
}
