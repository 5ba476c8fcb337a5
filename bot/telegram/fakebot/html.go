package fakebot

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Lengths of texts, core.telegram.org/bots/api#sendmessage; maxRaw is the server's own (Client.cpp).
const (
	maxText    = 4096  // characters after the markup is read
	maxCaption = 1024  // likewise
	maxRaw     = 32768 // bytes before it is
)

// formatted is a text as people see it.
type formatted struct {
	plain    string
	entities []Entity
}

func (f formatted) runes() int { return utf8.RuneCountInString(f.plain) }

// readText reads a text or caption with its markup; empty is the refusal of an empty one, or "" to allow it.
func readText(req request, name, empty string) (formatted, *apiError) {
	raw := req.text(name)
	if len(raw) > maxRaw {
		return formatted{}, bad("text is too long")
	}
	var f formatted
	switch mode := strings.ToLower(req.text("parse_mode")); mode {
	case "":
		var err *apiError
		if f, err = marked(req, name, raw); err != nil {
			return formatted{}, err
		}
	case "html", "markdown", "markdownv2":
		var err error
		if f, err = parsers(mode)(raw); err != nil {
			return formatted{}, bad("can't parse entities: %v", err)
		}
	default:
		return formatted{}, bad("unsupported parse_mode")
	}
	f = f.fixed()
	if f.plain == "" && empty != "" {
		return formatted{}, bad("%s", empty)
	}
	return f, nil
}

func parsers(mode string) func(string) (formatted, error) {
	switch mode {
	case "html":
		return parseHTML
	case "markdown":
		return parseMarkdown
	}
	return parseMarkdown2
}

// fixed does what the server does to every text: control characters become spaces, the ends are trimmed, and entities
// that may not stand inside others are dropped.
func (f formatted) fixed() formatted {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' {
			return ' '
		}
		return r
	}, f.plain)
	head := len(clean) - len(strings.TrimLeft(clean, " \n\r"))
	trimmed := strings.Trim(clean, " \n\r")
	shift, length := utf16Len(clean[:head]), utf16Len(trimmed)
	var kept []Entity
	for _, e := range f.entities {
		end := min(e.Offset+e.Length-shift, length)
		e.Offset = max(e.Offset-shift, 0)
		if e.Length = end - e.Offset; e.Length > 0 {
			kept = append(kept, e)
		}
	}
	slices.SortStableFunc(kept, func(a, b Entity) int {
		return cmp.Or(a.Offset-b.Offset, b.Length-a.Length)
	})
	return formatted{trimmed, unnested(kept)}
}

// unnested drops what stands inside code and pre, and a quote inside a quote. es is sorted, outer ones first.
func unnested(es []Entity) []Entity {
	var out []Entity
	codeEnd, quoteEnd := 0, 0
	for _, e := range es {
		quote := strings.HasSuffix(e.Type, "blockquote")
		if e.Offset < codeEnd || quote && e.Offset < quoteEnd {
			continue
		}
		if e.Type == "code" || e.Type == "pre" {
			codeEnd = e.Offset + e.Length
		}
		if e.Type == "code" { // only a whole pre has a language
			e.Language = ""
		}
		if quote {
			quoteEnd = e.Offset + e.Length
		}
		out = append(out, e)
	}
	return out
}
