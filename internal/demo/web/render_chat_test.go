package web_test

import (
	"fmt"
	"time"
)

// namesAndFaces: the name is above the first message of a row, the face beside its last.
func namesAndFaces(s *screen) {
	const row = `((name) => [m(name, ".from")?.textContent ?? "", css(m(name, ".face"), "visibility"), m(name, ".face").textContent])`
	look(s, row+`("formats")`, []string{"ops_bot", "hidden", "O"})
	look(s, row+`("links")`, []string{"", "visible", "O"})
	look(s, row+`("hostile")`, []string{"Bob", "visible", "B"})
	look(s, `[m("reply").querySelectorAll(".from, .face").length, m("reply").ariaLabel.split(",")[0]]`, []any{0.0, "You"}) // one's own have neither
	look(s, `m("reply", ".ticks").ariaLabel`, "read")
}

func editInPlace(s *screen) {
	_, err := evalNothing(s, `m("edited").scrollIntoView({block: "center", behavior: "instant"}), window.next = m("edited").nextElementSibling,
	  window.count = document.querySelectorAll('[data-phone="ann"] .message').length, window.at = ann(".messages").scrollTop`)
	s.must(err)
	look(s, `m("edited").querySelectorAll(".edited").length`, 0)
	s.api("editMessageText", map[string]any{"chat_id": group, "message_id": s.ids["edited"], "text": "Step 2 of 3"})
	s.is(`own(m("edited", ".text")) === "Step 2 of 3"`)
	look(s, `m("edited", ".meta .edited").textContent`, "edited")
	look(s, `[m("edited").nextElementSibling === next, count === document.querySelectorAll('[data-phone="ann"] .message').length]`, []bool{true, true})
	look(s, `Math.abs(ann(".messages").scrollTop - at) < 2`, true) // nothing jumps under who reads
	s.api("editMessageReplyMarkup", map[string]any{"chat_id": group, "message_id": s.ids["buttons"]})
	s.is(`m("buttons", ".keyboard") === null`)
	s.api("deleteMessage", map[string]any{"chat_id": group, "message_id": s.ids["edited"]})
	s.is(`m("edited") === null`)
	look(s, `next.isConnected`, true)
}

func reply(s *screen) {
	look(s, `[m("reply", ".quoted b").textContent, m("reply", ".quoted span").textContent]`, []string{"Bob", "Who stopped it?…"})
	look(s, `box(m("reply", ".quoted")).bottom <= box(m("reply", ".text")).top + 1`, true)
	look(s, `m("reply").matches(".mine") && box(m("reply", ".bubble")).right > box(m("question", ".bubble")).right`, true)
	_, err := evalNothing(s, `ann(".messages").scrollTo({top: 0, behavior: "instant"})`)
	s.must(err)
	s.click(`[data-phone="ann"] .quoted`, "")
	s.is(`inside(m("question"), ann(".messages")) && m("question").matches(".flash")`)
	s.click(fmt.Sprintf(`[data-phone="ann"] [data-message="%d"] [data-testid="reply"]`, s.ids["question"]), "")
	look(s, `[ann(".replying b").textContent, ann(".replying .preview").textContent, document.activeElement.dataset.testid]`, []string{"Bob", "Who stopped it?", "field"})
	s.must(s.Type("For a good reason"))
	s.click(`[data-phone="ann"] [data-testid="send"]`, "")
	s.is(`ann(".message:last-of-type .text")?.textContent.startsWith("For a good reason") && ann(".replying").hidden`)
	look(s, `ann(".message:last-of-type .quoted").dataset.replyTo`, fmt.Sprint(s.ids["question"]))
	all := s.bot.Chat(group)
	if last := all[len(all)-1]; last.ReplyTo != s.ids["question"] || last.FromID != ann {
		s.t.Errorf("the fake has %+v", last)
	}
}

func pinned(s *screen) {
	look(s, `ann("[data-testid=pinned]").innerText.split("\n").filter(Boolean)`, []string{"Pinned message", "Card of the day"})
	look(s, `box(ann("[data-testid=pinned]")).top >= box(ann(".chat-head")).bottom - 1 && box(ann("[data-testid=pinned]")).bottom <= box(ann(".messages")).top + 1`, true)
	look(s, `[m("pinned").querySelectorAll(".icon-pin").length, m("formats").querySelectorAll(".icon-pin").length]`, []int{1, 0})
	look(s, `[...document.querySelectorAll('[data-phone="ann"] .service')].at(-1).textContent`, "ops_bot pinned “Card of the day…”")
	_, err := evalNothing(s, `ann(".messages").scrollTo({top: 0, behavior: "instant"})`)
	s.must(err)
	look(s, `inside(m("pinned"), ann(".messages"))`, false)
	s.click(`[data-phone="ann"] [data-testid="pinned"]`, "")
	s.is(`inside(m("pinned"), ann(".messages")) && m("pinned").matches(".flash")`)
	s.api("pinChatMessage", map[string]any{"chat_id": group, "message_id": s.ids["short"]})
	s.is(`ann("[data-testid=pinned] .preview").textContent.startsWith("Card of the day") && ann("[data-testid=pinned] b").textContent.endsWith("2")`)
	for _, name := range []string{"short", "pinned"} {
		s.api("unpinChatMessage", map[string]any{"chat_id": group, "message_id": s.ids[name]})
	}
	s.is(`ann("[data-testid=pinned]") === null && m("pinned", ".icon-pin") === null`)
}

// typing: the fake's clock is an hour ahead, so that only the page's own clock, and the next message, can end it.
func typing(s *screen) {
	s.ahead.Store(int64(time.Hour))
	const shown = `[!!ann("[role=status].typing"), ann(".head-text small").textContent]`
	begin := func() { s.api("sendChatAction", map[string]any{"chat_id": group, "action": "typing"}) }
	look(s, shown, []any{false, "3 members"})
	begin()
	s.is(`!!ann(".typing")`)
	look(s, shown, []any{true, "typing…"})
	look(s, `inside(ann(".typing"), ann(".messages")) && ann(".messages").lastChild === ann(".typing") && box(ann(".typing")).height > 20`, true)
	s.api("sendMessage", map[string]any{"chat_id": group, "text": "Done."})
	s.is(`ann(".messages").textContent.includes("Done.")`)
	look(s, shown, []any{false, "3 members"})
	begin()
	s.is(`!!ann(".typing")`)
	s.must(s.LetPass(time.Hour + 6*time.Second))
	look(s, shown, []any{false, "3 members"})
}

// banner: what comes in another chat than the open one.
func banner(s *screen) {
	s.api("sendMessage", map[string]any{"chat_id": ann, "text": "Psst, <b>Ann</b>", "parse_mode": "HTML"})
	s.is(`ann("[data-testid=banner]")?.innerText.includes("Psst, Ann")`)
	look(s, `inside(ann("[data-testid=banner]"), ann(".screen"))`, true)
	look(s, `[ann(".back .badge").textContent, document.querySelector("#live").textContent.includes("Psst, Ann")]`, []any{"1", true})
	s.must(s.LetPass(7 * time.Second))
	look(s, `ann("[data-testid=banner]") === null`, true)
	s.api("sendMessage", map[string]any{"chat_id": ann, "text": "Psst"})
	s.is(`ann("[data-testid=banner]")?.innerText.includes("Psst")`)
	look(s, `(ann(".field").focus(), document.activeElement.dataset.testid)`, "field")
	s.must(s.Keys("Escape")) // who does not want to wait
	look(s, `ann("[data-testid=banner]") === null`, true)
	s.api("sendMessage", map[string]any{"chat_id": ann, "text": "Again"})
	s.click(`[data-phone="ann"] [data-testid="banner"]`, "Again")
	s.is(`ann("[data-testid=banner]") === null && ann("[data-testid=chat-title]").dataset.chat === "11"`)
	s.api("sendMessage", map[string]any{"chat_id": ann, "text": "Here"})
	s.is(`ann(".messages").textContent.includes("Here")`)
	look(s, `ann("[data-testid=banner]") === null`, true) // one looks at it already
}
