// Package notice is what a service's users can be told: templates with a text for each language, variables with types, and
// the rules about what such a text may hold.
//
// A template's source is a YAML file, its texts are Telegram's HTML with placeholders:
//
//	summary: the weekly report
//	default: en                        # the language of those whose own has no text
//	vars:
//	  ready: {type: time, default: now, summary: since when it can be read}
//	  takes: {type: duration, presets: [15m, {label: an hour, value: 1h}]}
//	  plan:  {type: choice, values: {free: {en: Free, ru: Бесплатный}, paid: {en: Paid, ru: Платный}}}
//	texts:
//	  en: "The <b>{plan}</b> report is ready since {ready}; reading takes {takes}. {{two braces}}"
//	  ru: "Отчёт «{plan}» готов с {ready}, чтение займёт {takes}."
//
// A file with notices instead of texts is a family: its name, a dot and the key of each are the names.
//
// # Values
//
// [Template.Bind] reads what people typed and gives [Values] in one canonical form; [Template.Render] takes only those.
// A value is escaped, put in once and never read again, so it cannot change the markup or stand for another value.
//
//   - time: now, in 30m, 1h ago, 02:00 (the next one; of a variable about the past, the last one), tonight 02:00, today,
//     tomorrow or yesterday 02:00, 2026-11-25 02:00, all in the zone of [Options], or RFC 3339. {from} shows the clock,
//     {from:day} the date, too, {from:weekday} also the day's name. Each is in UTC, and newer clients show their own zone.
//   - duration: 15m, 1h 30m, 90 min. It shows in words: about 1 h 30 min.
//   - choice: one of values. Each may have its own words in every language.
//   - text: anything the rules allow. It may have values, too: then one of them may be typed instead, and every user reads
//     it in their language. Otherwise everybody reads what was typed, unless it was typed for a language of its own, as
//     impact.ru.
//
// A default may use a duration before it: "in {for}".
//
// # What is refused
//
// In texts, when they are loaded: HTML that Telegram refuses, unknown placeholders, [PLACEHOLDERS] nobody filled in, links
// and addresses whose host is not exactly one of [Options].Links, what could get too long, claims that the service is back
// without green: true. In values: every link and address, Telegram's own, @names, what looks like a wallet or a card,
// characters that cannot be seen, placeholders.
package notice

import (
	"cmp"
	"slices"
	"time"
)

// Set is all templates there are. It is never changed after [Load].
type Set struct {
	templates []*Template
}

// All gives every template: built-in ones first, own ones by file, each file in its order.
func (s Set) All() []*Template { return slices.Clone(s.templates) }

// Get finds a template by its name.
func (s Set) Get(name string) (*Template, bool) {
	i := slices.IndexFunc(s.templates, func(t *Template) bool { return t.Name == name })
	if i < 0 {
		return nil, false
	}
	return s.templates[i], true
}

// Template is one notice that can be sent. It is never changed after [Load].
type Template struct {
	Name, Summary string
	Vars          []Var             // in the order in which people are asked
	Texts         map[string]string // language, in lower case → source
	Default       string            // the language of those whose own has no text
	Picture       *Picture
	Closes        bool            // goes to exactly those who got an earlier notice of the matter
	Green         bool            // claims recovery: only when the checks are green
	Resend        bool            // those whose delivery is unknown are sent to again
	Silent        bool            // does not ring
	Reminders     []time.Duration // before the variable from
	Reminder      string          // the template they send
	Follow        []Follow        // what the same approval covers
	Digest        string          // SHA-256, in hex, over everything of the source that decides what users see, and when

	pieces map[string][]piece
	words  map[string]words
	links  []string
	zone   *time.Location
}

// Follow is a notice that the approval of another one covers: at a time, which is one of its variables, or when something
// is so. The variables of the same names have the same values.
type Follow struct {
	Send string
	At   string // a variable; else When
	When string // checks_green
}

// ChecksGreen is the one thing a notice may wait for.
const ChecksGreen = "checks_green"

// Kind is the type of a variable.
type Kind string

// The kinds of variables, see the package's comment.
const (
	KindText     Kind = "text"
	KindTime     Kind = "time"
	KindDuration Kind = "duration"
	KindChoice   Kind = "choice"
)

// Var is a variable of a template.
type Var struct {
	Name, Summary string
	Kind          Kind
	Values        []Choice // of a choice, all there are; of a text, those that have words in each language
	Default       string   // as typed; "" when it must be given
	Presets       []Preset
	Max           int    // of a text, in characters
	Lines         bool   // of a text: may have several lines
	Past          bool   // of a time: a bare 14:00 is the last one, not the next
	Example       string // for Sample
}

// Preset is a button of the wizard.
type Preset struct{ Label, Value string }

// Choice is a value that has words in each language.
type Choice struct {
	Value, Label string
	Texts        map[string]string // language → words; without any, the value itself is shown
}

// Picture is shown above the text, which then is its caption.
type Picture struct {
	Name  string
	Bytes []byte
}

// Error is why a value cannot be used: a sentence and a hint for people.
type Error struct {
	Sentence, Hint string
	Var            string // the variable; "" when it is about the notice
}

func (e *Error) Error() string { return e.Sentence }

// Unfilled gives the variables without a default: what an automatic notice has to be given.
func (t *Template) Unfilled() []string {
	var names []string
	for _, v := range t.Vars {
		if v.Default == "" {
			names = append(names, v.Name)
		}
	}
	return names
}

func (t *Template) find(name string) (Var, bool) {
	i := slices.IndexFunc(t.Vars, func(v Var) bool { return v.Name == name })
	if i < 0 {
		return Var{}, false
	}
	return t.Vars[i], true
}

func (v Var) choice(value string) (Choice, bool) {
	i := slices.IndexFunc(v.Values, func(c Choice) bool { return c.Value == value })
	if i < 0 {
		return Choice{}, false
	}
	return v.Values[i], true
}

// in gives the words of a choice; every language of the texts has some, or none has.
func (c Choice) in(lang string) string { return cmp.Or(c.Texts[lang], c.Value) }
