package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// longestCommand bounds a command line, in bytes: a message's 4096 characters. Only what users are told in somebody's own
	// words comes near.
	longestCommand = 4 * 4096
	// longestReason bounds the reason, in characters: it has to fit a card.
	longestReason = 200
)

// Command is a parsed command line: /name word word because reason.
type Command struct {
	Name   string   // lower case, without the slash
	To     string   // the bot it names (/stop@ops_bot), lower case; empty when none
	Words  []string // what stands between name and reason; name="two words" is one, without its quotes
	Reason string   // what follows the word "because", or a dash of its own
}

// Line is the command as it would be typed again.
func (c Command) Line() string {
	line := "/" + c.Name
	for _, w := range c.Words {
		line += " " + quoted(w)
	}
	if c.Reason != "" {
		line += " because " + c.Reason
	}
	return line
}

// ParseCommand reads a command from a message's text. It says no for anything that does not begin with a slash and a name
// of small or capital letters, digits and _, at most 32 of them, followed by an end, white space or @bot. It does not look
// at Telegram's entities: a malformed one must not decide what is a command.
func ParseCommand(text string) (Command, bool) {
	if len(text) > longestCommand || !utf8.ValidString(text) || !strings.HasPrefix(text, "/") {
		return Command{}, false
	}
	head, rest := cutSpace(text[1:])
	name, to, _ := strings.Cut(head, "@")
	if !isName(name) || to != "" && !isName(to) || strings.HasSuffix(head, "@") {
		return Command{}, false
	}
	c := Command{Name: strings.ToLower(name), To: strings.ToLower(to)}
	words, whole := cutWords(rest)
	if !whole || c.Name == "logs" { // whose words are what to look for, quotes and all
		words = strings.FieldsFunc(rest, unicode.IsSpace)
	}
	c.Words, c.Reason = cutReason(words)
	return c, true
}

func cutSpace(s string) (head, rest string) {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

func isName(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

// cutReason takes off the reason. Phones turn -- into a dash, so all three begin one.
func cutReason(words []string) ([]string, string) {
	for i, w := range words {
		if reasonBegins(w) {
			return words[:i], bounded(strings.Join(words[i+1:], " "), longestReason)
		}
	}
	return words, ""
}

func reasonBegins(word string) bool {
	return strings.EqualFold(word, "because") || word == "--" || word == "—"
}

func bounded(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
