package text

import (
	"slices"
	"strings"
	"time"

	"twokey/actions"
	"twokey/actions/step"
)

// The actions that are about nothing but what users are told.
const (
	tellAction     actions.Name = "broadcast"
	editAction     actions.Name = "broadcast_edit"
	recallAction   actions.Name = "broadcast_recall"
	goOnAction     actions.Name = "broadcast_resume"
	standingAction actions.Name = "notice_auto"
	endingAction   actions.Name = "notice_auto_off"
)

// tells says whether it is one of them.
func (c *sheet) tells() bool {
	switch c.a.Name {
	case tellAction, editAction, recallAction, goOnAction, standingAction, endingAction:
		return true
	}
	return false
}

// toTell is the card of one of them while people decide: whom, what, how long it takes, as of when; the texts follow below.
func (c *sheet) toTell() {
	ask := c.wants()
	if whom := c.people(c.could(), "", c.mention); whom != "" {
		ask = whom + ": " + ask
	}
	c.add("📢 " + ask)
	c.add(join(" · ", c.state(actions.Pending), c.template(), c.sendingTakes()))
	c.add(c.recipients()...)
	c.add(c.most(), c.differs(), c.textsFollow())
	c.add(c.standingFor(), c.aboutWhat(), c.follows(parseFollows(c.said("follows")), c.r.AskedAt))
	c.add(c.current())
	c.reason()
	c.proof()
	c.gap()
	c.add(c.takenBack())
	c.add(c.needs())
	if !c.r.Asked.At.IsZero() {
		c.add(c.say("It starts %s, not before.", c.until(c.r.Asked.At, c.r.AskedAt)))
	}
	c.add(c.say("Approve before %s", c.until(c.r.AskUntil, c.r.AskedAt)))
	c.list(ifFacts, c.looked(), c.phones())
	c.add(c.numbers())
	c.buttons()
}

// wants is what is asked for, as a sentence with its number.
func (c *sheet) wants() html {
	n, who, of := c.users(), name(c.r.Asked.Person), c.ofBroadcast()
	switch c.a.Name {
	case editAction:
		return c.count(n, "%[2]s wants to correct %[3]s for %[1]s user", "%[2]s wants to correct %[3]s for %[1]s users", who, of)
	case recallAction:
		return c.count(n, "%[2]s wants to take %[3]s back from %[1]s user", "%[2]s wants to take %[3]s back from %[1]s users", who, of)
	case goOnAction:
		return c.say("%s wants %s to go on", who, of)
	case standingAction:
		return c.say("%s wants a notice to go out by itself", who)
	case endingAction:
		return c.say("%s wants a notice not to go out by itself any more", who)
	}
	return c.count(n, "%[2]s wants to tell %[1]s user", "%[2]s wants to tell %[1]s users", who)
}

// ofBroadcast is the broadcast it is about.
func (c *sheet) ofBroadcast() html {
	return quiet("#"+strings.TrimPrefix(c.r.Asked.Args["broadcast"], "#"), maxName)
}

// fact finds a fact by its name.
func (c *sheet) factOf(named string) (step.Fact, bool) {
	i := slices.IndexFunc(c.r.Facts, func(f step.Fact) bool { return f.Name == named })
	if i < 0 {
		return step.Fact{}, false
	}
	return c.r.Facts[i], true
}

func (c *sheet) said(named string) string {
	f, _ := c.factOf(named)
	return f.Value
}

// users is how many are told.
func (c *sheet) users() int {
	f, _ := c.factOf("users")
	return int(f.Number)
}

// template is which notice it is; empty when the plan does not know yet.
func (c *sheet) template() html {
	named, _, _ := strings.Cut(c.said("notice"), "@")
	if named == "" {
		named = c.r.Asked.Args["template"]
	}
	if named == "" {
		return ""
	}
	return c.notice(named)
}

func (c *sheet) sendingTakes() html {
	d, err := time.ParseDuration(c.said("takes"))
	if err != nil || d <= 0 {
		return ""
	}
	return c.say("about %s", d)
}

// recipients says who they are, as of when; an old list is marked.
func (c *sheet) recipients() []html {
	who := c.spoken(parseSpoken(c.said("languages")))
	f, known := c.factOf("list")
	if !known || f.At.IsZero() {
		return []html{who}
	}
	from, age := c.since(f.At, c.r.AskedAt), c.r.AskedAt.Sub(f.At)
	switch {
	case age >= listOld:
		return []html{who, c.say("⚠️ The list is %s old, from %s", age.Round(ageStep(age)), from)}
	case age >= time.Minute:
		return []html{join("; ", who, c.say("list from %s, %s old", from, age.Round(ageStep(age))))}
	}
	return []html{join("; ", who, c.say("list from %s", from))}
}

// most is how many users the approval holds for.
func (c *sheet) most() html {
	f, _ := c.factOf("users")
	if f.Kind != step.Bounded || f.Limit <= f.Number {
		return ""
	}
	return c.say("The approval holds up to %s users.", int(f.Limit))
}

// differs warns that the list is much unlike the one before.
func (c *sheet) differs() html {
	if d := quiet(c.said("list differs"), maxArg); d != "" {
		return c.say("⚠️ The list is unlike the last one: %s", d)
	}
	return ""
}

func (c *sheet) textsFollow() html {
	exact, later := c.texts()
	switch {
	case len(exact) > 0 && c.said("picture") != "":
		return c.say("Each text follows below exactly as they will see it, under a picture.")
	case len(exact) > 0:
		return c.say("Each text follows below exactly as they will see it.")
	case len(later) > 0:
		return c.say("Each text follows below; its times are filled in when it goes out.")
	}
	return ""
}

// standingFor is what lets a notice go out by itself, and how often it may.
func (c *sheet) standingFor() html {
	var when, most html
	if t := c.said("tie"); t != "" {
		when = c.say("When: %s.", c.tie(t))
	}
	if f, ok := c.factOf("a day"); ok {
		most = c.say("At most %s a day.", quiet(measured(f), maxName))
	}
	return join(" ", when, most)
}

// aboutWhat is what it is about, and whom it goes to when that is not everybody.
func (c *sheet) aboutWhat() html {
	var parts []html
	if m := quiet(c.said("matter"), anyText); m != "" {
		parts = append(parts, c.say("About: %s", m))
	}
	if to := quiet(c.r.Asked.Args["to"], maxName); to != "" && to != none {
		parts = append(parts, c.say("only to: %s", to))
	}
	if run := quiet(c.r.Asked.Args["affected"], maxName); run != "" && run != none {
		parts = append(parts, c.say("only to those whose rows run %s lost", run))
	}
	return join("; ", parts...)
}

// takenBack says how it is undone.
func (c *sheet) takenBack() html {
	switch c.a.Name {
	case tellAction:
		return c.say("Afterwards it can be corrected, and for 48 h taken back.")
	case standingAction:
		return c.say("Undo: %s", typed("/notice_auto_off "+c.r.Asked.Args["tie"]))
	case editAction:
		return c.say("It can be corrected once more.")
	case recallAction:
		return c.say("It cannot be undone.")
	}
	return ""
}
