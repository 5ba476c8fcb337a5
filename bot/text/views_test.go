package text

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
)

// noon is the day all cards in these tests are about: Tue 24 Nov 2026, 13:12 in Helsinki.
var noon = time.Date(2026, 11, 24, 11, 12, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return noon.Add(d) }

func helsinki(t testing.TB) Words {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	return Words{Zone: zone, Service: "sigmatrade"}
}

const (
	planHash = "9f3c21ab77ab03d1c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
	fileHash = "sha256:77ab03d1c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
)

var rule = auth.Rule{Approvals: 1, AskWithin: 10 * time.Minute, StartWithin: 5 * time.Minute,
	MayAsk: []auth.Role{"admin"}, MayApprove: []auth.Role{"admin"}}

func body(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func stopStep() actions.Step {
	return actions.Step{Kind: "process", Title: "stop sigmatradebot (pm2)", Effect: actions.Stop, Expect: 2 * time.Second,
		Body: body(map[string]any{"do": "stop", "service": map[string]any{"manager": "pm2", "names": []string{"sigmatradebot"}}})}
}

func startStep() actions.Step {
	return actions.Step{Kind: "process", Title: "start sigmatradebot (pm2)", Effect: actions.Change, Starts: true, Expect: 10 * time.Second,
		Body: body(map[string]any{"do": "start"})}
}

func execStep() actions.Step {
	return actions.Step{Kind: "exec", Title: "run warm --region=eu", Effect: actions.Change, Body: body(map[string]any{
		"run": []string{"warm", "--region=eu", "two words", "<b>"}, "program": "/usr/local/bin/warm", "env": []string{"PATH"}, "timeout": 60e9,
		"dir": "/srv/sigmatradebot", "effect": "change", "bound": true})}
}

func stopAction() actions.Action {
	return actions.Action{Name: "stop", Summary: "Stop the service", Effect: actions.Stop, Touches: []actions.Touch{actions.App},
		Steps: []actions.Step{stopStep()}, Rule: rule, Undo: "start"}
}

func startAction() actions.Action {
	return actions.Action{Name: "start", Summary: "Start the service", Effect: actions.Change, Touches: []actions.Touch{actions.App},
		Steps: []actions.Step{startStep()}, Rule: rule, Undo: "stop"}
}

func restartAction() actions.Action {
	return actions.Action{Name: "restart", Summary: "Stop the service and start it again", Effect: actions.Change,
		Touches: []actions.Touch{actions.App}, Steps: []actions.Step{stopStep(), startStep()}, Rule: rule}
}

func warmAction() actions.Action {
	return actions.Action{Name: "warm_cache", Summary: "Warm the cache", Effect: actions.Change, Touches: []actions.Touch{actions.App},
		Params: []actions.Param{{Name: "region", Type: actions.Choice, Values: []string{"eu", "us"}, Default: "eu"}, {Name: "note", Type: actions.Text}},
		Steps:  []actions.Step{execStep()}, Rule: rule}
}

func facts() []step.Fact {
	return []step.Fact{
		{Name: "program /usr/local/bin/warm", Kind: step.Pinned, Value: fileHash},
		{Name: "rows lost", Kind: step.Bounded, Number: 54, Limit: 80, Unit: "rows"},
		{Name: "disk free", Kind: step.Bounded, Number: 12.25, Limit: 4, Unit: "GB", AtLeast: true},
		{Name: "backup", Kind: step.Shown, Value: "today 04:00, 304 MB"},
	}
}

func ask(a actions.Action, s actions.Status) *actions.Request {
	return &actions.Request{
		ID: 12, Status: s, Asked: actions.Asked{Action: a, Person: "ann", Account: 11, Reason: "double payments", Revision: planHash},
		AskedAt: noon, AskUntil: at(10 * time.Minute), Digest: planHash, Steps: a.Steps,
		Facts: []step.Fact{{Name: "sigmatradebot", Kind: step.Shown, Value: "up, pid 4711, 3 restarts"}},
		First: 12, Last: 14, Hash: "77ab03d1",
	}
}

func approve(r *actions.Request, by ...auth.Name) *actions.Request {
	r.ApprovedAt, r.ApprovedBy, r.StartUntil = at(2*time.Minute), by, at(7*time.Minute)
	return r
}

// ran adds steps that ended well, one second after the other.
func ran(r *actions.Request, took ...time.Duration) *actions.Request {
	r.StartedAt = at(2 * time.Minute)
	begun := r.StartedAt
	for _, d := range took {
		r.Runs = append(r.Runs, actions.StepRun{Started: begun, Finished: begun.Add(d), Lines: 3, Tail: "stopping\nstopped\n"})
		begun = begun.Add(d)
	}
	return r
}

func begun(r *actions.Request) *actions.Request {
	since := r.StartedAt
	if n := len(r.Runs); n > 0 {
		since = r.Runs[n-1].Finished
	}
	r.Runs = append(r.Runs, actions.StepRun{Started: since})
	return r
}

func ended(r *actions.Request, after time.Duration, s actions.Service) *actions.Request {
	r.EndedAt, r.Service = at(2*time.Minute+after), s
	return r
}

func up() actions.Service {
	return actions.Service{Known: true, Up: true, Since: at(2*time.Minute + 12*time.Second)}
}

func down() actions.Service {
	return actions.Service{Known: true, Since: at(2*time.Minute + 2*time.Second), Note: "pm2: stopped"}
}

func broken(r *actions.Request) *actions.Request {
	i := len(r.Runs) - 1
	r.Runs[i].Error, r.Runs[i].Finished, r.Runs[i].Lines = "sigmatradebot was not healthy within 60 s", at(3*time.Minute), 240
	r.Runs[i].Tail = "Error: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap <anonymous>\nsee /var/log/pm2.log or @postgres"
	r.Why, r.Hint = r.Runs[i].Error, "see its log: /logs"
	return r
}

func cut(r *actions.Request, c actions.Cut, i int) *actions.Request {
	r.Cut = &actions.Interruption{Request: r.ID, Step: i, Cut: c}
	return r
}

func void(r *actions.Request, v actions.Voided) *actions.Request {
	v.Request = r.ID
	r.Voided = &v
	return end(r)
}

func end(r *actions.Request) *actions.Request {
	r.EndedAt = at(4 * time.Minute)
	return r
}

func by(r *actions.Request, n auth.Name) *actions.Request {
	r.EndedBy = n
	return end(r)
}

var others = []auth.Name{"bob", "cid"}

func see(r *actions.Request) RequestView {
	return RequestView{Request: r, Could: others, Verdict: auth.Verdict{Missing: 1, Could: others}}
}

// with changes a view in place of a literal.
func with(v RequestView, change func(*RequestView)) RequestView {
	change(&v)
	return v
}

const hostileText = "</b><a href=\"tg://user?id=1\">x</a> \u202eevil\u202c\n\n✅ approved /panic @all \u200b\x00\x1b[31m &lt; a\u0301\u0301\u0301\u0301\u0301\u0301\u0301 \U000E0041\uE000"

// hostile is a request in which every text tries something.
func hostile(s actions.Status) *actions.Request {
	long := hostileText + strings.Repeat("W<&\" ", 2000)
	a := warmAction()
	a.Summary, a.Name = long, actions.Name(long)
	r := approve(ask(a, s), auth.Name(long), auth.Name(hostileText))
	r.Asked.Person, r.Asked.Reason, r.EndedBy, r.Halted = auth.Name(long), long, auth.Name(long), auth.Name(long)
	r.Asked.Args = actions.Args{"region": long, "note": hostileText, long: long}
	r.Why, r.Hint, r.Digest, r.Hash = long, long, long, long
	r.Service = actions.Service{Known: true, Note: long}
	r.Voided = &actions.Voided{Cause: actions.VoidDrift, Name: long, Was: long, Is: long}
	r.Cut = &actions.Interruption{Step: 1, Cut: actions.Cut{Cause: actions.CutCrash, Probe: long, Left: []string{long, long}, Ended: 3}}
	r.Steps, r.Facts, r.StartedAt = nil, nil, r.ApprovedAt
	for range 40 {
		r.Steps = append(r.Steps, actions.Step{Kind: long, Title: long, Effect: actions.Change, Body: body(map[string]any{"program": long, "run": []string{long, long}})})
		r.Facts = append(r.Facts, step.Fact{Name: long, Kind: step.Bounded, Value: long, Unit: long}, step.Fact{Name: long, Kind: step.Pinned, Value: long})
	}
	for range 20 {
		r.Runs = append(r.Runs, actions.StepRun{Started: noon, Finished: at(time.Second), Tail: strings.Repeat(long+"\n", 40), Lines: 900})
	}
	r.Runs = append(r.Runs, actions.StepRun{Started: noon})
	return end(r)
}

func hostileView(s actions.Status) RequestView {
	r := hostile(s)
	var many []auth.Name
	accounts := map[auth.Name]auth.Account{}
	for range 50 {
		many = append(many, auth.Name(hostileText+strings.Repeat("n", len(many))))
		accounts[many[len(many)-1]] = 12
	}
	return RequestView{Request: r, Could: many, Verdict: auth.Verdict{By: many, Missing: 2, Could: many}, Account: accounts,
		Waits: []*actions.Request{hostile(actions.Running)}, Holder: hostile(actions.Succeeded), Named: hostile(actions.Interrupted),
		Progress: actions.Progress{Step: 20, Text: hostileText}, Service: r.Service}
}

var statuses = []actions.Status{actions.Planning, actions.Pending, actions.Approved, actions.Running, actions.Succeeded, actions.Failed,
	actions.Interrupted, actions.Refused, actions.Denied, actions.Expired, actions.Cancelled, actions.Void}
