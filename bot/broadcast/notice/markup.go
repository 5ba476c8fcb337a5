package notice

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	tagForm    = regexp.MustCompile(`^<(/?)([a-z]+(?:-[a-z]+)?)((?: [a-z-]+(?:="[^"<>]*")?)*)>`)
	noTag      = regexp.MustCompile(`^<(?:/?[A-Za-z][^<>\n]*>)?`) // what was meant to be one
	entityForm = regexp.MustCompile(`^&(?:lt|gt|amp|quot|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));`)
	hrefForm   = regexp.MustCompile(`^ href="([^"<>]*)"$`)
)

// attributes are the tags of Telegram's HTML and what each may have. Source: https://core.telegram.org/bots/api#html-style
// and tdlib/td, MessageEntity.cpp, parse_html, which takes a little more than this.
var attributes = map[string]*regexp.Regexp{
	"b": none, "strong": none, "i": none, "em": none, "u": none, "ins": none, "s": none, "strike": none, "del": none,
	"tg-spoiler": none, "pre": none,
	"span":       regexp.MustCompile(`^ class="tg-spoiler"$`),
	"code":       regexp.MustCompile(`^( class="language-[a-z0-9+#-]+")?$`),
	"blockquote": regexp.MustCompile(`^( expandable)?$`),
	"a":          hrefForm,
	"tg-emoji":   regexp.MustCompile(`^ emoji-id="[1-9]\d{0,17}"$`),
	"tg-time":    regexp.MustCompile(`^ unix="-?\d{1,11}" format="(r|w?[dD]?[tT]?)"$`),
}

var none = regexp.MustCompile(`^$`)

// markup reads HTML as strictly as Telegram could: known tags, closed in order, every < > & escaped.
type markup struct {
	open   []string
	seen   strings.Builder
	links  []string // hosts that may be linked to
	faults []fault
}

// literal reads a piece of HTML that begins at an offset of the source.
func (m *markup) literal(h string, at int) {
	for h != "" {
		n := m.next(h, at)
		h, at = h[n:], at+n
	}
}

// next reads one tag, entity or character, and gives its length. After a fault it goes on, so that every one is found.
func (m *markup) next(h string, at int) int {
	switch h[0] {
	case '<':
		tag := tagForm.FindStringSubmatch(h)
		if tag == nil {
			m.wrong(at, "has a < that begins no tag: "+around(h), `write &lt; for the character; a tag is in small letters, its attributes in "", with no variable inside`)
			return len(noTag.FindString(h))
		}
		m.tag(at, tag[1] == "/", tag[2], tag[3])
		return len(tag[0])
	case '&':
		return m.entity(h, at)
	case '>':
		m.wrong(at, "has a > that ends no tag: "+around(h), "write &gt; for the character")
		return 1
	}
	r, n := utf8.DecodeRuneInString(h)
	m.rune(r, n, at)
	return n
}

func (m *markup) rune(r rune, n, at int) {
	if r == utf8.RuneError && n == 1 || steering(r) {
		m.wrong(at, fmt.Sprintf("has a character that cannot be seen (%U)", r), "remove it")
		return
	}
	m.seen.WriteRune(r)
}

func (m *markup) entity(h string, at int) int {
	e := entityForm.FindStringSubmatch(h)
	if e == nil {
		m.wrong(at, "has a & that begins nothing: "+around(h), "write &amp; for the character")
		return 1
	}
	r := decoded(e[0], e[1], e[2])
	if r == 0 || !utf8.ValidRune(r) {
		m.wrong(at, "has "+e[0]+", which is no character", "")
		return len(e[0])
	}
	m.rune(r, len(e[0]), at)
	return len(e[0])
}

func decoded(whole, decimal, hex string) rune {
	base, digits := 10, decimal
	if hex != "" {
		base, digits = 16, hex
	}
	if digits == "" {
		r, _ := utf8.DecodeRuneInString(html.UnescapeString(whole))
		return r
	}
	n, err := strconv.ParseInt(digits, base, 32)
	if err != nil {
		return 0
	}
	return rune(n)
}

func (m *markup) tag(at int, closing bool, name, attrs string) {
	allowed, is := attributes[name]
	n := len(m.open)
	switch {
	case !is:
		m.wrong(at, fmt.Sprintf("has the tag <%s>, which Telegram does not know", name), "it knows b, i, u, s, a, code, pre, blockquote and tg-spoiler")
	case closing && (n == 0 || m.open[n-1] != name || attrs != ""):
		m.wrong(at, fmt.Sprintf("has </%s%s>, and the tag that is open there is another one", name, attrs), "close the inner tag first")
	case closing:
		m.open = m.open[:n-1]
	case !allowed.MatchString(attrs):
		m.wrong(at, fmt.Sprintf("has the tag <%s%s>, and its attributes are not those Telegram knows", name, attrs), "")
		m.open = append(m.open, name)
	default:
		m.nested(at, name)
		m.open = append(m.open, name)
		if name == "a" {
			m.link(at, hrefForm.FindStringSubmatch(attrs)[1])
		}
	}
}

// nested refuses what Telegram drops in silence: anything inside code, a quote in a quote, a link in a link.
func (m *markup) nested(at int, name string) {
	for _, outer := range m.open {
		whole := outer == "code" || outer == "pre" && name != "code" || outer == "tg-time" || outer == "tg-emoji"
		if whole || outer == name && (name == "a" || name == "blockquote") {
			m.wrong(at, fmt.Sprintf("has <%s> inside <%s>, where Telegram drops it", name, outer), "close the outer tag first")
			return
		}
	}
}

func (m *markup) link(at int, href string) {
	to := html.UnescapeString(href)
	if !allowed(to, m.links) || !strings.HasPrefix(strings.ToLower(to), "https://") {
		m.wrong(at, fmt.Sprintf("links to %s, which is not allowed", quote(to)), linkHint(m.links))
	}
}

// value stands for a placeholder whose value shows so. A time is a tag of its own.
func (m *markup) value(p piece, kind Kind, seen string) {
	inside := []string{"tg-time", "tg-emoji"}
	if kind == KindTime {
		inside = append(inside, "a", "code", "pre")
	}
	for _, outer := range m.open {
		if slices.Contains(inside, outer) {
			m.wrong(p.at, fmt.Sprintf("has {%s} inside <%s>, where it cannot stand", p.name, outer), "put it outside")
		}
	}
	m.seen.WriteString(seen)
}

// end gives what is seen, and everything that is wrong.
func (m *markup) end(length int) (string, []fault) {
	for _, tag := range m.open {
		m.wrong(length, fmt.Sprintf("has <%s>, which is never closed", tag), fmt.Sprintf("write </%s> where it ends", tag))
	}
	return m.seen.String(), m.faults
}

func (m *markup) wrong(at int, sentence, hint string) {
	m.faults = append(m.faults, fault{at, sentence, hint})
}
