package browsertest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Page is a page in a window of its own.
type Page struct {
	Address string // without a slash at the end
	ctx     context.Context

	mu    sync.Mutex
	asked int      // requests of the page
	wrong []string // what AllWell tells
}

// Do acts on the page in words of chromedp.
func (p *Page) Do(actions ...chromedp.Action[chromedp.Void]) error {
	return chromedp.Do(p.ctx, actions...)
}

// Eval is the value of an expression in the page; a promise is waited for.
func Eval[T any](p *Page, expression string) (T, error) {
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		err = fmt.Errorf("%s: %w", expression, err)
	}
	return v, err
}

// Poll waits until an expression is true.
func (p *Page) Poll(expression string) error {
	ctx, cancel := context.WithTimeout(p.ctx, Patience) // not the page's own time, which a test may hold
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0)))
	if err != nil {
		err = fmt.Errorf("waiting for %s: %w", expression, err)
	}
	return err
}

// clicking clicks the last element that fits once a finger could: nothing lies over it. Found and clicked in one go, as the page
// moves while messages come in. An alert is read first.
const clicking = `((want, text) => {
  document.querySelector('[data-testid="alert-ok"]')?.click();
  const el = [...document.querySelectorAll(want)].filter((e) => e.textContent.includes(text)).at(-1);
  if (!el || el.disabled) return false;
  el.scrollIntoView({ block: "center", behavior: "instant" });
  const r = el.getBoundingClientRect();
  if (!el.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2))) return false;
  el.focus({ preventScroll: true });
  el.click();
  return true;
})(%q, %q)`

// Click clicks the last element that a selector finds and that has a text in it.
func (p *Page) Click(selector, text string) error {
	if err := p.Poll(fmt.Sprintf(clicking, selector, text)); err != nil {
		return fmt.Errorf("click on %s %q: %w", selector, text, err)
	}
	return nil
}

// Type writes where the focus is.
func (p *Page) Type(text string) error {
	return p.Do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return chromedp.Void{}, err
	})
}

// Shoot writes a picture of what is in view.
func (p *Page) Shoot(file string) error {
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return os.WriteFile(file, png, 0o644)
}
