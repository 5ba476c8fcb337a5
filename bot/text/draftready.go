package text

import (
	"time"

	"twokey/auth"
)

// Whom is whom a draft would go to, as far as is known before it is asked.
type Whom struct {
	Users int
	At    time.Time // when the list was copied; zero: not known, or it is those who were told before
	Now   time.Time
}

// DraftReady stands below the texts as users would get them: now it can be asked for.
func (w Words) DraftReady(v DraftView, to Whom) Card {
	p := page{words: w}
	p.add(w.say("📢 Not asked yet: %s", w.draftWhat(v)))
	switch {
	case v.Edit != 0:
		p.add(w.say("It replaces what they were sent."))
	case v.narrowed() || to.Users == 0:
		p.add(w.say("How many users that are is found out when you ask."))
	case to.At.IsZero():
		p.add(w.count(to.Users, "To the %s user who was told of it.", "To the %s users who were told of it."))
	default:
		p.add(w.count(to.Users, "To about %s user; list from %[2]s.", "To about %s users; list from %[2]s.", w.since(to.At, to.Now)))
	}
	p.add(w.say("The texts above are exactly what they get."))
	w.filledIn(&p, v)
	ask := w.say("Ask to send")
	switch {
	case v.Edit != 0:
		ask = w.say("Ask to correct it")
	case to.Users > 0 && !v.narrowed():
		ask = w.say("Ask to send to %s", to.Users)
	}
	p.row(press(ask, v.ID, DraftChoice{What: DraftAsk}.String(), good))
	w.whomAndWhen(&p, v)
	p.row(w.draftButton(v, w.say("Send test to me"), DraftChoice{What: DraftTest}), w.draftButton(v, w.say("Change"), DraftChoice{What: DraftChange}))
	p.row(w.drop(v))
	return p.card()
}

func (w Words) draftWhat(v DraftView) html {
	if v.Edit != 0 {
		return w.say("correcting %s", tag(v.Edit))
	}
	return w.notice(v.Template)
}

// DraftShown is what the question becomes when the texts follow below it.
func (w Words) DraftShown(v DraftView) Card {
	p := page{words: w}
	p.add(w.say("📢 %s: the texts follow, as users would get them", w.draftWhat(v)))
	return p.card()
}

// DraftChanges asks what of it is to be another.
func (w Words) DraftChanges(v DraftView, vars []NoticeVar) Card {
	p := page{words: w}
	p.add(w.say("📢 %s: what is to change?", w.draftWhat(v)))
	w.wrongSoFar(&p, v)
	w.filledIn(&p, v)
	var row []Button
	for i, x := range vars[:min(len(vars), shownChoices)] {
		if row = append(row, w.draftButton(v, quiet(x.Name, maxName), DraftChoice{What: DraftVar, I: i})); len(row) == 2 {
			p.row(row...)
			row = nil
		}
	}
	p.row(row...)
	if v.Edit == 0 {
		p.row(w.draftButton(v, w.say("Another notice"), DraftChoice{What: DraftOther}))
	}
	p.row(w.drop(v))
	return p.card()
}

// DraftAsked is what is left of a draft that was asked for.
func (w Words) DraftAsked(v DraftView) Card {
	p := page{words: w}
	p.add(w.say("📢 %s: asked", w.draftWhat(v)), w.say("The card of the request says how it goes on."))
	return p.card()
}

// DraftDropped is what is left of one that was not.
func (w Words) DraftDropped() Card {
	p := page{words: w}
	p.add(w.say("Dropped. Nothing was sent, and nothing was asked."))
	return p.card()
}

// DraftElsewhere is what is left of a draft that its owner began anew.
func (w Words) DraftElsewhere() Card {
	p := page{words: w}
	p.add(w.say("This draft was given up for a newer one below."))
	return p.card()
}

// DraftLost answers a press on a draft that is not kept any more.
func (w Words) DraftLost() string {
	return plain(w.say("This draft is not kept any more: after a restart, or half an hour, one begins anew. Nothing was sent. Type /broadcast."))
}

// DraftLostCard is the same as a card, which begins anew.
func (w Words) DraftLostCard() Card {
	p := page{words: w}
	p.add(w.say("This draft is not kept any more: after a restart, or half an hour, one begins anew. Nothing was sent."))
	p.row(do(w.say("Begin again"), "/broadcast"))
	return p.card()
}

// NotYourDraft answers a press on somebody else's draft.
func (w Words) NotYourDraft(whose auth.Name) string {
	return plain(w.say("This is %s's draft. Type /broadcast for one of your own.", name(whose)))
}

// TestSent answers a test that arrived.
func (w Words) TestSent() string {
	return plain(w.say("Sent to you by the service's bot, every language."))
}

// TestNotSent answers a test that did not. unstarted: the service's bot may not write to them.
func (w Words) TestNotSent(unstarted bool) string {
	if unstarted {
		return plain(w.say("The service's bot cannot write to you: open it, press Start, and try again."))
	}
	return plain(w.say("The test did not go out: the service's bot could not send it. Try again."))
}

// TextsSent answers a press that shows the texts once more; there are none when the plan is not kept any more.
func (w Words) TextsSent(some bool) string {
	if some {
		return plain(w.say("The texts follow below."))
	}
	return plain(w.say("There are no texts: it is not pending any more."))
}

// NoSuchNotice refuses a template that there is not.
func (w Words) NoSuchNotice(wanted string, near []string) Card {
	p := page{words: w}
	p.add(w.say("There is no notice \"%s\". %s lists them.", quiet(wanted, maxName), typed("/notices")))
	for i, n := range near {
		if i < maxNames {
			p.row(do(w.notice(n), "/broadcast "+n))
		}
	}
	return p.card()
}

// BadNotice refuses a value: which, why, what to type instead.
func (w Words) BadNotice(command, variable, why, hint string) Card {
	p := page{words: w}
	what := typed("/" + command)
	if variable != "" {
		p.add(w.say("%s: %s: %s", what, quiet(variable, maxName), sentence(why, maxWhy)))
	} else {
		p.add(w.say("%s: %s", what, sentence(why, maxWhy)))
	}
	p.add(sentence(hint, maxWhy))
	return p.card()
}

// DraftMoved is what a question becomes that was answered by a reply.
func (w Words) DraftMoved() Card {
	p := page{words: w}
	p.add(w.say("It goes on below."))
	return p.card()
}

// WentDown is what the button of a time says that is when a run took the service down.
func (w Words) WentDown(t, now time.Time) string {
	return plain(w.say("%s, went down", w.since(t, now)))
}

// CameUp is the same of when it was up again.
func (w Words) CameUp(t, now time.Time) string { return plain(w.say("%s, came up", w.since(t, now))) }

// Promised is the same of when it should be up again.
func (w Words) Promised(t, now time.Time) string {
	return plain(w.say("%s, expected", w.since(t, now)))
}

// Expected is what the button of a duration says that a run is expected to take.
func (w Words) Expected(d time.Duration) string { return plain(w.say("%s, expected", d)) }
