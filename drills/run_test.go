package drills

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/auth"
	"twokey/internal/journal"
)

var script = []Step{{Key: "load", Title: "load it", Auto: true}, {Key: "prove", Title: "prove it", Auto: true, Proves: true}, {Key: "drop", Title: "drop it", Auto: true},
	{Key: "read", Title: "read the runbook", Ask: "is it right?"}, {Key: "night", Title: "think of the night", Ask: "who?", Optional: true}}

// started is a desk on which ann has started the drill of the quarter.
func started(t *testing.T, script []Step) (d *desk, id uint64) {
	d = openDesk(t)
	d.now = at("2027-01-05 10:00")
	d.due()
	d.accept("ann")
	id = d.only().ID
	d.must(func(now journal.Now) (journal.Draft, error) {
		return d.state.Start(now, id, "ann", Opening{Script: script})
	})
	return d, id
}

// finish ends a step after some minutes; its own begin is the program's for automatic ones.
func (d *desk) finish(id uint64, step, minutes int, outcome Outcome, why string, more ...func(*Found)) {
	d.t.Helper()
	who, x := auth.Name("ann"), d.exercise(id)
	if x.Script[step].Auto {
		who = ""
		d.must(func(journal.Now) (journal.Draft, error) { return d.state.BeginStep(id, step, "") })
	}
	d.now = d.now.Add(time.Duration(minutes) * time.Minute)
	found := Found{Why: why}
	for _, m := range more {
		m(&found)
	}
	d.must(func(journal.Now) (journal.Draft, error) { return d.state.FinishStep(id, step, who, outcome, found) })
}

func (d *desk) exercise(id uint64) *Exercise {
	d.t.Helper()
	x, ok := d.state.Get(id)
	if !ok {
		d.t.Fatalf("there is no exercise %d", id)
	}
	return x
}

func (d *desk) clean(id uint64) {
	d.must(func(journal.Now) (journal.Draft, error) { return d.state.Clean(id, "it is gone"), nil })
}

func TestVerdicts(t *testing.T) {
	type step struct {
		minutes int
		outcome Outcome
		why     string
	}
	good := step{5, StepDone, ""}
	cases := []struct {
		why      string
		steps    []step // of the script; automatic ones after one that failed are not done
		result   Result
		reason   string
		rto      time.Duration
		rtoKnown bool
	}{
		{"all is well", []step{good, good, good, good, good}, Pass, "", 10 * time.Minute, true},
		{"the runbook took an hour: what counts was proven long before", []step{good, good, good, {60, StepDone, ""}, good}, Pass, "", 10 * time.Minute, true},
		{"exactly the target", []step{{29, StepDone, ""}, {1, StepDone, ""}, good, good, good}, Pass, "", 30 * time.Minute, true},
		{"too late", []step{{29, StepDone, ""}, {2, StepDone, ""}, good, good, good}, Partial, "it took 31 min, 1 min more than the target", 31 * time.Minute, true},
		{"the runbook was not read", []step{good, good, good, {1, StepSkipped, "no time"}, good}, Partial, "read the runbook was left out: no time", 10 * time.Minute, true},
		{"the runbook is wrong", []step{good, good, good, {1, StepFailed, "step 3 is gone"}, good}, Fail, "read the runbook failed: step 3 is gone", 10 * time.Minute, true},
		{"what may be left out", []step{good, good, good, good, {1, StepSkipped, "no time"}}, Pass, "", 10 * time.Minute, true},
		{"what may fail", []step{good, good, good, good, {1, StepFailed, "nobody"}}, Pass, "", 10 * time.Minute, true},
		{"it cannot be loaded", []step{{1, StepFailed, "the backup is cut off"}, {}, {}, good, good}, Fail, "load it failed: the backup is cut off", 0, false},
		{"a fail is a fail, also when it is late", []step{{40, StepDone, ""}, {1, StepDone, ""}, {1, StepFailed, "it is still there"}, good, good}, Fail,
			"drop it failed: it is still there", 41 * time.Minute, true},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			d, id := started(t, script)
			for i, s := range c.steps {
				if s.outcome != "" {
					d.finish(id, i, s.minutes, s.outcome, s.why)
				}
			}
			if got := d.due(); len(got) != 0 {
				t.Errorf("it ends before what it made is gone: %q", got)
			}
			d.clean(id)
			d.wants("drills.Ended")
			x := d.exercise(id)
			if x.Status != Done || x.Result != c.result || x.Reason != c.reason || x.RTO != (Measured{c.rtoKnown, c.rto}) {
				t.Errorf("%s %s %q %+v", x.Status, x.Result, x.Reason, x.RTO)
			}
			d.wants()
		})
	}
}

func TestHowMuchIsLost(t *testing.T) {
	d, id := started(t, script)
	d.finish(id, 0, 1, StepDone, "")
	d.finish(id, 1, 1, StepDone, "", func(f *Found) { f.Newest = &Newest{At: at("2027-01-05 03:30"), Where: "orders.created_at"} })
	d.finish(id, 2, 1, StepDone, "")
	d.finish(id, 3, 1, StepDone, "")
	d.finish(id, 4, 1, StepDone, "")
	d.clean(id)
	x := d.exercise(id)
	for may, want := range map[time.Duration]Result{0: Pass, 6*time.Hour + 30*time.Minute: Pass, 6 * time.Hour: Partial} {
		if x.MayLose = may; x.Judge().Result != want {
			t.Errorf("%s may be lost: %+v", may, x.Judge())
		}
	}
	x.MayLose = 6 * time.Hour
	if got := x.Judge().Reason; got != "the newest row that came back was 6 h 30 min old, 30 min more than may be lost" {
		t.Errorf("%s", got)
	}
	x.MayLose = 0
	d.due()
	if x := d.exercise(id); x.RPO != (Measured{true, 6*time.Hour + 30*time.Minute}) {
		t.Errorf("%+v", x.RPO)
	}
}

// TestWhoseTurn: a person's step is its owner's, an automatic one the program's, and each has its turn.
func TestWhoseTurn(t *testing.T) {
	d, id := started(t, script)
	finish := func(step int, who auth.Name, outcome Outcome, why string) Reason {
		return d.decide(func(journal.Now) (journal.Draft, error) {
			return d.state.FinishStep(id, step, who, outcome, Found{Why: why})
		})
	}
	wants := func(why string, want, got Reason) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", why, got, want)
		}
	}
	wants("nobody does an automatic step", NotYourStep, finish(0, "ann", StepDone, ""))
	wants("not before its turn", OldStep, finish(3, "ann", StepDone, ""))
	wants("nor one there is not", OldStep, finish(9, "ann", StepDone, ""))
	d.finish(id, 0, 1, StepDone, "")
	d.finish(id, 1, 1, StepDone, "")
	d.finish(id, 2, 1, StepDone, "")
	wants("twice", OldStep, finish(2, "", StepDone, ""))
	wants("somebody else's", NotOwner, finish(3, "bob", StepDone, ""))
	wants("a failure has a reason", NoReason, finish(3, "ann", StepFailed, " "))
	wants("its owner's", "", finish(3, "ann", StepDone, ""))
	wants("a result is not said but found", BadResult, d.decide(func(journal.Now) (journal.Draft, error) { return d.state.End(id, "ann", Pass, "") }))
	wants("anybody aborts", "", d.decide(func(journal.Now) (journal.Draft, error) { return d.state.End(id, "bob", Aborted, "the boss calls") }))
	wants("not while something is left", StillDirty, d.decide(func(now journal.Now) (journal.Draft, error) {
		return d.state.Start(now, id, "ann", Opening{Script: script})
	}))
	d.clean(id)
	wants("then it begins anew", "", d.decide(func(now journal.Now) (journal.Draft, error) {
		return d.state.Start(now, id, "ann", Opening{Script: script})
	}))
	if x := d.exercise(id); x.Current() != 0 || len(x.Aborts) != 1 || x.Aborts[0].Reason != "the boss calls" {
		t.Errorf("%+v", x.Held)
	}
}

func TestOneAtATime(t *testing.T) {
	d, id := started(t, script)
	var other uint64
	d.must(func(now journal.Now) (journal.Draft, error) { return d.state.Want(now, d.world.Plans[0], "bob") })
	for _, x := range d.state.Pending() {
		if x.ID != id {
			other = x.ID
		}
	}
	got := d.decide(func(now journal.Now) (journal.Draft, error) {
		return d.state.Start(now, other, "bob", Opening{Script: script})
	})
	if got != OtherRuns {
		t.Errorf("got %q", got)
	}
	d.wants() // it needs no reminder: whoever wants it knows
	d.now = d.now.Add(48 * time.Hour)
	d.due()
	if x := d.exercise(other); x.Status != Lost {
		t.Errorf("nobody started it, and it is %s", x.Status)
	}
	// One that somebody wanted is not the one of the quarter.
	d.now = at("2027-03-23 10:00")
	if got := d.due(); len(got) == 0 || !strings.HasPrefix(got[len(got)-1], "database 04-06") {
		t.Errorf("%q", got)
	}
}

func TestFindingsAreFollowed(t *testing.T) {
	d, id := started(t, script)
	d.finish(id, 0, 1, StepFailed, "cut off", func(f *Found) { f.Findings = []string{"the newest backup is cut off"} })
	find := func(text string, due time.Time) Reason {
		return d.decide(func(now journal.Now) (journal.Draft, error) {
			return d.state.Find(now, FoundOut{Exercise: id, Text: text, Owner: "bob", Due: due, Person: "ann"})
		})
	}
	if find("the pager has no number", at("2027-01-10 00:00")) != "" || find(" ", at("2027-01-10 00:00")) != NoReason || find("x", at("2027-01-01 00:00")) != BadTime {
		t.Error("what can be found is another thing")
	}
	d.finish(id, 3, 1, StepDone, "")
	d.finish(id, 4, 1, StepDone, "")
	d.clean(id)
	d.due()
	sign := func(who auth.Name, n int) Reason {
		return d.decide(func(journal.Now) (journal.Draft, error) { return d.state.Sign(id, who, n) })
	}
	for _, c := range []struct {
		why  string
		got  Reason
		want Reason
	}{
		{"one's own", sign("ann", 2), OwnExercise}, {"not what is there", sign("bob", 1), OldStep}, {"a second person", sign("bob", 2), ""},
		{"twice", sign("cid", 2), AlreadySigned}, {"after that nothing is found any more", find("late", at("2027-01-10 00:00")), AlreadySigned},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.why, c.got, c.want)
		}
	}
	follow := func(n int, how string) Reason {
		return d.decide(func(journal.Now) (journal.Draft, error) {
			return d.state.Follow(Followed{Exercise: id, Finding: n, Person: "bob", How: how})
		})
	}
	d.now = at("2027-01-10 00:00")
	d.wants("drills.FollowUp")
	d.now = at("2027-01-16 23:00")
	d.wants()
	d.now = at("2027-01-17 00:00")
	d.wants("drills.FollowUp")
	if follow(2, "") != NoReason || follow(3, "x") != NoSuchFinding || follow(2, "a number was written on it") != "" || follow(2, "again") != NoSuchFinding {
		t.Error("what settles a finding is another thing")
	}
	d.now = at("2027-01-19 11:00") // two weeks after the program found the other one
	d.wants("drills.FollowUp")
	x := d.exercise(id)
	if diff := cmp.Diff([]int{1}, x.OpenFindings()); diff != "" || x.Findings[0].Owner != "ann" {
		t.Errorf("%s %+v", diff, x.Findings)
	}
}

func TestApproversAreReached(t *testing.T) {
	answers := []Step{{Key: AnswersKey, Title: "reach everybody", Proves: true, Ask: "tap"}}
	thin := func(reached []auth.Name) []string {
		if len(reached) < 2 {
			return []string{"those who were reached are too few for /restore"}
		}
		return nil
	}
	cases := []struct {
		why     string
		answer  []auth.Name
		away    auth.Name
		minutes int // when it is over
		result  Result
		reason  string
	}{
		{"all answer", []auth.Name{"ann", "bob", "cid"}, "", 3, Pass, ""},
		{"one is away", []auth.Name{"ann", "bob"}, "cid", 2, Pass, ""},
		{"one does not", []auth.Name{"ann", "bob"}, "", 30, Fail, "reach everybody failed: 2 of 3 were reached, no answer from cid"},
		{"only one does, and that is too thin", []auth.Name{"ann"}, "", 30, Fail,
			"reach everybody failed: 1 of 3 were reached, no answer from bob, cid; those who were reached are too few for /restore"},
		{"all who are there do, and that is too thin", []auth.Name{"ann"}, "both", 1, Fail, "reach everybody failed: 1 of 3 were reached; those who were reached are too few for /restore"},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			d := openDesk(t)
			d.world.Approvers, d.world.Thin = []auth.Name{"ann", "bob", "cid"}, thin
			for _, n := range d.world.Approvers {
				if n == c.away || c.away == "both" && n != "ann" {
					d.world.Away = append(d.world.Away, Absence{n, at("2027-01-01 00:00"), at("2027-02-01 00:00")})
				}
			}
			d.now = at("2027-01-05 10:00")
			d.due()
			id := d.only().ID
			d.must(func(now journal.Now) (journal.Draft, error) {
				return d.state.Start(now, id, "ann", Opening{Script: answers})
			})
			d.wants()
			for _, n := range c.answer {
				d.now = d.now.Add(time.Minute)
				d.must(func(journal.Now) (journal.Draft, error) { return d.state.Answer(id, n) })
			}
			over := at("2027-01-05 10:00").Add(time.Duration(c.minutes) * time.Minute)
			if c.minutes == 30 {
				d.now = over.Add(-time.Second)
				d.wants()
				d.now = over
			}
			d.wants("drills.StepFinished", "drills.Ended")
			if x := d.exercise(id); x.Result != c.result || x.Reason != c.reason || !x.Ended.Equal(over) {
				t.Errorf("%s %q at %s", x.Result, x.Reason, x.Ended)
			}
		})
	}
}

func TestTwoPeopleAgree(t *testing.T) {
	d := openDesk(t)
	d.now = at("2026-12-22 10:00")
	d.due()
	id := d.only().ID
	agree := func(a string) {
		d.must(func(journal.Now) (journal.Draft, error) {
			return journal.Draft{Kind: "step.finished", Actor: "twokey", Body: raw(`{"request": 7, "step": 0, "data": {"drill": ` + a + `}}`)}, nil
		})
	}
	agree(`{"do": "anyway", "exercise": 2, "person": "ann", "reason": "it is late", "people": 2, "red": ["backup"]}`)
	x := d.exercise(id)
	red := []Look{{Name: "backup", State: Red}}
	if !x.HasAnyway(d.now, red) || x.HasAnyway(d.now, append(red, Look{Name: "disk", State: Red})) || x.HasAnyway(d.now.Add(3*time.Hour), red) {
		t.Error("their word is about what they saw, for two hours")
	}
	agree(`{"do": "move", "exercise": 2, "to": "2027-04-02T10:00:00Z", "person": "bob", "reason": "the freeze", "people": 2}`)
	if x.At != at("2027-04-02 10:00") || !x.Moved[0].Outside || x.Moved[0].Agreed != 2 {
		t.Errorf("%+v", x)
	}
	agree(`{"do": "skip", "exercise": 2, "person": "bob", "reason": "the freeze", "people": 2}`)
	if x.Status != Off || x.Reason != "the freeze" {
		t.Errorf("%s %s", x.Status, x.Reason)
	}
	agree(`{"do": "move", "exercise": 2, "to": "2027-04-03T10:00:00Z", "person": "bob", "reason": "again", "people": 2}`)
	if len(x.Moved) != 1 {
		t.Error("what is over is moved")
	}
}

// raw is a body as it is stored.
type raw string

func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func TestStandings(t *testing.T) {
	d := openDesk(t)
	hold := func(day string, ok bool) {
		d.now = at(day + " 10:00")
		d.due()
		x := d.only()
		d.must(func(now journal.Now) (journal.Draft, error) { return d.state.Start(now, x.ID, "ann", Opening{}) })
		result, why := Pass, ""
		if !ok {
			result, why = Fail, "it is broken"
		}
		d.must(func(journal.Now) (journal.Draft, error) { return d.state.End(x.ID, "ann", result, why) })
	}
	says := func(why string, overdue bool, streak, unsigned int, last Result) {
		t.Helper()
		st := d.state.Standing("database", d.now)
		if st.Overdue.IsZero() == overdue || st.Streak != streak || len(st.Unsigned) != unsigned || (st.Last == nil) != (last == "") || st.Last != nil && st.Last.Result != last {
			t.Errorf("%s: %+v", why, st)
		}
	}
	says("nothing yet", false, 0, 0, "")
	hold("2027-01-05", true)
	hold("2027-04-06", true)
	says("two", false, 2, 2, Pass)
	hold("2027-07-06", false)
	says("a failure hides what was", false, 0, 3, Fail)
	d.now = at("2028-01-01 00:00")
	d.due()
	says("a quarter without", true, 0, 3, Fail)
	hold("2028-01-04", true)
	says("and it is well again", false, 1, 4, Pass)
}

// TestWhenItIsNext: what was held early, in its period, is not held again.
func TestWhenItIsNext(t *testing.T) {
	d := openDesk(t)
	says := func(want string) {
		t.Helper()
		if got := d.state.When(d.world.Plans[0], d.now); !got.Equal(at(want)) {
			t.Errorf("%s: %s, want %s", d.now, got, want)
		}
	}
	says("2027-01-05 10:00")
	d.now = at("2026-12-22 10:00")
	d.due()
	d.accept("ann")
	d.must(func(now journal.Now) (journal.Draft, error) {
		return d.state.Reschedule(now, d.only().ID, "ann", at("2027-01-02 10:00"), "the freeze", 1)
	})
	says("2027-01-02 10:00")
	d.now = at("2027-01-02 10:00")
	d.hold("ann")
	says("2027-04-06 10:00")
}
