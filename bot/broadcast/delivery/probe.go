package delivery

import (
	"context"
	"time"

	"twokey/bot/telegram"
)

const (
	probeEvery = time.Second
	probeAgain = time.Minute // after something that says nothing about the user
	probeIdle  = time.Hour   // at most, between two looks for somebody
)

// Probe looks, until ctx ends, whether those who blocked the bot are back: by "typing…", which reaches nobody who is not.
// At most one a second and only while no job is being sent; each of them once a week.
func (s *Sender) Probe(ctx context.Context) error {
	for pause := probeEvery; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-s.after(pause):
		}
		pause = s.probe(ctx)
	}
}

// probe looks after one of them, and says how long to wait before the next.
func (s *Sender) probe(ctx context.Context) time.Duration {
	now := s.now()
	if d := s.pace.until(now).Sub(now); d > 0 {
		return d
	}
	if !s.idle() {
		return probeEvery
	}
	user, wait, err := s.Ledger.due(ctx, now)
	if err != nil {
		s.report(err)
		return probeAgain
	}
	if wait > 0 {
		return max(min(wait, probeIdle), probeEvery)
	}
	return s.ask(ctx, user)
}

func (s *Sender) ask(ctx context.Context, user int64) time.Duration {
	err := s.Client.Typing(ctx, user, 0)
	pause := probeEvery
	switch telegram.ClassOf(err) {
	case "":
		err = s.Ledger.Back(ctx, user)
	case telegram.ClassRateLimited:
		s.pace.halt(s.now(), haltFor(err))
		return probeEvery
	case telegram.ClassUnknown, telegram.ClassRefused, telegram.ClassUnauthorized:
		return probeAgain
	default:
		err = s.Ledger.postpone(ctx, user, s.now().Add(lookAfter))
	}
	if err != nil {
		s.report(err)
		return probeAgain
	}
	return pause
}
