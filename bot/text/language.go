package text

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// languages are those that most users of Telegram have; the others are told by their code.
var languages = map[string]string{
	"ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "cs": "Czech", "de": "German", "en": "English", "es": "Spanish", "fa": "Persian",
	"fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hy": "Armenian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
	"ka": "Georgian", "kk": "Kazakh", "ko": "Korean", "ms": "Malay", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
	"ru": "Russian", "sr": "Serbian", "tr": "Turkish", "uk": "Ukrainian", "uz": "Uzbek", "vi": "Vietnamese", "zh": "Chinese",
}

// language is what people call it: "pt-br" is Portuguese (pt-br).
func (w Words) language(code string) html {
	base, _, more := strings.Cut(code, "-")
	english, known := languages[base]
	switch {
	case code == "":
		return w.say("no language")
	case !known:
		return quiet(code, maxName)
	case more:
		return w.say("%s (%s)", w.say(english), code)
	}
	return w.say(english)
}

// spoken lists how many users have which language, the most first.
func (w Words) spoken(by map[string]int) html {
	codes := slices.SortedFunc(maps.Keys(by), func(a, b string) int { return cmp.Or(by[b]-by[a], strings.Compare(a, b)) })
	var list []html
	for _, c := range codes[:min(len(codes), maxNames)] {
		list = append(list, w.say("%s %s", w.language(c), by[c]))
	}
	rest := 0
	for _, c := range codes[min(len(codes), maxNames):] {
		rest += by[c]
	}
	if rest > 0 {
		list = append(list, w.say("others %s", rest))
	}
	return join(", ", list...)
}

// parseSpoken reads "en 31002, ru 17208"; a number alone is of those without a language.
func parseSpoken(s string) map[string]int {
	by := map[string]int{}
	for part := range strings.SplitSeq(s, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		if n, err := strconv.Atoi(words[len(words)-1]); err == nil {
			by[strings.Join(words[:len(words)-1], " ")] += n
		}
	}
	return by
}
