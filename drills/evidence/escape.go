package evidence

import (
	"regexp"
	"strings"

	"twokey/internal/showable"
)

// How much of a text people are shown. The JSON has all of it.
const (
	longText = 300
	midText  = 160
	nameText = 64
)

// marks are the characters that mean something in Markdown wherever they stand. Those that only begin something are begins'.
var marks = strings.NewReplacer(escapes("\\`*_[]<>#|~&$")...)

func escapes(of string) (pairs []string) {
	for _, c := range of {
		pairs = append(pairs, string(c), `\`+string(c))
	}
	return pairs
}

// What would make of a text a list, or the line under a heading. A text of ours is one line, so it is only at its begin.
var (
	numbered = regexp.MustCompile(`^(\d+)([.)])( |$)`)
	begins   = regexp.MustCompile(`^[-+=:]`)
)

// tappable finds what readers of Markdown make a link or a mention of by themselves, whatever stands before its characters: a
// @name, an address.
var tappable = regexp.MustCompile(`(?i)@|://|www\.|mailto:|xmpp:`)

// coded are the characters that would end the code that a word is set in, and what is shown for them.
var coded = strings.NewReplacer("`", "'", "|", "¦", "\\", "⧵")

// md shows text from outside in Markdown: one line, cut, and nothing in it means anything. A word that would become a link is set as
// code, in which nothing does.
func md(s string, most int) string {
	words := strings.Split(showable.Line(s, most), " ")
	for i, w := range words {
		if tappable.MatchString(w) {
			words[i] = "`" + coded.Replace(w) + "`"
		} else {
			words[i] = marks.Replace(w)
		}
	}
	return begins.ReplaceAllString(numbered.ReplaceAllString(strings.Join(words, " "), `$1\$2$3`), `\$0`)
}

// code shows a hash or another word of ours.
func code(s string) string {
	if s = showable.Line(s, midText); s == "" {
		return "none"
	}
	return "`" + coded.Replace(s) + "`"
}
