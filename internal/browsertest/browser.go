// Package browsertest opens pages of this machine in a headless Chromium, acts there as a person would, and notes what no
// page of ours may do. Only tests use it.
package browsertest

import (
	"context"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"twokey/internal/tools/chromium"
)

// Patience ends what hangs; nothing here is that slow, a busy machine may be.
const Patience = 90 * time.Second

// Browser is a Chromium that ends with the test. It finds no host but 127.0.0.1.
type Browser struct{ ctx context.Context }

// Start starts a Chromium; a machine without one fails the test.
func Start(t *testing.T) *Browser {
	t.Helper()
	program, err := chromium.Find(exec.LookPath)
	if err != nil {
		t.Fatal(err)
	}
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(program),
		chromedp.NoSandbox, // it runs as root in a container, and sees our own page only
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), chromedp.Flag("force-prefers-reduced-motion", true),
		chromedp.Flag("blink-settings", "primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4")) // a mouse
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &Browser{ctx}
}

// Open opens a page in a window of its own, which shares no storage with others. before is done ahead of its first script.
func (b *Browser) Open(t *testing.T, address string, width, height int64, before ...chromedp.Action[chromedp.Void]) *Page {
	t.Helper()
	p := &Page{Address: address}
	var cancel context.CancelFunc
	// The listener hears what is enabled from the start: network, log, console.
	p.ctx, cancel = chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.heard))
	t.Cleanup(cancel)
	before = append([]chromedp.Action[chromedp.Void]{chromedp.EmulateViewport(width, height), focused}, before...)
	if err := chromedp.Do(p.ctx, append(before, chromedp.Navigate(address))...); err != nil {
		t.Fatal(err)
	}
	return p
}

// focused lets a page take the focus though other windows are open.
func focused(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	_, err := cdp.Call(ctx, t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return chromedp.Void{}, err
}
