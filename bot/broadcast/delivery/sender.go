package delivery

import (
	"context"
	"fmt"
	"sync"
	"time"

	"twokey/bot/telegram"
)

// Client is what of telegram.Client is needed. Its errors are that package's, and its classes decide what is done next.
type Client interface {
	Poster
	Changer
	Looker
}

// Poster puts new messages into chats. It never repeats one by itself.
type Poster interface {
	Send(context.Context, telegram.Out) (message int, err error)
	Photo(context.Context, telegram.Out, telegram.Picture) (telegram.Posted, error)
}

// Changer changes what a Poster posted. That it already is so is success.
type Changer interface {
	Edit(ctx context.Context, chat int64, message int, o telegram.Out) error
	Caption(ctx context.Context, chat int64, message int, o telegram.Out) error
	Delete(ctx context.Context, chat int64, message int) error
}

// Looker asks; users do not notice it.
type Looker interface {
	Me(context.Context) (telegram.Me, error)
	Typing(ctx context.Context, chat int64, topic int) error
}

const (
	// defaultRate, messages a second, is below the 30 of Telegram's FAQ.
	defaultRate = 29
	// defaultWorkers is enough for 29 a second when each takes a second, as in a flood.
	defaultWorkers = 32
	// drainWithin is how long messages under way may take when a job is paused: a good one may take 15 s (see telegram).
	drainWithin = 15 * time.Second
)

// Sender sends the jobs of a ledger with one bot. All its jobs are one stream.
type Sender struct {
	Ledger *Ledger
	Client Client
	// Rate is how many messages a second may leave; it is asked anew all the time. 0 is no limit; none, or less, is 29.
	Rate    func() float64
	Workers int         // how many may be under way; 0 is 32, at most 50
	Report  func(error) // hears of what is tried again and should not happen; nil is nobody

	// The clock, for tests: both or none.
	Now   func() time.Time
	After func(time.Duration) <-chan time.Time

	pace pace

	mu   sync.Mutex
	busy map[uint64]bool
}

// Send sends a prepared job until every recipient's delivery has its end. It tells progress, which must not block, about
// once a second and at the end. Before it returns, nothing is under way any more, and the ledger knows what became of it.
//
// When ctx ends, nothing more leaves; what is under way gets 15 s; the error is ctx's cause. Calling Send again goes on. So
// it does after a *Blocked. A *Refused is for ever.
func (s *Sender) Send(ctx context.Context, j Job, progress func(Progress)) error {
	if err := j.check(); err != nil {
		return err
	}
	if !s.enter(j.ID) {
		return fmt.Errorf("delivery: job %d is being sent already", j.ID)
	}
	defer s.leave(j.ID)
	f, err := s.ready(ctx, j)
	if err != nil {
		return err
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	r := newRun(s, j, f, progress)
	return r.loop(ctx)
}

// ready settles what an earlier Send of the job left, should that have ended badly.
func (s *Sender) ready(ctx context.Context, j Job) (facts, error) {
	f, err := s.Ledger.facts(ctx, j.ID)
	if err == nil {
		err = f.same(j)
	}
	if err == nil && !f.prepared {
		err = errNoJob
	}
	if err != nil {
		return f, s.Ledger.failed(j.ID, "cannot be sent", err)
	}
	if err := s.Ledger.recoverJob(ctx, j.ID); err != nil {
		return f, err
	}
	if j.resends() {
		err = s.Ledger.requeue(ctx, j.ID)
	}
	return f, err
}

func (s *Sender) enter(id uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[id] {
		return false
	}
	if s.busy == nil {
		s.busy = map[uint64]bool{}
	}
	s.busy[id] = true
	return true
}

func (s *Sender) leave(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, id)
}

func (s *Sender) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.busy) == 0
}

func (s *Sender) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Sender) after(d time.Duration) <-chan time.Time {
	if s.After != nil {
		return s.After(d)
	}
	return time.After(d)
}

func (s *Sender) rate() float64 {
	if s.Rate != nil {
		if perSecond := s.Rate(); perSecond >= 0 {
			return perSecond
		}
	}
	return defaultRate
}

func (s *Sender) workers() int {
	if s.Workers > 0 {
		return min(s.Workers, maxRows/2)
	}
	return defaultWorkers
}

func (s *Sender) report(err error) {
	if s.Report != nil {
		s.Report(err)
	}
}
