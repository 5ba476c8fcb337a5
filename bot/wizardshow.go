package bot

import (
	"context"
	"errors"

	"twokey/bot/telegram"
	"twokey/bot/text"
)

// showDraft makes a draft's message ask what it asks now. When its turn comes, what is shown is the newest; two never show it
// at once.
func (b *Bot) showDraft(ctx context.Context, id uint64) {
	var d *draft
	if !b.Drafts.with(id, b.now(), func(x *draft) { d = x }) {
		return
	}
	d.showing.Lock()
	defer d.showing.Unlock()
	card, texts, values := b.draftCard(ctx, id)
	if card.HTML == "" {
		return // it was dropped meanwhile
	}
	var message, before int
	var where sender
	var fresh bool
	var template string
	b.Drafts.with(id, b.now(), func(d *draft) {
		where, message, before, fresh = d.where, d.message, d.before, values != "" && d.shown != values
		template, d.before = d.w.template, 0
	})
	if before != 0 {
		b.editDraft(ctx, where, before, b.Words.DraftMoved())
	}
	if fresh {
		if message != 0 {
			b.editDraft(ctx, where, message, b.Words.DraftShown(b.viewOfDraft(id)))
		}
		b.sendPreviews(ctx, where, template, texts)
		message = 0
	}
	sent, err := b.putDraft(ctx, where, message, card)
	if err != nil {
		b.failed(ctx, where, err)
		return
	}
	b.Drafts.with(id, b.now(), func(d *draft) {
		if d.before != message || message == 0 { // else it was answered by a reply meanwhile, and goes on below that
			d.message = sent
		}
		if fresh {
			d.shown = values
		}
	})
}

// putDraft makes a message the card, or sends it, and says where it stands.
func (b *Bot) putDraft(ctx context.Context, s sender, message int, card text.Card) (int, error) {
	if message != 0 {
		err := b.Chat.Edit(ctx, s.chat, message, out(card, s.chat, s.topic, 0))
		if telegram.ClassOf(err) != telegram.ClassGone {
			return message, err
		}
	}
	o := out(card, s.chat, s.topic, s.message)
	o.Silent = true
	return b.Chat.Send(ctx, o)
}

func (b *Bot) editDraft(ctx context.Context, s sender, message int, card text.Card) {
	if err := b.Chat.Edit(ctx, s.chat, message, out(card, s.chat, s.topic, 0)); err != nil && telegram.ClassOf(err) != telegram.ClassGone {
		b.failed(ctx, s, err)
	}
}

// endDraft says what became of a draft, in the message it stands in.
func (b *Bot) endDraft(ctx context.Context, d *draft, card text.Card) {
	d.showing.Lock()
	defer d.showing.Unlock()
	b.Drafts.mu.Lock()
	where, message := d.where, d.message
	b.Drafts.mu.Unlock()
	if message != 0 {
		b.editDraft(ctx, where, message, card)
	}
}

func (b *Bot) viewOfDraft(id uint64) (v text.DraftView) {
	b.Drafts.with(id, b.now(), func(d *draft) {
		t, _ := d.template(b.Notices.Templates())
		v = d.view(t)
	})
	return v
}

// draftCard is the question a draft asks, and, when none is left, the texts with the values they were made of.
func (b *Bot) draftCard(ctx context.Context, id uint64) (card text.Card, texts []text.Card, values string) {
	all := b.Notices.Templates()
	var ready, closes bool
	var matter string
	b.Drafts.with(id, b.now(), func(d *draft) {
		q, i := d.next(all)
		if q == isReady {
			texts, values = b.draftTexts(d)
			q, i = d.next(all) // which may have found out that something is wrong
		}
		t, _ := d.template(all)
		card = b.questionCard(d, t, q, i)
		ready, closes, matter = q == isReady, t.Closes, d.w.own["matter"]
	})
	if ready {
		card = b.Words.DraftReady(b.viewOfDraft(id), b.whom(ctx, id, closes, matter))
	}
	return card, texts, values
}

// questionCard is the card of a question.
func (b *Bot) questionCard(d *draft, t NoticeTemplate, q question, i int) text.Card {
	all, v := b.Notices.Templates(), d.view(t)
	switch q {
	case whichFamily:
		return b.Words.DraftFamilies(v, families(all))
	case whichTemplate:
		list, index := members(all, d.family)
		return b.Words.DraftKinds(v, d.family, list, index)
	case whatValue:
		x, _ := d.variable(t, i)
		return b.Words.DraftAsks(v, i, x)
	case whichMatter:
		return b.Words.DraftMatters(v, d.matters, t.Closes)
	case whatChanges:
		return b.Words.DraftChanges(v, t.Vars)
	case whichPeople:
		return b.Words.DraftTo(v, d.whom)
	case whichTime:
		return b.Words.DraftWhens(v, slots(b.now(), b.zone()))
	}
	return text.Card{}
}

// draftTexts makes the texts as users would get them if it was asked now. values is what they were made of, as it was given: the
// seconds that pass are no news.
func (b *Bot) draftTexts(d *draft) (list []text.Card, values string) {
	rendered, _, err := b.renderDraft(d)
	if err != nil {
		return nil, ""
	}
	t, _ := d.template(b.Notices.Templates())
	return previewsOf(rendered), d.w.template + " " + d.saying(t)
}

// renderDraft binds and renders; what is wrong is noted, and asked for again.
func (b *Bot) renderDraft(d *draft) (t NoticeTexts, values string, err error) {
	template, _ := d.template(b.Notices.Templates())
	values, err = b.bindDraft(template, d.w)
	if err == nil {
		t, err = b.Notices.Render(d.w.template, values)
	}
	if err == nil {
		return t, values, nil
	}
	var bad *NoticeError
	if !errors.As(err, &bad) {
		b.Report(err)
		bad = &NoticeError{Sentence: "the texts could not be made"}
	}
	if d.reject(template, bad); d.wrong == nil {
		d.changes, d.wrong = true, bad
	}
	return NoticeTexts{}, "", bad
}

// whom is whom it would go to, as far as is known before it is asked.
func (b *Bot) whom(ctx context.Context, id uint64, closes bool, matter string) (to text.Whom) {
	if closes {
		b.Drafts.with(id, b.now(), func(d *draft) {
			for _, m := range d.matters {
				if m.Name == matter {
					to.Users = m.Users
				}
			}
		})
		return to
	}
	if b.Look.Notices == nil {
		return to
	}
	v := b.Look.Notices(ctx)
	return text.Whom{Users: v.Users, At: v.At, Now: v.Now}
}
