package web_test

import (
	"github.com/chromedp/chromedp"
)

// keyboard goes through Bob's phone without a mouse.
func keyboard(s *screen) {
	const focus = `document.activeElement`
	s.tabTo(`.phone[data-phone="ann"]`)
	s.must(s.Keys("ArrowRight"))
	look(s, focus+`.dataset.phone`, "bob")
	look(s, `css(`+focus+`, "outlineStyle") + " " + css(`+focus+`, "outlineWidth")`, "solid 2px") // one sees where one is
	s.must(s.Keys("ArrowRight"))
	look(s, focus+`.dataset.phone`, "ann") // they go round
	s.must(s.Keys("ArrowLeft", "Enter"))
	look(s, `[`+focus+`.dataset.testid, `+focus+`.closest("[data-phone]").dataset.phone]`, []string{"field", "bob"})
	s.tabTo(`[data-phone="bob"] [data-testid="back"]`)
	s.must(s.Keys("Enter"))
	look(s, focus+`.dataset.chat`, "-1001234567890")
	s.tabTo(`[data-phone="bob"] button[data-chat="12"]`)
	s.must(s.Keys("Enter"))
	s.is(`document.querySelector('[data-phone="bob"] [data-testid=chat-title]').dataset.chat === "12"`)
	look(s, focus+`.dataset.testid`, "field")
	s.must(s.Type("one"))
	s.must(s.Key("Enter", chromedp.ModifierShift))
	s.must(s.Type("two"))
	s.must(s.Keys("Enter"))
	s.is(`document.querySelector('[data-phone="bob"] .message:last-of-type .text')?.textContent.startsWith("one\ntwo")`)
	if all := s.bot.Chat(bob); len(all) != 1 || all[0].Text != "one\ntwo" || all[0].FromID != bob {
		s.t.Errorf("the fake has %+v", all)
	}
	s.tabTo(`[data-phone="ann"] [data-button="Leave"]`)
	look(s, `css(`+focus+`, "outlineStyle")`, "solid")
	s.must(s.Keys("Enter"))
	s.answer("Heard.", true)
	s.is(focus + `.dataset.testid === "alert-ok"`)
	s.must(s.Keys("Tab"))
	look(s, `ann(".chat-view").contains(`+focus+`)`, false) // nothing behind an alert
	s.tabTo(`.phone[data-phone="ann"]`)
	s.must(s.Keys("Enter"))
	look(s, focus+`.dataset.testid`, "alert-ok")
	s.must(s.Keys("Escape"))
	look(s, `ann(".sheet") === null`, true)
	s.tabTo(`[data-phone="ann"] .quote:not(.whole) .quote-toggle`)
	s.must(s.Keys("Enter"))
	look(s, focus+`.ariaExpanded`, "true")
}

// tabTo presses Tab until the focus is on what a selector finds.
func (s *screen) tabTo(selector string) {
	s.t.Helper()
	const round = 400 // more than there is to stop at
	for range round {
		s.must(s.Keys("Tab"))
		on, err := evalBool(s, `document.activeElement.matches('`+selector+`')`)
		s.must(err)
		if on {
			return
		}
	}
	s.t.Fatalf("Tab does not lead to %s", selector)
}

func tabsByKeyboard(s *screen) {
	const chosen = `[document.activeElement.role, document.activeElement.id, document.querySelector("[role=tab][aria-selected=true]").id, String(document.querySelectorAll("[role=tab][tabindex='0']").length)]`
	look(s, `[...document.querySelectorAll("[role=tablist] > [role=tab]")].map((e) => e.textContent)`, []string{"Tour", "Ann", "Bob", "Shop"})
	s.tabTo(`[role="tab"]`)
	look(s, chosen, []string{"tab", "tab-ann", "tab-ann", "1"})
	s.must(s.Keys("ArrowRight"))
	look(s, chosen, []string{"tab", "tab-bob", "tab-bob", "1"})
	look(s, `[...document.querySelectorAll(".phone")].filter((e) => e.checkVisibility()).map((e) => e.dataset.phone)`, []string{"bob"})
	s.must(s.Keys("ArrowRight", "ArrowRight"))
	look(s, chosen, []string{"tab", "tab-tour", "tab-tour", "1"})
	look(s, `[document.querySelector("#tour").checkVisibility(), document.querySelector("#shop").checkVisibility()]`, []bool{true, false})
	s.must(s.Keys("ArrowLeft"))
	look(s, chosen, []string{"tab", "tab-shop", "tab-shop", "1"})
}
