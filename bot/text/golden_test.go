package text

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twokey/actions"
	"twokey/auth"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden compares every card with its file. Read the files aloud: they are what people get.
func TestGolden(t *testing.T) {
	w := helsinki(t)
	all := map[string]Card{}
	for _, more := range []map[string]Card{
		openCards(w),
		endCards(w),
		interruptedCards(w),
		listCards(w),
		shortCards(w),
		panicCards(w),
		verifyCards(w),
		preflightCards(w),
		logCards(w),
		journalCards(w),
		whoCards(w),
		headCards(w),
		nudgeCards(w),
		databaseCards(w),
		mergeCards(w),
		noticeRequestCards(w),
		broadcastCards(w),
		drillCards(w),
		heldCards(w),
		noticeCards(w),
		draftCards(w),
	} {
		for name, c := range more {
			all[name] = c
		}
	}
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			if seen := check(t, c); strings.Contains(seen, "%!") {
				t.Errorf("a sentence and its arguments do not fit:\n%s", seen)
			}
			compare(t, filepath.Join("testdata", "golden", name+".html"), golden(c))
		})
	}
	noStrays(t, all)
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", file, diff)
	}
}

// noStrays finds files that no card makes any more.
func noStrays(t *testing.T, all map[string]Card) {
	t.Helper()
	files, err := filepath.Glob("testdata/golden/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, there := all[strings.TrimSuffix(filepath.Base(f), ".html")]; !there {
			t.Errorf("%s: no card makes it", f)
		}
	}
}

func openCards(w Words) map[string]Card {
	warm := ask(warmAction(), actions.Pending)
	warm.Asked.Args, warm.Facts = actions.Args{"region": "eu", "note": "after the deployment of a3f9c21"}, facts()
	waiting := approve(ask(startAction(), actions.Approved), "bob")
	blocker := ask(restartAction(), actions.Interrupted)
	blocker.ID, blocker.Asked.Person = 9, "cid"
	two := ask(restartAction(), actions.Pending)
	two.Asked.Action.Rule.Approvals, two.Asked.Action.Destructive = 2, true
	halted := begun(ran(approve(ask(restartAction(), actions.Running), "bob")))
	halted.Halted = "cid"
	alone := begun(ran(approve(ask(stopAction(), actions.Running))))
	read := ask(actions.Action{Name: "look", Summary: "Look at the database", Effect: actions.Read, Rule: rule}, actions.Pending)
	accounts := map[auth.Name]auth.Account{"bob": 12, "cid": 13}
	return map[string]Card{
		"planning":          w.Request(see(ask(stopAction(), actions.Planning))),
		"planning-own-copy": w.Request(with(see(ask(stopAction(), actions.Planning)), func(v *RequestView) { v.Viewer = "ann" })),
		"pending-stop": w.Request(with(see(ask(stopAction(), actions.Pending)), func(v *RequestView) {
			v.Account, v.Service = accounts, actions.Service{Known: true, Up: true, Since: at(-76 * time.Hour)}
		})),
		"pending-own-copy":   w.Request(with(see(ask(stopAction(), actions.Pending)), func(v *RequestView) { v.Viewer = "ann" })),
		"pending-bobs-copy":  w.Request(with(see(ask(stopAction(), actions.Pending)), func(v *RequestView) { v.Viewer = "bob" })),
		"pending-restart":    w.Request(see(ask(restartAction(), actions.Pending))),
		"pending-look":       w.Request(see(read)),
		"pending-arguments":  w.Request(see(warm)),
		"pending-two-others": w.Request(with(see(two), func(v *RequestView) { v.Verdict = auth.Verdict{Missing: 2, Could: others} })),
		"pending-one-more": w.Request(with(see(two), func(v *RequestView) {
			v.Verdict = auth.Verdict{By: []auth.Name{"cid"}, Missing: 1, Could: []auth.Name{"bob"}}
		})),
		"pending-resume":     w.Request(with(see(settling("resume")), func(v *RequestView) { v.Named = crashed() })),
		"pending-leave":      w.Request(with(see(settling("leave")), func(v *RequestView) { v.Named = crashed() })),
		"approved":           w.Request(see(approve(ask(stopAction(), actions.Approved), "bob"))),
		"approved-own-copy":  w.Request(with(see(approve(ask(stopAction(), actions.Approved), "bob")), func(v *RequestView) { v.Viewer = "ann" })),
		"pending-preparing":  w.Request(see(preparing(ask(stopAction(), actions.Pending)))),
		"approved-preparing": w.Request(see(preparing(ask(stopAction(), actions.Approved)))),
		"void-ahead": w.Request(see(func() *actions.Request {
			r := preparing(ask(stopAction(), actions.Void))
			r.Runs[0].Finished, r.Runs[0].Error = at(2*time.Minute), "load ended with exit code 3"
			r.EndedAt, r.Dropped = at(2*time.Minute), true
			r.Voided = &actions.Voided{Cause: actions.VoidAhead, Name: r.Steps[0].Title, Is: r.Runs[0].Error}
			return r
		}())),
		"pending-at": w.Request(see(func() *actions.Request {
			r := ask(stopAction(), actions.Pending)
			r.Asked.At = at(14 * time.Hour)
			return r
		}())),
		"approved-at": w.Request(see(func() *actions.Request {
			r := ask(stopAction(), actions.Approved)
			r.Asked.At = at(3 * time.Hour)
			r.ApprovedBy, r.ApprovedAt, r.StartUntil = []auth.Name{"bob"}, at(2*time.Minute), at(3*time.Hour+5*time.Minute)
			return r
		}())),
		"approved-waiting": w.Request(with(see(waiting), func(v *RequestView) { v.Waits = []*actions.Request{blocker} })),
		"approved-alone":   w.Request(see(approve(ask(stopAction(), actions.Approved)))),
		"running-first":    w.Request(see(begun(ran(approve(ask(restartAction(), actions.Running), "bob", "cid"))))),
		"running-last":     w.Request(with(see(begun(ran(approve(ask(restartAction(), actions.Running), "bob"), 1200*time.Millisecond))), func(v *RequestView) { v.Progress = actions.Progress{Step: 1, Text: "answers 502, 3 s of 60 s"} })),
		"running-between":  w.Request(see(ran(approve(ask(restartAction(), actions.Running), "bob"), 1200*time.Millisecond))),
		"running-halted":   w.Request(see(halted)),
		"running-alone":    w.Request(see(alone)),
		"hostile-pending":  w.Request(hostileView(actions.Pending)),
		"details": w.Details(with(see(warm), func(v *RequestView) {
			v.Request.Votes = []auth.Vote{{Person: "bob", Approve: true, At: at(time.Minute)}}
		})),
		"details-hostile": w.Details(hostileView(actions.Pending)),
	}
}

func settling(way actions.Name) *actions.Request {
	a := actions.Action{Name: way, Summary: "Resume /restart #9", Effect: actions.Change, Steps: []actions.Step{startStep()}, Rule: rule,
		Params: []actions.Param{{Name: "run", Type: actions.RunID}}}
	if way == "leave" {
		a.Summary, a.Steps = "Leave /restart #9 as it is", []actions.Step{{Kind: actions.Decision, Title: "leave it as it is", Effect: actions.Read}}
	}
	r := ask(a, actions.Pending)
	r.Asked.Args, r.Asked.Names, r.Facts = actions.Args{"run": "9"}, 9, nil
	return r
}

func crashed() *actions.Request {
	r := begun(ran(approve(ask(restartAction(), actions.Interrupted), "bob"), 2*time.Second))
	r.ID, r.Asked.Person = 9, "cid"
	return ended(cut(r, actions.Cut{Cause: actions.CutCrash, Begun: true, Ended: 1, Probe: "sigmatradebot is launching, 3 restarts"}, 1), time.Minute,
		actions.Service{Known: true})
}

func endCards(w Words) map[string]Card {
	succeeded := func(a actions.Action) *actions.Request {
		return ended(ran(approve(ask(a, actions.Succeeded), "bob"), 2*time.Second), 2*time.Second, down())
	}
	restarted := ended(ran(approve(ask(restartAction(), actions.Succeeded), "bob"), 1200*time.Millisecond, 118*time.Second), 2*time.Minute, up())
	started := ended(ran(approve(ask(startAction(), actions.Succeeded), "bob"), 12*time.Second), 12*time.Second, up())
	undone := ended(ran(approve(ask(startAction(), actions.Succeeded), "bob"), 12*time.Second), 12*time.Second, actions.Service{})
	undone.Settled = 20
	fail := ended(broken(ran(approve(ask(restartAction(), actions.Failed), "bob"), 2*time.Second, 58*time.Second)), time.Minute, down())
	refused := end(ask(startAction(), actions.Refused))
	refused.Why, refused.Hint, refused.Steps = "pm2 does not know sigmatradebot", "register it with pm2, or correct service.process.name", nil
	late := ended(ask(stopAction(), actions.Succeeded), time.Second, down())
	late.Late, late.StartedAt, late.Steps, late.Asked.Action.Rule.Alone = true, at(2*time.Minute), nil, true
	drift := actions.Voided{Cause: actions.VoidDrift, Name: "program /usr/local/bin/warm", Was: fileHash, Is: strings.ToUpper(planHash[:2]) + " not readable"}
	drift2 := actions.Voided{Cause: actions.VoidDrift, Name: "program /usr/local/bin/warm", Was: "sha256:" + planHash, Is: fileHash}
	holder := ask(stopAction(), actions.Succeeded)
	holder.ID, holder.Asked.Person = 15, "cid"
	unstarted := end(approve(ask(startAction(), actions.Expired), "bob"))
	old := ask(restartAction(), actions.Succeeded)
	old = &actions.Request{ID: 3, Status: actions.Succeeded, Asked: old.Asked, AskedAt: noon, EndedAt: at(time.Hour), Last: 9, Hash: "77ab03d1", Brief: true}
	return map[string]Card{
		"succeeded-stop":    w.Request(see(succeeded(stopAction()))),
		"succeeded-restart": w.Request(see(restarted)),
		"succeeded-start":   w.Request(see(started)),
		"succeeded-undone":  w.Request(see(undone)),
		"succeeded-late":    w.Request(see(late)),
		"succeeded-old":     w.Request(see(old)),
		"failed":            w.Request(see(fail)),
		"failed-hostile":    w.Request(hostileView(actions.Failed)),
		"refused":           w.Request(see(refused)),
		"denied":            w.Request(see(by(ask(stopAction(), actions.Denied), "bob"))),
		"cancelled":         w.Request(see(by(ask(stopAction(), actions.Cancelled), "ann"))),
		"expired":           w.Request(see(end(ask(stopAction(), actions.Expired)))),
		"expired-approved":  w.Request(see(unstarted)),
		"void-policy":       w.Request(see(void(ask(stopAction(), actions.Void), actions.Voided{Cause: actions.VoidPolicy}))),
		"void-drift":        w.Request(see(void(approve(ask(warmAction(), actions.Void), "bob"), drift2))),
		"void-drift-words":  w.Request(see(void(approve(ask(warmAction(), actions.Void)), drift))),
		"void-votes":        w.Request(see(void(approve(ask(stopAction(), actions.Void), "bob"), actions.Voided{Cause: actions.VoidVotes}))),
		"void-stopped":      w.Request(with(see(void(approve(ask(startAction(), actions.Void), "bob"), actions.Voided{Cause: actions.VoidStopped, By: 15})), func(v *RequestView) { v.Holder = holder })),
		"run":               w.Run(see(fail), someEvents()),
	}
}

func interruptedCards(w Words) map[string]Card {
	run := func(c actions.Cut, steps ...time.Duration) RequestView {
		r := ran(approve(ask(restartAction(), actions.Interrupted), "bob"), steps...)
		if c.Begun {
			begun(r)
		}
		r.Asked.Action.Undo = "start"
		return see(ended(cut(r, c, len(steps)), time.Minute, down()))
	}
	holder := ask(stopAction(), actions.Succeeded)
	holder.ID, holder.Asked.Person = 15, "cid"
	settled := run(actions.Cut{Cause: actions.CutAway}, 2*time.Second)
	settled.Request.Settled = 21
	three := run(actions.Cut{Cause: actions.CutAway})
	three.Request.Asked.Action.Rule.Approvals = 2
	three.Request.Asked.Action.Undo = ""
	left := []string{"pid 4711 node dist/main.js", "pid 4712 npm"}
	return map[string]Card{
		"interrupted-crash":    w.Request(run(actions.Cut{Cause: actions.CutCrash, Begun: true, Ended: 2, Left: left, Probe: "sigmatradebot is launching"}, 2*time.Second)),
		"interrupted-hold":     w.Request(with(run(actions.Cut{Cause: actions.CutHold, By: 15}, 2*time.Second), func(v *RequestView) { v.Holder = holder })),
		"interrupted-held":     w.Request(run(actions.Cut{Cause: actions.CutHold, By: 15, Begun: true}, 2*time.Second)),
		"interrupted-shutdown": w.Request(run(actions.Cut{Cause: actions.CutShutdown, Begun: true})),
		"interrupted-halted":   w.Request(run(actions.Cut{Cause: actions.CutHalted, Who: "cid"}, 2*time.Second)),
		"interrupted-away":     w.Request(three),
		"interrupted-settled":  w.Request(settled),
		"interrupted-hostile":  w.Request(hostileView(actions.Interrupted)),
	}
}

func listCards(w Words) map[string]Card {
	fine := StatusView{Service: actions.Service{Known: true, Up: true, Since: at(-76 * time.Hour)}, PIDs: []int{4711, 4712}, Restarts: 3, Checked: noon,
		Head: 1290, HeadHash: "77ab03d1"}
	whole := fine
	whole.Database, whole.Reach = &DatabaseLine{Size: 1_634_000_000, Connections: 42}, Reach{Can: 3, Of: 3}
	whole.Backups = &BackupsView{Now: noon, MaxAge: 26 * time.Hour, All: []BackupView{{Folder: "safety", Made: at(-time.Hour), Level: "decodes"},
		{Folder: "daily", Made: at(-2 * time.Hour), Problem: "is cut off"}, {Folder: "daily", Made: at(-9*time.Hour - 12*time.Minute), Level: "decodes"}}}
	whole.Proven = &ProvenView{At: at(-13 * 24 * time.Hour), Took: 4*time.Minute + 31*time.Second}
	ill := fine
	ill.Database, ill.Reach = &DatabaseLine{Err: "the database does not say how large it is: connection refused"}, Reach{Can: 1, Of: 3}
	ill.Backups = &BackupsView{Now: noon, MaxAge: 26 * time.Hour, All: []BackupView{{Folder: "daily", Made: at(-31 * time.Hour), Level: "decodes"}}}
	bad := StatusView{Service: actions.Service{Known: true, Since: at(-time.Hour), Note: "pm2: errored"}, Checked: noon, JournalDown: true,
		ClockBehind: 95 * time.Second, AwaySince: at(-2 * time.Hour), Head: 1290, HeadHash: "77ab03d1",
		Live: []*actions.Request{crashed(), ask(stopAction(), actions.Pending)}, Locks: map[actions.Touch]actions.ID{actions.App: 9}}
	waiting := with(see(approve(ask(startAction(), actions.Approved), "bob")), func(v *RequestView) { v.Waits = []*actions.Request{crashed()} })
	waiting.Request.ID = 14
	running := see(begun(ran(approve(ask(restartAction(), actions.Running), "bob"))))
	running.Request.ID = 16
	alone := stopAction()
	alone.Rule.Alone = true
	list := []actions.Action{alone, startAction(), restartAction(), warmAction()}
	var runs []*actions.Request
	for i, s := range statuses {
		r := ask(restartAction(), s)
		r.ID = actions.ID(100 - i)
		if s.Final() {
			ended(ran(r), 12*time.Second, up())
		}
		runs = append(runs, r)
	}
	runs[4].Late = true
	return map[string]Card{
		"status-up":        w.Status(fine),
		"status-whole":     w.Status(whole),
		"status-ill":       w.Status(ill),
		"status-down":      w.Status(StatusView{Service: actions.Service{Known: true, Since: at(-time.Hour)}, Checked: noon}),
		"status-bad":       w.Status(bad),
		"status-unknown":   w.Status(StatusView{Checked: noon, Err: "pm2 did not answer within 5 s"}),
		"pending-list":     w.Pending([]RequestView{see(ask(stopAction(), actions.Pending)), waiting, running, see(crashed())}),
		"pending-none":     w.Pending(nil),
		"actions":          w.Actions(list, func(a actions.Action) bool { return a.Name != "restart" }),
		"actions-all":      w.Actions(list, nil),
		"runs":             w.Runs(runs),
		"runs-none":        w.Runs(nil),
		"help-admin":       w.Help(true),
		"help-stranger":    w.Help(false),
		"help-practises":   Words{Service: w.Service, Practises: true}.Help(true),
		"id-known":         w.ID(11, -1001234567890, "ann"),
		"id-stranger":      w.ID(99, 99, ""),
		"greeting":         w.Greeting("ann", 11),
		"greeting-unknown": w.Greeting("", 99),
	}
}

func shortCards(w Words) map[string]Card {
	late := actions.Late{Asked: ask(stopAction(), actions.Succeeded).Asked, Started: noon, Finished: at(400 * time.Millisecond), Outcome: actions.Succeeded, Service: down()}
	late.Asked.Action.Rule.Alone = true
	failed := late
	failed.Outcome, failed.Error = actions.Failed, "pm2 did not answer within 5 s"
	cards := map[string]Card{
		"stale":                 w.Stale("/stop", 2*time.Hour+4*time.Minute, "/stop"),
		"stale-long":            w.Stale("/warm_cache", 90*time.Second, "/warm_cache note="+strings.Repeat("x", 80)),
		"unknown-command":       w.UnknownCommand("stpo", []string{"stop"}),
		"unknown-command-odd":   w.UnknownCommand("<b>x</b>", nil),
		"journal-down":          w.JournalDown(),
		"emergency":             w.Emergency(late),
		"emergency-failed":      w.Emergency(failed),
		"refusal-missing":       w.Refusal(&actions.Refusal{Reason: actions.MissingParam, Action: "warm_cache", Param: "region", Values: []string{"eu", "us", "asia pacific"}, Args: actions.Args{"note": "x"}}),
		"refusal-missing-text":  w.Refusal(&actions.Refusal{Reason: actions.MissingParam, Action: "warm_cache", Param: "note"}),
		"refusal-bad":           w.Refusal(&actions.Refusal{Reason: actions.BadParam, Action: "warm_cache", Param: "region", Values: []string{"eu", "us"}, Detail: "is one of eu, us"}),
		"refusal-joined":        w.Refusal(&actions.Refusal{Reason: actions.Joined, Action: "stop", Request: 12, State: actions.Pending, Who: []auth.Name{"ann"}}),
		"refusal-too-many":      w.Refusal(&actions.Refusal{Reason: actions.TooManyYours, Action: "stop", Values: []string{"#12 /stop", "#13 /start"}}),
		"refusal-own":           w.Refusal(&actions.Refusal{Reason: actions.OwnRequest, Who: others}),
		"refusal-unknown-param": w.Refusal(&actions.Refusal{Reason: actions.UnknownParam, Action: "restore", Param: "force", Values: []string{"backup", "service"}}),
	}
	for _, o := range []Origin{Forwarded, Edited, Anonymous, ViaBot, Scheduled, FromBot, Business, Ephemeral, "another"} {
		cards["unheard-"+strings.ReplaceAll(string(o), " ", "-")] = w.Unheard(o)
	}
	return cards
}

// preparing gives a request a step that runs ahead, and has begun.
func preparing(r *actions.Request) *actions.Request {
	load := actions.Step{Kind: "exec", Title: "load the copy", Effect: actions.Protect, Ahead: true, Body: body(map[string]any{"run": []string{"load"}})}
	r.Steps = append([]actions.Step{load}, r.Steps...)
	r.Asked.Action.Steps = r.Steps
	r.Runs = []actions.StepRun{{Started: at(time.Minute)}}
	return r
}
