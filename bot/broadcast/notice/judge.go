package notice

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// judgeTexts checks every source, and keeps it taken apart. What passes here can be rendered with whatever Bind takes,
// unless values only together become what none of them is.
func (d *draft) judgeTexts(n *node) {
	used := map[string]bool{}
	for _, e := range n.entries {
		lang := plainLang(e.key)
		if d.Texts[lang] == "" || d.pieces[lang] != nil {
			continue
		}
		pieces, faults := scan(d.Texts[lang])
		d.pieces[lang] = pieces
		for _, p := range pieces {
			used[p.name] = true
			faults = append(faults, d.misused(p)...)
		}
		if faults == nil {
			faults = d.judgeMarkup(lang)
		}
		if faults == nil {
			faults = d.judgeSeen(lang)
		}
		lead := len(e.value.text) - len(strings.TrimLeft(e.value.text, " \n\t\r"))
		for _, f := range faults {
			e.value.wrongAt(lead+f.at, f.sentence, f.hint)
		}
	}
	d.unused(used)
}

// misused says what is wrong with a placeholder.
func (d *draft) misused(p piece) []fault {
	v, is := d.find(p.name)
	switch {
	case p.name == "":
		return nil
	case !is:
		return []fault{{p.at, fmt.Sprintf("has {%s}, and there is no such variable", p.name), d.hintVars() + "; others are written under vars"}}
	case p.form != "" && v.Kind != KindTime:
		return []fault{{p.at, fmt.Sprintf("has {%s:%s}, and %[1]s is no time", p.name, p.form), fmt.Sprintf("write {%s}", p.name)}}
	case !slices.Contains([]string{clockOnly, withDay, withName}, p.form):
		return []fault{{p.at, fmt.Sprintf("has {%s:%s}, and a time is not shown so", p.name, p.form), fmt.Sprintf("write {%s}, {%[1]s:day} or {%[1]s:weekday}", p.name)}}
	}
	return nil
}

// unused refuses a variable that people would be asked for in vain.
func (d *draft) unused(used map[string]bool) {
	for _, v := range d.Vars {
		for _, other := range d.Vars {
			used[v.Name] = used[v.Name] || strings.Contains(other.Default, "{"+v.Name+"}")
		}
		if at := d.at.lookup("vars").lookup(v.Name); !used[v.Name] && at.present() {
			at.wrong("is in no text", "write {"+v.Name+"} where it belongs, or remove it")
		}
	}
}

func (d *draft) judgeMarkup(lang string) []fault {
	m := markup{links: d.links}
	for _, p := range d.pieces[lang] {
		if p.name == "" {
			m.literal(p.html, p.at)
			continue
		}
		v, _ := d.find(p.name)
		m.value(p, v.Kind, "x")
	}
	_, faults := m.end(len(d.Texts[lang]))
	return faults
}

// judgeSeen looks at the text as users see it.
func (d *draft) judgeSeen(lang string) []fault {
	bare := d.bare(lang, " ")
	switch claim := claims(bare); {
	case strings.TrimSpace(bare) == "" && len(d.Vars) == 0:
		return []fault{{0, "is empty", "write what users are told"}}
	case claim != "" && !d.Green:
		return []fault{{0, fmt.Sprintf("says %s, which claims that the service is well again", quote(claim)), "write green: true, so that it waits for the checks, or say it another way"}}
	}
	if faults := d.judgeFound(lang, bare); faults != nil {
		return faults
	}
	return d.judgeLength(lang, bare)
}

// judgeFound refuses what a text may not hold itself, and what would become of it with a word in the place of its values. An
// address that only looks like an allowed one, written with another kind of full stop, is not in the text as it was found.
func (d *draft) judgeFound(lang, bare string) []fault {
	var faults []fault
	before := found(bare)
	for _, f := range before {
		written := f.text
		if f.what == unexpanded {
			written = "{" + f.text + "}"
		}
		at := max(0, strings.Index(strings.ToLower(d.Texts[lang]), strings.ToLower(written)))
		switch {
		case f.what == unfilled:
			faults = append(faults, fault{at, fmt.Sprintf("has %s in it, which nobody filled in", quote(f.text)), "write {name} and the variable's type under vars"})
		case f.what == unexpanded:
			faults = append(faults, fault{at, fmt.Sprintf("shows %s to users", quote(f.text)), "a placeholder has single braces: {name}"})
		case (f.what == address || f.what == telegramLink) && !(allowed(f.text, d.links) && strings.Contains(strings.ToLower(bare), f.text)):
			hint := linkHint(d.links)
			if !strings.ContainsAny(f.text, ":/") {
				hint = "if it is no address, put a space after the full stop; " + hint
			}
			faults = append(faults, fault{at, fmt.Sprintf("has the address %s in it, which is not allowed", quote(f.text)), hint})
		}
	}
	for _, filler := range []string{"xx", "XX"} {
		if f, is := beyond(found(d.bare(lang, filler)), before); is && faults == nil {
			faults = append(faults, fault{0, fmt.Sprintf("lets a value become part of an address, a name or a placeholder: %s", quote(f.text)), "put a space between them"})
		}
	}
	return faults
}

// judgeLength refuses a text that could become too long with the longest values.
func (d *draft) judgeLength(lang, bare string) []fault {
	seen, raw := utf8.RuneCountInString(bare), 0
	for _, p := range d.pieces[lang] {
		if raw += len(p.html); p.name == "" {
			continue
		}
		v, _ := d.find(p.name)
		n := d.longest(v, lang, p.form)
		seen, raw = seen+n-1, raw+n*escapedMost+len(`<tg-time unix="4102444800" format="wDt"></tg-time>`)
	}
	if raw > maxRaw {
		return []fault{{0, fmt.Sprintf("could have %d bytes with its tags and the longest values: Telegram takes %d", raw, maxRaw), "say it shorter, or with fewer tags"}}
	}
	if seen <= d.limit() {
		return nil
	}
	return []fault{{0, fmt.Sprintf("could have %d characters with the longest values: Telegram takes %d", seen, d.limit()), "say it shorter, or give its variables of type text a smaller max"}}
}

// escapedMost is how many bytes one character may take: &quot;
const escapedMost = 6

// longest is how many characters a value may take.
func (d *draft) longest(v Var, lang, form string) int {
	w, n := d.wordsFor(lang), v.Max
	longer := func(s string) { n = max(n, utf8.RuneCountInString(s)) }
	switch v.Kind {
	case KindTime:
		for day := range 84 { // each month, with each day of the week
			longer(w.written(time.Date(2028, time.Month(1+day/7), 22+day%7, 22, 22, 0, 0, time.UTC), form))
		}
	case KindDuration:
		for _, span := range []time.Duration{time.Second, 59 * time.Minute, 47*time.Hour + 59*time.Minute, 30*24*time.Hour + 23*time.Hour} {
			longer(w.span(span))
		}
	}
	for _, c := range v.Values {
		longer(c.in(lang))
	}
	return n
}
