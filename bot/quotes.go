package bot

import (
	"regexp"
	"strings"
	"unicode"
)

// quoteBegins finds a parameter whose value is in quotes. Phones make “ and ” of ".
var quoteBegins = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*=["“”]`)

const quoteMarks = `"“”`

// cutWords cuts a line into words; name="two words" is one. whole is false when a quote does not end: then nobody knows where
// its value does, and no quote means anything. A quote's value ends at the next one, which must end the word. What follows
// "because" is not looked at.
func cutWords(line string) (words []string, whole bool) {
	words = []string{}
	for {
		line = strings.TrimLeftFunc(line, unicode.IsSpace)
		if line == "" {
			return words, true
		}
		word, rest := cutSpace(line)
		if begin := quoteBegins.FindString(line); begin != "" {
			end := strings.IndexAny(line[len(begin):], quoteMarks)
			if end < 0 {
				return nil, false
			}
			value, after := line[len(begin):len(begin)+end], line[len(begin)+end:]
			mark, left := cutSpace(after)
			if !strings.ContainsAny(mark, quoteMarks) || len([]rune(mark)) != 1 {
				return nil, false
			}
			name, _, _ := strings.Cut(begin, "=")
			word, rest = name+"="+strings.Join(strings.FieldsFunc(value, unicode.IsSpace), " "), left
		}
		if reasonBegins(word) {
			return append(words, strings.FieldsFunc(line, unicode.IsSpace)...), true
		}
		words, line = append(words, word), rest
	}
}

// quoted is a word as it is typed.
func quoted(word string) string {
	name, value, named := strings.Cut(word, "=")
	if !named || !strings.ContainsFunc(value, unicode.IsSpace) {
		return word
	}
	return name + `="` + value + `"`
}
