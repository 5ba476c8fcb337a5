package rehearsal

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/auth"
	"twokey/drills"
	"twokey/drills/calendar"
	"twokey/internal/journal"
)

// bench is a world in which something can be made, and what was done in it.
type bench struct {
	mu    sync.Mutex
	made  bool
	did   []string
	fails map[string]error
	holds map[string]chan struct{} // a step that waits
}

func (b *bench) say(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.did = append(b.did, what)
}

func (b *bench) Script(context.Context) ([]drills.Step, error) { return script, nil }
func (b *bench) Look(context.Context) []drills.Look            { return nil }

var script = []drills.Step{{Key: "look", Title: "look", Auto: true}, {Key: "make", Title: "make it", Auto: true}, {Key: "prove", Title: "prove it", Auto: true, Proves: true},
	{Key: "read", Title: "read the runbook", Ask: "is it right?"}}

func (b *bench) Do(ctx context.Context, env Env, key string) (drills.Found, error) {
	b.say(key)
	if hold, waits := b.holds[key]; waits {
		select {
		case <-hold:
		case <-ctx.Done():
			b.say(key + " ended")
			return drills.Found{}, ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if key == "make" {
		if b.made {
			b.did = append(b.did, "LEFT OVER")
		}
		b.made = true
	}
	if key == "prove" && !b.made {
		b.did = append(b.did, "NOT MADE")
	}
	env.Progress("half way, hunter2")
	_, _ = io.WriteString(env.Output, "printed by "+key)
	return drills.Found{Line: key + " knows hunter2"}, b.fails[key]
}

func (b *bench) Clean(context.Context, Env) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.did = append(b.did, "clean")
	if err := b.fails["clean"]; err != nil {
		return "", err
	}
	b.made = false
	return "it is gone", nil
}

// room is a journal with a runner over it.
type room struct {
	t      *testing.T
	store  journal.Store
	log    *journal.Log
	state  *drills.State
	bench  *bench
	runner *Runner
	stop   func()
	real   string // what is really going on
}

func open(t *testing.T, store journal.Store, b *bench) *room {
	t.Helper()
	r := &room{t: t, store: store, state: drills.NewState(), bench: b}
	var err error
	if r.log, err = journal.Open(t.Context(), store, time.Now, r.state); err != nil {
		t.Fatal(err)
	}
	s, err := calendar.Parse("first tue of quarter 10:00", time.UTC, calendar.NewHolidays(nil))
	if err != nil {
		t.Fatal(err)
	}
	world := drills.World{Plans: []drills.Plan{{Name: "database", Type: drills.Database, Schedule: s, Target: time.Hour, Owners: []auth.Name{"ann"}}}}
	r.runner = &Runner{Log: r.log, State: r.state, World: func() drills.World { return world }, Board: NewBoard(),
		Kind: func(*drills.Exercise) (Kind, bool) { return b, true }, Tag: func(uint64, string) string { return "tag" },
		Output:  func(uint64, string) (io.WriteCloser, error) { return discard{}, nil },
		Redact:  func(s string) string { return strings.ReplaceAll(s, "hunter2", "[secret]") },
		Trouble: func() string { return r.real }, Report: func(error) {}}
	return r
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

func (r *room) begin() {
	if err := r.runner.Load(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.runner.Run(ctx) }()
	r.stop = func() { cancel(); <-done }
}

// start has ann want a drill and start it; its number.
func (r *room) start() uint64 {
	id := r.decide(func(now journal.Now) (journal.Draft, error) {
		return r.state.Want(now, r.runner.World().Plans[0], "ann")
	}).Seq
	r.decide(func(now journal.Now) (journal.Draft, error) {
		return r.state.Start(now, id, "ann", drills.Opening{Script: script})
	})
	return id
}

func (r *room) decide(f func(journal.Now) (journal.Draft, error)) journal.Entry {
	r.t.Helper()
	e, err := r.log.Update(r.t.Context(), "", f)
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

func (r *room) exercise(id uint64) (x *drills.Exercise) {
	r.log.View(func(journal.Now) {
		if got, ok := r.state.Get(id); ok {
			x = got.Clone()
		}
	})
	return x
}

func TestItIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), &bench{})
		r.begin()
		defer func() { r.stop() }()
		id := r.start()
		synctest.Wait()
		if diff := cmp.Diff([]string{"look", "make", "prove", "clean"}, r.bench.did); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		x := r.exercise(id)
		if x.Current() != 3 || x.Dirty || x.Proof != "it is gone" || x.Status != drills.Running {
			t.Errorf("%+v", x.Held)
		}
		if f := x.Steps[1].Found; f.Line != "make knows [secret]" || len(f.Output) != 64 {
			t.Errorf("%+v", f)
		}
		time.Sleep(10 * time.Minute)
		r.decide(func(journal.Now) (journal.Draft, error) {
			return r.state.FinishStep(id, 3, "ann", drills.StepDone, drills.Found{})
		})
		synctest.Wait()
		if x = r.exercise(id); x.Status != drills.Done || x.Result != drills.Pass || !x.RTO.Known {
			t.Errorf("%s %s %+v", x.Status, x.Result, x.RTO)
		}
	})
}

// TestEveryCrash cuts the journal of a drill at every entry, with what was made left or not, and starts the program anew there.
func TestEveryCrash(t *testing.T) {
	var whole []journal.Entry
	var id uint64
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), &bench{})
		r.begin()
		id = r.start()
		synctest.Wait()
		r.stop()
		whole = entries(t, r.store)
	})
	started := 1 + slices.IndexFunc(whole, func(e journal.Entry) bool { return e.Kind == drills.KindStarted })
	for n := started; n <= len(whole); n++ {
		for _, left := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				r := open(t, cut(t, whole[:n]), &bench{made: left})
				r.begin()
				defer func() { r.stop() }()
				synctest.Wait()
				x := r.exercise(id)
				dirty := newest(whole[:n], drills.KindStepStarted) > newest(whole[:n], drills.KindCleaned)
				if x.Current() != 3 || x.Dirty || dirty && r.bench.made {
					t.Errorf("cut after %d (%s): step %d, dirty %v, made %v; did %q", n, whole[n-1].Kind, x.Current(), x.Dirty, r.bench.made, r.bench.did)
				}
				for _, d := range r.bench.did {
					if d == "NOT MADE" || d == "LEFT OVER" && dirty {
						t.Errorf("cut after %d (%s): %q", n, whole[n-1].Kind, r.bench.did)
					}
				}
			})
		}
	}
}

// newest is where the last entry of a kind is; -1: there is none. Others may stand between: the clock writes when it is due.
func newest(all []journal.Entry, kind string) int {
	for i, e := range slices.Backward(all) {
		if e.Kind == kind {
			return i
		}
	}
	return -1
}

func entries(t *testing.T, s journal.Store) (all []journal.Entry) {
	t.Helper()
	for e, err := range s.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func cut(t *testing.T, all []journal.Entry) journal.Store {
	t.Helper()
	s, head := journal.NewMemory(), journal.Head{}
	for _, e := range all {
		if err := s.Append(t.Context(), head, e); err != nil {
			t.Fatal(err)
		}
		head = journal.Head{Seq: e.Seq, Hash: e.Hash}
	}
	return s
}

func TestThreeCrashesAreAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, b := journal.NewMemory(), &bench{holds: map[string]chan struct{}{"make": make(chan struct{})}}
		r := open(t, store, b)
		r.begin()
		id := r.start()
		for range 3 {
			synctest.Wait()
			all := entries(t, store) // as a SIGKILL leaves it
			r.stop()
			store2 := cut(t, all)
			store = nil
			r = open(t, store2, b)
			r.begin()
			store = store2.(*journal.Memory)
		}
		synctest.Wait()
		defer func() { r.stop() }()
		if x := r.exercise(id); x.Steps[1].Outcome != drills.StepFailed || !strings.Contains(x.Steps[1].Found.Why, "three times") || x.Dirty {
			t.Errorf("%+v", x.Steps)
		}
	})
}

func TestAFailureEndsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), &bench{fails: map[string]error{"make": errors.New("cannot know hunter2")}})
		r.begin()
		defer func() { r.stop() }()
		id := r.start()
		synctest.Wait()
		if diff := cmp.Diff([]string{"look", "make", "clean"}, r.bench.did); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		r.decide(func(journal.Now) (journal.Draft, error) {
			return r.state.FinishStep(id, 3, "ann", drills.StepDone, drills.Found{})
		})
		synctest.Wait()
		if x := r.exercise(id); x.Result != drills.Fail || x.Reason != "make it failed: cannot know [secret]" || x.RTO.Known {
			t.Errorf("%s: %s", x.Result, x.Reason)
		}
	})
}

// TestAnAbortThrowsAway: also while a step goes on, and then it can be started again.
func TestAnAbortThrowsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), &bench{holds: map[string]chan struct{}{"prove": make(chan struct{})}})
		r.begin()
		defer func() { r.stop() }()
		id := r.start()
		synctest.Wait()
		r.decide(func(journal.Now) (journal.Draft, error) {
			return r.state.End(id, "bob", drills.Aborted, "the boss calls")
		})
		synctest.Wait()
		if diff := cmp.Diff([]string{"look", "make", "prove", "prove ended", "clean"}, r.bench.did); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		delete(r.bench.holds, "prove")
		r.decide(func(now journal.Now) (journal.Draft, error) {
			return r.state.Start(now, id, "ann", drills.Opening{Script: script})
		})
		synctest.Wait()
		if x := r.exercise(id); x.Current() != 3 || len(x.Aborts) != 1 {
			t.Errorf("%+v", x.Held)
		}
	})
}

func TestSomethingRealEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), &bench{holds: map[string]chan struct{}{"prove": make(chan struct{})}})
		r.begin()
		defer func() { r.stop() }()
		id := r.start()
		synctest.Wait()
		r.log.View(func(journal.Now) { r.real = "a lockdown is set" })
		r.decide(func(journal.Now) (journal.Draft, error) {
			return r.state.Note(drills.Noted{Exercise: id, Person: "ann", Text: "oh"})
		})
		synctest.Wait()
		if x := r.exercise(id); x.Status != drills.Taken || x.Dirty || len(x.Aborts) != 1 || x.Aborts[0].By != "twokey" || x.Aborts[0].Reason != "a lockdown is set" {
			t.Errorf("%s %+v", x.Status, x.Aborts)
		}
	})
}

// TestTheEndOfTheProgramThrowsAway: told to end, it leaves no data of users behind.
func TestTheEndOfTheProgramThrowsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), &bench{holds: map[string]chan struct{}{"prove": make(chan struct{})}})
		r.begin()
		id := r.start()
		synctest.Wait()
		r.stop()
		if x := r.exercise(id); r.bench.made || x.Dirty || x.Status != drills.Running || x.Crashes != 1 {
			t.Errorf("made %v, dirty %v, %s", r.bench.made, x.Dirty, x.Status)
		}
	})
}

// TestWhatCannotBeThrownAwayIsTriedAgain: the exercise does not end before.
func TestWhatCannotBeThrownAwayIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), &bench{fails: map[string]error{"clean": errors.New("the server is away")}})
		r.begin()
		defer func() { r.stop() }()
		id := r.start()
		synctest.Wait()
		r.decide(func(journal.Now) (journal.Draft, error) {
			return r.state.FinishStep(id, 3, "ann", drills.StepDone, drills.Found{})
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		if x := r.exercise(id); x.Status != drills.Running || !x.Dirty {
			t.Fatalf("%s, dirty %v", x.Status, x.Dirty)
		}
		r.bench.mu.Lock()
		delete(r.bench.fails, "clean")
		r.bench.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if x := r.exercise(id); x.Status != drills.Done || x.Result != drills.Pass {
			t.Errorf("%s %s", x.Status, x.Result)
		}
	})
}
