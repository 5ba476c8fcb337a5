package text

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/drills"
	"twokey/drills/calendar"
)

var tuesday = time.Date(2027, 1, 5, 8, 0, 0, 0, time.UTC) // 10:00 in Helsinki

// exercise is the quarterly drill of the example config, in January.
func exercise(s drills.Status) *drills.Exercise {
	period := calendar.Period{Name: "2027-Q1", From: time.Date(2026, 12, 31, 22, 0, 0, 0, time.UTC), Until: time.Date(2027, 3, 31, 21, 0, 0, 0, time.UTC)}
	return &drills.Exercise{ID: 1287, Drill: "database", Type: drills.Database, Nominal: tuesday, At: tuesday, Period: period, Target: 30 * time.Minute, Owner: "cid",
		Owners: []auth.Name{"ann", "bob", "cid"}, Status: s, Last: 1287}
}

// script are the steps of a database drill.
func script() []drills.Step {
	return []drills.Step{
		{Key: "pick", Title: "pick the newest backup", Auto: true}, {Key: "decode", Title: "read it to its end", Auto: true},
		{Key: "scratch", Title: "make a scratch database", Auto: true}, {Key: "guard", Title: "prove that it is not production", Auto: true},
		{Key: "load", Title: "load it into the scratch database", Auto: true, Within: 10 * time.Minute}, {Key: "checks", Title: "count and look at the rows", Auto: true, Proves: true},
		{Key: "look", Title: "look at the numbers", Ask: "Compare with the shop's own page:\n`psql -h 127.0.0.1 -c 'select count(*) from deposits'`\nIs the newest deposit there?", Within: 5 * time.Minute},
		{Key: "runbook", Title: "read the runbook", Ask: "Is a line of it stale?"}, {Key: "ask", Title: "ask whoever was away", Ask: "What would they have missed?", Optional: true},
	}
}

// held is the exercise, started by cid, with so many steps done.
func held(s drills.Status, done int) *drills.Exercise {
	x := exercise(s)
	x.By, x.Started, x.Script, x.Last = "cid", tuesday.Add(2*time.Minute), script(), 1302
	x.Steps = make([]drills.Progress, len(x.Script))
	begun := x.Started
	for i := range done {
		end := begun.Add(time.Duration(1+i*17) * time.Second)
		x.Steps[i] = drills.Progress{Begun: begun, Ended: end, Outcome: drills.StepDone}
		begun = end
	}
	if done < len(x.Steps) && x.Script[done].Auto {
		x.Steps[done].Begun, x.Dirty = begun, true
	}
	return x
}

func heldBefore() *drills.Exercise {
	x := exercise(drills.Done)
	x.ID, x.By, x.Started, x.Result = 900, "ann", time.Date(2026, 10, 6, 7, 0, 0, 0, time.UTC), drills.Pass
	x.RTO = drills.Measured{Known: true, Took: 4*time.Minute + 31*time.Second}
	return x
}

func drillAt(x *drills.Exercise, after time.Duration) DrillView {
	return DrillView{X: x, Now: tuesday.Add(after), Others: others, Account: map[auth.Name]auth.Account{"ann": 11, "bob": 12, "cid": 13}}
}

func heldOver(r drills.Result) *drills.Exercise {
	x := held(drills.Done, 9)
	x.Result, x.Ended, x.Dirty, x.Proof = r, x.Started.Add(11*time.Minute), false, "drill_1287 is dropped, nothing of it runs, 0 files are left"
	x.RTO, x.RPO = drills.Measured{Known: true, Took: 4*time.Minute + 31*time.Second}, drills.Measured{Known: true, Took: 6*time.Hour + 12*time.Minute}
	x.Last = 1310
	return x
}

func altered[V any](v V, change func(*V)) V { change(&v); return v }

func with1(x *drills.Exercise, change func(*drills.Exercise)) *drills.Exercise { change(x); return x }

func finding(text string, closed bool) drills.Finding {
	f := drills.Finding{FoundOut: drills.FoundOut{Exercise: 1287, Text: text, Owner: "bob", Due: tuesday.Add(14 * 24 * time.Hour)}, At: tuesday}
	if closed {
		f.Closed, f.ClosedBy, f.How = tuesday.Add(48*time.Hour), "bob", "the cron job waits for the dump now"
	}
	return f
}

func drillCards(w Words) map[string]Card {
	late := held(drills.Running, 4)
	late.Steps[4].Begun = late.Started.Add(30 * time.Second)
	red := held(drills.Running, 6)
	red.Steps[5].Outcome = drills.StepFailed
	red.Steps[5].Found = drills.Found{Why: "two tables are empty", Hint: "look at the backup of the night", Checks: []drills.Check{
		{Name: "tables", Value: "29 of 31", State: drills.Red, Why: "deposits, users are empty"}, {Name: "newest row", Value: "6 h old", State: drills.Green},
		{Name: "no orphans", Value: "12", State: drills.Red}}}
	red.Looks, red.Crashes = []drills.Look{{Name: "disk", State: drills.Red, Text: "3 GB"}}, 1
	red.Notes, red.Findings = make([]drills.Note, 2), []drills.Finding{finding("the newest backup is cut off", false)}
	asked := exercise(drills.Taken)
	skip := ask(actions.Action{Name: "drill_skip", Summary: "Skip", Rule: rule, Params: []actions.Param{{Name: "exercise", Type: actions.RunID}}}, actions.Pending)
	skip.ID, skip.Asked.Args, skip.Asked.Person = 1290, actions.Args{"exercise": "1287"}, "cid"
	table := held(drills.Running, 6)
	table.Drill, table.Script[6].After, table.Script[6].Ask = "emergency", 20*time.Minute, "Money moved twice. What do you press?"
	cut := held(drills.Running, 6)
	cut.Steps[0].Outcome, cut.Steps[0].Found = drills.StepFailed, drills.Found{Why: "the newest backup, shop.dump, ends inside table orders", Hint: "see /backups"}
	for i := 1; i < 6; i++ {
		cut.Steps[i].Outcome, cut.Steps[i].Found = drills.StepSkipped, drills.Found{Why: "not done: read it failed"}
	}
	told := held(drills.Running, 7)
	told.Drill, told.Script[6].Answer = "emergency", "Press /panic first, ask afterwards.\nbob or cid review it."
	cards := map[string]Card{
		"drill-running-cut":    w.Drill(drillAt(cut, 9*time.Minute)),
		"drill-running-answer": w.Drill(drillAt(told, 9*time.Minute)),
		"drill-due":            w.Drill(altered(drillAt(exercise(drills.Open), -14*24*time.Hour), func(v *DrillView) { v.Last = heldBefore() })),
		"drill-due-first":      w.Drill(drillAt(exercise(drills.Open), -72*time.Hour)),
		"drill-due-nobody":     w.Drill(drillAt(with1(exercise(drills.Open), func(x *drills.Exercise) { x.Owner = "" }), -72*time.Hour)),
		"drill-due-now":        w.Drill(drillAt(exercise(drills.Open), 5*time.Minute)),
		"drill-accepted":       w.Drill(drillAt(exercise(drills.Taken), -time.Hour)),
		"drill-accepted-now":   w.Drill(drillAt(exercise(drills.Taken), time.Minute)),
		"drill-wanted":         w.Drill(drillAt(with1(exercise(drills.Open), func(x *drills.Exercise) { x.Trigger = drills.Manual }), time.Second)),
		"drill-moved": w.Drill(drillAt(with1(exercise(drills.Open), func(x *drills.Exercise) {
			x.Moved = []drills.Rescheduled{{Person: "cid", From: tuesday.Add(-24 * time.Hour), To: tuesday, Reason: "the dentist"}}
		}), -time.Hour)),
		"drill-asked": w.Drill(altered(drillAt(asked, -time.Hour), func(v *DrillView) { v.Asked = []*actions.Request{skip} })),
		"drill-anyway": w.Drill(drillAt(with1(exercise(drills.Taken), func(x *drills.Exercise) {
			x.Anyway = &drills.Anyway{At: tuesday, Agreed: drills.Agreed{Person: "cid", People: 2, Red: []string{"disk"}}}
		}), time.Minute)),
		"drill-aborted": w.Drill(drillAt(with1(exercise(drills.Taken), func(x *drills.Exercise) {
			x.Aborts, x.Dirty = []drills.Abort{{At: tuesday.Add(9 * time.Minute), By: "bob", Reason: "the shop is slow"}}, true
		}), 10*time.Minute)),
		"drill-running-auto":   w.Drill(altered(drillAt(held(drills.Running, 4), 3*time.Minute), func(v *DrillView) { v.Board = "1.2 of 3.4 GB, table 14 of 31" })),
		"drill-running-first":  w.Drill(drillAt(held(drills.Running, 0), 2*time.Minute)),
		"drill-running-late":   w.Drill(drillAt(late, 40*time.Minute)),
		"drill-running-person": w.Drill(drillAt(held(drills.Running, 6), 9*time.Minute)),
		"drill-running-red":    w.Drill(drillAt(red, 9*time.Minute)),
		"drill-running-event":  w.Drill(drillAt(table, 9*time.Minute)),
		"drill-running-last":   w.Drill(drillAt(held(drills.Running, 9), 12*time.Minute)),
		"drill-passed":         w.Drill(drillAt(heldOver(drills.Pass), time.Hour)),
		"drill-partial": w.Drill(drillAt(with1(heldOver(drills.Partial), func(x *drills.Exercise) {
			x.Reason, x.Findings, x.RTO.Took = "it took 41 min, 11 min more than the target", []drills.Finding{finding("the newest backup is cut off", true), finding("the runbook names the old host", false)}, 41*time.Minute
		}), time.Hour)),
		"drill-failed": w.Drill(drillAt(with1(heldOver(drills.Fail), func(x *drills.Exercise) {
			x.Reason, x.RTO, x.RPO = "read it to its end failed: it ends inside table transactions", drills.Measured{}, drills.Measured{}
			x.Steps[1].Outcome = drills.StepFailed
			for i := 2; i < 6; i++ {
				x.Steps[i].Outcome = drills.StepSkipped
			}
		}), time.Hour)),
		"drill-signed": w.Drill(drillAt(with1(heldOver(drills.Pass), func(x *drills.Exercise) { x.SignedBy, x.SignedAt = "bob", tuesday.Add(38*time.Minute) }), time.Hour)),
		"drill-skipped": w.Drill(drillAt(with1(exercise(drills.Off), func(x *drills.Exercise) {
			x.By, x.Reason, x.Last = "cid", "the database moves that week", 1301
		}), time.Hour)),
		"drill-missed":      w.Drill(drillAt(exercise(drills.Lost), 90*24*time.Hour)),
		"drill-dropped":     w.Drill(drillAt(exercise(drills.Dropped), time.Hour)),
		"drill-red":         w.DrillRed(drillAt(exercise(drills.Taken), 0), []drills.Look{{Name: "disk", State: drills.Red, Text: "3 GB are free, 12 GB are needed", Hint: "make room in /var/lib"}, {Name: "incident", State: drills.Red, Text: "#12 is open"}}),
		"drill-dates":       w.DrillDates(drillAt(exercise(drills.Open), -time.Hour), "cid", []time.Time{tuesday.Add(24 * time.Hour), tuesday.Add(48 * time.Hour), tuesday.Add(72 * time.Hour)}),
		"drill-no-name":     w.DrillRefusal(DrillNo{Refusal: drills.Refusal{Reason: drills.NoSuchDrill}, Drill: "databse", Names: []drills.Name{"code", "database"}}),
		"drill-usage":       w.DrillUsage("stop"),
		"drill-usage-known": w.DrillUsage("move"),
		"drill-pack-large":  w.DrillPackTooLarge(2027, 61_400_000),
		"drill-no-trend":    w.NoTrend("database"),
		"drill-away":        w.DrillAway("ann", time.Date(2026, 12, 20, 22, 0, 0, 0, time.UTC)),
		"drill-back":        w.DrillBack("ann"),
		"drill-away-how":    w.DrillAwayRefusal(DrillAwayNo{Command: "away", Example: tuesday, Away: []auth.Name{"bob"}}),
		"drill-away-admin":  w.DrillAwayRefusal(DrillAwayNo{Command: "away", Example: tuesday, Admins: others}),
		"drill-away-nobody": w.DrillAwayRefusal(DrillAwayNo{Command: "away", Unknown: "bbo", Names: []auth.Name{"ann", "bob"}}),
		"drill-back-how":    w.DrillAwayRefusal(DrillAwayNo{Command: "back", Example: tuesday}),
		"drill-back-admin":  w.DrillAwayRefusal(DrillAwayNo{Command: "back", Admins: others}),
	}
	for _, d := range []DrillChoice{{DrillFailed, 6}, {DrillOmit, 6}, {What: DrillNote}, {What: DrillAbort}, {What: DrillSkip}, {DrillMoveTo, uint64(tuesday.Unix())},
		{What: DrillFinding}, {What: DrillAnyway}} {
		cards["drill-asks-"+d.String()[:2]] = w.DrillAsks(drillAt(held(drills.Running, 6), 9*time.Minute), "cid", d)
	}
	for name, c := range reachCards(w) {
		cards[name] = c
	}
	for name, c := range drillLists(w) {
		cards[name] = c
	}
	return cards
}

// reachCards are those of an approvers drill.
func reachCards(w Words) map[string]Card {
	reach := func(s drills.Status) *drills.Exercise {
		x := exercise(s)
		x.Drill, x.Type, x.By, x.Started, x.Target = "approvers", drills.Approvers, "ann", tuesday, 15*time.Minute
		x.Script, x.Steps = []drills.Step{{Key: drills.AnswersKey, Title: "wait for each of them"}}, make([]drills.Progress, 1)
		x.Answers = map[auth.Name]time.Time{"ann": tuesday.Add(2 * time.Second), "bob": tuesday.Add(41 * time.Second)}
		return x
	}
	v := drillAt(reach(drills.Running), time.Minute)
	v.Silent = []auth.Name{"cid"}
	ended := reach(drills.Done)
	ended.Steps[0].Ended, ended.Result, ended.Ended = tuesday.Add(15*time.Minute), drills.Fail, tuesday.Add(15*time.Minute)
	return map[string]Card{
		"drill-reach": w.Drill(v), "drill-reach-call": w.DrillCall(v, "cid"), "drill-reach-thanks": w.DrillCall(v, "bob"),
		"drill-reach-late": w.DrillCall(drillAt(ended, time.Hour), "cid"),
	}
}

func drillLists(w Words) map[string]Card {
	due, run := exercise(drills.Open), held(drills.Running, 4)
	lines := []DrillLine{
		{Name: "code", Next: time.Date(2026, 12, 8, 8, 0, 0, 0, time.UTC), Proven: true, Last: with1(heldBefore(), func(x *drills.Exercise) { x.Target = 0 }), Streak: 1},
		{Name: "database", Next: tuesday, Owner: "cid", Open: due, Last: heldBefore(), Streak: 3, Findings: 2, Unsigned: []uint64{900}, Changed: true, Overdue: 12*24*time.Hour + 3*time.Hour},
		{Name: "emergency", Next: time.Date(2027, 9, 6, 7, 0, 0, 0, time.UTC)},
		{Name: "approvers", Next: tuesday, Owner: "cid", Open: run, Last: with1(heldBefore(), func(x *drills.Exercise) { x.Result, x.RTO = drills.Fail, drills.Measured{} })},
	}
	status := StatusView{Service: actions.Service{Known: true, Up: true, Since: at(-76 * time.Hour)}, Checked: noon, Head: 1290, HeadHash: "77ab03d1",
		Proven: &ProvenView{At: at(-13 * 24 * time.Hour), Took: 4*time.Minute + 31*time.Second}, NextDrill: &lines[0]}
	restore := restoring(actions.Pending)
	return map[string]Card{
		"drills": w.Drills(DrillsView{Lines: lines, Now: tuesday.Add(time.Minute), Away: []auth.Name{"bob"}}), "drills-none": w.Drills(DrillsView{Now: tuesday}),
		"status-drills": w.Status(status),
		"status-unproof": w.Status(altered(status, func(v *StatusView) {
			v.Proven, v.NextDrill = &ProvenView{At: at(-48 * time.Hour), Result: drills.Fail}, nil
		})),
		"morning-drills": w.Morning(MorningView{Now: noon, Service: up(), Head: 1290, NextDrill: &lines[0]}),
		"pending-proven": w.Request(with(see(restore), func(v *RequestView) {
			v.Proven = &ProvenView{At: at(-13 * 24 * time.Hour), Took: 4*time.Minute + 31*time.Second}
		})),
	}
}

// A drill is never taken for the real thing: each of its cards, questions and calls says what it is first.
func TestEveryDrillMessageBeginsWithItsMark(t *testing.T) {
	other := []string{"drill-no", "drill-usage", "drill-away", "drill-back", "drill-no-trend"}
	for name, c := range drillCards(helsinki(t)) {
		isNo := slices.ContainsFunc(other, func(p string) bool { return strings.HasPrefix(name, p) })
		if strings.HasPrefix(name, "drill") && !isNo && !strings.HasPrefix(c.HTML, "🧪 ") {
			t.Errorf("%s begins with %.20q", name, c.HTML)
		}
		if n := strings.Count(c.HTML, "\n"); strings.HasPrefix(name, "drill-") && n > 25 {
			t.Errorf("%s has %d lines", name, n+1)
		}
	}
}

// TestDrillLines keeps the lines that ring, the answers and the refusals in one file.
func TestDrillLines(t *testing.T) {
	w, all := helsinki(t), []auth.Name{"ann", "bob", "cid"}
	var b strings.Builder
	x := func(s drills.Status) DrillView { return drillAt(exercise(s), -time.Hour) }
	day, seq := 24*time.Hour, uint64(1290)
	for _, tt := range []struct {
		say  string
		v    DrillView
		body any
	}{
		{"reminded, not accepted", x(drills.Open), &drills.Reminded{Before: 3 * day, At: tuesday}},
		{"reminded, accepted", x(drills.Taken), &drills.Reminded{Before: time.Hour, At: tuesday}},
		{"reminded, nobody's", altered(x(drills.Open), func(v *DrillView) { v.X.Owner = "" }), &drills.Reminded{Before: day, At: tuesday}},
		{"it is time", drillAt(exercise(drills.Taken), 0), &drills.Reminded{At: tuesday}},
		{"it was time", drillAt(exercise(drills.Taken), 2*time.Hour), &drills.Reminded{At: tuesday}},
		{"assigned", x(drills.Open), &drills.Assigned{Owner: "cid", Away: "ann"}},
		{"assigned, first", x(drills.Open), &drills.Assigned{Owner: "cid"}},
		{"second", x(drills.Open), &drills.Escalated{Level: drills.Second, Lack: drills.NotAccepted, Person: "bob"}},
		{"second, nobody else", x(drills.Open), &drills.Escalated{Level: drills.Second, Lack: drills.NotAccepted}},
		{"chat", drillAt(exercise(drills.Taken), time.Hour), &drills.Escalated{Level: drills.Chat, Lack: drills.NotStarted}},
		{"admins", drillAt(exercise(drills.Taken), day), &drills.Escalated{Level: drills.Admins, Lack: drills.NotStarted}},
		{"moved", x(drills.Taken), &drills.Rescheduled{Person: "cid", To: tuesday.Add(day), Reason: "the dentist"}},
		{"moved by two", x(drills.Taken), &drills.Agreed{Do: drills.AgreedMove, Person: "cid", To: tuesday.Add(day), Reason: "the dentist"}},
		{"skipped by two", x(drills.Off), &drills.Agreed{Do: drills.AgreedSkip, Person: "cid", Reason: "the database moves"}},
		{"skipped", x(drills.Off), &drills.Skipped{Person: "cid", Reason: "the database moves"}},
		{"missed", x(drills.Lost), &drills.Missed{Exercise: 1287}},
		{"passed", drillAt(heldOver(drills.Pass), time.Hour), &drills.Ended{Result: drills.Pass}},
		{"failed", drillAt(with1(heldOver(drills.Fail), func(x *drills.Exercise) { x.RTO = drills.Measured{} }), time.Hour), &drills.Ended{Result: drills.Fail}},
		{"aborted", x(drills.Taken), &drills.Ended{Result: drills.Aborted, Person: "bob", Reason: "the shop is slow"}},
		{"interrupted", drillAt(held(drills.Running, 4), time.Hour), &drills.Interrupted{}},
		{"handed over", drillAt(held(drills.Running, 6), time.Hour), &drills.StepFinished{Step: 5}},
		{"follow up", drillAt(with1(heldOver(drills.Pass), func(x *drills.Exercise) {
			x.Findings = []drills.Finding{finding("the runbook names the old host", false)}
		}), 14*day), &drills.FollowUp{Finding: 1}},
	} {
		ring := w.DrillRing(tt.v, drills.News{Seq: seq, Body: tt.body}, all)
		seen, err := parse(ring)
		if err != nil || strings.Contains(seen, "\n") || !strings.HasPrefix(seen, "🧪 ") || strings.Contains(seen, "%!") {
			t.Errorf("%s: %q: %v", tt.say, ring, err)
		}
		fmt.Fprintf(&b, "ring, %s: %s\n", tt.say, ring)
	}
	fmt.Fprintf(&b, "ring, not signed: %s\n", w.DrillUrge(drillAt(heldOver(drills.Pass), day)))
	for _, what := range withoutNumber + withNumber {
		if line := w.DrillAnswer(byte(what)); line == "" {
			t.Errorf("a press of %c is answered with nothing", what)
		} else {
			oneLine(t, &b, "answer, "+string(what), line)
		}
	}
	oneLine(t, &b, "not an approver", w.NotAnApprover())
	for _, r := range drillReasons(t) {
		no := DrillNo{Refusal: drills.Refusal{Reason: r, ID: 1287, Status: drills.Running, Who: "cid", Until: tuesday.Add(90 * day)}, Drill: "database", Others: others,
			Names: []drills.Name{"code", "database"}, Open: []int{1, 3}, At: tuesday}
		line := w.DrillRefusalLine(no)
		oneLine(t, &b, string(r), line)
		if strings.Contains(line, "cannot be done (") || !strings.Contains(line, "/") {
			t.Errorf("%s: %q has no sentence of its own, or does not say what to type", r, line)
		}
		if seen := check(t, w.DrillRefusal(no)); !strings.HasPrefix(seen, strings.TrimSuffix(line, "…")) {
			t.Errorf("%s: the card says %q", r, seen)
		}
		no.Status, no.Who, no.Others, no.Open, no.ID, no.Until = drills.Taken, "", nil, nil, 0, time.Time{}
		oneLine(t, &b, string(r)+", little known", w.DrillRefusalLine(no))
		no.Who, no.Drill, no.Names, no.Others = hostileText, hostileText, slices.Repeat([]drills.Name{hostileText}, 30), []auth.Name{hostileText}
		check(t, w.DrillRefusal(no))
		oneLine(t, new(strings.Builder), "hostile "+string(r), w.DrillRefusalLine(no))
	}
	compare(t, filepath.Join("testdata", "golden", "drill-lines.txt"), b.String())
}

// drillReasons are all reasons there are, by the source: a new one must not be forgotten here.
func drillReasons(t *testing.T) (all []drills.Reason) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "drills", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			v, is := n.(*ast.ValueSpec)
			if !is {
				return true
			}
			if name, is := v.Type.(*ast.Ident); is && name.Name == "Reason" {
				for _, e := range v.Values {
					s, err := strconv.Unquote(e.(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, drills.Reason(s))
				}
			}
			return true
		})
	}
	if len(all) < 20 {
		t.Fatalf("found %d reasons", len(all))
	}
	return all
}

func TestDrillChoicesHaveOneSpelling(t *testing.T) {
	for _, d := range []DrillChoice{{What: DrillAccept}, {DrillDone, 0}, {DrillDone, 12}, {DrillMoveTo, 1799140800}, {DrillSign, 2}, {What: DrillHere}} {
		data := Press{Seq: 1287, Choice: d.String()}.Data()
		p, ok := ParseData(data)
		back, is := ParseDrill(p.Choice)
		if !ok || !is || back != d || !IsDrill(p.Choice) {
			t.Errorf("%v: %q came back as %v", d, data, back)
		}
	}
	for _, s := range []string{"", "z", "zd", "za1", "zd01", "zd-1", "zq", "zd99999999999999999999", "zd1 ", "a", "bp", "k1y", "nf0.0"} {
		if d, ok := ParseDrill(s); ok {
			t.Errorf("%q is %v", s, d)
		}
	}
}

func TestAQuestionSaysWhatItAsksFor(t *testing.T) {
	w := helsinki(t)
	v := drillAt(held(drills.Running, 6), 0)
	for _, d := range []DrillChoice{{DrillFailed, 6}, {What: DrillNote}, {What: DrillAbort}, {DrillMoveTo, 1799140800}} {
		id, back, ok := ParseDrillAsk(unescape(w.DrillAsks(v, "cid", d).HTML))
		if !ok || id != 1287 || back != d {
			t.Errorf("%v came back as %d, %v, %v", d, id, back, ok)
		}
	}
	for _, s := range []string{"", "🧪", "#1287:zx", "why\n#1287:zx", "🧪 x\n#0:zx", "🧪 x\n#1287:zq", "🧪 x\n#1287:zx more", "🧪 x\n#99999999999999999999:zx", unescape(w.Drill(v).HTML)} {
		if id, d, ok := ParseDrillAsk(s); ok {
			t.Errorf("%q asks for %d, %v", s, id, d)
		}
	}
}

// TestDrillLimits makes every card of texts that are as long and as hostile as can be.
func TestDrillLimits(t *testing.T) {
	w := helsinki(t)
	long := strings.Repeat(hostileText, 3)
	for _, s := range []drills.Status{drills.Open, drills.Taken, drills.Running, drills.Done, drills.Off, drills.Lost, drills.Dropped} {
		x := heldOver(drills.Fail)
		x.Status, x.Drill, x.Owner, x.By, x.Reason, x.Proof = s, hostileText, hostileText, hostileText, long, long
		x.Script = slices.Repeat([]drills.Step{{Title: long, Ask: strings.Repeat(long+"\n", 9)}, {Title: long, Auto: true}}, 20)
		x.Steps = make([]drills.Progress, 40)
		for i := range 11 {
			f := drills.Found{Line: long, Why: long, Hint: long, Checks: slices.Repeat([]drills.Check{{Name: long, Value: long, Why: long, State: drills.Red}}, 20)}
			x.Steps[i] = drills.Progress{Ended: tuesday, Outcome: drills.StepFailed, Found: f}
		}
		x.Findings = slices.Repeat([]drills.Finding{finding(long, false), finding(long, true)}, 30)
		x.Moved, x.Aborts = []drills.Rescheduled{{Person: hostileText, Reason: long}}, []drills.Abort{{By: hostileText, Reason: long}}
		x.Looks = slices.Repeat([]drills.Look{{Name: long, State: drills.Red}}, 30)
		x.Anyway = &drills.Anyway{Agreed: drills.Agreed{Person: hostileText, Red: slices.Repeat([]string{long}, 30)}}
		v := DrillView{X: x, Now: tuesday, Board: long, Others: slices.Repeat([]auth.Name{hostileText}, 30), Silent: slices.Repeat([]auth.Name{hostileText}, 30), Last: heldBefore(),
			Asked: slices.Repeat([]*actions.Request{hostile(actions.Pending)}, 20), Account: map[auth.Name]auth.Account{hostileText: 13}}
		check(t, w.Drill(v))
		check(t, w.DrillCall(v, hostileText))
		check(t, w.DrillRed(v, slices.Repeat([]drills.Look{{Name: long, Text: long, Hint: long}}, 30)))
		check(t, w.DrillDates(v, hostileText, slices.Repeat([]time.Time{tuesday}, 9)))
		check(t, w.DrillAsks(v, hostileText, DrillChoice{DrillFailed, 1}))
		check(t, w.DrillAsks(v, hostileText, DrillChoice{DrillFailed, 99}))
		check(t, w.Drills(DrillsView{Lines: slices.Repeat([]DrillLine{{Name: hostileText, Owner: hostileText, Open: x, Last: x, Overdue: 1, Findings: 3, Unsigned: make([]uint64, 30)}}, 30), Now: tuesday, Away: v.Others}))
		for _, body := range []any{&drills.Reminded{}, &drills.Assigned{}, &drills.Escalated{}, &drills.Rescheduled{Reason: long}, &drills.Ended{Reason: long}, &drills.FollowUp{Finding: 1},
			&drills.Agreed{Do: drills.AgreedSkip, Reason: long}, &drills.StepFinished{}, &drills.Missed{}, &drills.Interrupted{}, &drills.Skipped{Reason: long}} {
			check(t, Card{HTML: w.DrillRing(v, drills.News{Body: body}, v.Others)})
		}
	}
	check(t, w.DrillUsage(long))
	check(t, w.DrillAwayRefusal(DrillAwayNo{Unknown: long, Names: slices.Repeat([]auth.Name{hostileText}, 30), Away: slices.Repeat([]auth.Name{hostileText}, 30)}))
}

// Each kind of entry about drills has its sentence, which reads what that package writes.
func TestDrillEntriesAreTold(t *testing.T) {
	w := helsinki(t)
	kinds := (&drills.State{}).New
	n := 0
	for kind := range drillTellings {
		body := kinds(kind)
		if body == nil {
			t.Errorf("%s: package drills does not read it", kind)
			continue
		}
		n++
		line := string(w.Event(Event{Seq: 7, Kind: kind, Actor: "ann", Time: tuesday, Body: []byte(`{"exercise":1287,"person":"ann","drill":"code"}`)}, nil, tuesday))
		if _, err := parse(line); err != nil || strings.Contains(line, kind) || strings.Contains(line, "%!") {
			t.Errorf("%s is told as %q: %v", kind, line, err)
		}
	}
	if v := reflect.ValueOf(drillTellings); n != v.Len() {
		t.Errorf("%d of %d kinds", n, v.Len())
	}
}

func TestTheNextDrillInTheMorning(t *testing.T) {
	w := helsinki(t)
	for days, want := range map[int]string{-3: "A drill is due: code.", 0: "Next drill today: code, 10:00.", 1: "Next drill tomorrow: code, Wed 6 Jan 10:00.", 2: "Next drill in 2 days: code.",
		13: "Next drill in 13 days: code.", 14: "Next drill in 2 weeks: code."} {
		if got := unescape(string(w.nextIn(&DrillLine{Name: "code", Next: tuesday.AddDate(0, 0, days)}, tuesday.Add(-2*time.Hour)))); got != want {
			t.Errorf("%d days before: %q, want %q", days, got, want)
		}
	}
}
