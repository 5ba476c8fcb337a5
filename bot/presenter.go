package bot

import (
	"context"
	"sync"
	"time"

	"twokey/actions"
	"twokey/bot/telegram"
	"twokey/bot/text"
	"twokey/internal/journal"
)

const (
	// planFirst is how long a new card waits for its plan: posted with it, it rings and mentions people once, rightly.
	planFirst = time.Second
	// progressEvery is the least time between two edits that only show progress: a group has twenty a minute for all.
	progressEvery = 5 * time.Second
	// showPause is kept after a card could not be shown.
	showPause = time.Second
)

// Editor is what the presenter does in chats.
type Editor interface {
	Send(ctx context.Context, o telegram.Out) (int, error)
	Edit(ctx context.Context, chat int64, message int, o telegram.Out) error
}

// Pace is the queue in front of the chats: it says when a message's turn is, and repeats what may be repeated
// (telegram.Lanes).
type Pace interface {
	Do(ctx context.Context, t telegram.Turn, f func(ctx context.Context, chat int64) error) error
}

// Presenter shows the state: every request whose cards are not closed has a card in the admin chat, and in the private
// chat it came from, that says what is. It compares what is shown with what should be, so a restart needs no path of its
// own. All exported fields are set and do not change.
type Presenter struct {
	Log    *journal.Log
	State  *actions.State
	Cards  *Cards
	Board  *actions.Board
	Words  text.Words
	Chat   Editor
	Lanes  Pace
	Place  Place
	Report func(error)

	once  sync.Once
	began time.Time
	mu    sync.Mutex
	busy  map[actions.ID]bool
	upTo  map[actions.ID]uint64 // the newest entry of a request that all its chats show
	moved chan struct{}         // closed and made anew when upTo changes
}

// ready makes what is empty at the beginning.
func (p *Presenter) ready() {
	p.once.Do(func() {
		p.busy, p.upTo, p.moved = map[actions.ID]bool{}, map[actions.ID]uint64{}, make(chan struct{})
	})
}

// Flush waits until everything that is decided is shown, or ctx ends: what was said is delivered before we go.
func (p *Presenter) Flush(ctx context.Context) {
	p.ready()
	for {
		p.mu.Lock()
		moved := p.moved
		p.mu.Unlock()
		if p.shownAll() {
			return
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return
		}
	}
}

func (p *Presenter) shownAll() bool {
	last := map[actions.ID]uint64{}
	p.Log.View(func(journal.Now) {
		for _, id := range p.Cards.Open() {
			if r, ok := p.State.Request(id); ok {
				last[id] = r.Last
			}
		}
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, seq := range last {
		if p.upTo[id] < seq {
			return false
		}
	}
	return true
}

// showed notes how far a request is shown; 0 when its cards are closed.
func (p *Presenter) showed(id actions.ID, seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.upTo[id] = seq; seq == 0 {
		delete(p.upTo, id)
	}
	close(p.moved)
	p.moved = make(chan struct{})
}

// Run shows until ctx ends, and waits for all it started.
func (p *Presenter) Run(ctx context.Context) error {
	p.ready()
	p.Log.View(func(now journal.Now) { p.began = now.Time })
	var all sync.WaitGroup
	defer all.Wait()
	for ctx.Err() == nil {
		var open []actions.ID
		head := p.Log.View(func(journal.Now) { open = p.Cards.Open() })
		for _, id := range open {
			p.launch(ctx, id, &all)
		}
		if err := p.Log.Wait(ctx, head); err != nil {
			<-ctx.Done() // closed: no state will follow that could be shown
		}
	}
	return nil
}

// launch gives a request somebody who shows it until its cards are closed.
func (p *Presenter) launch(ctx context.Context, id actions.ID, all *sync.WaitGroup) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[id] {
		return
	}
	p.busy[id] = true
	all.Go(func() {
		s := &shower{Presenter: p, id: id, shown: map[int64]picture{}}
		s.run(ctx)
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.busy, id)
	})
}

// shower shows one request.
type shower struct {
	*Presenter
	id       actions.ID
	mu       sync.Mutex
	shown    map[int64]picture // by chat
	rung     actions.Status    // the state people were last called for
	progress time.Time         // when progress was last shown
}

// picture is a card as a chat shows it.
type picture struct {
	html   string
	rows   [][]text.Button
	status actions.Status
	lost   bool // nothing reaches this chat
}

// scene is all that decides about the cards of a request at one moment.
type scene struct {
	view  text.RequestView
	chats []int64
	head  journal.Head
	moved <-chan struct{}
	gone  bool // its cards are closed
}

func (s *shower) run(ctx context.Context) {
	s.waitForPlan(ctx)
	for ctx.Err() == nil {
		sc := s.look()
		if sc.gone {
			return
		}
		ok := s.showAll(ctx, sc)
		if ok {
			s.showed(s.id, sc.view.Request.Last)
		}
		switch {
		case ctx.Err() != nil:
			return
		case !ok:
			sleep(ctx, showPause)
		case sc.view.Request.Over() && s.close(ctx):
			s.showed(s.id, 0)
			return
		default:
			s.news(ctx, sc)
		}
	}
}

// look takes in the state. The progress channel is taken before the state, so that nothing posted in between is missed.
func (s *shower) look() scene {
	sc := scene{moved: s.Board.Moved()}
	progress := s.Board.Read(s.id)
	sc.head = s.Log.View(func(journal.Now) {
		admin := s.Cards.Where(s.Place.AdminChat)
		view, ok := viewOf(s.State, s.id)
		if !ok {
			sc.gone = true
			return
		}
		sc.view, sc.chats = view, []int64{admin}
		if from := view.Request.Asked.Origin.Chat; from > 0 {
			sc.chats = append(sc.chats, from)
		}
	})
	sc.view.Progress = progress
	return sc
}

// waitForPlan gives a new request's plan a moment, so that the first card people see is the one to decide on.
func (s *shower) waitForPlan(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, planFirst)
	defer cancel()
	for ctx.Err() == nil {
		sc := s.look()
		if sc.gone || sc.view.Request.Status != actions.Planning || s.message(sc.chats[0]) != 0 {
			return
		}
		_ = s.Log.Wait(ctx, sc.head)
	}
}

// news waits until the journal moves or, while it runs, the board does, but shows mere progress only so often.
func (s *shower) news(ctx context.Context, sc scene) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	wait.Go(func() {
		if s.Log.Wait(ctx, sc.head) != nil {
			<-ctx.Done() // closed: there is no news
		}
		cancel()
	})
	select {
	case <-ctx.Done():
		return
	case <-sc.moved:
	}
	sleep(ctx, time.Until(s.progress.Add(progressEvery)))
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
