package notice

import (
	"fmt"
	"regexp"
	"strings"
)

// piece is a part of a source: HTML as it stands, or a placeholder.
type piece struct {
	html       string
	name, form string // of a placeholder
	at         int    // where in the source it begins
}

// fault is something wrong with a source, and where.
type fault struct {
	at             int
	sentence, hint string
}

var placeholderForm = regexp.MustCompile(`^\{([a-z][a-z0-9_]*)(?::([a-z]+))?\}`)

// scan takes a source apart. {{ and }} are braces.
func scan(source string) (pieces []piece, faults []fault) {
	var html strings.Builder
	begin := 0
	flush := func(next int) {
		if html.Len() > 0 {
			pieces = append(pieces, piece{html: html.String(), at: begin})
			html.Reset()
		}
		begin = next
	}
	for i := 0; i < len(source); {
		rest := source[i:]
		m := placeholderForm.FindStringSubmatch(rest)
		switch {
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			html.WriteByte(rest[0])
			i += 2
		case m != nil:
			flush(i + len(m[0]))
			pieces = append(pieces, piece{name: m[1], form: m[2], at: i})
			i += len(m[0])
		case rest[0] == '{', rest[0] == '}':
			faults = append(faults, fault{i, fmt.Sprintf("has a %c that belongs to no placeholder: %s", rest[0], around(rest)),
				"write {name} for a variable, {{ and }} for braces"})
			i++
		default:
			html.WriteByte(rest[0])
			i++
		}
	}
	flush(len(source))
	return pieces, faults
}

// around is the beginning of what stands at a fault, in one line.
func around(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return quote(line)
}
