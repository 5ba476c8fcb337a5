package web_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"twokey/internal/browsertest"
)

// screen is a page of a scene, in a browser.
type screen struct {
	*scene
	*browsertest.Page
	t *testing.T
}

// words are what the tests say in the page: m is a message of Ann's phone by its name in the scene, or a part of it.
const words = `
  window.ann = (want) => document.querySelector('[data-phone="ann"] ' + want);
  window.m = (name, want) => ann('[data-message="' + ids[name] + '"] ' + (want ?? ''));
  window.css = (el, name) => getComputedStyle(el)[name];
  window.box = (el) => el.getBoundingClientRect();
  window.inside = (el, outer) => { const a = box(el), b = box(outer); return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom; };
  window.own = (el) => [...el.childNodes].filter((n) => n.className !== "meta").map((n) => n.textContent).join("");
  window.ids = `

// TestPhonesShowWhatTelegramShows looks at each kind of thing in a real browser. Every subject has a page of its own, over chats
// that hold all of them.
func TestPhonesShowWhatTelegramShows(t *testing.T) {
	browser := browsertest.Start(t)
	for _, subject := range []struct {
		name          string
		width, height int64
		look          func(*screen)
	}{
		{"formats", 1280, 900, looksFormatted},
		{"links and spoilers", 1280, 900, linksAndSpoilers},
		{"names and faces", 1280, 900, namesAndFaces},
		{"hostile text", 1280, 900, hostileTextIsText},
		{"expandable quote", 1280, 900, quoteExpands},
		{"mentions", 1280, 900, mentions},
		{"times", 1280, 900, times},
		{"buttons", 1280, 900, buttons},
		{"alert", 1280, 900, alertOnAPress},
		{"toast", 1280, 900, toastOnAPress},
		{"photo", 1280, 900, photo},
		{"document", 1280, 900, documentOpens},
		{"edit in place", 1280, 900, editInPlace},
		{"reply", 1280, 900, reply},
		{"pinned", 1280, 900, pinned},
		{"command menu", 1280, 900, commandMenu},
		{"typing", 1280, 900, typing},
		{"banner", 1280, 900, banner},
		{"dark and light", 1280, 900, darkAndLight},
		{"contrast", 1280, 900, contrast},
		{"keyboard", 1280, 900, keyboard},
		{"tabs by keyboard", 375, 667, tabsByKeyboard},
		{"small screen", 375, 667, smallScreen},
		{"touch", 375, 667, touch},
		{"pictures", 1720, 1040, pictures},
	} {
		t.Run(subject.name, func(t *testing.T) {
			s := openScene(t, browser, subject.width, subject.height)
			subject.look(s)
			s.AllWell(t)
		})
	}
}

func openScene(t *testing.T, browser *browsertest.Browser, width, height int64, before ...chromedp.Action[chromedp.Void]) *screen {
	sc := newScene(t)
	server := httptest.NewServer(sc.page)
	t.Cleanup(server.Close)
	ids, err := json.Marshal(sc.ids)
	if err != nil {
		t.Fatal(err)
	}
	before = append([]chromedp.Action[chromedp.Void]{browsertest.HeldClock, browsertest.Script(words + string(ids)), zone("Asia/Kolkata")}, before...)
	s := &screen{sc, browser.Open(t, server.URL, width, height, before...), t}
	s.is(`document.documentElement.dataset.revision !== undefined`)
	if width <= 480 {
		s.click(`[data-testid="tab-ann"]`, "")
	}
	return s
}

// is waits until something is true in the page.
func (s *screen) is(expression string) {
	s.t.Helper()
	if err := s.Poll(expression); err != nil {
		s.t.Fatal(err)
	}
}

func (s *screen) click(selector, text string) {
	s.t.Helper()
	s.must(s.Click(selector, text))
}

func (s *screen) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// look compares what an expression is in the page now.
func look[T any](s *screen, expression string, want T) {
	s.t.Helper()
	got, err := browsertest.Eval[T](s.Page, expression)
	s.must(err)
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("%.200s (-want +got):\n%s", expression, diff)
	}
}
