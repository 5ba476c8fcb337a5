package fakebot

import (
	"strings"
	"unicode/utf8"
)

// markdownParser is what both Markdown modes share: they read in bytes, and write a text and its entities.
type markdownParser struct {
	in   string
	i    int
	out  []byte
	at   int // UTF-16 units in out
	done []Entity
}

// peek is the byte n ahead, or 0 behind the end: the original relies on C strings.
func (p *markdownParser) peek(n int) byte {
	if p.i+n < len(p.in) {
		return p.in[p.i+n]
	}
	return 0
}

func (p *markdownParser) ahead(s string) bool { return strings.HasPrefix(p.in[p.i:], s) }

// copy takes the next character as it is.
func (p *markdownParser) copy() {
	r, n := utf8.DecodeRuneInString(p.in[p.i:])
	p.i += n
	p.out = utf8.AppendRune(p.out, r)
	if p.at++; r > 0xffff {
		p.at++
	}
}

// language reads the word behind ``` that names one, and skips the line break after it.
func (p *markdownParser) language() string {
	end := p.i
	for end < len(p.in) && !isSpace(p.in[end]) && p.in[end] != '`' {
		end++
	}
	name := ""
	if end < len(p.in) && p.in[end] != '`' {
		name, p.i = p.in[p.i:end], end
	}
	switch { // one line break, of either order
	case p.ahead("\r\n") || p.ahead("\n\r"):
		p.i += 2
	case p.peek(0) == '\n' || p.peek(0) == '\r':
		p.i++
	}
	return name
}

// add keeps an entity that is not empty. A link to nowhere goes, its text stays.
func (p *markdownParser) add(e Entity, url string) {
	e.Length = p.at - e.Offset
	if e.Length > 0 && (e.Type != "text_link" || e.link(url)) {
		p.done = append(p.done, e)
	}
}

// parseMarkdown reads the old mode with the rules of tdlib/td (MessageEntity.cpp, parse_markdown): nothing nests.
func parseMarkdown(in string) (formatted, error) {
	p := &markdownParser{in: in}
	for p.i < len(p.in) {
		c := p.peek(0)
		switch {
		case c == '\\' && p.peek(1) != 0 && strings.IndexByte("_*`[", p.peek(1)) >= 0:
			p.i++
			p.copy()
		case strings.IndexByte("_*`[", c) < 0:
			p.copy()
		default:
			if err := p.oldEntity(); err != nil {
				return formatted{}, err
			}
		}
	}
	return formatted{string(p.out), p.done}, nil
}

func (p *markdownParser) oldEntity() error {
	begin := p.i
	end, e := p.oldStart()
	from := p.i
	for p.i < len(p.in) && !p.ahead(end) {
		p.copy()
	}
	if p.i == len(p.in) {
		return syntax("Can't find end of the entity starting at byte offset %d", begin)
	}
	url := p.in[from:p.i]
	p.i += len(end)
	if e.Type == "text_link" && p.peek(0) == '(' && p.at > e.Offset {
		rest := p.in[p.i+1:]
		var closed bool
		url, _, closed = strings.Cut(rest, ")")
		if p.i += 1 + len(url); closed {
			p.i++
		}
	}
	p.add(e, url)
	return nil
}

// oldStart passes what begins an entity, and says what ends it.
func (p *markdownParser) oldStart() (end string, e Entity) {
	e.Offset = p.at
	if p.ahead("```") {
		p.i += 3
		e.Type, e.Language = "pre", p.language()
		return "```", e
	}
	c := p.in[p.i]
	p.i++
	switch c {
	case '_':
		e.Type = "italic"
	case '*':
		e.Type = "bold"
	case '[':
		e.Type = "text_link"
		return "]", e
	default:
		e.Type = "code"
	}
	return string(c), e
}
