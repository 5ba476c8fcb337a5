// Package showable makes text from outside something that can be shown: one line, composed, without anything that takes no space or
// turns what stands around it. It is the one place that does; how a medium is escaped is that medium's.
package showable

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// RawPerShown bounds how much of a text is looked at for one shown character, in bytes, so that a megabyte of nothing is cheap.
	RawPerShown = 16
	// stacked is how many marks one letter may carry. More would be painted over the lines above and below.
	stacked = 3
)

// Line makes text one line of at most most characters (… at its end when it was longer), NFC, without control characters, bidi
// controls and anything else that takes no space. What cannot be read (unassigned, private, broken) becomes �.
func Line(s string, most int) string {
	if most <= 0 {
		return ""
	}
	long := false
	if limit := most * RawPerShown; len(s) > limit {
		for limit > 0 && !utf8.RuneStart(s[limit]) {
			limit--
		}
		s, long = s[:limit], true
	}
	s = norm.NFC.String(readable(s))
	if !long && utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:min(len(runes), most-1)]), " ") + "…"
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
		case Invisible(r):
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

// Invisible are characters that take no space: format controls (zero-width, bidi, BOM, tags), fillers, selectors. The braille
// blank is a symbol to Unicode and nothing to the eye.
func Invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == '\u2800'
}
