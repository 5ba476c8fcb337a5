package text

import (
	"time"

	"twokey/actions"
	"twokey/auth"
)

// WhoView is what somebody who takes over has to know.
type WhoView struct {
	Live     []RequestView                // open, running, interrupted and not settled
	Locks    map[actions.Touch]actions.ID // what is locked, by which run
	Lockdown Lockdown
	Reviews  []ToReview
	Runs     []*actions.Request // the newest first, those that are over among them
	People   []auth.Person
	Now      time.Time
}

// ToReview is a deed of one person that others have still to look at.
type ToReview struct {
	ID    actions.ID
	What  actions.Name // "panic"
	Of    auth.Name
	Waits []auth.Name // who may review it
}

// maxRuns is how many runs the handover tells, maxPeople how many people.
const (
	maxRuns   = 10
	maxPeople = 12
)

// Who is the answer to /who: the handover. What is open and whom it waits for, who holds what, what was done, who is who.
func (w Words) Who(v WhoView) Card {
	p := page{words: w}
	p.add(w.handover(v), w.locked(v.Lockdown, v.Now), w.held(v))
	for _, r := range v.Live {
		p.list(ifFacts, w.openLine(r, v.Now))
	}
	for _, r := range v.Reviews {
		p.list(ifFacts, w.review(r))
	}
	w.lastRuns(&p, v)
	w.everybody(&p, v.People)
	if len(v.Live) > 0 {
		p.row(do(w.say("Show what is open"), "/pending"))
	}
	return p.card()
}

// handover is the first line: how much somebody takes over.
func (w Words) handover(v WhoView) html {
	mark := html("⏳")
	open := w.count(len(v.Live), "%s request is open", "%s requests are open")
	switch {
	case v.Lockdown.On():
		mark = "🔒"
	case len(v.Live) == 0 && len(v.Reviews) == 0:
		mark = "✅"
	}
	if len(v.Live) == 0 {
		open = w.say("Nothing is open")
	}
	return join(" ", mark, join(" · ", open, w.reviews(len(v.Reviews))))
}

// held says who holds what is locked: "Locked: app by #9 /restart of cid (interrupted)."
func (w Words) held(v WhoView) html {
	var list []html
	for _, t := range touches {
		id, locked := v.Locks[t]
		if !locked {
			continue
		}
		line := w.say("%s by %s", string(t), numbered(id))
		for _, r := range v.Live {
			if r.Request.ID == id {
				line = w.say("%s by %s of %s", string(t), called(r.Request), name(r.Request.Asked.Person))
			}
		}
		list = append(list, line)
	}
	if len(list) == 0 {
		return w.say("Nothing is locked.")
	}
	return w.say("Locked: %s.", join(", ", list...))
}

// openLine is an open request and whom or what it waits for, in one line.
func (w Words) openLine(v RequestView, now time.Time) html {
	c := w.sheet(v)
	return join(". ", w.line(c.r, now), c.waiting())
}

func (w Words) review(r ToReview) html {
	line := w.say("Review of %s, %s's %s", numbered(r.ID), name(r.Of), typed("/"+string(r.What)))
	if who := w.any(r.Waits); who != "" {
		return w.say("%s: %s", line, who)
	}
	return line
}

// lastRuns tells how the newest requests ended: those that are open stand above.
func (w Words) lastRuns(p *page, v WhoView) {
	var lines []html
	for _, r := range v.Runs {
		if len(lines) < maxRuns && r.Status.Final() && !r.Unsettled() {
			lines = append(lines, w.line(r, v.Now))
		}
	}
	if len(lines) == 0 {
		return
	}
	p.gap()
	p.add(w.say("<b>Last</b>"))
	p.list(ifSteps, lines...)
}

// everybody tells who is who.
func (w Words) everybody(p *page, people []auth.Person) {
	var lines []html
	for _, one := range people[:min(len(people), maxPeople)] {
		roles := w.people(names(one.Roles), "", name)
		if roles == "" {
			roles = w.say("no role")
		}
		lines = append(lines, w.say("%s: %s", name(one.Name), roles))
	}
	if more := len(people) - maxPeople; more > 0 {
		lines = append(lines, w.say("and %s more", more))
	}
	if len(lines) == 0 {
		return
	}
	p.gap()
	p.add(w.say("<b>People</b>"))
	p.add(lines...)
}

func names(roles []auth.Role) []auth.Name {
	var list []auth.Name
	for _, r := range roles {
		list = append(list, auth.Name(r))
	}
	return list
}
