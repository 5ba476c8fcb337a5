package web_test

import (
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"

	"twokey/internal/browsertest"
)

func evalBool(s *screen, expression string) (bool, error) {
	return browsertest.Eval[bool](s.Page, expression)
}

// wide is what is wider than the screen, or stands out of it; what scrolls by itself may.
const wide = `[document.documentElement, document.body, ...document.querySelectorAll("body *")].filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".unseen, .top h1, svg"))
  .filter((e) => box(e).right > innerWidth + .5 || box(e).left < -.5 || (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && !["hidden", "clip"].includes(css(e, "overflowX")) && css(e, "display") !== "inline"))
  .map((e) => e.tagName + "." + e.className + " " + e.textContent.slice(0, 40))`

// hard is what a finger cannot hit: covered, out of the screen, or smaller than WCAG 2.2 (2.5.8) lets it be outside of a text.
const hard = `[...document.querySelectorAll("button, textarea, a, [role=link], [role=button]")].filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest("[inert]") && !e.disabled)
  .filter((e) => {
    e.scrollIntoView({ block: "center", behavior: "instant" });
    const r = e.getClientRects()[0];
    const hit = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
    return !e.contains(hit) || (!e.matches(".link, .spoiler, .command") && (r.width < 24 || r.height < 24)) || r.bottom > innerHeight + .5;
  }).map((e) => e.className + " " + (e.ariaLabel ?? e.textContent) + " " + JSON.stringify(box(e)))`

func smallScreen(s *screen) {
	for _, tab := range []string{"tour", "shop", "bob", "ann"} {
		s.click(`[data-testid="tab-`+tab+`"]`, "")
		look(s, wide, []string{})
		look(s, hard, []string{})
	}
	look(s, `document.documentElement.scrollHeight <= innerHeight && inside(ann(".field"), document.documentElement)`, true)
	look(s, `parseFloat(css(ann(".field"), "fontSize")) >= 16`, true) // a smaller one makes iOS zoom in
	look(s, `box(ann(".messages")).height > innerHeight / 2`, true)
	s.click(`[data-phone="ann"] [data-testid="menu"]`, "")
	look(s, wide, []string{})
	look(s, `inside(ann("[data-testid=commands]"), document.documentElement)`, true)
	s.click(`[data-phone="ann"] [data-document]`, "run-12.log")
	s.is(`ann("[data-testid=file-text]")?.textContent.startsWith("first")`)
	look(s, wide, []string{})
	look(s, `inside(ann("[data-testid=file]"), document.documentElement)`, true)
	s.click(`[data-phone="ann"] [data-testid="file-close"]`, "")
	s.click(`[data-phone="ann"] [data-testid="back"]`, "")
	look(s, wide, []string{})
	look(s, hard, []string{})
}

// touch: without a mouse nothing waits for one to hover over it.
func touch(s *screen) {
	dir, err := filepath.Abs("../../../bin/demo")
	s.must(err)
	s.must(os.MkdirAll(dir, 0o755))
	s.must(s.Do(chromedp.EmulateViewport(375, 667, chromedp.EmulateMobile, chromedp.EmulateTouch)))
	s.is(`matchMedia("(hover: none)").matches`)
	look(s, `css(m("question", "[data-testid=reply]"), "opacity") !== "0"`, true)
	for _, name := range []string{"light", "dark"} {
		s.must(s.Do(scheme(name)))
		for _, part := range []string{"formats", "photo", "buttons"} {
			_, err := evalNothing(s, `m("`+part+`").scrollIntoView({block: "start", behavior: "instant"})`)
			s.must(err)
			s.must(s.Shoot(filepath.Join(dir, "render-small-"+name+"-"+part+".png")))
		}
	}
}

// pale are texts with less contrast than WCAG 2.2 (1.4.3) asks for, on the nearest ground that is not transparent. The wall is
// a gradient, so what stands on it has a ground of its own.
const pale = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const mix = (under, over) => { canvas.fillStyle = under; canvas.fillRect(0, 0, 1, 1); canvas.fillStyle = over; canvas.fillRect(0, 0, 1, 1); const d = canvas.getImageData(0, 0, 1, 1).data; return "rgb(" + d[0] + "," + d[1] + "," + d[2] + ")"; };
  const lit = (c) => c.match(/\d+/g).map((x) => x / 255).map((x) => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4).reduce((sum, x, i) => sum + x * [.2126, .7152, .0722][i], 0);
  const ground = (e) => e ? mix(ground(e.parentElement), css(e, "backgroundColor")) : "rgb(255,255,255)";
  return [...document.querySelectorAll('[data-phone="ann"] .message *, [data-phone="ann"] .chat-head *, [data-phone="ann"] .pinned *')]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && e.checkVisibility({ opacityProperty: true }) && !e.closest(".key, .face, .avatar, .spoiler, .do-reply"))
    .map((e) => { const g = ground(e), a = lit(mix(g, css(e, "color"))), b = lit(g); return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.className + " " + e.textContent.slice(0, 30) + " " + css(e, "color") + " on " + g]; })
    .filter(([ratio]) => ratio < 4.5).map(([ratio, what]) => ratio.toFixed(2) + " " + what);
})()`

func contrast(s *screen) {
	for _, name := range []string{"light", "dark"} {
		s.must(s.Do(scheme(name)))
		s.is(`document.documentElement.dataset.theme === "` + name + `"`)
		look(s, pale, []string{})
	}
}
