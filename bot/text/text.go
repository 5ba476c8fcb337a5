// Package text is every sentence and every card the bot says to people, in one place. It turns values into HTML for
// Telegram and does nothing else: no I/O, no clock, no journal.
//
// The grammar of a card:
//
//   - The first line is what a lock screen shows: a mark, for whom or what state it is in, what, and the one number that
//     decides. ⏳ planning or pending, ▶️ approved or running, ✅ succeeded, ❌ failed, ⛔ refused, denied, expired,
//     cancelled or void, ⚠️ interrupted, 🔒 lockdown. The state's own word is on the card, always.
//   - Then what is lost and what the service does; then who asked and why; then the steps with their times, what the plan
//     rests on, how to undo it; last who can act and until when, and the hashes.
//   - Words before codes, no number without its unit, no columns. A refusal is one line: what was wrong, and who may or
//     what to type.
//   - An end card says what the service does now and offers the next sensible step.
//
// Outside text reaches a card only through say, which makes it showable, escapes it, and sets it as code where Telegram
// would turn it into something to tap. Cards keep Telegram's limits whatever they are made from.
package text

import (
	"fmt"
	"strings"
	"time"
)

// Card is a message: HTML for parse_mode HTML, at most 4096 characters once parsed, and the rows of buttons below it.
type Card struct {
	HTML string
	Rows [][]Button
}

// Words speaks for one service. The zero value speaks English and tells times in UTC.
type Words struct {
	Zone      *time.Location
	Service   string // the service's name, "the service" when empty
	Tells     bool   // the config names the service's bot, so its users can be told something
	Practises bool   // the config has drills
	// In says an English sentence of this package in another language; n is the number it counts, for its plural, or -1.
	// The places of its arguments are %s, or %[2]s to change their order. What it does not know it gives back.
	In func(english string, n int) string
}

// html is text that Telegram may parse: escaped, every tag closed. Only this package's own sentences, Show and tags are.
type html string

// anyText is the longest outside text in a sentence that does not say otherwise, in characters.
const anyText = 80

// say fills a sentence. What is not html already is outside text and is made showable here, so that nothing else can be.
func (w Words) say(english string, args ...any) html { return w.fill(-1, english, args) }

// count fills the sentence for n things; the sentence takes n first, then args.
func (w Words) count(n int, one, many string, args ...any) html {
	english := many
	if n == 1 {
		english = one
	}
	return w.fill(n, english, append([]any{n}, args...))
}

func (w Words) fill(n int, english string, args []any) html {
	if w.In != nil {
		english = w.In(english, n)
	}
	if len(args) == 0 {
		return html(english)
	}
	safe := make([]any, len(args))
	for i, a := range args {
		safe[i] = w.shown(a)
	}
	return html(fmt.Sprintf(english, safe...))
}

func (w Words) shown(a any) string {
	switch v := a.(type) {
	case html:
		return string(v)
	case int:
		return string(number(int64(v)))
	case int64:
		return string(number(v))
	case uint64:
		return string(number(int64(v)))
	case time.Duration:
		return string(w.span(v))
	}
	return string(quiet(fmt.Sprint(a), anyText))
}

// join puts what is not empty together.
func join(sep string, parts ...html) html {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, string(p))
		}
	}
	return html(strings.Join(kept, sep))
}

// maxAlert is the longest answer to a press, in characters.
// Source: https://core.telegram.org/bots/api#answercallbackquery
const maxAlert = 200

// plain takes the tags and escapes out again, for answers that are not HTML.
func plain(h html) string {
	runes := []rune(unescape(string(h)))
	if len(runes) > maxAlert {
		return string(runes[:maxAlert-1]) + "…"
	}
	return string(runes)
}
