package web_test

import (
	"context"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// zone is where the reader lives.
func zone(name string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name})
		return chromedp.Void{}, err
	}
}

func looksFormatted(s *screen) {
	for _, c := range [][4]string{
		{"b", "bold", "fontWeight", "700"}, {"i", "italic", "fontStyle", "italic"}, {"u", "under", "textDecorationLine", "underline"},
		{"s", "struck", "textDecorationLine", "line-through"}, {":is(b i, i b)", "both", "fontWeight", "700"}, {":is(b i, i b)", "both", "fontStyle", "italic"},
	} {
		part := `m("formats", ".text ` + c[0] + `")`
		look(s, part+`.textContent`, c[1])
		look(s, `css(`+part+`, "`+c[2]+`")`, c[3])
	}
	look(s, `own(m("formats", ".text"))`, `bold italic under struck code both{"a": 1}after`)
	look(s, `m("formats", "code.code").textContent`, "code")
	for _, code := range []string{`m("formats", "code.code")`, `m("formats", "pre code")`} {
		look(s, `css(`+code+`, "fontFamily").includes("mono")`, true)
	}
	look(s, `[m("formats", "pre").textContent, css(m("formats", "pre"), "display"), getComputedStyle(m("formats", "pre"), "::before").content]`,
		[]string{`{"a": 1}`, "block", `"json"`})
	look(s, `box(m("formats", "pre")).top >= box(m("formats", ".text b")).bottom`, true)
	look(s, `m("formats", "code.code").contains(m("formats", "pre"))`, false)
}

func linksAndSpoilers(s *screen) {
	look(s, `[...m("links").querySelectorAll(".text [role=link]")].map((e) => e.textContent + " " + e.title)`,
		[]string{"the page https://example.org/deep", "https://example.org/bare https://example.org/bare"})
	look(s, `css(m("links", "[role=link]"), "color") !== css(m("links", ".text"), "color")`, true)
	look(s, `document.querySelectorAll("a[href^=http]").length`, 0)
	s.click(`[data-phone="ann"] [role=link]`, "the page")
	s.is(`ann(".toast")?.textContent === "Links are not followed here: https://example.org/deep"`)
	const secret = `m("links", ".spoiler")`
	look(s, `[css(`+secret+`, "color"), `+secret+`.role]`, []string{"rgba(0, 0, 0, 0)", "button"})
	s.click(`[data-phone="ann"] .spoiler`, "the secret")
	look(s, `css(`+secret+`, "color") === css(m("links", ".text"), "color")`, true)
	s.api("editMessageText", map[string]any{"chat_id": group, "message_id": s.ids["links"], "parse_mode": "HTML",
		"text": `See <a href="https://example.org/deep">the page</a>, https://example.org/bare or <tg-spoiler>the truth</tg-spoiler>`})
	s.is(secret + `.textContent === "the truth"`)
	look(s, secret+`.classList.contains("shown")`, true) // what was shown stays so
}

func hostileTextIsText(s *screen) {
	look(s, `own(m("hostile", ".text"))`, hostile)
	look(s, `m("hostile", ".text").querySelectorAll(":scope > :not(.meta)").length`, 0)
	look(s, `own(m("escaped", ".text"))`, `escaped <b>not bold</b> &amp;`)
	look(s, `m("escaped", ".text").querySelectorAll("b").length`, 0)
	look(s, `[typeof hacked, document.querySelectorAll("script").length, document.querySelectorAll("[onerror]").length]`, []any{"undefined", 1.0, 0.0})
	s.click(`[data-phone="ann"] [data-testid="back"]`, "")
	s.click(`[data-phone="ann"] [data-testid="chat--1001234567890"]`, "")
	look(s, `typeof hacked`, "undefined")
}

func quoteExpands(s *screen) {
	const body, toggle = `m("quote", ".quote-body")`, `m("quote", "[data-testid=expand]")`
	lines := `Math.round(box(` + body + `).height / parseFloat(css(` + body + `, "lineHeight")))`
	s.is(toggle + `?.ariaExpanded === "false" && m("short", "[data-testid=expand]").hidden`)
	look(s, lines, 3)
	look(s, `css(`+body+`, "overflow")`, "hidden")
	look(s, `Math.round(box(m("short", ".quote-body")).height / parseFloat(css(`+body+`, "lineHeight")))`, 1)
	look(s, `css(m("quote", ".quote"), "borderLeftStyle")`, "solid")
	s.click(`[data-phone="ann"] .quote-body`, "a line of the log") // anywhere in it
	look(s, lines, 12)
	look(s, toggle+`.ariaExpanded`, "true")
	s.click(`[data-phone="ann"] [data-testid="expand"]:not([hidden])`, "")
	look(s, lines, 3)
	s.click(`[data-phone="ann"] .quote-body`, "one line only")
	look(s, `m("short", ".quote").classList.contains("open")`, false)
}

func mentions(s *screen) {
	look(s, `[...m("mentions").querySelectorAll(".text .mention")].map((e) => e.textContent + (e.matches(".me") ? " me" : ""))`,
		[]string{"Ann me", "Bob", "@somebody"})
	look(s, `css(m("mentions", ".me"), "backgroundColor") !== "rgba(0, 0, 0, 0)"`, true)
	look(s, `css(m("mentions", ".mention:not(.me)"), "backgroundColor")`, "rgba(0, 0, 0, 0)")
	look(s, `css(m("mentions", ".mention"), "color") !== css(m("mentions", ".text"), "color")`, true)
	look(s, `[...document.querySelectorAll('[data-phone="bob"] .mention.me')].map((e) => e.textContent)`, []string{"Bob"})
}

// times are those of a reader in Kolkata: 5:30 ahead of UTC, in no summer time.
func times(s *screen) {
	look(s, `[...m("times").querySelectorAll("time")].map((e) => e.textContent)`,
		[]string{"raw", "20:34", "20:34:05", "02/03/26", "2 March 2026", "Monday, 2 March 2026, 20:34", "in 1 hour"})
	look(s, `m("times", "time").dateTime`, moment.UTC().Format("2006-01-02T15:04:05.000Z"))
	s.click(`[data-phone="ann"] time`, "raw")
	s.is(`ann(".toast")?.textContent === "Monday, 2 March 2026, 20:34:05 GMT+5:30"`)
	for _, c := range []struct {
		pass time.Duration
		want string
	}{{45 * time.Minute, "in 4"}, {50 * time.Minute, "ago"}} { // in 44 or 45 minutes, 4 or 5 minutes ago
		s.must(s.LetPass(c.pass))
		look(s, `[...m("times").querySelectorAll("time")].at(-1).textContent.includes("`+c.want+`")`, true)
	}
}
