package actions

import (
	"slices"
	"testing"

	"twokey/internal/journal"
)

// putBack stops, works, and starts again unless it is told not to.
var putBack = func() Action {
	work := func(title string, e Effect, starts bool) Step {
		return Step{Kind: Decision, Title: title, Effect: e, Starts: starts, Body: []byte("{}")} // it keeps what it is when it is bound
	}
	start, told := work("start", Change, true), work("look", Read, false)
	start.When, told.When = Args{Then: "!stopped"}, Args{Then: "stopped"}
	return Action{Name: "put_back", Effect: Change, Touches: []Touch{App}, Rule: rule, Undo: "put_back",
		Params: []Param{{Name: Then, Type: Choice, Values: []string{"started", "stopped"}, Default: "started"}},
		Steps:  []Step{work("stop", Stop, false), work("swap", Change, false), start, told}}
}()

func titles(steps []Step) (all []string) {
	for _, s := range steps {
		all = append(all, s.Title)
	}
	return all
}

func (x *table) bind(a Action, words ...string) Args {
	x.t.Helper()
	args, err := x.state.Quiet(a).Bind(words)
	if err != nil {
		x.t.Fatal(err)
	}
	return args
}

func (x *table) askWith(who string, a Action, args Args, names ID) (ID, error) {
	p, _ := x.state.People.ByName("ann")
	e, err := x.update("", func(now journal.Now) (journal.Draft, error) {
		return x.state.Ask(now, Asked{Action: a, Args: args, Person: p.Name, Account: p.Accounts[0], Names: names, Revision: x.state.Revision, Reason: who})
	})
	return ID(e.Seq), err
}

// TestUnderALockdownWhatCanLeaveItStoppedDoes: a database must be put right before anything starts. What says that it wants the
// service up is refused as any start is.
func TestUnderALockdownWhatCanLeaveItStoppedDoes(t *testing.T) {
	x := sit(t)
	if got := x.bind(putBack)[Then]; got != "started" {
		t.Errorf("without a lockdown it ends with the service %s", got)
	}
	open, err := x.askWith("before", putBack, x.bind(putBack), 0)
	if err != nil {
		t.Fatal(err)
	}
	quiet, err := x.askWith("quiet", putBack, x.bind(putBack, "then=stopped"), 0)
	if err != nil {
		t.Fatal(err)
	}
	x.mustPress("cid")
	x.want(open, Void)
	x.want(quiet, Planning) // it starts nothing
	_, err = x.askWith("loud", putBack, x.bind(putBack, "then=started"), 0)
	wantRefusal(t, err, Locked)
	_, err = x.askWith("loud, in a bare word", putBack, x.bind(putBack, "started"), 0)
	wantRefusal(t, err, Locked)
	x.cancelAll("ann")
	if _, err = x.askWith("again", putBack, x.bind(putBack), 0); err != nil {
		t.Errorf("asked under a lockdown: %v", err)
	}
	if putBack.Params[0].Default != "started" {
		t.Error("the catalogue's own action was changed")
	}
}

// TestAskingAgainSaysNothingOfItsOwn: what was only the default when it was asked is the default of now.
func TestAskingAgainSaysNothingOfItsOwn(t *testing.T) {
	for given, want := range map[string]bool{"started": false, "stopped": true} {
		args := Args{Then: given, "other": "x"}
		rest := putBack.Unsaid(args)
		if _, has := rest[Then]; has != want || rest["other"] != "x" || args[Then] != given {
			t.Errorf("of %v stays %v", args, rest)
		}
	}
}

// TestTheWayBackLeavesItStoppedUnderALockdown, and starts it otherwise. What is resumed has the steps that were approved.
func TestTheWayBackLeavesItStoppedUnderALockdown(t *testing.T) {
	find := func(Name) (Action, bool) { return putBack, true }
	settle := func(x *table, way Name, id ID) []string {
		a, err := x.state.Settlement(way, id, find)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := a.bound(Args{"run": "1"})
		if err != nil {
			t.Fatal(err)
		}
		return titles(steps)
	}
	cut := func(x *table, then string) ID {
		id, err := x.askWith("cut", putBack, x.bind(putBack, "then="+then), 0)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := putBack.bound(Args{Then: then})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.update("", func(now journal.Now) (journal.Draft, error) {
			return x.state.Planned(now, id, Plan{Steps: steps, Facts: pin}), nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := x.vote(id, "bob", 12, true); err != nil {
			t.Fatal(err)
		}
		x.start(id, pin)
		if _, err := x.update("", func(journal.Now) (journal.Draft, error) {
			return x.state.Crashed(id, 0, Cut{Cause: CutCrash}, Service{}), nil
		}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	x := sit(t)
	id := cut(x, "stopped")
	if got := settle(x, Resume, id); !slices.Equal(got, []string{"stop", "swap", "look"}) {
		t.Errorf("resumed it does %q", got)
	}
	if got := settle(x, Undo, id); !slices.Equal(got, []string{"stop", "swap", "start"}) {
		t.Errorf("undone it does %q", got)
	}
	x.mustPress("cid")
	if got := settle(x, Undo, id); !slices.Equal(got, []string{"stop", "swap", "look"}) {
		t.Errorf("undone under a lockdown it does %q", got)
	}
	x = sit(t)
	id = cut(x, "started")
	x.mustPress("cid")
	if got := settle(x, Resume, id); !slices.Equal(got, []string{"stop", "swap", "start"}) {
		t.Errorf("resumed it does %q: what was approved is done, or refused", got)
	}
}
