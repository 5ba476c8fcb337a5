package audience

import (
	"regexp"
	"strings"
)

const (
	// longestLanguage is what a tag should have room for, https://www.rfc-editor.org/rfc/rfc5646#section-4.4.1
	longestLanguage = 35
	// mostLanguages is more than there are in any real audience: a column with more holds something else.
	mostLanguages = 1000
)

var tag = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{1,8})*$`)

// normal is a language as copies have it: "pt_BR " is "pt-br"; what is none is "".
func normal(lang string) string {
	lang = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(lang), "_", "-"))
	if len(lang) > longestLanguage || !tag.MatchString(lang) {
		return ""
	}
	return lang
}

// languages remembers what was normalised, so that a million rows share a few strings.
type languages map[string]string

func (l languages) of(raw []byte) string {
	if lang, ok := l[string(raw)]; ok {
		return lang
	}
	if len(raw) > 2*longestLanguage {
		return ""
	}
	lang := normal(string(raw))
	if len(l) < mostLanguages {
		l[string(raw)] = lang
	}
	return lang
}
