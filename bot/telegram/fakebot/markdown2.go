package fakebot

import "strings"

// markdown2 reads MarkdownV2 with the rules and error texts of tdlib/td (MessageEntity.cpp, parse_markdown_v2). Quotes that
// follow each other directly (**>) are read as one.
type markdown2 struct {
	markdownParser
	open []openMark
	line bool // nothing but marks since the line began: a quote may begin
}

type openMark struct {
	kind  string // as the original prints it
	e     Entity
	begin int // byte offset in the input
	text  int // byte offset in out
}

// reserved must be escaped wherever it marks nothing.
const reserved = "_*[]()~`>#+-=|{}.!\n"

func parseMarkdown2(in string) (formatted, error) {
	p := &markdown2{markdownParser: markdownParser{in: in}, line: true}
	for p.i < len(p.in) {
		if err := p.next(); err != nil {
			return formatted{}, err
		}
	}
	if p.quoted() && p.top() == "BlockQuote" {
		p.close("")
	}
	if n := len(p.open); n > 0 {
		return formatted{}, syntax("Can't find end of %s entity at byte offset %d", p.open[n-1].kind, p.open[n-1].begin)
	}
	return formatted{string(p.out), p.done}, nil
}

func (p *markdown2) top() string {
	if n := len(p.open); n > 0 {
		return p.open[n-1].kind
	}
	return ""
}

func (p *markdown2) quoted() bool { return len(p.open) > 0 && p.open[0].kind == "BlockQuote" }

func (p *markdown2) next() error {
	c := p.peek(0)
	special := reserved
	if top := p.top(); top == "Code" || top == "Pre" {
		special = "`"
	}
	switch {
	case c == '\\' && 0 < p.peek(1) && p.peek(1) <= 126:
		p.i++
		p.line = false
		p.copy()
		return nil
	case strings.IndexByte(special, c) < 0:
		p.line = false
		p.copy()
		return nil
	case c == '\n':
		return p.newline()
	}
	if mark := p.ending(); mark != "" {
		return p.end(mark)
	}
	return p.start(c)
}

// newline ends a quote, unless the next line goes on with it.
func (p *markdown2) newline() error {
	goesOn := p.i+1 < len(p.in) && p.in[p.i+1] == '>'
	if p.quoted() && !goesOn {
		if p.top() != "BlockQuote" {
			return p.unclosed()
		}
		p.close("")
	}
	p.copy()
	if p.quoted() {
		p.i++ // its >
	}
	p.line = true
	return nil
}

func (p *markdown2) unclosed() error {
	last := p.open[len(p.open)-1]
	return syntax("Can't find end of %s entity at byte offset %d", last.kind, last.begin)
}

// ending is the mark that stands here and ends the innermost entity; "" when none does.
func (p *markdown2) ending() string {
	mark := ""
	switch p.top() {
	case "Bold":
		mark = "*"
	case "Italic":
		if p.peek(1) != '_' {
			mark = "_"
		}
	case "Underline":
		mark = "__"
	case "Strikethrough":
		mark = "~"
	case "Spoiler":
		mark = "||"
	case "Code":
		mark = "`"
	case "Pre":
		mark = "```"
	case "TextUrl", "CustomEmoji":
		mark = "]"
	case "BlockQuote": // || at the end of its last line makes it one that opens
		last := p.i+2 == len(p.in) || p.i+2 < len(p.in) && p.in[p.i+2] == '\n' && !strings.HasPrefix(p.in[p.i+2:], "\n>")
		if last {
			mark = "||"
		}
	}
	if mark == "" || !p.ahead(mark) {
		return ""
	}
	return mark
}

func (p *markdown2) end(mark string) error {
	p.i += len(mark)
	if p.top() == "BlockQuote" {
		p.open[len(p.open)-1].e.Type = "expandable_blockquote"
		p.close("")
		return nil
	}
	url := ""
	if mark == "]" {
		url = string(p.out[p.open[len(p.open)-1].text:])
		if p.peek(0) == '(' {
			var err error
			if url, err = p.address(); err != nil {
				return err
			}
		}
		if p.top() == "CustomEmoji" && !strings.HasPrefix(url, "tg://emoji?id=") {
			return syntax("Custom emoji entity must contain a tg://emoji URL")
		}
	}
	p.close(url)
	return nil
}

// address reads (url) behind a link's text.
func (p *markdown2) address() (string, error) {
	p.i++
	begin := p.i
	var url []byte
	for p.i < len(p.in) && p.in[p.i] != ')' {
		if p.in[p.i] == '\\' && 0 < p.peek(1) && p.peek(1) <= 126 {
			p.i++
		}
		url = append(url, p.in[p.i])
		p.i++
	}
	if p.i == len(p.in) {
		kind := "a URL"
		if p.top() == "CustomEmoji" {
			kind = "a custom emoji URL"
		}
		return "", syntax("Can't find end of %s at byte offset %d", kind, begin)
	}
	p.i++
	return string(url), nil
}

func (p *markdown2) close(url string) {
	last := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	if last.kind == "CustomEmoji" {
		last.e.EmojiID = strings.TrimPrefix(url, "tg://emoji?id=")
	}
	p.add(last.e, url)
}

func (p *markdown2) start(c byte) error {
	m := openMark{e: Entity{Offset: p.at}, begin: p.i, text: len(p.out)}
	length := 1
	switch {
	case p.ahead("```"):
		m.kind, m.e.Type, length = "Pre", "pre", 3
	case p.ahead("__"):
		m.kind, m.e.Type, length = "Underline", "underline", 2
	case p.ahead("||"):
		m.kind, m.e.Type, length = "Spoiler", "spoiler", 2
	case p.ahead("!["):
		m.kind, m.e.Type, length = "CustomEmoji", "custom_emoji", 2
	case p.ahead("**>") && p.line:
		m.kind, m.e.Type, length = "BlockQuote", "blockquote", 3
	case c == '>' && p.line && len(p.open) == 0:
		m.kind, m.e.Type = "BlockQuote", "blockquote"
	case c == '*':
		m.kind, m.e.Type = "Bold", "bold"
	case c == '_':
		m.kind, m.e.Type = "Italic", "italic"
	case c == '~':
		m.kind, m.e.Type = "Strikethrough", "strikethrough"
	case c == '`':
		m.kind, m.e.Type = "Code", "code"
	case c == '[':
		m.kind, m.e.Type = "TextUrl", "text_link"
	default:
		return syntax(`Character '%c' is reserved and must be escaped with the preceding '\'`, c)
	}
	p.i += length
	if m.kind == "Pre" {
		m.e.Language = p.language()
	}
	p.open = append(p.open, m)
	return nil
}
