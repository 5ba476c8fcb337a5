package web_test

import (
	"encoding/json"
	"slices"
	"time"

	"twokey/bot/telegram/fakebot"
)

func buttons(s *screen) {
	look(s, `[...m("buttons").querySelectorAll(".row")].map((r) => [...r.querySelectorAll("button")].map((k) => k.innerText.split("\n")[0]).join("|"))`,
		[]string{"Stop|Leave", "Handbook"})
	look(s, `(([a, b, c]) => [a.top === b.top, a.right < b.left, Math.abs(a.width - b.width) < 2, c.top >= a.bottom, Math.abs(c.width - (b.right - a.left)) < 2])
	  ([...m("buttons").querySelectorAll(".key")].map(box))`, []bool{true, true, true, true, true})
	look(s, `box(m("buttons", ".keyboard")).top >= box(m("buttons", ".bubble")).bottom`, true)
	look(s, `[css(m("buttons", ".danger"), "backgroundColor"), m("buttons", ".danger").textContent]`, []string{"rgb(214, 65, 79)", "Stop"})
	s.press("Stop")
	s.is(`m("buttons", ".danger").ariaBusy === "true"`)
	look(s, `css(m("buttons", ".danger"), "pointerEvents")`, "none") // not twice
	look(s, `m("buttons", "[data-button=Leave]").ariaBusy`, (*string)(nil))
	s.answer("", false)
	s.is(`m("buttons", ".danger").ariaBusy === null`)
	look(s, `document.querySelectorAll(".toast, .sheet").length`, 0)
	s.press("Handbook")
	s.is(`ann(".toast")?.textContent === "Links are not followed here: https://example.org/"`)
}

func (s *screen) press(label string) {
	s.t.Helper()
	s.click(`[data-phone="ann"] [data-button]`, label)
}

// answer answers the press under way, as a bot does.
func (s *screen) answer(text string, alert bool) {
	s.t.Helper()
	s.api("answerCallbackQuery", map[string]any{"callback_query_id": s.query(), "text": text, "show_alert": alert})
}

// query waits for a press as a bot does, and is its id.
func (s *screen) query() string {
	s.t.Helper()
	for range 100 { // what people wrote comes first
		var got struct {
			Result []struct {
				ID    int `json:"update_id"`
				Query struct {
					ID string `json:"id"`
				} `json:"callback_query"`
			}
		}
		s.must(json.Unmarshal(s.api("getUpdates", map[string]any{"timeout": 50, "limit": 1, "offset": s.offset}), &got))
		for _, u := range got.Result {
			if s.offset = u.ID + 1; u.Query.ID != "" {
				return u.Query.ID
			}
		}
	}
	s.t.Fatal("nobody pressed")
	return ""
}

func alertOnAPress(s *screen) {
	s.press("Leave")
	s.answer("Only an admin <b>may</b> do that.", true)
	s.is(`ann("[role=alertdialog] [data-testid=alert-text]")?.textContent === "Only an admin <b>may</b> do that."`)
	look(s, `inside(ann("[role=alertdialog]"), ann(".screen"))`, true)
	look(s, `[document.activeElement.dataset.testid, String(ann(".chat-view").inert), ann(".alert").ariaModal]`, []string{"alert-ok", "true", "true"})
	look(s, `document.querySelectorAll('[data-phone="bob"] .sheet').length`, 0) // only who pressed
	look(s, `((r) => ann(".over").contains(document.elementFromPoint(r.x + 9, r.y + 9)))(box(m("buttons", ".key")))`, true)
	s.must(s.Keys("Escape"))
	s.is(`!ann(".sheet") && !ann(".chat-view").inert`)
	look(s, `document.activeElement.dataset.button`, "Leave") // back where one was
	s.press("Leave")
	s.answer("Again.", true)
	s.is(`ann("[data-testid=alert-text]")?.textContent === "Again."`)
	s.must(s.Keys("Enter"))
	s.is(`!ann(".sheet")`)
}

func toastOnAPress(s *screen) {
	s.press("Leave")
	s.answer("You left it as it is.", false)
	s.is(`ann(".toast")?.textContent === "You left it as it is."`)
	look(s, `[ann(".toasts").role, css(ann(".toasts"), "pointerEvents")]`, []string{"status", "none"})
	look(s, `inside(ann(".toast"), ann(".screen")) && box(ann(".toast")).bottom <= box(ann(".compose")).top`, true)
	look(s, `document.querySelectorAll('[data-phone="bob"] .toast, .sheet').length`, 0)
	s.must(s.LetPass(10 * time.Second))
	look(s, `document.querySelectorAll(".toast").length`, 0)
}

func commandMenu(s *screen) {
	const shown = `[...document.querySelectorAll('[data-phone="ann"] [data-command] b')].map((e) => e.textContent)`
	s.click(`[data-phone="ann"] [data-testid="menu"]`, "")
	look(s, `[ann("[data-testid=menu]").ariaExpanded, ann("[data-testid=commands]").role, css(ann("[data-testid=commands]"), "display")]`, []string{"true", "listbox", "block"})
	look(s, shown, []string{"/status", "/stop", "/logs"})
	look(s, `ann('[data-testid=commands] [data-command="/stop"]').textContent`, "/stopStop it")
	look(s, `inside(ann("[data-testid=commands]"), ann(".screen")) && box(ann("[data-testid=commands]")).bottom <= box(ann(".field")).top`, true)
	s.click(`[data-phone="ann"] [data-testid="commands"] [data-command="/logs"]`, "")
	s.is(`ann(".message:last-of-type .text")?.textContent.startsWith("/logs")`)
	look(s, `[ann("[data-testid=commands]").hidden, ann("[data-testid=menu]").ariaExpanded, ann(".field").value]`, []any{true, "false", ""})
	s.must(s.Type("/st"))
	s.is(`ann("[data-testid=commands]").hidden === false`)
	look(s, shown, []string{"/status", "/stop"})
	s.must(s.Keys("ArrowDown"))
	look(s, `ann("[role=option][aria-selected=true]").textContent`, "/stopStop it")
	s.must(s.Keys("Enter"))
	look(s, `ann(".field").value`, "/stop ")
	s.must(s.Keys("Enter"))
	s.is(`ann(".message:last-of-type .text")?.textContent.startsWith("/stop")`)
	all := s.bot.Chat(group)
	last := slices.IndexFunc(all, func(m fakebot.Message) bool { return m.Text == "/stop" && m.FromID == ann })
	look(s, `ann(".message:last-of-type .command").textContent`, all[last].Text)
}
