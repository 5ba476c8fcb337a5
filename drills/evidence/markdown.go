package evidence

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"twokey/drills"
)

// How many of each are shown.
const (
	mostSteps = 30
	mostLines = 12
)

// sheet is Markdown that is being written.
type sheet struct{ bytes.Buffer }

func (s *sheet) line(format string, args ...any) { fmt.Fprintf(s, format+"\n", args...) }
func (s *sheet) head(text string)                { s.line("\n## %s\n", text) }
func (s *sheet) row(name, value string)          { s.line("| %s | %s |", name, or(value, "none")) }

// more ends a list that was cut.
func (s *sheet) more(n int) {
	if n > 0 {
		s.line("- … and %d more, in the JSON", n)
	}
}

// each writes a list, or what there is instead of one.
func each[T any](s *sheet, all []T, none string, show func(T) string) {
	shown, more := some(all, mostLines)
	for _, v := range shown {
		s.line("- %s", show(v))
	}
	s.more(more)
	if len(all) == 0 {
		s.line("%s", none)
	}
}

// Markdown is the record for people.
func (r Record) Markdown() []byte {
	s := &sheet{}
	s.line("# Drill %d: %s\n", r.ID, md(r.Drill, nameText))
	s.line("**%s**\n", md(r.Headline, longText))
	s.line("A drill, not an incident: it is practice, and counts as no outage. %s\n", r.signedWords())
	r.mdFacts(s)
	r.mdAim(s)
	r.mdMeasured(s)
	r.mdSteps(s)
	r.mdChecks(s)
	r.mdLooks(s)
	r.mdPlanned(s)
	r.mdPeople(s)
	r.mdNotes(s)
	r.mdFindings(s)
	r.mdSignOff(s)
	r.mdJournal(s)
	return s.Bytes()
}

func (r Record) signedWords() string {
	if r.PublicKey == "" {
		return "This record is not signed: no key is set."
	}
	return "The JSON beside it is the record, and is signed by the key " + code(r.PublicKey) + "."
}

func (r Record) mdFacts(s *sheet) {
	s.line("| | |\n|---|---|")
	s.row("Service", md(r.Service, nameText))
	s.row("Type", md(r.Type, nameText))
	s.row("Result", md(string(r.Result), nameText))
	s.row("Reason", md(r.Reason, longText))
	s.row("Period", md(r.Period.Name, nameText))
	s.row("Planned for", both(r.Planned))
	s.row("Started", both(r.Started))
	s.row("Ended", both(r.Ended))
	s.row("Took", md(r.Took.Words, nameText))
	s.row("Trigger", md(r.Trigger, nameText))
	s.row("Owner", md(or(r.Owner, nobody), nameText))
	s.row("Held or decided by", md(or(r.By, nobody), nameText))
}

// both is a time on the wall and in UTC.
func both(m *Moment) string {
	if m == nil {
		return ""
	}
	return md(m.Local, midText) + ", " + code(m.UTC)
}

func local(m *Moment) string {
	if m == nil {
		return "at an unknown time"
	}
	return md(m.Local, midText)
}

func (r Record) mdAim(s *sheet) {
	s.head("What it was to show, fixed before it started")
	s.line("- Scenario: %s", md(or(r.Scenario, "none was written down"), longText))
	s.line("- Objective: %s", md(or(r.Objective, "none was written down"), longText))
	each(s, r.Criteria, "- Success: no criteria were written down", func(c string) string { return "Success: " + md(c, longText) })
	s.line("- Environment: %s", md(r.Environment, longText))
	each(s, r.Scope, "- Scope: nothing was written down", func(f Fact) string {
		return "Scope: " + md(f.Name, nameText) + ": " + md(f.Value, midText)
	})
	s.line("- What was made is gone: %s", md(r.Gone, longText))
	s.line("- Catalogue and people: %s", code(r.Revision))
	s.line("- Runbook: %s, sha256 %s", md(or(r.Runbook.Path, "none is set"), midText), code(r.Runbook.SHA256))
	s.line("- Runbook or plan changed since the exercise before: %s (before: %s)", md(r.Runbook.Changed, midText), code(r.Runbook.Before))
}

func (r Record) mdMeasured(s *sheet) {
	s.head("Measured")
	s.line("| | target | measured |\n|---|---|---|")
	s.line("| RTO | %s | %s |", md(r.Targets.RTO.Words, nameText), md(r.Measured.RTO.Words, nameText))
	s.line("| RPO | %s | %s |\n", md(r.Targets.RPO.Words, nameText), md(r.Measured.RPO.Words, nameText))
	for _, d := range r.Definitions {
		s.line("- %s: %s", md(d.Word, nameText), md(d.Meaning, longText))
	}
	if r.Measured.Newest != nil {
		s.line("- Newest row that came back: %s, by %s", both(r.Measured.Newest), md(r.Measured.Where, midText))
	}
}

func (r Record) mdSteps(s *sheet) {
	s.head("Steps")
	if len(r.Steps) == 0 {
		s.line("No steps are on record.")
		return
	}
	s.line("| | step | who | started | ended | took | outcome | what came of it | output | evidence |\n|---|---|---|---|---|---|---|---|---|---|")
	shown, more := some(r.Steps, mostSteps)
	for _, p := range shown {
		s.line("| %d | %s | %s | %s | %s | %s | %s | %s | %s | %s |", p.Number, md(p.Title, nameText), md(or(p.By, nobody), nameText), clock(p.Started),
			clock(p.Ended), md(p.Took.Words, nameText), md(p.Outcome, nameText), md(p.said(), midText), code(short(p.Output)), md(p.evidence(), midText))
	}
	if s.line(""); more > 0 {
		s.line("… and %d more steps, in the JSON", more)
	}
	s.line("Times in the table are UTC. “Output” is the beginning of the sha256 of what a program printed.")
}

// said is what a step came to.
func (p Step) said() string {
	said := p.Line
	if p.Why != "" {
		said = p.Why
	}
	if p.Proves {
		said = "(proof) " + said
	}
	return said
}

func (p Step) evidence() string {
	switch n := len(p.Evidence); n {
	case 0:
		return "none"
	case 1:
		return p.Evidence[0]
	default:
		return fmt.Sprintf("%d photos", n)
	}
}

// clock is the time of day of a moment, in UTC.
func clock(m *Moment) string {
	if m == nil || len(m.UTC) < len("2006-01-02T15:04:05") {
		return "none"
	}
	return m.UTC[len("2006-01-02T"):len("2006-01-02T15:04:05")]
}

func short(hash string) string { return hash[:min(len(hash), 12)] }

// first puts what somebody should see before what is cut off.
func first[T any](all []T, urgent func(T) bool) []T {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(rank(urgent(a)), rank(urgent(b))) })
	return all
}

func rank(urgent bool) int {
	if urgent {
		return 0
	}
	return 1
}

func (r Record) mdChecks(s *sheet) {
	s.head("Checks of what came back")
	all := first(r.Checks, func(c Checked) bool { return c.State == drills.Red })
	each(s, all, "None are on record.", func(c Checked) string {
		return md(c.State, nameText) + ": " + md(c.Name, midText) + ": " + md(or(c.Value, "no value"), midText) + because(c.Why)
	})
	for i, a := range r.Answers {
		if i < mostLines {
			s.line("- %s answered after %s", md(a.Person, nameText), md(a.After.Words, nameText))
		}
	}
	s.more(len(r.Answers) - mostLines)
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ", " + md(why, midText)
}
