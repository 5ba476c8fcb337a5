package bot

import (
	"context"
	"slices"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/telegram"
)

// Call is what somebody who is no person of the bot is told when nobody answers.
type Call struct {
	Request actions.ID
	Action  actions.Name
	Person  auth.Name // who asks
	Service string
	Reason  string // redacted when it was asked
	Until   time.Time
}

// nudge calls those who have not voted once more, when the clock says that it is time: in the admin chat by name, and each
// of them in private. What the clock said before this life, or before the card was posted, is not said again.
func (s *shower) nudge(ctx context.Context, chat int64, sc scene) {
	r := sc.view.Request
	if r.Status != actions.Pending || !s.isNext(chat, r.Nudges) || !r.NudgedAt.After(s.began) {
		return
	}
	v := sc.view
	v.Viewer = sc.whose[chat]
	if chat != sc.admin && !slices.Contains(v.Verdict.Could, v.Viewer) {
		return // the one who asks, or who has voted
	}
	s.say(ctx, sending{chat: chat, card: s.Words.Nudge(v), priority: telegram.PriorityNew,
		holds: func(now *actions.Request) bool { return now.Status == actions.Pending && now.Nudges == r.Nudges }})
}

// isNext says whether a chat has had fewer calls, and counts this one.
func (s *shower) isNext(chat int64, nudges int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.corner(chat)
	was := c.nudges
	c.nudges = max(was, nudges)
	return was < nudges
}

// escalate calls somebody else when the last call went out and nobody has voted: once, since the clock's entry came before,
// and another life does not repeat it. It waits for no chat: Telegram may be what is wrong.
func (s *shower) escalate(ctx context.Context, sc scene) {
	r := sc.view.Request
	if s.Escalate == nil || s.escalated || !r.Unanswered() || !r.NudgedAt.After(s.began) {
		return
	}
	s.escalated = true
	s.all.Go(func() {
		err := s.Escalate(ctx, Call{Request: r.ID, Action: r.Action().Name, Person: r.Asked.Person, Service: s.Words.Service,
			Reason: r.Asked.Reason, Until: r.AskUntil})
		if err != nil && ctx.Err() == nil {
			s.say(ctx, sending{chat: sc.admin, card: s.Words.Uncalled(sc.view, err.Error()), priority: telegram.PriorityNew,
				holds: func(now *actions.Request) bool { return now.Status == actions.Pending }})
		}
	})
}
