package bot

import (
	"context"
	"maps"
	"slices"

	"twokey/actions"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// previewsOf are the texts as messages, the default language first: users' HTML, with nothing added to it.
func previewsOf(t NoticeTexts) (list []text.Card) {
	langs := slices.Sorted(maps.Keys(t.Texts))
	if i := slices.Index(langs, t.Default); i > 0 {
		langs = slices.Insert(slices.Delete(langs, i, i+1), 0, t.Default)
	}
	for _, l := range langs {
		list = append(list, text.Card{HTML: t.Texts[l]})
	}
	return list
}

// sendPreviews sends the texts, each a message of its own.
func (b *Bot) sendPreviews(ctx context.Context, s sender, template string, list []text.Card) {
	for _, c := range list {
		o := out(c, s.chat, s.topic, s.message)
		o.Silent = true
		if _, err := b.Gallery.send(ctx, o, template, b.Chat.Send); err != nil {
			b.failed(ctx, s, err)
			return
		}
	}
}

// showTexts sends the texts of a request once more, where somebody wants to see them.
func (b *Bot) showTexts(s sender, id actions.ID) (line string, alert bool) {
	r, ok := b.find(id)
	if !ok {
		return b.Words.TextsSent(false), true
	}
	list := b.Words.Previews(r)
	if len(list) == 0 {
		return b.Words.TextsSent(false), true
	}
	b.Aside.Do(func(ctx context.Context) { b.sendPreviews(ctx, s, text.TemplateOf(r), list) })
	return b.Words.TextsSent(true), false
}

// testRequest sends the texts of a request to whoever presses, with the service's bot, and answers when they know more.
func (b *Bot) testRequest(s sender, id actions.ID, callback string) {
	r, ok := b.find(id)
	if !ok || b.Notices == nil || len(text.TextsOf(r)) == 0 {
		b.answer(callback, b.Words.TextsSent(false), true)
		return
	}
	b.test(s, NoticeTexts{Template: text.TemplateOf(r), Texts: text.TextsOf(r)}, callback)
}

// testDraft is the same of a draft.
func (b *Bot) testDraft(s sender, id uint64, callback string) {
	var t NoticeTexts
	var mine bool
	var err error
	kept := b.Drafts.with(id, b.now(), func(d *draft) {
		if mine = d.owner == s.person.Name; mine {
			t, _, err = b.renderDraft(d)
		}
	})
	switch {
	case !kept || !mine || b.Notices == nil:
		b.answer(callback, b.Words.DraftLost(), true)
	case err != nil:
		b.answer(callback, "", false)
		b.Aside.Do(func(ctx context.Context) { b.showDraft(ctx, id) })
	default:
		b.test(s, t, callback)
	}
}

func (b *Bot) test(s sender, t NoticeTexts, callback string) {
	b.Aside.Do(func(ctx context.Context) {
		err := b.Notices.SendTest(ctx, int64(s.account), t)
		if err == nil {
			b.answer(callback, b.Words.TestSent(), false)
			return
		}
		unstarted := telegram.ClassOf(err) == telegram.ClassChatGone
		if !unstarted {
			b.failed(ctx, s, err)
		}
		b.answer(callback, b.Words.TestNotSent(unstarted), true)
	})
}

// previews sends, under a card that people have to decide on, the texts that users would get. It does so once: when the card
// came, or its plan did, in this life. Whoever wants to see them again has a button.
func (s *shower) previews(ctx context.Context, chat int64, sc scene) {
	r := sc.view.Request
	if r.Status != actions.Pending {
		return
	}
	list := s.Words.Previews(r)
	if len(list) == 0 || !s.isFirstPreview(chat) {
		return
	}
	for _, c := range list {
		s.say(ctx, sending{chat: chat, card: c, template: text.TemplateOf(r), priority: telegram.PriorityNew, silent: true,
			holds: func(now *actions.Request) bool { return now.Status == actions.Pending }})
	}
}

// isFirstPreview says whether a chat has not had them, as far as this life knows, and notes that it has.
func (s *shower) isFirstPreview(chat int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corner(chat)
	first := !c.previewed && (c.fresh || s.planned)
	c.previewed = true
	return first
}

// isFresh notes that a chat's card is new.
func (s *shower) isFresh(chat int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.corner(chat).fresh = true
}

// sawPlanning notes that the plan is made in this life: what it says is news everywhere.
func (s *shower) sawPlanning() {
	s.Log.View(func(journal.Now) {
		r, ok := s.State.Request(s.id)
		s.planned = ok && r.Status == actions.Planning
	})
}
