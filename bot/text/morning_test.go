package text

import (
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/internal/journal"
)

// aNote is a signed head, as it is pinned.
const aNote = "twokey/3f09c1aa\n1290\nd6sDUdsphd8KIVP0pkOL21tyJ1tLq0Ko7xbPSyrPGoE=\n2026-11-24T06:00:00Z\n\n" +
	"— twokey MxAtjvrx3kq7m8Xw2hYc1o0p9uZt5sVb6nQe4rLgKfJdHaTyUiOlPzEwSxDcRfVtGbYhNjMkI8uJ7yH6tG5rF4eD3wS2\n"

func aFork() *actions.Fork {
	pin := func(who auth.Name, seq uint64) actions.Pin {
		return actions.Pin{Person: who, Seq: seq, Hash: journal.Hash{0x9f, 0x3c, 0x21, 0xab}, Signed: at(-20 * time.Hour)}
	}
	return &actions.Fork{ID: "c0ffee01", Seq: 1203, Pins: []actions.Pin{pin("bob", 1290), pin("ann", 1290), pin("cid", 1280)},
		Ours: journal.Head{Seq: 1202, Hash: journal.Hash{0x77, 0xab, 0x03, 0xd1}}}
}

func headCards(w Words) map[string]Card {
	morning := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	since := actions.Service{Known: true, Up: true, Since: morning.Add(-96 * time.Hour)}
	quiet := MorningView{Now: morning, Service: since, Head: 1290, Note: aNote}
	busy := MorningView{Now: morning, Service: actions.Service{Known: true, Since: morning.Add(-time.Hour)}, Head: 1290, Note: aNote, Reviews: 1, Lockdown: true,
		Yesterday: map[actions.Status]int{actions.Succeeded: 3, actions.Denied: 1, actions.Interrupted: 1, actions.Pending: 1},
		Live:      []*actions.Request{crashed(), ask(stopAction(), actions.Pending)}}
	forked := MorningView{Now: morning, Err: "pm2 did not answer within 5 s", Head: 1204, Fork: aFork()}
	one := quiet
	one.Yesterday = map[actions.Status]int{actions.Succeeded: 1}
	cutBy := func(c actions.Cut) Card {
		r := ran(approve(ask(restartAction(), actions.Interrupted), "bob"))
		if c.Begun {
			begun(r)
		}
		return w.Request(see(ended(cut(r, c, 0), time.Minute, actions.Service{})))
	}
	return map[string]Card{
		"morning-quiet":      w.Morning(quiet),
		"morning-one":        w.Morning(one),
		"morning-busy":       w.Morning(busy),
		"morning-forked":     w.Morning(forked),
		"pinned":             w.Pinned(aNote),
		"witness":            w.Head(aNote),
		"fork":               w.ForkFound(*aFork()),
		"status-forked":      w.Status(StatusView{Service: since, Checked: noon, Head: 1204, HeadHash: "c0ffee01", Fork: aFork()}),
		"status-strange":     w.Status(StatusView{Service: since, Checked: noon, Head: 1290, HeadHash: "77ab03d1", Strange: []auth.Name{"bob"}}),
		"void-fork":          w.Request(see(void(ask(stopAction(), actions.Void), actions.Voided{Cause: actions.VoidFork}))),
		"interrupted-fork":   cutBy(actions.Cut{Cause: actions.CutFork, Begun: true}),
		"interrupted-forked": cutBy(actions.Cut{Cause: actions.CutFork}),
		"refusal-forked":     w.Refusal(&actions.Refusal{Reason: actions.JournalForked, Action: "start", Who: []auth.Name{"bob"}}),
	}
}
