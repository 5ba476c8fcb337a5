package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"twokey/actions"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// Commands are the names the bot takes for itself; an action of the config may not have them.
func Commands() []actions.Name {
	return append(slices.Sorted(maps.Keys(looking)), startService, "cancel", "review", actions.Resume, actions.Undo, actions.Leave, "drill", "away", "back")
}

// startService is /start by a name that means the same in every chat: in private, /start is what Telegram's own START
// button sends.
const startService actions.Name = "start_service"

// command does what a known person says in a place that is listened to.
func (b *Bot) command(ctx context.Context, cause string, s sender, cmd Command, age time.Duration) {
	name := actions.Name(cmd.Name)
	switch {
	case name == "start" && s.private:
		b.reply(s, b.Words.Greeting(s.person.Name, int64(s.account)))
		return
	case looking[name] != nil:
		b.Aside.Do(func(ctx context.Context) { looking[name](b, ctx, s, cmd) })
		return
	case isDrillCommand(name):
		b.drillTyped(ctx, cause, s, cmd, age)
		return
	case name == startService:
		name = "start"
	}
	settles := name == actions.Resume || name == actions.Undo || name == actions.Leave
	if name == actions.Panic {
		b.panicTyped(ctx, cause, s, cmd, age)
		return
	}
	if missing, off := b.Catalogue.Off(name); off {
		b.reply(s, b.Words.Off(cmd.Name, missing))
		return
	}
	if _, there := b.Catalogue.Get(name); !there && !settles && name != "cancel" && name != "review" {
		b.reply(s, b.Words.UnknownCommand(cmd.Name, b.near(cmd.Name)))
		return
	}
	if age > b.Place.StaleAfter {
		b.reply(s, b.Words.Stale(cmd.Name, age, cmd.Line()))
		return
	}
	switch {
	case name == "cancel":
		b.cancelTyped(ctx, cause, s, cmd)
	case name == "review":
		b.reviewTyped(ctx, cause, s, cmd)
	case settles:
		b.settleTyped(ctx, cause, s, name, cmd)
	case name == tellUsers && b.Notices != nil:
		b.broadcastTyped(ctx, cause, s, cmd)
	case name == editTold && b.Notices != nil:
		b.editTyped(ctx, cause, s, cmd)
	default:
		b.ask(ctx, cause, s, name, cmd)
	}
}

// near lists commands that begin like the unknown one, for a hint.
func (b *Bot) near(name string) []string {
	var list []string
	for _, n := range b.names() {
		if begin := min(3, len(name), len(n)); strings.HasPrefix(string(n), name[:begin]) {
			list = append(list, string(n))
		}
	}
	return list
}

// names are the actions and what only looks.
func (b *Bot) names() []actions.Name {
	list := append(slices.Collect(maps.Keys(looking)), "drill", "away", "back")
	for _, a := range b.Catalogue.All() {
		list = append(list, a.Name)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// ask makes a request of an action of the catalogue.
func (b *Bot) ask(ctx context.Context, cause string, s sender, name actions.Name, cmd Command) {
	action, _ := b.Catalogue.Get(name)
	words, at, err := b.when(name, cmd.Words)
	var args actions.Args
	if err == nil {
		b.Log.View(func(journal.Now) { args, err = b.State.Quiet(action).Bind(words) })
	}
	if no, is := refusal(err); is {
		if !b.pickBackup(s, action, no) {
			b.reply(s, b.Words.Refusal(no))
		}
		return
	}
	b.decideAsk(ctx, cause, s, actions.Asked{Action: action, Args: args, Reason: cmd.Reason, At: at})
}

// when takes at=TIME out of the words of a command: the next time that clock shows it, or a day and a time.
func (b *Bot) when(name actions.Name, words []string) (rest []string, at time.Time, err error) {
	i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "at=") })
	if i < 0 {
		return words, at, nil
	}
	var now time.Time
	b.Log.View(func(n journal.Now) { now = n.Time })
	at, ok := parseAt(strings.TrimPrefix(words[i], "at="), now, b.zone())
	if !ok {
		return nil, at, &actions.Refusal{Reason: actions.BadParam, Action: name, Param: "at", Detail: "is a time, such as 03:00 or 2026-11-25T03:00"}
	}
	return slices.Delete(slices.Clone(words), i, i+1), at, nil
}

// parseAt reads a time of day, which is its next one, or a day and a time, in the zone of the config.
func parseAt(typed string, now time.Time, zone *time.Location) (time.Time, bool) {
	if t, err := time.ParseInLocation("2006-01-02T15:04", typed, zone); err == nil {
		return t.UTC(), true
	}
	clock, err := time.Parse("15:04", typed)
	if err != nil {
		return time.Time{}, false
	}
	local := now.In(zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), clock.Hour(), clock.Minute(), 0, 0, zone)
	if !at.After(now) {
		at = time.Date(local.Year(), local.Month(), local.Day()+1, clock.Hour(), clock.Minute(), 0, 0, zone)
	}
	return at.UTC(), true
}

// decideAsk appends the request. Who asked, where and under which catalogue is filled in here, and only here.
func (b *Bot) decideAsk(ctx context.Context, cause string, s sender, a actions.Asked) {
	_, err := b.tryAsk(ctx, cause, s, &a)
	b.tell(s, err, a)
}

func (b *Bot) tryAsk(ctx context.Context, cause string, s sender, a *actions.Asked) (actions.ID, error) {
	b.fill(s, a)
	a.Reason = b.Redact(a.Reason)
	if a.Nudge = nil; !a.Action.Rule.Alone {
		a.Nudge = b.Nudge
	}
	e, err := b.Log.Update(ctx, cause, func(now journal.Now) (journal.Draft, error) { return b.State.Ask(now, *a) })
	return actions.ID(e.Seq), err
}

// fill says who asks, where, and under which catalogue.
func (b *Bot) fill(s sender, a *actions.Asked) {
	a.Person, a.Account, a.Origin, a.Revision = s.person.Name, s.account, s.origin(), b.Revision
}

// tell says what a request came to, where the card does not.
func (b *Bot) tell(s sender, err error, a actions.Asked) {
	no, refused := refusal(err)
	switch {
	case err == nil, errors.Is(err, journal.ErrSeen):
	case refused:
		b.reply(s, b.Words.Refusal(no))
	case !written(err):
		b.Report(err)
		b.emergency(s, a)
	default:
		b.Report(err)
		b.alert(s, b.Words.JournalDown())
	}
}

// emergency does, although nothing can be written, what one person may stop alone; everything else is refused there.
func (b *Bot) emergency(s sender, a actions.Asked) {
	b.Urgent.Do(func(ctx context.Context) {
		done, err := b.Emergency(ctx, a)
		no, refused := refusal(err)
		switch {
		case refused:
			b.reply(s, b.Words.Refusal(no))
		case err != nil:
			b.Report(err)
			b.alert(s, b.Words.JournalDown())
		default:
			b.alert(s, b.Words.Emergency(done))
		}
		b.Log.Repay(ctx)
	})
}

// cancelTyped is /cancel [number]: without one, the person's only open request.
func (b *Bot) cancelTyped(ctx context.Context, cause string, s sender, cmd Command) {
	id, err := b.whichOne(cmd, "cancel", func(r *actions.Request) bool {
		return r.Asked.Person == s.person.Name && (r.Status.Open() || r.Status == actions.Running)
	})
	if err == nil {
		err = b.tryCancel(ctx, cause, s, id)
	}
	b.settled(s, err)
}

func (b *Bot) tryCancel(ctx context.Context, cause string, s sender, id actions.ID) error {
	_, err := b.Log.Update(ctx, cause, func(journal.Now) (journal.Draft, error) { return b.State.Cancel(id, s.person.Name) })
	return err
}

// settleTyped is /resume, /undo or /leave [number].
func (b *Bot) settleTyped(ctx context.Context, cause string, s sender, way actions.Name, cmd Command) {
	id, err := b.whichOne(cmd, way, func(r *actions.Request) bool { return r.Unsettled() })
	if err == nil {
		_, err = b.trySettle(ctx, cause, s, way, id, cmd.Reason)
	}
	b.settled(s, err)
}

func (b *Bot) trySettle(ctx context.Context, cause string, s sender, way actions.Name, id actions.ID, reason string) (actions.ID, error) {
	var action actions.Action
	var err error
	b.Log.View(func(journal.Now) { action, err = b.State.Settlement(way, id, b.Catalogue.Get) })
	if err != nil {
		return 0, err
	}
	a := actions.Asked{Action: action, Args: actions.Args{"run": idText(id)}, Reason: reason, Names: id}
	return b.tryAsk(ctx, cause, s, &a)
}

// settled says what came of a command that the cards do not show.
func (b *Bot) settled(s sender, err error) {
	no, refused := refusal(err)
	switch {
	case err == nil, errors.Is(err, journal.ErrSeen):
	case refused:
		b.reply(s, b.Words.Refusal(no))
	default:
		b.Report(err)
		b.alert(s, b.Words.JournalDown())
	}
}

// whichOne reads the number a command names; without one it is the only live request that fits.
func (b *Bot) whichOne(cmd Command, name actions.Name, fits func(*actions.Request) bool) (actions.ID, error) {
	if len(cmd.Words) > 1 {
		return 0, &actions.Refusal{Reason: actions.UnknownParam, Action: name, Param: cmd.Words[1], Values: []string{"run"}}
	}
	if len(cmd.Words) == 1 {
		id, ok := parseID(strings.TrimPrefix(cmd.Words[0], "run=")) // the buttons of a refusal write it so
		if !ok {
			return 0, &actions.Refusal{Reason: actions.BadParam, Action: name, Param: "run", Detail: "is the number of a request, such as 1287"}
		}
		return id, nil
	}
	var found []string
	b.Log.View(func(journal.Now) {
		for _, r := range b.State.Live() {
			if fits(r) {
				found = append(found, idText(r.ID))
			}
		}
	})
	if len(found) == 1 {
		id, _ := parseID(found[0])
		return id, nil
	}
	if len(found) == 0 && name != "run" {
		return 0, &actions.Refusal{Reason: actions.NothingOpen, Action: name}
	}
	return 0, &actions.Refusal{Reason: actions.MissingParam, Action: name, Param: "run", Values: found}
}

// unheard translates why Telegram's message must not be obeyed into the words for it.
func unheard(r telegram.Reason) text.Origin {
	switch r {
	case telegram.ReasonEdited:
		return text.Edited
	case telegram.ReasonForwarded, telegram.ReasonAutomaticForward:
		return text.Forwarded
	case telegram.ReasonViaBot:
		return text.ViaBot
	case telegram.ReasonBot:
		return text.FromBot
	case telegram.ReasonOffline:
		return text.Scheduled
	case telegram.ReasonBusiness, telegram.ReasonGuest:
		return text.Business
	case telegram.ReasonEphemeral:
		return text.Ephemeral
	}
	return text.Anonymous
}
