package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"twokey/auth"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/drills"
	"twokey/internal/journal"
)

// privateWithin is how long those who are called in private may keep the chat's own news waiting.
const privateWithin = time.Minute

// ring tells what people must hear of, one after the other, and notes each when it is told: a crash between tells it twice, never
// not at all. While it cannot be noted, it is not told again in this life.
func (p *Proctor) ring(ctx context.Context, id uint64) {
	for ctx.Err() == nil {
		sc := p.look(id)
		if sc.view.X == nil || !sc.rings() {
			return
		}
		body := drills.Posted{Exercise: id, Chat: sc.admin, Urged: true}
		told := false
		if len(sc.view.X.News) == 0 {
			told = p.urge(ctx, id, sc.view.X.Urge())
		} else {
			n := sc.view.X.News[0]
			body.Rung, body.Urged = n.Seq, false
			told = p.tell(ctx, id, n)
		}
		if told && !p.note(ctx, drills.KindPosted, body) {
			sleep(ctx, showPause)
		}
	}
}

// tell tells a piece of news, and says whether it need not be told again.
func (p *Proctor) tell(ctx context.Context, id uint64, n drills.News) bool {
	p.mu.Lock()
	before := p.rung[id] >= n.Seq
	p.mu.Unlock()
	if before {
		return true
	}
	var all sync.WaitGroup
	if b, is := n.Body.(*drills.Escalated); is && b.Level == drills.Admins {
		all.Go(func() { p.tellAdmins(ctx, id, n) })
	}
	sc := p.look(id)
	told := p.say(ctx, id, sc.admin, text.DrillNeeds(sc.view.X, n), func(v text.DrillView) string { return p.line(v, n) })
	all.Wait()
	if told {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.rung[id] = n.Seq
	}
	return told
}

// line is a piece of news as it is told; empty when it is not so any more.
func (p *Proctor) line(v text.DrillView, n drills.News) string {
	if !text.DrillStill(v.X, n) {
		return ""
	}
	var all []auth.Name
	p.Log.View(func(journal.Now) { all = others(p.State, "") })
	return p.Words.DrillRing(v, n, all)
}

// urge asks once more for a second person's name.
func (p *Proctor) urge(ctx context.Context, id uint64, due time.Time) bool {
	p.mu.Lock()
	before := p.urged[id].Equal(due)
	p.mu.Unlock()
	if before {
		return true
	}
	told := p.say(ctx, id, p.look(id).admin, false, func(v text.DrillView) string {
		if v.X.Urge().IsZero() {
			return ""
		}
		return p.Words.DrillUrge(v)
	})
	if told {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.urged[id] = due
	}
	return told
}

// tellAdmins calls each of them in private, all at once: one who cannot be reached keeps no other back.
func (p *Proctor) tellAdmins(ctx context.Context, id uint64, n drills.News) {
	ctx, cancel := context.WithTimeout(ctx, privateWithin)
	defer cancel()
	var chats []int64
	w := p.World()
	p.Log.View(func(journal.Now) {
		for _, name := range admins(p.State.People, w) {
			if person, ok := p.State.People.ByName(name); ok {
				chats = append(chats, int64(person.Accounts[0]))
			}
		}
	})
	var all sync.WaitGroup
	defer all.Wait()
	for _, chat := range chats {
		all.Go(func() { p.say(ctx, id, chat, true, func(v text.DrillView) string { return p.line(v, n) }) })
	}
}

// say sends a line of its own as a reply to the card in a chat, when it is still so when its turn comes. It says whether it is
// told, or cannot be.
func (p *Proctor) say(ctx context.Context, id uint64, chat int64, needs bool, line func(v text.DrillView) string) bool {
	turn := telegram.Turn{Chat: chat, Priority: telegram.PriorityFinal, Again: telegram.AgainResend}
	if needs {
		turn.Priority = telegram.PriorityNew
	}
	err := p.Lanes.Do(ctx, turn, func(ctx context.Context, at int64) error {
		sc := p.look(id)
		html := line(sc.view)
		if html == "" {
			return nil
		}
		o := telegram.Out{ChatID: at, ThreadID: p.topic(at), HTML: html, ReplyTo: sc.view.X.Cards[at], Protect: true,
			Silent: !needs && p.quiet(sc.view.Now), Again: telegram.AgainResend}
		ctx, cancel := outlive(ctx)
		defer cancel()
		_, err := post(ctx, p.Chat.Send, nil, o)
		return err
	})
	switch {
	case err == nil:
		return true
	case ctx.Err() != nil, errors.Is(err, context.Canceled):
		return false
	}
	p.Report(fmt.Errorf("call for drill %d in chat %d: %w", id, chat, err))
	return true
}
