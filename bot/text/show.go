package text

import (
	"regexp"
	"strings"

	"twokey/internal/showable"
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
	for line := range strings.Lines(tail(s, lines*max*showable.RawPerShown)) {
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
func clean(s string, max int) string { return showable.Line(s, max) }

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
