package evidence

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"twokey/internal/showable"
)

//go:embed readme.md
var readmeMD string

//go:embed index.html
var indexHTML string

var indexes = template.Must(template.Must(pages.Clone()).New("index").Parse(styled(indexHTML)))

// readme says what is in the pack, and how to check it without anything of ours.
func (p *packing) readme() []byte {
	signed := "Nothing in this pack is signed: no key is set."
	if p.a.PublicKey != "" {
		signed = strings.ReplaceAll(checkingMD, "KEY", showable.Line(p.a.PublicKey, midText))
	}
	return []byte(strings.NewReplacer("YEAR", fmt.Sprint(p.year), "SERVICE", md(p.a.Service, nameText),
		"MADE", p.a.Made.UTC().Format("2006-01-02 15:04:05"), "VERSION", md(p.a.Version, nameText), "JOURNAL", code(p.a.Journal),
		"COUNT", fmt.Sprint(len(p.of)), "CHECKING", signed).Replace(readmeMD))
}

//go:embed checking.md
var checkingMD string

// coverage is drills by periods.
func (p *packing) coverage() []byte {
	s := &sheet{}
	s.line("# Coverage of %d\n", p.year)
	s.line("Each drill in each of its periods. A period is covered by pass, partial or fail; “skipped” is what two people decided, “missed”")
	s.line("what nobody did.\n")
	s.line("| drill | period | result | from start to proof | scenario | record |\n|---|---|---|---|---|---|")
	for _, c := range p.cells {
		record := "none"
		if c.Record != "" {
			record = fmt.Sprintf("[%d](%s.md)", c.Exercise, c.Record)
		}
		s.line("| %s | %s | %s | %s | %s | %s |", md(c.Drill, nameText), c.Period, md(c.State, nameText), md(c.Took.Words, nameText),
			md(or(c.Scenario, "none"), midText), record)
	}
	s.head("Covered")
	for _, k := range p.tally() {
		s.line("- %s: %s", md(k.Drill, nameText), k.Words)
	}
	s.head("Besides, because somebody wanted it")
	each(s, p.wanted(), "None.", func(c Cell) string {
		return fmt.Sprintf("%s: %s ([%d](%s.md))", md(c.Drill, nameText), md(c.State, nameText), c.Exercise, c.Record)
	})
	return s.Bytes()
}

// wanted are the exercises of the year that no schedule made.
func (p *packing) wanted() (all []Cell) {
	for _, x := range p.of {
		if every(x) == "" {
			all = append(all, Cell{Drill: string(x.Drill), Type: x.Type, Period: "besides", State: p.a.state(x), Exercise: x.ID,
				Took: measured(x.RTO), Scenario: x.Scenario, Record: p.a.file(x)})
		}
	}
	return all
}

// count is how much of a year is covered.
type count struct{ Drill, Words string }

// tally counts the periods that are over, and those that have a result.
func (p *packing) tally() (all []count) {
	due, done := map[string]int{}, map[string]int{}
	var names []string
	for _, c := range p.cells {
		if len(names) == 0 || names[len(names)-1] != c.Drill {
			names = append(names, c.Drill)
		}
		switch c.State {
		case "pass", "partial", "fail":
			due[c.Drill]++
			done[c.Drill]++
		case Skipped, Missed, Late, Unknown:
			due[c.Drill]++
		}
	}
	for _, n := range names {
		all = append(all, count{n, fmt.Sprintf("%d of %d periods that were due have a result", done[n], due[n])})
	}
	return all
}

// findings are all that are open, whatever year they are of.
func (p *packing) findings() []byte {
	s := &sheet{}
	s.line("# Open findings\n")
	s.line("Of all years, when this pack was made. Those that are settled are in their records.\n")
	open := p.open()
	if len(open) == 0 {
		s.line("None.")
	}
	for _, o := range open {
		s.line("- drill %d, %s, finding %d, %s: %s; owner %s, due %s", o.ID, md(o.Drill, nameText), o.Number, o.State, md(o.Text, longText),
			md(or(o.Owner, nobody), nameText), local(o.Due))
	}
	return s.Bytes()
}

// openFinding is one, and of which exercise.
type openFinding struct {
	ID    uint64
	Drill string
	FindingNote
}

func (p *packing) open() (all []openFinding) {
	for _, x := range p.all {
		m := maker{x, p.a}
		for _, n := range x.OpenFindings() {
			all = append(all, openFinding{x.ID, string(x.Drill), m.finding(n-1, x.Findings[n-1])})
		}
	}
	return all
}

// index is where somebody begins to read.
func (p *packing) index() []byte {
	var b bytes.Buffer
	err := indexes.Execute(&b, struct {
		Year   int
		A      About
		Made   *Moment
		Cells  []Cell
		Wanted []Cell
		Tally  []count
		Open   []openFinding
	}{p.year, p.a, (maker{a: p.a}).moment(p.a.Made), p.cells, p.wanted(), p.tally(), p.open()})
	if err != nil {
		panic("evidence: our own index: " + err.Error()) // it is a constant, and a buffer takes everything
	}
	return b.Bytes()
}
