package drills

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/auth"
	"twokey/drills/calendar"
	"twokey/internal/journal"
)

// desk is a journal with the fold over it, a clock, and a config that tests change.
type desk struct {
	t     *testing.T
	store journal.Store
	log   *journal.Log
	state *State
	now   time.Time
	world World
}

var began = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func schedule(t testing.TB, text, zone string, holidays ...calendar.Date) *calendar.Schedule {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	s, err := calendar.Parse(text, z, calendar.NewHolidays(holidays))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// openDesk has the quarterly drill of the example config: its first exercise is on Tuesday, 5 January 2027 at 10:00.
func openDesk(t *testing.T) *desk {
	d := &desk{t: t, store: journal.NewMemory(), now: began}
	d.world.Plans = []Plan{{Name: "database", Type: "database", Schedule: schedule(t, "first tue of quarter 10:00", "UTC"), Target: 30 * time.Minute,
		Remind: []time.Duration{days(14), days(3), days(1), time.Hour}, Owners: []auth.Name{"ann", "bob", "cid"}}}
	d.restart()
	d.load()
	return d
}

// restart opens the journal anew: all that is known is what it says.
func (d *desk) restart() {
	d.t.Helper()
	d.state = NewState()
	var err error
	if d.log, err = journal.Open(d.t.Context(), d.store, func() time.Time { return d.now }, d.state); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) load() (loaded bool) {
	d.t.Helper()
	e, err := d.log.Update(d.t.Context(), "", func(journal.Now) (journal.Draft, error) { return d.state.Load(d.world), nil })
	if err != nil {
		d.t.Fatal(err)
	}
	return e.Seq > 0
}

// due has everything decided that is due, a restart between any two decisions, and gives what that was.
func (d *desk) due() []string {
	d.t.Helper()
	var all []string
	for range 30 {
		d.restart()
		var body any
		next, wasDue := d.state.Next(d.world), false
		e, err := d.log.Update(d.t.Context(), "", func(now journal.Now) (journal.Draft, error) {
			draft := d.state.Due(now, d.world)
			body, wasDue = draft.Body, !next.IsZero() && !now.Before(next)
			return draft, nil
		})
		if err != nil {
			d.t.Fatal(err)
		}
		if wasDue != (e.Seq > 0) {
			d.t.Fatalf("%s: Next is %s, and Due gives %v", d.now, next, body)
		}
		if e.Seq == 0 {
			return all
		}
		all = append(all, say(body))
	}
	d.t.Fatal("it never ends")
	return nil
}

func say(body any) string {
	switch b := body.(type) {
	case Planned:
		return fmt.Sprintf("%s %s is %s's: %s", b.Drill, b.At.Format("01-02 15:04"), b.Owner, reminder(b.Before, b.Covers))
	case Reminded:
		return reminder(b.Before, b.Covers)
	case Assigned:
		return fmt.Sprintf("%s, not %s", b.Owner, b.Away)
	case Escalated:
		return strings.TrimSpace(fmt.Sprintf("%s: %s %s", b.Lack, b.Level, b.Person))
	case Missed:
		if b.Exercise == 0 {
			return fmt.Sprintf("%s %s was missed unseen", b.Drill, b.At.Format("01-02"))
		}
		return "missed"
	}
	return fmt.Sprintf("%T", body)
}

func reminder(before time.Duration, covers []time.Duration) string {
	if len(covers) == 0 {
		return "in " + before.String()
	}
	return fmt.Sprintf("in %s for %v", before, covers)
}

func (d *desk) wants(want ...string) {
	d.t.Helper()
	if diff := cmp.Diff(want, d.due()); diff != "" {
		d.t.Errorf("%s (-want +got):\n%s", d.now.Format("2006-01-02 15:04"), diff)
	}
}

// history lets time pass, looking at every step, and gives what was due when.
func (d *desk) history(until time.Time, step time.Duration) []string {
	d.t.Helper()
	var all []string
	for ; d.now.Before(until); d.now = d.now.Add(step) {
		for _, what := range d.due() {
			all = append(all, d.now.Format("01-02 15:04 ")+what)
		}
	}
	return all
}

// decide makes a decision of somebody; the reason when it is refused.
func (d *desk) decide(decision func(now journal.Now) (journal.Draft, error)) Reason {
	d.t.Helper()
	_, err := d.log.Update(d.t.Context(), "", decision)
	var no *Refusal
	if err != nil && !errors.As(err, &no) {
		d.t.Fatal(err)
	}
	if no == nil {
		return ""
	}
	return no.Reason
}

func (d *desk) must(decision func(now journal.Now) (journal.Draft, error)) {
	d.t.Helper()
	if no := d.decide(decision); no != "" {
		d.t.Fatalf("refused: %s", no)
	}
}

// only is the exercise that is not over.
func (d *desk) only() *Exercise {
	d.t.Helper()
	if len(d.state.Pending()) != 1 {
		d.t.Fatalf("%d are open", len(d.state.Pending()))
	}
	return d.state.Pending()[0]
}

func (d *desk) accept(who auth.Name) {
	d.t.Helper()
	d.must(func(now journal.Now) (journal.Draft, error) { return d.state.Accept(now, d.only().ID, who) })
}

func (d *desk) hold(who auth.Name) {
	d.t.Helper()
	d.must(func(now journal.Now) (journal.Draft, error) { return d.state.Start(now, d.only().ID, who, Opening{}) })
	d.now = d.now.Add(5 * time.Minute)
	d.must(func(journal.Now) (journal.Draft, error) { return d.state.End(d.only().ID, who, Pass, "") })
}

func (d *desk) leave(who auth.Name, until time.Time) {
	d.t.Helper()
	d.must(func(now journal.Now) (journal.Draft, error) { return d.state.Leave(now, who, until) })
}
