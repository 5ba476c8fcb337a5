package main

import (
	"testing"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/internal/config"
	"twokey/internal/journal"
)

// TestRateOf: the service needs its share of what Telegram lets a bot send, while it is up.
func TestRateOf(t *testing.T) {
	state := actions.NewState()
	log, err := journal.Open(t.Context(), journal.NewMemory(), time.Now, state)
	must(t, err)
	say := func(kind string, body any) uint64 {
		e, err := log.Update(t.Context(), "", func(journal.Now) (journal.Draft, error) {
			return journal.Draft{Kind: kind, Actor: "twokey", Body: body}, nil
		})
		must(t, err)
		return e.Seq
	}
	_, err = log.Update(t.Context(), "", func(journal.Now) (journal.Draft, error) {
		return state.Policy("r1", []auth.Person{{Name: "ann", Accounts: []auth.Account{11}, Roles: []auth.Role{"admin"}}}), nil
	})
	must(t, err)
	rate := config.Rate{ServiceDown: 29, ServiceUp: 20}
	is := func(why string, want float64) {
		t.Helper()
		if got := rateOf(log, state, rate); got != want {
			t.Errorf("%s: %g a second, want %g", why, got, want)
		}
	}
	is("nothing is known: it may be up", 20)
	steps := []actions.Step{{Kind: "exec", Title: "stop", Effect: actions.Stop}, {Kind: "exec", Title: "start", Effect: actions.Change, Starts: true}}
	id := actions.ID(say(actions.KindPanic, actions.Pressed{Asked: actions.Asked{Action: actions.Action{Name: "restart", Steps: steps}, Person: "ann", Account: 11, Revision: "r1"}, Steps: steps}))
	is("a stop is wanted, and it is still up", 20)
	say(actions.KindStepStarted, actions.StepStarted{Request: id})
	is("it is being stopped", 20)
	say(actions.KindStepDone, actions.StepFinished{Request: id})
	is("it is down", 29)
	say(actions.KindStepStarted, actions.StepStarted{Request: id, Step: 1})
	is("it is being started", 29)
	say(actions.KindStepDone, actions.StepFinished{Request: id, Step: 1, Outcome: actions.Succeeded, Service: actions.Service{Known: true, Up: true}})
	is("it is up again", 20)
}
