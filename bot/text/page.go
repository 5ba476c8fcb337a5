package text

import "unicode/utf8"

// Telegram's limits of one message.
const (
	maxCard = 4096  // characters after parsing. Source: https://core.telegram.org/bots/api#sendmessage
	maxRaw  = 32768 // bytes before it. Source: telegram-bot-api, Client.cpp, "text is too long"
)

// Which lines go first when a card is too long: output before facts before steps before arguments. The rest is bounded.
const (
	must = iota
	ifArgs
	ifSteps
	ifFacts
	ifOutput
)

// page collects the lines of a card and keeps it within the limits.
type page struct {
	words Words
	parts []part
	rows  [][]Button
}

// part is some lines of a page. Those with a rank above must are left out from their end when the page is too long.
type part struct {
	rank        int
	apart       bool // an empty line before it
	open, close html
	lines       []html
	left        int
}

// add puts lines below what is there. Empty ones are not there.
func (p *page) add(lines ...html) { p.list(must, lines...) }

// list is add for lines of a rank.
func (p *page) list(rank int, lines ...html) {
	apart := false
	if n := len(p.parts); n > 0 && len(p.parts[n-1].lines) == 0 {
		apart = p.parts[n-1].apart
		p.parts = p.parts[:n-1]
	}
	p.parts = append(p.parts, part{rank: rank, apart: apart, lines: kept(lines)})
}

func kept(lines []html) []html {
	var full []html
	for _, l := range lines {
		if l != "" {
			full = append(full, l)
		}
	}
	return full
}

// gap puts an empty line before what comes next.
func (p *page) gap() { p.parts = append(p.parts, part{apart: true}) }

// quote puts output behind an expandable quote, as code so that nothing in it can be tapped.
func (p *page) quote(lines []string) {
	if len(lines) == 0 {
		return
	}
	q := part{rank: ifOutput, open: "<blockquote expandable><code>", close: "</code></blockquote>"}
	for _, l := range lines {
		q.lines = append(q.lines, html(escape(l)))
	}
	p.parts = append(p.parts, q)
}

// row puts a row of buttons below those there are. Buttons without data are left out, and so is a row without buttons.
func (p *page) row(buttons ...Button) {
	var row []Button
	for _, b := range buttons {
		if b.Data != "" {
			row = append(row, b)
		}
	}
	if row != nil {
		p.rows = append(p.rows, row)
	}
}

// card renders the page, shortened until it fits.
func (p *page) card() Card {
	h := p.render()
	for seen, raw := size(h); seen > maxCard || raw > maxRaw; seen, raw = size(h) {
		if !p.shortenBy(seen-maxCard, raw-maxRaw) {
			break
		}
		h = p.render()
	}
	return Card{HTML: string(h), Rows: p.rows}
}

// size is how many characters are seen, and how many bytes are sent.
func size(h html) (seen, raw int) { return utf8.RuneCountInString(unescape(string(h))), len(h) }

// shortenBy takes lines off until so many characters and bytes are gone, and says whether there was one.
func (p *page) shortenBy(seen, raw int) (some bool) {
	for seen > 0 || raw > 0 {
		line, ok := p.shorten()
		if !ok {
			return some
		}
		s, r := size(line)
		seen, raw, some = seen-s-1, raw-r-1, true
	}
	return some
}

// shorten takes a line off the part of the highest rank that has any. When only lines that must be there are left it takes
// those, too: a card cut short is better than none.
func (p *page) shorten() (html, bool) {
	for rank := ifOutput; rank >= must; rank-- {
		for i := len(p.parts) - 1; i >= 0; i-- {
			if s := &p.parts[i]; s.rank == rank && len(s.lines) > 0 && !(i == 0 && len(s.lines) == 1) {
				last := s.lines[len(s.lines)-1]
				s.lines = s.lines[:len(s.lines)-1]
				s.left++
				return last, true
			}
		}
	}
	return "", false
}

func (p *page) render() html {
	var all html
	apart := false
	for _, s := range p.parts {
		body := s.body(p.words)
		apart = apart || s.apart
		if body == "" {
			continue
		}
		if all != "" {
			all += "\n"
			if apart {
				all += "\n"
			}
		}
		all, apart = all+body, false
	}
	return all
}

func (s part) body(w Words) html {
	body := join("\n", s.lines...)
	if body != "" {
		body = s.open + body + s.close
	}
	if s.left > 0 && s.rank != must {
		body = join("\n", body, w.say("and %s more", s.left))
	}
	return body
}
