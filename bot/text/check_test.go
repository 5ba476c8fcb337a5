package text

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

var (
	oneTag    = regexp.MustCompile(`^<(/?)(b|code|blockquote|a|tg-time)((?: [a-z]+(?:="[^"<>]*")?)*)>`)
	oneEntity = regexp.MustCompile(`^&(lt|gt|amp|quot);`)
	attribute = map[string]*regexp.Regexp{
		"a":          regexp.MustCompile(`^ href="tg://user\?id=\d+"$`),
		"tg-time":    regexp.MustCompile(`^ unix="-?\d+" format="(wd)?[tT]"$`),
		"blockquote": regexp.MustCompile(`^( expandable)?$`),
		"b":          regexp.MustCompile(`^$`),
		"code":       regexp.MustCompile(`^$`),
	}
)

// parse reads HTML as strictly as Telegram could, and gives what is seen: known tags only, closed in order, nothing but
// a blockquote around another tag, no code around any, every < > & escaped.
func parse(h string) (string, error) {
	var seen strings.Builder
	var open []string
	for h != "" {
		switch {
		case h[0] == '<':
			m := oneTag.FindStringSubmatch(h)
			if m == nil {
				return "", fmt.Errorf("not a tag: %.40q", h)
			}
			var err error
			if open, err = tagged(open, m[1] == "/", m[2], m[3]); err != nil {
				return "", err
			}
			h = h[len(m[0]):]
		case h[0] == '&':
			m := oneEntity.FindString(h)
			if m == "" {
				return "", fmt.Errorf("not an entity: %.20q", h)
			}
			seen.WriteString(map[string]string{"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": `"`}[m])
			h = h[len(m):]
		case h[0] == '>':
			return "", fmt.Errorf("a bare >: %.20q", h)
		default:
			r, n := utf8.DecodeRuneInString(h)
			if r == utf8.RuneError && n == 1 {
				return "", fmt.Errorf("not UTF-8: %.20q", h)
			}
			seen.WriteString(h[:n])
			h = h[n:]
		}
	}
	if len(open) > 0 {
		return "", fmt.Errorf("never closed: %v", open)
	}
	return seen.String(), nil
}

func tagged(open []string, closing bool, tag, attrs string) ([]string, error) {
	n := len(open)
	if closing {
		if n == 0 || open[n-1] != tag || attrs != "" {
			return nil, fmt.Errorf("</%s%s> closes %v", tag, attrs, open)
		}
		return open[:n-1], nil
	}
	if !attribute[tag].MatchString(attrs) {
		return nil, fmt.Errorf("<%s> with attributes %q", tag, attrs)
	}
	if n > 1 || n == 1 && open[0] != "blockquote" {
		return nil, fmt.Errorf("<%s> inside %v", tag, open)
	}
	return append(open, tag), nil
}

// check says what Telegram would refuse, or a reader could be fooled by, in a card; it gives what is seen.
func check(t testing.TB, c Card) string {
	t.Helper()
	seen, err := parse(c.HTML)
	if err != nil {
		t.Errorf("%v in\n%s", err, c.HTML)
	}
	if n := utf8.RuneCountInString(seen); n == 0 || n > 4096 {
		t.Errorf("card has %d characters, want 1 to 4096", n)
	}
	if len(c.HTML) > 32768 {
		t.Errorf("card has %d bytes, want at most 32768", len(c.HTML))
	}
	if strings.Contains(seen, "\n\n\n") || strings.TrimSpace(seen) != seen {
		t.Errorf("card is badly set:\n%s", seen)
	}
	for _, row := range c.Rows {
		if len(row) == 0 || len(row) > 3 {
			t.Errorf("a row of %d buttons", len(row))
		}
		for _, b := range row {
			checkButton(t, b)
		}
	}
	return seen
}

func checkButton(t testing.TB, b Button) {
	t.Helper()
	if _, ok := ParseData(b.Data); !ok || len(b.Data) > maxData {
		t.Errorf("button %q has data %q", b.Label, b.Data)
	}
	if n := utf8.RuneCountInString(b.Label); n == 0 || n > maxLabel || Show(b.Label, maxLabel) != escape(b.Label) {
		t.Errorf("button has label %q", b.Label)
	}
	if b.Style != "" && b.Style != good && b.Style != danger {
		t.Errorf("button %q has style %q", b.Label, b.Style)
	}
}

// golden writes a card as people read it in a file: its HTML, then its buttons.
func golden(c Card) string {
	var b strings.Builder
	b.WriteString(c.HTML + "\n")
	for _, row := range c.Rows {
		for i, btn := range row {
			if i > 0 {
				b.WriteString(" ")
			}
			fmt.Fprintf(&b, "[ %s ]", btn.Label)
		}
		for _, btn := range row {
			fmt.Fprintf(&b, "\n  %s", btn.Data)
			if btn.Style != "" {
				b.WriteString(" " + btn.Style)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
