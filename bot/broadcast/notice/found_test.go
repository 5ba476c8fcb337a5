package notice

import (
	"errors"
	"strings"
	"testing"
)

const said = `
green: true
vars: {say: {type: text}, more: {type: text, lines: true, default: "-"}}
texts: {en: "Note: {say} {more}"}
`

// TestForbidden: what nobody may be sent, each with neighbours that must pass. A refusal says what it found and what to do.
func TestForbidden(t *testing.T) {
	const (
		anAddress = "say has an address in it"
		telegram  = "say has a link into Telegram in it"
		aName     = "say has a @name in it"
		aWallet   = "say has something like a wallet's address or a key in it"
		aCard     = "say has something like a bank card's number in it"
		unseen    = "say has a character that cannot be seen or read"
		capital   = "say has \"[" // and so on
		again     = "say has \"{"
		fine      = ""
	)
	tests := []struct{ say, typed, want string }{
		// Wallets and keys.
		{"Ethereum", "send to 0x52908400098527886E0F7030069857D2E4169EE7", aWallet},
		{"Ethereum, in small letters", "0xde709f2102306220921060314715629080e2fb77", aWallet},
		{"Ethereum, cut", "0xde709f2102306220…", aWallet},
		{"Bitcoin, bech32", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", aWallet},
		{"Bitcoin, bech32, cut and in capitals", "BC1QAR0SRRR7X", aWallet},
		{"Bitcoin, old", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", aWallet},
		{"Bitcoin, of the shortest kind", "1111111111111111111114oLvT2", aWallet},
		{"Tron", "USDT: TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", aWallet},
		{"Solana", "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV", aWallet},
		{"TON", "EQDtFpEwcFAEcRe5mLVh2N6C0x-_hJEM7W61_JLnSF74p4q2", aWallet},
		{"TON, in shorter runs", "EQDtFpEwcFAEcRe5mL-h2N6C0x-_hJEM7W61_JLnSF74p4q2", aWallet},
		{"Stellar, base32", "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7", aWallet},
		{"Ripple", "rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh", aWallet},
		{"a private key, hexadecimal", "key e9873d79c6d87dc0fb6a5778633389f4453213303da61f20bd67fc233aa33262", aWallet},
		{"base58 without a digit", "aBcDeFgHiJkLmNoPqRsTuVwXyZaB", aWallet},
		{"in wide letters", "０ｘ52908400098527886E0F7030069857D2E4169EE7", aWallet},
		{"a bank card", "4111 1111 1111 1111", aCard},
		{"a bank card in one", "5555555555554444", aCard},
		{"a bank card with dashes", "4111-1111-1111-1111", aCard},
		{"a sum", "1 250 000.50 USDT", fine},
		{"a sum, grouped by full stops", "1.250.000.000,50 €", fine},
		{"an order's number", "order A-10427 of 25.11.2026", fine},
		{"an order's long number", "order 202611250000012345", fine},
		{"an order's number like a card's, without its check digit", "order 4276380123456789", fine},
		{"an UUID", "operation 6ba7b810-9dad-11d1-80b4-00c04fd430c8", fine},
		{"a name with dashes", "Order-2026-11-25-Batch-7-Final-Check", fine},
		{"a short hash", "0x5290 and a3f9c21", fine},
		{"a long word", "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz", fine},
		{"a long word without umlauts", "Donaudampfschifffahrtsgesellschaft", fine},
		{"a telephone number", "+358 40 123 4567", fine},
		{"networks by name", "BTC, TRC20 and ERC-20 deposits", fine},

		// Names.
		{"a @name", "write to @support_bot", aName},
		{"a @name after a letter", "mail@bob", aName},
		{"a @name in wide letters", "＠support", aName},
		{"a Cyrillic @name", "пишите @поддержка", aName},
		{"an @ alone", "the user@ part, and 5 @ 10", fine},

		// Links into Telegram.
		{"t.me", "t.me/support", telegram},
		{"T.ME with a scheme", "HTTPS://T.ME/joinchat/abc", telegram},
		{"t.me alone", "see t.me.", telegram},
		{"a name of t.me", "bob.t.me", telegram},
		{"telegram.me", "www.telegram.me/bob", telegram},
		{"telegram.dog", "telegram.dog/bob", telegram},
		{"tg://", "tg://resolve?domain=bob", telegram},
		{"tg: alone", "tg:resolve?domain=bob", telegram},
		{"in wide letters", "ｔ．ｍｅ/bob", telegram},
		{"in mathematical letters", "𝐭.𝐦𝐞/bob", telegram},
		{"with another full stop", "t。me/bob", telegram},
		{"the word", "Telegram is slow, too", fine},
		{"I am", "at 5 p.m. me and you", fine},

		// Addresses.
		{"a link", "https://example.com", anAddress},
		{"a link that may stand in texts", "https://status.example.com/today", anAddress},
		{"a link without dots", "http://localhost", anAddress},
		{"a host", "example.com", anAddress},
		{"a host in capitals", "EXAMPLE.COM", anAddress},
		{"a host with a port", "example.com:8080", anAddress},
		{"a host at the end of a sentence", "See example.com.", anAddress},
		{"a Cyrillic host", "пример.рф", anAddress},
		{"a Cyrillic letter in a Latin host", "ex\u0430mple.com", anAddress},
		{"punycode", "xn--e1afmkfd.xn--p1ai", anAddress},
		{"a user before the host", "https://status.example.com@evil.org", anAddress},
		{"an e-mail address", "user@example.com", anAddress},
		{"mailto", "mailto:user", anAddress},
		{"a payment", "bitcoin:1A1z", anAddress},
		{"a telephone link", "tel:+123", anAddress},
		{"numbers", "http://203.0.113.5/", anAddress},
		{"numbers alone", "at 203.0.113.5", anAddress},
		{"numbers at the end of a sentence", "at 203.0.113.5.", anAddress},
		{"ftp", "ftp://x", anAddress},
		{"a full stop without its space looks like one", "Done.We are sorry", anAddress},
		{"a full stop with its space", "Done. We are sorry", fine},
		{"dates and times", "25.11.2026, 14.30, 25.11", fine},
		{"abbreviations", "e.g. at 5 a.m., i.e. early; т.е. рано и т.д.", fine},
		{"versions", "v2.1.4 and 2.1.4-rc1", fine},
		{"shares", "99.95 % or 0.5%", fine},
		{"an ellipsis", "please wait... thank you", fine},
		{"a colon", "Note: deposits only", fine},
		{"slashes", "deposits and/or withdrawals, 24/7", fine},

		// What cannot be seen.
		{"a right-to-left override", "abc\u202egnp", unseen},
		{"an isolate", "abc\u2066x", unseen},
		{"a mark of direction", "abc\u200ex", unseen},
		{"a zero-width space", "t\u200b.me", unseen},
		{"a zero-width joiner", "👩\u200d💻", unseen},
		{"a soft hyphen", "a\u00adb", unseen},
		{"a byte order mark", "\ufeffabc", unseen},
		{"a Hangul filler", "a\u3164b", unseen},
		{"a braille blank", "a\u2800b", unseen},
		{"a tag", "a\U000e0041b", unseen},
		{"a line separator", "a\u2028b", unseen},
		{"a bell", "a\x07b", unseen},
		{"a tab", "a\tb", unseen},
		{"a carriage return", "a\rb", unseen},
		{"a private character", "a\ue000b", unseen},
		{"marks painted over marks", "a\u0335\u0336\u0337\u0338b", unseen},
		{"a selector after a letter", "a\ufe0fb", unseen},
		{"two lines", "a\nb", "say has several lines, and it may have one"},
		{"broken UTF-8", "a\xffb", "say is not text (UTF-8)"},
		{"an emoji as a phone types it", "⚠️ deposits ❤️", fine},
		{"accents", "e\u0301té, naïve, Ωmega, 日本", fine},
		{"a space that does not break", "5\u00a0000", fine},
		{"markup is only text", `<b>5 > 3 & "so"</b> &lt; &#8206;`, fine},

		// What nobody filled in.
		{"the document's placeholder", "between [START_TIME] and now", capital},
		{"a Cyrillic one", "с [ВРЕМЯ НАЧАЛА]", capital},
		{"brackets around words", "[sic] and [1]", fine},
		{"a placeholder", "until {until}", again},
		{"a placeholder in two braces", "until {{until}}", again},
		{"a placeholder with a form", "{from:day}", again},
		{"braces", "{ } and {1}", fine},
	}
	tmpl := own(t, Options{Links: []string{"status.example.com"}}, said)
	for _, tt := range tests {
		t.Run(tt.say, func(t *testing.T) {
			v, err := tmpl.Bind(map[string]string{"say": tt.typed}, evening)
			var e *Error
			switch {
			case err == nil && tt.want != fine:
				t.Errorf("%q passed", tt.typed)
			case err == nil:
				if _, err := tmpl.Render(v); err != nil {
					t.Errorf("%q was bound, and not rendered: %v", tt.typed, err)
				}
			case tt.want == fine || !strings.HasPrefix(err.Error(), tt.want):
				t.Errorf("%q: got error %q, want %q", tt.typed, err, tt.want)
			case !errors.As(err, &e) || e.Var != "say" || e.Hint == "":
				t.Errorf("%q: the error names %q and hints %q", tt.typed, e.Var, e.Hint)
			}
		})
	}
}

func TestLines(t *testing.T) {
	tmpl := own(t, Options{}, said)
	v, err := tmpl.Bind(map[string]string{"say": "x", "more": " one\r\ntwo\n"}, evening)
	if err != nil || v["more"] != "one\ntwo" {
		t.Errorf("got %q, %v", v["more"], err)
	}
	if _, err := tmpl.Bind(map[string]string{"say": "x", "more": "t.me\nx"}, evening); err == nil {
		t.Error("a link in the first of two lines passed")
	}
}

// TestClaims: a notice that may go out while the service is down cannot say that it is back.
func TestClaims(t *testing.T) {
	claim := []string{
		"The service has been restored", "The issue is RESOLVED.", "We are back to normal", "It is fixed!", "back online",
		"available again", "Everything is working normally", "All systems are operating normally", "up and running",
		"Сервис восстановлён", "Работа восстановлена", "Проблема устранена", "ошибка исправлена", "Всё снова работает",
		"сервис снова доступен", "в штатном режиме", "Проблема решена", "работает как обычно", "Мы устранили сбой", "всё в норме",
	}
	fine := []string{
		"We are working on it", "The prefixed orders", "We are looking for a solution", "Restoring takes an hour", "Fixing it takes time",
		"Мы восстанавливаем сервис", "идёт восстановление", "Решение принято", "исправление готовится", "ищем решение",
		"Сервис не работает", "Работы продолжаются", "normal hours: 9 to 17",
	}
	tmpl := own(t, Options{}, strings.Replace(said, "green: true", "", 1))
	for _, s := range claim {
		if _, err := tmpl.Bind(map[string]string{"say": s}, evening); err == nil || !strings.HasPrefix(err.Error(), "say says ") {
			t.Errorf("%q: got %v, want a refusal", s, err)
		}
	}
	for _, s := range fine {
		if _, err := tmpl.Bind(map[string]string{"say": s}, evening); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}
