package text

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"twokey/actions"
	"twokey/auth"
)

// TestLines keeps the one-line replies, answers to presses and refusals in one file.
func TestLines(t *testing.T) {
	w := helsinki(t)
	var b strings.Builder
	rings(t, w, &b)
	alerts(t, w, &b)
	refusals(t, w, &b)
	compare(t, filepath.Join("testdata", "golden", "lines.txt"), b.String())
}

func blocked() RequestView {
	blocker := ask(restartAction(), actions.Running)
	blocker.ID, blocker.Asked.Person = 9, "cid"
	return with(see(approve(ask(startAction(), actions.Approved), "bob")), func(v *RequestView) { v.Waits = []*actions.Request{blocker} })
}

func rings(t *testing.T, w Words, b *strings.Builder) {
	long := ended(ran(approve(ask(restartAction(), actions.Succeeded), "bob"), 2*time.Minute), 2*time.Minute, up())
	short := ended(ran(approve(ask(restartAction(), actions.Succeeded), "bob"), time.Minute), time.Minute, up())
	for _, tt := range []struct {
		say string
		v   RequestView
	}{
		{"asked", see(ask(stopAction(), actions.Pending))},
		{"approved", see(approve(ask(stopAction(), actions.Approved), "bob"))},
		{"approved, with an account to ring", with(see(approve(ask(stopAction(), actions.Approved), "bob")), func(v *RequestView) { v.Account = map[auth.Name]auth.Account{"ann": 11} })},
		{"approved, waits", blocked()},
		{"one person's own", see(approve(ask(stopAction(), actions.Approved)))},
		{"succeeded in a minute", see(short)},
		{"succeeded after more", see(long)},
		{"failed", see(ended(broken(ran(approve(ask(restartAction(), actions.Failed), "bob"), time.Second)), time.Minute, down()))},
		{"interrupted", see(crashed())},
		{"denied", see(by(ask(stopAction(), actions.Denied), "bob"))},
		{"expired", see(end(ask(stopAction(), actions.Expired)))},
		{"void", see(void(ask(stopAction(), actions.Void), actions.Voided{Cause: actions.VoidPolicy}))},
		{"cancelled", see(by(ask(stopAction(), actions.Cancelled), "ann"))},
	} {
		ring := w.Ring(tt.v)
		if seen, err := parse(ring); err != nil || strings.Contains(seen, "\n") {
			t.Errorf("%s: %q: %v", tt.say, ring, err)
		}
		fmt.Fprintf(b, "ring, %s: %s\n", tt.say, ring)
	}
}

func alerts(t *testing.T, w Words, b *strings.Builder) {
	two := with(see(ask(stopAction(), actions.Pending)), func(v *RequestView) {
		v.Verdict = auth.Verdict{By: []auth.Name{"bob"}, Missing: 1, Could: []auth.Name{"cid"}}
	})
	three := with(two, func(v *RequestView) {
		v.Verdict = auth.Verdict{By: []auth.Name{"bob"}, Missing: 2, Could: []auth.Name{"cid", "dora", "eve"}}
	})
	yes := see(approve(ask(stopAction(), actions.Approved), "bob"))
	run := see(begun(ran(approve(ask(restartAction(), actions.Running), "bob"))))
	asked := see(settling("resume"))
	for _, tt := range []struct {
		choice string
		v      RequestView
	}{
		{Approve, two}, {Approve, three}, {Approve, yes}, {Approve, blocked()}, {Approve, run}, {Deny, yes}, {Cancel, yes}, {Halt, run},
		{Resume, asked}, {Again, yes}, {Details, yes}, {Log, yes}, {Do, yes}, {Approve, hostileView(actions.Pending)}, {Again, hostileView(actions.Pending)},
	} {
		oneLine(t, b, "alert, "+tt.choice, w.Alert(tt.v, tt.choice))
	}
	oneLine(t, b, "sure", w.Sure(see(ask(restartAction(), actions.Pending))))
	oneLine(t, b, "sure", w.Sure(hostileView(actions.Pending)))
}

func oneLine(t *testing.T, b *strings.Builder, what, got string) {
	t.Helper()
	if n := utf8.RuneCountInString(got); n > maxAlert || strings.Contains(got, "\n") || strings.Contains(got, "%!") {
		t.Errorf("%s: %q has %d characters", what, got, n)
	}
	fmt.Fprintf(b, "%s: %s\n", what, got)
}

func refusals(t *testing.T, w Words, b *strings.Builder) {
	at := at(-92 * time.Minute)
	list := []actions.Refusal{
		{Reason: actions.UnknownAction, Action: "frobnicate"},
		{Reason: actions.JournalForked, Action: "start", Who: []auth.Name{"bob"}},
		{Reason: actions.UnknownParam, Action: "restore", Param: "force", Values: []string{"backup", "service"}},
		{Reason: actions.UnknownParam, Action: "stop", Param: "now"},
		{Reason: actions.MissingParam, Action: "warm_cache", Param: "region", Values: []string{"eu", "us"}},
		{Reason: actions.BadParam, Action: "warm_cache", Param: "region", Detail: "is given twice"},
		{Reason: actions.NotAsker, Action: "restore", Who: others},
		{Reason: actions.NotAsker, Action: "restore"},
		{Reason: actions.NotApprover, Request: 12, Who: others},
		{Reason: actions.OwnRequest, Request: 12, Who: others},
		{Reason: actions.OwnRequest, Request: 12},
		{Reason: actions.NotYours, Request: 12, Who: []auth.Name{"ann"}},
		{Reason: actions.Unreachable, Action: "restore", Who: []auth.Name{"bob"}},
		{Reason: actions.Unreachable, Action: "restore"},
		{Reason: actions.Joined, Action: "stop", Request: 12, State: actions.Pending, Who: []auth.Name{"ann"}},
		{Reason: actions.TooManyYours, Action: "start", Values: []string{"#12 /stop", "#13 /restart"}},
		{Reason: actions.TooManyOpen, Action: "start", Values: []string{"#1 /a", "#2 /b", "#3 /c", "#4 /d", "#5 /e", "#6 /f"}},
		{Reason: actions.NoSuchRequest, Request: 99},
		{Reason: actions.AlreadyDecided, Request: 12, State: actions.Denied, Who: []auth.Name{"bob"}, Until: at},
		{Reason: actions.AlreadyDecided, Request: 12, State: actions.Approved, Who: others, Until: at},
		{Reason: actions.AlreadyDecided, Request: 12, State: actions.Cancelled, Who: []auth.Name{"ann"}, Until: at},
		{Reason: actions.AlreadyDecided, Request: 12, State: actions.Running, Who: others, Until: at},
		{Reason: actions.AlreadyDecided, Request: 12, State: actions.Expired, Until: at},
		{Reason: actions.AlreadyDecided, Request: 12, State: actions.Succeeded, Who: others, Until: at},
		{Reason: actions.AlreadyVoted, Request: 12},
		{Reason: actions.StillPlanning, Request: 12},
		{Reason: actions.TooLate, Request: 12, Until: at},
		{Reason: actions.ClockBehind, Action: "start", Detail: "1m35s"},
		{Reason: actions.NotInterrupted, Request: 12, State: actions.Succeeded},
		{Reason: actions.NothingToUndo, Request: 12, Action: "restart"},
		{Reason: actions.NothingToResume, Request: 12},
		{Reason: actions.JournalDown, Action: "start"},
		{Reason: actions.NotAlone, Action: "stop"},
		{Reason: "something new", Action: "stop"},
	}
	for _, r := range list {
		oneLine(t, b, string(r.Reason), w.RefusalLine(&r))
		if seen := check(t, w.Refusal(&r)); !strings.HasPrefix(seen, strings.TrimSuffix(w.RefusalLine(&r), "…")) {
			t.Errorf("%s: the card says %q", r.Reason, seen)
		}
	}
	for _, r := range list {
		r.Action, r.Param, r.Detail, r.Who = hostileText, hostileText, hostileText, []auth.Name{hostileText}
		r.Values, r.Args = slices.Repeat([]string{hostileText, "eu"}, 30), actions.Args{hostileText: hostileText}
		check(t, w.Refusal(&r))
		oneLine(t, new(strings.Builder), "hostile "+string(r.Reason), w.RefusalLine(&r))
	}
}

// TestLimits renders every card from texts that are as long and as hostile as can be, in every state.
func TestLimits(t *testing.T) {
	w := helsinki(t)
	for _, s := range statuses {
		v := hostileView(s)
		check(t, w.Request(v))
		check(t, w.Details(v))
		check(t, w.Run(v, hostileEvents(500)))
		if _, err := parse(w.Ring(v)); err != nil {
			t.Error(err)
		}
		many := slices.Repeat([]*actions.Request{v.Request}, 25)
		check(t, w.Status(StatusView{Live: many, Err: hostileText, HeadHash: hostileText, Head: 1, Service: v.Service, PIDs: make([]int, 900),
			Database: &DatabaseLine{Err: hostileText}, Backups: &BackupsView{Now: noon, Err: hostileText}}))
		check(t, w.Pending(slices.Repeat([]RequestView{v}, 25)))
		check(t, w.Runs(many))
		check(t, w.Actions(slices.Repeat([]actions.Action{v.Request.Action()}, 80), nil))
		check(t, w.Actions(slices.Repeat([]actions.Action{v.Request.Action()}, 80), func(actions.Action) bool { return false }))
	}
	v := hostile(actions.Succeeded)
	check(t, w.Emergency(actions.Late{Asked: v.Asked, Error: v.Why, Service: v.Service, Outcome: actions.Failed}))
	check(t, w.Stale(hostileText, time.Hour, hostileText))
	check(t, w.UnknownCommand(hostileText, []string{hostileText, hostileText}))
	check(t, w.Greeting(hostileText, 1))
	check(t, Words{Service: hostileText}.Help(true))
	if seen := check(t, w.Runs(many(1))); strings.Contains(seen, "%!") {
		t.Errorf("a sentence and its arguments do not fit: %s", seen)
	}
}

func many(n int) []*actions.Request {
	return slices.Repeat([]*actions.Request{ask(stopAction(), actions.Pending)}, n)
}

// TestEmptyViews: a request with nothing in it makes a card in every state.
func TestEmptyViews(t *testing.T) {
	for _, s := range statuses {
		v := RequestView{Request: &actions.Request{ID: 1, Status: s}}
		check(t, Words{}.Request(v))
		check(t, Words{}.Details(v))
		if !strings.Contains(unescape(Words{}.Request(v).HTML), string(s)) {
			t.Errorf("%s: the state's own word is not on its card", s)
		}
	}
}

// TestLanguage: a second language is a function from our sentences to its own, with the number for its plural.
func TestLanguage(t *testing.T) {
	w := helsinki(t)
	w.In = func(english string, n int) string {
		switch {
		case english == "%s requests are open" || english == "⏳ %s requests are open":
			return fmt.Sprintf("⏳ %%s заявки открыты (n = %d)", n)
		case english == "⏳ %s asks %s":
			return "⏳ %[2]s просит %[1]s"
		case english == "planning":
			return "планируется"
		}
		return english
	}
	if got := unescape(w.Pending(slices.Repeat([]RequestView{see(ask(stopAction(), actions.Pending))}, 2)).HTML); !strings.HasPrefix(got, "⏳ 2 заявки открыты (n = 2)") {
		t.Errorf("Pending = %q", got)
	}
	if got := unescape(w.Request(see(ask(stopAction(), actions.Planning))).HTML); !strings.HasPrefix(got, "⏳ /stop просит ann · планируется\n") {
		t.Errorf("Request = %q", got)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 400 * time.Millisecond: "0.4 s", 5200 * time.Millisecond: "5.2 s", 9990 * time.Millisecond: "10 s", 59400 * time.Millisecond: "59 s",
		59600 * time.Millisecond: "1 min", 118 * time.Second: "1 min 58 s", 3599600 * time.Millisecond: "1 h", 9*time.Hour + 12*time.Minute: "9 h 12 min", 76 * time.Hour: "3 d 4 h", 48 * time.Hour: "2 d",
	} {
		if got := string(Words{}.span(d)); got != want {
			t.Errorf("span(%s) = %q, want %q", d, got, want)
		}
	}
	if got := string(number(-1234567)); got != "−1\u00a0234\u00a0567" {
		t.Errorf("number = %q", got)
	}
}

// TestSmall are the answers that are not about a card.
func TestSmall(t *testing.T) {
	w := helsinki(t)
	var b strings.Builder
	oneLine(t, &b, "old button", w.OldButton())
	oneLine(t, &b, "journal down", w.JournalDownLine())
	fmt.Fprintf(&b, "no output: %s\n", check(t, w.NoOutput(12)))
	fmt.Fprintf(&b, "nameless: %s\n", check(t, w.Nameless("stop")))
	fmt.Fprintf(&b, "nothing open: %s\n", w.RefusalLine(&actions.Refusal{Reason: actions.NothingOpen, Action: "cancel"}))
	compare(t, filepath.Join("testdata", "golden", "small.txt"), b.String())
}
