package notice

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode/utf8"
)

// Telegram's limits of one message.
const (
	maxText    = 4096  // characters that are seen. Source: https://core.telegram.org/bots/api#sendmessage
	maxCaption = 1024  // of a picture. Source: https://core.telegram.org/bots/api#sendphoto
	maxRaw     = 32768 // bytes with the markup. Source: telegram-bot-api, Client.cpp, "text is too long"
)

// Rendered is a notice exactly as users get it.
type Rendered struct {
	Texts   map[string]string // language → Telegram HTML
	Default string
	Picture *Picture
}

// For gives the text for a user's language: the language itself, the one it is a kind of (pt-BR → pt), or the default.
func (r Rendered) For(lang string) (used, html string) {
	for l := plainLang(lang); l != ""; l = parent(l) {
		if text, is := r.Texts[l]; is {
			return l, text
		}
	}
	return r.Default, r.Texts[r.Default]
}

func plainLang(lang string) string { return strings.ToLower(strings.ReplaceAll(lang, "_", "-")) }

// Digest is SHA-256, in hex, over everything users see.
func (r Rendered) Digest() string {
	return digest("twokey notice rendered 1", r.Texts, r.Default, r.Picture.digest())
}

func (p *Picture) digest() string {
	if p == nil {
		return ""
	}
	return digest("twokey notice picture 1", p.Name, p.Bytes)
}

// digest is over the JSON of its parts, which has one form: keys of maps are sorted.
func digest(parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil {
		panic(err) // texts and numbers always have one
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Render gives the notice in every language. It takes what Bind gave and nothing else.
func (t *Template) Render(v Values) (Rendered, error) {
	bound, err := t.Bind(v, time.Time{})
	if err != nil {
		return Rendered{}, err
	}
	if !maps.Equal(bound, v) {
		return Rendered{}, &Error{Sentence: "the values of " + t.Name + " are not in their canonical form", Hint: "bind them first"}
	}
	r := Rendered{Texts: map[string]string{}, Default: t.Default, Picture: t.Picture}
	for lang := range t.pieces {
		if r.Texts[lang], err = t.render(lang, v); err != nil {
			return Rendered{}, err
		}
	}
	return r, nil
}

func (t *Template) render(lang string, v Values) (string, error) {
	var out strings.Builder
	m := markup{links: t.links}
	for _, p := range t.pieces[lang] {
		if p.name == "" {
			out.WriteString(p.html)
			m.literal(p.html, p.at)
			continue
		}
		x, _ := t.find(p.name)
		h, seen := t.show(x, p.form, lang, v)
		out.WriteString(h)
		m.value(p, x.Kind, seen)
	}
	seen, faults := m.end(out.Len())
	if len(faults) > 0 {
		return "", &Error{Sentence: fmt.Sprintf("%s, text %s, %s", t.Name, lang, faults[0].sentence), Hint: faults[0].hint}
	}
	return out.String(), t.judge(lang, seen, out.String())
}

// show gives a value as HTML, and as it is seen.
func (t *Template) show(x Var, form, lang string, v Values) (h, seen string) {
	value := v[x.Name]
	switch x.Kind {
	case KindTime:
		w := t.wordsFor(lang)
		return w.stamp(parseTime(value), form), w.written(parseTime(value), form)
	case KindDuration:
		d, _ := time.ParseDuration(value)
		seen = t.wordsFor(lang).span(d)
	default:
		seen = cmp.Or(v[x.Name+"."+lang], value)
		if c, is := x.choice(seen); is {
			seen = c.in(lang)
		}
	}
	return escape(seen), seen
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// judge refuses what only comes about when values stand in the text. The text itself was judged when it was loaded.
func (t *Template) judge(lang, seen, raw string) error {
	subject := fmt.Sprintf("%s, text %s,", t.Name, lang)
	if n, most := utf8.RuneCountInString(seen), t.limit(); n > most || len(raw) > maxRaw {
		return &Error{Sentence: fmt.Sprintf("%s would have %d characters: Telegram takes %d", subject, n, most), Hint: "say it shorter"}
	}
	if claim := claims(seen); claim != "" && !t.Green {
		return &Error{Sentence: fmt.Sprintf("%s and the values together: it says %s, and may go out while the service is down", subject, quote(claim)), Hint: "say it another way"}
	}
	if f, is := beyond(found(seen), found(t.bare(lang, " "))); is {
		e := f.refused()
		e.Sentence = subject + " and the values together: it " + e.Sentence
		return e
	}
	return nil
}

func (t *Template) limit() int {
	if t.Picture != nil {
		return maxCaption
	}
	return maxText
}

// bare is what is seen of a text with something else in the place of its values.
func (t *Template) bare(lang, filler string) string {
	m := markup{links: t.links}
	for _, p := range t.pieces[lang] {
		if p.name == "" {
			m.literal(p.html, p.at)
		} else {
			m.seen.WriteString(filler)
		}
	}
	return m.seen.String()
}
