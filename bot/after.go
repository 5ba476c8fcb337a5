package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// What comes after a request's end: reviews of what was done alone, answers to checks that people do, the second person's
// word on what was found, and notes.

// reviewTyped is /review [number] [right|wrong] [because …].
func (b *Bot) reviewTyped(ctx context.Context, cause string, s sender, cmd Command) {
	words, verdict := cmd.Words, ""
	if n := len(words); n > 0 && (words[n-1] == "right" || words[n-1] == "wrong") {
		words, verdict = words[:n-1], words[n-1]
	}
	list := b.openReviews()
	if len(words) == 0 && len(list) != 1 {
		b.reply(s, b.Words.OpenReviews(list))
		return
	}
	id, err := b.whichOne(Command{Name: cmd.Name, Words: words}, "review", func(r *actions.Request) bool { return r.Unreviewed() > 0 })
	switch {
	case err == nil && verdict == "":
		b.Aside.Do(func(ctx context.Context) { b.reviewSheet(ctx, s, id) })
	case err == nil:
		err = b.review(ctx, cause, s, id, verdict == "right", cmd.Reason)
	}
	b.settled(s, err)
}

func (b *Bot) openReviews() []text.RequestView {
	var list []text.RequestView
	b.Log.View(func(journal.Now) {
		for _, r := range b.State.Reviews() {
			if v, ok := viewOf(b.State, r.ID); ok {
				list = append(list, v)
			}
		}
	})
	return list
}

func (b *Bot) review(ctx context.Context, cause string, s sender, id actions.ID, right bool, words string) error {
	v := actions.Review{Request: id, Person: s.person.Name, Account: s.account, Right: right, Text: b.Redact(words)}
	_, err := b.Log.Update(ctx, cause, func(journal.Now) (journal.Draft, error) { return b.State.Review(v) })
	return err
}

// reviewSheet shows what there is to review, with the request's entries.
func (b *Bot) reviewSheet(ctx context.Context, s sender, id actions.ID) {
	v, ok := b.view(id)
	if !ok {
		b.reply(s, b.Words.Refusal(&actions.Refusal{Reason: actions.NoSuchRequest, Request: id}))
		return
	}
	b.reply(s, b.Words.ReviewSheet(v, b.entries(ctx, v.Request.First, v.Request.Last)))
}

// incident shows what happened since a panic, up to now or to where it was resolved.
func (b *Bot) incident(ctx context.Context, s sender, id actions.ID) {
	v, ok := b.view(id)
	if !ok {
		b.reply(s, b.Words.Refusal(&actions.Refusal{Reason: actions.NoSuchRequest, Request: id}))
		return
	}
	list, err := b.Look.Since(ctx, v.Request.First)
	if err != nil {
		b.Report(err)
	}
	b.reply(s, b.Words.IncidentSheet(v, text.Events{List: list, Find: b.find}))
}

// entries are what is known of a request's entries.
func (b *Bot) entries(ctx context.Context, first, last uint64) text.Events {
	list, err := b.Look.Entries(ctx, first, last)
	if err != nil {
		b.Report(err)
	}
	return text.Events{List: list, Find: b.find}
}

func (b *Bot) confirm(ctx context.Context, cause string, s sender, id actions.ID) error {
	_, err := b.Log.Update(ctx, cause, func(now journal.Now) (journal.Draft, error) {
		return b.State.Confirm(now, id, s.person.Name, s.account)
	})
	return err
}

// checked is a person's answer to check number i of a request.
func (b *Bot) checked(ctx context.Context, cause string, s sender, id actions.ID, i int, done bool) error {
	_, err := b.Log.Update(ctx, cause, func(now journal.Now) (journal.Draft, error) {
		r, ok := b.State.Request(id)
		if !ok || i >= len(r.Findings()) {
			return journal.Draft{}, &actions.Refusal{Reason: actions.NoSuchCheck, Request: id, Param: fmt.Sprint(i + 1)}
		}
		return b.State.Answer(now, actions.Answered{Request: id, Check: r.Findings()[i].Name, Person: s.person.Name, Done: done})
	})
	return err
}

func (b *Bot) note(ctx context.Context, cause string, s sender, n actions.Noted) error {
	n.Person, n.Text = s.person.Name, b.Redact(n.Text)
	_, err := b.Log.Update(ctx, cause, func(journal.Now) (journal.Draft, error) { return b.State.Note(n) })
	return err
}

// replied is what somebody writes as a reply to a card that takes notes: an open panic's, or findings nobody has confirmed.
// Replies to other cards are people talking to each other.
func (b *Bot) replied(ctx context.Context, cause string, s sender, m telegram.Message) {
	words := bounded(strings.Join(strings.Fields(m.Text), " "), longestReason)
	var id actions.ID
	b.Log.View(func(journal.Now) {
		id = b.Cards.At(s.chat, m.ReplyTo)
		if r, ok := b.State.Request(id); !ok || r.Action().Locking != actions.LockSet && !r.Unconfirmed() {
			id = 0
		}
	})
	if id == 0 || words == "" || b.Chat.Age(m.Date) > b.Place.StaleAfter {
		return
	}
	b.settled(s, b.note(ctx, cause, s, actions.Noted{Request: id, Text: words}))
}

// accept asks for an unlock again and accepts by name what kept the first one's plan from being made.
func (b *Bot) accept(ctx context.Context, cause string, s sender, id actions.ID) (actions.ID, error) {
	var old *actions.Request
	b.Log.View(func(journal.Now) {
		if r, ok := b.State.Request(id); ok {
			old = r.Clone()
		}
	})
	if old == nil || len(old.Red()) == 0 {
		return 0, &actions.Refusal{Reason: actions.NoSuchRequest, Request: id}
	}
	keys := slices.DeleteFunc(strings.Split(old.Asked.Args[acceptParam], ","), func(k string) bool { return k == acceptNone })
	keys = append(keys, old.Red()...)
	slices.Sort(keys)
	action, there := b.Catalogue.Get(old.Action().Name)
	if !there {
		return 0, &actions.Refusal{Reason: actions.UnknownAction, Action: old.Action().Name}
	}
	args, err := action.Bind([]string{acceptParam + "=" + strings.Join(slices.Compact(keys), ",")})
	if err != nil {
		return 0, err
	}
	a := actions.Asked{Action: action, Args: args, Reason: old.Asked.Reason}
	return b.tryAsk(ctx, cause, s, &a)
}

// acceptParam is the parameter of /unlock that names what is red and accepted; acceptNone is its value when nothing is.
const (
	acceptParam = "accept"
	acceptNone  = "none"
)

// rows sends the rows of private checks to whoever asks, in private.
func (b *Bot) rows(ctx context.Context, s sender, id actions.ID) {
	v, ok := b.view(id)
	if !ok {
		return
	}
	for _, f := range v.Request.Findings() {
		if f.Rows {
			b.sendRows(ctx, s, v.Request, f)
		}
	}
}

func (b *Bot) sendRows(ctx context.Context, s sender, r *actions.Request, f step.Finding) {
	check, ok := checkOf(r, f.Name)
	if !ok {
		return
	}
	to := s
	to.chat, to.topic, to.message = int64(s.account), 0, 0
	data, more, err := b.Look.Rows(ctx, check)
	if err != nil {
		b.Report(err)
		b.reply(to, b.Words.NoRows(f.Name, err))
		return
	}
	o := document(to)
	o.HTML, o.Silent = b.Words.RowsCaption(f.Name, r.ID, more), false
	b.toOne(ctx, s, b.Chat.Document, o, step.CheckKey(f.Name)+".csv", data)
}

// sendDocument is how a document is sent.
type sendDocument func(ctx context.Context, o telegram.Out, name string, data []byte) (int, error)

// toOne sends a document in private to whoever asked, and says where they asked when that cannot be.
func (b *Bot) toOne(ctx context.Context, s sender, send sendDocument, o telegram.Out, name string, data []byte) {
	to := s
	to.chat, to.topic, to.message = int64(s.account), 0, 0
	o.ChatID, o.ThreadID, o.ReplyTo = to.chat, 0, 0
	if _, err := send(ctx, o, name, data); err != nil {
		b.failed(ctx, to, err)
		if telegram.ClassOf(err) == telegram.ClassChatGone {
			b.reply(s, b.Words.NoPrivateChat(s.person.Name))
		}
	}
}

// checkOf finds a check by its name in the steps of a request.
func checkOf(r *actions.Request, name string) (step.Check, bool) {
	for _, s := range r.Steps {
		work, err := s.Work()
		if err != nil {
			continue
		}
		if v, is := work.(interface{ Looks() []step.Check }); is {
			if i := slices.IndexFunc(v.Looks(), func(c step.Check) bool { return c.Name == name }); i >= 0 {
				return v.Looks()[i], true
			}
		}
	}
	return step.Check{}, false
}

// noteAffected is the button about who is affected.
func (b *Bot) noteAffected(ctx context.Context, cause string, s sender, id actions.ID, choice string) error {
	return b.note(ctx, cause, s, actions.Noted{Request: id, About: actions.NoteAffected, Text: b.Words.Affects(choice)})
}

// reviewers are the people a review still waits for.
func reviewers(s *actions.State, r *actions.Request) []auth.Name {
	if r.Unreviewed() == 0 {
		return nil
	}
	return s.Reviewers(r)
}
