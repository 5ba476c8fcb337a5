package text

import (
	"strings"
	"testing"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
)

// afterCards are the cards of panics, findings, reviews and unlocks, with the text in every place that comes from a
// person's typing or a program.
func afterCards(w Words, s string) map[string]Card {
	reason := "because " + s // who says nothing is asked, and the question is another line
	halt := step.Halt{Stopped: []step.Stopped{{Name: "a" + s, Took: time.Second}, {Name: s}}, Left: []string{"b" + s}, Forced: "c" + s}
	panicked := halted(pressed(actions.Succeeded), halt)
	panicked.Asked.Reason = reason
	panicked.Service.Note = s
	panicked.Notes = []actions.Noted{note("ann", actions.NoteAffected, "d"+s, 0), note("bob", actions.NoteOther, "e"+s, 0)}
	panicked.Reviews = []actions.Review{{Request: 12, Person: "bob", Text: s}}
	failed := broken(begun(pressed(actions.Failed)))
	failed.Asked.Reason, failed.Why, failed.Hint = reason, "f"+s, "g"+s
	failed = ended(failed, time.Second, up())
	found := looked([]step.Finding{
		{Name: "h" + s, State: step.Red, Value: "i" + s, Want: "j" + s, Why: "k" + s},
		{Name: "l" + s, State: step.Open, Ask: "m" + s},
		{Name: "n" + s, State: step.Told, Value: "o" + s, Rows: true},
	})
	found.Asked.Reason = reason
	events := Events{List: []Event{event(0, 12, actions.KindNoted, "p"+s, actions.Noted{Request: 12, Person: auth.Name("q" + s), Text: "r" + s})}}
	return map[string]Card{
		"panicked": w.Request(seePanic(panicked)),
		"failed":   w.Request(seePanic(failed)),
		"found":    w.Request(see(found)),
		"review":   w.ReviewSheet(seePanic(panicked), events),
		"incident": w.IncidentSheet(seePanic(panicked), events),
		"stale":    w.StalePanic(time.Hour, reason, at(30*time.Second)),
		"no rows":  w.NoRows("t"+s, &step.Failure{Sentence: "u" + s}),
		"locked":   w.Refusal(&actions.Refusal{Reason: actions.Locked, Who: []auth.Name{auth.Name("v" + s)}, Until: noon}),
	}
}

// FuzzAfterCards is FuzzRequestCard for them: the same buttons, no more lines, nothing to tap.
func FuzzAfterCards(f *testing.F) {
	for _, s := range []string{hostileText, "/panic", "\n✅ approved", "see https://evil.example @bob", strings.Repeat("W<&\" ", 900)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := helsinki(t)
		plain := afterCards(w, "x")
		for name, got := range afterCards(w, s) {
			seen := check(t, got)
			if want := unescape(plain[name].HTML); strings.Count(seen, "\n") > strings.Count(want, "\n") {
				t.Errorf("%s: %q adds a line:\n%s\nwant as many as\n%s", name, s, seen, want)
			}
			if a, b := buttonData(got), buttonData(plain[name]); a != b {
				t.Errorf("%s: %q changes the buttons: %s, want %s", name, s, a, b)
			}
			if m := tappable.FindString(unquoted(got.HTML)); m != "" {
				t.Errorf("%s: %q: %q can be tapped in\n%s", name, s, m, got.HTML)
			}
		}
	})
}

// buttonData is what a card's buttons do.
func buttonData(c Card) string {
	var all []string
	for _, row := range c.Rows {
		for _, b := range row {
			all = append(all, b.Data)
		}
	}
	return strings.Join(all, " ")
}
