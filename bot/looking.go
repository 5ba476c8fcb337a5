package bot

import (
	"context"
	"fmt"

	"twokey/actions"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// looking are the commands that only look. They are done aside and leave no entry.
var looking = map[actions.Name]func(*Bot, context.Context, sender, Command){
	"status":  func(b *Bot, ctx context.Context, s sender, _ Command) { b.reply(s, b.Words.Status(b.Look.Status(ctx))) },
	"pending": func(b *Bot, _ context.Context, s sender, _ Command) { b.reply(s, b.Words.Pending(b.pending())) },
	"actions": func(b *Bot, _ context.Context, s sender, _ Command) { b.reply(s, b.listActions(s)) },
	"runs":    func(b *Bot, _ context.Context, s sender, _ Command) { b.reply(s, b.Words.Runs(b.runs())) },
	"run":     func(b *Bot, ctx context.Context, s sender, c Command) { b.run(ctx, s, c) },
	"preflight": func(b *Bot, ctx context.Context, s sender, _ Command) {
		b.reply(s, b.Words.Preflight(b.Look.Preflight(ctx)))
	},
	"backups": func(b *Bot, ctx context.Context, s sender, c Command) { b.backups(ctx, s, c) },
	"before":  func(b *Bot, ctx context.Context, s sender, _ Command) { b.reply(s, b.Words.Kept(b.Look.Kept(ctx))) },
	"migrations": func(b *Bot, ctx context.Context, s sender, _ Command) {
		b.reply(s, b.Words.Migrations(b.Look.Migrations(ctx)))
	},
	"drills":  func(b *Bot, ctx context.Context, s sender, _ Command) { b.reply(s, b.drills(ctx)) },
	"notices": func(b *Bot, ctx context.Context, s sender, _ Command) { b.reply(s, b.notices(ctx)) },
	"journal": func(b *Bot, ctx context.Context, s sender, c Command) { b.journal(ctx, s, c) },
	"logs":    func(b *Bot, ctx context.Context, s sender, c Command) { b.logs(ctx, s, c) },
	"who":     func(b *Bot, ctx context.Context, s sender, c Command) { b.handover(ctx, s, c) },
	"help":    func(b *Bot, _ context.Context, s sender, _ Command) { b.reply(s, b.Words.Help(true)) },
	"id": func(b *Bot, _ context.Context, s sender, _ Command) {
		b.reply(s, b.Words.ID(int64(s.account), s.chat, s.person.Name))
	},
}

// notices is what users can be told, or what the config has to name for that.
func (b *Bot) notices(ctx context.Context) text.Card {
	if b.Look.Notices == nil {
		return b.Words.Off("notices", "notices")
	}
	return b.Words.Notices(b.Look.Notices(ctx))
}

func (b *Bot) pending() []text.RequestView {
	var list []text.RequestView
	b.Log.View(func(journal.Now) {
		for _, r := range b.State.Live() {
			if v, ok := viewOf(b.State, r.ID); ok {
				list = append(list, v)
			}
		}
	})
	return list
}

func (b *Bot) listActions(s sender) text.Card {
	return b.Words.Actions(b.Catalogue.All(), func(a actions.Action) bool { return s.person.Holds(a.Rule.MayAsk) })
}

// shownRuns is how many runs a list shows: one phone screen.
const shownRuns = 10

func (b *Bot) runs() []*actions.Request {
	var list []*actions.Request
	b.Log.View(func(journal.Now) {
		for r := range b.State.Newest() {
			if len(list) == shownRuns {
				return
			}
			list = append(list, r.Clone())
		}
	})
	return list
}

// run shows one request whole, from the store.
func (b *Bot) run(ctx context.Context, s sender, c Command) {
	id, err := b.whichOne(c, "run", func(r *actions.Request) bool { return r.Status == actions.Running || r.Unsettled() })
	if no, refused := refusal(err); refused {
		b.reply(s, b.Words.Refusal(no))
		return
	}
	b.show(ctx, s, id, "run")
}

// show answers with a request's details, its output, or all there is about it.
func (b *Bot) show(ctx context.Context, s sender, id actions.ID, what string) {
	v, ok := b.view(id)
	if !ok {
		b.reply(s, b.Words.Refusal(&actions.Refusal{Reason: actions.NoSuchRequest, Request: id}))
		return
	}
	switch what {
	case text.Details:
		b.reply(s, b.Words.Details(v))
	case text.Log:
		b.sendOutput(ctx, s, id)
	default:
		b.reply(s, b.Words.Run(v, b.entries(ctx, v.Request.First, v.Request.Last)))
	}
}

func (b *Bot) sendOutput(ctx context.Context, s sender, id actions.ID) {
	name, data, err := b.Look.Output(id)
	if err != nil || len(data) == 0 {
		b.reply(s, b.Words.NoOutput(id))
		return
	}
	if _, err := b.Chat.Document(ctx, document(s), name, data); err != nil && ctx.Err() == nil {
		b.Report(fmt.Errorf("output of request %d: %w", id, err))
	}
}
