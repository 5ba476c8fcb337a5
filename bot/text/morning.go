package text

import (
	"slices"
	"strings"
	"time"

	"twokey/actions"
	"twokey/auth"
)

// MorningView is what people wake up to. What this version does not know is not in it, and not on the card.
type MorningView struct {
	Now       time.Time
	Service   actions.Service
	Err       string                 // why the service could not be asked, a sentence
	Yesterday map[actions.Status]int // what was asked yesterday, by how it stands now
	Live      []*actions.Request
	Reviews   int  // what was done alone and nobody has reviewed
	Lockdown  bool // nothing may start the service
	Fork      *actions.Fork
	Head      uint64 // of the journal
	Note      string // the signed head; empty when none could be made
	NextDrill *DrillLine
}

// Morning is the card of the day: its first line says that all is quiet, or what needs somebody.
func (w Words) Morning(v MorningView) Card {
	p := page{words: w}
	day := quiet(v.Now.In(w.zone()).Format("Mon 2 Jan"), maxName)
	needs := join(" · ", w.needed(v)...)
	if needs == "" {
		needs = w.say("all quiet")
	}
	p.add(w.say("☀️ %s · %s", day, needs))
	p.add(w.health(StatusView{Service: v.Service, Checked: v.Now}), sentence(v.Err, maxWhy))
	w.forked(&p, v.Fork)
	p.add(w.yesterday(v.Yesterday), w.nextIn(v.NextDrill, v.Now))
	for _, r := range v.Live {
		p.list(ifSteps, w.line(r, v.Now))
	}
	p.gap()
	if v.Note == "" {
		p.add(w.say("journal %s", tag(v.Head)))
	} else {
		p.add(w.say("journal %s, its signed head:", tag(v.Head)), noted(v.Note))
	}
	if len(v.Live) > 0 {
		p.row(do(w.say("Show what is open"), "/pending"))
	}
	return p.card()
}

// needed is what needs somebody, the worst first.
func (w Words) needed(v MorningView) []html {
	var list []html
	if v.Fork != nil {
		list = append(list, w.say("the journal is not the one we knew"))
	}
	if v.Lockdown {
		list = append(list, w.say("locked down"))
	}
	switch {
	case v.Service.Known && !v.Service.Up:
		list = append(list, w.say("%s is down", w.service()))
	case !v.Service.Known && v.Err != "":
		list = append(list, w.say("%s could not be asked", w.service()))
	}
	if n := howMany(v.Live, (*actions.Request).Unsettled); n > 0 {
		list = append(list, w.count(n, "%s run is interrupted", "%s runs are interrupted"))
	}
	if n := howMany(v.Live, func(r *actions.Request) bool { return !r.Status.Final() }); n > 0 {
		list = append(list, w.count(n, "%s request is open", "%s requests are open"))
	}
	if v.Reviews > 0 {
		list = append(list, w.count(v.Reviews, "%s review is open", "%s reviews are open"))
	}
	return list
}

func howMany(list []*actions.Request, fits func(*actions.Request) bool) (n int) {
	for _, r := range list {
		if fits(r) {
			n++
		}
	}
	return n
}

// ends are the states in the order of the card.
var ends = []actions.Status{actions.Succeeded, actions.Failed, actions.Interrupted, actions.Denied, actions.Expired, actions.Cancelled,
	actions.Void, actions.Refused}

func (w Words) yesterday(by map[actions.Status]int) html {
	total, over := 0, 0
	for _, n := range by {
		total += n
	}
	var parts []html
	for _, s := range ends {
		if n := by[s]; n > 0 {
			parts = append(parts, w.say("%s %s", n, w.state(s)))
			over += n
		}
	}
	if total > over {
		parts = append(parts, w.say("%s still open", total-over))
	}
	asked := w.count(total, "%s request yesterday", "%s requests yesterday")
	if len(parts) == 0 {
		return asked + "."
	}
	return w.say("%s: %s.", asked, join(", ", parts...))
}

// Pinned is the one message that stays pinned in a person's private chat.
func (w Words) Pinned(signed string) Card {
	p := page{words: w}
	p.add(w.say("🔏 Keep this pinned: it shows me whether my journal is the one you knew."), noted(signed))
	return p.card()
}

// Head is the signed head alone, for the chat that only witnesses.
func (w Words) Head(signed string) Card {
	p := page{words: w}
	p.add(noted(signed))
	return p.card()
}

// noted sets a signed head as code, line for line: it is copied from here.
func noted(signed string) html {
	return html("<code>" + escape(strings.TrimSpace(signed)) + "</code>")
}

// ForkFound is the line that calls people when the journal turns out to be another one.
func (w Words) ForkFound(f actions.Fork) Card {
	p := page{words: w}
	w.forked(&p, &f)
	return p.card()
}

// forked says what a fork is, what it ended, what still works, and how it is settled.
func (w Words) forked(p *page, f *actions.Fork) {
	if f == nil || len(f.Pins) == 0 {
		return
	}
	newest, ours := f.Pins[0], f.Ours
	p.add(w.say("❌ My journal is not the one you knew."))
	p.add(w.say("The head %s %s of %s, pinned with %s, is not in it: it had come to %s %s. Its end was cut off, or an old copy was put in its place.",
		tag(newest.Seq), quiet(newest.Hash.Short(), maxName), w.on(newest.Signed), w.all(keepers(f.Pins)), tag(ours.Seq), quiet(ours.Hash.Short(), maxName)))
	p.add(w.say("What was open is void. Only looking, protecting and stopping are allowed."))
	p.add(w.say("When you know why, on the host: %s", code("twokey run --accept-fork "+clean(f.ID, maxName))))
}

// keepers are the people with the newest of the pins.
func keepers(pins []actions.Pin) []auth.Name {
	var names []auth.Name
	for _, p := range pins {
		if p.Seq == pins[0].Seq && !slices.Contains(names, p.Person) {
			names = append(names, p.Person)
		}
	}
	return names
}

// strange says whose pins are not ours.
func (w Words) strange(p *page, names []auth.Name) {
	if len(names) > 0 {
		p.add(w.say("⚠️ Pinned in private, but not signed by me: with %s. It changes nothing.", w.all(names)))
	}
}
