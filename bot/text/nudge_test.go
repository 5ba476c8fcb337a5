package text

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"twokey/actions"
	"twokey/auth"
)

func nudgeCards(w Words) map[string]Card {
	nudged := func(rule int, by ...auth.Name) RequestView {
		v := see(ask(restartAction(), actions.Pending))
		v.Request.Asked.Action.Rule.Approvals = rule
		v.Request.Nudges, v.Request.NudgedAt = 1, v.Request.AskedAt.Add(3*time.Minute)
		v.Account = map[auth.Name]auth.Account{"bob": 12, "cid": 13}
		v.Verdict = auth.Verdict{By: by, Missing: rule - len(by), Could: []auth.Name{"bob", "cid"}[len(by):]}
		return v
	}
	phones := map[auth.Name]string{"ann": "+358 40 1", "bob": "+358 40 2345678", "cid": "+1 555 0100"}
	looked := map[auth.Name]time.Time{"bob": at(90 * time.Second), "ann": at(time.Second)}
	hostile := hostileView(actions.Pending)
	hostile.Phone, hostile.Looked = map[auth.Name]string{}, map[auth.Name]time.Time{}
	for _, n := range hostile.Could {
		hostile.Phone[n], hostile.Looked[n] = "<b>\n/panic@x", at(0)
	}
	done := ended(ran(approve(ask(restartAction(), actions.Succeeded), "bob"), time.Second, time.Second), 2*time.Minute, up())
	return map[string]Card{
		"nudge":              w.Nudge(nudged(1)),
		"nudge-one-of-two":   w.Nudge(nudged(2, "bob")),
		"nudge-private":      w.Nudge(with(nudged(1), func(v *RequestView) { v.Viewer = "bob" })),
		"nudge-hostile":      w.Nudge(hostile),
		"uncalled":           w.Uncalled(nudged(1), "escalate.http: it answered 503"),
		"moved-below":        w.Below(nudged(1)),
		"pending-phones":     w.Request(with(nudged(1), func(v *RequestView) { v.Phone = phones })),
		"pending-looked":     w.Request(with(nudged(1), func(v *RequestView) { v.Phone, v.Looked = phones, looked })),
		"pending-bob-agreed": w.Request(with(nudged(2, "bob"), func(v *RequestView) { v.Phone, v.Looked = phones, looked })),
		"pending-reach-odd":  w.Request(hostile),
		"migrated":           w.Migrated(-1009876543210),
		"away":               w.Away(AwayView{From: at(-time.Hour), To: at(2 * time.Minute), Requests: []*actions.Request{done, end(ask(stopAction(), actions.Expired))}}),
		"away-nothing":       w.Away(AwayView{From: at(-26 * time.Hour), To: noon}),
	}
}

// A line of a menu has one to 256 characters, whatever an action's summary is.
func TestMenuLines(t *testing.T) {
	w := helsinki(t)
	for _, summary := range []string{"", " \n\t", "Warm the cache", "\u202eevil\n/panic", strings.Repeat("long ", 100), strings.Repeat("\u200b", 50)} {
		line := w.MenuOf(actions.Action{Name: "warm", Summary: summary})
		if n := utf8.RuneCountInString(line); n < 1 || n > maxMenu || strings.ContainsAny(line, "\n\u202e\u200b") {
			t.Errorf("%q became %q, %d characters", summary, line, n)
		}
	}
	for n := range menu {
		if line := w.Menu(n); line == string(n) || len(line) > 64 || strings.ContainsAny(line, "<&") {
			t.Errorf("/%s: %q", n, line)
		}
	}
	if line := w.Menu("unheard_of"); line != "unheard_of" {
		t.Errorf("an unknown command's line is %q", line)
	}
}
