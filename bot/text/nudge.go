package text

import (
	"strings"
	"time"

	"twokey/actions"
	"twokey/auth"
)

// looked says who of those that can still agree has looked, and who has not; nothing until somebody did.
func (c *sheet) looked() html {
	var list []html
	var waits []auth.Name
	for _, n := range c.could() {
		at, some := c.v.Looked[n]
		if !some {
			waits = append(waits, n)
			continue
		}
		list = append(list, c.say("%s has looked (%s)", name(n), c.since(at, c.r.AskedAt)))
	}
	if len(list) == 0 {
		return ""
	}
	if len(waits) > 0 {
		list = append(list, c.say("%s not yet", c.all(waits)))
	}
	return join(", ", list[:min(len(list), maxNames)]...)
}

// phones is how those that can still agree are reached when they do not look.
func (c *sheet) phones() html {
	var list []html
	for _, n := range c.could() {
		if phone := quiet(c.v.Phone[n], maxName); phone != "" {
			list = append(list, join(" ", name(n), phone))
		}
	}
	return join(", ", list[:min(len(list), maxNames)]...)
}

// Nudge is the line that calls those who have not voted once more: in the admin chat, which mentions them, or in the private
// chat of v.Viewer. Left is how long they have.
func (w Words) Nudge(v RequestView) Card {
	c := w.sheet(v)
	left := c.say("%s left", max(0, c.r.AskUntil.Sub(c.r.NudgedAt)).Round(time.Second))
	if v.Viewer != "" {
		c.add(join(" · ", c.say("⏳ %s waits for you: %s %s", name(c.r.Asked.Person), command(c.r), numbered(c.r.ID)), left))
	} else {
		c.add(join(" · ", c.asks(numbered(c.r.ID)), c.answered(), left))
	}
	return c.card()
}

// answered says how far the votes are.
func (c *sheet) answered() html {
	if by := len(c.v.Verdict.By); by > 0 {
		return c.say("%s of %s agreed", by, by+c.v.Verdict.Missing)
	}
	return c.say("nobody has voted")
}

// Uncalled tells that the way to call somebody else failed. Why is for people.
func (w Words) Uncalled(v RequestView, why string) Card {
	c := w.sheet(v)
	c.add(c.say("⚠️ Nobody voted on %s, and nobody else could be called: %s", called(c.r), sentence(why, maxWhy)))
	return c.card()
}

// Below is what is left of a card that was sent again, because newer messages hid it.
func (w Words) Below(v RequestView) Card {
	c := w.sheet(v)
	c.add(c.say("%s %s moved below", mark(c.r.Status), called(c.r)))
	return c.card()
}

// Migrated tells that the group has another number since it became a supergroup, and what to write into the config.
func (w Words) Migrated(to int64) Card {
	p := page{words: w}
	p.add(w.say("This group is a supergroup now, and has another number. I follow."))
	p.add(w.say("Write it into the config: %s", code("admin_chat: "+whole(to))))
	return p.card()
}

// AwayView is how long Telegram was not reached, and what became of the requests meanwhile.
type AwayView struct {
	From, To time.Time
	Requests []*actions.Request
}

// Away sums up what happened while nobody could be told: one card.
func (w Words) Away(v AwayView) Card {
	p := page{words: w}
	p.add(w.say("I was away from Telegram from %s to %s.", w.since(v.From, v.To), w.since(v.To, v.To)))
	if len(v.Requests) == 0 {
		p.add(w.say("Nothing happened meanwhile. What was tapped then may be lost: tap again."))
	}
	for _, r := range v.Requests {
		p.list(ifSteps, w.line(r, v.To))
	}
	return p.card()
}

// maxMenu is the longest line of a menu, in characters. Source: https://core.telegram.org/bots/api#botcommand
const maxMenu = 256

// Menu is what the menu says about a command of the bot's own.
func (w Words) Menu(n actions.Name) string {
	english, known := menu[n]
	if !known {
		return clean(string(n), maxMenu)
	}
	return clean(plain(w.say(english)), maxMenu)
}

// MenuOf is what the menu says about an action.
func (w Words) MenuOf(a actions.Action) string {
	if s := clean(strings.TrimSpace(a.Summary), maxMenu); s != "" {
		return s
	}
	return clean(string(a.Name), maxMenu)
}

// menu has a line for each command that is the bot's, also for those of its other versions.
var menu = map[actions.Name]string{
	"panic":     "Stop everything now; one person may",
	"status":    "How the service is",
	"unlock":    "Let it start again after a panic; two people",
	"verify":    "Run the checks",
	"logs":      "The last lines of the logs",
	"actions":   "What can be asked",
	"runs":      "What was asked, newest first",
	"run":       "One request with its entries",
	"cancel":    "Take your request back, or stop your run",
	"resume":    "Go on with an interrupted run",
	"undo":      "Undo an interrupted run",
	"leave":     "Leave an interrupted run as it is",
	"review":    "What others should look at afterwards",
	"who":       "Who is who, and who can be reached",
	"notices":   "What users are told, and what goes out by itself",
	"drills":    "What is practised, when, and how it went",
	"drill":     "The drill that goes on; start, report, note and more",
	"away":      "Say that you are away: until=DATE",
	"back":      "Say that you are there again",
	"journal":   "The last entries of the journal",
	"help":      "How to ask for things",
	"id":        "Your Telegram number",
	"start":     "Say hello",
	"preflight": "Test everything I depend on",
	"pending":   "What waits for people",
}
