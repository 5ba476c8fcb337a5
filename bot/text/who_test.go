package text

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"twokey/actions"
	"twokey/auth"
)

var crew = []auth.Person{{Name: "ann", Roles: []auth.Role{"admin"}}, {Name: "bob", Roles: []auth.Role{"admin", "auditor"}}, {Name: "dora"}}

func whoCards(w Words) map[string]Card {
	var runs []*actions.Request
	for i, s := range statuses {
		r := ask(restartAction(), s)
		r.ID = actions.ID(100 - i)
		runs = append(runs, end(r))
	}
	running := see(begun(ran(approve(ask(restartAction(), actions.Running), "bob"))))
	running.Request.ID = 16
	lockdown := Lockdown{Since: at(-4 * time.Hour), By: "ann", Reason: "double payments"}
	busy := WhoView{Live: []RequestView{see(crashed()), running, see(ask(stopAction(), actions.Pending))}, Runs: runs, People: crew, Now: noon,
		Locks: map[actions.Touch]actions.ID{actions.App: 9, "code": 77}, Lockdown: lockdown,
		Reviews: []ToReview{{ID: 8, What: "panic", Of: "ann", Waits: []auth.Name{"bob", "cid"}}}}
	hostile := WhoView{Now: noon, Lockdown: Lockdown{Since: noon, By: hostileText, Reason: hostileText + strings.Repeat("W", 9000)}, Locks: busy.Locks}
	views := []RequestView{hostileView(actions.Pending), hostileView(actions.Running), hostileView(actions.Succeeded)}
	for i := range 40 {
		hostile.Live = append(hostile.Live, views[i%len(views)])
		hostile.Runs = append(hostile.Runs, hostile.Live[i].Request)
		hostile.Reviews = append(hostile.Reviews, ToReview{ID: 8, What: hostileText, Of: hostileText, Waits: []auth.Name{hostileText}})
		hostile.People = append(hostile.People, auth.Person{Name: auth.Name(fmt.Sprint(hostileText, i)), Roles: []auth.Role{hostileText}})
	}
	status := StatusView{Service: actions.Service{Known: true}, Checked: noon, Head: 1290, HeadHash: "77ab03d1", Lockdown: lockdown, Reviews: 1,
		Reach: Reach{Can: 2, Of: 3}, Verified: Verified{At: at(-26 * time.Hour), By: "bob", Good: 7, Bad: 1}}
	well := StatusView{Service: actions.Service{Known: true, Up: true}, Checked: noon, Head: 1290, HeadHash: "77ab03d1",
		Reach: Reach{Can: 3, Of: 3}, Verified: Verified{At: at(-2 * time.Hour), By: "bob", Good: 8}}
	return map[string]Card{
		"who":             w.Who(busy),
		"who-quiet":       w.Who(WhoView{Runs: runs[:2], People: crew, Now: noon}),
		"who-review":      w.Who(WhoView{Reviews: busy.Reviews, People: crew, Now: noon}),
		"who-hostile":     w.Who(hostile),
		"status-lockdown": w.Status(status),
		"status-verified": w.Status(well),
	}
}

// FuzzWhoCard puts any text where people's names and words stand: no more lines than with a harmless one, no button.
func FuzzWhoCard(f *testing.F) {
	for _, s := range []string{hostileText, "/panic", "\n✅ approved", "see https://evil.example @bob"} {
		f.Add(s)
	}
	view := func(s string) WhoView {
		v := WhoView{Lockdown: Lockdown{Since: noon, By: auth.Name("a" + s), Reason: "b" + s}, Now: noon,
			Reviews: []ToReview{{ID: 8, What: "panic", Of: auth.Name("a" + s), Waits: []auth.Name{auth.Name("a" + s)}}},
			People:  []auth.Person{{Name: auth.Name("a" + s), Roles: []auth.Role{auth.Role("r" + s)}}}}
		for _, status := range statuses {
			v.Live = append(v.Live, textView(status, s))
			v.Runs = append(v.Runs, textView(status, s).Request)
		}
		return v
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := helsinki(t)
		got, plain := w.Who(view(s)), w.Who(view("x"))
		seen := check(t, got)
		if want := unescape(plain.HTML); strings.Count(seen, "\n") > strings.Count(want, "\n") || len(got.Rows) != len(plain.Rows) {
			t.Errorf("%q adds a line or a button:\n%s\nwant as many as\n%s", s, seen, want)
		}
		if m := tappable.FindString(unquoted(got.HTML)); m != "" {
			t.Errorf("%q: %q can be tapped in\n%s", s, m, got.HTML)
		}
	})
}
