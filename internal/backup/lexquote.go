package backup

import (
	"bytes"
	"strings"
)

// quote begins a string, or goes on with one.
func (l *lexer) quote(prefix byte) bool {
	switch {
	case l.again.possible && l.again.newline:
		l.escapes = l.again.escapes
	case prefix == 'e':
		l.escapes = true
	case prefix == 'b' || prefix == 'x' || prefix == 'U':
		l.escapes = false
	default:
		l.escapes = !l.to.standard()
	}
	l.again, l.escaped = again{}, false
	return l.begin(inQuote)
}

func (l *lexer) inQuote(c byte) bool {
	switch {
	case l.state == quoteSeen && c == '\'': // two are one
		l.state = inQuote
		l.keep(c)
	case l.state == quoteSeen:
		l.state = inSQL
		l.token(text, string(l.text))
		l.again = again{possible: true, escapes: l.escapes}
		return false
	case l.escaped:
		l.escaped = false
		l.keep(c)
	case c == '\\' && l.escapes:
		l.escaped = true
	case c == '\'':
		l.state = quoteSeen
	default:
		l.keep(c)
	}
	return true
}

func (l *lexer) inName(c byte) bool {
	switch {
	case l.state == nameSeen && c == '"':
		l.state = inName
		l.keep(c)
	case l.state == nameSeen:
		l.state = inSQL
		l.token(quoted, string(l.text))
		return false
	case c == '"':
		l.state = nameSeen
	default:
		l.keep(c)
	}
	return true
}

// inTag is behind a dollar: a quote's tag, a parameter such as $1, or nothing.
func (l *lexer) inTag(c byte) bool {
	switch {
	case c == '$':
		l.keep(c)
		if l.length > textLimit {
			return l.fail("there is a quote with a tag that nobody would write")
		}
		l.tag, l.match = bytes.Clone(l.text), 0
		return l.begin(inDollar)
	case begins(c), digit(c) && l.length > 1:
		l.keep(c)
		return true
	case digit(c):
		l.begin(inNumber)
		return false
	}
	// It was no tag: the dollar is punctuation, and what follows it a word.
	w := strings.ToLower(string(l.text[1:]))
	l.state = inSQL
	l.token('$', "$")
	if w != "" {
		if len(w) == 1 && strings.Contains("ebxnu", w) {
			l.prefix = w[0]
		}
		l.body.word(w, l.parens)
		l.token(word, w)
	}
	return false
}

// inDollar looks for the tag again. Only its first byte is a dollar, so what matched so far need not be kept.
func (l *lexer) inDollar(c byte) bool {
	switch {
	case c == l.tag[l.match]:
		l.match++
	case c == '$':
		l.match = 1
	default:
		l.match = 0
	}
	if l.match == len(l.tag) {
		l.state = inSQL
		l.token(text, "")
	}
	return true
}

// inCommand is behind a backslash outside of any quotes.
func (l *lexer) inCommand(c byte) bool {
	if c != '\n' {
		l.keep(c)
		return true
	}
	l.state = inSQL
	if err := l.to.command(strings.TrimRight(string(l.text), "\r"), l.alone); err != nil {
		return l.fail("%w", err)
	}
	return false
}

// body finds the BEGIN ATOMIC … END of a function, in which a semicolon does not end the statement, as psql does: by words.
type body struct {
	first [4]byte
	count int
	depth int
}

func (b *body) word(w string, parens int) {
	switch w {
	case "create", "function", "procedure", "or", "replace":
		if b.count < len(b.first) {
			b.first[b.count] = w[0]
		}
	}
	b.count++
	f := b.first
	routine := func(c byte) bool { return c == 'f' || c == 'p' }
	if f[0] != 'c' || parens > 0 || !routine(f[1]) && (f[1] != 'o' || f[2] != 'r' || !routine(f[3])) {
		return
	}
	switch {
	case w == "begin", w == "case" && b.depth > 0:
		b.depth++
	case w == "end" && b.depth > 0:
		b.depth--
	}
}
