package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"twokey/internal/browsertest"
	"twokey/internal/demo"
	"twokey/internal/demo/web"
)

// browser is a page of the demo.
type browser struct{ *browsertest.Page }

// TestDemoInABrowser plays every story to its end with clicks and keys, as a newcomer would, on a large screen and on a phone's.
// What the pages looked like is kept in bin/demo.
func TestDemoInABrowser(t *testing.T) {
	t.Parallel()
	chromium := browsertest.Start(t)
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
		b := browser{chromium.Open(t, d.address, size.width, size.height)}
		must(t, b.Poll(`document.querySelector("[data-testid^=story-]") !== null`))
		for _, name := range size.stories {
			if err := b.play(t.Context(), name); err != nil {
				b.shoot(t, filepath.Join(shots, size.name+"-"+name+"-failed.png"))
				t.Fatalf("%s screen, story %s: %v\nThe demo: %s", size.name, name, err, d.log)
			}
			b.shoot(t, filepath.Join(shots, size.name+"-"+name+".png"))
		}
		b.AllWell(t)
	}
}

// escaping takes banners and toasts away, as a person does who does not wait for their end. An alert stays to be seen.
const escaping = `(() => {
  for (const p of document.querySelectorAll(".phone:not(:has(.sheet))")) p.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  return document.querySelector('.phone:not(:has(.sheet)) :is(.toast, [data-testid="banner"])') === null;
})()`

func (b browser) shoot(t *testing.T, file string) {
	t.Helper()
	must(t, b.Poll(escaping))
	must(t, b.Shoot(file))
}

// play begins a story and does each of its steps once, when it is the next.
func (b browser) play(ctx context.Context, name string) error {
	if err := b.tab("tour"); err != nil {
		return err
	}
	if err := b.Click(`[data-testid="story-`+name+`"]`, ""); err != nil {
		return err
	}
	return b.follow(ctx, name)
}

func (b browser) follow(ctx context.Context, name string) error {
	var answered any
	until := time.Now().Add(browsertest.Patience)
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
			return b.Poll(fmt.Sprintf(`document.querySelector('[data-story=%q][data-done="true"]') !== null`, name))
		}
		next := slices.IndexFunc(now.Stories[i].Steps, func(s web.Step) bool { return !s.Done })
		if next <= did {
			continue
		}
		// The story began with new phones: what is typed into the old ones is lost.
		if err := b.Poll(fmt.Sprintf(`document.documentElement.dataset.resets === "%d"`, now.Resets)); err != nil {
			return err
		}
		// What the server says is on the page a moment later: until then, a button of the step before may stand where this one's will.
		if err := b.Poll(fmt.Sprintf(`document.querySelector('[data-story=%q] [data-step="%d"]:is(.next, .done)') !== null`, name, next)); err != nil {
			return err
		}
		did, until = next, time.Now().Add(browsertest.Patience)
		if err := b.act(now, now.Stories[i].Steps[next]); err != nil {
			return fmt.Errorf("step %d (%s): %w", next+1, now.Stories[i].Steps[next].Text, err)
		}
	}
}

// act does a step with the page's own buttons and fields.
func (b browser) act(now browserState, s web.Step) error {
	if s.Shop != "" {
		if err := b.tab("shop"); err != nil {
			return err
		}
		return b.Click(fmt.Sprintf(`[data-shop=%q]`, s.Shop), "")
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
		return b.Click(phone+"[data-button]", s.Tap)
	}
	return b.say(phone, s)
}

func (b browser) say(phone string, s web.Step) error {
	if s.Reply != "" { // the page knows to which message, and puts it into the field
		if err := b.Click(phone+`[data-testid="suggest"]`, ""); err != nil {
			return err
		}
		return b.Click(phone+`[data-testid="send"]`, "")
	}
	text := s.Say
	if err := b.Click(phone+`[data-testid="field"]`, ""); err != nil {
		return err
	}
	if err := b.Type(text); err != nil {
		return err
	}
	return b.Click(phone+`[data-testid="send"]`, "")
}

// tab shows a part on a screen that has room for one only; a large screen shows all.
func (b browser) tab(id string) error {
	seen := `getComputedStyle(document.querySelector('[data-testid="tabs"]')).display !== "none"`
	if tabs, err := browsertest.Eval[bool](b.Page, seen); err != nil || !tabs {
		return err
	}
	return b.Click(fmt.Sprintf(`[data-testid="tab-%s"]`, id), "")
}

// open goes to a chat of a phone, by way of the list.
func (b browser) open(phone string, chat int64) error {
	look := fmt.Sprintf(`(() => { const p = document.querySelector(%q); return p.classList.contains("in-chat") ? p.querySelector("[data-testid=chat-title]").dataset.chat : ""; })()`, phone)
	at, err := browsertest.Eval[string](b.Page, look)
	if err != nil || at == fmt.Sprint(chat) {
		return err
	}
	if at != "" {
		if err := b.Click(phone+`[data-testid="back"]`, ""); err != nil {
			return err
		}
	}
	return b.Click(fmt.Sprintf(`%s[data-testid="chat-%d"]`, phone, chat), "")
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
func (b browser) state(ctx context.Context, rev string, until time.Time) (s browserState, err error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.Address+"/api/state?after="+rev, nil)
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
