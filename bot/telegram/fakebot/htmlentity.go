package fakebot

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// entityOf is what each start tag becomes.
func entityOf(tag string) string {
	switch tag {
	case "b", "strong":
		return "bold"
	case "i", "em":
		return "italic"
	case "u", "ins":
		return "underline"
	case "s", "strike", "del":
		return "strikethrough"
	case "tg-spoiler", "span":
		return "spoiler"
	case "a":
		return "text_link"
	case "tg-emoji":
		return "custom_emoji"
	case "tg-time":
		return "date_time"
	case "pre", "code", "blockquote":
		return tag
	}
	return ""
}

func (p *htmlParser) close(tag openTag) error {
	e := Entity{Type: entityOf(tag.name), Offset: tag.at, Length: p.at - tag.at}
	switch tag.name {
	case "a":
		if !e.link(cmp.Or(tag.attrs["href"], string(p.out[tag.begin:]))) {
			return nil // the text stays, the entity goes
		}
	case "blockquote":
		if tag.attrs["expandable"] != "" {
			e.Type = "expandable_blockquote"
		}
	case "tg-emoji":
		e.EmojiID = tag.attrs["emoji-id"]
		if n, err := strconv.ParseInt(e.EmojiID, 10, 64); err != nil || n == 0 {
			return syntax("Invalid custom emoji identifier specified")
		}
	case "tg-time":
		unix, err := strconv.ParseInt(tag.attrs["unix"], 10, 64)
		if e.UnixTime, e.Format = unix, tag.attrs["format"]; err != nil || !timeFormat(e.Format) {
			return syntax("Invalid date-time entity specified") // wording is a guess
		}
	case "code", "pre":
		p.closeCode(tag, e)
		return nil
	}
	p.done = append(p.done, e)
	return nil
}

// link makes e a link or a mention by id; false when the address is neither.
func (e *Entity) link(to string) bool {
	if id, ok := strings.CutPrefix(to, "tg://user?id="); ok {
		e.Type = "text_mention"
		e.User.ID, _ = strconv.ParseInt(id, 10, 64)
		return e.User.ID > 0
	}
	e.URL = to
	return strings.ContainsAny(to, ".:")
}

// closeCode joins <pre><code class="language-x"> in either order into one entity.
func (p *htmlParser) closeCode(tag openTag, e Entity) {
	if tag.name == "code" {
		e.Language, _ = strings.CutPrefix(tag.attrs["class"], "language-")
		if e.Language == tag.attrs["class"] {
			e.Language = ""
		}
	}
	if n := len(p.done); n > 0 {
		last := &p.done[n-1]
		language := last.Language + e.Language
		pair := last.Offset == e.Offset && last.Length == e.Length && language != "" &&
			slices.Contains([]string{"pre code", "code pre"}, last.Type+" "+e.Type)
		if pair {
			last.Type, last.Language = "pre", language
			return
		}
	}
	p.done = append(p.done, e)
}

// timeFormat is core.telegram.org/bots/api#date-time-entity-formatting: r, or w, d or D, t or T in this order.
func timeFormat(f string) bool {
	if f == "r" {
		return true
	}
	f, _ = strings.CutPrefix(f, "w")
	if f != "" && (f[0] == 'd' || f[0] == 'D') {
		f = f[1:]
	}
	return f == "" || f == "t" || f == "T"
}

// decodeEntity reads &lt; &gt; &amp; &quot; and numeric ones, with or without the semicolon; n is 0 for all others,
// which stay as they are.
func decodeEntity(s string) (r rune, n int) {
	if strings.HasPrefix(s, "&#") {
		return decodeNumber(s)
	}
	n = 1
	for n < len(s) && isAlpha(s[n]) {
		n++
	}
	switch s[1:n] {
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "amp":
		r = '&'
	case "quot":
		r = '"'
	default:
		return 0, 0
	}
	return r, n + semicolon(s[n:])
}

func decodeNumber(s string) (rune, int) {
	base, start := 10, 2
	if strings.HasPrefix(s, "&#x") {
		base, start = 16, 3
	}
	n := start
	for n < len(s) && isDigit(s[n], base) {
		n++
	}
	code, err := strconv.ParseUint(s[start:n], base, 32)
	if err != nil || code == 0 || code >= utf8.MaxRune || n >= 10 {
		return 0, 0
	}
	return rune(code), n + semicolon(s[n:])
}

func semicolon(s string) int {
	if strings.HasPrefix(s, ";") {
		return 1
	}
	return 0
}

// quoted does not escape: the original prints the bytes as they are.
func quoted(s string) string { return `"` + s + `"` }

// isSpace includes 0, which ends C strings.
func isSpace(c byte) bool { return strings.IndexByte(" \t\r\n\v\x00", c) >= 0 }

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte, base int) bool {
	return '0' <= c && c <= '9' || base == 16 && 'a' <= c|0x20 && c|0x20 <= 'f'
}
