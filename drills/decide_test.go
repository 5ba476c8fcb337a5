package drills

import (
	"testing"
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

func TestWhoMayMoveIt(t *testing.T) {
	cases := []struct {
		why    string
		who    auth.Name
		to     string
		reason string
		agreed int
		want   Reason
	}{
		{"its owner, within the quarter", "ann", "2027-01-06 10:00", "the freeze", 1, ""},
		{"on its last day", "ann", "2027-03-31 23:59", "the freeze", 1, ""},
		{"not without a reason", "ann", "2027-01-06 10:00", " ", 1, NoReason},
		{"not without a reason either", "ann", "2027-04-06 10:00", "", 2, NoReason},
		{"somebody else", "bob", "2027-01-06 10:00", "the freeze", 1, NeedsTwo},
		{"two", "bob", "2027-01-06 10:00", "the freeze", 2, ""},
		{"its owner, into the next quarter", "ann", "2027-04-01 00:00", "the freeze", 1, NeedsTwo},
		{"two, into the next quarter", "ann", "2027-04-01 00:00", "the freeze", 2, ""},
		{"its owner, before the quarter", "ann", "2026-12-30 10:00", "the freeze", 1, NeedsTwo},
		{"two, before the quarter", "ann", "2026-12-30 10:00", "the freeze", 2, ""},
		{"nobody counted", "bob", "2027-01-06 10:00", "the freeze", 0, NeedsTwo},
		{"not into the past", "ann", "2026-12-22 10:00", "the freeze", 2, BadTime},
		{"not beyond the next quarter", "ann", "2027-07-01 00:00", "the freeze", 2, BadTime},
		{"nor to where it is", "ann", "2027-01-05 10:00", "the freeze", 2, BadTime},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			d := openDesk(t)
			d.now = at("2026-12-22 10:00")
			d.due()
			id := d.only().ID
			got := d.decide(func(now journal.Now) (journal.Draft, error) {
				return d.state.Reschedule(now, id, c.who, at(c.to), c.reason, c.agreed)
			})
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if x := d.only(); (x.At == at(c.to)) != (c.want == "" || c.to == "2027-01-05 10:00") {
				t.Errorf("it is at %s", x.At)
			}
		})
	}
}

func TestTheSecondMoveTakesTwo(t *testing.T) {
	d := openDesk(t)
	d.now = at("2026-12-22 10:00")
	d.due()
	move := func(to string, agreed int) Reason {
		return d.decide(func(now journal.Now) (journal.Draft, error) {
			return d.state.Reschedule(now, d.only().ID, "ann", at(to), "the freeze", agreed)
		})
	}
	for _, c := range []struct {
		to     string
		agreed int
		want   Reason
	}{{"2027-01-06 10:00", 1, ""}, {"2027-01-07 10:00", 1, NeedsTwo}, {"2027-01-07 10:00", 2, ""}} {
		if got := move(c.to, c.agreed); got != c.want {
			t.Errorf("to %s by %d: %q, want %q", c.to, c.agreed, got, c.want)
		}
	}
	if x := d.only(); len(x.Moved) != 2 || x.Moved[1].From != at("2027-01-06 10:00") || x.Moved[1].Outside {
		t.Errorf("%+v", x.Moved)
	}
}

// TestMovedOutOfItsPeriod: it can be held until a week after, and is late from the end of its period on.
func TestMovedOutOfItsPeriod(t *testing.T) {
	d := openDesk(t)
	d.now = at("2027-01-05 08:00")
	d.due()
	d.must(func(now journal.Now) (journal.Draft, error) {
		return d.state.Reschedule(now, d.only().ID, "ann", at("2027-04-02 10:00"), "the freeze", 2)
	})
	if x := d.only(); x.Deadline() != at("2027-04-09 10:00") || !x.Overdue(at("2027-04-01 00:00")) || x.Overdue(at("2027-03-31 23:59")) {
		t.Errorf("until %s", x.Deadline())
	}
}

func TestSkip(t *testing.T) {
	for _, c := range []struct {
		reason string
		agreed int
		want   Reason
	}{{"the move", 1, NeedsTwo}, {"the move", 0, NeedsTwo}, {"", 2, NoReason}, {"the move", 2, ""}} {
		d := openDesk(t)
		d.now = at("2026-12-22 10:00")
		d.due()
		id := d.only().ID
		got := d.decide(func(now journal.Now) (journal.Draft, error) { return d.state.Skip(now, id, "ann", c.reason, c.agreed) })
		if got != c.want {
			t.Errorf("%q by %d: %q, want %q", c.reason, c.agreed, got, c.want)
		}
		if got != "" {
			continue
		}
		d.now = at("2027-02-05 10:00")
		d.wants()
		if no := d.decide(func(now journal.Now) (journal.Draft, error) { return d.state.Accept(now, id, "bob") }); no != AlreadyOver {
			t.Errorf("what was skipped is accepted: %q", no)
		}
	}
}

func TestRefusals(t *testing.T) {
	d := openDesk(t)
	d.now = at("2026-12-22 10:00")
	d.due()
	id := d.only().ID
	wants := func(want Reason, decision func(now journal.Now) (journal.Draft, error)) {
		t.Helper()
		if got := d.decide(decision); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	start := func(who auth.Name) func(journal.Now) (journal.Draft, error) {
		return func(now journal.Now) (journal.Draft, error) { return d.state.Start(now, id, who, Opening{}) }
	}
	end := func(who auth.Name, r Result, why string) func(journal.Now) (journal.Draft, error) {
		return func(journal.Now) (journal.Draft, error) { return d.state.End(id, who, r, why) }
	}
	wants(NoSuchExercise, func(now journal.Now) (journal.Draft, error) { return d.state.Accept(now, 99, "ann") })
	wants(NoSuchExercise, func(journal.Now) (journal.Draft, error) { return d.state.End(99, "ann", Pass, "") })
	wants(ClockBehind, func(now journal.Now) (journal.Draft, error) {
		now.Behind = time.Hour
		return d.state.Accept(now, id, "ann")
	})
	wants(NotRunning, end("ann", Pass, ""))
	wants("", func(now journal.Now) (journal.Draft, error) { return d.state.Accept(now, id, "bob") })
	wants(AlreadyTaken, func(now journal.Now) (journal.Draft, error) { return d.state.Accept(now, id, "ann") })
	wants(NotOwner, start("ann"))
	wants("", start("bob"))
	wants(AlreadyRunning, start("bob"))
	wants(AlreadyRunning, func(now journal.Now) (journal.Draft, error) { return d.state.Skip(now, id, "ann", "no", 2) })
	wants(BadResult, end("bob", "splendid", ""))
	wants(NotOwner, end("ann", Pass, ""))
	wants(NoReason, end("bob", Fail, ""))
	wants(NoReason, end("ann", Aborted, ""))
	wants("", end("bob", Partial, "it took 31 minutes"))
	wants(NotRunning, end("bob", Pass, ""))
	wants(AlreadyOver, start("bob"))
	wants(BadTime, func(now journal.Now) (journal.Draft, error) { return d.state.Leave(now, "ann", now.Time) })
}

// TestTooLateIsTooLate: after its time nobody holds it, also before the entry that says so.
func TestTooLateIsTooLate(t *testing.T) {
	d := openDesk(t)
	d.now = at("2026-12-22 10:00")
	d.due()
	d.now = at("2027-04-01 00:00")
	if got := d.decide(func(now journal.Now) (journal.Draft, error) { return d.state.Start(now, d.only().ID, "ann", Opening{}) }); got != AlreadyOver {
		t.Errorf("got %q", got)
	}
}
