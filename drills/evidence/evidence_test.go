package evidence_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"twokey/drills"
	"twokey/drills/evidence"
)

// TestEveryFieldAnAuditorAsksFor is in the JSON and in the Markdown, also when nothing is known of it.
func TestEveryFieldAnAuditorAsksFor(t *testing.T) {
	fields := []struct{ what, paths, words string }{
		{"id", "id", "# Drill 2"},
		{"type", "type", "| Type |"},
		{"scenario, objective and success criteria, fixed before the start", "scenario objective criteria",
			"fixed before it started;Scenario:;Objective:;Success:"},
		{"scope: service, environment, backup, commit, runbook with its hash", "service environment scope runbook.path runbook.sha256",
			"| Service |;Environment:;Scope:;Runbook:;sha256"},
		{"planned date", "planned.utc planned.local nominal.utc", "| Planned for |"},
		{"actual start and end, UTC and local", "started ended took", "| Started |;| Ended |;| Took |"},
		{"trigger", "trigger", "| Trigger |"},
		{"owner", "owner owners", "| Owner |"},
		{"participants with their roles", "participants", "## People"},
		{"approvers", "approvals", "Approval"},
		{"observer", "observers", "Observers:"},
		{"per step who, start, end, digest, evidence", "steps", "## Steps"},
		{"targets and what was measured", "targets.rto.words targets.rpo.words measured.rto.words measured.rpo.words", "| RTO |;| RPO |;target | measured"},
		{"their definitions", "definitions", "RTO measured: from the start;RPO measured: from the newest row"},
		{"checks of what was restored", "checks", "## Checks of what came back"},
		{"result and reason", "result reason headline", "| Result |;| Reason |"},
		{"deviations from the plan", "deviations", "## Deviations"},
		{"findings and what follows from them", "findings", "## Findings"},
		{"whether the runbook or plan changed, old and new hash", "runbook.changed runbook.before_sha256 catalogue_revision",
			"changed since the exercise before:;Catalogue and people:"},
		{"sign-off by a second person", "sign_off", "## Sign-off by a second person"},
		{"range of the journal and signed head", "journal.id journal.first journal.last journal.head.seq journal.head.hash journal.signed_head",
			"entries 2 to;igned head"},
		{"reschedules with their reasons", "reschedules", "## Reschedules"},
	}
	for name := range stories() {
		r := story(t, name).record()
		markdown := string(r.Markdown())
		text, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var parsed any
		if err := json.Unmarshal(text, &parsed); err != nil {
			t.Fatal(err)
		}
		for _, field := range fields {
			for _, path := range strings.Fields(field.paths) {
				if !has(parsed, path) {
					t.Errorf("%s: the JSON has no %s: %s", name, path, field.what)
				}
			}
			for _, words := range strings.Split(field.words, ";") {
				if !strings.Contains(markdown, words) {
					t.Errorf("%s: the Markdown does not say %q: %s", name, words, field.what)
				}
			}
		}
	}
}

// has says whether there is such a field.
func has(v any, path string) bool {
	for _, key := range strings.Split(path, ".") {
		m, is := v.(map[string]any)
		if !is {
			return false
		}
		var there bool
		if v, there = m[key]; !there {
			return false
		}
	}
	return true
}

// TestStepsAndFindingsHaveTheirFields, those of a list an auditor asks for, in a record that has all of them.
func TestStepsAndFindingsHaveTheirFields(t *testing.T) {
	r := story(t, "passed").record()
	s := r.Steps[1]
	if s.By == "" || s.Started == nil || s.Ended == nil || s.Output == "" || s.Took.Seconds == nil {
		t.Errorf("a step lacks something: %+v", s)
	}
	if last := r.Steps[len(r.Steps)-1]; len(last.Evidence) != 1 || r.Notes[2].Photo.SHA256 == "" {
		t.Errorf("the photo is not with its step: %+v", last)
	}
	for _, f := range r.Findings {
		if f.Owner == "" || f.Due == nil || f.State == "" || f.FoundBy == "" || f.Origin != "drill" ||
			(f.State == "settled") != (f.ClosedBy != "" && f.How != "" && f.ClosedAt != nil) {
			t.Errorf("a finding lacks something: %+v", f)
		}
	}
	if diff := cmp.Diff([]string{"bob", "dan"}, r.Observers); diff != "" {
		t.Errorf("observers (-want +got):\n%s", diff)
	}
}

// TestWhatIsNotKnownIsNotZero: a duration that was not measured has no number, in no form.
func TestWhatIsNotKnownIsNotZero(t *testing.T) {
	for _, name := range []string{"failed", "skipped", "missed", "aborted", "dropped", "planned"} {
		r := story(t, name).record()
		if r.Measured.RTO.Seconds != nil || r.Measured.RPO.Seconds != nil || r.Measured.RTO.Words != "not measured" {
			t.Errorf("%s: measured %+v", name, r.Measured)
		}
		if !strings.Contains(string(r.Markdown()), "| RTO | 30 min | not measured |") {
			t.Errorf("%s: the Markdown does not say that it was not measured", name)
		}
		if r.Performed != (name == "failed") {
			t.Errorf("%s: performed is %v", name, r.Performed)
		}
	}
}

// TestADrillIsNoIncident, whatever came of it, and whatever the exercise says of itself.
func TestADrillIsNoIncident(t *testing.T) {
	for name := range stories() {
		r := story(t, name).record()
		if r.Kind != "drill" || !strings.Contains(string(r.Markdown()), "A drill, not an incident") ||
			!strings.Contains(string(r.Page()), "A drill, not an incident") {
			t.Errorf("%s: it does not say that it is a drill", name)
		}
	}
}

// TestRoundTrip: the same exercise gives the same bytes, and what is read back is what was written.
func TestRoundTrip(t *testing.T) {
	for name := range stories() {
		d := story(t, name)
		r := d.record()
		text, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		back, err := evidence.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, back); diff != "" {
			t.Fatalf("%s (-written +read):\n%.2000s", name, diff)
		}
		again, err := d.record().JSON()
		if err != nil || !bytes.Equal(text, again) {
			t.Errorf("%s: two records of one exercise differ, %v", name, err)
		}
		for _, c := range string(text) {
			if c != '\n' && (!unicode.IsPrint(c) || unicode.Is(unicode.Cf, c)) {
				t.Errorf("%s: %U stands in it and cannot be seen", name, c)
			}
		}
	}
}

// TestTextsStayWhole in the JSON, whatever the rest shows of them.
func TestTextsStayWhole(t *testing.T) {
	r := story(t, "hostile").record()
	text, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	back, err := evidence.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	if back.Scenario != hostile || back.Notes[0].Text != hostile {
		t.Errorf("%.80q is not what was written", back.Scenario)
	}
	if long := len(r.Markdown()); long > 80<<10 {
		t.Errorf("the Markdown has %d bytes", long)
	}
	if !strings.Contains(string(r.Markdown()), "… and 23 more") {
		t.Error("a long list does not say how many more there are")
	}
}

// TestUnsignedSaysSo: without a key the record says so wherever somebody reads it.
func TestUnsignedSaysSo(t *testing.T) {
	d := story(t, "passed")
	a := d.about()
	a.PublicKey, a.SignedHead = "", ""
	r := evidence.Of(d.x(), a)
	if !strings.Contains(string(r.Markdown()), "is not signed") || !strings.Contains(string(r.Page()), "is not signed") {
		t.Error("it does not say that it is not signed")
	}
}

// skeleton is what of Markdown means something: per line, its begin and its cells, as a reader of Markdown sees them.
func skeleton(text []byte) (lines []string) {
	means := regexp.MustCompile(`\\.|` + "`[^`]*`" + `|[*_\[\]<>#|~&$]|` + "`" + `|^[-+=:>]|^\d+[.)](?: |$)|(?i)@|://|www\.`)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "    ") {
			lines = append(lines, "indented")
			continue
		}
		var of strings.Builder
		for strings.HasPrefix(line, "- ") { // what begins an item can begin something in it
			line = line[2:]
			of.WriteString("item ")
		}
		for _, m := range means.FindAllString(strings.TrimRight(line, "\n"), -1) {
			if m[0] != '\\' && (m[0] != '`' || len(m) == 1) { // what is escaped, and code, mean nothing
				of.WriteString(m)
			}
		}
		lines = append(lines, of.String())
	}
	return lines
}

// TestNothingSomebodyWroteMeansSomething: with hostile words the Markdown has the headings, lists, cells, links and tags that it has
// with harmless ones.
func TestNothingSomebodyWroteMeansSomething(t *testing.T) {
	r := story(t, "hostile").record()
	text, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	tame, err := evidence.Read(inPlaceOf(t, text, "harmless"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(skeleton(tame.Markdown()), skeleton(r.Markdown())); diff != "" {
		t.Errorf("(-harmless +hostile):\n%.3000s", diff)
	}
	for _, begin := range []string{"- x", "1. x", "12) x", "# x", "> x", "=== ", "---", "+ x", ": x",
		"    x", "| x |", "```", "***", "[x]: y", "www.x.y", "<b>", "&lt;", "a@b.c", "\\"} {
		r := tame
		r.Scenario, r.Headline, r.Deviations, r.Drill = begin, begin, []string{begin}, begin
		harmless := tame
		harmless.Scenario, harmless.Headline, harmless.Deviations, harmless.Drill = "x", "x", []string{"x"}, "x"
		if diff := cmp.Diff(skeleton(harmless.Markdown()), skeleton(r.Markdown())); diff != "" {
			t.Errorf("%q (-harmless +hostile):\n%s", begin, diff)
		}
	}
}

// TestWhatCannotBeSeenIsNotShown to people: neither what turns the direction of writing, nor what takes no space.
func TestWhatCannotBeSeenIsNotShown(t *testing.T) {
	r := story(t, "passed").record()
	r.Scenario = "a\u202eb\u200bc\u2066d\ufeffe\u00adf\u2800g\x1bh o\u0301\u0301\u0301\u0301\u0301"
	for _, text := range [][]byte{r.Markdown(), r.Page()} {
		if !bytes.Contains(text, []byte("abcdefg\ufffdh \u00f3\u0301\u0301")) {
			t.Errorf("it is not cleaned in\n%.900s", text)
		}
	}
	s := evidence.Standing{Type: r.Scenario, Proven: at("2027-01-05 12:00:00"), Now: at("2027-01-05 12:00:00")}
	if badge := evidence.Badge(s); !bytes.Contains(badge, []byte(">abcdefg\ufffdh")) {
		t.Errorf("it is not cleaned in\n%s", badge)
	}
}

// TestRunbookChanged is told by the exercise before.
func TestRunbookChanged(t *testing.T) {
	d := story(t, "passed")
	before := d.x().Clone()
	for _, tt := range []struct{ why, hash, want string }{
		{"the same", before.Runbook.SHA256, "no"},
		{"another", "00ff", "yes"},
	} {
		before.Runbook = &drills.Document{Path: "docs/restore.md", SHA256: tt.hash}
		a := d.about()
		a.Before = before
		if got := evidence.Of(d.x(), a).Runbook; got.Changed != tt.want || got.Before != tt.hash {
			t.Errorf("%s: %+v", tt.why, got)
		}
	}
}

// TestBefore finds the one of the same drill that was held last before.
func TestBefore(t *testing.T) {
	all := []*drills.Exercise{quarter(1, "database", drills.Done, drills.Pass, time.Minute), quarter(2, "database", drills.Done, drills.Fail, 0),
		quarter(2, "other", drills.Done, drills.Pass, time.Minute), quarter(3, "database", drills.Lost, "", 0), quarter(4, "database",
			drills.Done, drills.Pass, time.Minute)}
	back := slices.Clone(all)
	slices.Reverse(back)
	for i, want := range []uint64{0, 10, 0, 20, 20} {
		for _, of := range [][]*drills.Exercise{all, back} {
			var got uint64
			if x := evidence.Before(of, all[i]); x != nil {
				got = x.ID
			}
			if got != want {
				t.Errorf("before the %dth was %d, want %d", i, got, want)
			}
		}
	}
}
