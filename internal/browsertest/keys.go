package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// codes are the keys that a page of ours knows, by their names in the DOM.
func codes() map[string]int64 {
	return map[string]int64{"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
}

// Keys presses keys one after another, by their names in the DOM.
func (p *Page) Keys(names ...string) error {
	for _, name := range names {
		if err := p.Key(name, chromedp.ModifierNone); err != nil {
			return err
		}
	}
	return nil
}

// Key presses one key. Its letter comes with it, not after it as chromedp.KeyEvent has it: a page that takes the key could not
// keep the letter out of its field.
func (p *Page) Key(name string, held chromedp.Modifier) error {
	down := input.DispatchKeyEventParams{
		Type: "keyDown", Key: name, Code: name, WindowsVirtualKeyCode: codes()[name], Modifiers: int64(held),
	}
	if name == "Enter" {
		down.Text = "\r"
	}
	up := down
	up.Type, up.Text = "keyUp", ""
	return p.Do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for _, e := range []input.DispatchKeyEventParams{down, up} {
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, e); err != nil {
				return chromedp.Void{}, err
			}
		}
		return chromedp.Void{}, nil
	})
}
