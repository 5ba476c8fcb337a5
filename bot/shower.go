package bot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"twokey/actions"
	"twokey/auth"
	"twokey/bot/text"
	"twokey/internal/journal"
)

// shower shows one request. Each of its chats is tended by itself, so that one that does not answer, or that Telegram makes
// wait, keeps no other back.
type shower struct {
	*Presenter
	id   actions.ID
	all  sync.WaitGroup // those who tend a chat
	mu   sync.Mutex
	rung actions.Status // the state people were last called for
	// stirred is closed and made anew when somebody who tended a chat is through.
	stirred chan struct{}
	corners map[int64]*corner
	pinned  int  // the message that was pinned in this life
	planned bool // its plan is made in this life
	// escalated is run's own: somebody else was called.
	escalated bool
}

// scene is all that decides about the cards of a request at one moment.
type scene struct {
	view   text.RequestView
	admin  int64
	chats  []int64             // the admin chat first
	whose  map[int64]auth.Name // the private ones
	buried bool                // newer messages hide the card in the admin chat
	head   journal.Head
	news   []<-chan struct{} // of what is not in the journal
	gone   bool              // its cards are closed
}

func (s *shower) run(ctx context.Context) {
	defer s.all.Wait()
	s.sawPlanning()
	s.waitForPlan(ctx)
	for ctx.Err() == nil {
		stirred := s.stir(nil)
		sc := s.look()
		if sc.gone {
			return
		}
		s.escalate(ctx, sc)
		done, later := s.tendAll(ctx, sc)
		if done {
			s.showed(s.id, sc.view.Request.Last)
		}
		if done && sc.view.Request.Over() {
			if s.close(ctx) {
				s.Seen.Clear(s.id)
				s.showed(s.id, 0)
				return
			}
			continue
		}
		s.wait(ctx, sc, stirred, later)
	}
}

// stir does f and wakes run, when there is an f, and gives what wakes it next.
func (s *shower) stir(f func()) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f != nil {
		f()
		close(s.stirred)
		s.stirred = make(chan struct{})
	}
	return s.stirred
}

// look takes in the state. The channels are taken before the state, so that nothing posted in between is missed.
func (s *shower) look() scene {
	sc := scene{news: []<-chan struct{}{s.Board.Moved(), s.Seen.Moved(), s.Traffic.Moved()}}
	progress, looked := s.Board.Read(s.id), s.Seen.Read(s.id)
	sc.head = s.Log.View(func(journal.Now) {
		view, ok := viewOf(s.State, s.id)
		if !ok || !slices.Contains(s.Cards.order, s.id) {
			sc.gone = true
			return
		}
		if s.Proven != nil && view.Request.Action().Name == "restore" {
			view.Proven = s.Proven()
		}
		if view.Request.Action().Locking == actions.LockSet {
			view.Told = toldSince(s.Broadcasts, s.State, view.Request)
		}
		sc.view, sc.admin = view, s.Cards.Where(s.Place.AdminChat)
		s.places(&sc)
		sc.buried = s.isBuried(sc)
	})
	sc.view.Progress, sc.view.Looked, sc.view.Phone = progress, looked, s.Phones
	return sc
}

// waitForPlan gives a new request's plan a moment, so that the first card people see is the one to decide on.
func (s *shower) waitForPlan(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, planFirst)
	defer cancel()
	for ctx.Err() == nil {
		sc := s.look()
		if sc.gone || sc.view.Request.Status != actions.Planning || s.message(sc.admin) != 0 {
			return
		}
		_ = s.Log.Wait(ctx, sc.head)
	}
}

// tendAll sees to the chats that are not as they should be. It says whether all are, progress aside, and when the next
// progress may be shown; the zero time when none waits.
func (s *shower) tendAll(ctx context.Context, sc scene) (done bool, later time.Time) {
	done = true
	for _, chat := range sc.chats {
		due, waits := s.due(chat, sc)
		if !waits.IsZero() && (later.IsZero() || waits.Before(later)) {
			later = waits
		}
		done = done && !due
		if due && s.begin(chat, sc) {
			s.all.Go(func() { s.tendOne(ctx, chat, sc) })
		}
	}
	return done && !s.isBusy(), later
}

// tend makes a chat show the scene, and then does what goes with it there. It gives the newest entry it saw.
func (s *shower) tend(ctx context.Context, chat int64, sc scene) (upTo uint64, err error) {
	if err := s.show(ctx, chat, sc); err != nil {
		return 0, err
	}
	sc = s.look() // showing may have taken its time
	if sc.gone || s.last(chat).lost {
		return sc.upTo(), nil
	}
	s.previews(ctx, chat, sc)
	if chat == sc.admin {
		if err := errors.Join(s.surface(ctx, sc), s.pin(ctx, sc)); err != nil {
			return 0, err
		}
		s.ring(ctx, sc)
	}
	s.nudge(ctx, chat, sc)
	return sc.upTo(), nil
}

func (sc scene) upTo() uint64 {
	if sc.gone {
		return 0
	}
	return sc.view.Request.Last
}

// wait returns when the journal moves, a chat was tended, what is not in the journal moves, or it is time for progress.
func (s *shower) wait(ctx context.Context, sc scene, stirred <-chan struct{}, later time.Time) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !later.IsZero() {
		ctx, cancel = context.WithDeadline(ctx, later)
		defer cancel()
	}
	var journaled sync.WaitGroup
	defer journaled.Wait()
	defer cancel()
	journaled.Go(func() {
		if s.Log.Wait(ctx, sc.head) != nil {
			<-ctx.Done() // closed: there is no news
		}
		cancel()
	})
	select {
	case <-ctx.Done():
	case <-stirred:
	case <-sc.news[0]:
	case <-sc.news[1]:
	case <-sc.news[2]:
	}
}

func (s *shower) message(chat int64) (id int) {
	s.Log.View(func(journal.Now) { id = s.Cards.Message(s.id, chat) })
	return id
}

// close says that all was shown for the last time.
func (s *shower) close(ctx context.Context) bool {
	_, err := s.Log.Update(ctx, "", func(journal.Now) (journal.Draft, error) {
		return journal.Draft{Kind: KindCardClosed, Actor: "twokey", Body: CardClosed{Request: s.id}}, nil
	})
	if err != nil && ctx.Err() == nil {
		s.Report(err)
		sleep(ctx, showPause)
	}
	return err == nil
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
