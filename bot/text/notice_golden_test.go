package text

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
)

const (
	startingEN = "🔧 <b>Maintenance</b>\n\nThe service is down from <tg-time unix=\"1795518720\" format=\"t\">11:12 UTC</tg-time> for about 15 min."
	startingRU = "🔧 <b>Технические работы</b>\n\nСервис недоступен с <tg-time unix=\"1795518720\" format=\"t\">11:12 UTC</tg-time>, около 15 мин."
)

func tellingAction(n actions.Name) actions.Action {
	a := actions.Action{Name: n, Summary: "Tell the users", Effect: actions.Change, Rule: rule,
		Steps: []actions.Step{{Kind: "notice", Title: "tell the users", Effect: actions.Change, Decides: true, Expect: time.Second, Body: json.RawMessage("{}")}}}
	for _, p := range []string{"template", "values", "to", "affected", "matter", "audience"} {
		a.Params = append(a.Params, actions.Param{Name: p, Type: actions.Text, Default: "none"})
	}
	return a
}

// telling is ann's wish to tell everybody that the service is down.
func wanting(n actions.Name, s actions.Status) *actions.Request {
	r := ask(tellingAction(n), s)
	r.Asked.Args = actions.Args{"template": "maintenance.starting", "values": "for=15m0s from=2026-11-24T11:12:00Z", "to": "none", "affected": "none", "matter": "run 1287", "audience": "none"}
	r.Asked.Reason = "the database moves"
	r.Facts = []step.Fact{
		{Name: "users", Kind: step.Bounded, Number: 48210, Limit: 57852, Unit: "users"},
		{Name: "list", Kind: step.Pinned, Value: "20261124-110600-1", At: at(-6 * time.Minute)},
		{Name: "languages", Kind: step.Shown, Value: "en 31002, ru 17208"},
		{Name: "text en", Kind: step.Pinned, Value: startingEN},
		{Name: "text ru", Kind: step.Pinned, Value: startingRU},
		{Name: "notice", Kind: step.Pinned, Value: "maintenance.starting@1c77e0f2"},
		{Name: "values", Kind: step.Pinned, Value: "for=15m0s from=2026-11-24T11:12:00Z"},
		{Name: "matter", Kind: step.Pinned, Value: "run 1287"},
		{Name: "service bot", Kind: step.Pinned, Value: "7002"},
		{Name: "takes", Kind: step.Shown, Value: "28m0s"},
	}
	return r
}

func without(r *actions.Request, facts ...string) *actions.Request {
	r.Facts = slices.DeleteFunc(r.Facts, func(f step.Fact) bool { return slices.Contains(facts, f.Name) })
	return r
}

func fact(r *actions.Request, f ...step.Fact) *actions.Request {
	r.Facts = append(r.Facts, f...)
	return r
}

// one is a request about broadcast 1290.
func about1290(n actions.Name) *actions.Request {
	r := without(wanting(n, actions.Pending), "matter", "list")
	r.Asked.Args = actions.Args{"broadcast": "1290"}
	return r
}

// toldOnTheWay is a restart that tells the users.
func toldOnTheWay(s actions.Status) *actions.Request {
	a := restartAction()
	tell := tellingAction("broadcast").Steps[0]
	tell.Title = "tell the users that the service is down"
	a.Steps = append([]actions.Step{tell}, a.Steps...)
	return fact(ask(a, s), step.Fact{Name: "users told", Kind: step.Shown, Number: 48210},
		step.Fact{Name: "preview en", Kind: step.Shown, Value: startingEN}, step.Fact{Name: "preview ru", Kind: step.Shown, Value: startingRU},
		step.Fact{Name: "list differs", Kind: step.Shown, Value: "31 % fewer than on 23 Nov"})
}

func noticeRequestCards(w Words) map[string]Card {
	accounts := map[auth.Name]auth.Account{"bob": 12, "cid": 13}
	old := wanting("broadcast", actions.Pending)
	old.Facts[1].At = at(-26 * time.Hour)
	fact(old, step.Fact{Name: "list differs", Kind: step.Shown, Value: "31 % fewer than the one before"}, step.Fact{Name: "picture", Kind: step.Pinned, Value: planHash})
	old.Asked.Args["to"], old.Asked.Reason, old.Asked.Args["affected"] = "with_deposits", "", "1201"
	scheduled := fact(wanting("broadcast", actions.Pending), step.Fact{Name: "follows", Kind: step.Shown,
		Value: "maintenance.reminder at 2026-11-24T23:00:00Z; maintenance.starting at 2026-11-25T00:00:00Z; maintenance.finished when checks_green"})
	standing := without(wanting("notice_auto", actions.Pending), "text en", "text ru", "matter", "list")
	standing.Asked.Args = actions.Args{"tie": "1"}
	fact(standing, step.Fact{Name: "preview en", Kind: step.Pinned, Value: startingEN}, step.Fact{Name: "tie", Kind: step.Pinned, Value: "down_longer_than 1m0s → maintenance.starting"},
		step.Fact{Name: "a day", Kind: step.Pinned, Value: "4"})
	ending := ask(tellingAction("notice_auto_off"), actions.Pending)
	ending.Facts = []step.Fact{{Name: "tie", Kind: step.Pinned, Value: "checks_green → maintenance.finished"}}
	ending.Asked.Args = actions.Args{"tie": "2"}
	refused := without(end(wanting("broadcast", actions.Refused)), "users", "list", "languages", "text en", "text ru", "notice", "values", "matter", "service bot", "takes")
	refused.Why, refused.Hint, refused.Digest = "the list has 31 % fewer users than the one from 23 Nov", "look whether that is right, and ask again with audience=accept", ""
	down := see(ended(ran(approve(ask(stopAction(), actions.Succeeded), "bob"), 2*time.Second), 2*time.Second, down()))
	tells := w
	tells.Tells = true
	knows := func(t ToldView) Card {
		t.Template, t.At, t.Users = "maintenance.starting", at(time.Minute), 1290
		return tells.Request(with(seePanic(halted(pressed(actions.Succeeded), all())), func(v *RequestView) { v.Told = &t }))
	}
	return map[string]Card{
		"notice-pending":        w.Request(with(see(wanting("broadcast", actions.Pending)), func(v *RequestView) { v.Account = accounts })),
		"notice-own-copy":       w.Request(with(see(wanting("broadcast", actions.Pending)), func(v *RequestView) { v.Viewer = "ann" })),
		"notice-old-list":       w.Request(see(old)),
		"notice-scheduled":      w.Request(see(scheduled)),
		"notice-planning":       w.Request(see(wanting("broadcast", actions.Planning))),
		"notice-approved":       w.Request(see(approve(wanting("broadcast", actions.Approved), "bob"))),
		"notice-ended":          w.Request(see(ended(ran(approve(wanting("broadcast", actions.Succeeded), "bob"), time.Second), time.Second, up()))),
		"notice-denied":         w.Request(see(by(wanting("broadcast", actions.Denied), "bob"))),
		"notice-refused":        w.Request(see(refused)),
		"notice-edit":           w.Request(see(about1290("broadcast_edit"))),
		"notice-recall":         w.Request(see(without(about1290("broadcast_recall"), "text en", "text ru"))),
		"notice-resume":         w.Request(see(without(about1290("broadcast_resume"), "text en", "text ru", "users", "languages"))),
		"notice-standing":       w.Request(see(standing)),
		"notice-ending":         w.Request(see(ending)),
		"notice-details":        w.Details(see(wanting("broadcast", actions.Pending))),
		"notice-within":         w.Request(see(toldOnTheWay(actions.Pending))),
		"notice-tell-stop":      tells.Request(down),
		"notice-tell-failed":    tells.Request(see(ended(broken(ran(approve(ask(restartAction(), actions.Failed), "bob"), 2*time.Second, 58*time.Second)), time.Minute, actions.Service{Known: true}))),
		"notice-tell-panic":     tells.Request(seePanic(halted(pressed(actions.Succeeded), all()))),
		"panic-users-stopping":  tells.Request(seePanic(begun(pressed(actions.Running)))),
		"panic-users-on-way":    knows(ToldView{Status: BroadcastRunning}),
		"panic-users-paused":    knows(ToldView{Status: BroadcastPaused}),
		"panic-users-told":      knows(ToldView{Status: BroadcastDone, Sent: 1204}),
		"panic-users-cancelled": knows(ToldView{Status: BroadcastCancelled, Sent: 410}),
		"panic-users-failed":    knows(ToldView{Status: BroadcastFailed}),
		"panic-users-back":      knows(ToldView{Status: BroadcastDone, Sent: 1204, Back: at(8 * time.Minute)}),
		"notice-tell-cut": tells.Request(see(ended(cut(begun(ran(approve(ask(restartAction(), actions.Interrupted), "bob"), 2*time.Second)),
			actions.Cut{Cause: actions.CutCrash, Begun: true}, 1), time.Minute, actions.Service{Known: true}))),
	}
}

// sent is maintenance.starting on its way.
func onWay(status string) BroadcastView {
	yes := false
	return BroadcastView{ID: 1290, Op: OpSend, Template: "maintenance.starting", Matter: "run 1287", Asked: "ann", ApprovedBy: []auth.Name{"bob"}, Request: 1288,
		Status: status, Begun: noon, Total: 48210, Queued: 18577, Sending: 8, Sent: 29410, Blocked: 212, Unknown: 3, PerSecond: 28.94, Done: at(28 * time.Minute),
		ListAt: at(-6 * time.Minute), Up: &yes}
}

func over(status string) BroadcastView {
	v := onWay(status)
	v.Ended, v.PerSecond, v.Done, v.Queued, v.Sending, v.Sent, v.Gone, v.Failed, v.Skipped = at(27*time.Minute+50*time.Second), 0, time.Time{}, 0, 0, 47870, 4, 1, 120
	return v
}

func withBroadcast(v BroadcastView, change func(*BroadcastView)) BroadcastView {
	change(&v)
	return v
}

func broadcastCards(w Words) map[string]Card {
	follow := []FollowView{{Template: "maintenance.extended", At: at(13 * time.Hour)}, {Template: "maintenance.finished", When: "checks_green"}}
	return map[string]Card{
		"broadcast-preparing": w.Broadcast(withBroadcast(onWay(BroadcastRunning), func(v *BroadcastView) {
			v.Preparing, v.Total, v.PerSecond, v.Done, v.Sent = true, 12000, 0, time.Time{}, 0
		})),
		"broadcast-running": w.Broadcast(onWay(BroadcastRunning)),
		"broadcast-by-itself": w.Broadcast(withBroadcast(onWay(BroadcastRunning), func(v *BroadcastView) {
			v.Request, v.Tie, v.Standing, v.Next = 0, "down_longer_than 1m0s → maintenance.starting", 900, follow
		})),
		"broadcast-halted": w.Broadcast(withBroadcast(onWay(BroadcastRunning), func(v *BroadcastView) {
			v.HaltedUntil, v.Trouble = at(40*time.Second), "Telegram answered 502 for 20 s"
		})),
		"broadcast-paused": w.Broadcast(withBroadcast(onWay(BroadcastPaused), func(v *BroadcastView) { v.PausedBy = "cid" })),
		"broadcast-stuck": w.Broadcast(withBroadcast(onWay(BroadcastPaused), func(v *BroadcastView) {
			v.Why = "the token of the service's bot was revoked: write the new one to secrets/service-bot.token"
		})),
		"broadcast-done":   w.Broadcast(over(BroadcastDone)),
		"broadcast-follow": w.Broadcast(withBroadcast(over(BroadcastDone), func(v *BroadcastView) { v.Next, v.Request, v.Follows = follow, 0, 1250 })),
		"broadcast-resent": w.Broadcast(withBroadcast(over(BroadcastDone), func(v *BroadcastView) { v.Resend, v.Blocked = true, 1 })),
		"broadcast-cancelled": w.Broadcast(withBroadcast(over(BroadcastCancelled), func(v *BroadcastView) {
			v.StoppedBy, v.Sent, v.Cancelled = "cid", 29410, 18577
		})),
		"broadcast-closed": w.Broadcast(withBroadcast(over(BroadcastCancelled), func(v *BroadcastView) { v.Sent, v.Cancelled = 29410, 18577 })),
		"broadcast-failed": w.Broadcast(withBroadcast(over(BroadcastFailed), func(v *BroadcastView) {
			v.Why, v.Sent, v.Unknown, v.Blocked, v.Gone, v.Failed, v.Skipped, v.Cancelled = "Telegram does not take the text in ru: can't parse entities", 0, 0, 0, 0, 1, 0, 48209
		})),
		"broadcast-edited": w.Broadcast(withBroadcast(over(BroadcastDone), func(v *BroadcastView) { v.Op, v.Of, v.ID, v.Skipped = OpEdit, 1290, 1300, 0 })),
		"broadcast-recall": w.Broadcast(withBroadcast(onWay(BroadcastRunning), func(v *BroadcastView) { v.Op, v.Of, v.ID = OpRecall, 1290, 1300 })),
		"broadcast-recalled": w.Broadcast(withBroadcast(over(BroadcastDone), func(v *BroadcastView) {
			v.Op, v.Of, v.ID, v.Failed, v.Skipped = OpRecall, 1290, 1300, 40, 0
		})),
	}
}

func heldCards(w Words) map[string]Card {
	cards := map[string]Card{}
	for _, cause := range []string{HeldRed, HeldLimit, HeldChanged, HeldLate, HeldLapsed, HeldCannot} {
		h := HeldView{Cause: cause, Matter: "run 1287", Template: "maintenance.finished", Tie: "checks_green → maintenance.finished", Number: 2, Due: at(-time.Minute), Now: noon, Limit: 4}
		switch cause {
		case HeldRed:
			h.Again, h.Due = 15*time.Minute, time.Time{}
		case HeldLate:
			h.Tie, h.Number, h.Of, h.Template, h.Due = "", 0, 1250, "maintenance.reminder", at(-7*time.Hour)
		case HeldCannot:
			h.Why = "the list of users could not be copied, and there is none from before"
		}
		cards["held-"+cause] = w.BroadcastHeld(h)
	}
	return cards
}

func templates() []NoticeTemplate {
	from := NoticeVar{Name: "from", Summary: "since when, or from when on", Kind: "time", Default: "now", Presets: []NoticeChoice{{"now", "now"}, {"tonight 02:00", "tonight 02:00"}}}
	lasts := NoticeVar{Name: "for", Summary: "how long it takes", Kind: "duration", Presets: []NoticeChoice{{"15 min", "15m"}, {"30 min", "30m"}, {"an hour", "1h"}}}
	impact := NoticeVar{Name: "impact", Summary: "what was affected", Kind: "text"}
	both := []string{"en", "ru"}
	return []NoticeTemplate{
		{Name: "maintenance.scheduled", Summary: "maintenance is planned", Languages: both, Vars: []NoticeVar{from, lasts}},
		{Name: "maintenance.starting", Summary: "it begins", Languages: both, Vars: []NoticeVar{from, lasts}},
		{Name: "maintenance.finished", Summary: "it is over", Languages: both, Closes: true, Green: true},
		{Name: "service_update", Summary: "something went wrong, and is well again", Languages: both, Vars: []NoticeVar{from, impact}, Green: true},
	}
}

func noticeCards(w Words) map[string]Card {
	v := NoticesView{Templates: templates(), Today: 1, PerDay: 4, Users: 48210, Languages: map[string]int{"en": 31002, "ru": 17000, "": 200, "pt-br": 8}, At: at(-22 * time.Minute), Blocked: 212, Now: noon,
		Ties: []TieView{
			{Number: 1, Tie: "down_longer_than 1m0s → maintenance.starting", State: TieAgreed, Until: at(89 * 24 * time.Hour), By: []auth.Name{"ann", "bob"}, ID: 900, Today: 1},
			{Number: 2, Tie: "checks_green → maintenance.finished", State: TieNever},
			{Number: 3, Tie: "overdue → maintenance.extended", State: TieLapsed, At: at(-24 * time.Hour)},
			{Number: 4, Tie: "lockdown → maintenance.starting", State: TieChanged, At: at(-24 * time.Hour)},
			{Number: 5, Tie: "lockdown → maintenance.cancelled", State: TieEnded, At: at(-24 * time.Hour)},
		},
		Last: []BroadcastLine{{ID: 1290, Op: OpSend, Template: "maintenance.starting", Status: BroadcastRunning, Begun: at(-10 * time.Minute), Sent: 29410, Total: 48210},
			{ID: 1201, Op: OpRecall, Of: 1200, Status: BroadcastDone, Begun: at(-30 * time.Hour), Sent: 47000, Total: 47990}},
		Next: []FollowView{{Template: "maintenance.finished", When: "checks_green", Of: 1290}, {Template: "maintenance.reminder", At: at(12 * time.Hour), Of: 1250}},
	}
	none := v
	none.At, none.Ties, none.Last, none.Next, none.Err = time.Time{}, nil, nil, nil, "the database cannot be reached as ops_read"
	old := none
	old.At, old.Err = at(-26*time.Hour), "the service's bot cannot send: its token was revoked"
	return map[string]Card{
		"notices":       w.Notices(v),
		"notices-none":  w.Notices(none),
		"notices-old":   w.Notices(old),
		"notices-off":   w.Notices(NoticesView{Off: "notices"}),
		"notices-no":    w.NoSuchNotice("maintenance.start", []string{"maintenance.starting"}),
		"notices-other": w.NoSuchNotice("x", nil),
		"notices-bad":   w.BadNotice("broadcast", "impact", "has a link: users would be sent to evil.example", "say it without one"),
		"help-tells":    Words{Service: w.Service, Tells: true}.Help(true),
		"notices-bad-2": w.BadNotice("broadcast", "", "is two things at once", ""),
	}
}

func draftCards(w Words) map[string]Card {
	list := templates()
	v := DraftView{ID: 1795518720000, Person: "ann", Template: "maintenance.starting"}
	half, ready, edit := v, v, v
	half.Set = []DraftValue{{"from", "now"}}
	half.Wrong, half.Hint = "\"soon\" is no duration", "type it like 15m or 1h 30m"
	ready.Set, ready.Matter = []DraftValue{{"from", "now"}, {"for", "15m"}}, "run 1287"
	edit.Edit, edit.Set = 1290, ready.Set
	matters := []MatterView{{"run 1287", 48210}, {"database move", 12}}
	told, narrow, later, pressed := ready, ready, ready, v
	told.Closes, pressed.Chosen, pressed.Matter = true, true, "run 1287"
	narrow.To, narrow.Affected, narrow.Unlike, narrow.At, narrow.Now = "with_deposits", "1201", true, at(14*time.Hour), noon
	later.At, later.Now = at(15*time.Minute), noon
	soon := later
	soon.Wrong, soon.Hint = "\"soon\" is no time to come", "type it like 18:30"
	some := Audiences{Segments: []string{"with_deposits", "speaks_russian"}, Hits: []Hit{{Run: 1201, Action: "restore", At: at(-26 * time.Hour)}, {Run: 900, Action: "undo", At: at(-3 * time.Hour)}}}
	slots := []DraftSlot{{"now", 0}, {"in 15 min", 1}, {"in 1 h", 2}, {"tonight 22:00", 3}, {"tomorrow 09:00", 5}}
	text := DraftView{ID: v.ID, Template: "service_update"}
	return map[string]Card{
		"draft-families":    w.DraftFamilies(DraftView{ID: v.ID}, []string{"maintenance", "service_update"}),
		"draft-kinds":       w.DraftKinds(DraftView{ID: v.ID}, "maintenance", list[:3], []int{0, 1, 2}),
		"draft-asks":        w.DraftAsks(v, 0, list[0].Vars[0]),
		"draft-asks-again":  w.DraftAsks(half, 1, list[0].Vars[1]),
		"draft-asks-text":   w.DraftAsks(text, 1, list[3].Vars[1]),
		"draft-matter":      w.DraftMatters(ready, matters, false),
		"draft-closes":      w.DraftMatters(v, matters, true),
		"draft-closes-none": w.DraftMatters(v, nil, true),
		"draft-shown":       w.DraftShown(v),
		"draft-ready":       w.DraftReady(ready, Whom{Users: 48210, At: at(-6 * time.Minute), Now: noon}),
		"draft-ready-told":  w.DraftReady(told, Whom{Users: 47000}),
		"draft-ready-some":  w.DraftReady(narrow, Whom{Users: 48210, At: at(-6 * time.Minute), Now: noon}),
		"draft-ready-later": w.DraftReady(later, Whom{Users: 48210, At: at(-6 * time.Minute), Now: noon}),
		"draft-asks-chosen": w.DraftAsks(pressed, 0, list[0].Vars[0]),
		"draft-to":          w.DraftTo(ready, some),
		"draft-to-some":     w.DraftTo(narrow, some),
		"draft-to-nobody":   w.DraftTo(v, Audiences{}),
		"draft-when":        w.DraftWhens(ready, slots),
		"draft-when-later":  w.DraftWhens(later, slots),
		"draft-when-again":  w.DraftWhens(soon, slots),
		"draft-ready-edit":  w.DraftReady(edit, Whom{}),
		"draft-ready-blind": w.DraftReady(v, Whom{}),
		"draft-changes":     w.DraftChanges(ready, list[0].Vars),
		"draft-asked":       w.DraftAsked(v),
		"draft-dropped":     w.DraftDropped(),
		"draft-elsewhere":   w.DraftElsewhere(),
		"draft-lost":        w.DraftLostCard(),
	}
}

// TestNoticeLines keeps what is one line: replies, answers to presses, and how the journal tells it.
func TestNoticeLines(t *testing.T) {
	w := helsinki(t)
	var b strings.Builder
	views := map[string]BroadcastView{"stuck": withBroadcast(onWay(BroadcastPaused), func(v *BroadcastView) { v.Why = "the token was revoked" }),
		"paused": withBroadcast(onWay(BroadcastPaused), func(v *BroadcastView) { v.PausedBy = "cid" }), "running": onWay(BroadcastRunning), "done": over(BroadcastDone),
		"cancelled": over(BroadcastCancelled), "failed": withBroadcast(over(BroadcastFailed), func(v *BroadcastView) { v.Why = "Telegram does not take the text in ru" })}
	for _, what := range []string{"running", "paused", "stuck", "done", "cancelled", "failed"} {
		ring := w.BroadcastRing(views[what])
		if seen, err := parse(ring); err != nil || strings.Contains(seen, "\n") {
			t.Errorf("%s: %q: %v", what, ring, err)
		}
		fmt.Fprintf(&b, "ring, %s: %s\n", what, ring)
	}
	for _, choice := range []string{BroadcastPause, BroadcastGoOn, BroadcastCancel, BroadcastRate, BroadcastList} {
		oneLine(t, &b, "answer, "+choice, w.BroadcastAnswer(choice))
	}
	for _, n := range []BroadcastNo{{Reason: "no such broadcast", ID: 7}, {Reason: "already over", ID: 7, Status: BroadcastDone}, {Reason: "already over", ID: 7, Status: BroadcastCancelled, Who: "cid"},
		{Reason: "already paused", ID: 7, Who: "cid"}, {Reason: "already paused", ID: 7}, {Reason: "not paused", ID: 7, Status: BroadcastRunning}, {Reason: "not your pause", ID: 7, Who: "cid"}, {Reason: "something new"}} {
		oneLine(t, &b, "refusal, "+n.Reason, w.BroadcastRefusalLine(n))
		check(t, w.BroadcastRefusal(n))
		n.Who, n.Status = hostileText, hostileText
		check(t, w.BroadcastRefusal(n))
	}
	for what, line := range map[string]string{"test sent": w.TestSent(), "test not sent": w.TestNotSent(true), "test failed": w.TestNotSent(false), "texts": w.TextsSent(true), "no texts": w.TextsSent(false),
		"lost": w.DraftLost(), "not yours": w.NotYourDraft("ann")} {
		oneLine(t, new(strings.Builder), what, line)
	}
	for _, l := range []string{w.TestSent(), w.TestNotSent(true), w.TestNotSent(false), w.TextsSent(true), w.TextsSent(false), w.DraftLost(), w.NotYourDraft("ann")} {
		fmt.Fprintf(&b, "draft: %s\n", l)
	}
	for _, e := range noticeEntries() {
		line := string(w.Event(e, nil, noon))
		if seen, err := parse(line); err != nil || strings.Contains(seen, "\n") {
			t.Errorf("%s: %q: %v", e.Kind, line, err)
		}
		fmt.Fprintf(&b, "journal, %s: %s\n", e.Kind, line)
	}
	compare(t, filepath.Join("testdata", "golden", "notices.txt"), b.String())
}

func noticeEntries() []Event {
	one := func(kind, body string) Event { return Event{Seq: 1290, Kind: kind, Time: noon, Body: []byte(body)} }
	return []Event{
		one("broadcast.begun", `{"telling":{"do":"tell","template":"maintenance.starting"},"tie":{"when":"down_longer_than","longer":60000000000,"send":"maintenance.starting"}}`),
		one("broadcast.begun", `{"telling":{"do":"tell","template":"maintenance.finished"},"of":1280}`),
		one("broadcast.paused", `{"broadcast":1290,"person":"cid"}`),
		one("broadcast.paused", `{"broadcast":1290,"why":"the token was revoked"}`),
		one("broadcast.prepared", `{"broadcast":1290,"total":48210}`),
		one("broadcast.resumed", `{"broadcast":1290,"person":"cid"}`),
		one("broadcast.resumed", `{"broadcast":1290}`),
		one("broadcast.cancelled", `{"broadcast":1290,"person":"cid"}`),
		one("broadcast.ended", `{"broadcast":1290,"counts":{"total":48210,"sent":47870,"unknown":3}}`),
		one("broadcast.ended", `{"broadcast":1290,"counts":{"total":48210},"why":"Telegram does not take the text in ru"}`),
		one("broadcast.held", `{"cause":"red","template":"maintenance.finished","matter":"run 1287"}`),
		one("broadcast.posted", `{"broadcast":1290,"chat":-100,"message":7}`),
		one("broadcast.posted", `{"broadcast":1290,"chat":-100}`),
		one("broadcast.closed", `{"broadcast":1290}`),
	}
}

// hostileNotices has the text in every place of a notice's cards that somebody else fills.
func hostileNotices(w Words, s string) map[string]Card {
	b := withBroadcast(over(BroadcastFailed), func(v *BroadcastView) {
		v.Template, v.Matter, v.Asked, v.ApprovedBy, v.Why = "a"+s, "b"+s, auth.Name("c"+s), []auth.Name{auth.Name("d" + s)}, "e"+s
		v.Next = []FollowView{{Template: "f" + s, When: "g" + s}}
	})
	run := withBroadcast(onWay(BroadcastPaused), func(v *BroadcastView) { v.Why, v.Trouble, v.Tie = "h"+s, "i"+s, "j"+s })
	h := HeldView{Cause: "cannot", Why: "k" + s, Matter: "l" + s, Template: "m" + s, Tie: "n" + s, Of: 2}
	r := wanting("broadcast", actions.Pending)
	for i := range r.Facts {
		if !strings.HasPrefix(r.Facts[i].Name, "text ") {
			r.Facts[i].Value = "o" + s
		}
	}
	r.Facts = append(r.Facts, step.Fact{Name: "tie", Value: "p" + s}, step.Fact{Name: "follows", Value: "q" + s}, step.Fact{Name: "list differs", Value: "r" + s})
	r.Asked.Args["to"], r.Asked.Args["affected"], r.Asked.Reason = "s"+s, "t"+s, "u"+s
	d := DraftView{ID: 5, Template: "v" + s, Set: []DraftValue{{"w" + s, "x" + s}}, Matter: "y" + s, Wrong: "z" + s, Hint: "a" + s, To: "b" + s, Affected: "c" + s, At: at(time.Hour), Now: noon}
	some := Audiences{Segments: []string{"d" + s}, Hits: []Hit{{Run: 7, Action: "e" + s, At: noon}}}
	w.Tells = true
	told := w.Request(with(seePanic(halted(pressed(actions.Succeeded), all())), func(v *RequestView) { v.Told = &ToldView{Template: "f" + s, Status: BroadcastDone, At: noon} }))
	x := NoticeVar{Name: "b" + s, Summary: "c" + s, Default: "d" + s, Presets: []NoticeChoice{{Label: "e" + s, Value: s}}}
	v := NoticesView{Templates: []NoticeTemplate{{Name: "f" + s, Summary: "g" + s, Languages: []string{"h" + s}}}, At: noon, Now: noon, Err: "i" + s,
		Ties: []TieView{{Number: 1, Tie: "j" + s, State: TieAgreed, By: []auth.Name{auth.Name("k" + s)}}}, Languages: map[string]int{"l" + s: 1},
		Last: []BroadcastLine{{Template: "m" + s, Status: "n" + s}}}
	return map[string]Card{"broadcast": w.Broadcast(b), "running": w.Broadcast(run), "held": w.BroadcastHeld(h), "pending": w.Request(see(r)), "asks": w.DraftAsks(d, 0, x),
		"ready": w.DraftReady(d, Whom{}), "to": w.DraftTo(d, some), "when": w.DraftWhens(d, []DraftSlot{{Label: "g" + s, I: 1}}), "told": told, "matters": w.DraftMatters(d, []MatterView{{Name: "o" + s}}, false), "notices": w.Notices(v),
		"bad": w.BadNotice("broadcast", "p"+s, "q"+s, "r"+s), "none": w.NoSuchNotice("s"+s, nil)}
}

// FuzzNoticeCards: whatever somebody typed, or a template says, no card gets other buttons, more lines, or something to tap.
func FuzzNoticeCards(f *testing.F) {
	for _, s := range []string{hostileText, "/panic", "\n✅ approved", "see https://evil.example @bob", strings.Repeat("W<&\" ", 900), " → ", "; a at b; c when d", " 1, ru 2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := helsinki(t)
		plain := hostileNotices(w, "x")
		for name, got := range hostileNotices(w, s) {
			seen := check(t, got)
			if want := unescape(plain[name].HTML); strings.Count(seen, "\n") > strings.Count(want, "\n") {
				t.Errorf("%s: %q adds a line:\n%s\nwant as many as\n%s", name, s, seen, want)
			}
			if m := tappable.FindString(unquoted(got.HTML)); m != "" {
				t.Errorf("%s: %q: %q can be tapped in\n%s", name, s, m, got.HTML)
			}
		}
	})
}

// TestPreviews: what users would get is shown whole, in the order of the plan, with nothing added.
func TestPreviews(t *testing.T) {
	w := helsinki(t)
	for _, r := range []*actions.Request{wanting("broadcast", actions.Pending), toldOnTheWay(actions.Pending)} {
		list := w.Previews(r)
		if len(list) != 2 || list[0].HTML != startingEN || list[1].HTML != startingRU || list[0].Rows != nil {
			t.Errorf("/%s: previews %+v", r.Action().Name, list)
		}
		if name := TemplateOf(r); name != "" && name != "maintenance.starting" {
			t.Errorf("/%s: made from %q", r.Action().Name, name)
		}
		if by := TextsOf(r); by["en"] != startingEN || by["ru"] != startingRU {
			t.Errorf("/%s: texts %v", r.Action().Name, by)
		}
	}
	if list := w.Previews(ask(stopAction(), actions.Pending)); len(list) != 0 {
		t.Errorf("/stop has previews %+v", list)
	}
}

// TestATextIsNeverAFact: users' words are a message of their own; in a list of facts they could pass for ours.
func TestATextIsNeverAFact(t *testing.T) {
	w := helsinki(t)
	for _, r := range []*actions.Request{wanting("broadcast", actions.Pending), toldOnTheWay(actions.Pending)} {
		for _, c := range []Card{w.Request(see(r)), w.Details(see(r))} {
			if strings.Contains(c.HTML, "Maintenance") || strings.Contains(c.HTML, "Технические") {
				t.Errorf("/%s: the card has users' text:\n%s", r.Action().Name, c.HTML)
			}
		}
	}
}

func TestParseDraft(t *testing.T) {
	for choice, want := range map[string]bool{"np0.2": true, "na0.0": true, "nx12.0": true, "ng1.1": true, "nh0.0": true, "n": false, "np0": false, "np00.2": false, "np-1.2": false, "np0.100": false, "nq0.0": false, "np0.2 ": false, "kp0.2": false} {
		d, ok := ParseDraft(choice)
		if ok != want || ok && d.String() != choice {
			t.Errorf("ParseDraft(%q) = %+v, %v", choice, d, ok)
		}
	}
}
