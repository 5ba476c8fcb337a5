package web_test

func photo(s *screen) {
	s.is(`m("photo", "img")?.complete`)
	look(s, `[m("photo", "img").naturalWidth, m("photo", "img").naturalHeight]`, []int{320, 200})
	look(s, `[m("photo", "img").width > 200, m("photo", "img").getAttribute("width")]`, []any{true, "320"}) // it has its room before it is there
	look(s, `inside(m("photo", "img"), m("photo", ".bubble"))`, true)
	look(s, `Math.abs(box(m("photo", "img")).width / box(m("photo", "img")).height - 1.6) < .05`, true)
	s.click(`[data-phone="ann"] [data-testid="photo"]`, "")
	s.is(`ann("[role=dialog] img")?.complete`)
	look(s, `[ann("[role=dialog] img").naturalWidth, ann("[role=dialog]").ariaLabel, document.activeElement.ariaLabel]`, []any{320.0, "Photo", "Close"})
	look(s, `inside(ann("[role=dialog] img"), ann(".screen")) && Math.abs(box(ann("[role=dialog]")).height - box(ann(".screen")).height) < 2`, true)
	s.must(s.Keys("Escape"))
	s.is(`!ann(".sheet")`)
	look(s, `document.activeElement === m("photo", "button.photo")`, true)
}

func documentOpens(s *screen) {
	look(s, `[m("document", ".tile b").textContent, m("document", ".tile small").textContent]`, []string{"run-12.log", "30 B · open"})
	s.click(`[data-phone="ann"] [data-document="run-12.log"]`, "")
	s.is(`ann("[data-testid=file-text]")?.textContent === "first line\n<b>second</b> line\n"`)
	look(s, `[ann("[data-testid=file]").role, ann("[data-testid=file]").ariaLabel, css(ann("[data-testid=file-text]"), "whiteSpaceCollapse")]`,
		[]string{"dialog", "run-12.log", "preserve"})
	look(s, `inside(ann("[data-testid=file]"), ann(".screen")) && box(ann("[data-testid=file-text]")).height > 200`, true)
	look(s, `fetch(ann("[data-testid=download]").href).then((r) => r.headers.get("Content-Disposition"))`, `attachment; filename=run-12.log`)
	look(s, `ann("[data-testid=download]").hasAttribute("download")`, true)
	s.click(`[data-phone="ann"] [data-testid="file-close"]`, "")
	s.is(`!ann(".sheet")`)
	look(s, `document.activeElement.dataset.document`, "run-12.log")
	s.document("dump.bin", []byte{0, 255, 0})
	s.click(`[data-phone="ann"] [data-document="dump.bin"]`, "")
	s.is(`ann("[data-testid=file-text]")?.textContent.startsWith("This file is not text")`)
}
