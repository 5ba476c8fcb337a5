package notice

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxChoice is how long the words of a choice may be.
const maxChoice = 300

// noon is when defaults and presets are tried out: a winter's day on which nowhere the clocks are changed.
func noon() time.Time { return time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC) }

func (d *draft) readVars(n *node) {
	for _, e := range n.fields("a type for each variable: for: {type: duration}") {
		if !fileForm.MatchString(e.key) {
			e.value.wrong("cannot be the name of a variable", "use small letters, digits and _")
			continue
		}
		if !e.value.is(mapping, "{type: text}") {
			continue
		}
		v := d.decodeVar(e.key, e.value)
		d.Vars = append(d.Vars, v)
		d.tryVar(e.value, v)
		e.value.close()
	}
}

func (d *draft) decodeVar(name string, n *node) Var {
	v := Var{Name: name, Summary: n.get("summary").str(), Default: n.get("default").str(), Example: n.get("example").str()}
	kind := n.get("type")
	v.Kind = Kind(kind.str())
	kinds := []Kind{KindText, KindTime, KindDuration, KindChoice}
	if kind.kind != broken && !slices.Contains(kinds, v.Kind) {
		n.wrong(fmt.Sprintf("has the type %s, which is not known", quote(string(v.Kind))), "write type: text, time, duration or choice")
	}
	v.Lines, v.Past = n.get("lines").boolean(), n.get("past").boolean()
	if v.Kind == KindText {
		v.Max = decodeMax(n.get("max"))
	}
	v.Values = d.decodeValues(n.get("values"))
	d.misplaced(n, v)
	v.Presets = decodePresets(n.get("presets"))
	if v.Presets == nil {
		v.Presets = d.presets(v)
	}
	return v
}

func decodeMax(n *node) int {
	s := n.str()
	if n.kind == absent || n.kind == broken {
		return defaultMax
	}
	most, err := strconv.Atoi(s)
	if err != nil || most < 1 || most > maxText {
		n.wrong(fmt.Sprintf("is %s: a number of characters up to %d is expected", quote(s), maxText), "")
		return defaultMax
	}
	return most
}

// misplaced refuses what says nothing about a variable of this kind.
func (d *draft) misplaced(n *node, v Var) {
	for key, kinds := range map[string][]Kind{
		"max": {KindText}, "lines": {KindText}, "past": {KindTime}, "values": {KindText, KindChoice},
	} {
		if at := n.lookup(key); at != nil && at.present() && !slices.Contains(kinds, v.Kind) {
			at.wrong(fmt.Sprintf("says nothing about a variable of type %s", v.Kind), "remove it")
		}
	}
	if v.Kind == KindChoice && len(v.Values) == 0 {
		n.wrong("has nothing to choose from", "write values: [one, two]")
	}
}

// decodeValues reads a list of words, or words for each language.
func (d *draft) decodeValues(n *node) []Choice {
	var all []Choice
	if n.kind == list {
		for _, item := range n.items {
			c := Choice{Value: item.str()}
			d.judgeWords(item, c.Value)
			all = append(all, c)
		}
		return all
	}
	for _, e := range n.fields("[one, two], or one: {en: One, ru: Один}") {
		if !bareValue.MatchString(e.key) {
			e.value.wrong("cannot be a value that people type", "use letters, digits and _; how it is shown stands behind it")
		} else if e.value.is(mapping, "{en: One, ru: Один}") {
			all = append(all, d.decodeChoice(e.key, e.value))
		}
	}
	return all
}

func (d *draft) decodeChoice(value string, n *node) Choice {
	c := Choice{Value: value, Label: n.get("label").str(), Texts: map[string]string{}}
	for _, lang := range d.languages() {
		key := lang
		for _, e := range n.entries {
			if plainLang(e.key) == lang {
				key = e.key
			}
		}
		words := n.get(key)
		if !words.present() && words.kind != broken {
			n.file.add(n.line, n.path+" has no words in the language "+lang, "write them: every language of the texts has some")
			continue
		}
		if c.Texts[lang] = words.str(); c.Texts[lang] != "" {
			d.judgeWords(words, c.Texts[lang])
		}
	}
	n.close()
	return c
}

func decodePresets(n *node) []Preset {
	var all []Preset
	for _, item := range n.list("a list: [15m, {label: an hour, value: 1h}]") {
		if item.kind != mapping {
			s := item.str()
			all = append(all, Preset{presetLabel(s), s})
			continue
		}
		p := Preset{item.get("label").str(), item.get("value").str()}
		item.close()
		if p.Label == "" || p.Value == "" {
			item.wrong("needs a label and a value", "write {label: an hour, value: 1h}")
		}
		all = append(all, p)
	}
	return all
}

// presetLabel shows a duration as one, and everything else as it is typed.
func presetLabel(s string) string {
	d, err := parseDuration(s)
	if err != nil {
		return s
	}
	w, _ := known("en")
	w.about = "{}"
	return w.span(d)
}

// presets are the buttons of a variable for which the file names none.
func (d *draft) presets(v Var) []Preset {
	values := map[Kind][]string{
		KindTime:     {"now", "in 30 min", "in 1 h", "tonight 02:00", "tomorrow 02:00"},
		KindDuration: {"15m", "30m", "1h", "2h"},
	}[v.Kind]
	if v.Past {
		values = []string{"now", "30 min ago", "1 h ago", "2 h ago"}
	}
	var all []Preset
	for _, s := range values {
		all = append(all, Preset{presetLabel(s), s})
	}
	for _, c := range v.Values {
		label := c.Label
		if label == "" {
			label = c.in(d.Default)
		}
		all = append(all, Preset{label, c.Value})
	}
	return all
}

// tryVar tries the default, the presets and the example out.
func (d *draft) tryVar(n *node, v Var) {
	if n.kind == broken {
		return
	}
	try := func(key, s string) {
		at := n.get(key)
		if _, err := d.read(v, s, noon()); err != nil {
			if at.kind == absent {
				at = n
			}
			at.file.add(at.line, fmt.Sprintf("%s: %s", at.path, err), hintOf(err))
		}
	}
	if v.Default != "" {
		try("default", withDurations(v.Default, d.durations()))
	}
	for _, p := range v.Presets {
		try("presets", p.Value)
	}
	if v.Example != "" {
		try("example", v.Example)
	}
}

// durations are plausible values of the durations there are so far, for defaults that use one.
func (d *draft) durations() Values {
	all := Values{}
	for _, v := range d.Vars {
		if v.Kind == KindDuration {
			all[v.Name] = sampleSpan.String()
		}
	}
	return all
}

func hintOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return strings.TrimSpace(e.Hint)
	}
	return ""
}
