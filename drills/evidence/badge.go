package evidence

import (
	"fmt"
	"html"
)

// A badge's size, in pixels. A finger's and an eye's, not only a mouse's.
const (
	badgeHigh  = 28
	badgeName  = "twokey"
	badgeLeft  = 66
	badgeSign  = 30 // where the text begins, after the sign
	badgeInset = 12
)

// fill is the ground that white text can be read on (4.5 to 1 or more).
func (c Colour) fill() string {
	switch c {
	case Green:
		return "#1a7f37"
	case Amber:
		return "#8a5a00"
	case Red:
		return "#c4202c"
	}
	return "#57606a"
}

// sign says the same without a colour, drawn within 12 by 12.
func (c Colour) sign() string {
	switch c {
	case Green:
		return "M1 6.5 4.5 10 11 2.5"
	case Amber:
		return "M6 1v6M6 10v1"
	case Red:
		return "M2 2l8 8M10 2l-8 8"
	}
	return "M1 6h10"
}

// badge has its text's length set, so that it fits whatever font there is. It asks for nothing from anywhere.
const badge = `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%[3]s">
<title>%[3]s</title>
<rect width="%[1]d" height="%[2]d" rx="5" fill="#24292f"/>
<path d="M%[4]d 0H%[5]dq5 0 5 5v%[6]dq0 5 -5 5H%[4]dz" fill="%[7]s"/>
<path d="%[8]s" transform="translate(%[9]d 8)" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>
<g fill="#fff" font-family="Verdana,'DejaVu Sans',Geneva,sans-serif" font-size="13">
<text x="11" y="19" textLength="%[10]d">%[11]s</text>
<text x="%[12]d" y="19" textLength="%[13]d">%[14]s</text>
</g>
</svg>
`

// Badge is a standing as a picture for a page, in SVG.
func Badge(s Standing) []byte {
	words, c := s.Words(), s.Colour()
	long := textLong(words)
	wide := badgeLeft + badgeSign + long + badgeInset
	return fmt.Appendf(nil, badge, wide, badgeHigh, html.EscapeString(words+" ("+string(c)+")"), badgeLeft, wide-5, badgeHigh-10, c.fill(), c.sign(),
		badgeLeft+badgeInset-1, textLong(badgeName), badgeName, badgeLeft+badgeSign, long, html.EscapeString(words))
}

// textLong is about how long a text is in that font.
func textLong(s string) (long int) {
	tenths := 0
	for _, r := range s {
		switch {
		case r == 'm' || r == 'w' || r == 'M' || r == 'W':
			tenths += 130
		case r == 'i' || r == 'l' || r == 'j' || r == ' ' || r == '·' || r == ':':
			tenths += 43
		case r == 't' || r == 'f' || r == 'r':
			tenths += 53
		case r > 0x2e7f: // wide letters
			tenths += 130
		default:
			tenths += 81
		}
	}
	return tenths / 10
}
