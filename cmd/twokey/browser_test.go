package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"twokey/internal/demo"
	"twokey/internal/demo/web"
)

// stepPatience ends a story that hangs; no step is that slow, a busy machine may be.
const stepPatience = 90 * time.Second

// browser is a page of the demo in a headless Chromium, and what went wrong in it.
type browser struct {
	address string
	ctx     context.Context

	mu    sync.Mutex
	asked int      // requests of the page
	wrong []string // console errors, exceptions, requests that leave the machine
}

// TestDemoInABrowser plays every story to its end with clicks and keys, as a newcomer would, on a large screen and on a phone's.
// What the pages looked like is kept in bin/demo.
func TestDemoInABrowser(t *testing.T) {
	t.Parallel()
	chromium, err := chromiumProgram()
	must(t, err)
	shots, err := filepath.Abs("../../bin/demo")
	must(t, err)
	must(t, os.MkdirAll(shots, 0o755))
	port, err := freePort()
	must(t, err)
	d := startDemo(t, "--no-browser", "--port", fmt.Sprint(port))
	for _, size := range []struct {
		name          string
		width, height int64
		stories       []string
	}{{"large", 1720, 1040, demo.Names()}, {"small", 390, 844, []string{"double-payments"}}} {
		b := openBrowser(t, chromium, d.address, size.width, size.height)
		for _, name := range size.stories {
			err := b.beginAnew(t.Context())
			if err == nil {
				err = b.play(t.Context(), name)
			}
			if err != nil {
				b.shoot(t, filepath.Join(shots, size.name+"-"+name+"-failed.png"))
				t.Fatalf("%s screen, story %s: %v\nThe demo: %s", size.name, name, err, d.log)
			}
			b.shoot(t, filepath.Join(shots, size.name+"-"+name+".png"))
		}
		b.allWell(t)
	}
}

func chromiumProgram() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium here; run: make tools")
}

func openBrowser(t *testing.T, program, address string, width, height int64) *browser {
	t.Helper()
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(program),
		chromedp.NoSandbox, // it runs as root in a container, and sees our own page only
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), chromedp.Flag("force-prefers-reduced-motion", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	b := &browser{address: address}
	b.ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(b.heard)) // hears what is enabled from the start: network, log, console
	t.Cleanup(cancel)
	must(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(address)))
	must(t, b.poll(`document.querySelector("[data-testid^=story-]") !== null`))
	return b
}

// heard keeps what must not happen.
func (b *browser) heard(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.wrong = append(b.wrong, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.wrong = append(b.wrong, fmt.Sprintf("console: %s %s", e.Type, e.Args[0].Value))
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError {
			b.wrong = append(b.wrong, fmt.Sprintf("log: %s (%s)", e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		b.asked++
		if !strings.HasPrefix(e.Request.URL, b.address+"/") && !strings.HasPrefix(e.Request.URL, "data:") {
			b.wrong = append(b.wrong, "request to "+e.Request.URL)
		}
	}
}

func (b *browser) allWell(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked == 0 {
		t.Error("nobody heard what the page asked for: this check checks nothing")
	}
	for _, w := range b.wrong {
		t.Error(w)
	}
}

func (b *browser) shoot(t *testing.T, file string) {
	t.Helper()
	_ = b.poll(`document.querySelector('.toast, [data-testid="banner"]') === null`) // a picture without one is nicer, no more
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	must(t, err)
	must(t, os.WriteFile(file, png, 0o644))
}

// play begins a story and does each of its steps once, when it is the next.
func (b *browser) play(ctx context.Context, name string) error {
	if err := b.tab("tour"); err != nil {
		return err
	}
	if err := b.click(`[data-testid="story-`+name+`"]`, ""); err != nil {
		return err
	}
	return b.follow(ctx, name)
}

func (b *browser) follow(ctx context.Context, name string) error {
	var answered any
	until := time.Now().Add(stepPatience)
	for did, rev := -1, ""; ; {
		now, err := b.state(ctx, rev, until)
		if err != nil {
			return fmt.Errorf("after step %d nothing came true; the taps were answered %q: %w", did+1, answered, err)
		}
		rev, answered = now.rev, now.Phones
		i := slices.IndexFunc(now.Stories, func(s web.Story) bool { return s.Name == name && s.Current })
		if i < 0 {
			continue // it begins
		}
		if now.Stories[i].Done {
			return b.poll(fmt.Sprintf(`document.querySelector('[data-story=%q][data-done="true"]') !== null`, name))
		}
		next := slices.IndexFunc(now.Stories[i].Steps, func(s web.Step) bool { return !s.Done })
		if next <= did {
			continue
		}
		did, until = next, time.Now().Add(stepPatience)
		if err := b.act(now, now.Stories[i].Steps[next]); err != nil {
			return fmt.Errorf("step %d (%s): %w", next+1, now.Stories[i].Steps[next].Text, err)
		}
	}
}

// act does a step with the page's own buttons and fields.
func (b *browser) act(now browserState, s web.Step) error {
	if s.Shop != "" {
		if err := b.tab("shop"); err != nil {
			return err
		}
		return b.click(fmt.Sprintf(`[data-shop=%q]`, s.Shop), "")
	}
	if s.Who == "" {
		return nil // it comes true by itself
	}
	phone := fmt.Sprintf(`[data-phone=%q] `, s.Who)
	if err := b.tab(s.Who); err != nil {
		return err
	}
	if err := b.open(phone, now.chat(s)); err != nil {
		return err
	}
	if s.Tap != "" {
		return b.click(phone+"[data-button]", s.Tap)
	}
	return b.say(phone, s)
}

func (b *browser) say(phone string, s web.Step) error {
	text := s.Say
	if s.Reply != "" {
		text = s.Reply
		if err := b.click(phone+`[data-testid="reply"]`, ""); err != nil {
			return err
		}
	}
	if err := b.click(phone+`[data-testid="field"]`, ""); err != nil {
		return err
	}
	if _, err := chromedp.Run(b.ctx, typing(text)); err != nil {
		return err
	}
	return b.click(phone+`[data-testid="send"]`, "")
}

func typing(text string) chromedp.Action[cdp.Empty] {
	return func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
	}
}

// tab shows a part on a screen that has room for one only; a large screen shows all.
func (b *browser) tab(id string) error {
	seen := `getComputedStyle(document.querySelector('[data-testid="tabs"]')).display !== "none"`
	if tabs, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](seen)); err != nil || !tabs {
		return err
	}
	return b.click(fmt.Sprintf(`[data-testid="tab-%s"]`, id), "")
}

// open goes to a chat of a phone, by way of the list.
func (b *browser) open(phone string, chat int64) error {
	look := fmt.Sprintf(`(() => { const p = document.querySelector(%q); return p.classList.contains("in-chat") ? p.querySelector("[data-testid=chat-title]").dataset.chat : ""; })()`, phone)
	at, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](look))
	if err != nil || at == fmt.Sprint(chat) {
		return err
	}
	if at != "" {
		if err := b.click(phone+`[data-testid="back"]`, ""); err != nil {
			return err
		}
	}
	return b.click(fmt.Sprintf(`%s[data-testid="chat-%d"]`, phone, chat), "")
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

func (b *browser) click(selector, text string) error {
	if err := b.poll(fmt.Sprintf(clicking, selector, text)); err != nil {
		return fmt.Errorf("click on %s %q: %w", selector, text, err)
	}
	return nil
}

func (b *browser) poll(expression string) error {
	_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(stepPatience)))
	return err
}

// browserState is what the page is told.
type browserState struct {
	Stories []web.Story
	Phones  []struct {
		ID      string
		Account int64
		Answers []struct{ Text string }
		Chats   []struct {
			ID   int64
			Kind string
		}
	}
	Resets int
	rev    string
}

func (s browserState) chat(step web.Step) int64 {
	for _, p := range s.Phones {
		for _, c := range p.Chats {
			if p.ID == step.Who && (c.Kind == "private") == (step.In == "private") {
				return c.ID
			}
		}
	}
	return 0
}

// state is the state once it is another one than rev.
func (b *browser) state(ctx context.Context, rev string, until time.Time) (s browserState, err error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.address+"/api/state?after="+rev, nil)
		if err != nil {
			return s, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return s, err
		}
		defer resp.Body.Close()
		if resp.StatusCode == http.StatusNoContent {
			continue
		}
		s.rev = resp.Header.Get("X-Revision")
		return s, json.NewDecoder(resp.Body).Decode(&s)
	}
}

// beginAnew is the page's Reset. Each story begins with one: played as fast as this, the bot would soon have written to the
// chat as often in a minute as Telegram lets it, and wait.
func (b *browser) beginAnew(ctx context.Context) error {
	until := time.Now().Add(stepPatience)
	now, err := b.state(ctx, "", until)
	if err != nil {
		return err
	}
	before := now.Resets
	if err := b.click(`[data-testid="reset"]`, ""); err != nil {
		return err
	}
	for now.Resets == before && err == nil {
		now, err = b.state(ctx, now.rev, until)
	}
	return err
}
