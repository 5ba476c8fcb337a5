package actions

import (
	"context"
	"testing"
	"time"

	"twokey/internal/journal"
)

// nightly is due at four every night, UTC.
func nightly(a Action) Scheduled {
	return Scheduled{Name: string(a.Name), Ask: Asked{Action: a, Revision: "r1"}, Next: func(t time.Time) time.Time {
		at := time.Date(t.UTC().Year(), t.UTC().Month(), t.UTC().Day(), 4, 0, 0, 0, time.UTC)
		if !at.After(t) {
			at = at.AddDate(0, 0, 1)
		}
		return at
	}}
}

// asks is how many requests of the action there are.
func (x *table) asks(name Name) (n int) {
	for r := range x.state.Newest() {
		if r.Action().Name == name {
			n++
		}
	}
	return n
}

// at sets the clock to a time of the day after the table was made.
func (x *table) at(hour, minute int) {
	is := x.clock.read().UTC()
	x.clock.add(time.Date(is.Year(), is.Month(), is.Day()+1, hour, minute, 0, 0, time.UTC).Sub(is))
}

func (x *table) newClock(all ...Scheduled) *Clock {
	return &Clock{Log: x.log, State: x.state, Report: func(err error) { x.t.Error(err) }, Scheduled: all}
}

func TestWhatIsScheduledIsAskedForOnce(t *testing.T) {
	x := sit(t)
	look := alone(cache)
	look.Name, look.Effect = "backup", Protect
	x.at(3, 0)
	x.at(12, 0) // nothing was missed in the last twelve hours but the four o'clock one
	c := x.newClock(nightly(look))
	ctx := context.Background()
	c.tick(ctx)
	if n := x.asks("backup"); n != 1 {
		t.Fatalf("a missed time: asked %d times, want once", n)
	}
	c.tick(ctx)
	x.newClock(nightly(look)).tick(ctx) // a restart
	if n := x.asks("backup"); n != 1 {
		t.Errorf("asked again, %d times", n)
	}
	if at := c.soonest(); at.Hour() != 4 || !at.After(x.clock.read()) {
		t.Errorf("the next time is %s", at)
	}
	r, _ := x.state.Request(x.state.order[len(x.state.order)-1])
	if r.Asked.Person != Self {
		t.Errorf("asked by %s", r.Asked.Person)
	}
	_, _ = x.update("", func(now journal.Now) (journal.Draft, error) {
		return x.state.Planned(now, r.ID, Plan{Steps: look.Steps}), nil
	})
	if r.Status != Approved {
		t.Errorf("it is %s", r.Status)
	}
}

func TestTheClockAsksForNothingThatChangesProduction(t *testing.T) {
	x := sit(t)
	for name, a := range map[string]Action{"a change": restart, "a stop": alone(stopApp), "what two have to agree to": cache} {
		c := x.newClock(nightly(a))
		x.at(4, 1)
		c.tick(context.Background())
		if n := x.asks(a.Name); n != 0 {
			t.Errorf("%s was asked for %d times", name, n)
		}
	}
}

func TestATimeLongAgoIsNotMadeUpFor(t *testing.T) {
	x := sit(t)
	look := alone(cache)
	look.Name, look.Effect = "backup", Protect
	x.at(18, 0)
	c := x.newClock(nightly(look))
	c.tick(context.Background())
	if n := x.asks("backup"); n != 0 {
		t.Errorf("asked %d times for what was due fourteen hours ago", n)
	}
}
