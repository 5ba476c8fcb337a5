package codedrill

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const (
	maxValue = 64 << 10
	maxForms = 400
)

var (
	plainWord = regexp.MustCompile(`^[A-Za-z]+$`)
	digits    = regexp.MustCompile(`^[0-9]*$`)
	packed    = regexp.MustCompile(`[A-Za-z0-9+/_-]{6,}={0,2}`)
)

// formsOf gives a value and what it is when it is decoded, up to three times; false when there are too many.
func formsOf(value string) (forms []string, all bool) {
	forms = []string{value}
	for from, round := 0, 0; round < 3; round++ {
		end := len(forms)
		for _, v := range forms[from:end] {
			for _, d := range decoded(v) {
				if !slices.Contains(forms, d) {
					forms = append(forms, d)
				}
			}
			if len(forms) > maxForms {
				return forms, false
			}
		}
		from = end
	}
	return forms, true
}

// decoded is what a text may stand for: the whole of it unescaped, and what is packed anywhere in it.
func decoded(v string) (all []string) {
	for _, u := range unescaped(v) {
		if u != v {
			all = append(all, u)
		}
	}
	for _, token := range packed.FindAllString(v, -1) {
		for _, r := range raw(token) {
			if readable(r) {
				all = append(all, r)
			}
		}
	}
	return all
}

// raw is what a base64 or hex text stands for.
func raw(s string) (all []string) {
	bare := strings.TrimRight(s, "=")
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(bare); err == nil && (len(b) >= rawFrom || readable(string(b))) && len(b) >= 4 && !slices.Contains(all, string(b)) {
			all = append(all, string(b))
		}
	}
	if b, err := hex.DecodeString(strings.TrimPrefix(strings.ToLower(s), "0x")); err == nil && len(b) >= 4 {
		all = append(all, string(b))
	}
	return all
}

func readable(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) && !unicode.IsSpace(r) })
}
