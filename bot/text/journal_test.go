package text

import (
	"slices"
	"strings"
	"testing"
	"time"

	"twokey/actions"
	"twokey/auth"
)

// event is an entry with a body, some minutes after noon.
func event(minute int, seq uint64, kind, actor string, b any) Event {
	return Event{Seq: seq, Kind: kind, Actor: actor, Time: at(time.Duration(minute) * time.Minute), Body: body(b)}
}

func restart12(id actions.ID) (*actions.Request, bool) {
	return ask(restartAction(), actions.Running), id == 12
}

// told is one entry of every kind, and of every way to end, in the words of text.
func told(s string) []Event {
	asked := ask(restartAction(), actions.Pending).Asked
	asked.Reason = s
	stopped := ask(stopAction(), actions.Succeeded).Asked
	down := actions.Service{Known: true}
	return []Event{
		event(0, 1, actions.KindPolicy, "twokey", actions.PolicyLoaded{Revision: planHash, People: []auth.Person{{Name: "ann"}, {Name: "bob"}}, Voids: []actions.ID{9, 12}}),
		event(0, 12, actions.KindAsked, "ann", asked),
		event(0, 13, actions.KindPlanned, "twokey", actions.Planned{Request: 12, Outcome: actions.Pending}),
		event(0, 14, actions.KindPlanned, "twokey", actions.Planned{Request: 12, Outcome: actions.Approved}),
		event(0, 15, actions.KindPlanned, "twokey", actions.Planned{Request: 12, Outcome: actions.Refused, Why: s}),
		event(1, 16, actions.KindVoted, "bob", actions.Voted{Request: 12, Person: "bob", Approve: true}),
		event(1, 17, actions.KindVoted, "cid", actions.Voted{Request: 12, Person: "cid", Approve: true, Outcome: actions.Approved}),
		event(1, 18, actions.KindVoted, "cid", actions.Voted{Request: 99, Person: "cid", Outcome: actions.Denied}),
		event(1, 19, actions.KindCancelled, "ann", actions.TakenBack{Request: 12, Person: "ann"}),
		event(2, 20, actions.KindVoided, "twokey", actions.Voided{Request: 12, Cause: actions.VoidDrift, Name: s}),
		event(2, 21, actions.KindVoided, "twokey", actions.Voided{Request: 12, Cause: actions.VoidStopped, By: 15}),
		event(2, 22, actions.KindVoided, "twokey", actions.Voided{Request: 12, Cause: actions.VoidPolicy}),
		event(2, 23, actions.KindVoided, "twokey", actions.Voided{Request: 12, Cause: actions.VoidVotes}),
		event(3, 24, actions.KindStepStarted, "twokey", actions.StepStarted{Request: 12}),
		event(3, 25, actions.KindStepStarted, "twokey", actions.StepStarted{Request: 99, Step: 3}),
		event(3, 26, actions.KindStepDone, "twokey", actions.StepFinished{Request: 12}),
		event(3, 27, actions.KindStepDone, "twokey", actions.StepFinished{Request: 12, Step: 1, Outcome: actions.Succeeded, Service: actions.Service{Known: true, Up: true}}),
		event(3, 28, actions.KindStepDone, "twokey", actions.StepFinished{Request: 12, Step: 1, Outcome: actions.Failed, Error: s, Service: down}),
		event(3, 29, actions.KindStepDone, "twokey", actions.StepFinished{Request: 12, Step: 1, Outcome: actions.Interrupted, Service: down}),
		event(4, 30, actions.KindInterrupted, "twokey", actions.Interruption{Request: 12, Step: 1, Cut: actions.Cut{Cause: actions.CutCrash, Begun: true}}),
		event(4, 31, actions.KindInterrupted, "twokey", actions.Interruption{Request: 12, Step: 1, Cut: actions.Cut{Cause: actions.CutHold, By: 15}}),
		event(4, 32, actions.KindInterrupted, "twokey", actions.Interruption{Request: 12, Step: 1, Cut: actions.Cut{Cause: actions.CutShutdown}}),
		event(4, 33, actions.KindInterrupted, "twokey", actions.Interruption{Request: 12, Step: 1, Cut: actions.Cut{Cause: actions.CutHalted, Who: "cid"}}),
		event(4, 34, actions.KindInterrupted, "twokey", actions.Interruption{Request: 12, Step: 1, Cut: actions.Cut{Cause: actions.CutAway}}),
		event(5, 35, actions.KindHalted, "cid", actions.Halted{Request: 12, Person: "cid"}),
		event(5, 36, actions.KindLate, "cid", actions.Late{Asked: stopped, Outcome: actions.Failed, Error: s}),
		event(5, 37, actions.KindClock, "twokey", actions.ClockPassed{Expired: []actions.ID{12}, Due: []actions.ID{13, 14}}),
		event(5, 38, actions.KindDropped, "twokey", actions.Dropped{Request: 12}),
		event(5, 39, actions.KindDropped, "twokey", actions.Dropped{Request: 12, Error: s}),
		event(6, 40, "card.posted", "twokey", map[string]any{"request": 12, "chat": -100, "message": 5}),
		event(6, 41, "card.posted", "twokey", map[string]any{"request": 12, "chat": -100}),
		event(6, 42, "card.closed", "twokey", map[string]any{"request": 12}),
		event(6, 43, "chat.migrated", "telegram", map[string]any{"from": -5, "to": -100}),
		event(7, 44, "something.new", "bob", map[string]any{"request": 12, "text": s}),
		event(7, 45, s, s, map[string]any{"text": s}),
		{Seq: 46, Kind: actions.KindAsked, Actor: "ann", Time: at(-48 * time.Hour), Body: []byte("not what it should be")},
	}
}

func journalCards(w Words) map[string]Card {
	events := told("orders hang")
	slices.Reverse(events)
	hostile := told(hostileText + strings.Repeat(`"&<W`, 300))
	return map[string]Card{
		"journal":         w.Journal(JournalView{Events: events[:18], Find: restart12, Now: noon}),
		"journal-all":     w.Journal(JournalView{Events: events[18:], All: true, Find: restart12, Now: noon}),
		"journal-none":    w.Journal(JournalView{Now: noon}),
		"journal-hostile": w.Journal(JournalView{Events: slices.Concat(hostile, hostile), All: true, Find: restart12, Now: noon}),
		"journal-how":     w.JournalHow(50),
		"journal-unread":  w.JournalUnread(),
	}
}

// TestEveryKindIsTold: what this program's packages write has a sentence of its own.
func TestEveryKindIsTold(t *testing.T) {
	for _, kind := range []string{actions.KindPolicy, actions.KindAsked, actions.KindPlanned, actions.KindVoted, actions.KindCancelled,
		actions.KindVoided, actions.KindStepStarted, actions.KindStepDone, actions.KindInterrupted, actions.KindHalted, actions.KindLate,
		actions.KindClock, actions.KindDropped} {
		if !Told(kind) {
			t.Errorf("an entry of kind %s has no sentence", kind)
		}
	}
}

// FuzzEvents puts any text where a person, a program or another version of ours could write some: each entry stays one
// line, and nothing in it can be tapped.
func FuzzEvents(f *testing.F) {
	for _, s := range []string{hostileText, "/panic", "\n✅ approved", "see https://evil.example @bob", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := helsinki(t)
		for _, e := range told(s) {
			line := string(w.Event(e, restart12, noon))
			seen, err := parse(line)
			if err != nil || strings.Contains(seen, "\n") || len(seen) > 800 {
				t.Errorf("%q as %s: %v in\n%s", s, e.Kind, err, line)
			}
			if m := tappable.FindString(unquoted(line)); m != "" {
				t.Errorf("%q: %q can be tapped in\n%s", s, m, line)
			}
		}
	})
}

// FuzzBodies reads whatever another version, or a forger, put into an entry.
func FuzzBodies(f *testing.F) {
	for _, e := range told("x") {
		f.Add(e.Kind, e.Body)
	}
	f.Add(actions.KindStepStarted, []byte(`{"request":12,"step":-1}`))
	f.Add(actions.KindPolicy, []byte(`{"revision":"äöü"}`))
	f.Fuzz(func(t *testing.T, kind string, raw []byte) {
		line := string(helsinki(t).Event(Event{Kind: kind, Time: noon, Body: raw}, restart12, noon))
		if seen, err := parse(line); err != nil || strings.Contains(seen, "\n") {
			t.Errorf("%s %q: %v in\n%s", kind, raw, err, line)
		}
	})
}
