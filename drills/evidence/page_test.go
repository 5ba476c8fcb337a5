package evidence_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"twokey/drills/evidence"
	"twokey/internal/browsertest"
)

// pageOf serves a page as somebody's web server would, with no policy but the page's own, and opens it.
func pageOf(t *testing.T, b *browsertest.Browser, text []byte, width, height int64) *browsertest.Page {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(text)
	}))
	t.Cleanup(server.Close)
	return b.Open(t, server.URL, width, height)
}

// prefers is what the reader's machine prefers.
func prefers(scheme string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}}})
		return chromedp.Void{}, err
	}
}

// printed is the page on paper.
func printed(t *testing.T, p *browsertest.Page) (pdf []byte) {
	t.Helper()
	yes := true
	err := p.Do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		got, err := cdp.Call(ctx, t, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes, PrintBackground: &yes})
		if err == nil {
			pdf = got.Data
		}
		return chromedp.Void{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

var sheets = regexp.MustCompile(`/Type\s*/Page\b`)

// paper is how the page looks on it, for somebody's eyes.
func paper(t *testing.T, p *browsertest.Page, name string) {
	t.Helper()
	err := p.Do(chromedp.EmulateViewport(703, 1032), func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return chromedp.Void{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	shoot(t, p, name+"-paper")
}

func shoot(t *testing.T, p *browsertest.Page, name string) {
	t.Helper()
	if dir := os.Getenv("PICTURES"); dir != "" {
		if err := p.Shoot(filepath.Join(dir, name+".png")); err != nil {
			t.Error(err)
		}
	}
}

// TestPageInABrowser: whatever is in it, it runs nothing, asks for nothing, fits a phone's width and one sheet of A4, and can be read
// in the light and in the dark.
func TestPageInABrowser(t *testing.T) {
	b := browsertest.Start(t)
	for name := range stories() {
		t.Run(name, func(t *testing.T) {
			p := pageOf(t, b, story(t, name).record().Page(), 375, 812)
			for _, scheme := range []string{"light", "dark"} {
				if err := p.Do(prefers(scheme)); err != nil {
					t.Fatal(err)
				}
				is(t, p, `matchMedia("(prefers-color-scheme: `+scheme+`)").matches`, true)
				is(t, p, contrast, 0.0)
				shoot(t, p, name+"-"+scheme)
			}
			is(t, p, `document.documentElement.scrollWidth <= innerWidth`, true)
			is(t, p, `document.querySelectorAll("script, img, a, iframe, object, form").length`, 0.0)
			is(t, p, `window.ran === undefined`, true)
			pdf := printed(t, p)
			if n := len(sheets.FindAll(pdf, -1)); n != 1 {
				t.Errorf("it prints on %d sheets", n)
			}
			paper(t, p, name)
			p.AllWell(t)
		})
	}
}

// TestWideLettersFitOneSheet, too, when everything is as long as it may be.
func TestWideLettersFitOneSheet(t *testing.T) {
	b := browsertest.Start(t)
	text, err := story(t, "hostile").record().JSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, wide := range map[string]string{"han": "漢字", "capitals": "W", "words": "WWWWWW mmmm ", "steps": "W"} {
		r, err := evidence.Read(inPlaceOf(t, text, strings.Repeat(wide, 400)))
		if err != nil {
			t.Fatal(err)
		}
		r.Headline, r.Environment, r.Gone, r.Service, r.Drill, r.By = r.Scenario, r.Scenario, r.Scenario, r.Scenario, r.Scenario, r.Scenario
		if name == "steps" { // have the room of the others, then
			r.Checks, r.Deviations, r.Findings = nil, nil, nil
		}
		p := pageOf(t, b, r.Page(), 375, 812)
		is(t, p, `document.documentElement.scrollWidth <= innerWidth`, true)
		if n := len(sheets.FindAll(printed(t, p), -1)); n != 1 {
			t.Errorf("%s: it prints on %d sheets", name, n)
		}
		paper(t, p, "wide-"+name)
		high, err := browsertest.Eval[float64](p, `document.querySelector("main").getBoundingClientRect().bottom`)
		if err != nil || high > 1000 { // of 1032: another machine has other letters
			t.Errorf("%s: it is %v high, %v", name, high, err)
		}
	}
}

// contrast is how many of the words cannot be read on their ground (WCAG AA: 4.5 to 1).
const contrast = `(() => {
  const linear = (v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  const lum = (c) => { const [r, g, b] = c.match(/[\d.]+/g).map(linear); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = lum(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll("main *")].filter((e) => e.textContent.trim()).filter((e) => {
    const ink = lum(getComputedStyle(e).color);
    return (Math.max(ink, ground) + .05) / (Math.min(ink, ground) + .05) < 4.5;
  }).length;
})()`

func is[T comparable](t *testing.T, p *browsertest.Page, expression string, want T) {
	t.Helper()
	got, err := browsertest.Eval[T](p, expression)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%.80s is %v, want %v", expression, got, want)
	}
}

// TestPolicyHoldsWithoutTheTemplate: what would be run if somebody got it into the page all the same, is not.
func TestPolicyHoldsWithoutTheTemplate(t *testing.T) {
	b := browsertest.Start(t)
	evil := []byte(`<script>window.ran = true</script><style>main { display: none }</style><img src="/x.png" onerror="window.ran = true"></main>`)
	p := pageOf(t, b, bytes.Replace(story(t, "passed").record().Page(), []byte("</main>"), evil, 1), 375, 812)
	is(t, p, `window.ran === undefined && getComputedStyle(document.querySelector("main")).display === "block"`, true)
}

// TestBadgesInABrowser: each stands on one page to look at, is one image to those who cannot see it, and its words are within it.
func TestBadgesInABrowser(t *testing.T) {
	b := browsertest.Start(t)
	var all bytes.Buffer
	all.WriteString(`<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">` +
		`<style>body{margin:8px}svg{display:block;margin:6px 0;max-width:100%;height:auto}</style>`)
	for _, s := range standings(t) {
		all.Write(evidence.Badge(s.standing))
	}
	p := pageOf(t, b, all.Bytes(), 375, 500)
	shoot(t, p, "badges")
	is(t, p, `document.querySelectorAll("script, img, a, foreignObject").length`, 0.0)
	is(t, p, `[...document.querySelectorAll("svg")].every((s) => s.getAttribute("aria-label") === s.querySelector("title").textContent)`, true)
	is(t, p, `[...document.querySelectorAll("svg")].every((s) => [...s.querySelectorAll("text")].every(
	  (x) => x.getBoundingClientRect().right <= s.getBoundingClientRect().right))`, true)
	p.AllWell(t)
}
