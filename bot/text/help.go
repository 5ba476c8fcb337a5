package text

import (
	"strings"
	"time"

	"twokey/actions"
	"twokey/auth"
)

// Help is the answer to /help. Commands that only look are left as links to tap; the others are code.
func (w Words) Help(admin bool) Card {
	p := page{words: w}
	if !admin {
		p.add(w.say("I take commands from the people in my config only."))
		p.add(w.say("/id tells your Telegram number; an admin can add it."))
		return p.card()
	}
	p.add(w.say("I run actions on %s when a second person agrees.", w.service()))
	p.gap()
	p.add(w.say("/status how it is"), w.say("/pending what waits for people"), w.say("/actions what can be asked"),
		w.say("/runs what was asked"), w.say("/who to take over from somebody"), w.say("/journal what happened"),
		w.say("/logs what the service says"), w.say("/preflight whether all we need works"), w.say("/id your Telegram number"))
	p.gap()
	p.add(w.say("%s stops it at once, alone, and locks it", typed("/panic what is wrong")))
	p.add(w.say("%s lifts the lock, two people", typed("/unlock because …")))
	p.add(w.say("%s looks at every check; it counts when another person confirms it", typed("/verify")))
	p.add(w.say("%s what somebody did alone", typed("/review")))
	if w.Tells {
		p.add(w.say("%s tells the users something, when another person agrees; /notices what they are told", typed("/broadcast")))
	}
	if w.Practises {
		p.add(w.say("/drills what is practised; %s holds one, %s while you are not there", typed("/drill start …"), typed("/away until=…")))
	}
	p.gap()
	p.add(w.say("%s one request with its entries", typed("/run 12")))
	p.add(w.say("%s take your request back, or stop your run safely", typed("/cancel 12")))
	p.add(w.say("%s, %s, %s settle an interrupted run", typed("/resume 12"), typed("/undo 12"), typed("/leave 12")))
	p.gap()
	p.add(w.say("Type an action with its parameters, and after \"because\" the reason, such as %s.", typed("/restart because it leaks memory")))
	p.add(w.say("%s among the parameters is when it starts once it is approved.", typed("at=03:00")))
	p.add(w.say("The others get buttons. You can take it back until it starts. Nothing happens by waiting: late means no."))
	return p.card()
}

// ID is the answer to /id: the numbers that a config needs.
func (w Words) ID(account, chat int64, known auth.Name) Card {
	p := page{words: w}
	if known != "" {
		p.add(w.say("You are %s.", name(known)))
	} else {
		p.add(w.say("I do not know you."))
	}
	p.add(w.say("Your Telegram number: %s", signed(account)))
	if chat != account {
		p.add(w.say("This chat's: %s", signed(chat)))
	}
	return p.card()
}

func signed(n int64) html { return code(whole(n)) }

// Greeting answers /start in private. It changes nothing: whom the bot knows is in its config.
func (w Words) Greeting(known auth.Name, account int64) Card {
	p := page{words: w}
	if known == "" {
		p.add(w.say("Hello. I do not know you, so there is nothing I can do for you."))
		p.add(w.say("Your Telegram number is %s; an admin can add it to my config.", signed(account)))
		return p.card()
	}
	p.add(w.say("Hello %s. From now on I can write to you here.", name(known)))
	p.add(w.say("You can ask for things about %s here as in the admin chat; the others are asked there. /help tells the rest.", w.service()))
	return p.card()
}

// Stale refuses a command that is older than it may be, and offers to ask again.
func (w Words) Stale(command string, age time.Duration, line string) Card {
	p := page{words: w}
	p.add(w.say("%s was sent %s ago, while I was away.", slashed(command), age.Round(ageStep(age))))
	again := do(w.say("Ask again"), line)
	if again.Data == "" {
		p.add(w.say("Type it again."))
	}
	p.row(again)
	return p.card()
}

// slashed is a command as it is typed, whether its name came with the slash or without.
func slashed(command string) html { return typed("/" + strings.TrimPrefix(command, "/")) }

// ageStep rounds an age to what matters about it.
func ageStep(d time.Duration) time.Duration {
	if d >= time.Hour {
		return time.Hour
	}
	if d >= time.Minute {
		return time.Minute
	}
	return time.Second
}

// Origin is why a message is not a person's word, here and now.
type Origin string

// The origins that start nothing.
const (
	Forwarded Origin = "forwarded"
	Edited    Origin = "edited"
	Anonymous Origin = "anonymous" // sent in the name of a chat
	ViaBot    Origin = "via a bot"
	Scheduled Origin = "scheduled"
	FromBot   Origin = "from a bot"
	Business  Origin = "business" // sent through a business account
	Ephemeral Origin = "ephemeral"
)

// Unheard refuses a message because of where it comes from, and says what to do instead.
func (w Words) Unheard(o Origin) Card {
	p := page{words: w}
	p.add(w.unheard(o))
	return p.card()
}

func (w Words) unheard(o Origin) html {
	switch o {
	case Forwarded:
		return w.say("A forwarded message starts nothing. Type the command yourself, here.")
	case Edited:
		return w.say("An edited message starts nothing. Send the command as a new message.")
	case Anonymous:
		return w.say("You wrote in the name of a chat, and I take a person's word only. Write as yourself: turn off \"Remain anonymous\".")
	case ViaBot:
		return w.say("A message sent via a bot starts nothing. Type the command yourself, here.")
	case Scheduled:
		return w.say("A scheduled message starts nothing. Type the command when you want it.")
	case FromBot:
		return w.say("I take no commands from bots. A person has to type it.")
	case Business:
		return w.say("A message through a business account starts nothing. Type the command in the admin chat.")
	case Ephemeral:
		return w.say("A message that only we two see starts nothing. Type the command where all can read it.")
	}
	return w.say("This message starts nothing. Type the command yourself, here.")
}

// Off answers a command that the config does not give what it needs.
func (w Words) Off(command, missing string) Card {
	p := page{words: w}
	p.add(w.say("%s is off: the config does not name what it needs.", typed("/"+clean(command, maxName))), w.say("Write %s.", quiet(missing, maxWhy)))
	if command == "restore" {
		p.add(w.say("Without, and with the service down meanwhile: %s", typed("/restore_in_place")))
	}
	return p.card()
}

// UnknownCommand answers what is no command, with those that are spelled alike.
func (w Words) UnknownCommand(command string, near []string) Card {
	p := page{words: w}
	if len(near) == 0 {
		p.add(w.say("There is no %s. %s lists what there is.", slashed(command), typed("/actions")))
		return p.card()
	}
	var names []auth.Name
	for _, n := range near {
		names = append(names, auth.Name("/"+strings.TrimPrefix(n, "/")))
	}
	p.add(w.say("There is no %s. Did you mean %s?", slashed(command), w.any(names)))
	return p.card()
}

// JournalDown tells that nothing can start, and what still can.
func (w Words) JournalDown() Card {
	p := page{words: w}
	p.add(w.say("⚠️ The journal cannot be written: nothing can start"))
	p.add(w.say("What one person may stop still stops at once. It is kept in memory and written first when the journal is back."))
	p.add(w.say("Look at the disk that holds it."))
	return p.card()
}

// emergencyPanic is a panic's card while nothing can be written.
func (w Words) emergencyPanic(r *actions.Request, l actions.Late) Card {
	r.Late, r.Locks = true, true
	r.Runs = []actions.StepRun{{Started: l.Started, Finished: l.Finished, Error: l.Error, Halt: l.Halt}}
	c := w.sheet(RequestView{Request: r})
	c.panicked()
	c.rows = nil // nobody can press what no journal knows
	c.add(c.say("The journal cannot be written: this is kept in memory and is written first when it is back. Nothing can start."))
	return c.card()
}

// Emergency tells what one person stopped while the journal could not be written.
func (w Words) Emergency(l actions.Late) Card {
	r := &actions.Request{Asked: l.Asked, Status: l.Outcome, AskedAt: l.Started, StartedAt: l.Started, EndedAt: l.Finished,
		Why: l.Error, Service: l.Service}
	if l.Asked.Action.Locking == actions.LockSet {
		return w.emergencyPanic(r, l)
	}
	c := w.sheet(RequestView{Request: r})
	c.title(c.short(l.Service))
	c.add(c.say("late · the journal cannot be written. This is kept in memory and is written first when it is back."))
	c.add(sentence(l.Error, maxWhy))
	c.add(c.does(l.Service))
	c.purpose()
	c.gap()
	c.add(c.took())
	return c.card()
}
