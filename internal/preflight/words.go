package preflight

import (
	"fmt"
	"strings"
)

// maxNamed is the longest name from outside in a sentence, in characters. Telegram's longest is 64 and 64.
const maxNamed = 40

// named quotes a name from outside, so that it cannot pass for our own words.
func named(s string) string {
	s = strings.Join(strings.Fields(strings.NewReplacer(`"`, "'", "\u201c", "'", "\u201d", "'").Replace(s)), " ")
	if runes := []rune(s); len(runes) > maxNamed {
		s = string(runes[:maxNamed-1]) + "…"
	}
	return `"` + s + `"`
}

// listed puts names together: a, b and c. After most of them only their number follows.
func listed(names []string, most int) string {
	if len(names) > most {
		names = append(names[:most:most], fmt.Sprintf("%d more", len(names)-most))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// count says how many of a thing there are.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
