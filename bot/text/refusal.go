package text

import (
	"strings"

	"twokey/actions"
	"twokey/auth"
)

// Refusal is a decision's no: one line that says what was wrong, and who may or what to type; where a parameter has a few
// values they are buttons.
func (w Words) Refusal(r *actions.Refusal) Card {
	p := page{words: w}
	p.add(w.refusal(r))
	lines := w.choices(&p, r)
	if (r.Reason == actions.MissingParam || r.Reason == actions.BadParam) && (len(p.rows) == 0 || lines > 0) {
		p.add(w.usage(r))
	}
	if r.Reason == actions.Locked {
		p.row(do(w.say("How it is"), "/status"))
	}
	switch r.Reason {
	case actions.Joined, actions.AlreadyDecided, actions.AlreadyVoted:
		p.row(do(w.say("Show %s", numbered(r.Request)), "/run "+unspaced(uint64(r.Request))))
	case actions.TooManyYours, actions.TooManyOpen:
		p.row(do(w.say("Show what is open"), "/pending"))
	}
	return p.card()
}

// RefusalLine is the refusal as a callback's answer: at most 200 characters of plain text.
func (w Words) RefusalLine(r *actions.Refusal) string { return plain(w.refusal(r)) }

// maxChoices is how many values are offered as buttons; two stand in a row.
const maxChoices = 12

// choices makes a button of every value a parameter may have, and says how many had none.
func (w Words) choices(p *page, r *actions.Refusal) (left int) {
	if r.Reason != actions.MissingParam && r.Reason != actions.BadParam {
		return 0
	}
	var row []Button
	for i, v := range r.Values {
		b := do(quiet(v, maxLabel), line(r, v))
		if i >= maxChoices || b.Data == "" {
			left++
			continue
		}
		if row = append(row, b); len(row) == 2 {
			p.row(row...)
			row = nil
		}
	}
	p.row(row...)
	return left
}

// line is the command line with the value in its place; empty when a value would not come back as one word.
func line(r *actions.Refusal, v string) string {
	args := actions.Args{r.Param: v}
	for n, a := range r.Args {
		if n != r.Param {
			args[n] = a
		}
	}
	words := []string{"/" + string(r.Action)}
	for _, n := range argNames(actions.Asked{Args: args}) {
		if args[n] == "" || strings.ContainsAny(args[n], " \t\"'\\") {
			return ""
		}
		words = append(words, n+"="+args[n])
	}
	return strings.Join(words, " ")
}

// usage is what to type where buttons cannot say it all.
func (w Words) usage(r *actions.Refusal) html {
	return w.say("Type: %s", typed("/"+string(r.Action)+" "+r.Param+"=…"))
}

func (w Words) refusal(r *actions.Refusal) html {
	action, who := typed("/"+string(r.Action)), w.any(r.Who)
	switch r.Reason {
	case actions.UnknownAction:
		return w.say("There is no %s. %s lists what there is.", action, typed("/actions"))
	case actions.UnknownParam, actions.MissingParam, actions.BadParam:
		return w.parameter(r, action)
	case actions.NothingOpen:
		return w.say("There is nothing %s could be about: see %s.", action, typed("/pending"))
	case actions.NotAsker:
		return w.may(w.say("You may not ask for %s", action), who)
	case actions.NotApprover:
		return w.may(w.say("You may not approve this"), who)
	case actions.OwnRequest:
		return w.say("You asked for this: %s must approve.", w.somebody(r.Who))
	case actions.NotYours:
		return w.say("This is %s's: nobody else can cancel it. Who may approve it can deny it.", who)
	case actions.Unreachable:
		return w.unreachable(r, action)
	case actions.JournalDown:
		return w.say("The journal cannot be written: %s does not start. Only what one person may stop still works.", action)
	case actions.JournalForked:
		return w.say("The journal is not the one %s knows: %s does not start until that is settled on the host. See %s.", who, action, typed("/status"))
	case actions.NotAlone:
		return w.say("%s takes two people and a journal, and the journal cannot be written. One person can stop at once: %s", action, typed("/panic what is wrong"))
	case actions.ClockBehind:
		return w.say("The host's clock went back by %s: only stopping is safe until it is right.", r.Detail)
	case actions.TooManyYours:
		return w.say("You have %s open requests (%s): cancel one first.", len(r.Values), w.listed(r.Values))
	case actions.TooManyOpen:
		return w.say("%s requests are open (%s): decide one first.", len(r.Values), w.listed(r.Values))
	}
	return w.aboutRequest(r, action, who)
}

// aboutRequest are the refusals that name a request.
func (w Words) aboutRequest(r *actions.Refusal, action, who html) html {
	id := numbered(r.Request)
	switch r.Reason {
	case actions.Joined:
		return w.say("%s asked for this already: %s %s is %s.", who, id, action, w.state(r.State))
	case actions.NoSuchRequest:
		return w.say("There is no request %s. %s lists the newest.", id, typed("/runs"))
	case actions.AlreadyDecided:
		return w.decided(r)
	case actions.AlreadyVoted:
		return w.say("You approved %s already; it waits for others.", id)
	case actions.StillPlanning:
		return w.say("%s is still being planned: wait for its plan, then approve.", id)
	case actions.TooLate:
		return w.say("The time to approve %s ended at %s. Ask again.", id, w.until(r.Until, r.Until))
	case actions.NotInterrupted:
		return w.say("%s is %s, not interrupted: there is nothing to settle.", id, w.state(r.State))
	case actions.NothingToUndo:
		return w.say("%s cannot be undone: no action takes it back.", id)
	case actions.NothingToResume:
		return w.say("%s has no step left to resume.", id)
	}
	return w.afterwards(r, who)
}

// afterwards are the refusals about what comes after a request's end, and about the lockdown.
func (w Words) afterwards(r *actions.Refusal, who html) html {
	id := numbered(r.Request)
	switch r.Reason {
	case actions.MissingReason:
		return w.say("Say why: %s", typed("/"+string(r.Action)+" because …"))
	case actions.Locked:
		return w.lockedOut(r.Until, who)
	case actions.NotLocked:
		return w.say("There is no lockdown to lift: the service may start.")
	case actions.OwnReview:
		return w.say("You did this yourself: %s can review it.", w.somebody(r.Who))
	case actions.NotReviewer:
		return w.may(w.say("You may not review this"), who)
	case actions.ReviewedAlready:
		return w.say("You reviewed %s already.", id)
	case actions.NothingToReview:
		return w.say("%s needs no review.", id)
	case actions.NoSuchCheck:
		return w.say("%s has no check \"%s\" that a person does.", id, quiet(r.Param, maxName))
	case actions.ChecksOpen:
		return w.say("First somebody has to look: %s.", w.listed(r.Values))
	case actions.ConfirmedAlready:
		return w.say("%s was confirmed at %s by %s.", id, w.until(r.Until, r.Until), who)
	case actions.NotNoted:
		return w.say("%s is over: nobody reads notes about it any more.", id)
	}
	return w.say("This cannot be done (%s).", string(r.Reason))
}

func (w Words) may(what, who html) html {
	if who == "" {
		return w.say("%s; nobody else may.", what)
	}
	return w.say("%s; %s may.", what, who)
}

// somebody is one of the people, or the truth that there is nobody.
func (w Words) somebody(names []auth.Name) html {
	if len(names) == 0 {
		return w.say("somebody else")
	}
	return w.any(names)
}

func (w Words) unreachable(r *actions.Refusal, action html) html {
	if len(r.Who) == 0 {
		return w.say("%s needs somebody else to approve it, and nobody else may.", action)
	}
	return w.say("%s needs more people than there are: only %s could approve.", action, w.all(r.Who))
}

// decided says how and when it ended, and by whom.
func (w Words) decided(r *actions.Refusal) html {
	who := w.all(r.Who)
	when := w.until(r.Until, r.Until)
	switch {
	case r.State == actions.Denied && who != "":
		return w.say("This was decided at %s: %s denied it.", when, who)
	case r.State == actions.Cancelled && who != "":
		return w.say("This was decided at %s: %s took it back.", when, who)
	case r.State == actions.Approved && who != "":
		return w.say("This was decided at %s: %s approved it.", when, who)
	case r.State == actions.Running:
		return w.say("This was approved and is running.")
	case r.State == actions.Expired:
		return w.say("This was decided at %s: it expired.", when)
	case r.State == actions.Succeeded, r.State == actions.Failed:
		return w.say("This ran until %s and %s.", when, w.state(r.State))
	case r.State == actions.Interrupted:
		return w.say("This ran and was interrupted at %s.", when)
	}
	return w.say("This was decided at %s: it is %s.", when, w.state(r.State))
}

// parameter says what is wrong with one, and what it may be.
func (w Words) parameter(r *actions.Refusal, action html) html {
	param := quiet(r.Param, maxName)
	switch {
	case r.Reason == actions.UnknownParam && len(r.Values) == 0:
		return w.say("%s takes no parameters.", action)
	case r.Reason == actions.UnknownParam:
		return w.say("%s has no parameter \"%s\"; it takes %s.", action, param, w.listed(r.Values))
	case r.Reason == actions.BadParam && r.Detail != "":
		return w.say("%s: %s %s.", action, param, quiet(r.Detail, maxArg))
	case len(r.Values) > 0:
		return w.say("%s needs %s: %s.", action, param, w.listed(r.Values))
	}
	return w.say("%s needs %s.", action, param)
}

// listed is a few words with commas.
func (w Words) listed(values []string) html {
	var names []auth.Name
	for _, v := range values {
		names = append(names, auth.Name(v))
	}
	return w.people(names, "", name)
}
