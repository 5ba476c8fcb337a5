package evidence_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"twokey/auth"
	"twokey/drills"
	"twokey/drills/calendar"
	"twokey/drills/evidence"
	"twokey/internal/heads"
	"twokey/internal/journal"
)

// desk is a journal with the fold over it, and people who hold exercises. So what the records are made of is what the program writes.
type desk struct {
	t     testing.TB
	log   *journal.Log
	state *drills.State
	now   time.Time
	world drills.World
	id    uint64
}

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		panic(err)
	}
	return t
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func plan(t testing.TB, name, typ, when string) drills.Plan {
	t.Helper()
	s, err := calendar.Parse(when, zone(t, "Europe/Helsinki"), calendar.NewHolidays(nil))
	if err != nil {
		t.Fatal(err)
	}
	return drills.Plan{Name: drills.Name(name), Type: typ, Schedule: s, Target: 30 * time.Minute,
		Remind: []time.Duration{3 * 24 * time.Hour}, Owners: []auth.Name{"ann", "bob", "cid"}}
}

// newDesk begins on 25 November 2026: the first quarterly drill is on Tuesday, 5 January 2027 at 10:00 in Helsinki.
func newDesk(t testing.TB, plans ...drills.Plan) *desk {
	t.Helper()
	d := &desk{t: t, state: drills.NewState(), now: at("2026-11-25 12:00:00")}
	d.world = drills.World{Plans: plans, Approvers: []auth.Name{"ann", "bob", "cid"}}
	var err error
	if d.log, err = journal.Open(t.Context(), journal.NewMemory(), func() time.Time { return d.now }, d.state); err != nil {
		t.Fatal(err)
	}
	d.do(func(journal.Now) (journal.Draft, error) { return d.state.Load(d.world), nil })
	return d
}

func (d *desk) do(decide func(now journal.Now) (journal.Draft, error)) journal.Entry {
	d.t.Helper()
	e, err := d.log.Update(d.t.Context(), "", decide)
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

// until lets time pass; what is due is decided.
func (d *desk) until(t time.Time) {
	d.t.Helper()
	for {
		next := d.state.Next(d.world)
		if next.IsZero() || next.After(t) {
			break
		}
		if next.After(d.now) {
			d.now = next
		}
		if e := d.do(func(now journal.Now) (journal.Draft, error) { return d.state.Due(now, d.world), nil }); e.Seq == 0 {
			d.t.Fatal("something is due, and nothing is decided")
		}
	}
	if t.After(d.now) {
		d.now = t
	}
}

func (d *desk) passes(span time.Duration) { d.t.Helper(); d.until(d.now.Add(span)) }

// x is the exercise that the desk is about: the one of pick, or else the newest.
func (d *desk) x() *drills.Exercise {
	d.t.Helper()
	all := d.state.All()
	if x, ok := d.state.Get(d.id); ok {
		return x
	}
	return all[len(all)-1]
}

func (d *desk) start(who auth.Name, o drills.Opening) {
	d.t.Helper()
	d.id = d.x().ID
	d.do(func(now journal.Now) (journal.Draft, error) { return d.state.Start(now, d.id, who, o) })
}

// step does the step whose turn it is: the program's, or who started it's.
func (d *desk) step(took time.Duration, outcome drills.Outcome, f drills.Found) {
	d.t.Helper()
	x := d.x()
	i := x.Current()
	who := x.By
	if x.Script[i].Auto {
		who = ""
	}
	d.do(func(journal.Now) (journal.Draft, error) { return d.state.BeginStep(x.ID, i, who) })
	d.now = d.now.Add(took)
	d.do(func(journal.Now) (journal.Draft, error) { return d.state.FinishStep(x.ID, i, who, outcome, f) })
}

func (d *desk) clean(proof string) {
	d.t.Helper()
	d.do(func(journal.Now) (journal.Draft, error) { return d.state.Clean(d.id, proof), nil })
}

func (d *desk) abort(who auth.Name, why string) {
	d.t.Helper()
	d.do(func(journal.Now) (journal.Draft, error) { return d.state.End(d.id, who, drills.Aborted, why) })
}

func (d *desk) note(n drills.Noted) {
	d.t.Helper()
	n.Exercise = d.id
	d.do(func(journal.Now) (journal.Draft, error) { return d.state.Note(n) })
}

func (d *desk) find(text string, owner, who auth.Name) {
	d.t.Helper()
	d.do(func(now journal.Now) (journal.Draft, error) {
		return d.state.Find(now, drills.FoundOut{Exercise: d.id, Text: text, Owner: owner, Due: now.AddDate(0, 0, 14), Person: who})
	})
}

func (d *desk) sign(who auth.Name) {
	d.t.Helper()
	d.do(func(journal.Now) (journal.Draft, error) { return d.state.Sign(d.id, who, len(d.x().Findings)) })
}

// agree is the end of a run in which two people decided something about an exercise, as package actions writes it.
func (d *desk) agree(a drills.Agreed) {
	d.t.Helper()
	body, err := json.Marshal(map[string]any{"request": 7, "data": map[string]any{"drill": a}})
	if err != nil {
		d.t.Fatal(err)
	}
	d.do(func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: "step.finished", Actor: "twokey", Body: json.RawMessage(body)}, nil
	})
}

func (d *desk) about() evidence.About {
	a := evidence.About{Service: "shop", Zone: zone(d.t, "Europe/Helsinki"), Version: "v1.2.3", Journal: "3f09c1aa", Seq: 1290, Hash: "77ac0351d9b2",
		SignedHead: "twokey/3f09c1aa\n1290\nd6sDUdsphd8KIVP0pkOL21tyJ1tLq0Ko7xbPSyrPGoE=\n2027-02-01T06:00:00Z\n\n— twokey MxAtjvrx\n",
		Made:       d.now, PublicKey: "twokey+1a2b3c4d+AQdGhlIGtleSBvZiB0aGUgdGVzdHM="}
	a.Before = evidence.Before(d.state.All(), d.x())
	return a
}

func (d *desk) record() evidence.Record { d.t.Helper(); return evidence.Of(d.x().Clone(), d.about()) }

// restoring is what a quarterly drill consists of.
func restoring() drills.Opening {
	return drills.Opening{
		Script: []drills.Step{
			{Key: "pick", Title: "take the newest backup", Auto: true},
			{Key: "verify", Title: "check its sum and unpack it", Auto: true},
			{Key: "load", Title: "load it into a scratch database", Auto: true, Within: 10 * time.Minute},
			{Key: "checks", Title: "look at what came back", Auto: true, Proves: true},
			{Key: "drop", Title: "remove the scratch database", Auto: true},
			{Key: "talk", Title: "say what was stale in the runbook", Ask: "Read it.", Optional: true},
		},
		Scenario: "The database is lost an hour before the market opens.", Objective: "Show that the newest backup comes back, whole and fresh.",
		Criteria: []string{"every table is there", "the newest row is younger than a day", "proven within 30 minutes"},
		Scope:    []drills.Fact{{Name: "service", Value: "shop"}, {Name: "commit", Value: "5e1f0c2"}},
		Looks: []drills.Look{{Name: "incident", State: drills.Green, Text: "no incident is open"}, {Name: "backup", State: drills.Told,
			Text: "the newest is 2 h old"}},
		Revision: "9f3c21ab",
		Runbook:  &drills.Document{Path: "docs/restore.md", SHA256: "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"},
	}
}

// restored goes through the automatic steps; load is how long the loading takes.
func (d *desk) restored(load time.Duration) {
	d.t.Helper()
	newest := d.x().Started.Add(-2 * time.Hour)
	d.step(2*time.Second, drills.StepDone, drills.Found{Line: "shop-2027-01-05.dump, 2 h old",
		Scope: []drills.Fact{{Name: "backup", Value: "shop-2027-01-05.dump"}}})
	d.step(9*time.Second, drills.StepDone, drills.Found{Line: "its sum is right, 214 MB",
		Output: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"})
	d.step(load, drills.StepDone, drills.Found{Line: "1 412 000 rows in 31 tables",
		Output: "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"})
	d.step(20*time.Second, drills.StepDone, drills.Found{Line: "as in the backup", Newest: &drills.Newest{At: newest, Where: "deposits.created_at"},
		Checks: []drills.Check{{Name: "rows", Value: "1 412 000 in 31 tables, as in the backup", State: drills.Green},
			{Name: "newest row", Value: "2 h old", State: drills.Green},
			{Name: "orphans", Value: "0", State: drills.Green}, {Name: "size", Value: "1.1 GB", State: drills.Told}}})
	d.step(3*time.Second, drills.StepDone, drills.Found{Line: "it is gone"})
}

func newKey(t testing.TB) heads.Key {
	t.Helper()
	file := filepath.Join(t.TempDir(), "journal.key")
	_, err := heads.NewKey(file)
	k, readErr := heads.ReadKey(file)
	if err := errors.Join(err, readErr); err != nil {
		t.Fatal(err)
	}
	return k
}
