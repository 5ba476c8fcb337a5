package drills

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/auth"
	"twokey/drills/calendar"
	"twokey/internal/journal"
)

func TestNobodyDoesAnything(t *testing.T) {
	d := openDesk(t)
	want := []string{
		"12-22 10:00 database 01-05 10:00 is ann's: in 336h0m0s",
		"01-02 10:00 in 72h0m0s",
		"01-04 10:00 in 24h0m0s",
		"01-04 10:00 not accepted: second bob",
		"01-05 09:00 in 1h0m0s",
		"01-05 10:00 in 0s",
		"01-05 11:00 not started: chat",
		"01-06 10:00 not started: admins",
		"01-12 10:00 not started: admins",
		"03-23 10:00 database 04-06 10:00 is bob's: in 336h0m0s",
	}
	got := d.history(at("2027-03-25 00:00"), time.Hour)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.now = at("2027-04-01 00:00")
	first := d.state.All()[0]
	if !first.Overdue(d.now) || first.Overdue(d.now.Add(-time.Nanosecond)) {
		t.Error("it is overdue from the end of its period on")
	}
	d.wants("missed")
}

func TestItIsHeld(t *testing.T) {
	d := openDesk(t)
	d.now = at("2026-12-22 10:00")
	d.wants("database 01-05 10:00 is ann's: in 336h0m0s")
	d.accept("ann")
	want := []string{"01-02 10:00 in 72h0m0s", "01-04 10:00 in 24h0m0s", "01-05 09:00 in 1h0m0s"}
	if diff := cmp.Diff(want, d.history(at("2027-01-05 09:30"), 30*time.Minute)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.hold("ann")
	if x := d.state.All()[0]; x.Status != Done || x.Result != Pass || x.By != "ann" || x.Ended.Sub(x.Started) != 5*time.Minute {
		t.Errorf("%+v", x)
	}
	d.now = at("2027-01-05 10:00")
	want = []string{"03-23 10:00 database 04-06 10:00 is bob's: in 336h0m0s"}
	if diff := cmp.Diff(want, d.history(at("2027-03-25 10:00"), time.Hour)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWhatWasDueWhileDown: it is said once, and what it covers with it.
func TestWhatWasDueWhileDown(t *testing.T) {
	cases := []struct {
		why  string
		back string
		want []string
	}{
		{"a little late", "2026-12-24 08:00", []string{"database 01-05 10:00 is ann's: in 336h0m0s"}},
		{"the first and the second reminder are the nearest", "2027-01-02 10:00", []string{"database 01-05 10:00 is ann's: in 72h0m0s for [336h0m0s]"}},
		{"an hour is left for whoever is told first", "2027-01-05 09:59", []string{"database 01-05 10:00 is ann's: in 1h0m0s for [336h0m0s 72h0m0s 24h0m0s]"}},
		{"its time is over, its period is not", "2027-01-20 10:00", []string{"database 01-05 10:00 is ann's: in 0s for [336h0m0s 72h0m0s 24h0m0s 1h0m0s]"}},
		{"its period is over", "2027-04-01 00:00", []string{"database 01-05 was missed unseen", "database 04-06 10:00 is ann's: in 336h0m0s"}},
		{"two are", "2027-07-01 00:00", []string{"database 01-05 was missed unseen", "database 04-06 was missed unseen", "database 07-06 10:00 is ann's: in 336h0m0s"}},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			d := openDesk(t)
			d.now = at(c.back)
			d.wants(c.want...)
			d.wants()
		})
	}
}

func TestDownInTheMiddle(t *testing.T) {
	d := openDesk(t)
	d.now = at("2026-12-22 10:00")
	d.wants("database 01-05 10:00 is ann's: in 336h0m0s")
	d.now = at("2027-01-06 11:00")
	d.wants("in 0s for [72h0m0s 24h0m0s 1h0m0s]", "not started: admins")
	d.wants()
	d.now = at("2027-04-02 00:00")
	d.wants("missed", "database 04-06 10:00 is bob's: in 336h0m0s")
}

// TestToldFirst: help is not called within an hour of when the owner heard of it.
func TestToldFirst(t *testing.T) {
	d := openDesk(t)
	d.now = at("2027-01-07 12:00")
	want := []string{"01-07 12:00 database 01-05 10:00 is ann's: in 0s for [336h0m0s 72h0m0s 24h0m0s 1h0m0s]", "01-07 13:00 not started: admins", "01-12 10:00 not started: admins"}
	if diff := cmp.Diff(want, d.history(at("2027-01-20 00:00"), time.Hour)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAClockBehind: by a clock that went back nothing is due, and when it is right again nothing is due twice.
func TestAClockBehind(t *testing.T) {
	d := openDesk(t)
	d.now = at("2027-01-02 10:00")
	d.wants("database 01-05 10:00 is ann's: in 72h0m0s for [336h0m0s]")
	d.now = at("2027-01-02 09:59")
	now := journal.Now{Time: at("2027-01-04 10:00"), Behind: time.Minute}
	if got := d.state.Due(now, d.world); got.Kind != "" {
		t.Errorf("a minute behind: %v", got)
	}
	if now.Behind = 30 * time.Second; d.state.Due(now, d.world).Kind != KindReminded {
		t.Error("half a minute is nothing")
	}
	d.wants()
}

func TestAMovedHolidayIsRemindedOf(t *testing.T) {
	d := openDesk(t)
	d.world.Plans[0].Schedule = schedule(t, "first tue of quarter 10:00", "UTC", calendar.Date{Year: 2027, Month: 1, Day: 5})
	d.now = at("2026-12-23 10:00")
	d.wants("database 01-06 10:00 is ann's: in 336h0m0s")
	if x := d.only(); x.Nominal != at("2027-01-05 10:00") || x.Period.Name != "2027-Q1" {
		t.Errorf("%+v", x)
	}
	// The holiday is taken back, and then the same quarter is not held twice.
	d.world.Plans[0].Schedule = schedule(t, "first tue of quarter 10:00", "UTC")
	if got := d.history(at("2027-03-23 10:00"), 6*time.Hour); slices.ContainsFunc(got, func(s string) bool { return len(s) > 40 }) {
		t.Errorf("%q", got)
	}
}

func TestAnotherConfig(t *testing.T) {
	d := openDesk(t)
	if d.load() {
		t.Error("the same config is news")
	}
	d.now = at("2026-12-22 10:00")
	d.wants("database 01-05 10:00 is ann's: in 336h0m0s")

	d.world.Plans[0].Schedule = schedule(t, "second tue of quarter 10:00", "UTC")
	d.wants() // not before it is loaded: another program may have another config
	if !d.load() || d.load() {
		t.Error("another schedule is news, once")
	}
	d.now = at("2027-03-30 10:00")
	d.wants("in 0s for [72h0m0s 24h0m0s 1h0m0s]", "not started: admins", "database 04-13 10:00 is bob's: in 336h0m0s")

	d.world.Plans = nil
	if !d.load() {
		t.Error("a drill that is gone is no news")
	}
	if len(d.state.Pending()) != 0 || d.state.All()[1].Status != Dropped {
		t.Errorf("%+v", d.state.Pending())
	}
	d.now = at("2028-01-01 00:00")
	d.wants()
}

// TestAnotherDrillIsNew: what was missed of the others while the config changed is not lost.
func TestAnotherDrillIsNew(t *testing.T) {
	d := openDesk(t)
	d.now = at("2027-01-20 10:00")
	d.world.Plans = append(d.world.Plans, Plan{Name: "code", Type: "code", Schedule: schedule(t, "first mon of month 10:00", "UTC"), Owners: []auth.Name{"bob"}})
	if !d.load() {
		t.Error("a drill that is new is no news")
	}
	d.wants("database 01-05 10:00 is ann's: in 0s for [336h0m0s 72h0m0s 24h0m0s 1h0m0s]")
	d.now = at("2027-01-25 10:00")
	d.wants("not started: admins", "code 02-01 10:00 is bob's: in 168h0m0s") // not the one of before it was new
}

// TestAnotherProgramsConfig: a plan that the journal knows otherwise is left to who loaded it.
func TestAnotherProgramsConfig(t *testing.T) {
	d := openDesk(t)
	d.world.Plans[0].Schedule = schedule(t, "first mon of month 10:00", "UTC")
	d.now = at("2027-01-04 10:00")
	d.wants()
	d.world.Plans[0].Schedule = schedule(t, "first tue of quarter 10:00", "Europe/Berlin")
	d.wants()
	d.world.Plans[0].Name = "another"
	d.wants()
}

func TestTurns(t *testing.T) {
	d := openDesk(t)
	d.world.Plans[0].Schedule = schedule(t, "second tue of month 10:00", "UTC")
	d.load()
	d.world.Away = []Absence{{Person: "ann", From: at("2027-03-01 00:00"), Until: at("2027-05-01 00:00")}}
	var owners []auth.Name
	for range 7 {
		d.now = later(d.now, d.state.Next(d.world))
		d.due()
		x := d.only()
		owners = append(owners, x.Owner)
		d.now = x.At
		d.due()
		d.accept(x.Owner)
		d.hold(x.Owner)
	}
	// December, January, February, March without ann, April, …
	if diff := cmp.Diff([]auth.Name{"ann", "bob", "cid", "bob", "cid", "ann", "bob"}, owners); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNotTheSameAsLastTime(t *testing.T) {
	d := openDesk(t)
	d.world.Plans[0].Owners = []auth.Name{"ann", "bob"}
	d.now = at("2026-12-22 10:00")
	d.wants("database 01-05 10:00 is ann's: in 336h0m0s")
	d.accept("bob") // who takes it over
	d.hold("bob")
	d.now = at("2027-03-23 10:00")
	d.wants("database 04-06 10:00 is ann's: in 336h0m0s")
	d.accept("ann")
	d.hold("ann")
	d.leave("bob", at("2027-12-31 00:00"))
	d.now = at("2027-06-22 10:00")
	d.wants("database 07-06 10:00 is ann's: in 336h0m0s") // nobody else is there
}

// TestWhoDidNotHasItAgain: the turn goes on, but not to who led it last while somebody else did not.
func TestWhoDidNotHasItAgain(t *testing.T) {
	d := openDesk(t)
	d.world.Plans[0].Owners = []auth.Name{"ann", "bob"}
	d.now = at("2026-12-22 10:00")
	d.wants("database 01-05 10:00 is ann's: in 336h0m0s")
	d.hold("ann")
	d.now = at("2027-03-23 10:00")
	d.wants("database 04-06 10:00 is bob's: in 336h0m0s")
	d.now = at("2027-07-01 10:00")
	d.wants("missed", "database 07-06 10:00 is bob's: in 336h0m0s")
}

func TestAway(t *testing.T) {
	d := openDesk(t)
	d.now = at("2026-12-22 10:00")
	d.wants("database 01-05 10:00 is ann's: in 336h0m0s")
	d.leave("ann", at("2027-01-05 00:00"))
	d.wants() // back on the day
	d.leave("ann", at("2027-01-08 00:00"))
	d.wants("bob, not ann")
	d.leave("bob", at("2027-01-08 00:00"))
	d.wants("cid, not bob")
	d.leave("cid", at("2027-01-08 00:00"))
	d.wants() // nobody: it stays cid's
	d.must(func(journal.Now) (journal.Draft, error) { return d.state.Return("bob"), nil })
	d.wants("bob, not cid")
}

func TestNobodyIsThere(t *testing.T) {
	d := openDesk(t)
	for _, n := range []auth.Name{"ann", "bob", "cid"} {
		d.world.Away = append(d.world.Away, Absence{Person: n, From: at("2026-12-20 00:00"), Until: at("2027-01-10 00:00")})
	}
	d.now = at("2026-12-22 10:00")
	d.wants("database 01-05 10:00 is 's: in 336h0m0s")
	d.now = at("2026-12-28 10:00")
	d.must(func(journal.Now) (journal.Draft, error) { return d.state.Return("cid"), nil }) // sooner than the config says
	d.wants("cid, not ")
}

func TestAnotherTime(t *testing.T) {
	d := openDesk(t)
	d.now = at("2026-12-22 10:00")
	d.wants("database 01-05 10:00 is ann's: in 336h0m0s")
	d.now = at("2027-01-04 10:00")
	d.wants("in 24h0m0s for [72h0m0s]", "not accepted: second bob")
	d.must(func(now journal.Now) (journal.Draft, error) {
		return d.state.Reschedule(now, d.only().ID, "ann", at("2027-01-06 10:00"), "the freeze", 1)
	})
	// Two weeks and three days before are over, and ann knows; the others come again.
	want := []string{"01-05 10:00 in 24h0m0s", "01-05 10:00 not accepted: second bob", "01-06 09:00 in 1h0m0s", "01-06 10:00 in 0s", "01-06 11:00 not started: chat"}
	if diff := cmp.Diff(want, d.history(at("2027-01-06 12:00"), time.Hour)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnAbortedOneIsNotDone(t *testing.T) {
	d := openDesk(t)
	d.now = at("2027-01-05 10:00")
	d.due()
	d.must(func(now journal.Now) (journal.Draft, error) { return d.state.Start(now, d.only().ID, "ann", Opening{}) })
	d.now = at("2027-02-05 10:00")
	d.wants() // it runs
	d.must(func(journal.Now) (journal.Draft, error) {
		return d.state.End(d.only().ID, "bob", Aborted, "the disk is full")
	})
	d.now = at("2027-02-05 11:00")
	d.wants("not started: admins")
	d.now = at("2027-04-01 00:00")
	d.wants("database 04-06 10:00 is bob's: in 336h0m0s", "missed")
}
