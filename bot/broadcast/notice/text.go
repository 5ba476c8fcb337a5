package notice

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// defaultMax is enough for a sentence or two; a phone shows about 38 characters a line.
	defaultMax = 300
	// stacked is how many marks one letter may carry: more would be painted over the lines around it.
	stacked = 3
	// dense bounds the work for one text: no character anybody may write takes more bytes.
	dense = 16
)

// readText gives the canonical form of a text, or says what in it no user may get.
func (t *Template) readText(v Var, s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", &Error{Sentence: "is not text (UTF-8)", Hint: "write it anew"}
	}
	if len(s) > v.Max*dense {
		return "", tooLong(len(s), v.Max)
	}
	s = strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(s, "\r\n", "\n")))
	if _, is := v.choice(s); is {
		return s, nil
	}
	if err := v.judge(s); err != nil {
		return "", err
	}
	if claim := claims(s); claim != "" && !t.Green {
		return "", &Error{
			Sentence: fmt.Sprintf("says %s, and this notice may go out while the service is down", quote(claim)),
			Hint:     "say what happened instead; that it is over is said by a notice that waits for the checks, such as service_update",
		}
	}
	return s, nil
}

// judge says what of a text no user may get, whatever the template.
func (v Var) judge(s string) error {
	if s == "" {
		return &Error{Sentence: "is empty"}
	}
	if n := utf8.RuneCountInString(s); n > v.Max {
		return tooLong(n, v.Max)
	}
	if err := readable(s, v.Lines); err != nil {
		return err
	}
	if all := found(s); len(all) > 0 {
		return all[0].refused()
	}
	return nil
}

func tooLong(n, most int) *Error {
	return &Error{
		Sentence: fmt.Sprintf("has %d characters: there may be %d", n, most),
		Hint:     "say it shorter",
	}
}

// readable refuses what cannot be seen, or makes people see something else than there is.
func readable(s string, lines bool) error {
	marks, before := stacked, ' '
	for _, r := range s {
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		switch {
		case r == '\n' && !lines:
			return &Error{Sentence: "has several lines, and it may have one", Hint: "write it in one line"}
		case r == '\n':
		case r == emojiStyle && unicode.Is(unicode.S, before): // phones put it behind ⚠ and ❤
		case unseen(r) || !unicode.IsPrint(r) && !unicode.IsSpace(r) || unicode.IsControl(r) || marks > stacked:
			return &Error{
				Sentence: fmt.Sprintf("has a character that cannot be seen or read (%U)", r),
				Hint:     "remove it: type the text by hand instead of pasting it",
			}
		}
		before = r
	}
	return nil
}

const emojiStyle = '\ufe0f'

// unseen are characters that take no space (format controls, zero-width, bidi, fillers, selectors), and those that end a
// line without being a newline. The braille blank is a symbol to Unicode and nothing to the eye.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == '\u2800'
}

// steering are the characters that turn the direction of what follows, and others no text of any language needs. The
// joiners and marks that Persian, Hebrew and emoji do need are not among them: a template's own texts may have those.
func steering(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u206f' || r >= '\U000e0000' && r <= '\U000e0fff' ||
		r == '\ufeff' || r == '\u2028' || r == '\u2029' || unicode.IsControl(r) && r != '\n'
}
