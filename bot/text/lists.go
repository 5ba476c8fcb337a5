package text

import (
	"strings"
	"time"

	"twokey/actions"
	"twokey/auth"
)

// StatusView is what the bot knows about the service and about itself.
type StatusView struct {
	Service  actions.Service
	PIDs     []int
	Restarts int // as its manager counts them
	Checked  time.Time
	Err      string // why the service could not be asked, a sentence
	// Live is what is not over: open, running, interrupted and not settled.
	Live        []*actions.Request
	Locks       map[actions.Touch]actions.ID // what is locked, by which run
	JournalDown bool
	ClockBehind time.Duration // how far the host's clock is behind the journal; 0 when it is not
	AwaySince   time.Time     // since when Telegram has not been reached; zero when it is
	Head        uint64
	HeadHash    string
	// What is said only where it is known.
	Lockdown Lockdown
	Reviews  int      // open reviews
	Reach    Reach    // the approvers who can be written to
	Verified Verified // the last run of the checks that somebody confirmed
	Database *DatabaseLine
	Backups  *BackupsView
	Fork     *actions.Fork // the journal is not the one that people's pins know; nil when it is
	Strange  []auth.Name   // who has something pinned in private that we did not sign
	// Of drills: the last full proof of a way back, and what is next.
	Proven    *ProvenView
	NextDrill *DrillLine
}

// touches in the order of a card.
var touches = []actions.Touch{actions.App, "database", "code", "config"}

// Status is the answer to /status.
func (w Words) Status(v StatusView) Card {
	p := page{words: w}
	w.forked(&p, v.Fork)
	p.add(w.health(v), w.processes(v), quiet(v.Service.Note, anyText), sentence(v.Err, maxWhy))
	if !v.Checked.IsZero() {
		p.add(w.say("checked %s", w.at(v.Checked, v.Checked)))
	}
	p.add(w.verified(v.Verified, v.Checked), w.database(v.Database), w.shelved(v.Backups), w.proven(v.Proven, v.Checked))
	p.gap()
	p.add(w.locked(v.Lockdown, v.Checked))
	w.trouble(&p, v)
	for _, r := range v.Live {
		p.list(ifSteps, w.line(r, v.Checked))
	}
	if len(v.Live) == 0 && len(v.Locks) == 0 && !v.Lockdown.On() {
		p.add(w.say("Nothing pending, nothing locked"))
	} else {
		p.add(w.locks(v.Locks))
	}
	p.add(w.reviews(v.Reviews), w.reach(v.Reach), w.nextIs(v.NextDrill))
	p.gap()
	if v.Head > 0 {
		p.add(w.say("journal %s %s", tag(v.Head), quiet(v.HeadHash, maxName)))
	}
	if v.Service.Known && !v.Service.Up && len(v.Locks) == 0 && !v.Lockdown.On() && v.Fork == nil {
		p.row(do(w.say("Start service"), "/"+string(start)))
	}
	if len(v.Live) > 0 {
		p.row(do(w.say("Show what is open"), "/pending"))
	}
	return p.card()
}

func (w Words) service() html {
	if s := quiet(w.Service, maxName); s != "" {
		return s
	}
	return w.say("the service")
}

func (w Words) health(v StatusView) html {
	s := v.Service
	switch {
	case !s.Known:
		return w.say("⚠️ %s: state unknown", w.service())
	case s.Up && s.Since.IsZero():
		return w.say("✅ %s is up", w.service())
	case s.Up:
		return w.say("✅ %s is up since %s", w.service(), w.since(s.Since, v.Checked))
	case s.Since.IsZero():
		return w.say("❌ %s is down", w.service())
	}
	return w.say("❌ %s is down since %s", w.service(), w.since(s.Since, v.Checked))
}

func (w Words) processes(v StatusView) html {
	var line html
	if n := len(v.PIDs); n > 0 {
		var ids []string
		for _, id := range v.PIDs {
			ids = append(ids, unspaced(uint64(max(0, id))))
		}
		line = w.count(n, "%s process (%s)", "%s processes (%s)", w.listed(ids))
	}
	if v.Restarts > 0 {
		line = join(", ", line, w.count(v.Restarts, "restarted %s time", "restarted %s times"))
	}
	return line
}

func (w Words) trouble(p *page, v StatusView) {
	w.strange(p, v.Strange)
	if v.JournalDown {
		p.add(w.say("⚠️ The journal cannot be written: nothing can start, only stop."))
	}
	if v.ClockBehind > 0 {
		p.add(w.say("⚠️ The host's clock is %s behind the journal: only stopping is safe.", v.ClockBehind))
	}
	if !v.AwaySince.IsZero() {
		p.add(w.say("⚠️ Telegram has not been reached since %s.", w.since(v.AwaySince, v.Checked)))
	}
}

func (w Words) locks(locks map[actions.Touch]actions.ID) html {
	var list []html
	for _, t := range touches {
		if id, locked := locks[t]; locked {
			list = append(list, w.say("%s by %s", string(t), numbered(id)))
		}
	}
	if len(list) == 0 {
		return w.say("Nothing is locked.")
	}
	return w.say("Locked: %s.", join(", ", list...))
}

// line is a request in a list: its state, what, whose, since when, with the day when that is not the day of near.
func (w Words) line(r *actions.Request, near time.Time) html {
	return join(" · ", join(" ", mark(r.Status), called(r)), w.state(r.Status), name(r.Asked.Person), w.since(r.AskedAt, near))
}

// Pending is the answer to /pending: what waits for people, runs, or must be settled.
func (w Words) Pending(list []RequestView) Card {
	p := page{words: w}
	if len(list) == 0 {
		p.add(w.say("✅ Nothing is pending."))
		return p.card()
	}
	p.add(w.count(len(list), "⏳ %s request is open", "⏳ %s requests are open"))
	for _, v := range list {
		c := w.sheet(v)
		p.gap()
		p.list(ifSteps, w.line(c.r, time.Time{}))
		p.list(ifFacts, c.waiting())
	}
	for i := 0; i < min(len(list), maxChoices); i += 2 {
		var row []Button
		for _, v := range list[i:min(i+2, len(list))] {
			id := v.Request.ID
			row = append(row, do(w.say("Show %s", called(v.Request)), "/run "+unspaced(uint64(id))))
		}
		p.row(row...)
	}
	return p.card()
}

// waiting says for whom or what an open request waits.
func (c *sheet) waiting() html {
	switch {
	case c.r.Status == actions.Pending:
		return join(" ", c.needs(), c.say("Until %s.", c.until(c.r.AskUntil, c.r.AskedAt)))
	case c.r.Status == actions.Approved && len(c.v.Waits) > 0:
		return c.say("It waits for %s of %s to end.", called(c.v.Waits[0]), name(c.v.Waits[0].Asked.Person))
	case c.r.Status == actions.Running:
		return c.say("It is in step %s of %s.", min(len(c.r.Runs), len(c.r.Steps)), len(c.r.Steps))
	case c.r.Unsettled():
		return c.say("It waits for Resume, Undo or Leave, and keeps its locks.")
	}
	return c.pendingWord()
}

// Actions is the answer to /actions: what there is, by what it does, who must agree, and how to type it. may says whether
// the reader may ask for one; nil means everything.
func (w Words) Actions(list []actions.Action, may func(actions.Action) bool) Card {
	p := page{words: w}
	p.add(w.count(len(list), "%s action", "%s actions"))
	var others []html
	for _, group := range w.groups() {
		var lines []html
		for _, a := range list {
			switch {
			case a.Effect != group.effect:
			case may != nil && !may(a):
				others = append(others, typed("/"+string(a.Name)))
			default:
				lines = append(lines, join("\n", w.usageLine(a), w.say("%s; %s", quiet(a.Summary, maxReason), w.agreement(a))))
			}
		}
		if len(lines) > 0 {
			p.gap()
			p.add(w.say("<b>%s</b>", group.title))
			p.list(ifSteps, lines...)
		}
	}
	if len(others) > 0 {
		p.gap()
		p.list(ifFacts, w.say("Not yours to ask for:"), join(", ", others[:min(len(others), 4*maxNames)]...))
	}
	return p.card()
}

type group struct {
	effect actions.Effect
	title  html
}

func (w Words) groups() []group {
	return []group{
		{actions.Stop, w.say("Makes it do less")},
		{actions.Read, w.say("Looks")},
		{actions.Protect, w.say("Adds beside production")},
		{actions.Change, w.say("Changes production")},
	}
}

// usageLine is how an action is typed: "/warm_cache region=eu|us [note=…]".
func (w Words) usageLine(a actions.Action) html {
	words := []string{"/" + string(a.Name)}
	for _, p := range a.Params {
		s := p.Name + "=…"
		if len(p.Values) > 0 {
			s = p.Name + "=" + strings.Join(p.Values[:min(len(p.Values), maxNames)], "|")
		}
		if p.Default != "" {
			s = "[" + s + "]"
		}
		words = append(words, s)
	}
	return code(clean(strings.Join(words, " "), maxArg))
}

// agreement says in a few words who must agree.
func (w Words) agreement(a actions.Action) html {
	if a.Rule.Alone {
		return w.say("one person may")
	}
	n := max(1, a.Rule.Approvals)
	return w.count(n, "%s other must agree (%s)", "%s others must agree (%s)", w.roles(a.Rule.MayApprove))
}

// newest is how many runs /runs lists.
const newest = 10

// Runs is the answer to /runs: the newest requests first.
func (w Words) Runs(list []*actions.Request) Card {
	p := page{words: w}
	if len(list) == 0 {
		p.add(w.say("Nothing has been asked yet."))
		return p.card()
	}
	shown := list[:min(len(list), newest)]
	p.add(w.count(len(shown), "%s request, the newest", "%s requests, newest first"))
	p.gap()
	for _, r := range shown {
		line := w.line(r, time.Time{})
		if r.Late {
			line = join(" · ", line, w.say("late"))
		}
		if !r.StartedAt.IsZero() && !r.EndedAt.IsZero() {
			line = join(" · ", line, w.span(r.EndedAt.Sub(r.StartedAt)))
		}
		p.list(ifSteps, line)
	}
	p.gap()
	p.add(w.say("One of them: %s", typed("/run "+unspaced(uint64(shown[0].ID)))))
	return p.card()
}

// Run is the answer to /run ID: the request's card with what the journal has about it, one entry a line.
func (w Words) Run(v RequestView, entries Events) Card {
	c := w.sheet(v)
	c.body()
	if lines := w.told(entries, c.r.AskedAt); len(lines) > 0 {
		c.gap()
		c.add(c.say("Its entries in the journal:"))
		c.quote(lines)
	}
	return c.card()
}
