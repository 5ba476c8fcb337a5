package evidence_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/auth"
	"twokey/drills"
	"twokey/drills/evidence"
)

// TestDeviations: where it did not go as planned, and nothing where it did.
func TestDeviations(t *testing.T) {
	red := []drills.Look{{Name: "disk", State: drills.Red}, {Name: "backup", State: drills.Told}}
	for _, tt := range []struct {
		why    string
		change func(x *drills.Exercise)
		want   string
	}{
		{"as planned", func(*drills.Exercise) {}, ""},
		{"a little late", func(x *drills.Exercise) { x.At = x.At.Add(-59 * time.Minute) }, ""},
		{"late", func(x *drills.Exercise) { x.At = x.At.Add(-26 * time.Hour) }, "it started 1 d 2 h after its time"},
		{"early", func(x *drills.Exercise) { x.At = x.At.Add(2 * time.Hour) }, "it started 2 h before its time"},
		{"in another period", func(x *drills.Exercise) { x.Period.Until = x.Period.From.Add(time.Hour) }, "it was held out of its period, 2027-Q1"},
		{"by somebody else", func(x *drills.Exercise) { x.By = "zoe" }, "zoe held it, who is not one of its owners"},
		{"red, and nobody agreed", func(x *drills.Exercise) { x.Looks = red },
			"it started although not all was well, and nobody's agreement to that is on record: disk"},
		{"red, and two agreed", func(x *drills.Exercise) {
			x.Looks, x.Anyway = red, &drills.Anyway{At: x.Started.Add(-time.Hour), Agreed: drills.Agreed{People: 2, Red: []string{"disk"}}}
		}, "it started although not all was well, as 2 people had agreed: disk"},
		{"red, and two agreed to something else", func(x *drills.Exercise) {
			x.Looks, x.Anyway = red, &drills.Anyway{At: x.Started.Add(-time.Hour), Agreed: drills.Agreed{People: 2, Red: []string{"backup"}}}
		}, "it started although not all was well, and nobody's agreement to that is on record: disk"},
		{"red, and two agreed a day before", func(x *drills.Exercise) {
			x.Looks, x.Anyway = red, &drills.Anyway{At: x.Started.Add(-24 * time.Hour), Agreed: drills.Agreed{People: 2, Red: []string{"disk"}}}
		}, "it started although not all was well, and nobody's agreement to that is on record: disk"},
		{"a step too long", func(x *drills.Exercise) { x.Script[0].Within = time.Minute }, "step 1, load, took 4 min, 3 min more than it may"},
		{"a step in time", func(x *drills.Exercise) { x.Script[0].Within = 4 * time.Minute }, ""},
		{"a step left out", func(x *drills.Exercise) {
			x.Steps[0].Outcome, x.Steps[0].Found.Why = drills.StepSkipped, "no time"
		}, "step 1, load, was left out: no time"},
		{"an optional step that failed", func(x *drills.Exercise) { x.Script[0].Optional, x.Steps[0].Outcome = true, drills.StepFailed },
			"step 1, load, failed: nobody said why"},
		{"the program ended", func(x *drills.Exercise) { x.Crashes = 2 }, "the program ended 2 times meanwhile, and the automatic steps began anew"},
		{"a try before", func(x *drills.Exercise) { x.Aborts = []drills.Abort{{By: "cid", Reason: "an incident"}} },
			"a try was aborted by cid: an incident"},
	} {
		x := quarter(1, "database", drills.Done, drills.Pass, 4*time.Minute)
		x.By, x.Owners, x.Script[0].Title = "ann", []auth.Name{"ann", "bob"}, "load"
		tt.change(x)
		r := evidence.Of(x, evidence.About{})
		if diff := cmp.Diff(tt.want, strings.Join(r.Deviations, "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.why, diff)
		}
		if used := strings.Contains(string(r.Markdown()), "Started although not all was well:"); used != strings.Contains(tt.want, "had agreed") {
			t.Errorf("%s: the Markdown says that people agreed: %v", tt.why, used)
		}
	}
}

// TestNotPerformedSaysWhy, also when a try was aborted before.
func TestNotPerformedSaysWhy(t *testing.T) {
	for _, tt := range []struct {
		status     drills.Status
		tried      bool
		reason, by string
		result     drills.Result
	}{
		{drills.Lost, false, "nobody held it in its time", "", evidence.NotPerformed},
		{drills.Lost, true, "nobody held it again after it was aborted: an incident", "", evidence.NotPerformed},
		{drills.Dropped, true, "its drill was taken out of the config", "", evidence.NotPerformed},
		{drills.Taken, true, "an incident", "cid", drills.Aborted},
		{drills.Taken, false, "its time is to come", "", evidence.ToCome},
	} {
		x := quarter(1, "database", tt.status, "", 0)
		if tt.tried {
			x.Result, x.Reason, x.Started, x.By = drills.Aborted, "an incident", x.At, "ann"
			x.Aborts = []drills.Abort{{At: x.At.Add(time.Minute), By: "cid", Reason: "an incident"}}
		}
		r := evidence.Of(x, evidence.About{})
		if r.Reason != tt.reason || r.By != tt.by || r.Result != tt.result || r.Performed {
			t.Errorf("%s, tried %v: %q by %q, %q", tt.status, tt.tried, r.Reason, r.By, r.Result)
		}
		if tt.tried && (r.Took.Words != "1 min" || r.Ended == nil) {
			t.Errorf("%s: the try took %s", tt.status, r.Took.Words)
		}
	}
}
