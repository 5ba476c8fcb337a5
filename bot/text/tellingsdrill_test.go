package text

import (
	"strings"
	"testing"
	"time"

	"twokey/auth"
	"twokey/drills"
)

// practised is an entry of each kind about drills, with a text of somebody's wherever there is one.
func practised(s string) []Event {
	who := auth.Name("ann")
	return []Event{
		event(0, 1, drills.KindLoaded, "twokey", drills.AllLoaded{}),
		event(0, 2, drills.KindPlanned, "twokey", drills.Planned{Drill: drills.Name(s), At: noon.Add(300 * time.Hour), Owner: who}),
		event(0, 3, drills.KindReminded, "twokey", drills.Reminded{Exercise: 2}),
		event(0, 4, drills.KindAssigned, "twokey", drills.Assigned{Exercise: 2, Owner: "bob", Away: who}),
		event(0, 5, drills.KindEscalated, "twokey", drills.Escalated{Exercise: 2, Lack: drills.NotStarted}),
		event(0, 6, drills.KindAccepted, "ann", drills.Accepted{Exercise: 2, Person: who}),
		event(0, 7, drills.KindRescheduled, "ann", drills.Rescheduled{Exercise: 2, Person: who, To: noon, Reason: s}),
		event(0, 8, drills.KindStarted, "ann", drills.Started{Exercise: 2, Person: who}),
		event(0, 9, drills.KindStepStarted, "twokey", drills.StepStarted{Exercise: 2}),
		event(0, 10, drills.KindStepFinished, "twokey", drills.StepFinished{Exercise: 2, Outcome: drills.Outcome(s), Person: who, Found: drills.Found{Why: s}}),
		event(0, 11, drills.KindInterrupted, "twokey", drills.Interrupted{Exercise: 2}),
		event(0, 12, drills.KindCleaned, "twokey", drills.Cleaned{Exercise: 2, Proof: s}),
		event(0, 13, drills.KindNoted, "ann", drills.Noted{Exercise: 2, Person: who, Text: s}),
		event(0, 14, drills.KindNoted, "ann", drills.Noted{Exercise: 2, Person: who, Text: s, Photo: &drills.Photo{Name: s}}),
		event(0, 15, drills.KindFound, "ann", drills.FoundOut{Exercise: 2, Text: s, Owner: "bob"}),
		event(0, 16, drills.KindFollowed, "bob", drills.Followed{Exercise: 2, Finding: 1, Person: "bob", How: s}),
		event(0, 17, drills.KindFollowUp, "twokey", drills.FollowUp{Exercise: 2, Finding: 1}),
		event(0, 18, drills.KindAnswered, "bob", drills.Answered{Exercise: 2, Person: "bob"}),
		event(0, 19, drills.KindEnded, "ann", drills.Ended{Exercise: 2, Person: who, Result: drills.Result(s), Reason: s, RTO: drills.Measured{Known: true, Took: 271 * time.Second}}),
		event(0, 20, drills.KindSkipped, "ann", drills.Skipped{Exercise: 2, Person: who, Reason: s}),
		event(0, 21, drills.KindMissed, "twokey", drills.Missed{Drill: drills.Name(s)}),
		event(0, 22, drills.KindSigned, "bob", drills.Signed{Exercise: 2, Person: "bob"}),
		event(0, 23, drills.KindPosted, "twokey", drills.Posted{Exercise: 2}),
		event(0, 24, drills.KindClosed, "twokey", drills.CardClosed{Exercise: 2}),
		event(0, 25, drills.KindAway, "ann", drills.Away{Person: who, Until: noon.Add(100 * time.Hour)}),
		event(0, 26, drills.KindBack, "ann", drills.Back{Person: who}),
	}
}

// TestDrillsAreTold: each kind that the fold of drills reads has a sentence, which stays one line whatever somebody wrote.
func TestDrillsAreTold(t *testing.T) {
	state := drills.NewState()
	seen := map[string]bool{}
	for _, s := range []string{hostileText, "/panic", "\n✅ approved", "see https://evil.example @bob", "", "x"} {
		for _, e := range practised(s) {
			seen[e.Kind] = true
			if !Told(e.Kind) || state.New(e.Kind) == nil {
				t.Errorf("%s has no sentence, or is none of theirs", e.Kind)
			}
			line := string(helsinki(t).Event(e, restart12, noon))
			text, err := parse(line)
			if err != nil || text == "" || strings.Contains(text, "\n") || strings.Contains(text, e.Kind) {
				t.Errorf("%q as %s: %v in\n%s", s, e.Kind, err, line)
			}
			if m := tappable.FindString(unquoted(line)); m != "" {
				t.Errorf("%q: %q can be tapped in\n%s", s, m, line)
			}
		}
	}
	if len(seen) != len(drillTellings) {
		t.Errorf("%d kinds are told, and %d have a sentence", len(seen), len(drillTellings))
	}
}
