package fakebot

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// htmlParser reads the HTML parse mode with the rules and error texts of tdlib/td (MessageEntity.cpp, parse_html).
// It is no HTML: unknown tags are errors, unknown entities are text, and tags must nest.
type htmlParser struct {
	in   string
	i    int
	out  []byte
	at   int // UTF-16 units in out
	bad  bool
	open []openTag
	done []Entity
}

type openTag struct {
	name  string
	attrs map[string]string
	at    int // UTF-16 offset
	begin int // byte offset in out
}

func parseHTML(in string) (formatted, error) {
	p := &htmlParser{in: in}
	for p.i < len(p.in) {
		switch {
		case p.in[p.i] != '<':
			p.char()
			continue
		case p.peek(1) == '/':
			if err := p.endTag(); err != nil {
				return formatted{}, err
			}
		default:
			if err := p.startTag(); err != nil {
				return formatted{}, err
			}
		}
	}
	if n := len(p.open); n > 0 {
		return formatted{}, syntax("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	if p.bad {
		return formatted{}, syntax("Text contains invalid Unicode characters after decoding HTML entities," +
			" check for unmatched surrogate code units")
	}
	return formatted{string(p.out), p.done}, nil
}

// peek is the byte n ahead, or 0 behind the end: the original relies on C strings.
func (p *htmlParser) peek(n int) byte {
	if p.i+n < len(p.in) {
		return p.in[p.i+n]
	}
	return 0
}

// char copies one character, or decodes one entity.
func (p *htmlParser) char() {
	if p.in[p.i] == '&' {
		if r, n := decodeEntity(p.in[p.i:]); n > 0 {
			p.i += n
			p.add(r)
			return
		}
	}
	r, n := utf8.DecodeRuneInString(p.in[p.i:])
	p.i += n
	p.add(r)
}

func (p *htmlParser) add(r rune) {
	p.bad = p.bad || !utf8.ValidRune(r)
	p.out = utf8.AppendRune(p.out, r)
	if p.at++; r > 0xffff {
		p.at++
	}
}

func (p *htmlParser) startTag() error {
	begin := p.i
	p.i++
	name := strings.ToLower(p.until(">"))
	if p.peek(0) == 0 {
		return syntax("Unclosed start tag at byte offset %d", begin)
	}
	if entityOf(name) == "" {
		return syntax("Unsupported start tag %s at byte offset %d", quoted(name), begin)
	}
	tag := openTag{name: name, attrs: map[string]string{}, at: p.at, begin: len(p.out)}
	for p.skipSpace(); p.peek(0) != '>'; p.skipSpace() {
		if err := p.attribute(tag, begin); err != nil {
			return err
		}
	}
	p.i++
	if name == "span" && tag.attrs["class"] != "tg-spoiler" {
		return syntax(`Tag "span" must have class "tg-spoiler" at byte offset %d`, begin)
	}
	p.open = append(p.open, tag)
	return nil
}

func (p *htmlParser) attribute(tag openTag, begin int) error {
	unclosed := syntax("Unclosed start tag %s at byte offset %d", quoted(tag.name), begin)
	name := p.until("=>")
	if name == "" {
		return syntax("Empty attribute name in the tag %s at byte offset %d", quoted(tag.name), begin)
	}
	p.skipSpace()
	if p.peek(0) == 0 {
		return unclosed
	}
	if p.peek(0) != '=' {
		tag.attrs[name] = "1" // an attribute without a value, e.g. expandable
		return nil
	}
	p.i++
	p.skipSpace()
	if p.peek(0) == 0 {
		return unclosed
	}
	value, err := p.value()
	if err == nil && p.peek(0) == 0 {
		err = syntax("Unclosed start tag at byte offset %d", begin)
	}
	tag.attrs[name] = value
	return err
}

// value is a bare word, which must end with a space or the tag, or a quoted string.
func (p *htmlParser) value() (string, error) {
	quote := p.peek(0)
	if quote != '"' && quote != '\'' {
		begin := p.i
		for c := p.peek(0); isAlpha(c) || isDigit(c, 10) || c == '.' || c == '-'; c = p.peek(0) {
			p.i++
		}
		if c := p.peek(0); !isSpace(c) && c != '>' {
			return "", syntax("Unexpected end of name token at byte offset %d", begin)
		}
		return strings.ToLower(p.in[begin:p.i]), nil
	}
	p.i++
	var out []byte
	for c := p.peek(0); c != quote && c != 0; c = p.peek(0) {
		if r, n := decodeEntity(p.in[p.i:]); c == '&' && n > 0 {
			out = utf8.AppendRune(out, r)
			p.i += n
			continue
		}
		out = append(out, c)
		p.i++
	}
	if p.peek(0) == quote {
		p.i++
	}
	return string(out), nil
}

func (p *htmlParser) endTag() error {
	begin := p.i
	if len(p.open) == 0 {
		return syntax("Unexpected end tag at byte offset %d", begin)
	}
	p.i += 2
	name := strings.ToLower(p.until(">"))
	p.skipSpace()
	if p.peek(0) != '>' {
		return syntax("Unclosed end tag at byte offset %d", begin)
	}
	p.i++
	tag := p.open[len(p.open)-1]
	if name != "" && name != tag.name { // </> closes whatever is open
		return syntax(`Unmatched end tag at byte offset %d, expected "</%s>", found "</%s>"`, begin, tag.name, name)
	}
	p.open = p.open[:len(p.open)-1]
	if p.at == tag.at {
		return nil
	}
	return p.close(tag)
}

// until moves to a space or one of the bytes in stop, and returns what it passed.
func (p *htmlParser) until(stop string) string {
	begin := p.i
	for c := p.peek(0); !isSpace(c) && strings.IndexByte(stop, c) < 0; c = p.peek(0) {
		p.i++
	}
	return p.in[begin:p.i]
}

func (p *htmlParser) skipSpace() {
	for c := p.peek(0); c != 0 && isSpace(c); c = p.peek(0) {
		p.i++
	}
}

// syntaxError is a refusal in the server's own words, which start with a capital.
type syntaxError string

func (e syntaxError) Error() string { return string(e) }

func syntax(format string, args ...any) error { return syntaxError(fmt.Sprintf(format, args...)) }
