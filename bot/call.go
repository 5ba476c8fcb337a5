package bot

import (
	"context"
	"fmt"
	"time"

	"twokey/actions"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// sending is a message of ours about a request that is not its card.
type sending struct {
	chat     int64
	card     text.Card
	template string // of the notice whose text it is, which may have a picture; else empty
	priority telegram.Priority
	silent   bool
	holds    func(*actions.Request) bool // whether it is still true when its turn comes
}

// say sends a line of its own as a reply to the card in a chat.
func (s *shower) say(ctx context.Context, m sending) {
	topic := s.topic(m.chat)
	turn := telegram.Turn{Chat: m.chat, Priority: m.priority}
	err := s.Lanes.Do(ctx, turn, func(ctx context.Context, chat int64) error {
		if now := s.look(); now.gone || !m.holds(now.view.Request) {
			return nil // it waited too long, perhaps for Telegram
		}
		o := out(m.card, chat, topic, s.message(chat))
		o.Silent = m.silent
		_, err := post(ctx, func(ctx context.Context, o telegram.Out) (int, error) {
			return s.Gallery.send(ctx, o, m.template, s.Chat.Send)
		}, s.Traffic, o)
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.Report(fmt.Errorf("call for request %d: %w", s.id, err))
	}
}

// topic is where in a chat the request belongs.
func (s *shower) topic(chat int64) (topic int) {
	s.Log.View(func(journal.Now) {
		if r, ok := s.State.Request(s.id); ok {
			topic = topicOf(r, chat, s.Place.Topic)
		}
	})
	return topic
}

// topicOf is the topic a request was asked in, else the configured one of the admin chat.
func topicOf(r *actions.Request, chat int64, configured int) int {
	switch {
	case r.Asked.Origin.Chat == chat:
		return r.Asked.Origin.Topic
	case chat < 0:
		return configured
	}
	return 0
}

func (s *shower) send(ctx context.Context, o telegram.Out) (int, error) {
	return post(ctx, s.Chat.Send, s.Traffic, o)
}

// ring calls people with a line of its own, because edits do not ring: when the state moved to one that needs somebody,
// and it did so in this life.
func (s *shower) ring(ctx context.Context, sc scene) {
	r := sc.view.Request
	if line := s.Words.Ring(sc.view); s.mustRing(r) && line != "" {
		news := r.Status == actions.Succeeded && r.Action().Locking != actions.LockSet
		s.say(ctx, sending{chat: sc.admin, card: text.Card{HTML: line}, priority: telegram.PriorityInterrupted, silent: news && s.quiet(r.EndedAt),
			holds: func(now *actions.Request) bool { return now.Status == r.Status }})
	}
}

// mustRing says once of each state whether people are to be called: not for the one that a new card itself told of. A call
// that failed is not repeated: the card says it all.
func (s *shower) mustRing(r *actions.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.rung
	s.rung = r.Status
	return was != r.Status && (was != "" || since(r).After(s.began) && r.Status != actions.Pending)
}

// isCall notes that a new card called people itself, when it made a sound.
func (s *shower) isCall(chat int64, sc scene) {
	r := sc.view.Request
	s.isNext(chat, r.Nudges)
	if chat != sc.admin || !loud(r, false) || r.Action().Locking == actions.LockSet {
		return // a panic's call asks something
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rung = r.Status
}

func (p *Presenter) quiet(now time.Time) bool { return p.Quiet != nil && p.Quiet(now) }

// loud says whether a new card makes a sound: when it needs somebody, or tells them what they were not there to see. What
// one person did alone, and what ended well and nobody has to confirm, does not; nor does a plan in the making, whose buttons ring.
func loud(r *actions.Request, own bool) bool {
	if r.Action().Locking == actions.LockSet {
		return !own // a panic is everybody's
	}
	switch r.Status {
	case actions.Failed, actions.Interrupted:
		return true
	case actions.Succeeded:
		return !own && r.Unconfirmed() // somebody has to confirm what was found
	case actions.Pending, actions.Approved, actions.Denied, actions.Expired, actions.Void:
		return !own && !r.Action().Rule.Alone
	}
	return false
}
