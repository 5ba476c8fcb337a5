package browsertest

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// held is a page's clock that a test moves. Timers of a second and more wait until it does; shorter ones and polls run as ever.
const held = `(() => {
  const now = Date.now, set = window.setTimeout, clear = window.clearTimeout, every = window.setInterval, timers = new Map();
  let ahead = 0, last = 1e9;
  const hold = (f, ms, again) => { timers.set(++last, { f, at: Date.now() + ms, again }); return last; };
  Date.now = () => now() + ahead;
  window.setTimeout = (f, ms = 0, ...rest) => ms < 1000 ? set(f, ms, ...rest) : hold(f, ms, 0);
  window.setInterval = (f, ms, ...rest) => ms < 1000 ? every(f, ms, ...rest) : hold(f, ms, ms);
  window.clearTimeout = (id) => { if (!timers.delete(id)) clear(id); };
  window.letPass = (ms) => {
    ahead += ms;
    for (const [id, t] of [...timers]) {
      if (t.at > Date.now()) continue;
      t.again ? t.at = Date.now() + t.again : timers.delete(id);
      t.f();
    }
  };
})()`

// HeldClock is for [Browser.Open]: time passes for the page as ever, but what it does after a second or more waits for
// [Page.LetPass].
func HeldClock(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	return Script(held)(ctx, t)
}

// Script is for [Browser.Open]: it runs before the page's own, whatever the page's policy is.
func Script(source string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
		return chromedp.Void{}, err
	}
}

// LetPass moves a held clock on.
func (p *Page) LetPass(d time.Duration) error {
	_, err := Eval[*bool](p, fmt.Sprintf("letPass(%d), null", d.Milliseconds()))
	return err
}
