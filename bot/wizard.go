package bot

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"twokey/actions"
	"twokey/bot/broadcast"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// longestAnswer bounds what is typed for a variable, in characters: more fits no message.
const longestAnswer = 3000

// draftOf is a draft with what is known already. whole: every variable is asked for.
func (b *Bot) draftOf(w noticeWords, of *outage, whole bool) *draft {
	d := &draft{w: w, whole: whole, usual: map[string]bool{}, settled: w.own["matter"] != ""}
	if d.w.own == nil {
		d.w.own = map[string]string{}
	}
	if d.w.vars == nil {
		d.w.vars = map[string]string{}
	}
	if of == nil {
		of = b.lastOutage()
	}
	d.offers = b.offers(of)
	if b.Look.Audiences != nil {
		d.whom = b.Look.Audiences()
	}
	b.Log.View(func(journal.Now) {
		if b.Broadcasts == nil {
			return
		}
		for _, m := range b.Broadcasts.Open() {
			d.matters = append(d.matters, text.MatterView{Name: m, Users: told(b.Broadcasts, m)})
		}
	})
	slices.Reverse(d.matters) // the newest first
	return d
}

// told is how many users heard of a matter, about.
func told(s *broadcast.State, matter string) (users int) {
	for _, x := range s.Matter(matter) {
		users = max(users, x.Telling.Users, x.Counts.Sent)
	}
	return users
}

// beginDraft begins to put a notice together, where the person asked for it. The one they had is given up.
func (b *Bot) beginDraft(s sender, d *draft) {
	d.owner, d.where = s.person.Name, s
	old := b.Drafts.begin(d, b.now())
	if old != nil {
		b.Aside.Do(func(ctx context.Context) { b.endDraft(ctx, old, b.Words.DraftElsewhere()) })
	}
	b.Aside.Do(func(ctx context.Context) { b.showDraft(ctx, d.id) })
}

// pressDraft does what a button of a draft says, and answers.
func (b *Bot) pressDraft(ctx context.Context, cause string, s sender, id uint64, c text.DraftChoice, callback string) {
	if c.What == text.DraftTest {
		b.testDraft(s, id, callback)
		return
	}
	line, alert := b.pressedDraft(ctx, cause, s, id, c)
	b.answer(callback, line, alert)
}

// pressedDraft is a press on a draft: it fills something in, or asks.
func (b *Bot) pressedDraft(ctx context.Context, cause string, s sender, id uint64, c text.DraftChoice) (line string, alert bool) {
	if b.Notices == nil {
		return b.Words.OldButton(), true
	}
	var whose, after = s.person.Name, func() (string, bool) { return "", false }
	kept := b.Drafts.with(id, b.now(), func(d *draft) {
		if whose = d.owner; whose == s.person.Name {
			after = b.choose(ctx, cause, s, d, c)
		}
	})
	switch {
	case !kept:
		b.beginDraft(s, b.draftOf(noticeWords{}, nil, true))
		return b.Words.DraftLost(), true
	case whose != s.person.Name:
		return b.Words.NotYourDraft(whose), true
	}
	return after()
}

// choose does what a button of a draft stands for, and gives what is to be done without the drafts' lock.
func (b *Bot) choose(ctx context.Context, cause string, s sender, d *draft, c text.DraftChoice) func() (string, bool) {
	all := b.Notices.Templates()
	switch c.What {
	case text.DraftAsk:
		w := d.w
		w.vars, w.own = maps.Clone(w.vars), maps.Clone(w.own)
		return func() (string, bool) { return b.askDraft(ctx, cause, s, d, w) }
	case text.DraftDrop:
		return func() (string, bool) {
			b.Drafts.drop(d.id)
			b.Aside.Do(func(ctx context.Context) { b.endDraft(ctx, d, b.Words.DraftDropped()) })
			return "", false
		}
	}
	if c.What == text.DraftTime {
		b.schedule(d, c.I)
	} else {
		d.fill(all, c)
	}
	t, _ := d.template(all)
	d.fit(t)
	b.check(d)
	return func() (string, bool) {
		b.Aside.Do(func(ctx context.Context) { b.showDraft(ctx, d.id) })
		return "", false
	}
}

// draftReply takes what somebody types as a reply to the question of their draft, and says whether it was that.
func (b *Bot) draftReply(s sender, m telegram.Message) (taken bool) {
	now := b.now()
	id := b.Drafts.mine(s.person.Name, now)
	if id == 0 || b.Notices == nil || m.ReplyTo == 0 {
		return false
	}
	b.Drafts.with(id, now, func(d *draft) {
		all := b.Notices.Templates()
		q, i := d.next(all)
		if d.where.chat != s.chat || d.message != m.ReplyTo {
			return
		}
		taken = true
		switch answer := b.Redact(bounded(strings.TrimSpace(m.Text), longestAnswer)); {
		case b.Chat.Age(m.Date) > b.Place.StaleAfter:
			return
		case q == whichTime:
			b.scheduleTyped(d, answer)
		case q == whatValue:
			t, _ := d.template(all)
			d.w.vars[t.Vars[i].Name], d.wrong = answer, nil
		default:
			return
		}
		d.before, d.message, d.where.message = d.message, 0, m.ID // it goes on below what was typed
		b.check(d)
	})
	if taken {
		b.Aside.Do(func(ctx context.Context) { b.showDraft(ctx, id) })
	}
	return taken
}

// askDraft asks for it, as if it had been typed. A draft that is refused is kept.
func (b *Bot) askDraft(ctx context.Context, cause string, s sender, d *draft, w noticeWords) (line string, alert bool) {
	if b.isOver(w.at) {
		b.Drafts.with(d.id, b.now(), func(d *draft) { d.askTimeAgain() })
		b.Aside.Do(func(ctx context.Context) { b.showDraft(ctx, d.id) })
		return "", false
	}
	name := tellUsers
	if w.edit != 0 {
		name = editTold
	}
	id, err := b.askNotice(ctx, cause, s, name, w)
	var bad *NoticeError
	if errors.As(err, &bad) {
		b.Drafts.with(d.id, b.now(), func(d *draft) {
			if t, ok := d.template(b.Notices.Templates()); ok {
				d.reject(t, bad)
			}
		})
		b.Aside.Do(func(ctx context.Context) { b.showDraft(ctx, d.id) })
		return "", false
	}
	if err == nil {
		b.Drafts.drop(d.id)
		b.Aside.Do(func(ctx context.Context) { b.endDraft(ctx, d, b.Words.DraftAsked(d.view(NoticeTemplate{}))) })
	}
	return b.came(err, id, text.Again)
}

// tellAbout begins a notice about a run, or a panic, with its times.
func (b *Bot) tellAbout(s sender, id actions.ID) (line string, alert bool) {
	if missing, off := b.Catalogue.Off(tellUsers); off || b.Notices == nil {
		b.reply(s, b.Words.Off(string(tellUsers), cmp.Or(missing, "notices")))
		return "", false
	}
	w := noticeWords{own: map[string]string{"matter": broadcast.MatterRun(uint64(id))}, vars: map[string]string{}}
	if b.panicUntold(id) {
		w.template = downTemplate
	}
	d := b.draftOf(w, b.outageOf(id), true)
	d.chosen = w.template != ""
	b.beginDraft(s, d)
	return "", false
}

// downTemplate is what users are told when the service is down.
const downTemplate = "maintenance.starting"

// panicUntold says whether it is a panic of which users were told nothing, and there is a template for that.
func (b *Bot) panicUntold(id actions.ID) (yes bool) {
	if _, there := b.template(downTemplate); !there {
		return false
	}
	b.Log.View(func(journal.Now) {
		r, ok := b.State.Request(id)
		yes = ok && r.Action().Locking == actions.LockSet && r.Locks && toldSince(b.Broadcasts, b.State, r) == nil
	})
	return yes
}
