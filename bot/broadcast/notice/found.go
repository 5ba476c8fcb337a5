package notice

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// finding is something in a visible text that leads people, or their money, elsewhere, or that nobody filled in.
type finding struct {
	what danger
	text string
}

type danger int

const (
	address danger = iota
	telegramLink
	mention
	wallet
	card
	unfilled
	unexpanded
)

// An address is what Telegram, or a person, could take for one. It is sought wide: any two words joined by a full stop of
// which the second begins with two letters, because there are over a thousand endings and each of them can be bought.
// "25.11.2026", "1.250,00", "v2.1" and "т.е." are none; "done.We" is one, and a space helps.
var (
	schemeForm   = regexp.MustCompile(`[a-z][a-z0-9+.-]*://\S*|\b(?:mailto|tel|sms|tg|ton|tonsite|bitcoin|ethereum|tron|litecoin|monero|solana):\S+`)
	domainForm   = regexp.MustCompile(`[\pL\pN_][\pL\pN\pM_-]*(?:\.[\pL\pN\pM_-]+)*\.\pL[\pL\pN\pM-]+(?:[:/?#]\S*)?`)
	quadForm     = regexp.MustCompile(`(?:^|[^\pL\pN.])((?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:[:/]\S*)?)(?:$|[^\pL\pN.]|\.(?:$|\s))`)
	mentionForm  = regexp.MustCompile(`@[\pL\pN_]+`)
	telegramForm = regexp.MustCompile(`^(?:[a-z]*://)?(?:[a-z0-9_-]+\.)*(?:t\.me|telegram\.me|telegram\.dog)(?:[^a-z0-9.-]|$)|^(?:tg|ton|tonsite):`)
	capitals     = regexp.MustCompile(`\[\p{Lu}[\p{Lu}\pN_ -]*\p{Lu}[\p{Lu}\pN_ -]*\]`)
	braced       = regexp.MustCompile(`\{ ?[a-z][a-z0-9_]*(?::[a-z]*)? ?\}`)
)

// found gives everything in a visible text that has to be looked at, in a fixed order. Most texts have nothing, and are
// looked at often: a form is only sought where its first mark is.
func found(s string) []finding {
	s = strings.NewReplacer("。", ".", "⁄", "/", "∕", "/").Replace(norm.NFKC.String(s))
	low := strings.ToLower(s)
	all := addresses(strings.Fields(low))
	add := func(what danger, mark string, form *regexp.Regexp, s string) {
		if strings.Contains(s, mark) {
			all = append(all, as(what, form.FindAllString(s, -1))...)
		}
	}
	add(mention, "@", mentionForm, low)
	all = append(all, as(wallet, wallets(s))...)
	all = append(all, as(card, cards(s))...)
	add(unfilled, "[", capitals, s)
	add(unexpanded, "{", braced, low)
	return all
}

func as(what danger, texts []string) []finding {
	var all []finding
	for _, text := range texts {
		all = append(all, finding{what, text})
	}
	return all
}

// addresses finds them word by word: no address has a space in it.
func addresses(words []string) []finding {
	var all []finding
	for _, word := range words {
		if strings.Contains(word, ":") {
			for _, a := range schemeForm.FindAllString(word, -1) {
				word = strings.Replace(word, a, " ", 1)
				all = append(all, addressed(a))
			}
		}
		if !strings.Contains(strings.TrimRight(word, "."), ".") {
			continue
		}
		for _, a := range domainForm.FindAllString(word, -1) {
			all = append(all, addressed(a))
		}
		for _, m := range quadForm.FindAllStringSubmatch(word, -1) {
			all = append(all, addressed(m[1]))
		}
	}
	return all
}

// addressed takes the marks off that end a sentence after an address.
func addressed(a string) finding {
	a = strings.TrimRight(a, `.,;:!?)]}»”"'…`)
	if telegramForm.MatchString(a) {
		return finding{telegramLink, a}
	}
	return finding{address, a}
}

// refused is why no value may hold it.
func (f finding) refused() *Error {
	e := &Error{Hint: "leave it out: links and addresses come only from the template's own text"}
	switch f.what {
	case address:
		e.Sentence = fmt.Sprintf("has an address in it: %s", quote(f.text))
		if !strings.ContainsAny(f.text, ":/") {
			e.Hint += "; if it is none, put a space after the full stop"
		}
	case telegramLink:
		e.Sentence = fmt.Sprintf("has a link into Telegram in it: %s", quote(f.text))
	case mention:
		e.Sentence, e.Hint = fmt.Sprintf("has a @name in it: %s", quote(f.text)), "leave it out; if it is none, put a space after the @"
	case wallet:
		e.Sentence = fmt.Sprintf("has something like a wallet's address or a key in it: %s", quote(f.text))
		e.Hint = "leave it out: nobody may be asked to pay, or be sent a key, by a notice"
	case card:
		e.Sentence = fmt.Sprintf("has something like a bank card's number in it: %s", quote(f.text))
		e.Hint = "leave it out: nobody may be asked to pay by a notice"
	case unfilled:
		e.Sentence, e.Hint = fmt.Sprintf("has %s in it, which nobody filled in", quote(f.text)), "write what it stands for; other words in brackets need round ones"
	case unexpanded:
		e.Sentence, e.Hint = fmt.Sprintf("has %s in it, and a value is never filled in", quote(f.text)), "write what it stands for"
	}
	return e
}

// beyond gives the first finding of all that is not among those before it: what only came about when values were put in.
func beyond(all, before []finding) (finding, bool) {
	rest := slices.Clone(before)
	for _, f := range all {
		i := slices.Index(rest, f)
		if i < 0 {
			return f, true
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return finding{}, false
}
