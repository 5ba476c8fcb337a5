package notice

import (
	"regexp"
	"strings"
	"unicode"
)

// What looks like a wallet's address or a key: a long run of letters and digits that no language has. Base58, hexadecimal
// and base32 are of this kind, and so is bech32, which is named because it may be shorter. An UUID, a date, a sum and an
// order number are not: their runs are short, or of digits only.
var (
	runForm    = regexp.MustCompile(`[A-Za-z0-9]+`)
	dashedForm = regexp.MustCompile(`[A-Za-z0-9_-]+`)
	bech32Form = regexp.MustCompile(`(?i)^(?:bc1|tb1|bcrt1|ltc1|bnb1|cosmos1|addr1|tron1)[a-z0-9]{6,}$`)
	hexForm    = regexp.MustCompile(`(?i)^0x[0-9a-f]{16,}$`)
	cardForm   = regexp.MustCompile(`\d(?:[ -]?\d){15}`)
)

const (
	// longRun is the shortest base58 address, of Bitcoin.
	longRun = 26
	// longDashed is for base64url, as TON writes it (48): an UUID has 36.
	longDashed = 40
)

func wallets(s string) []string {
	var all []string
	for _, run := range runForm.FindAllString(s, -1) {
		if hexForm.MatchString(run) || bech32Form.MatchString(run) || len(run) >= longRun && mixed(run) {
			all = append(all, run)
		}
	}
	for _, run := range dashedForm.FindAllString(s, -1) {
		if len(run) >= longDashed && strings.ContainsAny(run, "-_") && hasAll(run) {
			all = append(all, run)
		}
	}
	return all
}

// mixed says whether a run has letters and digits, or small and capital letters as no word has them.
func mixed(run string) bool {
	digits := strings.IndexFunc(run, unicode.IsDigit) >= 0
	letters := strings.IndexFunc(run, unicode.IsLetter) >= 0
	changes := 0
	for i := 1; i < len(run); i++ {
		if unicode.IsUpper(rune(run[i])) && unicode.IsLower(rune(run[i-1])) {
			changes++
		}
	}
	return digits && letters || changes > 2
}

func hasAll(run string) bool {
	return strings.IndexFunc(run, unicode.IsDigit) >= 0 && strings.IndexFunc(run, unicode.IsUpper) >= 0 && strings.IndexFunc(run, unicode.IsLower) >= 0
}

// cards finds sixteen digits, together or in groups, that have a card's check digit. One order number in ten has it, too,
// and is refused; it is told so.
func cards(s string) []string {
	var all []string
	for _, at := range cardForm.FindAllStringIndex(s, -1) {
		alone := (at[0] == 0 || !digitBefore(s[:at[0]])) && (at[1] == len(s) || s[at[1]] < '0' || s[at[1]] > '9')
		if c := s[at[0]:at[1]]; alone && luhn(c) {
			all = append(all, c)
		}
	}
	return all
}

func digitBefore(s string) bool { c := s[len(s)-1]; return c >= '0' && c <= '9' }

// luhn is the check of ISO/IEC 7812-1: from the right, every second digit doubled, the sum of all digits a multiple of ten.
func luhn(s string) bool {
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if double {
			d = d*2/10 + d*2%10
		}
		sum, double = sum+d, !double
	}
	return sum > 0 && sum%10 == 0
}
