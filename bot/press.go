package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"twokey/actions"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// press does what a button says, if the person who pressed may. What the button's data says is only where to look: who
// presses and where decides, so data made up by a strange client gains nothing.
func (b *Bot) press(ctx context.Context, cause string, c telegram.Callback) {
	s := b.who(c.From.ID, c.Chat, c.ThreadID, c.MessageID)
	p, ok := text.ParseData(c.Data)
	switch {
	case telegram.SuspiciousPress(c) != telegram.ReasonNone, !s.known, !s.admin && !s.private:
		b.answer(c.ID, "", false)
		return
	case !ok:
		b.answer(c.ID, b.Words.OldButton(), true)
		return
	}
	if draft, is := text.ParseDraft(p.Choice); is {
		b.pressDraft(ctx, cause, s, p.Seq, draft, c.ID)
		return
	}
	if text.IsBroadcast(p.Choice) {
		line, alert := b.pressedBroadcast(ctx, cause, s, p.Seq, p.Choice)
		b.answer(c.ID, line, alert)
		return
	}
	if d, is := text.ParseDrill(p.Choice); is {
		line, alert := b.pressedDrill(ctx, cause, s, p.Seq, d)
		b.answer(c.ID, line, alert)
		return
	}
	id := actions.ID(p.Seq)
	if p.Choice != text.PanicNow { // whose number is a time
		b.adopt(ctx, id, s)
		b.Log.View(func(now journal.Now) { b.Seen.Note(id, s.person.Name, now.Time) })
	}
	if p.Choice == text.TestMe { // whose answer is what came of it
		b.testRequest(s, id, c.ID)
		return
	}
	line, alert := b.pressed(ctx, cause, s, id, p)
	b.answer(c.ID, line, alert)
}

// pressed does it and gives what to answer.
func (b *Bot) pressed(ctx context.Context, cause string, s sender, id actions.ID, p text.Press) (line string, alert bool) {
	var err error
	switch p.Choice {
	case text.Approve, text.Deny:
		if sure, first := b.firstTap(cause, s, id, p.Choice); first {
			return sure, true
		}
		err = b.vote(ctx, cause, s, id, p.Choice == text.Approve)
	case text.Cancel, text.Halt:
		err = b.tryCancel(ctx, cause, s, id)
	case text.Resume, text.Undo, text.Leave:
		id, err = b.trySettle(ctx, cause, s, ways[p.Choice], id, "")
	case text.Again:
		id, err = b.again(ctx, cause, s, id)
	case text.Do:
		return b.doLine(ctx, cause, s, p.Line)
	case text.PanicNow:
		return b.panicPressed(ctx, cause, s, time.Unix(int64(min(p.Seq, 1<<40)), 0))
	case text.Texts:
		return b.showTexts(s, id)
	case text.TellUsers:
		return b.tellAbout(s, id)
	case text.Details, text.Log:
		b.Aside.Do(func(ctx context.Context) { b.show(ctx, s, id, p.Choice) })
		return "", false
	default:
		id, err = b.pressedAfter(ctx, cause, s, id, p.Choice)
	}
	if errors.Is(err, errOldButton) {
		return b.Words.OldButton(), true
	}
	return b.came(err, id, p.Choice)
}

// errOldButton: this version does not know the button.
var errOldButton = errors.New("an old button")

// pressedAfter are the presses about what comes after a request's end.
func (b *Bot) pressedAfter(ctx context.Context, cause string, s sender, id actions.ID, choice string) (actions.ID, error) {
	switch choice {
	case text.Review:
		b.Aside.Do(func(ctx context.Context) { b.reviewSheet(ctx, s, id) })
	case text.Incident:
		b.Aside.Do(func(ctx context.Context) { b.incident(ctx, s, id) })
	case text.Rows:
		b.Aside.Do(func(ctx context.Context) { b.rows(ctx, s, id) })
	case text.ReviewRight, text.ReviewWrong:
		return id, b.review(ctx, cause, s, id, choice == text.ReviewRight, "")
	case text.Confirm:
		return id, b.confirm(ctx, cause, s, id)
	case text.Accept:
		return b.accept(ctx, cause, s, id)
	case text.AffectsAll, text.AffectsSome, text.AffectsUnknown:
		return id, b.noteAffected(ctx, cause, s, id, choice)
	default:
		i, done, ok := text.ParseCheck(choice)
		if !ok {
			return id, errOldButton
		}
		return id, b.checked(ctx, cause, s, id, i, done)
	}
	return id, nil
}

var ways = map[string]actions.Name{text.Resume: actions.Resume, text.Undo: actions.Undo, text.Leave: actions.Leave}

// came is the answer to a press that was to decide something.
func (b *Bot) came(err error, id actions.ID, choice string) (line string, alert bool) {
	no, refused := refusal(err)
	switch {
	case refused:
		return b.Words.RefusalLine(no), true
	case errors.Is(err, journal.ErrSeen):
		return "", false
	case err != nil:
		b.Report(err)
		return b.Words.JournalDownLine(), true
	}
	v, ok := b.view(id)
	if !ok {
		return "", false
	}
	return b.Words.Alert(v, choice), false
}

func (b *Bot) vote(ctx context.Context, cause string, s sender, id actions.ID, approve bool) error {
	_, err := b.Log.Update(ctx, cause, func(now journal.Now) (journal.Draft, error) {
		return b.State.Vote(now, id, s.person.Name, s.account, approve)
	})
	return err
}

// again asks for the same thing anew, as whoever presses, from the catalogue as it is now. It gives the new request.
func (b *Bot) again(ctx context.Context, cause string, s sender, id actions.ID) (actions.ID, error) {
	var old *actions.Request
	b.Log.View(func(journal.Now) {
		if r, ok := b.State.Request(id); ok {
			old = r.Clone()
		}
	})
	if old == nil {
		return 0, &actions.Refusal{Reason: actions.NoSuchRequest, Request: id}
	}
	if old.Asked.Names != 0 {
		return b.trySettle(ctx, cause, s, old.Action().Name, old.Asked.Names, old.Asked.Reason)
	}
	action, there := b.Catalogue.Get(old.Action().Name)
	if !there {
		return 0, &actions.Refusal{Reason: actions.UnknownAction, Action: old.Action().Name}
	}
	binder := action
	b.Log.View(func(journal.Now) { binder = b.State.Quiet(action) })
	args, err := bindValues(binder, action.Unsaid(old.Asked.Args))
	if err != nil {
		return 0, err
	}
	a := actions.Asked{Action: action, Args: args, Reason: old.Asked.Reason}
	b.Log.View(func(now journal.Now) {
		if now.Before(old.Asked.At) {
			a.At = old.Asked.At
		}
	})
	return b.tryAsk(ctx, cause, s, &a)
}

// typed are arguments as words of a command.
func typed(args actions.Args) []string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		words = append(words, name+"="+args[name])
	}
	return words
}

// doLine does a command line that a button stands for, as if the person who presses had typed it just now.
func (b *Bot) doLine(ctx context.Context, cause string, s sender, line string) (string, bool) {
	cmd, ok := ParseCommand(line)
	if !ok {
		return b.Words.OldButton(), true
	}
	if s.private && cmd.Name == "start" {
		cmd.Name = string(startService) // a button never means Telegram's own START
	}
	b.command(ctx, cause, s, cmd, 0)
	return "", false
}

// adopt makes a message we do not know ours, when a button on it names a live request: a crash between the send and its
// entry made us forget it.
func (b *Bot) adopt(ctx context.Context, id actions.ID, s sender) {
	_, err := b.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
		r, live := b.State.Request(id)
		if !live || r.Status.Final() || !slices.Contains(b.Cards.Open(), id) || b.Cards.Message(id, s.chat) != 0 {
			return journal.Draft{}, nil
		}
		return journal.Draft{Kind: KindCardPosted, Actor: "twokey", Body: CardPosted{Request: id, Chat: s.chat, Message: s.message, Adopted: true}}, nil
	})
	if err != nil && ctx.Err() == nil {
		b.Report(err)
	}
}

func (b *Bot) view(id actions.ID) (v text.RequestView, ok bool) {
	b.Log.View(func(journal.Now) { v, ok = viewOf(b.State, id) })
	return v, ok
}

func idText(id actions.ID) string { return strconv.FormatUint(uint64(id), 10) }

func parseID(s string) (actions.ID, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 10, 64)
	return actions.ID(n), err == nil && n > 0
}
