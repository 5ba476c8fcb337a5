package drills

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/internal/journal"
)

var release = flag.String("release", "", "write the golden journal of this release, such as v1")

// TestGoldenJournals folds what was written of drills by every release: it is read for ever, and means what it meant. A file is
// never written again; a new one is made with -release.
func TestGoldenJournals(t *testing.T) {
	if *release != "" {
		writeGolden(t, filepath.Join("testdata", *release))
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden journals: %v", err)
	}
	for _, f := range files {
		want, err := os.ReadFile(strings.TrimSuffix(f, ".jsonl") + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), summary(foldGolden(t, f))); diff != "" {
			t.Errorf("%s means something else now (-then +now):\n%s", f, diff)
		}
	}
}

func foldGolden(t *testing.T, path string) *State {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	store, head := journal.NewMemory(), journal.Head{}
	for e, err := range journal.Import(f) {
		if err == nil {
			err = store.Append(t.Context(), head, e)
		}
		if err != nil {
			t.Fatal(err)
		}
		head = e.Head()
	}
	state := NewState()
	if _, err := journal.Open(t.Context(), store, time.Now, state); err != nil {
		t.Fatal(err)
	}
	return state
}

// summary is what a fold came to, for a person to read in a diff.
func summary(s *State) string {
	var b strings.Builder
	for _, x := range s.All() {
		fmt.Fprintf(&b, "#%d %s (%s) %s, at %s, %s: %s %q\n", x.ID, x.Drill, x.Type, x.Period.Name, x.At.Format(time.RFC3339), x.Owner, x.Status, x.Result)
		fmt.Fprintf(&b, "  by %s, why %q, moved %d, aborts %d, crashes %d, cards %v, entries to %d\n", x.By, x.Reason, len(x.Moved), len(x.Aborts), x.Crashes, x.Cards, x.Last)
		for i, p := range x.Steps {
			fmt.Fprintf(&b, "  step %s: %s %s, %d checks, newest %v\n", x.Script[i].Key, p.Outcome, p.Found.Why, len(p.Found.Checks), p.Found.Newest != nil)
		}
		fmt.Fprintf(&b, "  rto %v, rpo %v, %d notes, %d findings, open %v, signed %q, answers %d, dirty %v %q\n", x.RTO, x.RPO, len(x.Notes), len(x.Findings), x.OpenFindings(),
			x.SignedBy, len(x.Answers), x.Dirty, x.Proof)
	}
	return b.String()
}

// writeGolden plays an entry of every kind.
func writeGolden(t *testing.T, path string) {
	t.Helper()
	d := openDesk(t)
	d.now = at("2026-12-22 10:00")
	d.due()
	d.leave("ann", at("2027-01-08 00:00"))
	d.due()
	d.must(func(journal.Now) (journal.Draft, error) { return d.state.Return("ann"), nil })
	d.now = at("2027-01-04 10:00")
	d.due()
	d.accept("ann")
	id := d.only().ID
	d.must(func(now journal.Now) (journal.Draft, error) {
		return d.state.Reschedule(now, id, "ann", at("2027-01-06 10:00"), "the freeze", 1)
	})
	d.now = at("2027-01-06 10:00")
	d.due()
	all := append(script[:4:4], Step{Key: AnswersKey, Title: "reach everybody"})
	d.must(func(now journal.Now) (journal.Draft, error) {
		return d.state.Start(now, id, "ann", Opening{Script: all, Looks: []Look{{Name: "disk", State: Green, Text: "12 GB"}}, Runbook: &Document{Path: "x", SHA256: "y"}})
	})
	d.must(func(journal.Now) (journal.Draft, error) { return d.state.BeginStep(id, 0, "") })
	d.must(func(journal.Now) (journal.Draft, error) { return d.state.Interrupt(id) })
	d.finish(id, 0, 1, StepDone, "", func(f *Found) { f.Findings = []string{"somebody has to look"} })
	d.finish(id, 1, 1, StepDone, "", func(f *Found) {
		f.Newest, f.Checks = &Newest{At: at("2027-01-06 09:00"), Where: "orders"}, []Check{{"rows", "7", Green, ""}}
	})
	d.finish(id, 2, 1, StepDone, "")
	d.clean(id)
	d.must(func(journal.Now) (journal.Draft, error) {
		return d.state.Note(Noted{Exercise: id, Person: "bob", Text: "slow"})
	})
	d.finish(id, 3, 1, StepSkipped, "no time")
	d.must(func(journal.Now) (journal.Draft, error) { return d.state.Answer(id, "bob") })
	d.now = d.now.Add(time.Hour)
	d.due()
	d.must(func(now journal.Now) (journal.Draft, error) {
		return d.state.Find(now, FoundOut{Exercise: id, Text: "a number is missing", Owner: "bob", Due: d.now.Add(time.Hour), Person: "ann"})
	})
	d.must(func(journal.Now) (journal.Draft, error) { return d.state.Sign(id, "bob", 2) })
	d.now = d.now.Add(2 * time.Hour)
	d.due()
	d.must(func(journal.Now) (journal.Draft, error) {
		return d.state.Follow(Followed{Exercise: id, Finding: 2, Person: "bob", How: "written"})
	})
	for _, body := range []any{Posted{Exercise: id, Chat: -100, Message: 7}, CardClosed{Exercise: id}} {
		kind := KindPosted
		if _, closed := body.(CardClosed); closed {
			kind = KindClosed
		}
		d.must(func(journal.Now) (journal.Draft, error) {
			return journal.Draft{Kind: kind, Actor: "twokey", Body: body}, nil
		})
	}
	d.now = at("2027-03-24 10:00")
	d.due()
	d.must(func(now journal.Now) (journal.Draft, error) {
		return d.state.Skip(now, d.only().ID, "cid", "the move", 2)
	})
	d.now = at("2027-10-02 10:00")
	d.due()
	exportGolden(t, d, path)
}

func exportGolden(t *testing.T, d *desk, path string) {
	t.Helper()
	f, err := os.Create(path + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := journal.Export(t.Context(), d.store, f); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".txt", []byte(summary(d.state)), 0o644); err != nil {
		t.Fatal(err)
	}
}
