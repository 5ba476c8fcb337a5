package evidence

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"twokey/drills"
	"twokey/internal/showable"
)

// What fits on one A4 page, even when all of it is as long as it may be.
const (
	pageSteps  = 6
	pageLines  = 3
	pageChecks = 4
	pageShort  = 38
	pageName   = 20
	pageText   = 100
	pageLead   = 150
	pageValue  = 64
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// pages are made of a template that escapes for where a text stands; what is seen of the text is clean's.
var pages = template.Must(template.New("page").Funcs(template.FuncMap{
	"day":   func(local string) string { return day(local) },
	"lead":  func(s string) string { return fits(s, pageLead) },
	"value": func(s string) string { return fits(s, pageValue) },
	"name":  func(s string) string { return fits(s, pageName) },
	"short": func(v any) string { return fits(fmt.Sprint(v), pageShort) },
	"text":  func(s string) string { return fits(s, pageText) },
}).Parse(styled(pageHTML)))

// styled puts in the one style, and a policy that allows it and nothing else: no script, and nothing from anywhere.
func styled(page string) string {
	sum := sha256.Sum256([]byte(pageCSS))
	return strings.NewReplacer("POLICY", "sha256-"+base64.StdEncoding.EncodeToString(sum[:]), "STYLE", pageCSS).Replace(page)
}

// fits is a text of at most as many characters as fit where so many usual ones do: wide letters need more room.
func fits(s string, most int) string {
	const usual = 8 // of textLong
	s = showable.Line(s, most)
	for n := most; textLong(s) > most*usual; n-- {
		s = showable.Line(s, n)
	}
	return s
}

// day is the day of a local time: "Tue 5 Jan 2027".
func day(local string) string {
	words, _ := some(strings.Fields(local), 4)
	return strings.Join(words, " ")
}

// sheetOf is what a page needs besides the record.
type sheetOf struct {
	R                                     Record
	Colour                                Colour
	Result, Title, Done, Well             string
	SignOff, Sum                          string
	Steps                                 []Step
	Checks                                []Checked
	Deviations                            []string
	Findings                              []FindingNote
	MoreSteps, MoreChecks, MoreDeviations int
	MoreFindings                          int
}

// Page is the record as a page to print or to show: one sheet of A4.
func (r Record) Page() []byte {
	p := sheetOf{R: r, Colour: colourOf(r.Result), Result: string(r.Result), Title: title(r.Type)}
	p.Checks, p.MoreChecks = some(first(r.Checks, func(c Checked) bool { return c.State == drills.Red }), pageChecks)
	p.Deviations, p.MoreDeviations = some(r.Deviations, pageLines)
	p.Findings, p.MoreFindings = some(first(r.Findings, func(f FindingNote) bool { return f.State != "settled" }), pageLines)
	room := 2*(2*pageLines-len(p.Deviations)-len(p.Findings)) + pageChecks - len(p.Checks) // what the others leave; most of theirs take two lines
	p.Steps, p.MoreSteps = some(r.Steps, pageSteps+room)
	p.Done = of(r.Steps, func(s Step) bool { return s.Outcome == string(drills.StepDone) })
	judged := slices.DeleteFunc(slices.Clone(r.Checks), func(c Checked) bool { return c.State == drills.Told })
	p.Well = of(judged, func(c Checked) bool { return c.State == drills.Green })
	p.SignOff = r.signOffWords(fits)
	if text, err := r.JSON(); err == nil {
		sum := sha256.Sum256(text)
		p.Sum = hex.EncodeToString(sum[:])
	}
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, "page", p); err != nil {
		panic("evidence: our own page: " + err.Error()) // it is a constant, and a buffer takes everything
	}
	return b.Bytes()
}

// of counts those that are: "8 of 9".
func of[T any](all []T, is func(T) bool) string {
	n := 0
	for _, v := range all {
		if is(v) {
			n++
		}
	}
	return fmt.Sprintf("%d of %d", n, len(all))
}

// title is what was practised, for somebody who does not know the names of our drills.
func title(typ string) string {
	switch typ {
	case drills.Code:
		return "going back to the release before"
	case drills.Database:
		return "restoring the database from its backup"
	case drills.Emergency:
		return "the whole emergency procedure"
	case drills.Approvers:
		return "reaching those who approve"
	}
	return "a drill"
}

func colourOf(r drills.Result) Colour {
	switch r {
	case drills.Pass:
		return Green
	case drills.Partial, drills.Aborted:
		return Amber
	case drills.Fail:
		return Red
	}
	return Grey
}
