package evidence

import (
	"cmp"
	"slices"
	"time"

	"twokey/auth"
	"twokey/drills"
)

// held is how it went, step by step.
func (m maker) held(r *Record) {
	x := m.x
	r.Steps, r.Checks, r.Answers = []Step{}, []Checked{}, []Answer{}
	r.Measured = Measurements{RTO: measured(x.RTO), RPO: measured(x.RPO)}
	r.Definitions = Definitions()
	for i, p := range x.Steps {
		r.Steps = append(r.Steps, m.step(i, p))
		for _, c := range p.Found.Checks {
			r.Checks = append(r.Checks, Checked{x.Script[i].Key, c.Name, c.Value, c.State, c.Why})
		}
		if n := p.Found.Newest; n != nil && r.Measured.Newest == nil {
			r.Measured.Newest, r.Measured.Where = m.moment(n.At), n.Where
		}
	}
	for _, name := range m.answered() {
		at := x.Answers[name]
		r.Answers = append(r.Answers, Answer{string(name), m.moment(at), between(x.Started, at)})
	}
}

// answered are those who answered, the soonest first.
func (m maker) answered() []auth.Name {
	names := sorted(m.x.Answers)
	slices.SortStableFunc(names, func(a, b auth.Name) int { return cmp.Compare(m.x.Answers[a].UnixNano(), m.x.Answers[b].UnixNano()) })
	return names
}

func (m maker) step(i int, p drills.Progress) Step {
	s := m.x.Script[i]
	by := string(p.By)
	if s.Auto || by == "" && p.Over() {
		by = theProgram
	}
	return Step{Number: i + 1, Key: s.Key, Title: s.Title, By: by, Auto: s.Auto, Proves: s.Proves, Optional: s.Optional,
		Started: m.moment(p.Begun), Ended: m.moment(p.Ended), Took: between(p.Begun, p.Ended), Within: target(s.Within),
		Outcome: or(string(p.Outcome), "not done"), Line: p.Found.Line, Why: p.Found.Why, Hint: p.Found.Hint, Output: p.Found.Output,
		Evidence: m.photos(i)}
}

// photos are those that were taken while a step went on.
func (m maker) photos(step int) []string {
	names := []string{}
	for _, n := range m.x.Notes {
		if n.Photo != nil && n.Step == step {
			names = append(names, n.Photo.Name)
		}
	}
	return names
}

// after is what follows from it.
func (m maker) after(r *Record) {
	x := m.x
	r.Deviations, r.Aborts, r.Moves, r.Notes, r.Findings = list(m.deviations()), []Abort{}, []Move{}, []Note{}, []FindingNote{}
	for _, a := range x.Aborts {
		r.Aborts = append(r.Aborts, Abort{m.moment(a.At), string(a.By), a.Reason})
	}
	for _, v := range x.Moved {
		r.Moves = append(r.Moves, Move{m.moment(v.From), m.moment(v.To), string(v.Person), v.Reason, v.Agreed, v.Outside})
	}
	for _, n := range x.Notes {
		note := Note{m.moment(n.At), n.Step + 1, string(n.Person), n.Text, nil}
		if n.Photo != nil {
			p := Photo(*n.Photo)
			note.Photo = &p
		}
		r.Notes = append(r.Notes, note)
	}
	for i, f := range x.Findings {
		r.Findings = append(r.Findings, m.finding(i, f))
	}
	if x.SignedBy != "" {
		r.SignOff = &SignOff{string(x.SignedBy), m.moment(x.SignedAt), len(x.Findings)}
	}
}

func (m maker) finding(i int, f drills.Finding) FindingNote {
	return FindingNote{i + 1, Kind, f.Text, string(f.Owner), m.moment(f.Due), findingState(f, m.a.Made), or(string(f.Person), theProgram), m.moment(f.At),
		m.moment(f.Closed), string(f.ClosedBy), f.How}
}

func findingState(f drills.Finding, now time.Time) string {
	switch {
	case !f.Closed.IsZero():
		return "settled"
	case now.After(f.Due):
		return "overdue"
	}
	return "open"
}
