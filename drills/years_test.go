package drills

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"twokey/auth"
	"twokey/internal/journal"
)

// replica is a program with its own log over the store of all, and its own clock.
type replica struct {
	log   *journal.Log
	state *State
	skew  time.Duration
}

// years are three years of drills in one zone: two replicas that tick, are killed and started, and whose clocks are set.
type years struct {
	t        *testing.T
	store    *journal.Memory
	world    World
	rng      *rand.Rand
	now      time.Time // the true one
	replicas [2]replica
	restarts int
	lost     int // ticks whose decision another replica had made
}

// zones are the four of the issue, with times that fall into what their clocks go over, and into what they show twice.
var zones = []struct{ zone, gap, twice string }{
	{"America/Santiago", "first sun of month 00:00", "last sat of month 23:30"},
	{"Africa/Cairo", "last fri of month 00:00", "last thu of month 23:30"},
	{"Australia/Lord_Howe", "first sun of month 02:15", "first sun of month 01:45"},
	{"Europe/Berlin", "last sun of month 02:30", "last sun of month 02:15"},
}

// from is when the years begin.
var from = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func plansOf(t *testing.T, zone, gap, twice string) []Plan {
	remind := []time.Duration{days(14), days(3), days(1), time.Hour}
	people := []auth.Name{"ann", "bob", "cid"}
	plan := func(name Name, text string) Plan {
		return Plan{Name: name, Type: "database", Schedule: schedule(t, text, zone), Target: time.Hour, Remind: remind, Owners: people}
	}
	return []Plan{plan("code", "second tue of month 10:00"), plan("gap", gap), plan("twice", twice), plan("database", "first tue of quarter 10:00"), plan("emergency", "0 0 6 9 *")}
}

func (y *years) open(i int) {
	y.t.Helper()
	r := &y.replicas[i]
	r.state = NewState()
	var err error
	r.log, err = journal.Open(y.t.Context(), y.store, func() time.Time { return y.now.Add(r.skew) }, r.state)
	if err != nil {
		y.t.Fatal(err)
	}
	y.decide(i, func(journal.Now) journal.Draft { return r.state.Load(y.world) })
}

// decide has one replica decide, and says whether there may be more. Who finds that the other wrote is closed, and starts anew.
func (y *years) decide(i int, what func(now journal.Now) journal.Draft) bool {
	e, err := y.replicas[i].log.Update(y.t.Context(), "", func(now journal.Now) (journal.Draft, error) { return what(now), nil })
	switch {
	case errors.Is(err, journal.ErrClosed) || errors.Is(err, journal.ErrConflict):
		y.lost++
		y.open(i)
		return true
	case err != nil:
		y.t.Fatal(err)
	}
	return e.Seq > 0
}

func (y *years) tick(i int) {
	for range 100 {
		if !y.decide(i, func(now journal.Now) journal.Draft { return y.replicas[i].state.Due(now, y.world) }) {
			return
		}
	}
	y.t.Fatal("a tick does not end")
}

// live lets time pass until the end. Ticks come every few hours, and at the very moment that something is due, from both at once.
func (y *years) live(until time.Time) {
	step := until.Sub(y.now) / 200
	restart := y.now.Add(step)
	for y.now.Before(until) {
		next := y.now.Add(time.Duration(y.rng.Int64N(int64(12 * time.Hour))))
		if at := y.replicas[0].state.Next(y.world); y.rng.IntN(2) == 0 && at.After(y.now) && at.Before(next) {
			next = at
		}
		y.now = next
		if y.now.After(restart) {
			y.kill()
			restart = restart.Add(step)
		}
		if y.rng.IntN(20) == 0 {
			y.replicas[y.rng.IntN(2)].skew = time.Duration(y.rng.Int64N(int64(8*time.Hour))) - 4*time.Hour
		}
		if y.rng.IntN(10) == 0 {
			y.replicas[y.rng.IntN(2)].skew = 0
		}
		first := y.rng.IntN(2)
		y.tick(first)
		if y.rng.IntN(3) > 0 {
			y.tick(1 - first)
		}
	}
}

// longest is after which restart nobody is there for so long that exercises come and go unseen.
const longest = 90

// kill ends one of them, sometimes both, which then stay away for a day, sometimes for weeks.
func (y *years) kill() {
	y.restarts++
	if y.restarts == longest || y.rng.IntN(4) == 0 {
		away := days(1)
		switch {
		case y.restarts == longest:
			away = days(80)
		case y.rng.IntN(5) == 0:
			away = days(20)
		}
		y.now = y.now.Add(away/2 + time.Duration(y.rng.Int64N(int64(away/2))))
		y.open(0)
		y.open(1)
		return
	}
	y.open(y.rng.IntN(2))
}

// key is a reminder of an exercise; the exercise itself has none.
type key struct {
	drill  Name
	at     time.Time
	before time.Duration
}

const itself = time.Duration(-1)

// told counts what the journal says: each exercise by being known or missed, each reminder by being said or covered.
func (y *years) told() (counts map[key]int, unseen int) {
	counts = map[key]int{}
	of := map[uint64]key{}
	say := func(k key, befores ...time.Duration) {
		for _, b := range befores {
			counts[key{k.drill, k.at, b}]++
		}
	}
	log, err := journal.Open(y.t.Context(), y.store, time.Now, foldFunc(func(e journal.Entry, body any) {
		switch b := body.(type) {
		case *Planned:
			k := key{b.Drill, b.At, itself}
			of[e.Seq] = k
			counts[k]++
			say(k, append(b.Covers, b.Before)...)
		case *Reminded:
			say(of[b.Exercise], append(b.Covers, b.Before)...)
		case *Missed:
			k := key{b.Drill, b.At, itself}
			say(k, b.Covers...)
			if b.Exercise == 0 {
				counts[k]++
				unseen++
			}
		}
	}))
	if err != nil || log.Head().Seq == 0 {
		y.t.Fatal(err)
	}
	return counts, unseen
}

// foldFunc is a fold that keeps nothing.
type foldFunc func(journal.Entry, any)

func (foldFunc) New(kind string) any               { return NewState().New(kind) }
func (f foldFunc) Apply(e journal.Entry, body any) { f(e, body) }

// calls counts the entries of calls for help, by exercise and rung.
func (y *years) calls() map[string]int {
	all := map[string]int{}
	_, err := journal.Open(y.t.Context(), y.store, time.Now, foldFunc(func(_ journal.Entry, body any) {
		switch b := body.(type) {
		case *Escalated:
			all[fmt.Sprintf("exercise %d: rung %d", b.Exercise, b.Rung)]++
		case *Missed:
			all[fmt.Sprintf("%s %s: missed", b.Drill, b.At)]++
		}
	}))
	if err != nil {
		y.t.Fatal(err)
	}
	return all
}

// TestEachOnce must hold: whatever happens to programs and clocks in three years, each exercise and each reminder is there, once.
func TestEachOnce(t *testing.T) {
	until := from.AddDate(3, 0, 0)
	for seed, z := range zones {
		t.Run(z.zone, func(t *testing.T) {
			t.Parallel()
			y := &years{t: t, store: journal.NewMemory(), now: from, rng: rand.New(rand.NewPCG(uint64(seed), 7))}
			y.world.Plans = plansOf(t, z.zone, z.gap, z.twice)
			y.open(0)
			y.open(1)
			y.live(until)
			y.replicas[0].skew, y.replicas[1].skew = 0, 0
			y.now = later(y.now, until).Add(days(1))
			y.tick(0)
			got, unseen := y.told()
			wanted := 0
			for _, p := range y.world.Plans {
				for at := p.Schedule.Next(from); at.Before(until); at = p.Schedule.Next(at) {
					wanted++
					y.once(got, p.Name, at.UTC())
				}
			}
			for k, n := range got {
				if n != 1 || k.at.Before(until) {
					t.Errorf("%s at %s, reminder %s: %d times", k.drill, k.at, k.before, n)
				}
			}
			if wanted != 36+36+36+12+3 {
				t.Errorf("%d exercises: the calendar leaves some out, or has some twice", wanted)
			}
			for what, n := range y.calls() {
				if n != 1 {
					t.Errorf("%s: %d times", what, n)
				}
			}
			t.Logf("%d exercises, %d of them missed unseen, %d restarts, %d conflicts, %d entries", wanted, unseen, y.restarts, y.lost, y.store.Len())
			if y.restarts < 190 || y.lost < 100 || unseen == 0 {
				t.Errorf("%d restarts, %d conflicts, and %d missed unseen are no test", y.restarts, y.lost, unseen)
			}
		})
	}
}

// once takes one exercise, and all its reminders, out of what was told.
func (y *years) once(got map[key]int, drill Name, at time.Time) {
	y.t.Helper()
	for _, b := range []time.Duration{itself, days(14), days(3), days(1), time.Hour, 0} {
		is := key{drill, at, b}
		if got[is] != 1 {
			y.t.Errorf("%s at %s, reminder %s: %d times", drill, at, b, got[is])
		}
		delete(got, is)
	}
}
