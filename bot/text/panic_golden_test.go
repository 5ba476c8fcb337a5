package text

import (
	"errors"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
)

func panicAction() actions.Action {
	a := stopAction()
	a.Name, a.Summary, a.Locking, a.Undo = actions.Panic, "Stop the service at once and lock it", actions.LockSet, ""
	a.Rule.Alone, a.Rule.Review = true, 2
	return a
}

// pressed is ann's panic in a state.
func pressed(s actions.Status) *actions.Request {
	r := ask(panicAction(), s)
	r.Digest, r.Votes, r.Facts = "", nil, nil
	r.Locks, r.Wanted = true, 2
	return r
}

// halted is how a panic ends.
func halted(r *actions.Request, h step.Halt) *actions.Request {
	r = ended(ran(r, 400*time.Millisecond), 2*time.Second, down())
	r.Runs[0].Halt = &h
	return r
}

func all() step.Halt {
	return step.Halt{Stopped: []step.Stopped{{Name: "sigmatradebot", Took: 400 * time.Millisecond}, {Name: "worker"}}, Left: []string{"nginx", "redis"}}
}

// seePanic is a panic as the admin chat sees it.
func seePanic(r *actions.Request) RequestView {
	v := see(r)
	v.Account = map[auth.Name]auth.Account{"ann": 11, "bob": 12, "cid": 13}
	v.Reviewers = others
	return v
}

func note(person auth.Name, about, text string, after time.Duration) actions.Noted {
	return actions.Noted{Request: 12, Person: person, About: about, Text: text, At: at(after)}
}

func panicCards(w Words) map[string]Card {
	running := begun(pressed(actions.Running))
	silent := pressed(actions.Succeeded)
	silent.Asked.Reason = ""
	told := halted(pressed(actions.Succeeded), all())
	told.Notes = []actions.Noted{note("ann", actions.NoteAffected, "everybody", time.Minute), note("bob", actions.NoteOther, "the bank was called", 2*time.Minute)}
	told.Reviews = []actions.Review{{Request: 12, Person: "bob", Right: true, Text: "two payments a user", At: at(3 * time.Minute)}}
	lifted := halted(pressed(actions.Succeeded), all())
	lifted.Locks, lifted.Lifted = false, 20
	lifted.Notes = told.Notes[:1]
	lifted.Reviews = append(told.Reviews[:1:1], actions.Review{Request: 12, Person: "cid", At: at(4 * time.Minute)})
	forced := halted(pressed(actions.Succeeded), step.Halt{Stopped: []step.Stopped{{Name: "sigmatradebot", Took: 8 * time.Second}},
		Forced: "pm2 does not answer; pm2 was ended, and what else it kept runs without it until `pm2 resurrect`; its processes were ended"})
	failed := ended(broken(begun(pressed(actions.Failed))), 20*time.Second, up())
	killed := cut(begun(pressed(actions.Interrupted)), actions.Cut{Cause: actions.CutCrash, Begun: true, Probe: "sigmatradebot is up since 09:00"}, 0)
	killed.EndedAt = at(time.Minute)
	expired := pressed(actions.Expired)
	expired.StartedAt, expired.EndedAt = time.Time{}, at(10*time.Minute)
	late := halted(pressed(actions.Succeeded), all())
	h := all()
	return map[string]Card{
		"panic-stopping":    w.Request(seePanic(running)),
		"panic-no-reason":   w.Request(seePanic(halted(silent, all()))),
		"panic-stopped":     w.Request(seePanic(halted(pressed(actions.Succeeded), all()))),
		"panic-told":        w.Request(with(seePanic(told), func(v *RequestView) { v.Reviewers = []auth.Name{"cid"} })),
		"panic-lifted":      w.Request(with(seePanic(lifted), func(v *RequestView) { v.Reviewers = nil })),
		"panic-forced":      w.Request(seePanic(forced)),
		"panic-failed":      w.Request(seePanic(failed)),
		"panic-expired":     w.Request(seePanic(expired)),
		"panic-interrupted": w.Request(seePanic(killed)),
		"panic-late": w.Request(seePanic(func() *actions.Request {
			late.Late = true
			return late
		}())),
		"panic-emergency": w.Emergency(actions.Late{Asked: late.Asked, Late: true, Started: at(0), Finished: at(time.Second), Outcome: actions.Succeeded, Service: down(), Halt: &h}),
		"panic-button":    w.PanicButton(at(30 * time.Second)),
		"panic-over":      w.PanicOver(),
		"panic-stale":     w.StalePanic(2*time.Hour, "double payments", at(30*time.Second)),
		"review-sheet":    w.ReviewSheet(seePanic(halted(pressed(actions.Succeeded), all())), someEvents()),
		"review-open":     w.OpenReviews([]RequestView{seePanic(halted(pressed(actions.Succeeded), all()))}),
		"review-none":     w.OpenReviews(nil),
		"incident":        w.IncidentSheet(seePanic(told), someEvents()),
		"stop-review": w.Request(with(seePanic(func() *actions.Request {
			r := ask(stopAction(), actions.Succeeded)
			r.Asked.Action.Rule.Alone, r.Asked.Action.Rule.Review = true, 1
			r.Wanted = 1
			return ended(ran(r, time.Second), 2*time.Second, down())
		}()), func(v *RequestView) { v.Reviewers = others })),
	}
}

func count(n float64) *float64 { return &n }

func findings() []step.Finding {
	return []step.Finding{
		{Name: "process", State: step.Green, Value: "up since 09:00"},
		{Name: "health", State: step.Green, Value: "200 OK"},
		{Name: "users", State: step.Green, Number: count(48210), Value: "48210", Want: "> 0"},
		{Name: "orphaned deposits", State: step.Red, Number: count(3), Value: "3", Want: "= 0"},
		{Name: "deposits last hour", State: step.Told, Number: count(12), Value: "12"},
		{Name: "withdrawals", State: step.Broken, Why: "the database has no table withdrawals"},
		{Name: "deposits by status", State: step.Told, Value: "3 rows", Rows: true},
		{Name: "/start", State: step.Open, Ask: "Send /start to the service bot. Does it answer?"},
	}
}

func verifyAction() actions.Action {
	return actions.Action{Name: "verify", Summary: "Look whether the service is well", Effect: actions.Read, Confirm: true, Rule: func() auth.Rule {
		r := rule
		r.Alone = true
		return r
	}(), Steps: []actions.Step{{Kind: "verify", Title: "look at 8 checks", Effect: actions.Read}}}
}

func looked(list []step.Finding) *actions.Request {
	r := ask(verifyAction(), actions.Succeeded)
	r.Digest, r.Votes, r.Facts = "", nil, nil
	r = ended(ran(r, time.Second), 2*time.Second, up())
	r.Runs[0].Checks = list
	r.ConfirmUntil = at(10 * time.Minute)
	return r
}

func verifyCards(w Words) map[string]Card {
	before := looked(findings())
	before.BeforeID, before.BeforeAt = 7, at(-24*time.Hour)
	before.Before = []step.Finding{{Name: "users", Number: count(48190)}, {Name: "deposits last hour", Number: count(12)}, {Name: "orphaned deposits", Number: count(0)}}
	answered := looked(findings()[:3])
	answered.Runs[0].Checks = append(answered.Runs[0].Checks, step.Finding{Name: "/start", Ask: "Does it answer?", State: step.Green, Value: "done, bob"})
	confirmed := looked(findings()[:3])
	confirmed.Confirmed, confirmed.ConfirmedAt = &actions.Confirmed{Request: 12, Person: "bob", Green: true}, at(time.Minute)
	lapsed := looked(findings()[:3])
	lapsed.Lapsed = true
	locked := ask(actions.Action{Name: "unlock", Summary: "Lift the lockdown", Effect: actions.Change, Locking: actions.LockLift, Rule: rule,
		Steps: []actions.Step{{Kind: "verify", Title: "look at the checks again", Effect: actions.Read}, {Kind: actions.Decision, Title: "lift the lockdown", Effect: actions.Change}}}, actions.Pending)
	locked.Facts = []step.Fact{{Name: "accepted although red: orphaned deposits", Kind: step.Pinned, Value: "accepted"}, {Name: "users", Kind: step.Shown, Value: "48 210"}}
	locked.Asked.Reason = "payments came twice from the queue; fixed in a3f9c21"
	locked.Steps = locked.Asked.Action.Steps
	red := ask(restartAction(), actions.Failed)
	red = ended(broken(begun(red)), 5*time.Second, up())
	red.Runs[len(red.Runs)-1].Checks = findings()[:4]
	return map[string]Card{
		"verify-open":      w.Request(see(before)),
		"verify-answered":  w.Request(see(answered)),
		"verify-confirmed": w.Request(see(confirmed)),
		"verify-lapsed":    w.Request(see(lapsed)),
		"verify-no-rows":   w.NoRows("deposits by status", errors.New("the database does not answer")),
		"verify-no-chat":   w.NoPrivateChat("ann"),
		"unlock-pending":   w.Request(with(see(locked), func(v *RequestView) { v.Lifts = pressed(actions.Succeeded) })),
		"restart-red":      w.Request(see(red)),
	}
}

// someEvents is one of every kind that comes with a panic and with findings.
func someEvents() Events {
	known := map[actions.ID]*actions.Request{12: pressed(actions.Succeeded)}
	return Events{
		Find: func(id actions.ID) (*actions.Request, bool) { r, ok := known[id]; return r, ok },
		List: []Event{
			event(0, 12, actions.KindPanic, "ann", actions.Pressed{Asked: pressed(actions.Approved).Asked, Voids: []actions.ID{9}}),
			event(0, 13, actions.KindStepStarted, "twokey", actions.StepStarted{Request: 12}),
			event(0, 14, "card.posted", "twokey", map[string]any{"request": 12}),
			event(0, 15, actions.KindStepDone, "twokey", actions.StepFinished{Request: 12, Outcome: actions.Succeeded, Service: down()}),
			event(1, 16, actions.KindNoted, "ann", note("ann", actions.NoteAffected, "everybody", 0)),
			event(1, 17, actions.KindNoted, "bob", note("bob", actions.NoteOther, "the bank was called", 0)),
			event(1, 18, actions.KindReviewed, "bob", actions.Review{Request: 12, Person: "bob", Text: "one stop of the queue was enough"}),
			event(1, 19, actions.KindAnswered, "bob", actions.Answered{Request: 12, Check: "/start", Person: "bob", Done: true}),
			event(1, 20, actions.KindConfirmed, "cid", actions.Confirmed{Request: 12, Person: "cid"}),
		},
	}
}

// hostileEvents are n entries whose every text is hostile.
func hostileEvents(n int) Events {
	var list []Event
	for i := range n {
		list = append(list, event(0, uint64(i+1), actions.KindNoted, hostileText, actions.Noted{Request: 12, Person: hostileText, Text: hostileText}))
	}
	return Events{List: list}
}
