package web_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"twokey/internal/browsertest"
)

// scheme is what the reader's machine prefers.
func scheme(name string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return chromedp.Void{}, err
	}
}

func evalNothing(s *screen, expression string) (*bool, error) {
	return browsertest.Eval[*bool](s.Page, expression+", null")
}

// colours are the ground, a phone's ground, a bubble of others and its ink.
const colours = `[css(document.body, "backgroundColor"), css(ann(".chat-head"), "backgroundColor"), css(ann(".theirs .bubble"), "backgroundColor"), css(ann(".theirs .text"), "color")]`

func light() []string {
	return []string{"rgb(233, 237, 242)", "rgb(255, 255, 255)", "rgb(255, 255, 255)", "rgb(0, 0, 0)"}
}

func dark() []string {
	return []string{"rgb(12, 15, 20)", "rgb(29, 42, 55)", "rgb(28, 41, 54)", "rgb(242, 245, 248)"}
}

func darkAndLight(s *screen) {
	const theme = `document.documentElement.dataset.theme`
	for name, want := range map[string][]string{"light": light(), "dark": dark()} { // the page follows the machine
		s.must(s.Do(scheme(name)))
		s.is(theme + ` === "` + name + `"`)
		look(s, colours, want)
	}
	s.must(s.Do(scheme("dark")))
	s.is(theme + ` === "dark"`)
	look(s, `document.querySelector("#theme").ariaPressed`, "true")
	s.click(`[data-testid="theme"]`, "") // until somebody says otherwise
	look(s, colours, light())
	look(s, `document.querySelector("#theme").ariaPressed`, "false")
	s.must(s.Do(chromedp.Reload()))
	s.is(`document.documentElement.dataset.revision !== undefined`)
	look(s, colours, light())
}

func pictures(s *screen) {
	dir, err := filepath.Abs("../../../bin/demo")
	s.must(err)
	s.must(os.MkdirAll(dir, 0o755))
	for _, name := range []string{"light", "dark"} {
		s.must(s.Do(scheme(name)))
		s.is(`document.documentElement.dataset.theme === "` + name + `"`)
		for _, part := range []string{"formats", "short", "photo", "buttons"} {
			_, err := evalNothing(s, fmt.Sprintf(`m(%q).scrollIntoView({block: "start", behavior: "instant"}),
			  document.querySelector('[data-phone="bob"] [data-message="' + ids[%q] + '"]').scrollIntoView({block: "end", behavior: "instant"})`, part, part))
			s.must(err)
			s.must(s.Shoot(filepath.Join(dir, "render-"+name+"-"+part+".png")))
		}
	}
}
