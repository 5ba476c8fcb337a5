package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

var percentEscape = regexp.MustCompile(`%[0-9A-F]{2}`)

// encodings returns the byte strings that give s away, in no order and with
// repetitions.
func encodings(s string) [][]byte {
	list := []string{s, hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s)))}
	for _, e := range []string{url.QueryEscape(s), url.PathEscape(s)} {
		list = append(list, e, percentEscape.ReplaceAllStringFunc(e, strings.ToLower))
	}
	list = append(list, html.EscapeString(s), inQuotes(strconv.Quote(s)))
	list = append(list, htmlMinimal.Replace(s), jsonPlain(s))
	if b, err := json.Marshal(s); err == nil {
		list = append(list, inQuotes(string(b)))
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		list = append(list, base64Forms(enc, s)...)
	}
	patterns := make([][]byte, len(list))
	for i, p := range list {
		patterns[i] = []byte(p)
	}
	return patterns
}

// htmlMinimal escapes as Telegram texts are escaped: not the quotes.
var htmlMinimal = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// jsonPlain escapes as encoders do that leave < > & alone.
func jsonPlain(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return s
	}
	return inQuotes(strings.TrimSuffix(b.String(), "\n"))
}

func inQuotes(s string) string { return s[1 : len(s)-1] }

// base64Forms returns s encoded alone, with and without padding, and the
// characters that depend on nothing but s when 0, 1 or 2 (mod 3) bytes stand
// before it. Those at the two ends are shared with the neighbours and are left
// out; they tell at most 4 bits each.
func base64Forms(enc *base64.Encoding, s string) []string {
	raw := enc.WithPadding(base64.NoPadding)
	forms := []string{enc.EncodeToString([]byte(s)), raw.EncodeToString([]byte(s))}
	for before, shared := range []int{0, 2, 3} {
		whole := raw.EncodeToString([]byte("\x00\x00"[:before] + s))
		end := len(whole)
		if (before+len(s))%3 != 0 {
			end--
		}
		forms = append(forms, whole[shared:end])
	}
	return forms
}
