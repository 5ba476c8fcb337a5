package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// rawPerShown bounds how much of a text is looked at for one shown character, so that a megabyte of nothing is cheap.
	rawPerShown = 16
	// stacked is how many marks one letter may carry. More would be painted over the lines above and below.
	stacked = 3
)

// Show makes text from outside showable: one line of at most max characters (… at its end when it was longer), NFC,
// escaped for Telegram's HTML, without control characters, bidi controls and anything else that takes no space. What
// cannot be read (unassigned, private, broken) becomes �.
func Show(s string, max int) string { return escape(clean(s, max)) }

// ShowBlock shows program output: at most the last lines lines, each as Show makes it. Empty lines are left out, and of a
// line written over with \r only the last state stays.
func ShowBlock(s string, lines, max int) string {
	return escape(strings.Join(block(s, lines, max), "\n"))
}

func block(s string, lines, max int) []string {
	var kept []string
	for line := range strings.Lines(tail(s, lines*max*rawPerShown)) {
		line = strings.TrimRight(line, "\r\n")
		if l := clean(line[strings.LastIndexByte(line, '\r')+1:], max); l != "" {
			kept = append(kept, l)
		}
	}
	return kept[max0(len(kept)-lines):]
}

func tail(s string, n int) string { return s[max0(len(s)-n):] }

func max0(n int) int { return max(0, n) }

// clean is Show without the escaping.
func clean(s string, max int) string {
	if max <= 0 {
		return ""
	}
	long := false
	if limit := max * rawPerShown; len(s) > limit {
		for limit > 0 && !utf8.RuneStart(s[limit]) {
			limit--
		}
		s, long = s[:limit], true
	}
	s = norm.NFC.String(readable(s))
	if !long && utf8.RuneCountInString(s) <= max {
		return s
	}
	return shorten(s, max)
}

func shorten(s string, max int) string {
	runes := []rune(s)
	return strings.TrimRight(string(runes[:min(len(runes), max-1)]), " ") + "…"
}

// readable keeps what can be seen. Marks without a letter are dropped: they would sit on our own text.
func readable(s string) string {
	var b strings.Builder
	marks, gap := stacked, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			gap = b.Len() > 0
			marks = stacked
			continue
		case invisible(r):
			continue
		case unicode.Is(unicode.M, r):
			if marks++; marks > stacked {
				continue
			}
		default:
			marks = 0
		}
		if !unicode.IsPrint(r) {
			r = utf8.RuneError
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// invisible are characters that take no space: format controls (zero-width, bidi, BOM, tags), fillers, selectors. The
// braille blank is a symbol to Unicode and nothing to the eye.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == '\u2800'
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func escape(s string) string { return escaper.Replace(s) }

var (
	tags      = regexp.MustCompile(`<[^<>]*>`)
	unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&amp;", "&")
)

// unescape gives what is seen of our own HTML.
func unescape(h string) string { return unescaper.Replace(tags.ReplaceAllString(h, "")) }

// tappable finds what Telegram makes a link of by itself: a /command, which one tap sends in the reader's name; a @name,
// which rings somebody; an address.
var tappable = regexp.MustCompile(`(?:^|[^\pL\pN_])[/@][\pL\pN_]|[\pL\pN_-]\.\pL|://`)

// quiet shows outside text in a sentence: as code where it would otherwise be something to tap.
func quiet(s string, max int) html {
	c := clean(s, max)
	if tappable.MatchString(c) {
		return code(c)
	}
	return html(escape(c))
}

// quietWords is quiet for whole sentences: only the words that would be something to tap are code.
func quietWords(s string, max int) html {
	words := strings.Split(clean(s, max), " ")
	for i, w := range words {
		if words[i] = escape(w); tappable.MatchString(w) {
			bare := strings.TrimRight(w, ",;:")
			words[i] = string(code(bare)) + escape(w[len(bare):])
		}
	}
	return html(strings.Join(words, " "))
}

// code sets cleaned text as code.
func code(cleaned string) html {
	if cleaned == "" {
		return ""
	}
	return html("<code>" + escape(cleaned) + "</code>")
}
