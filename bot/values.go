package bot

import (
	"strconv"
	"strings"
)

// parseValues reads values in their canonical form, one line: for=28m0s impact="no deposits". What it cannot read it leaves
// out: whoever binds them anew is told what is missing.
func parseValues(line string) map[string]string {
	values := map[string]string{}
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		name, rest, named := strings.Cut(line, "=")
		if !named {
			break
		}
		word, _ := cutSpace(rest)
		value := word
		if q, err := strconv.QuotedPrefix(rest); err == nil {
			word = q
			value, _ = strconv.Unquote(q)
		}
		values[name], line = value, rest[len(word):]
	}
	return values
}
