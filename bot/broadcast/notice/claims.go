package notice

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// claimForm finds words that say the service is well again, in English and Russian. It does not know a promise from a claim
// ("until it is fixed"): such a text has to be put another way.
var claimForm = regexp.MustCompile(`(?:^|[^\pL\pN])(` + strings.Join([]string{
	`restored`, `resolved`, `fixed`, `solved`, `recovered`, `repaired`,
	`back (?:to normal|online|up|in service)`, `(?:up|available|online|operational) again`, `up and running`,
	`normal operation`, `(?:work|works|working|operating|operates|running|runs) (?:normally|again|as usual|properly)`,
	`восстановлен[аоы]?`, `восстановил\pL*`, `устранен[аоы]?`, `устранил\pL*`, `исправлен[аоы]?`, `исправил\pL*`,
	`решен[аоы]?`, `починен[аоы]?`, `починил\pL*`,
	`в (?:обычном|штатном|нормальном|прежнем) режиме`, `(?:снова|опять) (?:работа\pL+|доступ\pL+|в строю|в сети)`,
	`работа\pL+ (?:снова|нормально|исправно|как обычно)`, `вернул\pL* к (?:норм|обычн)\pL*`, `в норме`, `приш(?:ел|ла|ло|ли) в норму`,
}, "|") + `)(?:$|[^\pL\pN])`)

// claims gives the first words of a visible text that claim recovery; "" when there are none.
func claims(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "ё", "е")), " ")
	if m := claimForm.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}
