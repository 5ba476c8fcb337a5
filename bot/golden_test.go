package bot_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/actions"
	"twokey/bot"
	"twokey/internal/journal"
)

var release = flag.String("release", "", "write the golden journal of this release, such as v1")

// TestGoldenJournals folds a journal of every release: what was written once is read for ever, and means what it meant.
// Each is testdata/journals/RELEASE.jsonl, an export, beside RELEASE.txt, what its fold came to. They are never written
// again; a new one is made with -release.
func TestGoldenJournals(t *testing.T) {
	dir := filepath.Join("testdata", "journals")
	if *release != "" {
		writeGoldenJournal(t, filepath.Join(dir, *release))
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden journals: %v", err)
	}
	for _, f := range files {
		want, err := os.ReadFile(strings.TrimSuffix(f, ".jsonl") + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), foldFile(t, f)); diff != "" {
			t.Errorf("%s means something else now (-then +now):\n%s", f, diff)
		}
	}
}

func foldFile(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	store := journal.NewMemory()
	var head journal.Head
	for e, err := range journal.Import(f) {
		if err == nil {
			err = store.Append(t.Context(), head, e)
		}
		if err != nil {
			t.Fatal(err)
		}
		head = e.Head()
	}
	state, cards := actions.NewState(), bot.NewCards()
	if _, err := journal.Open(t.Context(), store, time.Now, state, cards); err != nil {
		t.Fatal(err)
	}
	return summary(state, cards)
}

// summary is what a fold came to, for a person to read in a diff.
func summary(state *actions.State, cards *bot.Cards) string {
	var b strings.Builder
	for _, p := range state.People.People() {
		fmt.Fprintf(&b, "person %s %v %v\n", p.Name, p.Accounts, p.Roles)
	}
	for r := range state.Newest() {
		fmt.Fprintf(&b, "request %d /%s by %s: %s, asked %s, approved by %v, %d of %d steps, entries %d to %d, card %d\n", r.ID, r.Action().Name, r.Asked.Person,
			r.Status, r.AskedAt.Format(time.RFC3339Nano), r.ApprovedBy, r.Done(), len(r.Steps), r.First, r.Last, cards.Message(r.ID, -100))
		if r.Cut != nil {
			fmt.Fprintf(&b, "  cut in step %d: %s, by %d, settled by %d\n", r.Cut.Step+1, r.Cut.Cause, r.Cut.By, r.Settled)
		}
		if r.Voided != nil {
			fmt.Fprintf(&b, "  void: %s, %s was %q is %q\n", r.Voided.Cause, r.Voided.Name, r.Voided.Was, r.Voided.Is)
		}
	}
	fmt.Fprintf(&b, "open cards %v\n", cards.Open())
	return b.String()
}

// writeGoldenJournal plays one of every kind of entry.
func writeGoldenJournal(t *testing.T, path string) {
	t.Helper()
	store, state, cards := journal.NewMemory(), actions.NewState(), bot.NewCards()
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	log, err := journal.Open(t.Context(), store, func() time.Time { now = now.Add(time.Second); return now }, state, cards)
	if err != nil {
		t.Fatal(err)
	}
	story(t, log, state, &now)
	f, err := os.Create(path + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := journal.Export(t.Context(), store, f); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".txt", []byte(summary(state, cards)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func story(t *testing.T, log *journal.Log, state *actions.State, now *time.Time) {
	put := func(d journal.Draft) journal.Entry {
		return decide(t, log, func(journal.Now) (journal.Draft, error) { return d, nil })
	}
	done := asked(t, log, state)
	put(journal.Draft{Kind: bot.KindCardPosted, Actor: "twokey", Body: bot.CardPosted{Request: done, Chat: -100, Message: 7}})
	planned(t, log, state, done)
	running(t, log, state, done)
	decide(t, log, func(journal.Now) (journal.Draft, error) {
		return state.Finish(done, 0, actions.Result{Tail: "ok"}), nil
	})
	put(journal.Draft{Kind: bot.KindCardClosed, Actor: "twokey", Body: bot.CardClosed{Request: done}})
	cancelled := asked(t, log, state)
	decide(t, log, func(journal.Now) (journal.Draft, error) { return state.Cancel(cancelled, "ann") })
	void := asked(t, log, state)
	planned(t, log, state, void)
	put(journal.Draft{Kind: actions.KindVoided, Actor: "twokey", Body: actions.Voided{Request: void, Cause: actions.VoidDrift, Name: "program", Was: "a", Is: "b"}})
	cut := asked(t, log, state)
	planned(t, log, state, cut)
	running(t, log, state, cut)
	put(journal.Draft{Kind: actions.KindHalted, Actor: "bob", Body: actions.Halted{Request: cut, Person: "bob"}})
	decide(t, log, func(journal.Now) (journal.Draft, error) {
		return state.Crashed(cut, 0, actions.Cut{Cause: actions.CutCrash, Ended: 1}, actions.Service{Known: true}), nil
	})
	put(journal.Draft{Kind: actions.KindLate, Actor: "ann", Body: actions.Late{Asked: actions.Asked{Action: actions.Action{Name: "stop", Effect: actions.Stop, Rule: rule}, Person: "ann"},
		Late: true, Started: *now, Finished: *now, Outcome: actions.Succeeded}})
	put(journal.Draft{Kind: bot.KindChatMigrated, Actor: "telegram", Body: bot.ChatMigrated{From: -1, To: -2}})
	expired := asked(t, log, state)
	*now = now.Add(time.Hour)
	decide(t, log, func(n journal.Now) (journal.Draft, error) { return state.Expire(n), nil })
	_ = expired
}
